//! GitHub's `primaryLocationLineHash`, bit for bit.
//!
//! The upload action computes it itself where it is absent and warns where it differs; uploads
//! through the API have no fingerprint at all without it. The algorithm is that of
//! github/codeql-action `src/fingerprints.ts` (read 2026-11): a rolling polynomial hash over the
//! hundred characters that start at a line.

use std::collections::BTreeMap;

/// Characters a line's hash covers.
const WINDOW: usize = 100;
const BASE: u64 = 37;
/// Stands for the end of the file, after its last character.
const END: u16 = u16::MAX;

/// One value a line, in order: the hash in hexadecimal, a colon, and how many times that hash
/// has occurred in the file so far.
pub(crate) fn line_hashes(text: &str) -> Vec<String> {
    let mut hasher = Hasher::new();
    for unit in text.encode_utf16() {
        hasher.read(unit);
    }
    hasher.read(END);
    hasher.finish()
}

struct Hasher {
    window: [u16; WINDOW],
    /// The line that starts at this position of the window.
    lines: [Option<usize>; WINDOW],
    at: usize,
    hash: u64,
    /// `BASE` to the power of [`WINDOW`], to take the oldest character out.
    oldest: u64,
    line: usize,
    at_line_start: bool,
    after_carriage_return: bool,
    seen: BTreeMap<u64, usize>,
    done: Vec<String>,
}

impl Hasher {
    fn new() -> Self {
        Self {
            window: [0; WINDOW],
            lines: [None; WINDOW],
            at: 0,
            hash: 0,
            oldest: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            line: 0,
            at_line_start: true,
            after_carriage_return: false,
            seen: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    fn read(&mut self, unit: u16) {
        const TAB: u16 = b'\t' as u16;
        const SPACE: u16 = b' ' as u16;
        const LINE_FEED: u16 = b'\n' as u16;
        const CARRIAGE_RETURN: u16 = b'\r' as u16;

        if unit == SPACE || unit == TAB || (self.after_carriage_return && unit == LINE_FEED) {
            self.after_carriage_return = false;
            return;
        }
        self.after_carriage_return = unit == CARRIAGE_RETURN;
        let unit = if unit == CARRIAGE_RETURN { LINE_FEED } else { unit };
        self.emit();
        if self.at_line_start {
            self.lines[self.at] = Some(self.line);
            self.line += 1;
        }
        self.at_line_start = unit == LINE_FEED;
        self.push(unit);
    }

    /// Emits the line whose window has just come round.
    fn emit(&mut self) {
        let Some(line) = self.lines[self.at].take() else { return };
        let count = self.seen.entry(self.hash).or_default();
        *count += 1;
        if self.done.len() <= line {
            self.done.resize(line + 1, String::new());
        }
        self.done[line] = format!("{:x}:{count}", self.hash);
    }

    fn push(&mut self, unit: u16) {
        let old = std::mem::replace(&mut self.window[self.at], unit);
        self.hash = BASE
            .wrapping_mul(self.hash)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.oldest.wrapping_mul(u64::from(old)));
        self.at = (self.at + 1) % WINDOW;
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..WINDOW {
            self.emit();
            self.push(0);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(line_hashes(text), expected);
    }

    #[test]
    fn agrees_with_the_vectors_of_the_upload_action() {
        check("", &["c129715d7a2bc9a3:1"]);
        check(
            " a\nb\n  \t\tc\n d",
            &["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
        );
        check(
            &"Lorem ipsum dolor sit amet.\n".repeat(10),
            &[
                "a7f2ff13bc495cf2:1",
                "a7f2ff13bc495cf2:2",
                "a7f2ff13bc495cf2:3",
                "a7f2ff13bc495cf2:4",
                "a7f2ff13bc495cf2:5",
                "a7f2ff13bc495cf2:6",
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1",
            ],
        );
    }

    #[test]
    fn counts_every_kind_of_line_break_as_one() {
        check(
            "x\r\ny\rz\n",
            &[
                "b9ca9c0a2452b1b0:1",
                "3c9a59cfc299b3ee:1",
                "95de0951c928fa27:1",
                "c129715d7a2bc9a3:1",
            ],
        );
    }

    #[test]
    fn counts_characters_in_utf16() {
        check(
            "日本𝄞: 1\nb: 2\n",
            &["c093dc46f5f55b83:1", "5d56533273a3bbdb:1", "c129715d7a2bc9a3:1"],
        );
        check("terminationGracePeriodSeconds: 5\n", &["c72404ddc80c324e:1", "c129715d7a2bc9a3:1"]);
    }
}
