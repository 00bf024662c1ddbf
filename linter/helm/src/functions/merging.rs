//! Functions that merge and copy maps (darccio/mergo v1.0.1, mitchellh/copystructure v1.2.0).
//!
//! Merging changes the first map, and the maps inside it, in place; what it takes over from others
//! is shared with them, not copied.

use std::rc::Rc;

use super::{
    Failure, Function,
    Param::{Any, Map as Dict},
    arguments::{MAX_DEPTH, any, map},
    dicts::plain_map,
};
use crate::{
    context::Context,
    value::{Data, List, Map, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::new("deepCopy", &[Any], deep_copy),
    Function::variadic("merge", &[Dict], Dict, merge),
    Function::variadic("mergeOverwrite", &[Dict], Dict, merge_overwrite),
    Function::new("mustDeepCopy", &[Any], deep_copy),
    Function::variadic("mustMerge", &[Dict], Dict, merge),
    Function::variadic("mustMergeOverwrite", &[Dict], Dict, merge_overwrite),
];

/// Which side wins where both have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Winner {
    /// The target, unless its value is empty.
    Target,
    /// The source, even with an empty value; only an empty map does not replace one.
    Source,
}

fn merge(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    merged(cx, args, Winner::Target)
}

fn merge_overwrite(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    merged(cx, args, Winner::Source)
}

fn merged(cx: &mut Context, args: &[Value], winner: Winner) -> Result<Value, Failure> {
    let target = plain_map(any(args, 0)?);
    if let Data::Map(into) = &target.data {
        for index in 1..args.len() {
            merge_maps(cx, into, &map(args, index)?, winner, 0)?;
        }
    }
    Ok(target)
}

fn merge_maps(
    cx: &mut Context,
    target: &Map,
    source: &Map,
    winner: Winner,
    depth: usize,
) -> Result<(), Failure> {
    if depth > MAX_DEPTH {
        return Err("the maps merged are nested too deeply".into());
    }
    cx.spend(source.len() as u64)?;
    for (key, new) in source.snapshot() {
        let old = target.get(&key);
        if new.value.is_nil() {
            if winner == Winner::Source {
                target.insert(&key, new.key_origin, new.value);
            }
            continue;
        }
        if let (Some(Data::Map(into)), Data::Map(from)) =
            (old.as_ref().map(|it| &it.data), &new.value.data)
        {
            merge_maps(cx, into, from, winner, depth + 1)?;
        }
        // Both maps were merged just now; asked again, an old one that was empty may no longer be.
        let keeps_old = match old {
            None => false,
            Some(old) if is_zero(&old) => false,
            Some(old) => {
                let both_maps = old.as_map().is_some() && new.value.as_map().is_some();
                both_maps || winner == Winner::Target
            }
        };
        if !keeps_old {
            target.insert(&key, new.key_origin, new.value);
        }
    }
    Ok(())
}

/// Mergo's emptiness: as the template functions have it, but an object never is empty.
fn is_zero(value: &Value) -> bool {
    !matches!(value.data, Data::Object(_)) && !value.is_true()
}

/// A copy that shares no map or list with the original.
fn deep_copy(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let original = any(args, 0)?;
    if original.is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    copied(cx, original, 0)
}

