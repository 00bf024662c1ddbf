//! Data formats: YAML, JSON and TOML between text and values, and Go's fmt.

pub(crate) mod fmt;
pub(crate) mod json;
mod source;
pub(crate) mod toml;
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

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use crate::context::{Context, Limits, Mode, Settings};

    /// A render of nothing, for tests of functions that need one.
    pub(super) fn context() -> Context {
        Context::new(Rc::new(Settings {
            release: "rel".to_owned(),
            namespace: "ns".to_owned(),
            kube_version: "1.33.0".to_owned(),
            api_versions: Vec::new(),
            mode: Mode::Helm,
            limits: Limits { output_bytes: 1 << 20, ..Limits::default() },
        }))
    }
}
