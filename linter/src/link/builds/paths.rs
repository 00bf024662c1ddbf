//! Paths of containers and of the repository, unknown parts (`${NAME}`) included.
//!
//! A path of the repository starts with `@`, so that `@/bin/api` and the container's `/bin/api`
//! cannot be taken for each other.

use goready_parse::build::expand::may_equal;

/// The root of the repository.
pub(super) const ROOT: &str = "@";

/// `path` seen from `directory`, without `.` and `..`.
pub(in crate::link) fn join(directory: &str, path: &str) -> String {
    // A platform is two parts of a path.
    let path = &*path.replace("${TARGETPLATFORM}", "${TARGETOS}/${TARGETARCH}");
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
    let (path, directory) = (path.trim_matches('/'), directory.trim_matches('/'));
    if directory.is_empty() {
        return (!path.starts_with(ROOT)).then_some(path);
    }
    let parts = directory.split('/').count();
    let ends: Vec<usize> =
        path.match_indices('/').map(|(at, _)| at).chain([path.len()]).take(64).collect();
    let rest = |end: usize| path.get(end..).unwrap_or("").trim_start_matches('/');
    let fits = |end: &usize| path.get(..*end).is_some_and(|it| may_equal(it, directory));
    // As many parts as the directory has, else as many as an unknown one may stand for.
    let same = ends.get(parts - 1).filter(|it| fits(it));
    let open = path.contains("${") || directory.contains("${");
    let end = same.or_else(|| ends.iter().find(|it| open && fits(it)))?;
    Some(rest(*end))
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
            ("/src/app/cart/service/bin/x", "/src/app/${APP}/bin", Some("x")),
            ("/out/${X}/api", "/out/linux/amd64", Some("api")),
            ("@/a", "/", None),
        ] {
            assert_eq!(below(path, directory), expected, "{path} {directory}");
        }
    }
}
