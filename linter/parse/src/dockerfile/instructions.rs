//! The arguments of one instruction: flags, words, exec or shell form.

use goready_model::{
    Command, CommandWord, CopyInstruction, Field, Instruction, Located, Place, PlatformArgument,
    RunCommand, Script, ShellWord, SimpleCommand, SourceText, Statement, WordPart,
};

use super::{exec, lines::Line, scope::Scope};
use crate::{
    build::{expand::is_resolved, shell},
    secrets::names_credential,
};

/// Reads the arguments of a line.
pub(super) struct Reader<'l> {
    line: &'l Line,
    flags: Vec<Flag>,
    /// Behind the flags.
    rest: SourceText,
}

/// `--name=value`.
struct Flag {
    name: String,
    value: Option<Located<String>>,
}

/// `FROM` before its base is resolved.
pub(super) struct From {
    pub(super) platform: Option<Located<String>>,
    pub(super) base: ShellWord,
    pub(super) name: Option<Located<String>>,
}

/// One variable of `ENV`.
pub(super) struct Pair {
    pub(super) name: Located<String>,
    /// `${NAME}` stands for what is not known.
    pub(super) value: Located<String>,
}

impl Pair {
    pub(super) fn into_instruction(self) -> Instruction {
        let value = if is_resolved(&self.value.value) {
            Field::Set(self.value)
        } else {
            Field::Dynamic(self.value.place)
        };
        Instruction::Env { name: self.name, value }
    }
}

impl<'l> Reader<'l> {
    pub(super) fn new(line: &'l Line) -> Self {
        let text = &line.arguments;
        let takes_flags = matches!(&*line.keyword, "FROM" | "RUN" | "COPY" | "ADD" | "HEALTHCHECK");
        let mut flags = Vec::new();
        let mut at = 0;
        if takes_flags {
            let all = text.as_str();
            loop {
                let blank = all[at..].len() - all[at..].trim_start().len();
                let rest = &all[at + blank..];
                if !rest.starts_with("--") {
                    break;
                }
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                flags.extend(flag(text, at + blank, at + blank + end));
                at += blank + end;
            }
        }
        Self { line, flags, rest: text.range(at..text.as_str().len()) }
    }

    fn flag(&self, name: &str) -> Option<Located<String>> {
        self.flags.iter().find(|it| it.name == name)?.value.clone()
    }

    pub(super) fn from(&self) -> Option<From> {
        let mut words = shell::words(&self.rest).into_iter().map(|(_, word)| word);
        let base = words.next()?;
        let name = match (words.next(), words.next()) {
            (Some(keyword), Some(name)) if keyword.written().eq_ignore_ascii_case("as") => {
                Some(Located::new(name.written(), name.place))
            }
            _ => None,
        };
        Some(From { platform: self.flag("platform"), base, name })
    }

    /// `ARG a b=c`.
    pub(super) fn arguments(&self, scope: &Scope) -> Vec<PlatformArgument> {
        let words = shell::words(&self.rest).into_iter();
        words
            .map(|(range, word)| {
                let (name, default) = match self.pair(range, scope) {
                    Some(Pair { name, value }) => (name, Some(value)),
                    None => (Located::new(word.written(), word.place), None),
                };
                let credential = names_credential(&name.value);
                PlatformArgument { name, default, credential }
            })
            .collect()
    }

    /// `ENV a=b c=d`, or the old `ENV a the rest of the line`.
    pub(super) fn environment(&self, scope: &Scope) -> Vec<Pair> {
        let words = shell::words(&self.rest);
        let Some((first, word)) = words.first() else { return Vec::new() };
        if !self.rest.as_str().get(first.clone()).is_some_and(|it| it.contains('=')) {
            let range = first.end..self.rest.as_str().len();
            let text = self.rest.range(range.clone());
            let start = range.start + text.as_str().len() - text.as_str().trim_start().len();
            let end = (start + text.as_str().trim().len()).max(start);
            let Some(place) = self.rest.place(start..end) else { return Vec::new() };
            let value = scope.expand_text(&self.rest.range(start..end));
            let name = Located::new(word.written(), word.place);
            return vec![Pair { name, value: Located::new(value, place) }];
        }
        words.into_iter().filter_map(|(range, _)| self.pair(range, scope)).collect()
    }

