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

/// A path relative to a directory, normalised; `None` for URLs and paths that leave the root.
pub(crate) fn join(dir: &str, relative: &str) -> Option<String> {
    if relative.contains("://") || relative.starts_with('/') || relative.contains('\n') {
        return None;
    }
    let mut steps: Vec<&str> = dir.split('/').filter(|it| !it.is_empty()).collect();
    for step in relative.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop()?;
            }
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
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

    #[test]
    fn paths_are_joined_and_normalised() {
        assert_eq!(join("a/b", "../base"), Some("a/base".to_owned()));
        assert_eq!(join("", "./x.yaml"), Some("x.yaml".to_owned()));
        assert_eq!(join("a", ".."), Some(String::new()));
        assert_eq!(join("a", "../../x"), None);
        assert_eq!(join("a", "https://example.com/x"), None);
    }
}
