//! From the parser's spans to the places people look at: a block scalar with its header, an
//! absent value behind its colon, a comment's side of the line.

/// Bounds of a literal or folded scalar from its `|` or `>` to its last character.
///
/// The parser's span holds the content only. `after` is the end of whatever came before.
pub(crate) fn block_scalar(text: &str, after: usize, content: (usize, usize)) -> (usize, usize) {
    let (start, end) = content;
    let written = text.get(start..end).unwrap_or("").trim_end();
    let before = text.get(after.min(start)..start).unwrap_or("");
    // Blank lines between header and content belong to the content; the header's line is the last
    // one that is not blank.
    let header_line = before.trim_end();
    let line_start = header_line.rfind(['\n', '\r']).map_or(0, |it| it + 1);
    let header = words(&header_line[line_start..]).find(|(_, word)| word.starts_with(['|', '>']));
    match header {
        Some((at, word)) => {
            let at = after.min(start) + line_start + at;
            (at, if written.is_empty() { at + word.len() } else { start + written.len() })
        }
        None => (start, start + written.len()),
    }
}

/// Words of a line with their offsets.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = line.as_ptr() as usize;
    line.split([' ', '\t'])
        .filter(|it| !it.is_empty())
        .map(move |word| (word.as_ptr() as usize - base, word))
}

/// Where the value of a key would stand that has none: behind the colon.
pub(crate) fn absent_value(text: &str, key_end: usize) -> usize {
    let rest = text.get(key_end..).unwrap_or("");
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if rest[blanks..].starts_with(':') { key_end + blanks + 1 } else { key_end }
}

/// The dash that begins a block sequence, which is the value of the key that ends at `key_end`;
/// `item` is in the sequence.
pub(crate) fn first_dash(text: &str, key_end: usize, item: usize) -> usize {
    let mut line = text.get(key_end..item).and_then(|it| it.find('\n')).map(|it| key_end + it + 1);
    while let Some(start) = line.filter(|it| *it <= item) {
        let rest = &text[start..];
        let content = rest.trim_start_matches([' ', '\t', '\r']);
        if content.starts_with('-') {
            return start + rest.len() - content.len();
        }
        line = rest.find('\n').map(|it| start + it + 1);
    }
    item
}

/// Whether something other than blanks stands before `offset` on its line.
pub(crate) fn is_right_of_content(text: &str, offset: usize) -> bool {
    let before = text.get(..offset).unwrap_or("");
    let line = before.rsplit(['\n', '\r']).next().unwrap_or("");
    !line.trim_start_matches([' ', '\t']).is_empty()
}

/// Whether a tab is part of the indentation before `offset`, which YAML forbids.
pub(crate) fn is_indented_with_tab(text: &str, offset: usize) -> bool {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    let is_blank = |it: &&u8| matches!(it, b' ' | b'\t');
    let blanks = before.iter().rev().take_while(is_blank).count();
    let (line, indentation) = before.split_at(before.len() - blanks);
    indentation.contains(&b'\t') && matches!(line.last(), None | Some(b'\n' | b'\r'))
}

/// The character at an offset, as a span for errors; empty at the end of a line.
pub(crate) fn character(text: &str, offset: usize) -> (usize, usize) {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let length = match text[start..].chars().next() {
        Some(character) if !matches!(character, '\n' | '\r') => character.len_utf8(),
        _ => 0,
    };
    (start, start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_scalar_starts_at_its_header_and_ends_at_its_last_character() {
        let text = "a: &x !t |+2 # c\n\n   x\n\nb: 1";
        let content = text.find('x').unwrap() + 17;
        let start = text.rfind("   x").unwrap() + 2;
        assert!(content > start);
        let (from, to) = block_scalar(text, 1, (start, text.find("b:").unwrap()));
        assert_eq!(&text[from..to], "|+2 # c\n\n   x");
    }

    #[test]
    fn an_empty_block_scalar_is_its_header() {
        let text = "a: |-\nb: 1";
        let (from, to) = block_scalar(text, 1, (6, 6));
        assert_eq!(&text[from..to], "|-");
    }

    #[test]
    fn an_absent_value_stands_behind_the_colon() {
        assert_eq!(absent_value("a :\nb: 1", 1), 3);
        assert_eq!(absent_value("{a, b}", 2), 2);
    }

    #[test]
    fn a_comment_knows_its_side() {
        let text = "a: 1 # x\n  # y\n";
        assert!(is_right_of_content(text, 5));
        assert!(!is_right_of_content(text, 11));
    }
}
