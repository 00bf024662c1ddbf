//! Makefiles: [`parse`] keeps variables and rules as written, [`Make`] expands a target's recipe
//! for one caller (GNU make 4.4).
//!
//! Left out: evaluation of conditionals (a variable that only a conditional sets is not known)
//! and of `$(eval ...)`.

mod expand;
mod syntax;
mod text;

pub use self::{
    expand::{Goal, Listing, Make},
    syntax::parse,
};

#[cfg(test)]
mod tests;
