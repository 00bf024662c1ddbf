//! The guards on a literal: what is a reference, a placeholder, a word or a path, and what is left
//! as a credential. Each guard has a case in the tests.

use super::words::{Head, split, words};

/// Shortest literal that counts where only its name is evidence.
const MIN_LENGTH: usize = 8;
/// Longest: beyond it stands a document, not a credential.
const MAX_LENGTH: usize = 1024;
/// Shannon entropy in bits a character below which a literal is text.
const MIN_ENTROPY: f64 = 3.0;
/// Entropy from which a literal with three kinds of characters looks random.
const STRONG_ENTROPY: f64 = 3.7;
/// Shorter literals need three kinds of characters.
const LONG: usize = 20;

/// How far a literal is a credential when a name says that it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// It looks random by itself.
    pub(super) strong: bool,
    /// It is a word that everybody uses in development.
    pub(super) development_word: bool,
}

/// The full guard stack, for places where the name is the only evidence.
pub(super) fn accept_by_name(name: &str, value: &str) -> Option<Accepted> {
    let length = value.chars().count();
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&length)
        || holds_blank(value)
        || value.contains(['{', '}', '%', '<', '>', '$'])
        || is_placeholder(value)
        || is_location(value)
        || is_constant_name(value)
        || repeats_name(name, value)
        || is_digest_of_something(name, value)
        || is_word_shaped(value)
    {
        return None;
    }
    let entropy = entropy(value);
    let classes = character_classes(value);
    if entropy < MIN_ENTROPY || (length < LONG && classes < 3) {
        return None;
    }
    let strong = classes >= 3 && entropy >= STRONG_ENTROPY;
    Some(Accepted { strong, development_word: is_development(name, value) })
}

/// The guards for places that are evidence themselves: an environment variable of a container, a
/// Secret, a block of connection settings. Any literal is a credential there, words included.
pub(super) fn accept_in_place(name: &str, head: Head, value: &str) -> Option<Accepted> {
    let value = value.trim();
    let refused = value.is_empty()
        || value.len() > MAX_LENGTH
        || is_reference(value)
        || is_placeholder(value)
        || is_location(value)
        || is_boolean(value)
        || is_duration(value)
        || (head == Head::Other && is_number(value))
        || (is_constant_name(value) && value.contains('_'));
    if refused {
        return None;
    }
    let strong = accept_by_name(name, value).is_some_and(|it| it.strong);
    Some(Accepted { strong, development_word: is_development(name, value) })
}

/// Whether the text stands for a value that comes from elsewhere: `${X}`, `$(X)`, `$X`, `{{ x }}`,
/// `%s`, `<password>`, `[password]`, `***`, `ENC[...]`.
pub(super) fn is_reference(value: &str) -> bool {
    let bytes = value.as_bytes();
    // `$$` is how compose and Make write a dollar.
    let dollar = value.replace("$$", "").as_bytes().windows(2).any(|it| {
        it[0] == b'$' && (matches!(it[1], b'{' | b'(' | b'_') || it[1].is_ascii_alphabetic())
    });
    let format =
        bytes.windows(2).any(|it| it[0] == b'%' && matches!(it[1], b's' | b'v' | b'q' | b'['));
    let wrapped = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    dollar
        || format
        || value.contains("{{")
        || value.contains("***")
        || wrapped('<', '>')
        || wrapped('[', ']')
        || wrapped('{', '}')
        || (wrapped('%', '%') && value.len() > 2)
        || value.starts_with("ENC[")
        || value.starts_with("vault:")
        || value.starts_with("ref+")
        || value.starts_with("op://")
}

/// Whether the value says of itself that somebody has to replace it.
pub(super) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    let tables = words();
    tables.placeholder_anywhere.iter().any(|it| lower.contains(it.as_str()))
        || tables.placeholders.contains(&lower)
        || split(value).iter().any(|it| tables.placeholders.contains(it))
        || is_filler(value)
}