    /// `name=value` in one word.
    fn pair(&self, range: std::ops::Range<usize>, scope: &Scope) -> Option<Pair> {
        let text = self.rest.as_str().get(range.clone())?;
        let equals = range.start + text.find('=')?;
        let name = self.rest.as_str().get(range.start..equals)?.trim_matches(['"', '\'']);
        let name = Located::new(name.to_owned(), self.rest.place(range.start..equals)?);
        let value = self.rest.range(equals + 1..range.end);
        let place = self.rest.place(equals + 1..range.end)?;
        Some(Pair { name, value: Located::new(scope.expand_text(&value), place) })
    }

    /// The instruction as facts; several for `ARG` with several variables, none when nothing of
    /// it is readable.
    pub(super) fn instructions(&self, scope: &Scope) -> Vec<Instruction> {
        let one = match &*self.line.keyword {
            "ARG" => {
                return self.arguments(scope).into_iter().map(Instruction::Arg).collect();
            }
            "RUN" => Some(Instruction::Run(self.run(scope))),
            "COPY" | "ADD" => self.copy(scope).map(Instruction::Copy),
            "WORKDIR" => self.whole().map(|(text, place)| {
                Instruction::Workdir(Located::new(scope.expand_text(&text), place))
            }),
            "USER" => self.known(scope).map(Instruction::User),
            "EXPOSE" => {
                let words = shell::words(&self.rest).into_iter();
                let ports =
                    words.map(|(_, it)| Located::new(scope.expand(&it.parts), it.place)).collect();
                Some(Instruction::Expose(ports))
            }
            "ENTRYPOINT" => self.command().map(Instruction::Entrypoint),
            "CMD" => self.command().map(Instruction::Cmd),
            "STOPSIGNAL" => self.whole().map(|(text, place)| {
                Instruction::StopSignal(Located::new(scope.expand_text(&text), place))
            }),
            "HEALTHCHECK" => Some(Instruction::Healthcheck(self.healthcheck())),
            name => Some(Instruction::Other { name: name.to_owned(), place: self.line.place }),
        };
        one.into_iter().collect()
    }

    /// The arguments without blanks around them, `None` when there are none.
    fn whole(&self) -> Option<(SourceText, Place)> {
        let all = self.rest.as_str();
        let start = all.len() - all.trim_start().len();
        let end = start + all.trim().len();
        (start < end).then_some(())?;
        Some((self.rest.range(start..end), self.rest.place(start..end)?))
    }

    /// One expanded value; `None` inside when a variable in it is not known.
    fn known(&self, scope: &Scope) -> Option<Located<Option<String>>> {
        let (text, place) = self.whole()?;
        let value = scope.expand_text(&text);
        Some(Located::new(Some(value).filter(|it| is_resolved(it)), place))
    }

    fn run(&self, scope: &Scope) -> RunCommand {
        let mut text = self.rest.clone();
        let script = match exec::items(&self.rest) {
            Some(items) => exec_script(&items),
            None => {
                match &*self.line.heredocs {
                    [heredoc] if runs_heredoc(self.rest.as_str()) => text = heredoc.body.clone(),
                    heredocs => {
                        for heredoc in heredocs {
                            let end = self.line.place.at;
                            text.push_replaced("\n", end);
                            text.push_range(&heredoc.body, 0..heredoc.body.as_str().len());
                            text.push_replaced(&heredoc.name, end);
                            text.push_replaced("\n", end);
                        }
                    }
                }
                shell::parse(&text)
            }
        };
        let mounts = self.flags.iter().filter(|it| it.name == "mount");
        RunCommand {
            place: self.line.place,
            text: text.as_str().trim().to_owned(),
            commands: script.commands().into_iter().map(command_words).collect(),
            script,
            environment: scope.all(),
            mounts: mounts.filter_map(|it| it.value.clone()).collect(),
        }
    }

    fn copy(&self, scope: &Scope) -> Option<CopyInstruction> {
        let mut paths: Vec<Located<String>> = match exec::items(&self.rest) {
            Some(items) => items,
            None => shell::words(&self.rest)
                .into_iter()
                .map(|(_, it)| Located::new(scope.expand(&it.parts), it.place))
                .collect(),
        };
        let destination = paths.pop()?;
        paths.retain(|it| !it.value.starts_with("<<"));
        Some(CopyInstruction {
            place: self.line.place,
            add: self.line.keyword == "ADD",
            from: self.flag("from"),
            parents: self.flags.iter().any(|it| it.name == "parents"),
            excludes: self
                .flags
                .iter()
                .filter(|it| it.name == "exclude")
                .filter_map(|it| it.value.clone())
                .collect(),
            sources: paths,
            destination,
        })
    }

