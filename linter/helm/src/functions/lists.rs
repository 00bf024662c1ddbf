//! Functions of lists. They give new lists and leave the old ones alone; items are shared.

use std::borrow::Cow;

use super::{
    Failure, Function,
    Param::{Any, Int},
    arguments::{NIL_POINTER, any, computed, derived, int, rest, room},
    convert::to_int64,
    defaults::is_empty,
    equality::deep_equal,
};
use crate::{
    context::Context,
    origin::Origin,
    value::{Data, Element, List, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::new("append", &[Any, Any], append),
    Function::new("chunk", &[Int, Any], chunk),
    Function::new("compact", &[Any], compact),
    Function::variadic("concat", &[], Any, concat),
    Function::new("first", &[Any], first),
    Function::new("has", &[Any, Any], has),
    Function::new("initial", &[Any], initial),
    Function::new("last", &[Any], last),
    Function::variadic("list", &[], Any, list),
    Function::new("mustAppend", &[Any, Any], append),
    Function::new("mustChunk", &[Int, Any], chunk),
    Function::new("mustCompact", &[Any], compact),
    Function::new("mustFirst", &[Any], first),
    Function::new("mustHas", &[Any, Any], has),
    Function::new("mustInitial", &[Any], initial),
    Function::new("mustLast", &[Any], last),
    Function::new("mustPrepend", &[Any, Any], prepend),
    Function::new("mustPush", &[Any, Any], append),
    Function::new("mustRest", &[Any], tail),
    Function::new("mustReverse", &[Any], reverse),
    Function::variadic("mustSlice", &[Any], Any, slice),
    Function::new("mustUniq", &[Any], uniq),
    Function::variadic("mustWithout", &[Any], Any, without),
    Function::new("prepend", &[Any, Any], prepend),
    Function::new("push", &[Any, Any], append),
    Function::new("rest", &[Any], tail),
    Function::new("reverse", &[Any], reverse),
    Function::variadic("slice", &[Any], Any, slice),
    Function::variadic("tuple", &[], Any, list),
    Function::new("uniq", &[Any], uniq),
    Function::variadic("without", &[Any], Any, without),
];

/// The items of a list, or sprig's refusal (`Cannot push on type string`).
fn items<'v>(value: &'v Value, refusal: &str) -> Result<Cow<'v, [Value]>, Failure> {
    match &value.data {
        Data::List(list) => Ok(Cow::Borrowed(&list.items)),
        Data::Bytes(bytes) => {
            let numbers = bytes.iter().map(|it| Value::int(i64::from(*it)));
            Ok(Cow::Owned(numbers.map(|it| it.with_origin(value.origin())).collect()))
        }
        Data::Nil => Err(NIL_POINTER.into()),
        // A defined slice type, such as that of `.Capabilities.APIVersions`.
        Data::Object(object) if object.kind() == "slice" => match object.plain().data {
            Data::List(list) => Ok(Cow::Owned(list.items.to_vec())),
            _ => Ok(Cow::Owned(Vec::new())),
        },
        _ => Err(format!("{refusal} {}", value.kind()).into()),
    }
}

/// A list made from another one comes from where that did.
fn list_from(source: &Value, items: Vec<Value>) -> Value {
    Value::list(items).with_origin(source.origin())
}

fn list(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::list(args.to_vec()))
}

fn append(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (list, item) = (any(args, 0)?, any(args, 1)?);
    let old = items(list, "Cannot push on type")?;
    cx.spend(old.len() as u64 / 16)?;
    let mut new = Vec::with_capacity(old.len() + 1);
    new.extend_from_slice(&old);
    new.push(item.clone());
    Ok(list_from(list, new))
}

fn prepend(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (list, item) = (any(args, 0)?, any(args, 1)?);
    let old = items(list, "Cannot prepend on type")?;
    cx.spend(old.len() as u64 / 16)?;
    let mut new = Vec::with_capacity(old.len() + 1);
    new.push(item.clone());
    new.extend_from_slice(&old);
    Ok(list_from(list, new))
}

fn first(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or_else(Value::nil))
}

