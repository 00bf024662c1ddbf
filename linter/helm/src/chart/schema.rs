//! `values.schema.json` against the values of its chart (helm 4.3.1
//! pkg/chart/common/util/jsonschema.go), with messages in the words of Helm's validator
//! (santhosh-tekuri/jsonschema v6).
//!
//! Nothing is fetched: a schema that refers to another host is not checked, which is said.

use std::sync::OnceLock;

use goready_model::{Span, pointer};
use jsonschema::{
    ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value as Json;

use super::{Source, coalesce::Warnings, instance::Instance};
use crate::{
    context::Context,
    value::{Data, Entry, Key, Map, Value},
};

/// The `values.schema.json` of one chart.
#[derive(Debug)]
pub(crate) struct Schema {
    source: Source,
    /// Made when values are first checked, for all renders.
    compiled: OnceLock<Result<Validator, Uncompiled>>,
}

/// A schema that values cannot be checked against.
#[derive(Debug)]
enum Uncompiled {
    /// It is none.
    Wrong(String),
    /// It needs a document from elsewhere.
    Elsewhere(String),
}

impl Schema {
    pub(super) fn new(source: Source) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    fn compiled(&self) -> Result<&Validator, &Uncompiled> {
        self.compiled.get_or_init(|| compile(&self.source.text)).as_ref()
    }
}

fn compile(text: &str) -> Result<Validator, Uncompiled> {
    let schema: Json =
        serde_json::from_str(text).map_err(|error| Uncompiled::Wrong(error.to_string()))?;
    jsonschema::options().build(&schema).map_err(|error| match error.kind() {
        ValidationErrorKind::Referencing(_) => Uncompiled::Elsewhere(error.to_string()),
        _ => Uncompiled::Wrong(error.to_string()),
    })
}

/// Values that a schema refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SchemaError {
    /// The key in the values where there is one, else the schema.
    pub(crate) span: Span,
    pub(crate) message: String,
    /// It asks for a value that is not there.
    pub(crate) asks: bool,
}

/// Checks the values of a chart and of all charts below it.
pub(crate) fn validate(
    cx: &Context,
    chart: &Instance,
    values: &Value,
    warnings: &mut Warnings,
) -> Vec<SchemaError> {
    let mut errors = Vec::new();
    check(cx, chart, values, warnings, &mut errors);
    errors
}

fn check(
    cx: &Context,
    chart: &Instance,
    values: &Value,
    warnings: &mut Warnings,
    errors: &mut Vec<SchemaError>,
) {
    if let Some(schema) = &chart.chart.schema {
        errors.extend(check_one(cx, &chart.name, schema, values, warnings));
    }
    let Some(map) = values.as_map() else { return };
    for below in &chart.charts {
        // A chart without values of its own is not checked.
        if let Some(section) = map.get(below.name.as_bytes()).filter(|it| it.as_map().is_some()) {
            check(cx, below, &section, warnings, errors);
        }
    }
}

fn check_one(
    cx: &Context,
    name: &str,
    schema: &Schema,
    values: &Value,
    warnings: &mut Warnings,
) -> Vec<SchemaError> {
    let whole = Span::new(schema.source.id, 0, 0);
    let validator = match schema.compiled() {
        Ok(validator) => validator,
        Err(Uncompiled::Wrong(error)) => {
            return vec![SchemaError { span: whole, message: said(name, error), asks: false }];
        }
        Err(Uncompiled::Elsewhere(error)) => {
            warnings.push(format!("values.schema.json of {name} is not checked: {error}"));
            return Vec::new();
        }
    };
    let Some(instance) = json(values, MAX_DEPTH) else {
        warnings.push(format!("values of {name} are nested too deeply to be checked"));
        return Vec::new();
    };
    let located = |error: ValidationError<'_>| {
        let pointer = error.instance_path().as_str().to_owned();
        let path = subject(&pointer, error.kind());
        let in_schema = || keyword(&schema.source, error.schema_path().as_str(), error.kind());
        let span = place(cx, values, &path).or_else(in_schema).unwrap_or(whole);
        let asks = matches!(error.kind(), ValidationErrorKind::Required { .. });
        SchemaError { span, message: said(name, &line(&error)), asks }
    };
    validator.iter_errors(&instance).map(located).collect()
}

fn said(chart: &str, detail: &str) -> String {
    let intro = "values don't meet the specifications of the schema(s) in the following chart(s)";
    format!("{intro}: {chart}: {detail}")
}

/// The value that an error is about: a property that is too much is one below.
fn subject(pointer: &str, kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let name = unexpected.first().map_or("", |it| it);
            format!("{pointer}/{}", pointer::escape(name))
        }
        _ => pointer.to_owned(),
    }
}

/// What the schema says where no value can be shown: the keyword, of `required` the name of the
/// property. `None` behind a `$ref`.
fn keyword(schema: &Source, pointer: &str, kind: &ValidationErrorKind) -> Option<Span> {
    let parsed = goready_yaml::parse_json(schema.id, &schema.text);
    let mut node = parsed.documents.first()?.tree.root()?;
    for name in pointer::steps(pointer) {
        let item = || name.parse().ok().and_then(|it| node.items().nth(it));
        node = node.get(&name).or_else(item)?;
    }
    let place = match kind {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str()?;
            node.items().find(|it| it.text() == name).map_or(node.name_place(), |it| it.place())
        }
        _ => node.name_place(),
    };
    let (at, skipped) = (place.at, schema.skipped);
    Some(Span { start: at.start + skipped, end: at.end + skipped, ..at })
}

