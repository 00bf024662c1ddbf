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

/// Whether something in the bytes matters on its own.
pub(super) fn matters_alone(text: &str) -> bool {
    TRIGGERS.as_ref().is_none_or(|it| it.is_match(text))
}
