//! Dockerfiles: `ENV`, `ARG`, and the words of `RUN` that carry a credential.
//!
//! Read from the text, by line: an image keeps every instruction in its history, whichever stage
//! and shell it was meant for, so neither is asked.

use std::{borrow::Cow, ops::Range};

use goready_model::{FileId, Place, SecretContext};

use super::{
    leaf::{Evidence, Leaf},
    words::{NameIn, head},
};

/// Every literal of the file with a name that may be one of a credential.
pub(super) fn leaves(file: FileId, text: &str) -> Vec<Leaf<'_>> {
    let mut found = Vec::new();
    for instruction in instructions(text) {
        let words = words(text, instruction.arguments.clone());
        match instruction.name.to_ascii_uppercase().as_str() {
            "ENV" | "ARG" => variables(file, text, &words, &mut found),
            "RUN" => run(file, text, &words, &mut found),
            _ => {}
        }
    }
    found
}

struct Instruction<'t> {
    name: &'t str,
    arguments: Range<usize>,
}

/// Instructions with their continuation lines; comments between those lines stay in the range.
fn instructions(text: &str) -> Vec<Instruction<'_>> {
    let mut found: Vec<Instruction<'_>> = Vec::new();
    let mut start = 0;
    let mut continues = false;
    for line in text.split_inclusive('\n') {
        let (line_start, line_end) = (start, start + line.len());
        start = line_end;
        let content = line.trim();
        let comment = content.starts_with('#');
        if continues {
            if let Some(last) = found.last_mut() {
                last.arguments.end = line_end;
            }
        } else if !comment && !content.is_empty() {
            let indent = line.len() - line.trim_start().len();
            let name = content.split_whitespace().next().unwrap_or_default();
            let arguments = line_start + indent + name.len()..line_end;
            found.push(Instruction { name, arguments });
        }
        // A comment or an empty line does not end a continued instruction.
        continues = content.ends_with('\\') || (continues && (comment || content.is_empty()));
    }
    found
}

/// Words at blanks outside of quotes; comment lines inside the instruction are left out.
fn words(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut word: Option<usize> = None;
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut comment = false;
    let mut line_start = false;
    for (offset, character) in text.get(range.clone()).unwrap_or_default().char_indices() {
        let at = range.start + offset;
        if character == '\n' {
            (comment, line_start) = (false, true);
        } else if line_start && !character.is_whitespace() {
            (comment, line_start) = (character == '#', false);
        }
        let blank = quote.is_none()
            && (character.is_whitespace() || comment || (character == '\\' && ends_line(text, at)));
        if blank {
            found.extend(word.take().map(|start| start..at));
        } else {
            word.get_or_insert(at);
            match (quote, character) {
                (Some(open), _) if open == character && !escaped => quote = None,
                (None, '"' | '\'') if !escaped => quote = Some(character),
                _ => {}
            }
        }
        escaped = character == '\\' && !escaped;
    }
    found.extend(word.map(|start| start..range.end));
    found
}

fn ends_line(text: &str, at: usize) -> bool {
    text.get(at + 1..).is_some_and(|it| it.trim_start_matches([' ', '\t', '\r']).starts_with('\n'))
}

fn variables<'t>(file: FileId, text: &'t str, words: &[Range<usize>], found: &mut Vec<Leaf<'t>>) {
    // `ENV NAME value`, the form without `=`.
    if let [name, value, ..] = words {
        let old_form = !text.get(name.clone()).unwrap_or_default().contains('=');
        if old_form {
            let end = words.last().map_or(value.end, |it| it.end);
            let name = text.get(name.clone()).unwrap_or_default();
            found.extend(leaf(file, text, name, value.start..end));
            return;
        }
    }
    for word in words {
        let whole = text.get(word.clone()).unwrap_or_default();
        if let Some((name, value)) = whole.split_once('=') {
            found.extend(leaf(file, text, name, word.end - value.len()..word.end));
        }
    }
}

fn run<'t>(file: FileId, text: &'t str, words: &[Range<usize>], found: &mut Vec<Leaf<'t>>) {
    let mut basic_auth = false;
    for (index, word) in words.iter().enumerate() {
        let whole = text.get(word.clone()).unwrap_or_default();
        basic_auth = basic_auth || matches!(whole, "curl" | "wget");
        let next = words.get(index + 1).cloned();
        if let Some(flag) = whole.strip_prefix("--") {
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(word.end - value.len()..word.end)),
                None => (flag, next.clone()),
            };
            if name == "user" && basic_auth {
                found.extend(value.and_then(|it| user_password(file, text, it)));
            } else if head(name, NameIn::Settings).is_some() {
                found.extend(value.and_then(|it| leaf(file, text, name, it)));
            }
        } else if basic_auth && whole == "-u" {
            found.extend(next.and_then(|it| user_password(file, text, it)));
        } else if let Some((name, value)) = whole.split_once('=') {
            // `export TOKEN=x`, `TOKEN=x command`.
            let plain =
                !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
            if plain && head(name, NameIn::Settings).is_some() {
                found.extend(leaf(file, text, name, word.end - value.len()..word.end));
            }
        }
        found.extend(token_in_url(file, text, word.clone()));
    }
}

