//! What a scalar is: go-yaml's resolver with tags, then what JSON makes of it.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use goready_model::NodeKind;

use crate::data::fmt::float;

const YAML: &[u8] = b"tag:yaml.org,2002:";

/// A scalar as read.
#[derive(Debug)]
pub(super) struct Scalar<'t> {
    pub(super) text: Cow<'t, [u8]>,
    /// Unquoted, so that it may be something else than a string.
    pub(super) plain: bool,
    /// Empty without one.
    pub(super) tag: Vec<u8>,
}

/// What it means.
#[derive(Debug)]
pub(super) enum Meaning<'t> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(Cow<'t, [u8]>),
}

impl<'t> Scalar<'t> {
    /// A value that is not there.
    pub(super) fn absent() -> Self {
        Self { text: Cow::Borrowed(b""), plain: true, tag: Vec::new() }
    }

    /// `<<` as a key (`isMerge`).
    pub(super) fn is_merge(&self) -> bool {
        *self.text == *b"<<"
            && ((self.plain && self.tag.is_empty())
                || self.tag == b"!"
                || self.tag.strip_prefix(YAML) == Some(b"merge"))
    }

    /// # Errors
    /// The text is not what the tag asks for.
    pub(super) fn meaning(self) -> Result<Meaning<'t>, String> {
        if self.tag.is_empty() {
            return Ok(if self.plain { plain(self.text) } else { Meaning::String(self.text) });
        }
        let Some(name) = self.tag.strip_prefix(YAML) else { return Ok(Meaning::String(self.text)) };
        match name {
            b"bool" | b"int" | b"float" | b"null" => typed(name, self.text),
            b"binary" => binary(&self.text).map(|it| Meaning::String(Cow::Owned(it))),
            _ => Ok(Meaning::String(self.text)),
        }
    }
}

fn plain(text: Cow<'_, [u8]>) -> Meaning<'_> {
    match std::str::from_utf8(&text).map_or(NodeKind::String, goready_yaml::resolve_plain) {
        NodeKind::Null => Meaning::Null,
        NodeKind::Bool(it) => Meaning::Bool(it),
        NodeKind::Int(it) => Meaning::Int(it),
        NodeKind::Float(it) => Meaning::Float(it),
        _ => Meaning::String(text),
    }
}

fn typed<'t>(name: &[u8], text: Cow<'t, [u8]>) -> Result<Meaning<'t>, String> {
    let shown = String::from_utf8_lossy(&text).into_owned();
    let meaning = plain(text);
    let found: &[u8] = match &meaning {
        Meaning::Null => b"null",
        Meaning::Bool(_) => b"bool",
        Meaning::Int(_) => b"int",
        Meaning::Float(_) => b"float",
        Meaning::String(_) => b"str",
    };
    match meaning {
        Meaning::Int(it) if name == b"float" => Ok(Meaning::Float(it as f64)),
        meaning if name == found => Ok(meaning),
        _ => {
            let [found, name] = [found, name].map(|it| String::from_utf8_lossy(it));
            Err(format!("yaml: cannot decode !!{found} `{shown}` as a !!{name}"))
        }
    }
}

/// JSON holds no other bytes than UTF-8.
fn binary(text: &[u8]) -> Result<Vec<u8>, String> {
    let text: Vec<u8> = text.iter().copied().filter(|it| !matches!(it, b'\r' | b'\n')).collect();
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| "yaml: !!binary value contains invalid base64 data".to_owned())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned().into_bytes())
}

impl<'t> Meaning<'t> {
    /// The JSON key it becomes; `None` for a null, which JSON cannot have.
    pub(super) fn into_key(self) -> Option<Cow<'t, [u8]>> {
        let key = match self {
            Meaning::Null => return None,
            Meaning::String(it) => return Some(it),
            Meaning::Bool(it) => it.to_string(),
            Meaning::Int(it) => it.to_string(),
            // sigs.k8s.io/yaml writes them as if they were 32 bits wide.
            Meaning::Float(it) if it.is_nan() => ".nan".to_owned(),
            Meaning::Float(f64::INFINITY) => ".inf".to_owned(),
            Meaning::Float(f64::NEG_INFINITY) => "-.inf".to_owned(),
            Meaning::Float(it) => float(it, b'g', None, 32),
        };
        Some(Cow::Owned(key.into_bytes()))
    }
}