    fn command(&self) -> Option<Command> {
        command(&self.rest, self.line.place)
    }

    fn healthcheck(&self) -> Option<Command> {
        let text = self.rest.as_str();
        let start = text.len() - text.trim_start().len();
        let is_command = text[start..].get(..3).is_some_and(|it| it.eq_ignore_ascii_case("cmd"));
        is_command.then(|| command(&self.rest.range(start + 3..text.len()), self.line.place))?
    }
}

fn flag(text: &SourceText, start: usize, end: usize) -> Option<Flag> {
    let word = text.as_str().get(start + 2..end)?;
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => {
            let from = start + 2 + name.len() + 1;
            let bare = value.trim_matches('"');
            (name, Some(Located::new(bare.to_owned(), text.place(from..end)?)))
        }
        None => (word, None),
    };
    Some(Flag { name: name.to_owned(), value })
}

/// Whether the text of a `RUN` only hands its here document to a shell.
fn runs_heredoc(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|it| !it.starts_with("<<"));
    let first = words.next();
    let is_shell = first.is_none_or(is_shell);
    is_shell && words.all(|it| it.starts_with('-'))
}

/// Whether a word names a POSIX shell.
fn is_shell(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    matches!(name, "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh")
}

/// The exec form as a script of one command; `["sh", "-c", text]` as that text.
fn exec_script(items: &[Located<String>]) -> Script {
    if let Some(script) = shell_text(items) {
        return script;
    }
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        return Script::default();
    };
    let words = items.iter().map(|it| ShellWord {
        // BuildKit expands no variables here, the kernel neither.
        parts: vec![WordPart::Text { text: it.value.clone(), quoted: true }],
        place: it.place,
        // A word of the shell cannot replace a JSON string.
        verbatim: false,
        inside: None,
    });
    Script {
        statements: vec![Statement::Command(SimpleCommand {
            place: first.place.at.cover(last.place.at).into(),
            assignments: Vec::new(),
            words: words.collect(),
            piped: false,
            negated: false,
        })],
    }
}

/// The script of `["sh", "-c", text, ...]`; also what a pod's `command` may be.
pub fn shell_text(items: &[Located<String>]) -> Option<Script> {
    let (first, rest) = items.split_first()?;
    if !is_shell(&first.value) {
        return None;
    }
    let flag = rest.iter().position(|it| it.value.starts_with('-') && it.value.contains('c'))?;
    let text = rest.get(flag + 1)?;
    let mut source = SourceText::default();
    let quoted = text.place.at;
    let length = (quoted.end - quoted.start) as usize;
    if length == text.value.len() + 2 && text.place.from.is_none() {
        let inner = goready_model::Span { start: quoted.start + 1, ..quoted };
        source.push_verbatim(&text.value, inner);
    } else {
        source.push_replaced(&text.value, quoted);
    }
    Some(shell::parse(&source))
}

fn command(text: &SourceText, place: Place) -> Option<Command> {
    if let Some(words) = exec::items(text) {
        let script = shell_text(&words).unwrap_or_default();
        return Some(Command { place, shell: false, words, script });
    }
    let all = text.as_str();
    let start = all.len() - all.trim_start().len();
    let range = start..start + all.trim().len();
    (!range.is_empty()).then_some(())?;
    let words = vec![Located::new(all[range.clone()].to_owned(), text.place(range)?)];
    Some(Command { place, shell: true, words, script: shell::parse(text) })
}

/// The words of a command as rules see them, assignments first.
fn command_words(command: &SimpleCommand) -> Vec<CommandWord> {
    let assigned = command.assignments.iter().map(|it| {
        let values: Vec<String> = it.values.iter().map(ShellWord::written).collect();
        CommandWord { text: format!("{}={}", it.name, values.join(" ")), place: it.place }
    });
    let words = command.words.iter().map(|it| CommandWord { text: it.written(), place: it.place });
    assigned.chain(words).collect()
}
