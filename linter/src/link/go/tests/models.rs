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

// What the code of others says.

/// A framework without a model: it catches SIGTERM and shuts down, or does not.
fn framework(stop: &str) -> String {
    format!(
        "package runner

import (
	\"context\"
	\"net/http\"
	\"os\"
	\"os/signal\"
	\"syscall\"
	\"time\"
)

type App struct {{
	name string
}}

func Setup(name string) *App {{ return &App{{name: name}} }}

func (a *App) Loop(addr string) {{
	srv := &http.Server{{Addr: addr}}
	done := make(chan struct{{}})
	go func() {{
		c := make(chan os.Signal)
		signal.Notify(c, syscall.SIGTERM)
		<-c
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = ctx
		{stop}
		close(done)
	}}()
	srv.ListenAndServe()
	<-done
}}
"
    )
}

const REQUIRING: &str =
    "module example.com/shop\n\ngo 1.26\n\nrequire example.com/platform v1.2.3\n";

fn vendored(stop: &str) -> Engine {
    let files = [
        ("go.mod", REQUIRING.to_owned()),
        ("main.go", MAIN.to_owned()),
        ("vendor/example.com/platform/runner/runner.go", framework(stop)),
    ];
    let mut engine = Engine::new(config::Config::default());
    engine.set_files(files.map(|(path, text)| (path.to_owned(), text.into_bytes())).to_vec());
    engine
}

#[test]
fn vendored_code_says_what_its_functions_do() {
    for (stop, expected) in
        [("srv.Shutdown(ctx)", SigtermVerdict::Graceful), ("", SigtermVerdict::HandledNotDrained)]
    {
        let stop = if stop.is_empty() { "os.Exit(0)" } else { stop };
        let program = only(vendored(stop).link().0);
        assert_eq!(program.sigterm.verdict, expected, "{stop}");
    }
}

#[test]
fn what_happens_in_vendored_code_stands_at_the_call_in_own_code() {
    let (project, sources) = vendored("srv.Shutdown(ctx)").link();
    let program = only(project);
    let places = program.sigterm.steps.iter().map(|it| it.place);
    let places = places.chain(program.servers.iter().map(|it| it.place));
    let places = places.chain(program.listens.iter().map(|it| it.place));
    let places: Vec<_> = places.chain(program.drain.steps.iter().map(|it| it.place)).collect();
    assert!(places.len() > 4, "{places:?}");
    for place in places {
        assert_eq!(sources.path(place.at.file), "main.go", "{program:?}");
    }
    assert!(program.shutdowns.is_empty(), "how others stop a server is not for the project");
    assert!(program.signals.is_empty());
    assert_eq!(program.drain.total().map(|it| it.as_secs()), Some(20));
}

#[test]
fn nothing_is_reported_in_code_of_others() {
    let layer =
        config::Layer { select: Some(vec![config::Selector::All]), ..config::Layer::default() };
    let selection =
        config::Selection { profile: goready_model::Profile::Strict, layers: vec![layer] };
    let mut engine = vendored("os.Exit(1)");
    engine.set_config(config::Config { selection, ..config::Config::default() });
    let analysis = engine.check();
    let paths: Vec<&str> =
        analysis.findings.iter().map(|it| analysis.sources.path(it.place.at.file)).collect();
    assert!(paths.contains(&"main.go"), "{paths:?}");
    assert!(!paths.iter().any(|it| it.starts_with("vendor/")), "{paths:?}");
}

#[test]
fn a_model_goes_before_code() {
    let settings = format!(
        "{SETUP}[[model]]\npath = \"example.com/platform/runner\"\nfunc = \"App.Loop\"\nhandles = true\n"
    );
    let mut engine = vendored("srv.Shutdown(ctx)");
    engine.set_config(config::parse("goready.toml", &settings).unwrap().config);
    let program = only(engine.link().0);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::HandledNotDrained);
}

#[test]
fn the_module_cache_is_asked_for_what_programs_reach() {
    let unused = "package lost\n\nimport _ \"example.com/platform/lost\"\n";
    let files = [("go.mod", REQUIRING), ("main.go", MAIN), ("lost/lost.go", unused)];
    let mut engine = Engine::new(config::Config::default());
    let bytes = |(path, text): (&str, &str)| (path.to_owned(), text.as_bytes().to_vec());
    engine.set_files(files.map(bytes).to_vec());
    let verdict = |engine: &Engine| only(engine.link().0).sigterm.verdict;
    assert_eq!(verdict(&engine), SigtermVerdict::Unknown);
    let missing: Vec<String> = engine.missing_packages().into_iter().collect();
    assert_eq!(missing, ["example.com/platform@v1.2.3/runner"]);
    let path = format!("{}/runner.go", missing[0]);
    engine.add_foreign(vec![(path, framework("srv.Shutdown(ctx)").into_bytes())]);
    assert_eq!(engine.missing_packages().len(), 0);
    assert_eq!(verdict(&engine), SigtermVerdict::Graceful);
    let (project, _) = engine.link();
    assert_eq!(project.coverage.files, 3);
    assert_eq!(project.coverage.go_files, 2);
}