fn last(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let items = items(any(args, 0)?, "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or_else(Value::nil))
}

/// All but the first; of an empty list Go gives a nil slice.
fn tail(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let items = items(list, "Cannot find rest on type")?;
    cx.spend(items.len() as u64 / 16)?;
    match items.split_first() {
        Some((_, rest)) => Ok(list_from(list, rest.to_vec())),
        None => Ok(Value::nil_list(Element::Any).with_origin(list.origin())),
    }
}

/// All but the last; of an empty list Go gives a nil slice.
fn initial(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let items = items(list, "Cannot find initial on type")?;
    cx.spend(items.len() as u64 / 16)?;
    match items.split_last() {
        Some((_, rest)) => Ok(list_from(list, rest.to_vec())),
        None => Ok(Value::nil_list(Element::Any).with_origin(list.origin())),
    }
}

fn reverse(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let items = items(list, "Cannot find reverse on type")?;
    cx.spend(items.len() as u64 / 16)?;
    Ok(list_from(list, items.iter().rev().cloned().collect()))
}

fn compact(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let items = items(list, "Cannot compact on type")?;
    cx.spend(items.len() as u64 / 16)?;
    Ok(list_from(list, items.iter().filter(|it| !is_empty(it)).cloned().collect()))
}

fn uniq(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items(list, "Cannot find uniq on type")?.iter() {
        if !holds(cx, &kept, item)? {
            kept.push(item.clone());
        }
    }
    Ok(list_from(list, kept))
}

fn without(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let mut kept = Vec::new();
    for item in items(list, "Cannot find without on type")?.iter() {
        if !holds(cx, rest(args, 1), item)? {
            kept.push(item.clone());
        }
    }
    Ok(list_from(list, kept))
}

fn has(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (needle, haystack) = (any(args, 0)?, any(args, 1)?);
    if haystack.is_nil() {
        return Ok(Value::bool(false));
    }
    let found = holds(cx, &items(haystack, "Cannot find has on type")?, needle)?;
    Ok(computed(cx, args, Value::bool(found)))
}

fn holds(cx: &mut Context, haystack: &[Value], needle: &Value) -> Result<bool, Failure> {
    cx.spend(haystack.len() as u64 / 16 + 1)?;
    for item in haystack {
        if deep_equal(cx, needle, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A part of a list. Go can reach behind the length into the capacity of a slice that was grown;
/// here a list ends where it ends.
fn slice(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let list = any(args, 0)?;
    let items = items(list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::nil());
    }
    let index = |at: usize| args.get(at).map(to_int64);
    let start = index(1).unwrap_or(0);
    let end = index(2).unwrap_or(items.len() as i64);
    let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(part) = bounds.and_then(|(start, end)| items.get(start..end)) else {
        return Err("reflect.Value.Slice: slice index out of bounds".into());
    };
    cx.spend(part.len() as u64 / 16)?;
    let element = match &list.data {
        Data::List(List { element, .. }) => *element,
        _ => Element::Any,
    };
    Ok(Value::list_of(element, part.to_vec()).with_origin(list.origin()))
}

fn concat(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut all = Vec::new();
    for list in args {
        let items = items(list, "Cannot concat type").map_err(|it| match list.data {
            Data::Nil => it,
            _ => Failure(format!("{} as list", it.0)),
        })?;
        room(cx, (all.len() + items.len()).saturating_mul(size_of::<Value>()))?;
        all.extend_from_slice(&items);
    }
    let origin = match args {
        [] => Origin::NONE,
        [list] => list.origin(),
        _ => derived(cx, args),
    };
    if all.is_empty() {
        return Ok(Value::nil_list(Element::Any).with_origin(origin));
    }
    Ok(Value::list(all).with_origin(origin))
}

/// The size of parts, which sprig counts in floating point: of a size that is no size there are
/// none, one, or less than none.
fn chunk_size(size: i64, items: usize) -> Result<usize, Failure> {
    match usize::try_from(size) {
        Ok(size) if size > 0 => Ok(size),
        Err(_) if items == 1 && size < -1 => Ok(1),
        Err(_) if items > 1 && items as u64 - 1 <= size.unsigned_abs() => Ok(0),
        _ => Err("runtime error: makeslice: len out of range".into()),
    }
}

/// Parts of `size` items, the last one shorter.
fn chunk(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (size, list) = (int(args, 0)?, any(args, 1)?);
    let items = items(list, "Cannot chunk type")?;
    let size = chunk_size(size, items.len())?;
    cx.spend(items.len() as u64 / 16)?;
    let items = if size == 0 { &[] } else { &*items };
    let parts = items.chunks(size.max(1)).map(|it| list_from(list, it.to_vec()));
    Ok(Value::list_of(Element::List, parts.collect()).with_origin(list.origin()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        functions::arguments::testing::{call, d, f, i, l, print, s},
        origin::{OriginData, Origins},
    };

    fn numbers() -> Value {
        l([i(1), i(2), i(3)])
    }

    #[test]
    fn lists_are_taken_apart() {
        let table = [
            ("first", "1", ""),
            ("last", "3", ""),
            ("rest", "[2 3]", "[]"),
            ("initial", "[1 2]", "[]"),
            ("reverse", "[3 2 1]", "[]"),
            ("compact", "[1 2 3]", "[]"),
            ("uniq", "[1 2 3]", "[]"),
        ];
        for (function, of_numbers, of_nothing) in table {
            let must = format!("must{}{}", function[..1].to_uppercase(), &function[1..]);
            for name in [function, must.as_str()] {
                assert_eq!(print(name, &[numbers()]), of_numbers, "{name}");
                let nothing = call(name, &[l([])]).unwrap();
                let printed =
                    if nothing.is_nil() { String::new() } else { print("toString", &[nothing]) };
                assert_eq!(printed, of_nothing, "{name}");
                assert_eq!(call(name, &[Value::nil()]).unwrap_err(), NIL_POINTER, "{name}");
                let error = call(name, &[s("a")]).unwrap_err();
                assert!(error.ends_with("on type string"), "{name}: {error}");
            }
        }
        assert_eq!(print("first", &[Value::new(Data::Bytes((*b"ab").into()), Origin::NONE)]), "97");
        assert!(call("rest", &[l([])]).unwrap().as_list().unwrap().nil);
    }

    #[test]
    fn lists_are_put_together() {
        for name in ["append", "push", "mustAppend", "mustPush"] {
            assert_eq!(print(name, &[l([i(1)]), s("a")]), "[1 a]", "{name}");
            assert_eq!(call(name, &[i(1), i(2)]).unwrap_err(), "Cannot push on type int");
        }
        for name in ["prepend", "mustPrepend"] {
            assert_eq!(print(name, &[l([i(1)]), s("a")]), "[a 1]", "{name}");
            assert_eq!(call(name, &[d([]), i(2)]).unwrap_err(), "Cannot prepend on type map");
        }
        for name in ["list", "tuple"] {
            assert_eq!(print(name, &[s("a"), Value::nil(), i(1)]), "[a <nil> 1]");
        }
        assert_eq!(print("concat", &[l([i(1)]), l([]), l([s("a")])]), "[1 a]");
        assert_eq!(call("concat", &[i(1)]).unwrap_err(), "Cannot concat type int as list");
        assert_eq!(call("concat", &[Value::nil()]).unwrap_err(), NIL_POINTER);
        assert!(call("concat", &[]).unwrap().as_list().unwrap().nil);
    }

    #[test]
    fn lists_are_searched_by_deep_equality() {
        let list = l([i(1), f(1.0), s("a"), l([i(1)])]);
        for (needle, expected) in
            [(i(1), "true"), (f(1.0), "true"), (f(2.0), "false"), (l([i(1)]), "true")]
        {
            assert_eq!(print("has", &[needle.clone(), list.clone()]), expected);
            assert_eq!(print("mustHas", &[needle, list.clone()]), expected);
        }
        assert_eq!(print("has", &[i(1), Value::nil()]), "false");
        assert_eq!(call("has", &[i(1), s("1")]).unwrap_err(), "Cannot find has on type string");
        assert_eq!(print("without", &[list.clone(), i(1), s("a")]), "[1 [1]]");
        assert_eq!(print("mustWithout", &[list, l([i(1)])]), "[1 1 a]");
        let twice = l([i(1), i(1), f(1.0), d([]), d([])]);
        assert_eq!(print("uniq", &[twice]), "[1 1 map[]]");
    }

    #[test]
    fn lists_are_sliced_and_chunked() {
        for name in ["slice", "mustSlice"] {
            assert_eq!(print(name, &[numbers()]), "[1 2 3]");
            assert_eq!(print(name, &[numbers(), i(1)]), "[2 3]");
            assert_eq!(print(name, &[numbers(), i(1), s("2")]), "[2]");
            assert!(call(name, &[l([]), i(5)]).unwrap().is_nil());
            for (start, end) in [(2, 9), (-1, 2), (2, 1)] {
                let error = call(name, &[numbers(), i(start), i(end)]).unwrap_err();
                assert_eq!(error, "reflect.Value.Slice: slice index out of bounds");
            }
            let error = call(name, &[s("abc")]).unwrap_err();
            assert_eq!(error, "list should be type of slice or array but string");
        }
        for name in ["chunk", "mustChunk"] {
            assert_eq!(print(name, &[i(2), numbers()]), "[[1 2] [3]]");
            assert_eq!(print(name, &[i(3), l([])]), "[]");
            let error = call(name, &[i(0), numbers()]).unwrap_err();
            assert_eq!(error, "runtime error: makeslice: len out of range");
            assert_eq!(print(name, &[i(-2), numbers()]), "[]");
            assert_eq!(print(name, &[i(-2), l([i(1)])]), "[[1]]");
            assert!(call(name, &[i(-1), l([i(1)])]).is_err());
            assert!(call(name, &[i(-1), numbers()]).is_err());
            assert_eq!(call(name, &[i(1), s("a")]).unwrap_err(), "Cannot chunk type string");
        }
        let chunks = call("chunk", &[i(1), numbers()]).unwrap();
        assert_eq!(chunks.type_name(), "[][]interface {}");
    }

    #[test]
    fn a_list_made_from_another_comes_from_where_that_did() {
        let data =
            OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
        let origin = Origins::default().add(data);
        let list = numbers().with_origin(origin);
        for (function, args) in [
            ("append", vec![list.clone(), i(4)]),
            ("prepend", vec![list.clone(), i(0)]),
            ("rest", vec![list.clone()]),
            ("reverse", vec![list.clone()]),
            ("without", vec![list.clone(), i(1)]),
            ("slice", vec![list.clone(), i(1)]),
            ("concat", vec![list]),
        ] {
            assert_eq!(call(function, &args).unwrap().origin(), origin, "{function}");
        }
    }
}
