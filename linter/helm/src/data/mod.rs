//! Data formats: YAML, JSON and TOML between text and values, and Go's fmt.

pub(crate) mod fmt;
pub(crate) mod yaml;

use crate::value::{Data, Value};

/// What encoding/json says of a value that does not fit a Go type.
pub(crate) fn mismatch(value: &Value, wanted: &str) -> String {
    let found = match &value.data {
        Data::Nil => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Int64(_) | Data::Float(_) => "number",
        Data::Text(_) | Data::Bytes(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) | Data::Object(_) => "object",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}
