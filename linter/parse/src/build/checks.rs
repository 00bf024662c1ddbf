//! `file binary | grep stripped`: file(1) prints `stripped` or `not stripped`, so a pattern that
//! finds the one in the other proves nothing.

use goready_model::{Located, Place, Script, ShellWord, SimpleCommand, StripCheck};
use regex::RegexBuilder;

/// What file(1) prints for an ELF file, up to the last field (file 5.45, magic/Magdir/elf).
const HEAD: &str = "app: ELF 64-bit LSB executable, x86-64, version 1 (SYSV), statically linked";

/// The checks of a script that pass whatever the binary is.
pub(super) fn strip_checks(script: &Script) -> Vec<StripCheck> {
    let commands = script.commands();
    let mut found = Vec::new();
    for pair in commands.windows(2) {
        let [first, second] = pair else { continue };
        if first.piped && program(first) == Some("file".to_owned()) {
            found.extend(grep(second));
        }
    }
    found
}

fn program(command: &SimpleCommand) -> Option<String> {
    let word = command.words.first()?.literal()?;
    Some(word.rsplit('/').next().unwrap_or(&word).to_owned())
}

fn grep(command: &SimpleCommand) -> Option<StripCheck> {
    let name = program(command)?;
    if !matches!(name.as_str(), "grep" | "egrep" | "fgrep") {
        return None;
    }
    let mut fixed = name == "fgrep";
    let mut extended = name == "egrep";
    let mut any_case = false;
    let mut pattern: Option<&ShellWord> = None;
    let mut words = command.words.iter().skip(1);
    while let Some(word) = words.next() {
        let text = word.literal()?;
        match text.strip_prefix('-').filter(|it| !it.is_empty()) {
            Some(flags) if flags.starts_with('-') => match flags {
                "-invert-match" | "-line-regexp" => return None,
                "-ignore-case" => any_case = true,
                "-fixed-strings" => fixed = true,
                "-extended-regexp" | "-perl-regexp" => extended = true,
                _ => {}
            },
            Some(flags) => {
                if flags.contains(['v', 'x', 'c', 'L']) {
                    return None;
                }
                any_case |= flags.contains('i');
                fixed |= flags.contains('F');
                extended |= flags.contains(['E', 'P']);
                if flags.ends_with('e') {
                    pattern = words.next();
                }
            }
            None => pattern = pattern.or(Some(word)),
        }
    }
    let word = pattern?;
    let text = word.literal()?;
    let expression = if fixed {
        regex::escape(&text)
    } else if extended {
        text.clone()
    } else {
        basic(&text)
    };
    let regex = RegexBuilder::new(&expression).case_insensitive(any_case).build().ok()?;
    let matches = |end: &str| regex.is_match(&format!("{HEAD}, {end}"));
    // A pattern that also matches without either word is about something else.
    if !matches("stripped") || !matches("not stripped") || regex.is_match(HEAD) {
        return None;
    }
    Some(StripCheck {
        pattern: Located::new(text.clone(), inner(word, &text)),
        editable: word.verbatim && text == "stripped",
    })
}

/// A basic regular expression in the syntax of extended ones: `+ ? | ( ) { }` are plain there, and
/// special behind a backslash.
fn basic(pattern: &str) -> String {
    let mut found = String::new();
    let mut letters = pattern.chars();
    while let Some(next) = letters.next() {
        match next {
            '+' | '?' | '|' | '(' | ')' | '{' | '}' => {
                found.push('\\');
                found.push(next);
            }
            '\\' => match letters.next() {
                Some(it @ ('+' | '?' | '|' | '(' | ')' | '{' | '}')) => found.push(it),
                Some(it) => {
                    found.push('\\');
                    found.push(it);
                }
                None => found.push_str("\\\\"),
            },
            _ => found.push(next),
        }
    }
    found
}

/// The pattern without its quotes.
fn inner(word: &ShellWord, text: &str) -> Place {
    match word.inside {
        Some(inside) => {
            let start = inside.at.start as usize;
            inside.slice(start, start + text.len())
        }
        None => word.place,
    }
}

#[cfg(test)]
mod tests {
    use goready_model::{FileId, SourceText, Span};

    use super::*;
    use crate::build::shell;

    fn checks(text: &str) -> usize {
        let source = SourceText::verbatim(text, Span::new(FileId(0), 0, text.len()));
        strip_checks(&shell::parse(&source)).len()
    }

    #[test]
    fn a_pattern_that_matches_both_answers_proves_nothing() {
        for (text, expected) in [
            ("file app | grep stripped", 1),
            ("file app | grep -q \"stripped\" && echo ok", 1),
            ("if ! file app | grep -qi 'STRIPPED'; then exit 1; fi", 1),
            ("/usr/bin/file app | grep -E 'stripped|other'", 1),
            ("file app | grep -w stripped", 1),
            ("file app | grep 'not stripped'", 0),
            ("file app | grep -v 'not stripped'", 0),
            ("file app | grep ', stripped'", 0),
            ("file app | grep -v stripped", 0),
            ("file app | grep ELF", 0),
            ("file app | grep $PATTERN", 0),
            ("nm app | grep stripped", 0),
            ("file app > x; grep stripped x", 0),
        ] {
            assert_eq!(checks(text), expected, "{text}");
        }
    }
}