/// `user:password` of curl.
fn user_password(file: FileId, text: &str, word: Range<usize>) -> Option<Leaf<'_>> {
    let whole = text.get(word.clone())?.trim_matches(['"', '\'']);
    let (_, password) = whole.split_once(':')?;
    let start = word.start + text.get(word.clone())?.find(password)?;
    leaf(file, text, "password", start..start + password.len())
}

/// `https://token@github.com/...`; with user and password it is a connection string.
fn token_in_url(file: FileId, text: &str, word: Range<usize>) -> Option<Leaf<'_>> {
    let whole = text.get(word.clone())?;
    let (_, rest) = whole.split_once("https://")?;
    let authority = rest.split(['/', '"', '\'']).next()?;
    let (token, _) = authority.rsplit_once('@')?;
    // `git@` and other bare names are users.
    if token.contains(':') || token.len() < 16 {
        return None;
    }
    let start = word.end - rest.len();
    leaf(file, text, "token", start..start + token.len())
}

fn leaf<'t>(file: FileId, text: &'t str, name: &'t str, range: Range<usize>) -> Option<Leaf<'t>> {
    let written = text.get(range.clone())?;
    let value = written.trim_matches(['"', '\'']);
    // Another flag, an operator or a file is not the value of a flag.
    if value.starts_with(['-', '&', '|', '<', '>', '@']) {
        return None;
    }
    Some(Leaf {
        name: Cow::Borrowed(name),
        value: Cow::Borrowed(value),
        place: Place::new(file, range.start, range.end),
        node: None,
        context: SecretContext::Dockerfile,
        evidence: Evidence::Place,
        decoded: false,
    })
}

#[cfg(test)]
mod tests {
    use goready_model::FileId;

    use super::super::path::Purpose;
    use super::leaves;

    fn found(text: &str) -> Vec<(String, String)> {
        leaves(FileId(0), text)
            .iter()
            .filter(|it| it.judge(Purpose::Product).is_some())
            .map(|it| (it.name.to_string(), it.value.to_string()))
            .collect()
    }

    #[test]
    fn every_instruction_that_bakes_a_value_in_is_found() {
        for (text, name, value) in [
            ("FROM x\nENV API_TOKEN=hT7kQ2mZx9Lw4RvB\n", "API_TOKEN", "hT7kQ2mZx9Lw4RvB"),
            ("ENV A=b \\\n    # why\n    DB_PASSWORD=\"s3cr et\"\n", "DB_PASSWORD", "s3cr et"),
            ("ENV DB_PASSWORD hunter22\n", "DB_PASSWORD", "hunter22"),
            ("ARG NPM_TOKEN=hT7kQ2mZ\n", "NPM_TOKEN", "hT7kQ2mZ"),
            ("RUN login --password hunter22 \\\n  reg\n", "password", "hunter22"),
            ("RUN login --token=hT7kQ2mZ\n", "token", "hT7kQ2mZ"),
            ("RUN curl -u ci:hunter22 https://x\n", "password", "hunter22"),
            ("RUN git clone https://hT7kQ2mZx9Lw4RvB@git.corp/x\n", "token", "hT7kQ2mZx9Lw4RvB"),
        ] {
            assert_eq!(found(text), [(name.to_owned(), value.to_owned())], "{text}");
        }
    }

    #[test]
    fn references_files_and_empty_values_are_not() {
        for text in [
            "ARG GITHUB_TOKEN\n",
            "ENV JWT_SECRET=\n",
            "ENV DB_PASSWORD=$DB_PASSWORD\n",
            "ENV DB_PASSWORD_FILE=/run/secrets/db\n",
            "ENV TOKEN_URL=https://x/y\n",
            "ARG DB_PASSWORD=changeme\n",
            "RUN --mount=type=secret,id=token cat /run/secrets/token\n",
            "RUN login --password-stdin < file\n",
            "RUN login --password \"$PASSWORD\"\n",
            "RUN curl -u \"$U:$P\" https://x\n",
            "RUN git clone https://$TOKEN@git.corp/x\n",
            "RUN git clone https://git@github.com/x/y\n",
            "# ENV DB_PASSWORD=hunter22\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
