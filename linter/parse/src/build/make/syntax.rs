//! Lines of a Makefile: assignments, rules with recipes, `define`, `include`, conditionals.

use goready_model::{
    FileId, Located, MakeCondition, MakeFlavor, MakeRule, MakeVariable, Makefile, Place,
    SourceText, Span,
};

/// Parses a Makefile.
pub fn parse(file: FileId, text: &str) -> Makefile {
    parse_text(&SourceText::verbatim(text, Span::new(file, 0, text.len())))
}

/// Parses a text that a Makefile is cut together from.
pub(super) fn parse_text(source: &SourceText) -> Makefile {
    let text = source.as_str();
    let mut reader = Reader {
        source,
        text,
        at: 0,
        makefile: Makefile::default(),
        conditions: Vec::new(),
        in_rule: false,
    };
    while reader.at < text.len() {
        reader.line();
    }
    reader.makefile
}

struct Reader<'t> {
    source: &'t SourceText,
    text: &'t str,
    at: usize,
    makefile: Makefile,
    /// Conditionals that are open, each with the conditions of the branch that is read.
    conditions: Vec<Vec<MakeCondition>>,
    /// A line that starts with a tab is a recipe line.
    in_rule: bool,
}

impl<'t> Reader<'t> {
    /// The next physical line and its offset.
    fn physical(&mut self) -> Option<(usize, &'t str)> {
        let rest = self.text.get(self.at..).filter(|it| !it.is_empty())?;
        let start = self.at;
        let end = rest.find('\n').unwrap_or(rest.len());
        self.at = (start + end + 1).min(self.text.len());
        Some((start, rest[..end].trim_end_matches('\r')))
    }

    /// Where a part of the text was written.
    fn place(&self, start: usize, length: usize) -> Place {
        let place = self.source.place(start..start + length);
        place.unwrap_or_else(|| Place::new(FileId(0), 0, 0))
    }

    /// A line with its continuations: each escaped line break and the blanks around it become one
    /// blank.
    fn logical(&mut self) -> Option<(usize, SourceText)> {
        let (first, mut line) = self.physical()?;
        let mut start = first;
        let mut text = SourceText::default();
        loop {
            let continued = ends_in_escape(line);
            let content = if continued { line[..line.len() - 1].trim_end() } else { line };
            text.push_range(self.source, start..start + content.len());
            if !continued {
                break;
            }
            let Some((next_start, next)) = self.physical() else { break };
            text.push_replaced(" ", self.place(start + content.len(), 0).at);
            let trimmed = next.trim_start();
            start = next_start + next.len() - trimmed.len();
            line = trimmed;
        }
        Some((first, text))
    }

    /// A recipe line with its continuations as they stand, a tab at their start dropped.
    fn recipe_line(&mut self) -> Option<SourceText> {
        let (mut start, mut line) = self.physical()?;
        let mut text = SourceText::default();
        loop {
            let content = line.strip_prefix('\t').unwrap_or(line);
            start += line.len() - content.len();
            text.push_range(self.source, start..start + content.len());
            if !ends_in_escape(line) {
                return Some(text);
            }
            let end = start + content.len();
            let Some(next) = self.physical() else { return Some(text) };
            text.push_replaced("\n", self.place(end, 0).at);
            (start, line) = next;
        }
    }

