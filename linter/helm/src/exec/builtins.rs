//! Go's own functions of templates (text/template `funcs.go`), apart from `and`, `or`, and `slice`,
//! which sprig's hides.

use crate::{
    context::Context,
    data::fmt,
    functions::{Failure, Function, Param},
    text::{Text, TextBuilder},
    value::{Data, Element, Map, Value},
};

const fn function(
    name: &'static str,
    params: &'static [Param],
    rest: Option<Param>,
    call: crate::functions::Implementation,
) -> Function {
    Function { name, params, rest, call }
}

pub(super) static FUNCTIONS: &[Function] = &[
    function("eq", &[Param::Reflect], Some(Param::Reflect), eq),
    function("not", &[Param::Reflect], None, not),
    function("ne", &[Param::Reflect; 2], None, ne),
    function("printf", &[Param::String], Some(Param::Any), printf),
    function("print", &[], Some(Param::Any), print),
    function("index", &[Param::Reflect], Some(Param::Reflect), index),
    function("gt", &[Param::Reflect; 2], None, gt),
    function("lt", &[Param::Reflect; 2], None, lt),
    function("ge", &[Param::Reflect; 2], None, ge),
    function("le", &[Param::Reflect; 2], None, le),
    function("len", &[Param::Reflect], None, len),
    function("println", &[], Some(Param::Any), println),
    function("urlquery", &[], Some(Param::Any), urlquery),
    function("html", &[], Some(Param::Any), html),
    function("js", &[], Some(Param::Any), js),
    function("call", &[Param::Reflect], Some(Param::Reflect), call),
];

fn at(args: &[Value], index: usize) -> Value {
    args.get(index).cloned().unwrap_or_else(Value::nil)
}