/// The key of the innermost value on the way to `pointer` that a file holds.
fn place(cx: &Context, values: &Value, pointer: &str) -> Option<Span> {
    let mut value = values.clone();
    let mut found = None;
    for name in pointer::steps(pointer) {
        let next = match &value.data {
            Data::Map(map) => map.get(name.as_bytes()),
            Data::List(list) => name.parse().ok().and_then(|it: usize| list.items.get(it).cloned()),
            _ => None,
        };
        let Some(next) = next else { break };
        let node = cx.origins.get(next.origin()).from.and_then(|it| cx.origins.values(it));
        found = node.map(|it| it.key.unwrap_or(it.value)).or(found);
        value = next;
    }
    found
}

/// Collections within collections that are checked: the validator calls itself for each.
const MAX_DEPTH: usize = 100;

fn json(value: &Value, depth: usize) -> Option<Json> {
    let below = depth.checked_sub(1)?;
    Some(match &value.data {
        Data::Nil | Data::Object(_) => Json::Null,
        Data::Bool(it) => Json::Bool(*it),
        Data::Int(it) | Data::Int64(it) => Json::from(*it),
        // A whole number is an integer to a schema however it is held.
        Data::Float(it) if it.fract() == 0.0 && it.abs() < 9.0e18 => Json::from(*it as i64),
        Data::Float(it) => Json::from(*it),
        Data::Text(it) => Json::String(it.lossy().into_owned()),
        Data::Bytes(it) => Json::String(String::from_utf8_lossy(it).into_owned()),
        Data::List(it) => {
            Json::Array(it.items.iter().map(|it| json(it, below)).collect::<Option<_>>()?)
        }
        Data::Map(it) => Json::Object(object(it, below)?),
    })
}

fn object(map: &Map, depth: usize) -> Option<serde_json::Map<String, Json>> {
    let entries = map.snapshot().into_iter();
    let entry = |(key, entry): (Key, Entry)| {
        Some((String::from_utf8_lossy(&key).into_owned(), json(&entry.value, depth)?))
    };
    entries.map(entry).collect()
}

/// `at '/a/b': got string, want integer`.
fn line(error: &ValidationError<'_>) -> String {
    format!("at '{}': {}", error.instance_path().as_str(), words(error))
}

fn words(error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as Kind;
    let got = error.instance();
    let length = || match &**got {
        Json::String(it) => it.chars().count(),
        Json::Array(it) => it.len(),
        Json::Object(it) => it.len(),
        _ => 0,
    };
    let counted = |keyword: &str, limit: &u64| format!("{keyword}: got {}, want {limit}", length());
    let compared = |keyword: &str, limit: &Json| format!("{keyword}: got {got}, want {limit}");
    match error.kind() {
        Kind::Type { kind } => format!("got {}, want {}", type_of(got), wanted(kind)),
        Kind::Required { property } => format!("missing property {}", shown(property)),
        Kind::AdditionalProperties { unexpected } => {
            format!("additional properties {} not allowed", quoted(unexpected))
        }
        Kind::UnevaluatedProperties { unexpected } => {
            format!("unevaluated properties {} not allowed", quoted(unexpected))
        }
        Kind::Enum { options } => one_of(options),
        Kind::Constant { expected_value } => match &**expected_value {
            Json::Array(_) | Json::Object(_) => "const failed".to_owned(),
            value => format!("value must be {}", shown(value)),
        },
        Kind::Pattern { pattern } => {
            format!("{} does not match pattern '{pattern}'", shown(got))
        }
        Kind::Format { format } => format!("{} is not valid {format}", shown(got)),
        Kind::Minimum { limit } => compared("minimum", limit),
        Kind::Maximum { limit } => compared("maximum", limit),
        Kind::ExclusiveMinimum { limit } => compared("exclusiveMinimum", limit),
        Kind::ExclusiveMaximum { limit } => compared("exclusiveMaximum", limit),
        Kind::MultipleOf { multiple_of } => compared("multipleOf", &Json::from(*multiple_of)),
        Kind::MinLength { limit } => counted("minLength", limit),
        Kind::MaxLength { limit } => counted("maxLength", limit),
        Kind::MinItems { limit } => counted("minItems", limit),
        Kind::MaxItems { limit } => counted("maxItems", limit),
        Kind::MinProperties { limit } => counted("minProperties", limit),
        Kind::MaxProperties { limit } => counted("maxProperties", limit),
        Kind::AnyOf { context } => branches("'anyOf' failed", context),
        Kind::OneOfNotValid { context } => branches("'oneOf' failed, none matched", context),
        Kind::OneOfMultipleValid { .. } => "'oneOf' failed, several subschemas matched".to_owned(),
        Kind::Not { .. } => "'not' failed".to_owned(),
        Kind::FalseSchema => "false schema".to_owned(),
        _ => error.to_string(),
    }
}

/// What each branch said, on lines of their own as Helm prints them.
fn branches(headline: &str, context: &[Vec<ValidationError<'static>>]) -> String {
    let mut text = headline.to_owned();
    for error in context.iter().flatten() {
        text.push_str("\n  - ");
        text.push_str(&line(error));
    }
    text
}

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(it) => it.to_string(),
        TypeKind::Multiple(types) => {
            types.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(" or ")
        }
    }
}

fn one_of(options: &Json) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    if options.iter().any(|it| it.is_array() || it.is_object()) {
        return "enum failed".to_owned();
    }
    match options {
        [only] => format!("value must be {}", shown(only)),
        _ => {
            let options: Vec<_> = options.iter().map(shown).collect();
            format!("value must be one of {}", options.join(", "))
        }
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|it| format!("'{it}'")).collect::<Vec<_>>().join(", ")
}