    fn line(&mut self) {
        if self.in_rule && self.text.as_bytes().get(self.at) == Some(&b'\t') {
            if let (Some(line), Some(rule)) = (self.recipe_line(), self.makefile.rules.last_mut()) {
                rule.recipe.push(line);
            }
            return;
        }
        let Some((start, text)) = self.logical() else { return };
        let line = without_comment(text.as_str());
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return;
        }
        let (word, rest) =
            trimmed.split_once(char::is_whitespace).map_or((trimmed, ""), |(a, b)| (a, b.trim()));
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                self.conditions.push(vec![condition(word, rest)]);
            }
            "endif" => drop(self.conditions.pop()),
            "else" => self.other_branch(rest),
            "vpath" | "unexport" | "endef" => {}
            "include" | "-include" | "sinclude" => {
                let place = self.place(start, line.len());
                let names = rest.split_whitespace();
                self.makefile.includes.extend(names.map(|it| Located::new(it.to_owned(), place)));
            }
            "define" => self.define(start, rest),
            "export" if rest.is_empty() => self.makefile.export_all = true,
            "export" if operator(rest).is_none() => {
                self.makefile.exports.extend(rest.split_whitespace().map(str::to_owned));
            }
            _ => self.assignment_or_rule(start, &text, line.len()),
        }
    }

    /// `else`, or `else ifeq (...)`: what held before does not hold.
    fn other_branch(&mut self, rest: &str) {
        let Some(branch) = self.conditions.last_mut() else { return };
        if let Some(last) = branch.last_mut() {
            last.equal = !last.equal;
        }
        let (word, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        if word.starts_with("if") {
            branch.push(condition(word, rest.trim()));
        }
    }

    fn define(&mut self, start: usize, rest: &str) {
        self.in_rule = false;
        let name = rest.trim_end_matches(['=', ':', '?', '+', ' ']).trim().to_owned();
        let mut value = SourceText::default();
        let mut depth = 1;
        while let Some((line_start, line)) = self.physical() {
            let word = line.split_whitespace().next().unwrap_or("");
            match word {
                "define" => depth += 1,
                "endef" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if !value.is_empty() {
                value.push_replaced("\n", self.place(line_start, 0).at);
            }
            value.push_range(self.source, line_start..line_start + line.len());
        }
        self.makefile.variables.push(MakeVariable {
            name,
            flavor: MakeFlavor::Recursive,
            value,
            target: None,
            exported: false,
            conditions: self.conditions.concat(),
            place: self.place(start, "define".len() + 1 + rest.len()),
        });
    }

    fn assignment_or_rule(&mut self, start: usize, text: &SourceText, end: usize) {
        let line = text.as_str().get(..end).unwrap_or("");
        let mut from = line.len() - line.trim_start().len();
        let mut exported = false;
        // `override export NAME = value`.
        loop {
            let rest = &line[from..];
            let Some(word) = ["export", "override", "private"]
                .into_iter()
                .find(|it| rest.strip_prefix(it).is_some_and(|it| it.starts_with([' ', '\t'])))
            else {
                break;
            };
            exported |= word == "export";
            from += word.len();
            from += line[from..].len() - line[from..].trim_start().len();
        }
        let Some(found) = operator(&line[from..]) else {
            if line.contains("$(eval") {
                self.makefile.evaluated.push(text.range(0..end));
            }
            return;
        };
        match found {
            Operator::Assign { flavor, at, length } => {
                self.in_rule = false;
                let name = line[from..from + at].trim().to_owned();
                let value_start = from + at + length;
                let variable = self.variable(&name, flavor, text, value_start, end, start);
                self.makefile.variables.push(MakeVariable { exported, ..variable });
            }
            Operator::Colon { at, length } => {
                self.rule(start, text, from, at, length, end);
            }
        }
    }

    fn variable(
        &self,
        name: &str,
        flavor: MakeFlavor,
        text: &SourceText,
        from: usize,
        end: usize,
        start: usize,
    ) -> MakeVariable {
        let raw = text.as_str().get(from..end).unwrap_or("");
        let value_start = from + raw.len() - raw.trim_start().len();
        // Blanks at the end count in make; no build means them.
        let value_end = value_start.max(from + raw.trim_end().len());
        let name_length =
            self.text.get(start..).map_or(0, |it| it.lines().next().unwrap_or("").len());
        MakeVariable {
            name: name.to_owned(),
            flavor,
            value: text.range(value_start..value_end),
            target: None,
            exported: false,
            conditions: self.conditions.concat(),
            place: self.place(start, name_length),
        }
    }

    fn rule(
        &mut self,
        start: usize,
        text: &SourceText,
        from: usize,
        at: usize,
        length: usize,
        end: usize,
    ) {
        let line = text.as_str();
        let targets_end = from + line[from..from + at].trim_end().len();
        let rest_start = from + at + length;
        let rest = line.get(rest_start..end).unwrap_or("");
        // `target: NAME = value` is an assignment for that target.
        if let Some(Operator::Assign { flavor, at: equals, length }) = operator(rest)
            && !rest[..equals].contains(';')
        {
            let exported = rest.trim_start().starts_with("export ");
            let name = rest[..equals].trim().trim_start_matches("export ").trim();
            let name = name.trim_start_matches("override ").trim().to_owned();
            let variable =
                self.variable(&name, flavor, text, rest_start + equals + length, end, start);
            let target = Some(line[from..targets_end].to_owned());
            self.makefile.variables.push(MakeVariable { target, exported, ..variable });
            self.in_rule = false;
            return;
        }
        // A recipe may follow on the same line.
        let recipe_at = rest.find(';');
        let prerequisites_end = rest_start + recipe_at.unwrap_or(rest.len());
        let recipe = recipe_at.map(|it| text.range(rest_start + it + 1..end));
        let prerequisites = text.range(rest_start..prerequisites_end);
        let Some(place) = text.place(from..targets_end) else { return };
        self.makefile.rules.push(MakeRule {
            targets: text.range(from..targets_end),
            prerequisites,
            recipe: recipe.into_iter().collect(),
            place,
        });
        self.in_rule = true;
    }
}

/// `(a,b)`, `"a" "b"`, or a variable's name.
fn condition(word: &str, rest: &str) -> MakeCondition {
    let equal = matches!(word, "ifeq" | "ifndef");
    if matches!(word, "ifdef" | "ifndef") {
        return MakeCondition { left: format!("$({})", rest.trim()), right: String::new(), equal };
    }
    let inner = rest.trim().strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let (left, right) = match inner {
        Some(inner) => {
            let mut depth = 0_i32;
            let comma = inner.char_indices().find(|(_, it)| {
                match it {
                    '(' | '{' => depth += 1,
                    ')' | '}' => depth -= 1,
                    _ => {}
                }
                *it == ',' && depth == 0
            });
            comma.map_or((inner, ""), |(at, _)| (&inner[..at], &inner[at + 1..]))
        }
        None => rest.trim().split_once(' ').unwrap_or((rest, "")),
    };
    let bare = |it: &str| it.trim().trim_matches(['"', '\'']).to_owned();
    MakeCondition { left: bare(left), right: bare(right), equal }
}

/// What makes a line an assignment or a rule.
enum Operator {
    Assign { flavor: MakeFlavor, at: usize, length: usize },
    Colon { at: usize, length: usize },
}

/// The first assignment operator or colon outside of references.
fn operator(line: &str) -> Option<Operator> {
    let mut depth = 0_usize;
    for (at, next) in line.char_indices() {
        let rest = &line[at..];
        match next {
            '(' | '{' if depth > 0 || line[..at].ends_with('$') => depth += 1,
            ')' | '}' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            '=' => return Some(Operator::Assign { flavor: MakeFlavor::Recursive, at, length: 1 }),
            '?' | '+' | '!' if rest[1..].starts_with('=') => {
                let flavor = match next {
                    '?' => MakeFlavor::Conditional,
                    '+' => MakeFlavor::Append,
                    _ => MakeFlavor::Shell,
                };
                return Some(Operator::Assign { flavor, at, length: 2 });
            }
            ':' => {
                let colons = rest.len() - rest.trim_start_matches(':').len();
                if rest[colons..].starts_with('=') {
                    let flavor = MakeFlavor::Simple;
                    return Some(Operator::Assign { flavor, at, length: colons + 1 });
                }
                return Some(Operator::Colon { at, length: colons.min(2) });
            }
            _ => {}
        }
    }
    None
}

/// Whether a line ends in an odd number of backslashes.
fn ends_in_escape(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

/// The line up to a `#` that no backslash escapes.
fn without_comment(line: &str) -> &str {
    let comment = line
        .char_indices()
        .find(|(at, next)| *next == '#' && !line[..*at].ends_with('\\'))
        .map_or(line.len(), |(at, _)| at);
    &line[..comment]
}
