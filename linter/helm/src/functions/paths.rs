//! Paths with slashes, Go's `path`; on Linux `path/filepath` is the same.

use super::{
    Failure, Function,
    Param::String,
    arguments::{computed, text},
};
use crate::{
    context::Context,
    text::{Text, TextBuilder},
    value::Value,
};

pub(super) const TABLE: &[Function] = &[
    Function::new("base", &[String], base),
    Function::new("clean", &[String], clean),
    Function::new("dir", &[String], dir),
    Function::new("ext", &[String], ext),
    Function::new("isAbs", &[String], is_abs),
    Function::new("osBase", &[String], base),
    Function::new("osClean", &[String], clean),
    Function::new("osDir", &[String], dir),
    Function::new("osExt", &[String], ext),
    Function::new("osIsAbs", &[String], is_abs),
];

/// The last element, without slashes behind it.
fn base(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let path = text(args, 0)?;
    if path.is_empty() {
        return Ok(Value::text(Text::new(".", path.origin())));
    }
    let end = path.len() - path.bytes().iter().rev().take_while(|it| **it == b'/').count();
    if end == 0 {
        return Ok(Value::text(path.slice(0..1)));
    }
    let start = memchr::memrchr(b'/', &path.bytes()[..end]).map_or(0, |it| it + 1);
    Ok(Value::text(path.slice(start..end)))
}

/// All but the last element, cleaned.
fn dir(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let path = text(args, 0)?;
    let end = memchr::memrchr(b'/', path.bytes()).map_or(0, |it| it + 1);
    Ok(Value::text(cleaned(&path.slice(0..end))))
}

fn clean(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(cleaned(text(args, 0)?)))
}

/// The shortest path of the same meaning: no `.`, no `..` that could be resolved, no slash twice.
fn cleaned(path: &Text) -> Text {
    let rooted = path.bytes().first() == Some(&b'/');
    let mut kept: Vec<std::ops::Range<usize>> = Vec::new();
    let mut start = 0;
    for element in path.bytes().split(|it| *it == b'/') {
        let range = start..start + element.len();
        start = range.end + 1;
        match element {
            b"" | b"." => {}
            b".." => {
                let resolved = kept.last().is_some_and(|it| &path.bytes()[it.clone()] != b"..");
                if resolved {
                    kept.pop();
                } else if !rooted {
                    kept.push(range);
                }
            }
            _ => kept.push(range),
        }
    }
    let mut builder = TextBuilder::with_capacity(path.len());
    if rooted {
        builder.push(b"/", path.origin());
    }
    for (index, range) in kept.into_iter().enumerate() {
        if index > 0 {
            builder.push(b"/", path.origin_at(range.start));
        }
        builder.push_slice(path, range);
    }
    if builder.is_empty() { Text::new(".", path.origin()) } else { builder.finish() }
}

/// From the last point of the last element on.
fn ext(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let path = text(args, 0)?;
    let element = memchr::memrchr(b'/', path.bytes()).map_or(0, |it| it + 1);
    let start = memchr::memrchr(b'.', &path.bytes()[element..]);
    Ok(Value::text(path.slice(start.map_or(path.len(), |it| element + it)..path.len())))
}

fn is_abs(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let absolute = text(args, 0)?.bytes().first() == Some(&b'/');
    Ok(computed(cx, args, Value::bool(absolute)))
}

#[cfg(test)]
mod tests {
    use crate::functions::arguments::testing::{print, s};

    #[test]
    fn paths_are_taken_apart() {
        let table = [
            // path, base, dir, ext, clean
            ("a/b/c.txt", "c.txt", "a/b", ".txt", "a/b/c.txt"),
            ("a", "a", ".", "", "a"),
            ("", ".", ".", "", "."),
            ("/", "/", "/", "", "/"),
            ("///", "/", "/", "", "/"),
            ("a/b/", "b", "a/b", "", "a/b"),
            ("/a", "a", "/", "", "/a"),
            ("a//b/../c/.", ".", "a/c", ".", "a/c"),
            ("../../a", "a", "../..", "", "../../a"),
            ("/../a", "a", "/", "", "/a"),
            ("a/..", "..", "a", ".", "."),
            ("a.b/c", "c", "a.b", "", "a.b/c"),
            ("x.tar.gz", "x.tar.gz", ".", ".gz", "x.tar.gz"),
        ];
        for (path, base, dir, ext, clean) in table {
            for prefix in ["", "os"] {
                let name = |it: &str| {
                    if prefix.is_empty() { it.to_lowercase() } else { format!("os{it}") }
                };
                assert_eq!(print(&name("Base"), &[s(path)]), base, "base {path:?}");
                assert_eq!(print(&name("Dir"), &[s(path)]), dir, "dir {path:?}");
                assert_eq!(print(&name("Ext"), &[s(path)]), ext, "ext {path:?}");
                assert_eq!(print(&name("Clean"), &[s(path)]), clean, "clean {path:?}");
            }
        }
        assert_eq!(print("isAbs", &[s("/a")]), "true");
        assert_eq!(print("osIsAbs", &[s("a")]), "false");
    }
}