fn copied(cx: &mut Context, value: &Value, depth: usize) -> Result<Value, Failure> {
    if depth > MAX_DEPTH {
        return Err("the value copied is nested too deeply".into());
    }
    cx.spend(1)?;
    let data = match &value.data {
        Data::List(list) => {
            let mut items = Vec::with_capacity(list.items.len());
            for item in list.items.iter() {
                items.push(copied(cx, item, depth + 1)?);
            }
            Data::List(List { items: Rc::new(items.into()), ..list.clone() })
        }
        Data::Map(map) => {
            let copy = Map { element: map.element, defined: map.defined, ..Map::default() };
            for (key, entry) in map.snapshot() {
                copy.insert(&key, entry.key_origin, copied(cx, &entry.value, depth + 1)?);
            }
            Data::Map(copy)
        }
        // Strings, bytes and objects never change.
        other => other.clone(),
    };
    Ok(Value::new(data, value.origin()))
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, d, i, l, print, s},
        value::{Map, Value},
    };

    #[test]
    fn merge_fills_what_is_empty() {
        let table = [
            (d([("a", i(1))]), d([("b", i(2))]), "map[a:1 b:2]"),
            (d([("a", i(1))]), d([("a", i(2))]), "map[a:1]"),
            (d([("a", i(0))]), d([("a", i(2))]), "map[a:2]"),
            (d([("a", Value::bool(false))]), d([("a", Value::bool(true))]), "map[a:true]"),
            (d([("a", Value::nil())]), d([("a", i(2))]), "map[a:2]"),
            (d([("a", l([]))]), d([("a", l([i(2)]))]), "map[a:[2]]"),
            (d([("a", l([i(1)]))]), d([("a", l([i(2)]))]), "map[a:[1]]"),
            (d([("a", d([("b", i(1))]))]), d([("a", i(5))]), "map[a:map[b:1]]"),
            (d([("a", i(5))]), d([("a", d([("b", i(1))]))]), "map[a:5]"),
            (d([("a", d([("b", s(""))]))]), d([("a", d([("b", s("x"))]))]), "map[a:map[b:x]]"),
            (d([]), d([("a", Value::nil())]), "map[]"),
        ];
        for (target, source, expected) in table {
            for function in ["merge", "mustMerge"] {
                let target = call("deepCopy", std::slice::from_ref(&target)).unwrap();
                assert_eq!(print(function, &[target, source.clone()]), expected, "{function}");
            }
        }
    }

    #[test]
    fn merge_overwrite_takes_empty_values_too() {
        let table = [
            (d([("a", i(1))]), d([("a", s(""))]), "map[a:]"),
            (d([("a", i(1))]), d([("a", Value::nil())]), "map[a:<nil>]"),
            (d([("a", l([i(1), i(2)]))]), d([("a", l([]))]), "map[a:[]]"),
            (d([("a", d([("b", i(1))]))]), d([("a", i(1))]), "map[a:1]"),
            (d([("a", d([("b", i(1))]))]), d([("a", d([]))]), "map[a:map[b:1]]"),
            (d([("a", d([("b", i(1))]))]), d([("a", Value::nil())]), "map[a:<nil>]"),
            (
                d([("a", d([("b", i(1)), ("c", i(2))]))]),
                d([("a", d([("b", i(3))]))]),
                "map[a:map[b:3 c:2]]",
            ),
        ];
        for (target, source, expected) in table {
            assert_eq!(print("mergeOverwrite", &[target, source]), expected);
        }
        assert_eq!(
            print("mustMergeOverwrite", &[d([]), d([("a", i(1))]), d([("a", i(2))])]),
            "map[a:2]"
        );
        assert_eq!(print("merge", &[Value::nil(), d([])]), "map[]");
    }

    #[test]
    fn merging_changes_the_first_map_and_shares_the_rest() {
        let inner = d([("x", i(1))]);
        let target = d([]);
        call("merge", &[target.clone(), d([("in", inner.clone())])]).unwrap();
        call("set", &[inner, s("x"), i(2)]).unwrap();
        assert_eq!(print("toString", &[target]), "map[in:map[x:2]]");
    }

    #[test]
    fn a_deep_copy_shares_nothing() {
        let inner = d([("x", i(1))]);
        let original = d([("l", l([inner.clone()]))]);
        let copies = ["deepCopy", "mustDeepCopy"]
            .map(|it| call(it, std::slice::from_ref(&original)).unwrap());
        call("set", &[inner, s("x"), i(2)]).unwrap();
        for copy in copies {
            assert_eq!(print("toString", &[copy]), "map[l:[map[x:1]]]");
        }
        let error = call("mustDeepCopy", &[Value::nil()]).unwrap_err();
        assert_eq!(error, "reflect: call of reflect.Value.Type on zero Value");
    }

    #[test]
    fn maps_that_hold_themselves_are_refused() {
        let map = Map::new();
        map.set("self", Value::map(map.clone()));
        assert!(call("deepCopy", &[Value::map(map)]).is_err());
    }
}
