//! Go's package fmt for the values of templates: `%v` and its relatives, and string literals.
//!
//! Printed bytes keep their origins: those of a string its runs, all others that of the value
//! they stand for; padding, brackets and quotes have the origin of what they belong to.

mod number;
mod printf;
mod quote;
#[cfg(test)]
mod tests;

use crate::{
    context::Context,
    functions::Failure,
    origin::Origin,
    text::{Text, TextBuilder},
    value::{Data, List, Map, Value},
};

pub(crate) use self::{
    number::float,
    printf::printf,
    quote::{Charset, decode, is_print, quote, quote_text},
};

/// Lists within lists. Go has no such limit: it would die of a map that contains itself.
const MAX_DEPTH: usize = 500;

/// Bytes of one printed value where nobody says less.
const MAX_BYTES: usize = 64 << 20;

/// What `%v` prints: what `{{ value }}` becomes, except that text/template prints `<no value>`
/// for nil.
///
/// A value that prints longer than 64 MiB, or contains itself, is cut off.
pub(crate) fn display(value: &Value) -> Text {
    if let Data::Text(text) = &value.data {
        return text.clone();
    }
    let mut printer = Printer::new(MAX_BYTES);
    printer.argument(value, 'v');
    printer.finish(value.origin()).0
}

/// What `%#v` prints: the value as Go would write it.
pub(crate) fn go_syntax(value: &Value) -> String {
    let mut printer = Printer::new(MAX_BYTES);
    printer.flags.go_syntax = true;
    printer.argument(value, 'v');
    printer.finish(Origin::NONE).0.lossy().into_owned()
}

/// `fmt.Sprint`: a blank only between two operands that are no strings.
///
/// # Errors
/// The text would be too long.
pub(crate) fn print(cx: &Context, args: &[Value]) -> Result<Text, Failure> {
    let mut printer = Printer::new(cx.settings.limits.output_bytes);
    let mut after_string = true;
    for arg in args {
        let is_string = matches!(arg.data, Data::Text(_));
        if !is_string && !after_string {
            printer.write(b" ", arg.origin());
        }
        printer.argument(arg, 'v');
        after_string = is_string;
    }
    printer.checked(args)
}

/// `fmt.Sprintln`: blanks between all operands, a newline at the end.
///
/// # Errors
/// The text would be too long.
pub(crate) fn println(cx: &Context, args: &[Value]) -> Result<Text, Failure> {
    let mut printer = Printer::new(cx.settings.limits.output_bytes);
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            printer.write(b" ", arg.origin());
        }
        printer.argument(arg, 'v');
    }
    printer.write(b"\n", args.last().map_or(Origin::NONE, Value::origin));
    printer.checked(args)
}

/// Flags of one verb, in fmt's words.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%#v`: Go syntax; `sharp` is then not set.
    go_syntax: bool,
}

/// Prints values one behind the other.
struct Printer {
    out: TextBuilder,
    flags: Flags,
    limit: usize,
    /// Something did not fit; nothing more is printed.
    full: bool,
}

impl Printer {
    fn new(limit: usize) -> Self {
        Self { out: TextBuilder::default(), flags: Flags::default(), limit, full: false }
    }

    /// The text, and whether it is all of it. An empty one gets the origin.
    fn finish(self, origin: Origin) -> (Text, bool) {
        let text =
            if self.out.is_empty() { Text::new(Vec::new(), origin) } else { self.out.finish() };
        (text, !self.full)
    }

    fn checked(self, args: &[Value]) -> Result<Text, Failure> {
        let limit = self.limit;
        match self.finish(args.first().map_or(Origin::NONE, Value::origin)) {
            (text, true) => Ok(text),
            (_, false) => Err(format!("the text is longer than {limit} bytes").into()),
        }
    }

    fn write(&mut self, bytes: &[u8], origin: Origin) {
        if self.room(bytes.len()) {
            self.out.push(bytes, origin);
        }
    }

    /// Whether so many bytes more still fit.
    fn room(&mut self, bytes: usize) -> bool {
        self.full |= self.limit.saturating_sub(self.out.len()) < bytes;
        !self.full
    }

