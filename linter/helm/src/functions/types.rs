//! Functions that ask for Go's types and kinds.

use super::{
    Failure, Function,
    Param::{Any, String},
    arguments::{any, computed, text},
    equality,
};
use crate::{context::Context, value::Value};

pub(super) const TABLE: &[Function] = &[
    Function::new("deepEqual", &[Any, Any], deep_equal),
    Function::new("kindIs", &[String, Any], kind_is),
    Function::new("kindOf", &[Any], kind_of),
    Function::new("typeIs", &[String, Any], type_is),
    Function::new("typeIsLike", &[String, Any], type_is_like),
    Function::new("typeOf", &[Any], type_of),
];

fn deep_equal(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let equal = equality::deep_equal(cx, any(args, 0)?, any(args, 1)?)?;
    Ok(computed(cx, args, Value::bool(equal)))
}

fn type_of(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let name = any(args, 0)?.type_name();
    Ok(computed(cx, args, Value::string(name)))
}

fn type_is(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let same = text(args, 0)?.bytes() == any(args, 1)?.type_name().as_bytes();
    Ok(computed(cx, args, Value::bool(same)))
}

/// Also true for a pointer to the type.
fn type_is_like(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let name = any(args, 1)?.type_name();
    let target = text(args, 0)?.bytes();
    let pointed = name.strip_prefix('*').unwrap_or(&name);
    let alike = target == name.as_bytes() || target == pointed.as_bytes();
    Ok(computed(cx, args, Value::bool(alike)))
}

fn kind_of(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let kind = any(args, 0)?.kind();
    Ok(computed(cx, args, Value::string(kind)))
}

fn kind_is(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let same = text(args, 0)?.bytes() == any(args, 1)?.kind().as_bytes();
    Ok(computed(cx, args, Value::bool(same)))
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{d, f, i, l, print, s},
        value::{Element, Value},
    };

    #[test]
    fn types_and_kinds_have_go_names() {
        let table = [
            (s("a"), "string", "string"),
            (i(1), "int", "int"),
            (Value::int64(1), "int64", "int64"),
            (f(1.0), "float64", "float64"),
            (Value::bool(true), "bool", "bool"),
            (Value::nil(), "<nil>", "invalid"),
            (l([]), "[]interface {}", "slice"),
            (Value::list_of(Element::Int, vec![]), "[]int", "slice"),
            (d([]), "map[string]interface {}", "map"),
        ];
        for (value, type_name, kind) in table {
            assert_eq!(print("typeOf", std::slice::from_ref(&value)), type_name);
            assert_eq!(print("kindOf", std::slice::from_ref(&value)), kind);
            assert_eq!(print("typeIs", &[s(type_name), value.clone()]), "true");
            assert_eq!(print("kindIs", &[s(kind), value]), "true");
        }
        assert_eq!(print("typeIsLike", &[s("*int"), i(1)]), "false");
        assert_eq!(print("deepEqual", &[l([i(1)]), l([i(1)])]), "true");
        assert_eq!(print("deepEqual", &[i(1), f(1.0)]), "false");
    }
}