/// A truth computed from values.
fn truth(cx: &mut Context, value: bool, args: &[Value]) -> Value {
    let origin = cx.origins.derived(args.iter().map(Value::origin));
    Value::bool(value).with_origin(origin)
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of the table")]
fn not(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let value = !at(args, 0).is_true();
    Ok(truth(cx, value, args))
}

fn eq(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let Some((one, others)) = args.split_first().filter(|it| !it.1.is_empty()) else {
        return Err("missing argument for comparison".into());
    };
    let mut equal = false;
    for other in others {
        if equals(cx, one, other)? {
            equal = true;
            break;
        }
    }
    Ok(truth(cx, equal, args))
}

fn ne(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let equal = equals(cx, &at(args, 0), &at(args, 1))?;
    Ok(truth(cx, !equal, args))
}

fn lt(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let less = is_less(&at(args, 0), &at(args, 1))?;
    Ok(truth(cx, less, args))
}

fn le(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let less = is_at_most(cx, &at(args, 0), &at(args, 1))?;
    Ok(truth(cx, less, args))
}

fn gt(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let less = is_at_most(cx, &at(args, 0), &at(args, 1))?;
    Ok(truth(cx, !less, args))
}

fn ge(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let less = is_less(&at(args, 0), &at(args, 1))?;
    Ok(truth(cx, !less, args))
}

/// What can be compared with what (`basicKind`).
enum Basic {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    Other,
}

fn basic(value: &Value) -> Basic {
    match &value.data {
        Data::Bool(it) => Basic::Bool(*it),
        Data::Int(it) | Data::Int64(it) => Basic::Int(*it),
        Data::Float(it) => Basic::Float(*it),
        Data::Text(it) => Basic::Text(it.clone()),
        Data::Object(it) => match it.plain().data {
            Data::Int(value) | Data::Int64(value) if it.kind().starts_with("int") => {
                Basic::Int(value)
            }
            Data::Text(value) if it.kind() == "string" => Basic::Text(value),
            _ => Basic::Other,
        },
        Data::Nil | Data::Bytes(_) | Data::List(_) | Data::Map(_) => Basic::Other,
    }
}

fn incompatible(one: &Value, other: &Value) -> Failure {
    let (one, other) = (one.type_name(), other.type_name());
    format!("incompatible types for comparison: {one} and {other}").into()
}

#[expect(clippy::float_cmp, reason = "Go compares them so")]
fn equals(cx: &mut Context, one: &Value, other: &Value) -> Result<bool, Failure> {
    match (basic(one), basic(other)) {
        (Basic::Bool(one), Basic::Bool(other)) => Ok(one == other),
        (Basic::Int(one), Basic::Int(other)) => Ok(one == other),
        (Basic::Float(one), Basic::Float(other)) => Ok(one == other),
        (Basic::Text(one), Basic::Text(other)) => Ok(one == other),
        (Basic::Other, Basic::Other) => equals_other(cx, one, other),
        // Nothing is equal to nil but nil, whatever the type.
        _ if one.is_nil() || other.is_nil() => Ok(false),
        _ => Err(incompatible(one, other)),
    }
}

/// Compares values of which at least one is no scalar.
fn equals_other(cx: &mut Context, one: &Value, other: &Value) -> Result<bool, Failure> {
    if is_nil(one) || is_nil(other) {
        return Ok(is_nil(one) == is_nil(other));
    }
    if one.kind() != other.kind() {
        let (shown, given) = (as_string(cx, one)?, fmt::display(other));
        let (one, other, given) = (one.type_name(), other.type_name(), given.lossy());
        return Err(format!("non-comparable types {shown}: {one}, {other}: {given}").into());
    }
    match (&one.data, &other.data) {
        (Data::Object(one), Data::Object(given)) if !matches!(given.kind(), "map" | "slice") => {
            Ok(one.type_name() == given.type_name()
                && (std::rc::Rc::ptr_eq(one, given)
                    || given.kind() == "struct" && one.print() == given.print()))
        }
        _ => {
            let shown = as_string(cx, other)?;
            Err(format!("non-comparable type {shown}: {}", other.type_name()).into())
        }
    }
}

/// Go's `%s`.
fn as_string(cx: &mut Context, value: &Value) -> Result<String, Failure> {
    let format = Text::new("%s", crate::origin::Origin::NONE);
    let text = fmt::printf(cx, &format, std::slice::from_ref(value))?;
    Ok(text.lossy().into_owned())
}

fn is_nil(value: &Value) -> bool {
    match &value.data {
        Data::Nil => true,
        Data::List(list) => list.nil,
        _ => false,
    }
}

fn is_less(one: &Value, other: &Value) -> Result<bool, Failure> {
    match (basic(one), basic(other)) {
        (Basic::Other, _) | (_, Basic::Other) | (Basic::Bool(_), Basic::Bool(_)) => {
            Err("invalid type for comparison".into())
        }
        (Basic::Int(one), Basic::Int(other)) => Ok(one < other),
        (Basic::Float(one), Basic::Float(other)) => Ok(one < other),
        (Basic::Text(one), Basic::Text(other)) => Ok(one.bytes() < other.bytes()),
        _ => Err(incompatible(one, other)),
    }
}

fn is_at_most(cx: &mut Context, one: &Value, other: &Value) -> Result<bool, Failure> {
    Ok(is_less(one, other)? || equals(cx, one, other)?)
}

fn index(_cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut item = at(args, 0);
    if item.is_nil() {
        return Err("index of untyped nil".into());
    }
    for index in args.iter().skip(1) {
        if let Data::Object(object) = &item.data {
            item = object.plain();
        }
        item = match &item.data {
            Data::Nil => return Err("index of nil pointer".into()),
            Data::Map(map) => key(map, index)?,
            Data::List(list) => {
                let at = offset(index, list.items.len())?;
                let found = list.items.get(at).cloned();
                found.ok_or("reflect: slice index out of range")?
            }
            Data::Bytes(bytes) => {
                let at = offset(index, bytes.len())?;
                byte(bytes, at, "reflect: slice index out of range", &item)?
            }
            Data::Text(text) => {
                let at = offset(index, text.len())?;
                byte(text.bytes(), at, "reflect: string index out of range", &item)?
            }
            _ => return Err(format!("can't index item of type {}", item.type_name()).into()),
        };
    }
    Ok(item)
}

fn key(map: &Map, index: &Value) -> Result<Value, Failure> {
    match &index.data {
        Data::Text(key) => Ok(map.get(key.bytes()).unwrap_or_else(|| zero(map.element))),
        Data::Nil => Err("value is nil; should be of type string".into()),
        _ => Err(format!("value has type {}; should be string", index.type_name()).into()),
    }
}

fn zero(element: Element) -> Value {
    super::reflected::zero(element).value
}

/// Go has no type for a byte that templates could tell from a small int, but for its name.
fn byte(bytes: &[u8], at: usize, range: &str, item: &Value) -> Result<Value, Failure> {
    let byte = bytes.get(at).ok_or(range)?;
    Ok(Value::int(i64::from(*byte)).with_origin(item.origin()))
}

/// An index up to and with the length (`indexArg`).
fn offset(index: &Value, len: usize) -> Result<usize, Failure> {
    let at = match &index.data {
        Data::Int(at) | Data::Int64(at) => *at,
        Data::Nil => return Err("cannot index slice/array with nil".into()),
        _ => {
            let given = index.type_name();
            return Err(format!("cannot index slice/array with type {given}").into());
        }
    };
    usize::try_from(at)
        .ok()
        .filter(|it| *it <= len)
        .ok_or_else(|| format!("index out of range: {at}").into())
}

fn len(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let value = at(args, 0);
    let len = match &value.data {
        Data::Nil => return Err("len of nil pointer".into()),
        Data::Text(it) => it.len(),
        Data::Bytes(it) => it.len(),
        Data::List(it) => it.items.len(),
        Data::Map(it) => it.len(),
        Data::Object(it) => match it.plain().data {
            Data::List(it) => it.items.len(),
            Data::Map(it) => it.len(),
            Data::Text(it) if value.kind() == "string" => it.len(),
            _ => return Err(format!("len of type {}", value.type_name()).into()),
        },
        Data::Bool(_) | Data::Int(_) | Data::Int64(_) | Data::Float(_) => {
            return Err(format!("len of type {}", value.type_name()).into());
        }
    };
    let origin = cx.origins.derived([value.origin()]);
    Ok(Value::int(i64::try_from(len).unwrap_or(i64::MAX)).with_origin(origin))
}

fn print(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(fmt::print(cx, args)?))
}

