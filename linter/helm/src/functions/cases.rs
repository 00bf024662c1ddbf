//! Functions that change the case of letters and join or part words by it.
//!
//! Sprig takes them from Go's `strings`, Masterminds/goutils v1.1.1 and huandu/xstrings v1.5.0; all
//! work on single characters, so that each keeps the origin of the one it replaces.

use std::ops::Range;

use super::{
    Failure, Function,
    Param::String,
    arguments::text,
    runes::{
        is_digit, is_letter, is_lower, is_number, is_punctuation, is_space, is_title, is_upper,
        to_lower, to_title, to_upper,
    },
};
use crate::{
    context::Context,
    origin::Origin,
    text::{Text, TextBuilder, decode_char},
    value::Value,
};

pub(super) const TABLE: &[Function] = &[
    Function::new("camelcase", &[String], camelcase),
    Function::new("kebabcase", &[String], kebabcase),
    Function::new("lower", &[String], lower),
    Function::new("snakecase", &[String], snakecase),
    Function::new("swapcase", &[String], swapcase),
    Function::new("title", &[String], title),
    Function::new("untitle", &[String], untitle),
    Function::new("upper", &[String], upper),
];

fn upper(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(text(args, 0)?.map_chars(to_upper)))
}

fn lower(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(text(args, 0)?.map_chars(to_lower)))
}

/// Upper case for the first letter of each word, Go's `strings.Title`.
fn title(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut before = ' ';
    Ok(Value::text(text(args, 0)?.map_chars(|char| {
        let starts_a_word = is_separator(std::mem::replace(&mut before, char));
        if starts_a_word { to_title(char) } else { char }
    })))
}

/// Between words for [`title`]: all of ASCII but letters, digits and underscores, else spaces.
fn is_separator(char: char) -> bool {
    if char.is_ascii() {
        return !char.is_ascii_alphanumeric() && char != '_';
    }
    !is_letter(char) && !is_digit(char) && is_space(char)
}

/// Lower case for the first letter of each word.
fn untitle(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut starts_a_word = true;
    Ok(Value::text(text(args, 0)?.map_chars(|char| {
        if is_space(char) {
            starts_a_word = true;
            char
        } else if std::mem::take(&mut starts_a_word) {
            to_lower(char)
        } else {
            char
        }
    })))
}

/// Turns case round; a lower letter that starts a word gets title case.
fn swapcase(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut after_space = true;
    Ok(Value::text(text(args, 0)?.map_chars(|char| {
        if is_upper(char) || is_title(char) {
            after_space = false;
            to_lower(char)
        } else if is_lower(char) {
            if std::mem::take(&mut after_space) { to_title(char) } else { to_upper(char) }
        } else {
            after_space = is_space(char);
            char
        }
    })))
}

/// `http_server` to `HttpServer`. Connectors at the start stay, of several in a row all but the
/// last do; words in capitals keep only the first one.
fn camelcase(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let text = text(args, 0)?;
    let chars: Vec<(char, Origin)> =
        text.chars().map(|(range, char)| (char, text.origin_at(range.start))).collect();
    let mut builder = TextBuilder::with_capacity(text.len());
    let leading = chars.iter().take_while(|(char, _)| is_connector(*char)).count();
    for (char, origin) in &chars[..leading] {
        builder.push_char(*char, *origin);
    }
    let Some((first, words)) = chars[leading..].split_first() else {
        // Nothing but connectors: Go writes the last one twice.
        if let Some((char, origin)) = chars.last() {
            builder.push_char(*char, *origin);
        }
        return Ok(Value::text(builder.finish_like(text)));
    };
    // The character before is held back: a connector is dropped once a word follows.
    let mut held = (to_upper(first.0), first.1);
    let mut in_capitals = is_upper(first.0);
    for &(char, origin) in words {
        let mut next = char;
        let after_connector = is_connector(held.0);
        if after_connector && !is_connector(char) {
            in_capitals = is_upper(char);
            next = to_upper(char);
        } else {
            if !after_connector && in_capitals {
                if is_upper(char) {
                    next = to_lower(char);
                } else {
                    in_capitals = false;
                }
            }
            builder.push_char(held.0, held.1);
        }
        held = (next, origin);
    }
    builder.push_char(held.0, held.1);
    Ok(Value::text(builder.finish_like(text)))
}

