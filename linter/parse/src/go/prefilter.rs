//! Which files must be parsed whether a program reaches them or not.
//!
//! Everything a program does is found from its main package: link knows which packages a main
//! package imports and asks for their code. What is reported for any file, reachable or not, is
//! declared here by the bytes it cannot do without. Import paths stand for calls, so that an alias
//! hides nothing.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Bytes that every signal call needs: a package that registers signals, by import path.
const SIGNALS: [&str; 2] = ["\"os/signal\"", "github.com/oklog/run"];

static TRIGGERS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    // Only an automaton beyond the crate's size limit fails to build; then nothing is filtered.
    AhoCorasick::new(SIGNALS).ok()
});

/// Bytes without which no code keeps control to serve over HTTP or gRPC.
const SERVES: [&str; 3] = [".ListenAndServe", ".Serve(", ".ServeTLS("];

static SERVING: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(SERVES).ok());

/// Whether code of others may serve, by its bytes. What comments show does not count: half of all
/// routers have an example of a server in theirs.
pub fn may_serve(text: &str) -> bool {
    let Some(serving) = &*SERVING else { return true };
    serving.find_iter(text).any(|found| {
        let before = text.get(..found.start()).unwrap_or_default();
        let line = before.rfind('\n').map_or(before, |it| &before[it..]);
        let in_block = before.rfind("/*") > before.rfind("*/");
        !in_block && !line.contains("//")
    })
}

/// Whether something in the bytes matters on its own.
pub(super) fn matters_alone(text: &str) -> bool {
    TRIGGERS.as_ref().is_none_or(|it| it.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::may_serve;

    #[test]
    fn examples_in_comments_serve_nothing() {
        for (text, expected) in [
            ("func a() {\n\thttp.ListenAndServe(addr, nil)\n}\n", true),
            ("/* b */\nvar c = s.Serve(l)\n", true),
            ("// a\n//\n//\tlog.Fatal(http.ListenAndServe(addr, nil))\npackage a\n", false),
            ("/*\n\thttp.ListenAndServe(addr, nil)\n*/\npackage a\n", false),
            ("package a\n", false),
        ] {
            assert_eq!(may_serve(text), expected, "{text}");
        }
    }
}
