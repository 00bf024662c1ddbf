//! Applying fixes: which edits of a run go together, and the text they give. No I/O.

use std::{borrow::Cow, collections::BTreeMap};

use goready_model::{Edit, FileId, Finding, Safety, Span};

use crate::engine::Engine;

/// Rounds after which fixes that keep making new findings are left alone.
const MAX_ROUNDS: usize = 10;

/// Files that fixes changed.
#[derive(Debug, Default)]
pub struct Fixed {
    /// New text by path.
    pub texts: BTreeMap<String, String>,
    /// Fixes that were applied.
    pub count: usize,
}

/// Applies fixes in the engine's own copy of the files until none is left: one fix may make way
/// for another at the same place.
///
/// Files whose bytes are not valid UTF-8 are left alone, since their text is not what is on disk.
pub fn apply(engine: &mut Engine, most: Safety) -> Fixed {
    let mut fixed = Fixed::default();
    for _ in 0..MAX_ROUNDS {
        let analysis = engine.check();
        let usable = |file: FileId| analysis.sources.get(file).is_some_and(|it| !it.lossy);
        let (edits, count) = select(analysis.active(), most, usable);
        if count == 0 {
            break;
        }
        fixed.count += count;
        for (file, edits) in edits {
            let Some(source) = analysis.sources.get(file) else { continue };
            let text = splice(&source.text, &edits);
            engine.set_file(&source.path, text.as_bytes());
            fixed.texts.insert(source.path.to_string(), text);
        }
    }
    fixed
}

/// The edits of as many fixes as do not touch each other, by file and in order; of each finding
/// the first fix that is safe enough. A fix is taken whole or not at all.
fn select<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    most: Safety,
    usable: impl Fn(FileId) -> bool,
) -> (BTreeMap<FileId, Vec<Edit>>, usize) {
    let mut chosen: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    let mut count = 0;
    for finding in findings {
        let Some(fix) = finding.fixes.iter().find(|it| it.safety <= most) else { continue };
        let fits = fix.edits.iter().all(|edit| {
            let at = edit.place.at;
            let taken = chosen.get(&at.file).map_or(&[][..], Vec::as_slice);
            usable(at.file) && !taken.iter().any(|it| touches(it.place.at, at))
        });
        if !fits || fix.edits.is_empty() {
            continue;
        }
        for edit in &fix.edits {
            chosen.entry(edit.place.at.file).or_default().push(edit.clone());
        }
        count += 1;
    }
    for edits in chosen.values_mut() {
        edits.sort_by_key(|it| it.place.at);
    }
    (chosen, count)
}

/// Whether two edits of one file overlap, or insert at the same place.
fn touches(a: Span, b: Span) -> bool {
    let same_start = a.start == b.start;
    same_start || (a.start < b.end && b.start < a.end)
}

/// The text with sorted edits applied; one that overlaps its predecessor is left out.
fn splice(text: &str, edits: &[Edit]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let (start, end) = (edit.place.at.start as usize, edit.place.at.end as usize);
        let Some(kept) = text.get(done..start) else { continue };
        if text.get(start..end).is_none() {
            continue;
        }
        result.push_str(kept);
        result.push_str(&in_line_endings(text, &edit.text));
        done = end;
    }
    result.push_str(text.get(done..).unwrap_or(""));
    result
}

/// The inserted text with the line endings of the file it goes into.
fn in_line_endings<'t>(text: &str, inserted: &'t str) -> Cow<'t, str> {
    let has_crlf = text.contains("\r\n");
    if has_crlf && inserted.contains('\n') && !inserted.contains('\r') {
        return Cow::Owned(inserted.replace('\n', "\r\n"));
    }
    Cow::Borrowed(inserted)
}

/// A unified diff of one file, as `git apply` takes it.
pub fn diff(path: &str, before: &str, after: &str) -> String {
    similar::TextDiff::from_lines(before, after)
        .unified_diff()
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use goready_model::{Category, Confidence, Fix, Outcome, Place};

    use super::*;

    fn finding(safety: Safety, edits: &[(usize, usize, &str)]) -> Finding {
        let edits = edits.iter().map(|(start, end, text)| Edit {
            place: Place::new(FileId(0), *start, *end),
            text: (*text).to_owned(),
        });
        let fix = Fix { safety, title: "x".to_owned(), edits: edits.collect() };
        Finding {
            rule: "x",
            category: Category::Api,
            outcome: Outcome::Risk,
            confidence: Confidence::Certain,
            configured_level: None,
            message: String::new(),
            help: None,
            place: Place::new(FileId(0), 0, 0),
            label: None,
            related: Vec::new(),
            object: None,
            program: None,
            renders: Vec::new(),
            fixes: vec![fix],
            suppressed: None,
        }
    }

    fn fixed(text: &str, findings: &[Finding], most: Safety) -> String {
        let (edits, _) = select(findings.iter(), most, |_| true);
        splice(text, edits.get(&FileId(0)).map_or(&[][..], Vec::as_slice))
    }

    #[test]
    fn edits_apply_in_order_of_their_places() {
        let later = finding(Safety::Safe, &[(4, 5, "Y")]);
        let earlier = finding(Safety::Safe, &[(0, 1, "XX")]);
        assert_eq!(fixed("a b c", &[later, earlier], Safety::Safe), "XX b Y");
    }

    #[test]
    fn a_fix_that_overlaps_another_waits_for_the_next_round_with_all_its_edits() {
        let first = finding(Safety::Safe, &[(0, 3, "X")]);
        let second = finding(Safety::Safe, &[(2, 4, "Y"), (6, 7, "Z")]);
        assert_eq!(fixed("abcdefg", &[first, second], Safety::Safe), "Xdefg");
    }

    #[test]
    fn unsafe_fixes_apply_only_on_request() {
        let it = [finding(Safety::Unsafe, &[(0, 1, "X")])];
        assert_eq!(fixed("a", &it, Safety::Safe), "a");
        assert_eq!(fixed("a", &it, Safety::Unsafe), "X");
    }

    #[test]
    fn inserted_lines_take_the_line_endings_of_the_file() {
        let it = [finding(Safety::Safe, &[(3, 3, "b\n")])];
        assert_eq!(fixed("a\r\nc\r\n", &it, Safety::Safe), "a\r\nb\r\nc\r\n");
    }

    #[test]
    fn edits_out_of_bounds_change_nothing() {
        assert_eq!(fixed("ab", &[finding(Safety::Safe, &[(1, 9, "X")])], Safety::Safe), "ab");
        assert_eq!(fixed("é", &[finding(Safety::Safe, &[(1, 2, "X")])], Safety::Safe), "é");
    }

    #[test]
    fn diffs_are_what_git_apply_takes() {
        let text = diff("deploy.yaml", "a\nb\n", "a\nc\n");
        assert_eq!(text, "--- a/deploy.yaml\n+++ b/deploy.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
    }
}