fn snakecase(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(connected(text(args, 0)?, '_')))
}

fn kebabcase(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(connected(text(args, 0)?, '-')))
}

fn is_connector(char: char) -> bool {
    char == '-' || char == '_' || is_space(char)
}

/// What a word of [`connected`] is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// No character at all, or behind the end.
    Invalid,
    Number,
    /// Starts with a capital.
    Upper,
    Alphabet,
    Connector,
    Punctuation,
    Other,
}

impl Kind {
    fn is_word(self) -> bool {
        !matches!(self, Kind::Connector | Kind::Punctuation)
    }
}

#[derive(Debug, Clone)]
struct Word {
    kind: Kind,
    range: Range<usize>,
}

/// Words in lower case with a connector between them. A number belongs to the word before it
/// (`Bld4Floor` is `bld4_floor`) unless lower letters follow it (`http2xx` is `http_2xx`).
fn connected(text: &Text, connector: char) -> Text {
    let mut writer = Writer { text, connector, builder: TextBuilder::with_capacity(text.len()) };
    let mut words = Words { text, at: 0 };
    let mut word = words.next();
    while words.at < text.len() {
        if word.kind != Kind::Connector {
            writer.word(&word);
        }
        let before = std::mem::replace(&mut word, words.next());
        match before.kind {
            Kind::Number => {
                word = writer.letters_and_numbers(&mut words, word);
                writer.connect_before(&word);
            }
            Kind::Connector => writer.word(&before),
            Kind::Punctuation => {}
            _ if word.kind == Kind::Number && words.at < text.len() => {
                let number = std::mem::replace(&mut word, words.next());
                if word.kind == Kind::Alphabet {
                    writer.connect(&number);
                    writer.word(&number);
                    word = writer.letters_and_numbers(&mut words, word);
                    writer.connect_before(&word);
                } else {
                    writer.word(&number);
                    if word.kind.is_word() {
                        writer.connect(&word);
                    }
                }
            }
            _ if word.kind != Kind::Number && word.kind.is_word() => writer.connect(&word),
            _ => {}
        }
    }
    writer.word(&word);
    writer.builder.finish_like(text)
}

struct Writer<'t> {
    text: &'t Text,
    connector: char,
    builder: TextBuilder,
}

impl Writer<'_> {
    fn connect(&mut self, next: &Word) {
        self.builder.push_char(self.connector, self.text.origin_at(next.range.start));
    }

    fn connect_before(&mut self, next: &Word) {
        if next.kind.is_word() && next.kind != Kind::Invalid {
            self.connect(next);
        }
    }

    /// Writes words as long as they are letters or numbers; gives the first that is not.
    fn letters_and_numbers(&mut self, words: &mut Words, mut word: Word) -> Word {
        while matches!(word.kind, Kind::Alphabet | Kind::Number) {
            self.word(&word);
            word = words.next();
        }
        word
    }

    fn word(&mut self, word: &Word) {
        if !matches!(word.kind, Kind::Upper | Kind::Connector) {
            self.builder.push_slice(self.text, word.range.clone());
            return;
        }
        for (range, char) in self.text.slice(word.range.clone()).chars() {
            let origin = self.text.origin_at(word.range.start + range.start);
            let written = if is_connector(char) { self.connector } else { to_lower(char) };
            self.builder.push_char(written, origin);
        }
    }
}

/// Parts a text into words.
struct Words<'t> {
    text: &'t Text,
    at: usize,
}

