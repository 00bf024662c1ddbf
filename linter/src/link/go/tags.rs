//! Struct tags: `key:"value"` pairs as package reflect reads them.

/// The value of a key in a tag.
pub(super) fn value<'t>(tag: &'t str, key: &str) -> Option<&'t str> {
    let mut rest = tag;
    loop {
        rest = rest.trim_start();
        let (name, after) = rest.split_once(":\"")?;
        // A value ends at the next quote that is not escaped.
        let end = after
            .char_indices()
            .scan(false, |escaped, (at, c)| {
                let ends = c == '"' && !*escaped;
                *escaped = c == '\\' && !*escaped;
                Some((at, ends))
            })
            .find(|(_, ends)| *ends)?
            .0;
        if name == key {
            return Some(&after[..end]);
        }
        rest = &after[end + 1..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_values_by_key() {
        let tag = r#"json:"addr,omitempty" env:"ADDR" default:":\"8080""#;
        assert_eq!(value(tag, "env"), Some("ADDR"));
        assert_eq!(value(tag, "json"), Some("addr,omitempty"));
        assert_eq!(value(tag, "default"), Some(":\\\"8080"));
        assert_eq!(value(tag, "yaml"), None);
        assert_eq!(value("plain", "env"), None);
    }
}
