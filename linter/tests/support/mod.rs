//! Shared by the test binaries: reading fixture repositories, running the engine on them, and
//! reading expectations.

#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at a broken fixture")]

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use goready::{
    config::{self, Layer, Selection, Selector},
    engine::{Analysis, Engine},
};
use goready_model::{Category, LineIndex, Profile};
use walkdir::WalkDir;

/// A virtual repository: path and bytes.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// The fixtures.
pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Subdirectories in order; none when `dir` does not exist.
pub(crate) fn directories(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<_> =
        entries.flatten().map(|it| it.path()).filter(|it| it.is_dir()).collect();
    found.sort();
    found
}

/// All files below `dir` with paths relative to it, without the harness' own files.
pub(crate) fn read_repository(dir: &Path) -> Files {
    let mut files: Files = WalkDir::new(dir)
        .sort_by_file_name()
        .into_iter()
        .map(Result::unwrap)
        .filter(|it| it.file_type().is_file())
        .map(|it| {
            let relative = it.path().strip_prefix(dir).unwrap().to_string_lossy();
            (relative.replace('\\', "/"), fs::read(it.path()).unwrap())
        })
        .collect();
    files.retain(|(path, _)| path != "expected.txt" && path != "expect.txt");
    files.sort();
    files
}

/// Runs the engine on a virtual repository with one rule, or with all of them as users get them.
///
/// The meta rules speak of what the other rules did, so those run too and are left out of the
/// answer.
pub(crate) fn analyse(files: Files, rule: Option<&'static str>) -> Analysis {
    let meta = rule.and_then(config::rule);
    let about_rules = meta.is_some_and(|it| it.category == Category::Meta);
    let select = match rule {
        Some(rule) if !about_rules => vec![Selector::Rule(rule)],
        Some(_) => vec![Selector::All],
        None => Vec::new(),
    };
    let settled = files
        .iter()
        .find(|(path, _)| path == "goready.toml")
        .map(|(path, text)| config::parse(path, &String::from_utf8_lossy(text)));
    // A mutated configuration is no configuration.
    let mut config = settled.and_then(Result::ok).map(|it| it.config).unwrap_or_default();
    config.set_today(TODAY);
    if !select.is_empty() {
        config.selection = Selection {
            profile: Profile::Strict,
            layers: vec![Layer { select: Some(select), ..Layer::default() }],
        };
    }
    let mut engine = Engine::new(config);
    engine.set_files(files);
    let mut analysis = engine.check();
    if about_rules {
        analysis.findings.retain(|it| Some(it.rule) == rule);
    }
    analysis
}

/// The day on which suppressions of the fixtures are read.
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 25);

/// A line and column for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    pub(crate) fn of(analysis: &Analysis, place: goready_model::Place) -> Self {
        let span = place.editable();
        let Some(source) = analysis.sources.get(span.file) else {
            return Self { path: String::new(), line: 0, column: 0 };
        };
        let at = LineIndex::new(&source.text).scalar_position(&source.text, span.start);
        Self { path: source.path.to_string(), line: at.line, column: at.column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, self.line, self.column)
    }
}

/// What a comment in a fixture asks for.
#[derive(Debug, Clone)]
pub(crate) struct Expectation {
    pub(crate) path: String,
    pub(crate) line: u32,
    pub(crate) column: Option<u32>,
    pub(crate) rule: String,
    pub(crate) label: bool,
}

impl Expectation {
    pub(crate) fn place_matches(&self, place: &Place) -> bool {
        self.path == place.path
            && self.line == place.line
            && self.column.is_none_or(|it| it == place.column)
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = if self.label { "label of " } else { "" };
        write!(f, "{}:{} {label}{}", self.path, self.line, self.rule)
    }
}

/// All expectations of a case: comments in its files, and `expect.txt`.
pub(crate) fn expectations(dir: &Path, files: &Files) -> Vec<Expectation> {
    let mut found = Vec::new();
    for (path, bytes) in files {
        let text = String::from_utf8_lossy(bytes);
        let mut waiting = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let (marks, alone) = marks(line);
            let line = number as u32 + 1;
            let expectation = |(label, column, rule): Mark, line: u32| Expectation {
                path: path.clone(),
                line,
                column,
                rule,
                label,
            };
            if alone {
                waiting.extend(marks);
                continue;
            }
            found.extend(waiting.drain(..).map(|it| expectation(it, line)));
            found.extend(marks.into_iter().map(|it| expectation(it, line)));
        }
        assert!(waiting.is_empty(), "{path} ends in an expectation for no line");
    }
    if let Ok(text) = fs::read_to_string(dir.join("expect.txt")) {
        for line in text.lines().filter(|it| !it.trim().is_empty()) {
            let (place, rule) = line.split_once(' ').expect("path:line rule");
            let (path, line) = place.rsplit_once(':').expect("path:line");
            found.push(Expectation {
                path: path.to_owned(),
                line: line.parse().expect("a line number"),
                column: None,
                rule: rule.trim().to_owned(),
                label: false,
            });
        }
    }
    found
}

