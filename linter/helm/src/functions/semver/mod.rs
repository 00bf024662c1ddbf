//! Versions and constraints of Masterminds/semver v3.5.0, which has rules of its own: `v1.2` is a
//! version, `1.2` as a constraint means `~1.2`, and a pre-release matches only where the constraint
//! names one.

mod constraint;
mod version;

use super::{
    Failure, Function,
    Param::String,
    arguments::{computed, text},
};
use crate::{context::Context, value::Value};

pub(crate) use self::{constraint::Constraints, version::Version};

pub(super) const TABLE: &[Function] = &[
    Function::new("semver", &[String], semver),
    Function::new("semverCompare", &[String, String], semver_compare),
];

fn semver(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let version = Version::parse(text(args, 0)?.bytes())?;
    Ok(computed(cx, args, Value::object(version)))
}

fn semver_compare(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let constraints = Constraints::parse(text(args, 0)?.bytes())?;
    let version = Version::parse(text(args, 1)?.bytes())?;
    Ok(computed(cx, args, Value::bool(constraints.check(&version))))
}

#[cfg(test)]
mod tests;