    /// An operand of a verb (fmt's `printArg`).
    fn argument(&mut self, value: &Value, verb: char) {
        match (&value.data, verb) {
            (Data::Nil, 'v' | 'T') => self.pad(b"<nil>", value.origin()),
            (Data::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => self.string(&Text::new(value.type_name(), value.origin()), 's'),
            (Data::Map(_) | Data::List(_) | Data::Bytes(_), 'p') => {
                // An address, which differs from run to run.
                self.pad(b"0xc000000000", value.origin());
            }
            (_, 'p' | 'w') => self.bad_verb(value, verb),
            _ => self.value(value, verb, 0),
        }
    }

    /// A value, perhaps within others (fmt's `printValue`).
    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if self.full || depth > MAX_DEPTH {
            self.full = true;
            return;
        }
        let origin = value.origin();
        match &value.data {
            Data::Nil if self.flags.go_syntax => self.write(b"interface {}(nil)", origin),
            Data::Nil => self.write(b"<nil>", origin),
            Data::Bool(it) => match verb {
                't' | 'v' => self.pad(if *it { b"true" } else { b"false" }, origin),
                _ => self.bad_verb(value, verb),
            },
            Data::Int(it) | Data::Int64(it) => self.integer(value, *it, verb),
            Data::Float(it) => self.float(value, *it, verb),
            Data::Text(text) => match verb {
                'v' | 's' | 'x' | 'X' | 'q' => self.string(text, verb),
                _ => self.bad_verb(value, verb),
            },
            Data::Bytes(bytes) => self.byte_slice(value, bytes, verb),
            Data::List(list) => self.list(value, list, verb, depth),
            Data::Map(map) => self.map(value, map, verb, depth),
            Data::Object(object) => match verb {
                'v' | 's' | 'x' | 'X' | 'q' => {
                    self.string(&Text::new(object.print(), origin), verb);
                }
                _ => match object.plain() {
                    Value { data: Data::Int(it) | Data::Int64(it), .. } => {
                        self.integer(value, it, verb);
                    }
                    Value { data: Data::Float(it), .. } => self.float(value, it, verb),
                    _ => self.bad_verb(value, verb),
                },
            },
        }
    }

    fn list(&mut self, value: &Value, list: &List, verb: char, depth: usize) {
        let origin = value.origin();
        if self.flags.go_syntax && list.nil {
            return self.write(format!("{}(nil)", value.type_name()).as_bytes(), origin);
        }
        let (open, between, close): (_, &[u8], &[u8]) = if self.flags.go_syntax {
            (format!("{}{{", value.type_name()), b", ", b"}")
        } else {
            ("[".to_owned(), b" ", b"]")
        };
        self.write(open.as_bytes(), origin);
        for (index, item) in list.items.iter().enumerate() {
            if index > 0 {
                self.write(between, origin);
            }
            self.value(item, verb, depth + 1);
            if self.full {
                return;
            }
        }
        self.write(close, origin);
    }

    fn map(&mut self, value: &Value, map: &Map, verb: char, depth: usize) {
        let origin = value.origin();
        let (open, between, close): (_, &[u8], &[u8]) = if self.flags.go_syntax {
            (format!("{}{{", value.type_name()), b", ", b"}")
        } else {
            ("map[".to_owned(), b" ", b"]")
        };
        self.write(open.as_bytes(), origin);
        for (index, (key, entry)) in map.entries.borrow().iter().enumerate() {
            if index > 0 {
                self.write(between, origin);
            }
            let key = Value::text(Text::new(key.to_vec(), entry.key_origin));
            self.value(&key, verb, depth + 1);
            self.write(b":", entry.key_origin);
            self.value(&entry.value, verb, depth + 1);
            if self.full {
                return;
            }
        }
        self.write(close, origin);
    }

    /// `%!d(string=hi)`: the verb does not fit the value.
    fn bad_verb(&mut self, value: &Value, verb: char) {
        let origin = value.origin();
        self.write(format!("%!{verb}(").as_bytes(), origin);
        if value.is_nil() {
            self.write(b"<nil>", origin);
        } else {
            self.write(format!("{}=", value.type_name()).as_bytes(), origin);
            self.value(value, 'v', 0);
        }
        self.write(b")", origin);
    }

    /// Writes with padding to the width.
    fn pad(&mut self, bytes: &[u8], origin: Origin) {
        self.pad_text(&Text::new(bytes, origin));
    }

    fn pad_text(&mut self, text: &Text) {
        let padding = match self.flags.width {
            Some(width) => width.saturating_sub(quote::count_chars(text.bytes())),
            None => 0,
        };
        if !self.flags.minus {
            self.padding(padding, text.origin());
        }
        if self.room(text.len()) {
            self.out.push_text(text);
        }
        if self.flags.minus {
            self.padding(padding, text.origin());
        }
    }

    fn padding(&mut self, count: usize, origin: Origin) {
        if count > 0 && self.room(count) {
            // Zeros to the right would change a number.
            let byte = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
            self.out.push(&vec![byte; count], origin);
        }
    }
}
