//! Tokens of providers: formats strong enough to need no name beside them.

use std::{ops::Range, sync::OnceLock};

use goready_model::SecretForm;
use regex::Regex;
use serde::Deserialize;

use super::{
    detect::{Found, floor, window},
    prefilter::Hit,
    shape,
};

/// Characters between a keyword and its token.
const KEYWORD_DISTANCE: usize = 40;
/// Longest token of any format, for the window that a pattern is matched in.
const MAX_TOKEN: usize = 512;

/// `data/secrets/provider-tokens.toml`; its head explains the fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Format {
    name: String,
    pub(super) anchors: Vec<String>,
    #[serde(default)]
    lead: usize,
    #[serde(default)]
    pub(super) keyword: bool,
    prefix: usize,
    pattern: String,
    #[serde(default)]
    check: Option<Check>,
    #[serde(default)]
    test: bool,
    #[serde(default)]
    published: Vec<String>,
    #[serde(skip)]
    regex: OnceLock<Option<Regex>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Check {
    #[serde(rename = "crc-base62")]
    CrcBase62,
    #[serde(rename = "crc-hex")]
    CrcHex,
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    token: Vec<Format>,
}

/// All formats, read once. The tests read the same text, so it always parses.
pub(super) fn formats() -> &'static [Format] {
    static FORMATS: OnceLock<Table> = OnceLock::new();
    &FORMATS
        .get_or_init(|| {
            toml::from_str(include_str!("../../data/secrets/provider-tokens.toml"))
                .unwrap_or_default()
        })
        .token
}

/// The token around an anchor or near a keyword.
pub(super) fn find(text: &str, hit: Hit, format: usize) -> Option<Found> {
    let format = formats().get(format)?;
    let range = if format.keyword {
        near_keyword(text, hit, format)?
    } else {
        around_anchor(text, hit, format)?
    };
    let token = text.get(range.clone())?;
    let secret = token.get(format.prefix..)?;
    let published = format.published.iter().any(|it| secret.starts_with(it.as_str()));
    if published || !format.checksum_holds(token) || is_sample(secret) {
        return None;
    }
    let shown = token.get(..format.prefix).unwrap_or_default().to_owned();
    let form = SecretForm::ProviderToken {
        provider: format.name.clone(),
        prefix: shown,
        test_mode: format.test,
    };
    Some(Found::new(range, form, token))
}

fn around_anchor(text: &str, hit: Hit, format: &Format) -> Option<Range<usize>> {
    let before = text.get(..hit.start)?;
    let lead = before
        .bytes()
        .rev()
        .take(format.lead)
        .take_while(|it| it.is_ascii_alphanumeric() || b"_-".contains(it))
        .count();
    let start = hit.start - lead;
    let candidate = window(text, start, MAX_TOKEN);
    let found = format.regex()?.find(candidate)?;
    // Without a lead the token starts at its anchor; with one it may start after it.
    if format.lead == 0 && found.start() != 0 {
        return None;
    }
    let range = start + found.start()..start + found.end();
    (range.contains(&hit.start) && is_bounded(text, &range)).then_some(range)
}

fn near_keyword(text: &str, hit: Hit, format: &Format) -> Option<Range<usize>> {
    let start = floor(text, hit.start.saturating_sub(KEYWORD_DISTANCE + MAX_TOKEN));
    let candidate = window(text, start, hit.end - start + KEYWORD_DISTANCE + MAX_TOKEN);
    format.regex()?.find_iter(candidate).find_map(|found| {
        let range = start + found.start()..start + found.end();
        let distance = range.start.saturating_sub(hit.end).max(hit.start.saturating_sub(range.end));
        (distance <= KEYWORD_DISTANCE && is_bounded(text, &range)).then_some(range)
    })
}

/// A token is a whole word: no letter, digit or `_` may touch it.
fn is_bounded(text: &str, range: &Range<usize>) -> bool {
    let word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let bytes = text.as_bytes();
    let before = range.start.checked_sub(1).and_then(|it| bytes.get(it).copied());
    // `\nAKIA...` in a quoted text: the letter belongs to the escape.
    let escape = range.start.checked_sub(2).and_then(|it| bytes.get(it)) == Some(&b'\\');
    (escape || !before.is_some_and(word)) && !bytes.get(range.end).copied().is_some_and(word)
}

/// What documentation shows instead of a token.
fn is_sample(secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    lower.contains("example")
        || lower.contains("xxxx")
        || shape::is_filler(secret)
        || !shape::looks_random(secret)
}

impl Format {
    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(&self.pattern).ok()).as_ref()
    }

    fn checksum_holds(&self, token: &str) -> bool {
        match self.check {
            None => true,
            Some(Check::CrcBase62) => {
                let body = token.get(self.prefix..).unwrap_or_default();
                body.len()
                    .checked_sub(6)
                    .and_then(|it| body.split_at_checked(it))
                    .is_some_and(|(random, sum)| base62(crc32fast::hash(random.as_bytes())) == sum)
            }
            Some(Check::CrcHex) => token.rsplit_once('_').is_some_and(|(key, sum)| {
                format!("{:08x}", crc32fast::hash(key.as_bytes()).swap_bytes()) == sum
            }),
        }
    }
}

/// Six digits in the order 0-9, A-Z, a-z.
fn base62(mut number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().map(|it| char::from(*it)).collect()
}

#[cfg(test)]
mod tests {
    use super::{base62, formats};

    #[test]
    fn the_table_parses_and_every_pattern_compiles() {
        assert!(formats().len() > 25);
        for format in formats() {
            assert!(format.regex().is_some(), "{}", format.name);
        }
    }

    #[test]
    fn checksums_are_those_of_the_published_samples() {
        // The sample of "Behind GitHub's new authentication token formats", revoked long ago.
        assert_eq!(base62(crc32fast::hash(b"zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ")), "0mLq17");
    }
}
