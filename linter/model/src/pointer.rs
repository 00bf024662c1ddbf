//! JSON pointers (RFC 6901): paths of keys and indices, as messages, patches and schemas have them.

use std::borrow::Cow;

/// A key as a step of a pointer.
pub fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

/// The keys and indices of a pointer, from the root on.
pub fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(|it| it.replace("~1", "/").replace("~0", "~"))
}

/// The steps joined by dots, as people write a path into values.
pub fn dotted(pointer: &str) -> String {
    steps(pointer).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_read_as_it_was_escaped() {
        for key in ["a", "a/b", "~", "~1", "", "a.b"] {
            let pointer = format!("/{}/0", escape(key));
            assert_eq!(steps(&pointer).collect::<Vec<_>>(), [key, "0"]);
        }
        assert_eq!(steps("").count(), 0);
        assert_eq!(dotted("/a/b~1c/0"), "a.b/c.0");
    }
}
