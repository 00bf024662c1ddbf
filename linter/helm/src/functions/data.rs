//! Functions between values and the texts of data formats. The formats themselves are in
//! [`crate::data`]; here is who swallows an error, who gives it as a value and who fails.

use super::{
    Failure, Function,
    Param::{Any, String},
    arguments::{any, text},
};
use crate::{
    context::Context,
    data::{
        json::{self, Json},
        toml, yaml,
    },
    origin::Origin,
    text::Text,
    value::{Map, Value},
};

pub(super) const TABLE: &[Function] = &[
    Function::new("fromJson", &[String], from_json),
    Function::new("fromJsonArray", &[String], from_json_array),
    Function::new("fromToml", &[String], from_toml),
    Function::new("fromYaml", &[String], from_yaml),
    Function::new("fromYamlArray", &[String], from_yaml_array),
    Function::new("mustFromJson", &[String], must_from_json),
    Function::new("mustToJson", &[Any], must_to_json),
    Function::new("mustToPrettyJson", &[Any], must_to_pretty_json),
    Function::new("mustToRawJson", &[Any], must_to_raw_json),
    Function::new("mustToToml", &[Any], must_to_toml),
    Function::new("mustToYaml", &[Any], must_to_yaml),
    Function::new("toJson", &[Any], to_json),
    Function::new("toPrettyJson", &[Any], to_pretty_json),
    Function::new("toRawJson", &[Any], must_to_raw_json),
    Function::new("toToml", &[Any], to_toml),
    Function::new("toYaml", &[Any], to_yaml),
    Function::new("toYamlPretty", &[Any], to_yaml_pretty),
];

const PLAIN: Json = Json { escape_html: true, indent: None };
const PRETTY: Json = Json { escape_html: true, indent: Some("  ") };
const RAW: Json = Json { escape_html: false, indent: None };

/// A text whose error a template does not see.
fn or_empty(written: Result<Text, std::string::String>) -> Result<Value, Failure> {
    Ok(Value::text(written.unwrap_or_else(|_| Text::new("", Origin::NONE))))
}

fn or_fail(written: Result<Text, std::string::String>) -> Result<Value, Failure> {
    Ok(Value::text(written?))
}

/// The trailing newline belongs to the file, not to the text.
fn without_newline(text: &Text) -> Text {
    let len = text.len() - usize::from(text.bytes().ends_with(b"\n"));
    text.slice(0..len)
}

fn to_yaml(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_empty(yaml::write(any(args, 0)?).map(|it| without_newline(&it)))
}

fn must_to_yaml(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_fail(yaml::write(any(args, 0)?).map(|it| without_newline(&it)))
}

fn to_yaml_pretty(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_empty(yaml::write_pretty(any(args, 0)?).map(|it| without_newline(&it)))
}

fn to_json(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_empty(json::write(any(args, 0)?, PLAIN))
}

fn must_to_json(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_fail(json::write(any(args, 0)?, PLAIN))
}

fn to_pretty_json(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_empty(json::write(any(args, 0)?, PRETTY))
}

fn must_to_pretty_json(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_fail(json::write(any(args, 0)?, PRETTY))
}

fn must_to_raw_json(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_fail(json::write(any(args, 0)?, RAW))
}

/// The text, or the error in its place.
fn to_toml(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(Value::text(toml::write(any(args, 0)?).unwrap_or_else(|it| Text::new(it, Origin::NONE))))
}

fn must_to_toml(_: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_fail(toml::write(any(args, 0)?))
}

/// A map, or one that holds the error where templates look for it. Of a null there is an empty map.
fn or_error_key(read: Result<Value, std::string::String>) -> Result<Value, Failure> {
    let map = Map::new();
    Ok(match read {
        Ok(value) if value.is_nil() => Value::map(map).with_origin(value.origin()),
        Ok(value) => value,
        Err(error) => {
            map.set("Error", Value::string(error));
            Value::map(map)
        }
    })
}

/// A list, or one whose only item is the error. Of a null there is an empty list.
fn or_error_item(read: Result<Value, std::string::String>) -> Result<Value, Failure> {
    Ok(match read {
        Ok(value) if value.is_nil() => Value::list(Vec::new()).with_origin(value.origin()),
        Ok(value) => value,
        Err(error) => Value::list(vec![Value::string(error)]),
    })
}

