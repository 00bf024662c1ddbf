//! Go text/template: lexer, parser and syntax tree.

pub mod ast;
mod control;
mod lexer;
mod literal;
mod number;
mod parser;
mod pipeline;
#[cfg(test)]
mod tests;

pub use parser::parse;
