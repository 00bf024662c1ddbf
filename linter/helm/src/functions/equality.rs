//! Go's `reflect.DeepEqual`: equal types, equal contents.

use super::{Failure, arguments::MAX_DEPTH};
use crate::{
    context::Context,
    value::{Data, Value},
};

/// Whether two values are equal; 1 and 1.0 are not, nor are a nil slice and an empty one.
///
/// # Errors
/// They are nested deeper than we follow, or larger than the budget allows.
pub(super) fn deep_equal(cx: &mut Context, left: &Value, right: &Value) -> Result<bool, Failure> {
    equal_at(cx, left, right, 0)
}

#[expect(clippy::float_cmp, reason = "Go compares floats bit by bit too, but for NaN and zeros")]
fn equal_at(cx: &mut Context, left: &Value, right: &Value, depth: usize) -> Result<bool, Failure> {
    if depth > MAX_DEPTH {
        return Err("the values compared are nested too deeply".into());
    }
    Ok(match (&left.data, &right.data) {
        (Data::Nil, Data::Nil) => true,
        (Data::Bool(left), Data::Bool(right)) => left == right,
        (Data::Int(left), Data::Int(right)) | (Data::Int64(left), Data::Int64(right)) => {
            left == right
        }
        (Data::Float(left), Data::Float(right)) => left == right,
        (Data::Text(left), Data::Text(right)) => left == right,
        (Data::Bytes(left), Data::Bytes(right)) => left == right,
        (Data::List(left), Data::List(right)) => {
            if left.element != right.element
                || left.nil != right.nil
                || left.items.len() != right.items.len()
            {
                return Ok(false);
            }
            cx.spend(left.items.len() as u64)?;
            for (left, right) in left.items.iter().zip(right.items.iter()) {
                if !equal_at(cx, left, right, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Map(left), Data::Map(right)) => {
            if left.element != right.element || left.defined != right.defined {
                return Ok(false);
            }
            if left.same(right) {
                return Ok(true);
            }
            if left.len() != right.len() {
                return Ok(false);
            }
            cx.spend(left.len() as u64)?;
            for (key, entry) in left.snapshot() {
                let Some(other) = right.get(&key) else { return Ok(false) };
                if !equal_at(cx, &entry.value, &other, depth + 1)? {
                    return Ok(false);
                }
            }
            true
        }
        (Data::Object(left), Data::Object(right)) => {
            left.type_name() == right.type_name() && left.print() == right.print()
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        functions::arguments::testing::{context, d, f, i, l, s},
        value::{Element, Map},
    };

    #[test]
    fn types_and_contents_must_agree() {
        let table = [
            (i(1), i(1), true),
            (i(1), f(1.0), false),
            (i(1), Value::int64(1), false),
            (s("1"), i(1), false),
            (Value::nil(), Value::nil(), true),
            (f(f64::NAN), f(f64::NAN), false),
            (l([i(1), s("a")]), l([i(1), s("a")]), true),
            (l([i(1)]), l([i(2)]), false),
            (l([]), Value::nil_list(Element::Any), false),
            (l([s("a")]), Value::list_of(Element::String, vec![s("a")]), false),
            (d([("a", l([i(1)]))]), d([("a", l([i(1)]))]), true),
            (d([("a", i(1))]), d([("b", i(1))]), false),
        ];
        for (left, right, expected) in table {
            let equal = deep_equal(&mut context(), &left, &right);
            assert_eq!(equal, Ok(expected), "{left:?} {right:?}");
        }
    }

    #[test]
    fn maps_that_hold_themselves_end() {
        let (left, right) = (Map::new(), Map::new());
        left.set("self", Value::map(left.clone()));
        right.set("self", Value::map(right.clone()));
        let equal = deep_equal(&mut context(), &Value::map(left.clone()), &Value::map(right));
        assert!(equal.is_err());
        assert_eq!(
            deep_equal(&mut context(), &Value::map(left.clone()), &Value::map(left)),
            Ok(true)
        );
    }
}
