//! The word tables, and names split into words: the last words of a name decide whether it names a
//! credential.

use std::sync::OnceLock;

use serde::Deserialize;

/// `data/secrets/words.toml`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Words {
    heads: Vec<String>,
    config_heads: Vec<String>,
    signers: Vec<String>,
    harmless_before: Vec<String>,
    pub(super) development: Vec<String>,
    pub(super) placeholder_anywhere: Vec<String>,
    #[serde(rename = "placeholder_words")]
    pub(super) placeholders: Vec<String>,
    pub(super) local_hosts: Vec<String>,
    pub(super) placeholder_hosts: Vec<String>,
    connection_keys: Vec<String>,
}

/// The tables, read once. The tests read the same text, so it always parses.
pub(super) fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| {
        toml::from_str(include_str!("../../data/secrets/words.toml")).unwrap_or_default()
    })
}

/// Splits a name at camelCase humps, digits followed by letters excepted, and at everything that
/// is no letter and no digit; all words in lower case.
pub(super) fn split(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut found = Vec::new();
    let mut word = String::new();
    for (at, character) in characters.iter().copied().enumerate() {
        if !character.is_alphanumeric() {
            found.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = at.checked_sub(1).and_then(|it| characters.get(it)).copied();
        let after = characters.get(at + 1).copied();
        // `dbPassword`, and the `P` of `DBPassword` but not of `DBP`.
        let hump = character.is_uppercase()
            && before.is_some_and(|it| {
                it.is_lowercase()
                    || it.is_ascii_digit()
                    || (it.is_uppercase() && after.is_some_and(char::is_lowercase))
            });
        if hump && !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
        word.extend(character.to_lowercase());
    }
    found.extend((!word.is_empty()).then_some(word));
    found
}

/// What kind of credential a name speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// A password: any text may be one, numbers included.
    Password,
    /// Anything else.
    Other,
}

/// Where a name was written: some words mean a credential in settings only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameIn {
    Code,
    Settings,
}

/// Last words of all heads.
fn last_words() -> &'static [&'static str] {
    static LAST: OnceLock<Vec<&str>> = OnceLock::new();
    LAST.get_or_init(|| {
        let tables = words();
        let heads = tables.heads.iter().chain(&tables.config_heads);
        let mut last: Vec<&str> = heads.filter_map(|it| it.split(' ').next_back()).collect();
        last.sort_unstable();
        last.dedup();
        last
    })
}

