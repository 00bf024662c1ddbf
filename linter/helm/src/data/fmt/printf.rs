//! `fmt.Sprintf`: the format's language, and how each verb writes a scalar.

use std::fmt::Write;

use super::{
    Charset, Flags, Printer, float,
    quote::{can_backquote, character, decode, is_print, quote_char, quote_text},
};
use crate::{
    context::Context,
    functions::Failure,
    origin::Origin,
    text::{Text, TextBuilder},
    value::{Data, Value},
};

/// Largest width and precision (fmt's `tooLarge`).
const MAX_NUMBER: i64 = 1_000_000;

/// `fmt.Sprintf`. Mistakes of the format stand in the text, as in Go.
///
/// # Errors
/// The text would be too long.
pub(crate) fn printf(cx: &mut Context, format: &Text, args: &[Value]) -> Result<Text, Failure> {
    cx.spend(1 + format.len() as u64 / 64)?;
    let mut formatter = Formatter {
        printer: Printer::new(cx.settings.limits.output_bytes),
        format,
        at: 0,
        args,
        next: 0,
        reordered: false,
        good_index: true,
    };
    formatter.run();
    formatter.printer.checked(std::slice::from_ref(&Value::text(format.clone())))
}

struct Formatter<'a> {
    printer: Printer,
    format: &'a Text,
    /// Offset in the format.
    at: usize,
    args: &'a [Value],
    /// The argument of the next verb.
    next: usize,
    /// An explicit index was used: nobody can tell any more which arguments are too many.
    reordered: bool,
    /// The explicit index of this verb names an argument.
    good_index: bool,
}

