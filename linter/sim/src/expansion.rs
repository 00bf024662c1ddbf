//! References to environment variables in `env`, `command` and `args`
//! (kubernetes/kubernetes `third_party/forked/golang/expansion/expand.go`, v1.37).

/// The names that `$(NAME)` references of a text have, in order. `$$` stands for a dollar sign, so
/// `$$(NAME)` is none.
pub fn references(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        rest = match after.strip_prefix('$') {
            Some(after) => after,
            None => after,
        };
        if let Some(name) = after.strip_prefix('(')
            && let Some((name, after)) = name.split_once(')')
        {
            found.push(name);
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_as_kubernetes_finds_them() {
        for (text, expected) in [
            ("$(A)", &["A"][..]),
            ("http://$(HOST):$(PORT)/", &["HOST", "PORT"]),
            ("$$(A)", &[]),
            ("$$$(A)", &["A"]),
            ("$A ${A} $(A", &[]),
            ("cost: 5$", &[]),
            ("", &[]),
        ] {
            assert_eq!(references(text), expected, "{text}");
        }
    }
}
