//! Paths of a project as text: relative to its root, with `/`.

/// Whether a path is `dir` or lies in it; `.` holds everything.
pub(crate) fn is_below(path: &str, dir: &str) -> bool {
    dir == "."
        || path.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path lies in one of the directories, or there are none to choose from.
pub(crate) fn is_wanted(path: &str, dirs: &[String]) -> bool {
    dirs.is_empty() || dirs.iter().any(|it| is_below(path, it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_whole_names_only() {
        assert!(is_below("deploy/a.yaml", "deploy"));
        assert!(is_below("deploy", "deploy"));
        assert!(is_below("deploy/a.yaml", "."));
        assert!(!is_below("deploy2/a.yaml", "deploy"));
        assert!(!is_below("deploy/a.yaml", ""));
        assert!(is_wanted("deploy/a.yaml", &[]));
    }
}
