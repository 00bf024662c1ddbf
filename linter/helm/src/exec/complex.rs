//! Go's complex numbers: the language of templates has literals of them, nothing computes with
//! them.

use std::any::Any;

use crate::{
    data::fmt,
    value::{Object, Value},
};

/// A `complex128`.
#[derive(Debug)]
pub(super) struct Complex {
    pub(super) real: f64,
    pub(super) imaginary: f64,
}

impl Object for Complex {
    fn type_name(&self) -> &'static str {
        "complex128"
    }

    fn kind(&self) -> &'static str {
        "complex128"
    }

    fn print(&self) -> String {
        let part = |value| fmt::display(&Value::float(value)).lossy().into_owned();
        let sign = if self.imaginary.is_sign_negative() { "" } else { "+" };
        format!("({}{sign}{}i)", part(self.real), part(self.imaginary))
    }

    fn is_true(&self) -> bool {
        self.real != 0.0 || self.imaginary != 0.0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