/// One character over and over, or a run of the alphabet or of digits: what documentation writes.
pub(super) fn is_filler(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (Some(first), true) = (bytes.first(), bytes.len() >= MIN_LENGTH) else { return false };
    if bytes.iter().all(|it| it == first) {
        return true;
    }
    let ascending = |length: usize| {
        bytes.windows(length).any(|run| {
            run.windows(2)
                .all(|pair| pair[1].is_ascii_alphanumeric() && pair[1].wrapping_sub(pair[0]) == 1)
        })
    };
    // `12345678` is a password people use; as a part of a longer value it is filler.
    ascending(8) && bytes.len() > 8
}

pub(super) fn is_development_word(value: &str) -> bool {
    let lower = value.to_lowercase();
    words().development.contains(&lower)
}

/// Whether a value is made of nothing but words that everybody uses in development and the words of
/// its own name or user: `rootroot`, `default_password`, `gorse_pass` of the user `gorse`. Who looks
/// for it tries them first, and who chose it did not mean to keep a secret.
pub(super) fn is_development(name: &str, value: &str) -> bool {
    let lower = value.to_lowercase();
    if is_development_word(&lower) {
        return true;
    }
    let own = split(name);
    let known: Vec<&str> = words()
        .development
        .iter()
        .chain(&own)
        .map(String::as_str)
        .filter(|it| it.len() >= 3 && it.bytes().all(|it| it.is_ascii_lowercase()))
        .collect();
    let mut parts = lower.split(['_', '-', '.']).filter(|it| !it.is_empty()).peekable();
    parts.peek().is_some() && lower.len() <= 64 && parts.all(|it| is_made_of(it, &known))
}

/// Whether a text is a row of words, with at most three digits behind them.
fn is_made_of(text: &str, known: &[&str]) -> bool {
    let letters = text.trim_end_matches(|it: char| it.is_ascii_digit());
    if letters.is_empty() || text.len() - letters.len() > 3 {
        return false;
    }
    let mut reached = vec![false; letters.len() + 1];
    reached[0] = true;
    for start in 0..letters.len() {
        if !reached[start] {
            continue;
        }
        let rest = letters.get(start..).unwrap_or("");
        for word in known.iter().filter(|it| rest.starts_with(**it)) {
            reached[start + word.len()] = true;
        }
    }
    reached[letters.len()]
}

fn holds_blank(value: &str) -> bool {
    value.contains(char::is_whitespace)
}

/// A URL without user, a path, a URN, an address with port.
fn is_location(value: &str) -> bool {
    let url = value.split_once("://").is_some_and(|(scheme, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it))
            && !authority.contains('@')
    });
    let relative = ["./", "../", "~/", "file:"].iter().any(|it| value.starts_with(it));
    // Base64 may start with a slash, but it does not spell words between slashes.
    let short_or_word = |it: &str| it.len() <= 4 || is_word_shaped(it);
    let path =
        relative || value.strip_prefix('/').is_some_and(|it| it.split('/').all(short_or_word));
    url || path || value.starts_with("urn:") || value.starts_with("arn:")
}

/// `^_*[A-Z][A-Z0-9_]*$`: the name of a variable, or of what to write there.
fn is_constant_name(value: &str) -> bool {
    let value = value.trim_start_matches('_');
    value.starts_with(|it: char| it.is_ascii_uppercase())
        && value.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
        // Sixteen random capitals and digits are no name: names have letters in rows.
        && (value.contains('_') || value.bytes().filter(u8::is_ascii_digit).count() * 6 < value.len())
}

fn repeats_name(name: &str, value: &str) -> bool {
    let (name, value) = (split(name), split(value));
    !value.is_empty() && value.iter().all(|it| name.contains(it))
}

/// A hexadecimal digest where the name says that it is one, and a UUID under an id.
fn is_digest_of_something(name: &str, value: &str) -> bool {
    let words = split(name);
    let named = |list: &[&str]| words.iter().any(|it| list.contains(&it.as_str()));
    let hexadecimal = value.bytes().all(|it| it.is_ascii_hexdigit());
    let digest = hexadecimal
        && matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128)
        && named(&["sha", "sha1", "sha256", "sha512", "digest", "checksum", "hash", "md5"]);
    digest || (is_uuid(value) && named(&["id", "uuid", "guid"]))
}