impl Words<'_> {
    fn next(&mut self) -> Word {
        let start = self.at;
        let Some(first) = self.peek(self.at) else {
            self.at = self.text.len();
            return Word { kind: Kind::Invalid, range: start..self.at };
        };
        self.at = first.end;
        let kind = if is_connector(first.char) {
            self.skip(is_connector);
            Kind::Connector
        } else if is_punctuation(first.char) {
            self.skip(is_punctuation);
            Kind::Punctuation
        } else if is_upper(first.char) {
            self.capital();
            Kind::Upper
        } else if is_alphabet(first.char) {
            self.skip(is_small);
            Kind::Alphabet
        } else if is_number(first.char) {
            self.skip(is_number);
            Kind::Number
        } else {
            self.skip(is_other);
            Kind::Other
        };
        Word { kind, range: start..self.at }
    }

    /// A capital with the small letters after it, or several without the last one if that has.
    fn capital(&mut self) {
        let Some(second) = self.peek(self.at) else { return };
        if !is_upper(second.char) {
            self.skip(is_small);
            return;
        }
        let mut last = self.at;
        while let Some(next) = self.peek(self.at).filter(|it| is_upper(it.char)) {
            last = self.at;
            self.at = next.end;
        }
        if self.peek(self.at).is_some_and(|it| is_alphabet(it.char)) {
            self.at = last;
        }
    }

    fn skip(&mut self, belongs: fn(char) -> bool) {
        while self.at < self.text.len() {
            match self.peek(self.at) {
                Some(next) if belongs(next.char) => self.at = next.end,
                Some(_) => return,
                // Bytes of no character at the end belong to the word before them.
                None => self.at = self.text.len(),
            }
        }
    }

    /// The next character; bytes before it that belong to none are passed over.
    fn peek(&self, mut at: usize) -> Option<Peeked> {
        while let Some((char, size)) = decode_char(self.text.bytes().get(at..)?) {
            at += size;
            if char != char::REPLACEMENT_CHARACTER {
                return Some(Peeked { char, end: at });
            }
        }
        None
    }
}

struct Peeked {
    char: char,
    end: usize,
}

fn is_small(char: char) -> bool {
    is_alphabet(char) && !is_upper(char)
}

fn is_other(char: char) -> bool {
    !(is_connector(char) || is_alphabet(char) || is_number(char) || is_punctuation(char))
}

/// A letter, but no Chinese character.
fn is_alphabet(char: char) -> bool {
    is_letter(char)
        && !matches!(char, '\u{4e00}'..='\u{9fcc}' | '\u{3400}'..='\u{4d85}' | '\u{20000}'..='\u{2b81d}')
}

#[cfg(test)]
mod tests {
    use crate::functions::arguments::testing::{print, s};

    fn check(function: &str, table: &[(&str, &str)]) {
        for (input, expected) in table {
            assert_eq!(print(function, &[s(input)]), *expected, "{function} {input:?}");
        }
    }

    #[test]
    fn case_changes_character_by_character() {
        check("upper", &[("h\u{e9}llo \u{df}", "H\u{c9}LLO \u{df}"), ("", "")]);
        check("lower", &[("H\u{c9}LLO \u{130}", "h\u{e9}llo i")]);
        check("title", &[("h\u{e9}llo w\u{f6}rld a-b_c 1x", "H\u{e9}llo W\u{f6}rld A-B_c 1x")]);
        check("untitle", &[("First Try", "first try"), ("ABC Def", "aBC def")]);
        check("swapcase", &[("This Is A.Test", "tHIS iS a.tEST"), ("aBcD \u{e9}", "AbCd \u{c9}")]);
    }

    #[test]
    fn words_become_camel_case() {
        check(
            "camelcase",
            &[
                ("http_server", "HttpServer"),
                ("_complex__case_", "_Complex_Case_"),
                ("GOLANG_IS_GREAT", "GolangIsGreat"),
                ("foo-bar baz", "FooBarBaz"),
                ("HELLO", "Hello"),
                ("a", "A"),
                ("__", "___"),
                ("a__", "A__"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn camel_case_becomes_words() {
        check(
            "snakecase",
            &[
                ("FirstName", "first_name"),
                ("HTTPServer", "http_server"),
                ("NoHTTPS", "no_https"),
                ("GO PATH", "go_path"),
                ("http2xx", "http_2xx"),
                ("HTTP20xOK", "http_20x_ok"),
                ("Duration2m3s", "duration_2m3s"),
                ("Bld4Floor3rd", "bld4_floor_3rd"),
                ("\u{e9}A", "\u{e9}_a"),
                ("", ""),
            ],
        );
        check("kebabcase", &[("FirstName", "first-name"), ("foo_bar baz", "foo-bar-baz")]);
    }
}
