//! The exec form: a JSON array of strings, each with its place.

use goready_model::{Located, SourceText};

/// The items of a JSON array of strings; `None` when the text is none, and the instruction is in
/// shell form (BuildKit falls back without a word).
pub(super) fn items(text: &SourceText) -> Option<Vec<Located<String>>> {
    let all = text.as_str();
    let start = all.len() - all.trim_start().len();
    let inner = all.trim().strip_prefix('[')?.strip_suffix(']')?;
    let base = start + 1;
    let mut found = Vec::new();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        if !rest.starts_with('"') {
            return None;
        }
        let end = string_end(rest)?;
        let from = base + inner.len() - rest.len();
        // JSON's own reader knows the escapes.
        let value: String = serde_json::from_str(&rest[..end]).ok()?;
        found.push(Located::new(value, text.place(from..from + end)?));
        rest = rest[end..].trim_start();
        match rest.strip_prefix(',') {
            Some(next) => {
                rest = next.trim_start();
                if rest.is_empty() {
                    return None;
                }
            }
            None if rest.is_empty() => break,
            None => return None,
        }
    }
    Some(found)
}

/// Offset behind the closing quote of the string that starts the text.
fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, next) in text.char_indices().skip(1) {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}