fn is_uuid(value: &str) -> bool {
    let lengths: Vec<_> = value.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && value.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-')
}

fn is_boolean(value: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off", "enabled", "disabled"]
        .iter()
        .any(|it| value.eq_ignore_ascii_case(it))
}

fn is_number(value: &str) -> bool {
    value.parse::<f64>().is_ok()
}

/// `30s`, `1h30m`.
fn is_duration(value: &str) -> bool {
    let units = ["ns", "us", "ms", "s", "m", "h", "d"];
    let mut rest = value;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let unit = rest[digits..].len()
            - rest[digits..].trim_start_matches(|it: char| it.is_ascii_alphabetic()).len();
        if digits == 0 || unit == 0 || !units.contains(&&rest[digits..digits + unit]) {
            return false;
        }
        rest = &rest[digits + unit..];
    }
    !value.is_empty()
}

/// Words of a language joined by `.`, `_`, `:`, `/`, `-` or humps, without three digits in a row.
fn is_word_shaped(value: &str) -> bool {
    let digits_in_a_row = value.as_bytes().windows(3).any(|it| it.iter().all(u8::is_ascii_digit));
    if digits_in_a_row || !value.starts_with(|it: char| it.is_ascii_alphabetic() || it == '.') {
        return false;
    }
    if value.contains(|it: char| !(it.is_ascii_alphanumeric() || "._:/-".contains(it))) {
        return false;
    }
    let parts = split(value);
    let letters: usize = parts.iter().map(String::len).sum();
    // Random text has humps everywhere: `aB3dE5` splits into crumbs.
    !parts.is_empty() && letters >= parts.len() * 3 && parts.iter().all(|it| is_word(it))
}

/// Letters that can be spoken, with at most two digits behind them (`v2`, `oauth2`).
fn is_word(word: &str) -> bool {
    let stem = word.trim_end_matches(|it: char| it.is_ascii_digit());
    if stem.bytes().any(|it| it.is_ascii_digit()) {
        return false;
    }
    let vowel = |it: u8| b"aeiouy".contains(&it);
    let longest_run =
        stem.as_bytes().split(|it| vowel(*it)).map(<[u8]>::len).max().unwrap_or_default();
    // Abbreviations have no vowel but are short: `tls`, `jwt`, `http`, `x509` aside.
    longest_run <= 5 && (stem.len() <= 5 || stem.bytes().any(vowel))
}

/// Shannon entropy in bits a character.
fn entropy(value: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::<char, f64>::new();
    for character in value.chars() {
        *counts.entry(character).or_default() += 1.0;
    }
    let length: f64 = counts.values().sum();
    counts.values().map(|it| it / length).map(|it| -it * it.log2()).sum()
}

/// Whether a token's body is random enough to be one.
pub(super) fn looks_random(value: &str) -> bool {
    // `dapi` plus 32 hexadecimal digits has 3.6 bits on average, a made-up one far less.
    entropy(value) >= 2.8
}

