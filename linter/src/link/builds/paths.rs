//! Paths of containers and of the repository, unknown parts (`${NAME}`) included.
//!
//! A path of the repository starts with `@`, so that `@/bin/api` and the container's `/bin/api`
//! cannot be taken for each other.

use goready_parse::build::expand::may_equal;

/// The root of the repository.
pub(super) const ROOT: &str = "@";

/// `path` seen from `directory`, without `.` and `..`.
pub(in crate::link) fn join(directory: &str, path: &str) -> String {
    let rooted = path.starts_with('/') || path == ROOT || path.starts_with("@/");
    let whole = if rooted { path.to_owned() } else { format!("{directory}/{path}") };
    let (root, rest) = match whole.strip_prefix(ROOT) {
        Some(rest) => (ROOT, rest),
        None => ("", whole.as_str()),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let path = parts.join("/");
    match (root, path.is_empty()) {
        (ROOT, true) => ROOT.to_owned(),
        (ROOT, false) => format!("@/{path}"),
        _ => format!("/{path}"),
    }
}

/// A path of the repository relative to its root, `.` for the root itself.
pub(super) fn in_repository(path: &str) -> Option<String> {
    if path == ROOT {
        return Some(".".to_owned());
    }
    path.strip_prefix("@/").map(str::to_owned)
}

/// The path of the repository for a path relative to its root.
pub(super) fn of_repository(relative: &str) -> String {
    join(ROOT, if relative.is_empty() { "." } else { relative })
}

/// The directory of a path.
pub(super) fn parent(path: &str) -> String {
    match path.rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((parent, _)) => parent.to_owned(),
        None => ROOT.to_owned(),
    }
}

/// The last part of a path.
pub(in crate::link) fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// What is left of a path below a directory; empty for the directory itself, `None` when it
/// lies elsewhere. Unknown parts may be anything.
pub(super) fn below<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    let mut rest = path.trim_matches('/');
    for part in directory.trim_matches('/').split('/').filter(|it| !it.is_empty()) {
        let (first, tail) = rest.split_once('/').unwrap_or((rest, ""));
        if first.is_empty() || !may_equal(first, part) {
            return None;
        }
        rest = tail;
    }
    Some(rest)
}

/// A path below a directory, the inverse of [`below`].
pub(super) fn under(directory: &str, rest: &str) -> String {
    join(directory, if rest.is_empty() { "." } else { rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_without_dots() {
        for (directory, path, expected) in [
            ("/src", "./cmd/api", "/src/cmd/api"),
            ("/src", "..", "/"),
            ("/", "a/", "/a"),
            ("@/sub", "../bin", "@/bin"),
            ("@", ".", "@"),
            ("@", "../..", "@"),
            ("@/a", "/abs", "/abs"),
            ("/x", "@/y", "@/y"),
        ] {
            assert_eq!(join(directory, path), expected, "{directory} {path}");
        }
    }

    #[test]
    fn a_path_below_a_directory_knows_its_rest() {
        for (path, directory, expected) in [
            ("/src/cmd/api", "/src", Some("cmd/api")),
            ("/src", "/src", Some("")),
            ("/srcs/a", "/src", None),
            ("/a", "/", Some("a")),
            ("@/dist/linux/amd64/x", "@/dist/${OS}", Some("amd64/x")),
            ("/src", "/src/cmd", None),
        ] {
            assert_eq!(below(path, directory), expected, "{path} {directory}");
        }
    }
}
