//! How functions read their arguments, bound their results and name where those come from.
//!
//! The evaluator has checked every argument against the parameters, so that a wrong type here is a
//! fault of a table; it is an error of the call nevertheless, never a panic.

use super::Failure;
use crate::{
    context::Context,
    data::fmt,
    origin::Origin,
    text::{Text, TextBuilder},
    value::{Data, List, Map, Value},
};

/// What Go says where a function looks at the type of a nil.
pub(super) const NIL_POINTER: &str =
    "runtime error: invalid memory address or nil pointer dereference";

/// How deep functions follow values into each other; charts can build a map that holds itself.
pub(super) const MAX_DEPTH: usize = 500;

/// As many inputs as are asked for their origin when a result is computed from a list.
const MAX_INPUTS: usize = 64;

pub(super) fn any(args: &[Value], index: usize) -> Result<&Value, Failure> {
    args.get(index).ok_or_else(|| Failure(format!("argument {index} is missing")))
}

/// The arguments of the variadic parameter, which follow `fixed` others.
pub(super) fn rest(args: &[Value], fixed: usize) -> &[Value] {
    args.get(fixed..).unwrap_or_default()
}

pub(super) fn text(args: &[Value], index: usize) -> Result<&Text, Failure> {
    any(args, index)?.as_text().ok_or_else(|| wrong_type(index))
}

pub(super) fn int(args: &[Value], index: usize) -> Result<i64, Failure> {
    match any(args, index)?.data {
        Data::Int(it) | Data::Int64(it) => Ok(it),
        _ => Err(wrong_type(index)),
    }
}

pub(super) fn boolean(args: &[Value], index: usize) -> Result<bool, Failure> {
    match any(args, index)?.data {
        Data::Bool(it) => Ok(it),
        _ => Err(wrong_type(index)),
    }
}

/// A map; a nil one is passed where a template says `nil`.
pub(super) fn map(args: &[Value], index: usize) -> Result<Map, Failure> {
    match &any(args, index)?.data {
        Data::Map(it) => Ok(it.clone()),
        Data::Nil => Ok(Map::new()),
        _ => Err(wrong_type(index)),
    }
}

/// A slice; a nil one is passed where a template says `nil`.
pub(super) fn list(args: &[Value], index: usize) -> Result<Option<&List>, Failure> {
    match &any(args, index)?.data {
        Data::List(it) if it.nil => Ok(None),
        Data::List(it) => Ok(Some(it)),
        Data::Nil => Ok(None),
        _ => Err(wrong_type(index)),
    }
}

fn wrong_type(index: usize) -> Failure {
    Failure(format!("argument {index} is not of the type that the function takes"))
}

/// A string of a value as sprig makes one (`strval`): strings and bytes as they are, all else as
/// Go prints it.
pub(super) fn string_of(value: &Value) -> Text {
    match &value.data {
        Data::Text(text) => text.clone(),
        Data::Bytes(bytes) => Text::new(bytes.to_vec(), value.origin()),
        _ => fmt::display(value),
    }
}

/// The origin of a result in which the text of the inputs is lost.
pub(super) fn derived(cx: &mut Context, inputs: &[Value]) -> Origin {
    let mut origins = Vec::new();
    for input in inputs {
        collect_origins(input, &mut origins);
    }
    cx.origins.derived(origins)
}

fn collect_origins(value: &Value, origins: &mut Vec<Origin>) {
    match &value.data {
        Data::Text(text) => origins.extend(text.runs().take(MAX_INPUTS).map(|(_, it)| it)),
        Data::List(list) if value.origin() == Origin::NONE => {
            origins.extend(list.items.iter().take(MAX_INPUTS).map(Value::origin));
        }
        _ => origins.push(value.origin()),
    }
}

/// A value computed from others.
pub(super) fn computed(cx: &mut Context, inputs: &[Value], value: Value) -> Value {
    let origin = derived(cx, inputs);
    value.with_origin(origin)
}

/// Makes room for a string or list of so many bytes, before it is made.
///
/// # Errors
/// It is more than one render may print, or the steps are used up.
pub(super) fn room(cx: &mut Context, bytes: usize) -> Result<(), Failure> {
    fits(cx, bytes)?;
    cx.spend(bytes as u64 / 256)
}

/// As [`room`], for a result that grows piece by piece and is paid for otherwise.
pub(super) fn fits(cx: &Context, bytes: usize) -> Result<(), Failure> {
    let limit = cx.settings.limits.output_bytes;
    if bytes > limit {
        return Err(format!("the result has more than {limit} bytes").into());
    }
    Ok(())
}

/// Texts put one behind the other with a separator between them, as Go's `strings.Join`.
pub(super) fn join(cx: &mut Context, parts: &[Text], separator: &Text) -> Result<Text, Failure> {
    let bytes = parts.iter().map(Text::len).sum::<usize>();
    let between = separator.len().saturating_mul(parts.len().saturating_sub(1));
    room(cx, bytes.saturating_add(between))?;
    let mut builder = TextBuilder::with_capacity(bytes + between);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            builder.push_text(separator);
        }
        builder.push_text(part);
    }
    Ok(match parts.first() {
        Some(first) => builder.finish_like(first),
        None => builder.finish(),
    })
}

#[cfg(test)]
pub(super) mod testing {
    //! Calls functions in tests as the evaluator does, without its checks.

    use std::rc::Rc;

    use crate::{
        context::{Context, Limits, Mode, Settings},
        data::fmt,
        functions::find,
        value::{Map, Value},
    };

    pub(crate) fn context() -> Context {
        Context::new(Rc::new(Settings {
            release: "rel".to_owned(),
            namespace: "ns".to_owned(),
            kube_version: "1.33.0".to_owned(),
            api_versions: Vec::new(),
            mode: Mode::Helm,
            limits: Limits::default(),
        }))
    }

    pub(crate) fn call_in(cx: &mut Context, name: &str, args: &[Value]) -> Result<Value, String> {
        let function = find(name).unwrap_or_else(|| panic!("no function {name}"));
        let enough = match function.rest {
            Some(_) => args.len() >= function.params.len(),
            None => args.len() == function.params.len(),
        };
        assert!(enough, "{name} takes {:?}, not {} arguments", function.params, args.len());
        (function.call)(cx, args).map_err(|it| it.0)
    }

    pub(crate) fn call(name: &str, args: &[Value]) -> Result<Value, String> {
        call_in(&mut context(), name, args)
    }

    /// What `{{ print (name args...) }}` gives, errors included.
    pub(crate) fn print(name: &str, args: &[Value]) -> String {
        match call(name, args) {
            Ok(value) => fmt::display(&value).lossy().into_owned(),
            Err(error) => error,
        }
    }

    pub(crate) fn s(text: &str) -> Value {
        Value::string(text)
    }

    pub(crate) fn i(number: i64) -> Value {
        Value::int(number)
    }

    pub(crate) fn f(number: f64) -> Value {
        Value::float(number)
    }

    pub(crate) fn l<const N: usize>(items: [Value; N]) -> Value {
        Value::list(items.into())
    }

    pub(crate) fn d<const N: usize>(entries: [(&str, Value); N]) -> Value {
        let map = Map::new();
        for (key, value) in entries {
            map.set(key, value);
        }
        Value::map(map)
    }
}
