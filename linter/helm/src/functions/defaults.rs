//! Functions that choose between values by whether those are empty. What they choose is passed on
//! as it is, origins and all.

use super::{
    Failure, Function,
    Param::{Any, Bool},
    arguments::{any, boolean, computed},
};
use crate::{
    context::Context,
    value::{Data, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::variadic("all", &[], Any, all),
    Function::variadic("any", &[], Any, any_of),
    Function::variadic("coalesce", &[], Any, coalesce),
    Function::variadic("default", &[Any], Any, default),
    Function::new("empty", &[Any], empty),
    Function::new("ternary", &[Any, Any, Bool], ternary),
];

/// Sprig's emptiness: nil, the zero of a type, no items; a struct never is.
pub(super) fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Object(object) => object.kind() != "struct" && !object.is_true(),
        _ => !value.is_true(),
    }
}

fn default(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(match args.get(1) {
        Some(given) if !is_empty(given) => given.clone(),
        _ => any(args, 0)?.clone(),
    })
}

fn coalesce(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(args.iter().find(|it| !is_empty(it)).cloned().unwrap_or_else(Value::nil))
}

fn ternary(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let chosen = usize::from(!boolean(args, 2)?);
    Ok(any(args, chosen)?.clone())
}

fn empty(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let empty = is_empty(any(args, 0)?);
    Ok(computed(cx, args, Value::bool(empty)))
}

fn all(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(computed(cx, args, Value::bool(!args.iter().any(is_empty))))
}

fn any_of(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(computed(cx, args, Value::bool(!args.iter().all(is_empty))))
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, d, f, i, l, print, s},
        origin::{OriginData, Origins},
        value::Value,
    };

    #[test]
    fn a_default_stands_for_what_is_empty() {
        for empty in [Value::nil(), s(""), i(0), f(0.0), Value::bool(false), l([]), d([])] {
            assert_eq!(print("default", &[s("x"), empty.clone()]), "x", "{empty:?}");
            assert_eq!(print("empty", &[empty]), "true");
        }
        for given in [s("a"), i(1), f(0.5), Value::bool(true), l([Value::nil()])] {
            assert_eq!(print("default", &[s("x"), given.clone()]), print("toString", &[given]));
        }
        assert_eq!(print("default", &[s("x")]), "x");
    }

    #[test]
    fn the_first_that_is_not_empty_is_taken() {
        assert_eq!(print("coalesce", &[Value::nil(), i(0), s("a"), s("b")]), "a");
        assert!(call("coalesce", &[i(0)]).unwrap().is_nil());
        assert_eq!(print("ternary", &[s("yes"), s("no"), Value::bool(true)]), "yes");
        assert_eq!(print("ternary", &[s("yes"), s("no"), Value::bool(false)]), "no");
    }

    #[test]
    fn all_and_any_ask_for_values_that_are_not_empty() {
        let table: [(&[Value], bool, bool); 4] = [
            (&[], true, false),
            (&[i(1), s("a")], true, true),
            (&[i(1), i(0)], false, true),
            (&[i(0), s("")], false, false),
        ];
        for (args, all, any) in table {
            assert_eq!(print("all", args), all.to_string(), "all {args:?}");
            assert_eq!(print("any", args), any.to_string(), "any {args:?}");
        }
    }

    #[test]
    fn a_chosen_value_keeps_its_origin() {
        let data =
            OriginData { at: None, from: None, of_key: false, computed: false, synthetic: true };
        let origin = Origins::default().add(data);
        let value = i(5).with_origin(origin);
        assert_eq!(call("default", &[i(1), value.clone()]).unwrap().origin(), origin);
        assert_eq!(call("coalesce", &[i(0), value]).unwrap().origin(), origin);
    }
}