/// Whether the last letters of a name are one of these words, in any case: that is cheap to say, and
/// false for most names.
fn ends_in_any<'w>(name: &str, words: impl IntoIterator<Item = &'w str>) -> bool {
    let name = name.trim_end_matches(|it: char| !it.is_alphabetic()).as_bytes();
    words.into_iter().any(|word| {
        let tail = name.len().checked_sub(word.len()).and_then(|it| name.get(it..));
        tail.is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// The head of a name, `None` when it names no credential.
pub(super) fn head(name: &str, place: NameIn) -> Option<Head> {
    if !ends_in_any(name, last_words().iter().copied()) {
        return None;
    }
    let mut parts = split(name);
    // `password2`, `DB_PASSWORD_1`.
    if parts.len() > 1 && parts.last().is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit())) {
        parts.pop();
    }
    let last = parts.last_mut()?;
    let letters = last.trim_end_matches(|it: char| it.is_ascii_digit()).len();
    last.truncate(letters);
    let tables = words();
    let heads = match place {
        NameIn::Code => [tables.heads.as_slice(), &[]],
        NameIn::Settings => [tables.heads.as_slice(), tables.config_heads.as_slice()],
    };
    let ends_in = |head: &str| {
        let length = head.split(' ').count();
        let tail = parts.len().checked_sub(length).and_then(|it| parts.get(it..))?;
        tail.iter().zip(head.split(' ')).all(|(a, b)| a == b).then_some(parts.len() - length)
    };
    let start = heads.into_iter().flatten().filter_map(|it| ends_in(it)).min()?;
    let before = start.checked_sub(1).and_then(|it| parts.get(it));
    if before.is_some_and(|it| tables.harmless_before.contains(it)) {
        return None;
    }
    let password = ["pass", "password", "passwd", "pwd", "passphrase", "requirepass", "passcode"];
    let is_password = parts.last().is_some_and(|it| password.contains(&it.as_str()));
    Some(if is_password { Head::Password } else { Head::Other })
}

/// The name of a key that signs tokens or cookies (`jwtSecret`, `secret` in a block `jwt`), with
/// its block where the key does not say it alone.
pub(super) fn signing_key(block: &str, key: &str) -> Option<String> {
    let parts = split(key);
    if !matches!(parts.last().map(String::as_str), Some("secret" | "key")) {
        return None;
    }
    let signs = |parts: &[String]| parts.iter().any(|it| words().signers.contains(it));
    let name = if signs(&parts) {
        key.to_owned()
    } else if signs(&split(block)) && parts.len() == 1 {
        format!("{block}.{key}")
    } else {
        return None;
    };
    head(&name, NameIn::Settings).map(|_| name)
}

/// Whether a key names the other end of a connection: `host`, `redisAddr`.
pub(super) fn is_connection_key(name: &str) -> bool {
    let keys = &words().connection_keys;
    ends_in_any(name, keys.iter().map(String::as_str))
        && split(name).last().is_some_and(|it| keys.contains(it))
}

#[cfg(test)]
mod tests {
    use super::{Head, NameIn, head, signing_key, split, words};

    #[test]
    fn the_tables_parse() {
        assert!(words().development.iter().any(|it| it == "postgres"));
    }

    #[test]
    fn the_words_of_the_tables_are_ascii_letters() {
        let tables = words();
        let heads = tables.heads.iter().chain(&tables.config_heads).chain(&tables.connection_keys);
        for head in heads {
            assert!(head.bytes().all(|it| it.is_ascii_lowercase() || it == b' '), "{head}");
        }
    }

    #[test]
    fn names_split_at_humps_and_separators() {
        for (name, expected) in [
            ("DBPassword", "db password"),
            ("dbPasswordFile", "db password file"),
            ("AWS_SECRET_ACCESS_KEY", "aws secret access key"),
            ("spring.datasource.password", "spring datasource password"),
            ("redis-password", "redis password"),
            ("OAuth2Token", "o auth2 token"),
            ("apiKey", "api key"),
            ("HTTPWasm", "http wasm"),
        ] {
            assert_eq!(split(name).join(" "), expected);
        }
    }

    #[test]
    fn keys_that_sign_are_known_by_their_block() {
        let name = |block, key| signing_key(block, key);
        assert_eq!(name("", "JwtSecretKey").as_deref(), Some("JwtSecretKey"));
        assert_eq!(name("jwt", "secret").as_deref(), Some("jwt.secret"));
        assert_eq!(name("jwt", "key").as_deref(), Some("jwt.key"));
        for (block, key) in
            [("jwt", "issuer"), ("", "secret"), ("cache", "key"), ("jwt", "publicKey")]
        {
            assert_eq!(name(block, key), None, "{block}.{key}");
        }
    }

    #[test]
    fn only_the_last_words_make_a_head() {
        for name in [
            "password",
            "DB_PASSWORD",
            "jwtSecret",
            "x-api-key",
            "AccessSecret",
            "apikey",
            "accessKey",
            "password2",
            "DB_PASSWORD_1",
        ] {
            assert!(head(name, NameIn::Code).is_some(), "{name}");
        }
        for name in [
            "passwordFile",
            "tokenURL",
            "SecretName",
            "publicKey",
            "key",
            "compass",
            "SnmpGroupWrite",
            "Passthrough",
            "monkey",
            "nextPageToken",
            "tokens",
            "secretRef",
        ] {
            assert_eq!(head(name, NameIn::Code), None, "{name}");
        }
        assert_eq!(head("Pass", NameIn::Code), None);
        assert_eq!(head("Pass", NameIn::Settings), Some(Head::Password));
    }
}
