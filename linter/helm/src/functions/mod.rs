//! The functions of templates: Go's own, sprig's and Helm's, in one table.
//!
//! A function says what Go types it takes; the evaluator checks that before it calls, with the
//! words of text/template (`wrong type for value; expected string; got int`). Control flow (`and`,
//! `or`) and whatever runs templates (`include`, `tpl`) belongs to the evaluator.

use std::fmt;

use crate::{context::Context, value::Value};

/// A function of templates.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// Types of the fixed parameters.
    pub(crate) params: &'static [Param],
    /// Type of the variadic parameter.
    pub(crate) rest: Option<Param>,
    pub(crate) call: Implementation,
}

/// Arguments were checked against the parameters before this is called.
pub(crate) type Implementation = fn(&mut Context, &[Value]) -> Result<Value, Failure>;

/// The Go type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param {
    /// `interface {}`
    Any,
    /// `reflect.Value`: like `Any`, but a nil that nothing wraps is passed as well.
    Reflect,
    Bool,
    String,
    Int,
    Int64,
    /// Passed as an `int` that was checked to fit.
    Uint32,
    Float64,
    /// `map[string]interface {}`
    Map,
    /// `[]interface {}`
    List,
    /// `[]string`
    Strings,
    /// `[]byte`
    Bytes,
    /// A type that only another function makes (`time.Time`, `time.Duration`), by its Go name.
    Object(&'static str),
}

/// What a function refuses with: Go's error text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl<T: Into<String>> From<T> for Failure {
    fn from(message: T) -> Self {
        Self(message.into())
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Finds a function by its name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    TABLES.iter().flat_map(|it| it.iter()).find(|it| it.name == name)
}

/// One table a module.
const TABLES: &[&[Function]] = &[];
