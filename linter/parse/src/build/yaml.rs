//! What the readers of YAML build files share: scalars as traceable text, lists, templates.

use goready_model::{Located, Node, Place, SourceText, Span, Style};

use super::expand::UNKNOWN;

/// The text of a scalar, each byte where it stands in the file as far as that can be told.
pub(super) fn source_of(node: Node<'_>, file_text: &str) -> SourceText {
    let at = node.place().at;
    let value = node.text();
    let raw = file_text.get(at.start as usize..at.end as usize).unwrap_or("");
    if node.style() == Style::Literal
        && let Some(found) = literal_lines(raw, value, at)
    {
        return found;
    }
    match raw.find(value) {
        Some(offset) if !value.is_empty() => {
            let start = at.start as usize + offset;
            SourceText::verbatim(value, Span::new(at.file, start, start + value.len()))
        }
        _ => {
            let mut found = SourceText::default();
            found.push_replaced(value, at);
            found
        }
    }
}

/// A `|` scalar: its lines are those behind the header without their indentation.
fn literal_lines(raw: &str, value: &str, at: Span) -> Option<SourceText> {
    let mut found = SourceText::default();
    let mut offset = raw.find('\n')? + 1;
    let mut rest = value;
    while !rest.is_empty() {
        let (line, tail) = rest.split_once('\n').map_or((rest, ""), |(line, tail)| (line, tail));
        let source = raw.get(offset..)?;
        let length = source.find('\n').unwrap_or(source.len());
        let source_line = source.get(..length)?.trim_end_matches('\r');
        if !line.is_empty() {
            let indent = source_line.len().checked_sub(line.len())?;
            if source_line.get(indent..)? != line {
                return None;
            }
            let start = at.start as usize + offset + indent;
            found.push_verbatim(line, Span::new(at.file, start, start + line.len()));
        }
        let end = at.start as usize + offset + source_line.len();
        found.push_replaced("\n", Span::new(at.file, end, end));
        offset += length + 1;
        rest = tail;
    }
    Some(found)
}

/// Replaces every `open ... close` by what `with` makes of it.
pub(super) fn templated(
    text: &SourceText,
    open: &str,
    close: &str,
    with: &dyn Fn(&str) -> Option<String>,
) -> SourceText {
    let all = text.as_str();
    let mut found = SourceText::default();
    let mut at = 0;
    while let Some(start) = all[at..].find(open).map(|it| it + at) {
        let Some(length) = all[start..].find(close) else { break };
        found.push_range(text, at..start);
        let end = start + length + close.len();
        let inner = all.get(start + open.len()..start + length).unwrap_or("").trim();
        let value = with(inner).unwrap_or_else(|| UNKNOWN.to_owned());
        if let Some(place) = text.place(start..end) {
            found.push_replaced(&value, place.at);
        }
        at = end;
    }
    found.push_range(text, at..all.len());
    found
}

/// [`templated`] for a plain text.
pub(super) fn filled(
    text: &str,
    open: &str,
    close: &str,
    with: &dyn Fn(&str) -> Option<String>,
) -> String {
    let source = SourceText::verbatim(text, Span::new(goready_model::FileId(0), 0, text.len()));
    templated(&source, open, close, with).as_str().to_owned()
}

/// A scalar, or the items of a list, with their places.
pub(super) fn strings(node: Option<Node<'_>>) -> Vec<Located<String>> {
    let Some(node) = node else { return Vec::new() };
    if node.is_scalar() {
        if node.is_null() {
            return Vec::new();
        }
        return vec![Located::new(node.text().to_owned(), node.place())];
    }
    node.items()
        .filter(|it| it.is_scalar())
        .map(|it| Located::new(it.text().to_owned(), it.place()))
        .collect()
}

/// The text of a scalar field.
pub(super) fn text<'t>(node: Node<'t>, key: &str) -> Option<&'t str> {
    node.get(key).filter(|it| it.is_scalar() && !it.is_null()).map(|it| it.text())
}

/// The first line of an item: its first key with its value, or the item itself.
pub(super) fn head(node: Node<'_>) -> Place {
    match node.entries().next() {
        Some(entry) if entry.value.is_scalar() => {
            entry.key.place().at.cover(entry.value.place().at).into()
        }
        Some(entry) => entry.key.place(),
        None => node.place(),
    }
}

/// The directory of a path, `.` for the root.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(dir, _)| dir)
}

/// `path` seen from `directory`, both relative to the project root; `None` when it leaves it.
pub(super) fn join(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let both = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    for part in both.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// The words of a comma or blank separated platform list.
pub(super) fn platforms(
    text: &str,
    place: Place,
    found: &mut Vec<Located<goready_model::Platform>>,
    unresolved: &mut bool,
) {
    for item in text.split([',', ' ', '\n']).filter(|it| !it.trim().is_empty()) {
        match goready_model::Platform::parse(item) {
            Some(platform) => found.push(Located::new(platform, place)),
            None => *unresolved = true,
        }
    }
}

/// Names of build arguments: the keys of a mapping, or the `NAME=value` lines of a text or list.
pub(super) fn argument_names(node: Option<Node<'_>>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    if node.is_mapping() {
        return node.entries().map(|it| it.key.text().to_owned()).collect();
    }
    strings(Some(node))
        .iter()
        .flat_map(|it| it.value.lines())
        .filter_map(|it| it.split('=').next())
        .map(|it| it.trim().to_owned())
        .filter(|it| !it.is_empty())
        .collect()
}

/// An image build without anything known.
pub(super) fn image_build(
    source: &'static str,
    confidence: f32,
    place: Place,
) -> goready_model::ImagePush {
    goready_model::ImagePush {
        images: Vec::new(),
        dockerfile: None,
        context: None,
        target: None,
        arguments: Vec::new(),
        platforms: Vec::new(),
        platforms_unresolved: false,
        push: false,
        local: false,
        place,
        source,
        confidence,
        main_dir: None,
    }
}
