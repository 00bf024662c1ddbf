//! Packed charts: `.tgz` into files, within bounds (helm 4.3.1 pkg/chart/loader/archive).

use std::io::Read;

use flate2::read::GzDecoder;

/// What one archive may unpack to; Helm's own limit.
const MAX_BYTES: u64 = 100 << 20;

/// What one file may unpack to; Helm's own limit.
const MAX_FILE_BYTES: u64 = 5 << 20;

/// Members of one archive. Helm knows no limit; the largest charts have some 600 files.
const MAX_FILES: usize = 10_000;

/// A file of an archive, its path relative to the chart.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

/// Unpacks a chart; `left` is what all archives of a chart together may still hold.
///
/// # Errors
/// It is no archive, too large, or has a member that would lie elsewhere, in Helm's words.
pub(super) fn unpack(bytes: &[u8], left: &mut u64) -> Result<Vec<Member>, String> {
    // Padding and headers count too: a bomb of empty members ends here.
    let budget = (*left).min(MAX_BYTES);
    let too_large = || format!("decompressed chart is larger than the maximum size {MAX_BYTES}");
    let mut archive = tar::Archive::new(GzDecoder::new(bytes).take(budget));
    let mut members = Vec::new();
    let mut used = 0;
    for entry in archive.entries().map_err(|it| it.to_string())? {
        let mut entry =
            entry.map_err(|it| if used >= budget { too_large() } else { it.to_string() })?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = chart_path(&name)?;
        let size = entry.size();
        if size > MAX_FILE_BYTES {
            let limit = MAX_FILE_BYTES;
            return Err(format!(
                "decompressed chart file {name:?} is larger than the maximum file size {limit}"
            ));
        }
        used += 512 + size;
        if used > budget || members.len() == MAX_FILES {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        let read = entry.read_to_end(&mut bytes).map_err(|it| it.to_string())?;
        if (read as u64) < size {
            return Err("unexpected EOF".to_owned());
        }
        members.push(Member { path, bytes });
    }
    *left -= used.min(*left);
    if members.is_empty() {
        return Err("no files in chart archive".to_owned());
    }
    Ok(members)
}

/// The path of a member without the directory that all of a chart's files are in.
fn chart_path(name: &str) -> Result<String, String> {
    let separator = if name.contains('\\') { '\\' } else { '/' };
    let (base, rest) = name.split_once(separator).unwrap_or((name, ""));
    let rest = rest.replace(separator, "/");
    if rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                return Err("chart illegally references parent directory".to_owned());
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    if base == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    if parts.is_empty() {
        let name = format!("{name:?}");
        return Err(format!("chart illegally contains content outside the base directory: {name}"));
    }
    let drive = parts[0].as_bytes();
    if parts.len() > 1 && drive.len() == 2 && drive[0].is_ascii_alphabetic() && drive[1] == b':' {
        return Err("chart contains illegally named files".to_owned());
    }
    // Go's path.Clean keeps a leading `..`, and Helm refuses names that merely start so.
    if parts[0].starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
pub(super) mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// A `.tgz` of the given files; names are written as they are, however wrong.
    pub(in crate::chart) fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn unpacked(files: &[(&str, &[u8])]) -> Result<Vec<String>, String> {
        let members = unpack(&pack(files), &mut u64::MAX.clone())?;
        Ok(members.into_iter().map(|it| it.path).collect())
    }

    #[test]
    fn members_lose_the_directory_of_the_chart() {
        let files: [(&str, &[u8]); 2] = [("a/Chart.yaml", b"x"), ("a\\templates\\x.yaml", b"y")];
        assert_eq!(unpacked(&files).unwrap(), ["Chart.yaml", "templates/x.yaml"]);
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let cases = [
            ("a/../../x", "chart illegally references parent directory"),
            ("a//etc/passwd", "chart illegally contains absolute paths"),
            ("a/c:/x", "chart contains illegally named files"),
            ("a/..x", "chart illegally references parent directory"),
            ("Chart.yaml", "chart yaml not in base directory"),
            ("x", "chart illegally contains content outside the base directory: \"x\""),
        ];
        for (name, message) in cases {
            assert_eq!(unpacked(&[(name, b"x")]).unwrap_err(), message, "{name}");
        }
    }

    #[test]
    fn archives_are_bounded_and_may_be_broken_anywhere() {
        let large = vec![0; MAX_FILE_BYTES as usize + 1];
        assert!(unpacked(&[("a/x", &large)]).unwrap_err().contains("maximum file size"));
        let packed = pack(&[("a/x", &[7; 3000])]);
        for end in 0..packed.len() {
            // Only the checksum at the end is not missed.
            if let Ok(members) = unpack(&packed[..end], &mut MAX_BYTES.clone()) {
                assert!(end + 16 > packed.len() && members[0].bytes == [7; 3000], "{end}");
            }
        }
        assert!(unpack(&packed, &mut 2000).unwrap_err().contains("maximum size"));
        assert!(unpack(b"no archive", &mut MAX_BYTES.clone()).is_err());
    }
}
