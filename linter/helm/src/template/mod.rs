//! Go text/template: lexer, parser and syntax tree.

pub mod ast;
mod cache;
mod control;
mod lexer;
mod literal;
mod number;
mod parser;
mod pipeline;
#[cfg(test)]
mod tests;

pub use cache::Cache;
pub use parser::parse;