/// How many of lower case, upper case, digits and others occur.
fn character_classes(value: &str) -> usize {
    let has = |test: fn(char) -> bool| usize::from(value.chars().any(test));
    has(char::is_lowercase)
        + has(char::is_uppercase)
        + has(|it| it.is_ascii_digit())
        + has(|it| !it.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{Head, accept_by_name, accept_in_place, is_development, is_filler, is_reference};

    #[test]
    fn words_of_development_and_of_the_name_are_nobodys_secret() {
        for (name, value, expected) in [
            ("MYSQL_ROOT_PASSWORD", "root_pass", true),
            ("Password", "rootroot", true),
            ("gorse", "gorse_pass", true),
            ("catalogue_user", "default_password", true),
            ("POSTGRES_ASTRONOMY_PASSWORD", "astronomy_password", true),
            ("RUSTFS_ACCESS_KEY", "rustfsadmin", true),
            ("password", "Admin123", true),
            ("password", "123456", true),
            ("password", "admin2024", false),
            ("password", "hunter22", false),
            ("password", "correct-horse-password", false),
            ("password", "p@ssword", false),
            ("API_TOKEN", "hT7kQ2mZx9Lw4RvB", false),
            ("password", "", false),
        ] {
            assert_eq!(is_development(name, value), expected, "{name} {value}");
        }
    }

    #[test]
    fn random_literals_pass_the_guards() {
        for (value, strong) in [
            ("hT7kQ2mZx9Lw4RvB", true),
            ("G62m50oigInC30sf", true),
            ("ae0536f9-6450-4606-8e13-5a19ed505da0", false),
            ("9f86d081884c7d659a2feaa0c55ad015", false),
            ("p4ss/W0rd+2k19-q", true),
        ] {
            let accepted = accept_by_name("AccessSecret", value);
            assert_eq!(accepted.map(|it| it.strong), Some(strong), "{value}");
        }
    }

    #[test]
    fn each_guard_refuses_what_it_is_for() {
        for (guard, name, value) in [
            ("short", "password", "aB3$x"),
            ("text", "password", "must be set, see docs 42"),
            ("template", "password", "{{ .Values.x }}Ab3"),
            ("format", "token", "Bearer-%s-aB3dE5f"),
            ("placeholder", "password", "changeme-aB3xQ"),
            ("placeholder word", "apiKey", "aB3-Fake-xQ9z2w"),
            ("your", "apiKey", "your-api-key-12AB"),
            ("path", "secret", "/var/run/secrets/token"),
            ("url", "token", "https://login.corp.internal/T0ken"),
            ("urn", "token", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("constant", "token", "DAPR_API_TOKEN"),
            ("own name", "clientSecret", "client_secret"),
            (
                "digest",
                "sha256 secret",
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ),
            ("uuid of an id", "secret id token", "ae0536f9-6450-4606-8e13-5a19ed505da0"),
            ("words", "secret", "cert-manager.io/next-private-key"),
            ("words", "token", "InboundPassthroughCluster"),
            ("words", "secret", "keystore.p12"),
            ("entropy", "password", "aaaaBBBB1111"),
            ("classes", "password", "qzxwvkjhgf12"),
        ] {
            assert_eq!(accept_by_name(name, value), None, "{guard}: {value}");
        }
    }

    #[test]
    fn places_that_are_evidence_take_words_but_no_references() {
        for value in ["dangerous", "root_pass", "postgres", "123456"] {
            assert!(accept_in_place("DB_PASSWORD", Head::Password, value).is_some(), "{value}");
        }
        for value in [
            "",
            "true",
            "$(OTHER)",
            "${X:-y}",
            "/run/secrets/x",
            "<password>",
            "changeme",
            "30s",
            "http://vault:8200",
        ] {
            assert_eq!(accept_in_place("DB_PASSWORD", Head::Password, value), None, "{value}");
        }
        assert_eq!(accept_in_place("MAX_TOKEN", Head::Other, "4096"), None);
    }

    #[test]
    fn references_are_told_from_values_with_a_dollar() {
        for value in ["$(X)", "${X}", "$X", "{{x}}", "%s", "<x>", "[x]", "***", "ENC[AES256]"] {
            assert!(is_reference(value), "{value}");
        }
        for value in ["pa$$w0rd!", "100%sure".trim_end_matches("sure"), "a<b"] {
            assert!(!is_reference(value), "{value}");
        }
    }

    #[test]
    fn filler_is_one_character_or_a_run_of_the_alphabet() {
        assert!(is_filler("AAAAAAAAAAAAAAAA"));
        assert!(is_filler("abcdefghijklmnop"));
        assert!(is_filler("x0123456789y"));
        assert!(!is_filler("12345678"));
        assert!(!is_filler("hT7kQ2mZx9Lw4RvB"));
    }
}