fn println(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(fmt::println(cx, args)?))
}

fn printf(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    match args.split_first() {
        Some((Value { data: Data::Text(format), .. }, args)) => {
            Ok(Value::text(fmt::printf(cx, format, args)?))
        }
        _ => Ok(Value::string("")),
    }
}

/// Templates have no functions as values.
fn call(_cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let value = at(args, 0);
    if value.is_nil() {
        return Err("call of nil".into());
    }
    let shown = fmt::display(&value);
    Err(format!("non-function {} of type {}", shown.lossy(), value.type_name()).into())
}

/// The arguments as one string, each byte or character replaced by `escape` (`evalArgs`).
fn escaped(
    cx: &mut Context,
    args: &[Value],
    escape: impl Fn(&[u8], &mut Vec<u8>) -> usize,
) -> Result<Value, Failure> {
    // A nil is printed as an action would print it, not as fmt would.
    let args: Vec<Value> = args
        .iter()
        .map(|it| if it.is_nil() { Value::string("<no value>") } else { it.clone() })
        .collect();
    let text = fmt::print(cx, &args)?;
    cx.spend(1 + text.len() as u64 / 16)?;
    let mut builder = TextBuilder::with_capacity(text.len());
    let mut out = Vec::new();
    for (range, origin) in text.runs() {
        let mut rest = &text.bytes()[range];
        while !rest.is_empty() {
            let taken = escape(rest, &mut out).clamp(1, rest.len());
            rest = &rest[taken..];
        }
        builder.push(&out, origin);
        out.clear();
    }
    Ok(Value::text(builder.finish()))
}

fn html(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    escaped(cx, args, |rest, out| {
        match rest[0] {
            0 => out.extend("\u{fffd}".as_bytes()),
            b'"' => out.extend(b"&#34;"),
            b'\'' => out.extend(b"&#39;"),
            b'&' => out.extend(b"&amp;"),
            b'<' => out.extend(b"&lt;"),
            b'>' => out.extend(b"&gt;"),
            other => out.push(other),
        }
        1
    })
}

fn js(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    escaped(cx, args, |rest, out| {
        match rest[0] {
            byte @ (b'\\' | b'\'' | b'"') => out.extend([b'\\', byte]),
            byte @ (b'<' | b'>' | b'&' | b'=' | ..=0x1f) => {
                out.extend(format!("\\u{byte:04X}").bytes());
            }
            byte @ ..=0x7f => out.push(byte),
            _ => return js_character(rest, out),
        }
        1
    })
}

/// A character outside ASCII: itself if it can be printed.
fn js_character(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let longest = &rest[..rest.len().min(4)];
    let valid = match std::str::from_utf8(longest) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()]).unwrap_or_default(),
    };
    // Go decodes a byte that is no UTF-8 as the replacement character, which it prints.
    let Some(character) = valid.chars().next() else {
        out.push(rest[0]);
        return 1;
    };
    let len = character.len_utf8();
    if character.is_control() {
        out.extend(format!("\\u{:04X}", u32::from(character)).bytes());
    } else {
        out.extend(&rest[..len]);
    }
    len
}

fn urlquery(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    escaped(cx, args, |rest, out| {
        match rest[0] {
            byte @ (b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~') => {
                out.push(byte);
            }
            b' ' => out.push(b'+'),
            byte => out.extend(format!("%{byte:02X}").bytes()),
        }
        1
    })
}
