//! `go.mod` and `go.work`: the directives that decide packages and versions (golang.org/ref/mod).

use goready_model::{FileId, GoMod, GoVersion, Located, Place, Problem, ProblemKind};

/// A `go.work` file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoWork {
    /// Directories of `use`, as written.
    pub uses: Vec<String>,
    /// `replace`: old path, new path or local directory.
    pub replaces: Vec<(String, String)>,
    pub go: Option<Located<GoVersion>>,
}

/// Reads a go.mod. Without a `module` line there is no module, and `None`.
pub fn go_mod(file: FileId, path: &str, text: &str) -> (Option<GoMod>, Vec<Problem>) {
    let dir = path.rsplit_once('/').map_or(".", |(dir, _)| dir).to_owned();
    let mut found = GoMod {
        file,
        dir,
        module: String::new(),
        go: None,
        toolchain: None,
        godebug: Vec::new(),
        requires: Vec::new(),
        replaces: Vec::new(),
    };
    each_directive(text, &mut |verb, words| match (verb, words) {
        ("module", [path, ..]) => found.module = path.text.to_owned(),
        ("go", [version, ..]) => found.go = version.version(file),
        ("toolchain", [version, ..]) => found.toolchain = version.version(file),
        ("godebug", [setting, ..]) => {
            let pair = setting.text.split_once('=');
            found.godebug.extend(pair.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        ("require", [path, version, ..]) => {
            found.requires.push((path.text.to_owned(), version.text.to_owned()));
        }
        ("replace", words) => found.replaces.extend(replacement(words)),
        _ => {}
    });
    if found.module.is_empty() {
        let problem = Problem {
            kind: ProblemKind::Syntax,
            place: Place::new(file, 0, 0),
            message: "go.mod has no module line".to_owned(),
            related: None,
        };
        return (None, vec![problem]);
    }
    (Some(found), Vec::new())
}

/// Reads a go.work.
pub fn go_work(file: FileId, text: &str) -> GoWork {
    let mut found = GoWork::default();
    each_directive(text, &mut |verb, words| match (verb, words) {
        ("use", [dir, ..]) => found.uses.push(dir.text.to_owned()),
        ("go", [version, ..]) => found.go = version.version(file),
        ("replace", words) => found.replaces.extend(replacement(words)),
        _ => {}
    });
    found
}

/// `old [version] => new [version]`.
fn replacement(words: &[Word<'_>]) -> Option<(String, String)> {
    let arrow = words.iter().position(|it| it.text == "=>")?;
    Some((words.first()?.text.to_owned(), words.get(arrow + 1)?.text.to_owned()))
}

#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    start: usize,
}

impl Word<'_> {
    fn version(&self, file: FileId) -> Option<Located<GoVersion>> {
        let place = Place::new(file, self.start, self.start + self.text.len());
        GoVersion::parse(self.text).map(|it| Located::new(it, place))
    }
}

/// Calls back for each directive, those in parentheses with the verb before the parenthesis.
fn each_directive<'a>(text: &'a str, visit: &mut dyn FnMut(&'a str, &[Word<'a>])) {
    let mut block: Option<&str> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let words = words(line, start);
        start += line.len();
        match (block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [only]) if only.text == ")" => block = None,
            (Some(verb), words) => visit(verb, words),
            (None, [verb, paren]) if paren.text == "(" => block = Some(verb.text),
            (None, [verb, rest @ ..]) => visit(verb.text, rest),
        }
    }
}

/// Words of a line without its comment and quotes.
fn words(line: &str, start: usize) -> Vec<Word<'_>> {
    let line = line.find("//").map_or(line, |at| &line[..at]);
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() {
            return words;
        }
        let at = start + (line.len() - trimmed.len());
        let quote = trimmed.chars().next().filter(|it| matches!(it, '"' | '`'));
        let (text, offset, used) = if let Some(quote) = quote {
            let end = trimmed[1..].find(quote).map_or(trimmed.len(), |it| it + 1);
            (&trimmed[1..end], 1, (end + 1).min(trimmed.len()))
        } else {
            let end = trimmed
                .find(|it: char| it.is_whitespace() || it == '(' || it == ')')
                .unwrap_or(trimmed.len())
                .max(1);
            (&trimmed[..end], 0, end)
        };
        words.push(Word { text, start: at + offset });
        rest = &trimmed[used..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "module example.com/shop // the shop\n\ngo 1.24.2\ntoolchain go1.25.1\n\nrequire (\n\tgoogle.golang.org/grpc v1.70.0\n\t\"github.com/a/b\" v1.0.0 // indirect\n)\nrequire github.com/c/d/v2 v2.1.0\nreplace github.com/a/b => ../b\nreplace (\n\tx.org/y v1.0.0 => z.org/y v1.2.3\n)\n";

    #[test]
    fn reads_the_directives_that_matter() {
        let (found, problems) = go_mod(FileId(3), "src/go.mod", TEXT);
        assert!(problems.is_empty());
        let found = found.unwrap();
        assert_eq!((found.dir.as_str(), found.module.as_str()), ("src", "example.com/shop"));
        let go = found.go.unwrap();
        assert_eq!(go.value.to_string(), "1.24.2");
        assert_eq!(&TEXT[go.place.at.start as usize..go.place.at.end as usize], "1.24.2");
        assert_eq!(found.toolchain.unwrap().value.to_string(), "1.25.1");
        assert_eq!(found.requires.len(), 3);
        assert_eq!(found.requires[1], ("github.com/a/b".to_owned(), "v1.0.0".to_owned()));
        assert_eq!(found.replaces[0], ("github.com/a/b".to_owned(), "../b".to_owned()));
        assert_eq!(found.replaces[1], ("x.org/y".to_owned(), "z.org/y".to_owned()));
    }

    #[test]
    fn a_file_without_module_is_a_problem() {
        let (found, problems) = go_mod(FileId(0), "go.mod", "go 1.21\n");
        assert!(found.is_none());
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn reads_workspaces() {
        let found = go_work(FileId(0), "go 1.25\nuse (\n\t.\n\t./tools\n)\nuse ./x\n");
        assert_eq!(found.uses, [".", "./tools", "./x"]);
    }
}
