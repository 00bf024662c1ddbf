//! Functions of maps. `set` and `unset` change the map they are given, and every holder sees it;
//! the others make new ones that share their values. Merging is in [`super::merging`].
//!
//! Go walks maps in random order where nothing sorts them; `keys` and `values` are in the order of
//! the keys here.

use super::{
    Failure, Function,
    Param::{Any, Map as Dict, String},
    arguments::{any, computed, derived, map, rest, room, string_of, text},
    strings::string_list,
};
use crate::{
    context::Context,
    text::Text,
    value::{Data, Entry, Map, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::variadic("dict", &[], Any, dict),
    Function::variadic("dig", &[], Any, dig),
    Function::new("get", &[Dict, String], get),
    Function::new("hasKey", &[Dict, String], has_key),
    Function::variadic("keys", &[], Dict, keys),
    Function::variadic("omit", &[Dict], String, omit),
    Function::variadic("pick", &[Dict], String, pick),
    Function::variadic("pluck", &[String], Dict, pluck),
    Function::new("set", &[Dict, String, Any], set),
    Function::new("unset", &[Dict, String], unset),
    Function::new("values", &[Dict], values),
];

/// Keys and values by turns; the last key may lack its value.
fn dict(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    cx.spend(args.len() as u64 / 2)?;
    let map = Map::new();
    for pair in args.chunks(2) {
        let Some(key) = pair.first() else { continue };
        let key = string_of(key);
        let value = pair.get(1).cloned().unwrap_or_else(|| Value::string(""));
        map.insert(key.bytes(), key.origin(), value);
    }
    Ok(Value::map(map))
}

/// A value by its key, an empty string where there is none.
fn get(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let found = map(args, 0)?.get(text(args, 1)?.bytes());
    Ok(found.unwrap_or_else(|| Value::string("")))
}

fn set(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let (target, key, value) = (any(args, 0)?, text(args, 1)?, any(args, 2)?);
    if target.is_nil() {
        return Err("assignment to entry in nil map".into());
    }
    map(args, 0)?.insert(key.bytes(), key.origin(), value.clone());
    Ok(plain_map(target))
}

fn unset(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    map(args, 0)?.remove(text(args, 1)?.bytes());
    Ok(plain_map(any(args, 0)?))
}

/// The same map as what the function declares to return, `map[string]interface {}`.
pub(super) fn plain_map(value: &Value) -> Value {
    match &value.data {
        Data::Map(map) => {
            Value::map(Map { defined: None, ..map.clone() }).with_origin(value.origin())
        }
        _ => Value::map(Map::new()),
    }
}

fn has_key(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let found = map(args, 0)?.contains(text(args, 1)?.bytes());
    Ok(computed(cx, args, Value::bool(found)))
}

fn keys(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let mut keys = Vec::new();
    for index in 0..args.len() {
        let map = map(args, index)?;
        room(cx, (keys.len() + map.len()).saturating_mul(size_of::<Value>()))?;
        let entries = map.snapshot();
        keys.extend(entries.iter().map(|(key, entry)| Text::new(key.to_vec(), entry.key_origin)));
    }
    let origin = derived(cx, args);
    Ok(string_list(keys).with_origin(origin))
}

fn values(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let entries = map(args, 0)?.snapshot();
    cx.spend(entries.len() as u64)?;
    let values = entries.into_iter().map(|(_, entry)| entry.value).collect();
    Ok(Value::list(values).with_origin(any(args, 0)?.origin()))
}

fn pluck(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let key = text(args, 0)?;
    let mut found = Vec::new();
    for index in 1..args.len() {
        found.extend(map(args, index)?.get(key.bytes()));
    }
    Ok(Value::list(found))
}

fn pick(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let source = map(args, 0)?;
    let picked = Map::new();
    for index in 1..args.len() {
        cx.spend(1)?;
        let key = text(args, index)?;
        if let Some(Entry { key_origin, value }) = source.entry(key.bytes()) {
            picked.insert(key.bytes(), key_origin, value);
        }
    }
    Ok(Value::map(picked).with_origin(any(args, 0)?.origin()))
}

fn omit(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let omitted: Vec<_> = rest(args, 1).iter().filter_map(Value::as_text).collect();
    let entries = map(args, 0)?.snapshot();
    cx.spend((entries.len() as u64).saturating_mul(omitted.len() as u64 + 1) / 8)?;
    let kept = Map::new();
    for (key, Entry { key_origin, value }) in entries {
        if !omitted.iter().any(|it| *it.bytes() == *key) {
            kept.insert(&key, key_origin, value);
        }
    }
    Ok(Value::map(kept).with_origin(any(args, 0)?.origin()))
}

/// Follows keys into maps; the last two arguments are the default and the map.
fn dig(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let [path @ .., default, target] = args else {
        return Err("dig needs at least three arguments".into());
    };
    if path.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut at = dug(target)?;
    let mut keys = Vec::with_capacity(path.len());
    for key in path {
        keys.push(key.as_text().ok_or_else(|| is_not(key, "string"))?);
    }
    for (index, key) in keys.iter().enumerate() {
        cx.spend(1)?;
        let Some(step) = at.get(key.bytes()) else { return Ok(default.clone()) };
        if index + 1 == keys.len() {
            return Ok(step);
        }
        at = dug(&step)?;
    }
    Ok(default.clone())
}

/// What `dig` goes into: `map[string]interface {}` and nothing else, not even `.Values`, which is of
/// a type of its own.
fn dug(value: &Value) -> Result<Map, Failure> {
    match &value.data {
        Data::Map(map) if value.type_name() == "map[string]interface {}" => Ok(map.clone()),
        _ => Err(is_not(value, "map[string]interface {}")),
    }
}

fn is_not(value: &Value, wanted: &str) -> Failure {
    let found = match value.data {
        Data::Nil => "nil".to_owned(),
        _ => value.type_name(),
    };
    Failure(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, d, i, l, print, s},
        value::{Data, Map, Value},
    };

    #[test]
    fn dicts_are_made_of_pairs() {
        assert_eq!(print("dict", &[s("a"), i(1), i(2), s("b"), s("c")]), "map[2:b a:1 c:]");
        assert_eq!(print("dict", &[]), "map[]");
        assert_eq!(print("dict", &[s("a"), i(1), s("a"), i(2)]), "map[a:2]");
    }

    #[test]
    fn maps_are_read() {
        let map = d([("a", i(1)), ("b", Value::nil())]);
        assert_eq!(print("get", &[map.clone(), s("a")]), "1");
        assert_eq!(print("get", &[map.clone(), s("z")]), "");
        assert_eq!(print("get", &[Value::nil(), s("z")]), "");
        assert_eq!(print("hasKey", &[map.clone(), s("b")]), "true");
        assert_eq!(print("hasKey", &[map.clone(), s("z")]), "false");
        assert_eq!(print("keys", &[map.clone(), d([("c", i(1))])]), "[a b c]");
        assert_eq!(print("values", std::slice::from_ref(&map)), "[1 <nil>]");
        assert_eq!(print("pluck", &[s("a"), map.clone(), d([]), d([("a", i(2))])]), "[1 2]");
        assert_eq!(print("pick", &[map.clone(), s("a"), s("z")]), "map[a:1]");
        assert_eq!(print("omit", &[map, s("a"), s("z")]), "map[b:<nil>]");
    }

    #[test]
    fn set_and_unset_change_the_map_itself() {
        let map = d([("a", i(1))]);
        call("set", &[map.clone(), s("b"), l([i(2)])]).unwrap();
        call("unset", &[map.clone(), s("a")]).unwrap();
        assert_eq!(print("toString", &[map]), "map[b:[2]]");
        let error = call("set", &[Value::nil(), s("a"), i(1)]).unwrap_err();
        assert_eq!(error, "assignment to entry in nil map");
    }

    #[test]
    fn set_gives_a_map_of_the_plain_type() {
        let values = Value::map(Map { defined: Some("common.Values"), ..Map::new() });
        let result = call("set", &[values.clone(), s("a"), i(1)]).unwrap();
        assert_eq!(result.type_name(), "map[string]interface {}");
        assert_eq!(print("toString", &[values]), "map[a:1]");
    }

    #[test]
    fn dig_follows_keys() {
        let map = d([("a", d([("b", i(5)), ("n", Value::nil())])), ("s", s("x"))]);
        assert_eq!(print("dig", &[s("a"), s("b"), s(""), map.clone()]), "5");
        assert_eq!(print("dig", &[s("a"), s("z"), s("none"), map.clone()]), "none");
        assert!(matches!(
            call("dig", &[s("a"), s("n"), i(0), map.clone()]).unwrap().data,
            Data::Nil
        ));
        let conversion = "interface conversion: interface {} is";
        let table = [
            (vec![s("s"), s("b"), i(0), map.clone()], "string, not map[string]interface {}"),
            (vec![s("a"), s("n"), s("z"), i(0), map.clone()], "nil, not map[string]interface {}"),
            (vec![i(1), i(0), map.clone()], "int, not string"),
            (vec![s("a"), i(0), s("map")], "string, not map[string]interface {}"),
        ];
        for (args, error) in table {
            assert_eq!(call("dig", &args).unwrap_err(), format!("{conversion} {error}"));
        }
        assert_eq!(call("dig", &[i(0), map]).unwrap_err(), "dig needs at least three arguments");
    }
}
