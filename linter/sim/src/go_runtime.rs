//! Values of the Go runtime's environment variables, exactly as the runtime reads them.

/// A GOMEMLIMIT that the runtime accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryLimit {
    /// `off`, or empty: no limit.
    Off,
    Bytes(u64),
}

impl MemoryLimit {
    /// Reads GOMEMLIMIT; `None` stops the program at start with "malformed GOMEMLIMIT"
    /// (golang/go go1.26 `src/runtime/mgcpacer.go` readGOMEMLIMIT).
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "off" => Some(Self::Off),
            _ => parse_byte_count(text).map(Self::Bytes),
        }
    }
}

/// `parseByteCount` of golang/go go1.26 `src/runtime/string.go`: a whole number with an optional
/// sign `+`, and one of the units B, KiB, MiB, GiB, TiB. Overflow of an `int64` is malformed.
fn parse_byte_count(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 4] =
        [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];
    let unit = UNITS.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size)));
    let (number, size) = match unit {
        Some(found) => found,
        None => (text.strip_suffix('B').unwrap_or(text), 1),
    };
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let bytes = digits.parse::<u64>().ok()?.checked_mul(size)?;
    let is_negative = number.starts_with('-') && bytes > 0;
    (!is_negative && i64::try_from(bytes).is_ok()).then_some(bytes)
}

/// A memory limit as GOMEMLIMIT takes it, in the largest unit that divides it.
pub fn format_byte_count(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let unit = UNITS.iter().find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size));
    match unit {
        Some((unit, size)) => format!("{}{unit}", bytes / size),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_what_the_runtime_accepts() {
        for (text, bytes) in [
            ("512MiB", 512 << 20),
            ("1GiB", 1 << 30),
            ("1048576", 1 << 20),
            ("1048576B", 1 << 20),
            ("0", 0),
            ("0B", 0),
            ("+512MiB", 512 << 20),
            ("007MiB", 7 << 20),
            ("-0", 0),
            ("9223372036854775807", i64::MAX as u64),
        ] {
            assert_eq!(MemoryLimit::parse(text), Some(MemoryLimit::Bytes(bytes)), "{text}");
        }
        assert_eq!(MemoryLimit::parse("off"), Some(MemoryLimit::Off));
        assert_eq!(MemoryLimit::parse(""), Some(MemoryLimit::Off));
    }

    #[test]
    fn refuses_what_stops_the_runtime() {
        for text in [
            "1Gi",
            "512Mi",
            "512M",
            "1G",
            "512MB",
            "512KB",
            "512k",
            "512mib",
            "512MIB",
            "1gib",
            "1b",
            "OFF",
            "1.5GiB",
            "1e9",
            "-512MiB",
            "-1",
            "1PiB",
            "1EiB",
            " 1GiB",
            "1GiB ",
            "1 GiB",
            "1GiB\n",
            "1GiB512MiB",
            "1024MiBs",
            "1,000MiB",
            "1_000",
            "B",
            "MiB",
            "+",
            "++1",
            "auto",
            "9223372036854775808",
            "8388608TiB",
            "99999999999GiB",
            "５MiB",
        ] {
            assert_eq!(MemoryLimit::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(bytes in 0..=i64::MAX as u64) {
            let text = format_byte_count(bytes);
            prop_assert_eq!(MemoryLimit::parse(&text), Some(MemoryLimit::Bytes(bytes)));
        }
    }
}
