//! Functions of other modules: what the configuration states, and what their code says.

use goready_model::{ProgramKind, SigtermVerdict};

use super::{GO_MOD, only};
use crate::{config, engine::Engine};

/// A service that hands everything to a framework nobody knows.
const MAIN: &str = "package main

import \"example.com/platform/runner\"

func main() {
	app := runner.Setup(\"orders\")
	app.Loop(\":8080\")
}
";

fn program(settings: &str, files: &[(&str, &str)]) -> goready_model::Program {
    let settled = config::parse("goready.toml", settings).unwrap();
    let mut engine = Engine::new(settled.config);
    let bytes = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    engine.set_files(files.iter().map(bytes).collect());
    only(engine.link().0)
}

fn stated(settings: &str) -> goready_model::Program {
    program(settings, &[("go.mod", GO_MOD), ("main.go", MAIN)])
}

const SETUP: &str =
    "[[model]]\npath = \"example.com/platform/runner\"\nreturns = { Setup = \"App\" }\n";

#[test]
fn a_stated_model_decides_what_an_unknown_framework_does() {
    let unknown = stated("");
    assert_eq!(unknown.sigterm.verdict, SigtermVerdict::Unknown);
    for (fields, expected) in [
        ("handles = true\ndrains = true", SigtermVerdict::Graceful),
        ("handles = true", SigtermVerdict::HandledNotDrained),
        ("", SigtermVerdict::NotHandled),
    ] {
        let entry =
            "[[model]]\npath = \"example.com/platform/runner\"\nfunc = \"App.Loop\"\naddress = 0\n";
        let program = stated(&format!("{SETUP}{entry}{fields}\n"));
        assert_eq!(program.sigterm.verdict, expected, "{fields}");
        assert_eq!(program.kind, ProgramKind::Service, "{fields}");
        assert_eq!(program.listens.len(), 1, "{fields}");
    }
}

#[test]
fn a_stated_function_gives_a_context_that_sigterm_ends() {
    let main = "package main

import (
	\"context\"
	\"net/http\"

	\"example.com/platform/signals\"
)

func main() {
	ctx := signals.Root()
	srv := &http.Server{Addr: \":8080\"}
	go srv.ListenAndServe()
	<-ctx.Done()
	srv.Shutdown(context.Background())
}
";
    let settings = "[[model]]\npath = \"example.com/platform/signals\"\nfunc = \"Root\"\neffect = \"signal-context\"\n";
    let program = program(settings, &[("go.mod", GO_MOD), ("main.go", main)]);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::Graceful);
    assert_eq!(program.sigterm.model.as_deref(), Some("example.com/platform/signals"));
}

#[test]
fn a_stated_model_holds_for_its_major_version_only() {
    let entry = |path: &str| {
        format!(
            "{SETUP}[[model]]\npath = \"{path}\"\nfunc = \"App.Loop\"\nhandles = true\ndrains = true\n"
        )
    };
    let verdict = |path| stated(&entry(path)).sigterm.verdict;
    assert_eq!(verdict("example.com/platform/runner"), SigtermVerdict::Graceful);
    assert_eq!(verdict("example.com/platform/runner/v2"), SigtermVerdict::Unknown);
}

#[test]
fn a_stated_model_goes_before_a_built_in_one() {
    let main = "package main

import \"github.com/gin-gonic/gin\"

func main() {
	r := gin.Default()
	r.Run()
}
";
    let files = [("go.mod", GO_MOD), ("main.go", main)];
    assert_eq!(program("", &files).sigterm.verdict, SigtermVerdict::NotHandled);
    let fork = "[[model]]\npath = \"github.com/gin-gonic/gin\"\nfunc = \"Engine.Run\"\nhandles = true\ndrains = true\n";
    assert_eq!(program(fork, &files).sigterm.verdict, SigtermVerdict::Graceful);
}
