//! `justfile`: recipes as jobs (just 1.40, casey/just `GRAMMAR.md`).
//!
//! Variables with literal values are filled in; parameters, expressions and commands in backticks
//! are not known. Imports, modules and conditionals are left out.

use std::collections::BTreeMap;

use goready_model::{FileId, Job, JobStep, ShellAssignment, ShellWord, SourceText, Span, WordPart};

use super::{shell, yaml::templated};
use crate::Source;

/// The recipes of a file; `directory` is where they run.
pub(super) fn read(source: &Source<'_>, directory: &str) -> Vec<Job> {
    let mut reader = Reader {
        file: source.file,
        text: source.text,
        variables: BTreeMap::new(),
        environment: Vec::new(),
        recipes: Vec::new(),
    };
    reader.lines();
    let Reader { variables, environment, recipes, .. } = reader;
    let lookup = |expression: &str| variables.get(expression.trim()).cloned();
    let job = |recipe: Recipe| Job {
        name: recipe.name,
        steps: recipe
            .scripts
            .iter()
            .filter_map(|text| {
                let place = text.place(0..text.as_str().len())?;
                let script = shell::parse(&templated(text, "{{", "}}", &lookup));
                let environment = environment.clone();
                Some(JobStep { place, script, environment, directory: Some(directory.to_owned()) })
            })
            .collect(),
        publishes: true,
    };
    recipes.into_iter().map(job).collect()
}

struct Recipe {
    name: String,
    /// Each has a shell of its own.
    scripts: Vec<SourceText>,
    /// The whole body is one script with an interpreter.
    shebang: bool,
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    variables: BTreeMap<String, String>,
    environment: Vec<ShellAssignment>,
    recipes: Vec<Recipe>,
}

impl Reader<'_> {
    fn lines(&mut self) {
        let mut start = 0;
        let mut in_recipe = false;
        let mut continued = false;
        for line in self.text.split_inclusive('\n') {
            let at = start;
            start += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            if line.trim().is_empty() {
                continued = false;
                continue;
            }
            if line.starts_with([' ', '\t']) {
                if in_recipe {
                    self.body(at, line, continued);
                }
                continued = line.ends_with('\\');
                continue;
            }
            continued = false;
            in_recipe = self.item(at, line);
        }
    }

    /// A line at the first column: whether it starts a recipe.
    fn item(&mut self, at: usize, line: &str) -> bool {
        if line.starts_with(['#', '[']) {
            return false;
        }
        let (line, exported) = match line.strip_prefix("export ") {
            Some(rest) => (rest, true),
            None => (line, false),
        };
        if let Some((name, value)) = line.split_once(":=") {
            let name = name.trim();
            // `set shell := [...]` and `alias b := build` are no variables.
            if !name.contains(' ')
                && let Some(value) = literal(value)
            {
                if exported {
                    self.export(name, &value, at, line.len());
                }
                self.variables.insert(name.to_owned(), value);
            }
            return false;
        }
        let header = line.trim_start_matches('@');
        let name: String = header
            .chars()
            .take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'))
            .collect();
        if name.is_empty() || !header.contains(':') {
            return false;
        }
        self.recipes.push(Recipe { name, scripts: Vec::new(), shebang: false });
        true
    }

    fn export(&mut self, name: &str, value: &str, at: usize, length: usize) {
        let place = Span::new(self.file, at, at + length).into();
        let parts = vec![WordPart::Text { text: value.to_owned(), quoted: true }];
        self.environment.push(ShellAssignment {
            name: name.to_owned(),
            values: vec![ShellWord { parts, place, verbatim: false, inside: None }],
            append: false,
            place,
        });
    }

    /// A line of the last recipe's body.
    fn body(&mut self, at: usize, line: &str, continued: bool) {
        let file = self.file;
        let Some(recipe) = self.recipes.last_mut() else { return };
        let trimmed = line.trim_start();
        let at = at + line.len() - trimmed.len();
        if recipe.scripts.is_empty() && trimmed.starts_with("#!") {
            recipe.shebang = true;
        }
        // `@` keeps the line from being printed, `-` lets it fail.
        let plain = recipe.shebang || continued;
        let command = if plain { trimmed } else { trimmed.trim_start_matches(['@', '-']) };
        let at = at + trimmed.len() - command.len();
        let span = Span::new(file, at, at + command.len());
        match recipe.scripts.last_mut() {
            Some(script) if recipe.shebang || continued => {
                script.push_replaced("\n", Span::new(file, at, at));
                script.push_verbatim(command, span);
            }
            _ => recipe.scripts.push(SourceText::verbatim(command, span)),
        }
    }
}

/// A value that is one string.
fn literal(value: &str) -> Option<String> {
    let value = value.trim();
    let quoted = |quote: char| {
        let inner = value.strip_prefix(quote)?.split_once(quote)?;
        let rest = inner.1.trim();
        (rest.is_empty() || rest.starts_with('#')).then(|| inner.0.to_owned())
    };
    quoted('\'').or_else(|| quoted('"').filter(|it| !it.contains('\\')))
}