impl Formatter<'_> {
    fn run(&mut self) {
        let bytes = self.format.bytes();
        while self.at < bytes.len() && !self.printer.full {
            let start = self.at;
            let length = bytes[start..].iter().position(|it| *it == b'%');
            self.at = length.map_or(bytes.len(), |it| start + it);
            if self.printer.room(self.at - start) {
                self.printer.out.push_slice(self.format, start..self.at);
            }
            if length.is_some() {
                self.directive();
            }
        }
        if !self.reordered && self.next < self.args.len() {
            self.extra();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.format.bytes().get(self.at).copied()
    }

    /// From `%` to its verb.
    fn directive(&mut self) {
        let percent = self.at;
        self.at += 1;
        self.good_index = true;
        self.printer.flags = Flags::default();
        while let Some(byte) = self.peek() {
            let flags = &mut self.printer.flags;
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        let origin = self.origin_at(percent);
        let mut after_index = self.index();
        self.width(&mut after_index, origin);
        self.precision(&mut after_index, origin);
        if !after_index {
            self.index();
        }
        let Some((verb, length)) = decode(&self.format.bytes()[self.at..]) else {
            self.printer.write(b"%!(NOVERB)", origin);
            return;
        };
        let verb = verb.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.at += length;
        match self.args.get(self.next) {
            _ if verb == '%' => self.printer.write(b"%", origin),
            _ if !self.good_index => self.remark(verb, "BADINDEX", origin),
            None => self.remark(verb, "MISSING", origin),
            Some(arg) => {
                if matches!(verb, 'v' | 'w') {
                    let flags = &mut self.printer.flags;
                    flags.go_syntax = std::mem::take(&mut flags.sharp);
                    flags.plus = false;
                }
                self.printer.argument(arg, verb);
                self.next += 1;
            }
        }
    }

    fn origin_at(&self, offset: usize) -> Origin {
        let run = self.format.runs().find(|(run, _)| run.contains(&offset));
        run.map_or(self.format.origin(), |(_, origin)| origin)
    }

    fn remark(&mut self, verb: char, what: &str, origin: Origin) {
        self.printer.write(format!("%!{verb}({what})").as_bytes(), origin);
    }

    fn width(&mut self, after_index: &mut bool, origin: Origin) {
        if self.peek() != Some(b'*') {
            let width = self.number(self.format.len());
            if *after_index && width.is_some() {
                self.good_index = false;
            }
            self.printer.flags.width = width;
            return;
        }
        self.at += 1;
        *after_index = false;
        let Some(width) = self.int_argument() else {
            self.printer.write(b"%!(BADWIDTH)", origin);
            return;
        };
        let flags = &mut self.printer.flags;
        if width < 0 {
            flags.minus = true;
            flags.zero = false;
        }
        flags.width = Some(width.unsigned_abs() as usize);
    }

    fn precision(&mut self, after_index: &mut bool, origin: Origin) {
        // A point at the very end is the verb.
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if *after_index {
            self.good_index = false;
        }
        *after_index = self.index();
        if self.peek() != Some(b'*') {
            self.printer.flags.precision = Some(self.number(self.format.len()).unwrap_or(0));
            return;
        }
        self.at += 1;
        *after_index = false;
        match self.int_argument().and_then(|it| usize::try_from(it).ok()) {
            Some(precision) => self.printer.flags.precision = Some(precision),
            None => self.printer.write(b"%!(BADPREC)", origin),
        }
    }

    /// A decimal number before `end`; an absurd one takes the rest of the format with it.
    fn number(&mut self, end: usize) -> Option<usize> {
        let mut number = None;
        while let Some(digit @ b'0'..=b'9') = self.peek().filter(|_| self.at < end) {
            let so_far = number.unwrap_or(0);
            if so_far > MAX_NUMBER {
                self.at = end;
                return None;
            }
            number = Some(so_far * 10 + i64::from(digit - b'0'));
            self.at += 1;
        }
        number.map(|it| it as usize)
    }

    /// `[n]`: the index of the next argument, from 1. Whether there was one.
    fn index(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let start = self.at;
        let rest = &self.format.bytes()[start..];
        let closing = rest.iter().position(|it| *it == b']');
        let Some(length) = closing.filter(|_| rest.len() >= 3) else {
            self.at += 1;
            self.good_index = false;
            return false;
        };
        self.at += 1;
        let number = self.number(start + length);
        let is_number = self.at == start + length;
        self.at = start + length + 1;
        let Some(number) = number.filter(|_| is_number) else {
            self.good_index = false;
            return false;
        };
        match number.checked_sub(1).filter(|it| *it < self.args.len()) {
            Some(index) => self.next = index,
            None => self.good_index = false,
        }
        true
    }

    /// The argument of a `*`, which is used up even when it is no number.
    fn int_argument(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        match arg.data {
            Data::Int(it) | Data::Int64(it) => {
                Some(it).filter(|it| (-MAX_NUMBER..=MAX_NUMBER).contains(it))
            }
            _ => None,
        }
    }

    /// `%!(EXTRA int=2)`: arguments that no verb took.
    fn extra(&mut self) {
        self.printer.flags = Flags::default();
        let origin = self.format.origin();
        self.printer.write(b"%!(EXTRA ", origin);
        for (index, arg) in self.args.iter().enumerate().skip(self.next) {
            if index > self.next {
                self.printer.write(b", ", origin);
            }
            if !arg.is_nil() {
                self.printer.write(format!("{}=", arg.type_name()).as_bytes(), arg.origin());
            }
            self.printer.argument(arg, 'v');
        }
        self.printer.write(b")", origin);
    }
}

/// Scalars.
impl Printer {
    pub(super) fn string(&mut self, text: &Text, verb: char) {
        match verb {
            'x' | 'X' => self.hex_bytes(text, verb == 'X'),
            'q' => self.quoted(&self.cut(text)),
            _ if verb == 'v' && self.flags.go_syntax => self.quoted(&self.cut(text)),
            _ if self.flags.width.is_none() && self.flags.precision.is_none() => {
                if self.room(text.len()) {
                    self.out.push_text(text);
                }
            }
            _ => self.pad_text(&self.cut(text)),
        }
    }

    /// The first characters, as many as the precision says.
    fn cut(&self, text: &Text) -> Text {
        let Some(precision) = self.flags.precision else { return text.clone() };
        let mut end = 0;
        for _ in 0..precision {
            let Some((_, length)) = decode(&text.bytes()[end..]) else { break };
            end += length;
        }
        text.slice(0..end)
    }

    fn quoted(&mut self, text: &Text) {
        if self.flags.sharp && can_backquote(text.bytes()) {
            let mut raw = TextBuilder::with_capacity(text.len() + 2);
            raw.push(b"`", text.origin());
            raw.push_text(text);
            raw.push(b"`", text.origin());
            self.pad_text(&raw.finish());
            return;
        }
        let charset = if self.flags.plus { Charset::Ascii } else { Charset::Printable };
        self.pad_text(&quote_text(text, charset));
    }

    fn hex_bytes(&mut self, text: &Text, upper: bool) {
        let length = self.flags.precision.unwrap_or(usize::MAX).min(text.len());
        if length == 0 {
            self.padding(self.flags.width.unwrap_or(0), text.origin());
            return;
        }
        if !self.room(length.saturating_mul(5)) {
            return;
        }
        let prefix: &[u8] = if upper { b"0X" } else { b"0x" };
        let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
        let mut out = TextBuilder::with_capacity(length * 2 + 2);
        for (run, origin) in text.slice(0..length).runs() {
            for (index, byte) in text.bytes().iter().enumerate().take(run.end).skip(run.start) {
                if self.flags.space && index > 0 {
                    out.push(b" ", origin);
                }
                if self.flags.sharp && (self.flags.space || index == 0) {
                    out.push(prefix, origin);
                }
                let pair = [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]];
                out.push(&pair, origin);
            }
        }
        self.pad_text(&out.finish());
    }

    pub(super) fn byte_slice(&mut self, value: &Value, bytes: &[u8], verb: char) {
        let origin = value.origin();
        if matches!(verb, 's' | 'x' | 'X' | 'q') {
            self.string(&Text::new(bytes, origin), verb);
            return;
        }
        let go_syntax = self.flags.go_syntax;
        let (open, between, close): (&[u8], &[u8], &[u8]) =
            if go_syntax { (b"[]byte{", b", ", b"}") } else { (b"[", b" ", b"]") };
        self.write(open, origin);
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 {
                self.write(between, origin);
            }
            if go_syntax {
                self.write(format!("{byte:#x}").as_bytes(), origin);
            } else if matches!(verb, 'v' | 'd') {
                self.digits(u64::from(*byte), false, 'd', origin);
            } else {
                self.integer(&Value::int(i64::from(*byte)).with_origin(origin), 0, verb);
            }
            if self.full {
                return;
            }
        }
        self.write(close, origin);
    }

    pub(super) fn integer(&mut self, value: &Value, number: i64, verb: char) {
        let origin = value.origin();
        let charset = if self.flags.plus { Charset::Ascii } else { Charset::Printable };
        match verb {
            'v' | 'd' | 'b' | 'o' | 'O' | 'x' | 'X' => {
                self.digits(number.unsigned_abs(), number < 0, verb, origin);
            }
            'c' => {
                let mut buffer = [0; 4];
                let character = character(number).encode_utf8(&mut buffer);
                self.pad(character.as_bytes(), origin);
            }
            'q' => self.pad(&quote_char(number, charset), origin),
            'U' => self.code_point(number, origin),
            _ => self.bad_verb(value, verb),
        }
    }

    fn digits(&mut self, number: u64, negative: bool, verb: char, origin: Origin) {
        let flags = self.flags;
        let signed = negative || flags.plus || flags.space;
        let least = match (flags.precision, flags.width) {
            // An explicit precision of nothing prints nothing for zero.
            (Some(0), _) if number == 0 => {
                return self.pad_blank(&[], origin);
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => {
                width.saturating_sub(usize::from(signed))
            }
            _ => 0,
        };
        if !self.room(least) {
            return;
        }
        let digits = match verb {
            'b' => format!("{number:b}"),
            'o' | 'O' => format!("{number:o}"),
            'x' => format!("{number:x}"),
            'X' => format!("{number:X}"),
            _ => number.to_string(),
        };
        let mut out = String::with_capacity(least + digits.len() + 3);
        if negative {
            out.push('-');
        } else if flags.plus {
            out.push('+');
        } else if flags.space {
            out.push(' ');
        }
        let zeros = least.saturating_sub(digits.len());
        match verb {
            'O' => out.push_str("0o"),
            'b' if flags.sharp => out.push_str("0b"),
            'x' if flags.sharp => out.push_str("0x"),
            'X' if flags.sharp => out.push_str("0X"),
            _ => {}
        }
        if matches!(verb, 'o' | 'O') && flags.sharp && zeros == 0 && !digits.starts_with('0') {
            out.push('0');
        }
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(&digits);
        self.pad_blank(out.as_bytes(), origin);
    }

    /// Pads with blanks whatever the flags say: zeros are already there.
    fn pad_blank(&mut self, bytes: &[u8], origin: Origin) {
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(bytes, origin);
        self.flags.zero = zero;
    }

    /// `U+2603`, with `#` also `'☃'`.
    fn code_point(&mut self, number: i64, origin: Origin) {
        let precision = self.flags.precision.unwrap_or(0).max(4);
        if !self.room(precision) {
            return;
        }
        let mut out = format!("U+{number:0precision$X}");
        let character = u32::try_from(number).ok().and_then(char::from_u32);
        if let Some(character) = character.filter(|it| self.flags.sharp && is_print(*it)) {
            write!(out, " '{character}'").ok();
        }
        self.pad_blank(out.as_bytes(), origin);
    }

    pub(super) fn float(&mut self, value: &Value, number: f64, verb: char) {
        let (form, default) = match verb {
            'v' => (b'g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, None),
            'f' | 'e' | 'E' => (verb as u8, Some(6)),
            'F' => (b'f', Some(6)),
            _ => return self.bad_verb(value, verb),
        };
        let flags = self.flags;
        let origin = value.origin();
        let precision = flags.precision.or(default);
        if !self.room(precision.unwrap_or(0)) {
            return;
        }
        let mut text = float(number, form, precision, 64);
        if !text.starts_with(['-', '+']) {
            text.insert(0, if flags.space && !flags.plus { ' ' } else { '+' });
        } else if flags.space && !flags.plus && text.starts_with('+') {
            text.replace_range(..1, " ");
        }
        if !number.is_finite() {
            let bare = number.is_nan() && !flags.space && !flags.plus;
            let shown = if bare { &text[1..] } else { &text };
            return self.pad_blank(shown.as_bytes(), origin);
        }
        if flags.sharp && form != b'b' {
            text = keep_zeros(&text, form, precision);
        }
        if !flags.plus && text.starts_with('+') {
            return self.pad(&text.as_bytes()[1..], origin);
        }
        match flags.width {
            // The sign goes before the zeros.
            Some(width) if flags.zero && !flags.minus && width > text.len() => {
                self.write(&text.as_bytes()[..1], origin);
                self.padding(width - text.len(), origin);
                self.write(&text.as_bytes()[1..], origin);
            }
            _ => self.pad(text.as_bytes(), origin),
        }
    }
}

/// The `#` flag: a decimal point always, and for `%g` the zeros at the end. `text` has a sign.
fn keep_zeros(text: &str, form: u8, precision: Option<usize>) -> String {
    let is_hex = matches!(form, b'x' | b'X');
    let mut missing = match form {
        b'g' | b'G' | b'x' => precision.map_or(6, |it| it as i64),
        _ => 0,
    };
    let tail = text
        .find(|it| matches!(it, 'p' | 'P') || (!is_hex && matches!(it, 'e' | 'E')))
        .unwrap_or(text.len());
    let (number, tail) = text.split_at(tail);
    let mut significant = false;
    for digit in number.bytes().skip(1).filter(|it| *it != b'.') {
        significant |= digit != b'0';
        missing -= i64::from(significant);
    }
    let mut out = number.to_owned();
    if !number.contains('.') {
        if number.len() == 2 && number.ends_with('0') {
            missing -= 1;
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', missing.max(0) as usize));
    out + tail
}
