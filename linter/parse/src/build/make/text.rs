//! What expansion does with plain text: words, references, arguments of functions, and the few
//! commands whose output is known.

use crate::build::expand::UNKNOWN;

pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

pub(super) fn each(text: &str, with: impl Fn(&str) -> String) -> String {
    text.split_whitespace().map(with).collect::<Vec<_>>().join(" ")
}

pub(super) fn pattern_replaced(word: &str, from: &str, to: &str) -> String {
    let Some((before, after)) = from.split_once('%') else {
        return if word == from { to.to_owned() } else { word.to_owned() };
    };
    match word.strip_prefix(before).and_then(|it| it.strip_suffix(after)) {
        Some(stem) => to.replacen('%', stem, 1),
        None => word.to_owned(),
    }
}

/// Output of the few commands that are known: the directory, and the host that stays unknown.
pub(super) fn known_command(command: &str, directory: &str) -> String {
    match words(command).join(" ").as_str() {
        "pwd" | "git rev-parse --show-toplevel" => directory.to_owned(),
        command if command.starts_with("which ") || command.starts_with("command -v ") => {
            let tool = command.trim_start_matches("which ").trim_start_matches("command -v ");
            let tool = tool.split([' ', ';', '|']).next().unwrap_or("");
            if tool.is_empty() { UNKNOWN.to_owned() } else { tool.to_owned() }
        }
        command => each_word(command).unwrap_or_else(|| UNKNOWN.to_owned()),
    }
}

/// `echo a b | sed -e "s~[^ ]*~image-&:tag~g"`: how many Makefiles name the parts of a manifest
/// list.
fn each_word(command: &str) -> Option<String> {
    let (list, sed) = command.strip_prefix("echo ")?.split_once(" | sed ")?;
    let sed = sed.trim().trim_start_matches("-e ").trim();
    let sed = sed.trim_matches(['"', '\'']);
    let separator = sed.strip_prefix('s')?.chars().next()?;
    let mut parts = sed[1..].split(separator).skip(1);
    let (pattern, with, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = pattern == "[^ ]*" && flags == "g" && parts.next().is_none();
    let list = list.trim_matches(['"', '\'']);
    (whole && !list.contains(['|', ';', '>', '`']))
        .then(|| each(list, |word| with.replace("\\-", "-").replace('&', word)))
}

/// Length of the reference that starts with the `$` of the text.
pub(super) fn reference_length(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    let Some((at, open)) = letters.next() else { return text.len() };
    let close = match open {
        '(' => ')',
        '{' => '}',
        _ => return at + open.len_utf8(),
    };
    let mut depth = 1;
    for (at, next) in letters {
        if next == open {
            depth += 1;
        } else if next == close {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    text.len()
}

/// Arguments of a function, split at commas outside of references.
pub(super) fn split_arguments(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, next) in text.char_indices() {
        match next {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}
