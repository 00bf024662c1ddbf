//! The head of a Go file, read byte by byte: comments, build constraint, package clause and
//! imports. It is the same for files that are parsed and files that are not.

use goready_model::{FileId, Place};

use super::constraint::Constraint;

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub path: String,
    /// The name given to it: an alias, `_` or `.`; `None` for the package's own.
    pub name: Option<String>,
    /// The path with its quotes.
    pub place: Place,
}

/// What stands before the first declaration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Header {
    /// Name in the package clause; empty when there is none.
    pub package: String,
    pub imports: Vec<Import>,
    /// `//go:build` or, without it, `// +build`.
    pub constraint: Option<Constraint>,
    /// The marker of generated code (`go help generate`).
    pub generated: bool,
    /// `//go:debug name=value` lines.
    pub debug: Vec<(String, String)>,
}

/// Reads the head; stops at the first token that is no part of one.
pub fn header(file: FileId, text: &str) -> Header {
    let mut reader = Reader { text, at: 0, header: Header::default(), plus: Vec::new() };
    reader.comments(true);
    if reader.keyword("package") {
        reader.comments(false);
        reader.header.package = reader.identifier().to_owned();
        loop {
            reader.comments(false);
            if !reader.keyword("import") {
                break;
            }
            reader.imports(file);
        }
    }
    let Reader { mut header, plus, .. } = reader;
    if header.constraint.is_none() && !plus.is_empty() {
        header.constraint = Constraint::from_plus_build(&plus);
    }
    header
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    header: Header,
    plus: Vec<&'a str>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Skips white space, semicolons and comments; `head` reads the markers in them.
    fn comments(&mut self, head: bool) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|it: char| it.is_whitespace() || it == ';');
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                let end = memchr::memchr(b'\n', trimmed.as_bytes()).unwrap_or(trimmed.len());
                let line = trimmed[..end].trim_end_matches('\r');
                if head {
                    self.line_comment(line);
                }
                self.at += end;
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                let end = comment.find("*/").map_or(trimmed.len(), |it| it + 4);
                self.at += end;
            } else {
                return;
            }
        }
    }

    fn line_comment(&mut self, line: &'a str) {
        if let Some(expression) = line.strip_prefix("//go:build ") {
            self.header.constraint = Some(Constraint::parse(expression));
        } else if let Some(setting) = line.strip_prefix("//go:debug ") {
            let pair = setting.trim().split_once('=');
            self.header.debug.extend(pair.map(|(name, value)| (name.to_owned(), value.to_owned())));
        } else if let Some(tags) = line[2..].trim_start().strip_prefix("+build ") {
            self.plus.push(tags);
        } else if line.starts_with("// Code generated ") && line.ends_with(" DO NOT EDIT.") {
            self.header.generated = true;
        }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest().strip_prefix(word) else { return false };
        if rest.starts_with(|it: char| it.is_alphanumeric() || it == '_') {
            return false;
        }
        self.at += word.len();
        true
    }

    fn identifier(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|it: char| !(it.is_alphanumeric() || it == '_')).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn imports(&mut self, file: FileId) {
        self.comments(false);
        if !self.rest().starts_with('(') {
            self.import(file);
            return;
        }
        self.at += 1;
        loop {
            self.comments(false);
            if self.rest().starts_with(')') {
                self.at += 1;
                return;
            }
            if !self.import(file) {
                return;
            }
        }
    }

    fn import(&mut self, file: FileId) -> bool {
        let name = if self.rest().starts_with('.') {
            self.at += 1;
            Some(".".to_owned())
        } else {
            Some(self.identifier().to_owned()).filter(|it| !it.is_empty())
        };
        self.comments(false);
        let rest = self.rest();
        let Some(quote @ ('"' | '`')) = rest.chars().next() else { return false };
        let Some(length) = rest[1..].find([quote, '\n']) else { return false };
        let path = rest[1..=length].to_owned();
        let place = Place::new(file, self.at, self.at + length + 2);
        self.at += length + 2;
        self.header.imports.push(Import { path, name, place });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_package_and_imports_through_comments() {
        let text = "// Package a is.\n/* x */ package a // b\n\nimport \"os\"\nimport (\n\t// c\n\tsig \"os/signal\"; _ \"embed\"\n\t. `fmt`\n)\n\nvar x = 1\nimport \"late\"\n";
        let header = header(FileId(0), text);
        assert_eq!(header.package, "a");
        let imports: Vec<_> =
            header.imports.iter().map(|it| (it.name.as_deref(), it.path.as_str())).collect();
        assert_eq!(
            imports,
            [(None, "os"), (Some("sig"), "os/signal"), (Some("_"), "embed"), (Some("."), "fmt")]
        );
        let at = header.imports[1].place.at;
        assert_eq!(&text[at.start as usize..at.end as usize], "\"os/signal\"");
    }

    #[test]
    fn reads_settings_of_the_runtime() {
        let text = "//go:debug containermaxprocs=1\n//go:debug x\n\npackage main\n";
        let expected = ("containermaxprocs".to_owned(), "1".to_owned());
        assert_eq!(header(FileId(0), text).debug, [expected]);
    }

    #[test]
    fn knows_generated_files_and_constraints() {
        let text =
            "// Code generated by Wire. DO NOT EDIT.\n\n//go:build !wireinject\n\npackage main\n";
        let header = header(FileId(0), text);
        assert!(header.generated);
        assert!(header.constraint.is_some());
        assert!(
            !super::header(FileId(0), "package a\n// Code generated x DO NOT EDIT.\n").generated
        );
    }
}