fn from_yaml(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_error_key(yaml::read_map(cx, text(args, 0)?))
}

fn from_yaml_array(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_error_item(yaml::read_list(cx, text(args, 0)?))
}

fn from_toml(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_error_key(toml::read(cx, text(args, 0)?))
}

fn from_json(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_error_key(json::read_map(cx, text(args, 0)?))
}

fn from_json_array(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    or_error_item(json::read_list(cx, text(args, 0)?))
}

fn must_from_json(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    Ok(json::read(cx, text(args, 0)?)?)
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, d, f, i, l, print, s},
        value::Value,
    };

    #[test]
    fn values_become_texts() {
        let value = d([("b", l([i(1), s("<a>")])), ("a", f(2.0))]);
        let table = [
            ("toYaml", "a: 2\nb:\n- 1\n- <a>"),
            ("mustToYaml", "a: 2\nb:\n- 1\n- <a>"),
            ("toYamlPretty", "a: 2\nb:\n  - 1\n  - <a>"),
            ("toToml", "a = 2.0\nb = [1, \"<a>\"]\n"),
            ("mustToToml", "a = 2.0\nb = [1, \"<a>\"]\n"),
            ("toJson", r#"{"a":2,"b":[1,"\u003ca\u003e"]}"#),
            ("mustToJson", r#"{"a":2,"b":[1,"\u003ca\u003e"]}"#),
            ("toRawJson", r#"{"a":2,"b":[1,"<a>"]}"#),
            ("mustToRawJson", r#"{"a":2,"b":[1,"<a>"]}"#),
            ("toPrettyJson", "{\n  \"a\": 2,\n  \"b\": [\n    1,\n    \"\\u003ca\\u003e\"\n  ]\n}"),
        ];
        for (function, expected) in table {
            assert_eq!(print(function, std::slice::from_ref(&value)), expected, "{function}");
        }
    }

    #[test]
    fn what_has_no_json_is_swallowed_or_fails() {
        let value = f(f64::INFINITY);
        assert_eq!(print("toJson", std::slice::from_ref(&value)), "");
        assert_eq!(print("toYaml", std::slice::from_ref(&value)), "");
        for function in ["mustToJson", "mustToYaml", "toRawJson", "mustToPrettyJson"] {
            assert!(call(function, std::slice::from_ref(&value)).is_err(), "{function}");
        }
    }

    #[test]
    fn texts_become_values() {
        assert_eq!(print("fromYaml", &[s("a: [1, x]")]), "map[a:[1 x]]");
        assert_eq!(print("fromYaml", &[s("~")]), "map[]");
        assert_eq!(print("fromYamlArray", &[s("- 1\n- a")]), "[1 a]");
        assert_eq!(print("fromYamlArray", &[s("")]), "[]");
        assert_eq!(print("fromJson", &[s(r#"{"a":[1,null]}"#)]), "map[a:[1 <nil>]]");
        assert_eq!(print("fromJsonArray", &[s("[1,2]")]), "[1 2]");
        assert_eq!(print("fromToml", &[s("a = [1]\n[b]\nc = 'd'")]), "map[a:[1] b:map[c:d]]");
        assert_eq!(print("mustFromJson", &[s("\"a\"")]), "a");
    }

    #[test]
    fn what_cannot_be_read_is_told_within_the_value() {
        assert!(print("fromYaml", &[s("a: b: c")]).starts_with("map[Error:"));
        assert!(print("fromYamlArray", &[s("a: 1")]).starts_with("[error "));
        assert_eq!(
            print("fromJson", &[s("[1]")]),
            "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}]"
        );
        assert!(print("fromToml", &[s("a =")]).starts_with("map[Error:"));
        let unwritable = d([("l", l([Value::nil()]))]);
        let error = "toml: cannot encode array with nil element";
        assert_eq!(print("toToml", std::slice::from_ref(&unwritable)), error);
        assert_eq!(call("mustToToml", &[unwritable]).unwrap_err(), error);
        assert!(print("fromJsonArray", &[s("{")]).starts_with("[unexpected end"));
        assert!(call("mustFromJson", &[s("{")]).is_err());
    }
}
