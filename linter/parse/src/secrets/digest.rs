//! The keyed digest that finds copies of a value without keeping it.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Fixed, so that one run compares equal values of all files; digests are never written anywhere.
const KEY: u64 = 0x6f72_6465_7220_6f66;

/// A digest of a secret value: equal for copies, of no use to guess the value from.
pub fn digest(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    KEY.hash(&mut hasher);
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn copies_have_one_digest_and_other_values_another() {
        assert_eq!(digest("a"), digest("a"));
        assert_ne!(digest("a"), digest("b"));
    }
}
