//! The paths that git tracks, from `.git/index`.
//!
//! The format is that of gitformat-index(5), versions 2 to 4. A split index and a repository with
//! SHA-256 names are rare and read as if nothing was tracked: then only what no ignore file leaves
//! out is analysed, as without git. No hash is checked: an index that is cut off or broken gives the
//! paths before that point, and each has to be a file to count.
#![expect(clippy::disallowed_methods, reason = "reading files is what `discover` is for")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Larger ones are not read; the index of the Linux kernel has 10 MiB.
const MAX_INDEX: u64 = 512 << 20;

/// Regular files that git tracks below a directory, relative to it with `/`. Empty where the
/// directory is in no working tree.
pub(super) fn tracked(root: &Path) -> Vec<String> {
    let Some(top) = root.ancestors().find(|it| it.join(".git").exists()) else { return Vec::new() };
    let Some(prefix) = super::relative(top, root) else { return Vec::new() };
    let Some(dir) = git_dir(top) else { return Vec::new() };
    let index = dir.join("index");
    if fs::metadata(&index).is_ok_and(|it| it.len() > MAX_INDEX) {
        return Vec::new();
    }
    let Ok(bytes) = fs::read(&index) else { return Vec::new() };
    let paths = entries(&bytes).into_iter();
    if prefix == "." {
        return paths.collect();
    }
    let below = |it: String| Some(it.strip_prefix(&prefix)?.strip_prefix('/')?.to_owned());
    paths.filter_map(below).collect()
}

/// The directory of git's own files: `.git`, or where that file of a further working tree points.
fn git_dir(top: &Path) -> Option<PathBuf> {
    let path = top.join(".git");
    if path.is_dir() {
        return Some(path);
    }
    let text = fs::read_to_string(&path).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    Some(top.join(target))
}

/// The paths of regular files in an index.
fn entries(bytes: &[u8]) -> Vec<String> {
    let mut paths = Vec::new();
    let mut reader = Reader { bytes, at: 0 };
    if reader.take(4) != Some(b"DIRC") || is_split(bytes) {
        return paths;
    }
    let (Some(version @ 2..=4), Some(count)) = (reader.number(), reader.number()) else {
        return paths;
    };
    let mut path = Vec::new();
    for _ in 0..count {
        let Some(mode) = reader.entry(version, &mut path) else { break };
        let is_regular = mode & 0o170_000 == 0o100_000;
        if let (true, Ok(path)) = (is_regular, std::str::from_utf8(&path)) {
            paths.push(path.to_owned());
        }
    }
    // Unmerged files have an entry for each side.
    paths.dedup();
    paths
}

/// Whether most entries are in another file (`core.splitIndex`): the extension `link`, whose
/// signature and size stand between the entries and the hash.
fn is_split(bytes: &[u8]) -> bool {
    let Some(body) = bytes.len().checked_sub(HASH).and_then(|end| bytes.get(..end)) else {
        return false;
    };
    memchr::memmem::rfind_iter(body, b"link").any(|at| {
        let size = body.get(at + 4..at + 8).and_then(|it| it.try_into().ok());
        let end = size.map(|it| at + 8 + u32::from_be_bytes(it) as usize);
        // It holds a hash and two bitmaps, and lies behind the entries.
        size.is_some() && end.is_some_and(|it| it <= body.len() && it >= at + 8 + HASH)
    })
}

/// Bytes of a SHA-1.
const HASH: usize = 20;
/// Times, device, inode, mode, owner and size before the hash of an entry.
const STAT: usize = 40;
/// Where the mode stands among them.
const MODE: usize = 24;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Up to the next NUL, which is skipped.
    fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let length = memchr::memchr(0, rest)?;
        self.at += length + 1;
        rest.get(..length)
    }

    /// The mode of the next entry; `path` becomes its path, from that of the entry before.
    fn entry(&mut self, version: u32, path: &mut Vec<u8>) -> Option<u32> {
        const EXTENDED: u16 = 0x4000;
        let start = self.at;
        let stat = self.take(STAT)?;
        let mode = u32::from_be_bytes(stat.get(MODE..MODE + 4)?.try_into().ok()?);
        self.take(HASH)?;
        let flags = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        if version >= 3 && flags & EXTENDED != 0 {
            self.take(2)?;
        }
        if version == 4 {
            let removed = self.offset()?;
            path.truncate(path.len().checked_sub(removed)?);
            path.extend_from_slice(self.text()?);
            return Some(mode);
        }
        path.clear();
        path.extend_from_slice(self.text()?);
        // One to eight NUL bytes fill up to a multiple of eight.
        let length = self.at - start;
        self.take(length.next_multiple_of(8) - length)?;
        Some(mode)
    }

    /// A number of variable width, as in pack files.
    fn offset(&mut self) -> Option<usize> {
        let mut value: usize = 0;
        loop {
            let byte = *self.take(1)?.first()?;
            value = value.checked_shl(7)?.checked_add(usize::from(byte & 0x7f))?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            value = value.checked_add(1)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An index as git writes it: mode and path of each entry.
    fn index(version: u32, entries: &[(u32, &str)]) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend((entries.len() as u32).to_be_bytes());
        let mut before = "";
        for (mode, path) in entries {
            let start = bytes.len();
            bytes.extend([0; MODE]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([0; STAT - MODE - 4 + HASH]);
            let extended: u16 = if version == 3 { 0x4000 } else { 0 };
            bytes.extend((path.len() as u16 | extended).to_be_bytes());
            bytes.extend(vec![0; if version == 3 { 2 } else { 0 }]);
            if version == 4 {
                let shared = before.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
                bytes.push((before.len() - shared) as u8);
                bytes.extend(&path.as_bytes()[shared..]);
                bytes.push(0);
                before = path;
            } else {
                bytes.extend(path.as_bytes());
                let length = bytes.len() - start;
                bytes.extend(vec![0; 8 - length % 8]);
            }
        }
        bytes.extend([0; HASH]);
        bytes
    }

    #[test]
    fn paths_are_read_in_every_version() {
        let entries_of = [
            (0o100_644, ".env"),
            (0o100_755, "cmd/run.sh"),
            (0o120_000, "cmd/link"),
            (0o160_000, "sub"),
            (0o100_644, "cmd/run.sh.bak"),
        ];
        for version in [2, 3, 4] {
            let found = entries(&index(version, &entries_of));
            assert_eq!(found, [".env", "cmd/run.sh", "cmd/run.sh.bak"], "{version}");
        }
    }

    #[test]
    fn what_is_no_index_tracks_nothing() {
        let mut split = index(2, &[(0o100_644, "a")]);
        let end = split.len() - HASH;
        let mut link = b"link".to_vec();
        link.extend(20u32.to_be_bytes());
        link.extend([1; HASH]);
        split.splice(end..end, link);
        for bytes in [&b""[..], b"DIRC", b"PACK\0\0\0\x02", &index(5, &[(0o100_644, "a")]), &split]
        {
            assert_eq!(entries(bytes), [""; 0]);
        }
    }

    #[test]
    fn a_path_may_say_link() {
        let found = entries(&index(2, &[(0o100_644, "link/a"), (0o100_644, "linked")]));
        assert_eq!(found, ["link/a", "linked"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(mut bytes: Vec<u8>, version in 2u32..5) {
            entries(&bytes);
            let mut index = b"DIRC".to_vec();
            index.extend(version.to_be_bytes());
            index.extend(u32::MAX.to_be_bytes());
            index.append(&mut bytes);
            entries(&index);
        }
    }
}
