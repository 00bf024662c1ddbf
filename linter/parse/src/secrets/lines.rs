//! `key = value` by line: INI, properties, `.env`, and settings inside other texts.

use std::ops::Range;

/// A key with its value on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting<'t> {
    /// Number of the section it stands in, and its title.
    pub(super) section: usize,
    pub(super) title: &'t str,
    pub(super) key: &'t str,
    pub(super) value: &'t str,
    /// The value without quotes.
    pub(super) range: Range<usize>,
}

/// All settings of a text.
pub(super) fn settings(text: &str) -> Vec<Setting<'_>> {
    let mut found = Vec::new();
    let (mut section, mut title, mut start) = (0, "", 0);
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.trim_start().strip_prefix('[') {
            section += 1;
            title = rest.split(']').next().unwrap_or_default();
        } else {
            found.extend(setting(text, start, line).map(|it| Setting { section, title, ..it }));
        }
        start += line.len();
    }
    found
}

fn setting<'t>(text: &'t str, start: usize, line: &'t str) -> Option<Setting<'t>> {
    let trimmed = line.trim_start();
    if trimmed.starts_with(['#', ';', '!', '/']) {
        return None;
    }
    let declared = ["export ", "set ", "- "].iter().find_map(|it| trimmed.strip_prefix(it));
    let body = declared.unwrap_or(trimmed).trim_start();
    let length = body
        .find(|it: char| !(it.is_alphanumeric() || "_.-\"'".contains(it)))
        .unwrap_or(body.len());
    let key = body.get(..length)?.trim_matches(['"', '\'']);
    let rest = body.get(length..)?.trim_start_matches([' ', '\t']);
    let value = match rest.strip_prefix('=') {
        Some(value) if !value.starts_with(['=', '~']) => value,
        Some(_) => return None,
        // `key: value`; without a blank it is an address or a type.
        None => rest.strip_prefix(':').filter(|it| it.starts_with([' ', '\t']))?,
    };
    // What is left ends where the line ends, so its length says where it starts.
    let value = value.trim_start();
    let at = start + line.len() - value.len();
    let inside = unquoted(value);
    let value = value.get(inside.clone())?;
    if key.is_empty() || value.is_empty() {
        return None;
    }
    let range = at + inside.start..at + inside.end;
    debug_assert_eq!(text.get(range.clone()), Some(value));
    Some(Setting { section: 0, title: "", key, value, range })
}

/// The part without quotes, or without the comment and comma behind an unquoted value.
fn unquoted(value: &str) -> Range<usize> {
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = value.strip_prefix(quote) {
            return 1..1 + rest.find([quote, '\n']).unwrap_or(rest.len());
        }
    }
    let end = [" #", "\t#", " ;", "\t;"].iter().filter_map(|it| value.find(it)).min();
    let kept = value.get(..end.unwrap_or(value.len())).unwrap_or(value);
    0..kept.trim_end().trim_end_matches(',').len()
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn settings_are_read_in_every_dialect() {
        let text = "# a = b\n[database]\nUser = root\nPassword=\"p w\" # c\n[x]\nexport K=v # c\ny: z\nurl=:8080\n; q=1\na == b\nNAME=\n";
        let found: Vec<_> =
            settings(text).iter().map(|it| (it.section, it.key, &text[it.range.clone()])).collect();
        assert_eq!(
            found,
            [
                (1, "User", "root"),
                (1, "Password", "p w"),
                (2, "K", "v"),
                (2, "y", "z"),
                (2, "url", ":8080")
            ]
        );
    }
}