type Mark = (bool, Option<u32>, String);

/// The marks in a line, and whether the line holds nothing else.
fn marks(line: &str) -> (Vec<Mark>, bool) {
    let mut found = Vec::new();
    let mut first = line.len();
    for (start, marker, label) in line
        .match_indices("expect: ")
        .map(|(at, it)| (at, it, false))
        .chain(line.match_indices("expect(label): ").map(|(at, it)| (at, it, true)))
    {
        first = first.min(start);
        let mut words = line[start + marker.len()..].split_whitespace();
        let Some(word) = words.next() else { continue };
        let (column, rule) = match word.parse::<u32>() {
            Ok(column) => (Some(column), words.next().unwrap_or_default()),
            Err(_) => (None, word),
        };
        found.push((label, column, rule.trim_end_matches([',', '}', '*', '/']).to_owned()));
    }
    let before = line[..first].trim();
    let alone = !found.is_empty() && matches!(before, "#" | "//" | "{{/*" | "//go:build ignore //");
    (found, alone)
}

/// A rendering of all findings that is stable and easy to read in a diff.
pub(crate) fn render(analysis: &Analysis) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for finding in &analysis.findings {
        let place = Place::of(analysis, finding.place);
        let (outcome, confidence) = (finding.outcome.name(), finding.confidence.name());
        writeln!(text, "{place} {} ({outcome}, {confidence})", finding.rule).unwrap();
        writeln!(text, "  {}", finding.message).unwrap();
        if let Some(help) = &finding.help {
            writeln!(text, "  help: {help}").unwrap();
        }
        for related in &finding.related {
            writeln!(text, "  {}: {}", Place::of(analysis, related.place), related.message)
                .unwrap();
        }
        for fix in &finding.fixes {
            let safety = if fix.safety == goready_model::Safety::Safe { "safe" } else { "unsafe" };
            writeln!(text, "  {safety} fix: {}", fix.title).unwrap();
        }
    }
    text
}

/// Compares with a kept file; `UPDATE_EXPECT=1` rewrites it.
pub(crate) fn compare(file: &Path, actual: &str) -> Result<(), String> {
    let kept = fs::read_to_string(file).unwrap_or_default();
    if kept == actual {
        return Ok(());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        if actual.is_empty() {
            drop(fs::remove_file(file));
        } else {
            fs::write(file, actual).unwrap();
        }
        return Ok(());
    }
    Err(format!(
        "{} differs (UPDATE_EXPECT=1 rewrites it)\n--- kept\n{kept}--- now\n{actual}",
        file.display()
    ))
}

/// Named blocks of a rule's documentation.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) bad: Files,
    pub(crate) good: Files,
}

/// The blocks of Example and Use instead; `None` when Example has no named block.
pub(crate) fn example(docs: &str) -> Option<Example> {
    let bad = blocks(section(docs, "## Example")?);
    let good = section(docs, "## Use instead").map(blocks).unwrap_or_default();
    (!bad.is_empty()).then_some(Example { bad, good })
}

fn section<'d>(docs: &'d str, heading: &str) -> Option<&'d str> {
    let start = docs.find(&format!("{heading}\n"))? + heading.len() + 1;
    let end = docs[start..].find("\n## ").map_or(docs.len(), |it| start + it);
    Some(&docs[start..end])
}

fn blocks(section: &str) -> Files {
    let mut files = Files::new();
    let mut name = None;
    let mut block: Option<String> = None;
    for line in section.lines() {
        if line.starts_with("```") {
            match (block.take(), name.take()) {
                (Some(text), Some(path)) => files.push((path, text.into_bytes())),
                (Some(_), None) => {}
                (None, path) => {
                    name = path;
                    block = Some(String::new());
                }
            }
        } else if let Some(block) = &mut block {
            block.push_str(line);
            block.push('\n');
        } else if let Some(path) =
            line.trim().strip_prefix('`').and_then(|it| it.strip_suffix("`:"))
        {
            name = Some(path.to_owned());
        }
    }
    files
}
