//! Go text/template: lexer, parser and syntax tree.

pub mod ast;
