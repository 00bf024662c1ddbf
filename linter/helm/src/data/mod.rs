//! Data formats: YAML, JSON and TOML between text and values, and Go's fmt.

pub(crate) mod fmt;
