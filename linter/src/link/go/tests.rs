//! Whole programs, from text to verdict, through the engine. Each is one way that real services
//! stop, cut down to what decides.

mod branches;
mod kinds;
mod models;

use std::fmt::Write as _;

use goready_model::{
    ContextState, Logging, Program, ProgramKind, Project, SignalChannel, SigtermVerdict,
};

use crate::{config::Config, engine::Engine};

const GO_MOD: &str = "module example.com/shop\n\ngo 1.26\n";

/// Imports that bodies may use, by the qualifier in the code.
const IMPORTS: [(&str, &str); 11] = [
    ("context.", "context"),
    ("errors.", "errors"),
    ("flag.", "flag"),
    ("fmt.", "fmt"),
    ("log.", "log"),
    ("http.", "net/http"),
    ("io.", "io"),
    ("os.", "os"),
    ("signal.", "os/signal"),
    ("sync.", "sync"),
    ("syscall.", "syscall"),
];

fn project(files: &[(&str, &str)], prefilter: bool) -> Project {
    let mut engine = Engine::new(Config { no_prefilter: !prefilter, ..Config::default() });
    let bytes = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    engine.set_files(files.iter().map(bytes).collect());
    engine.link().0
}

fn only(project: Project) -> Program {
    let [program] = <[Program; 1]>::try_from(project.programs).unwrap();
    program
}

/// A main package of one file, its imports added.
fn main_file(body: &str) -> String {
    let mut text = String::from("package main\n\nimport (\n");
    let time = ("time.", "time");
    for (qualifier, path) in IMPORTS.iter().chain([&time]) {
        if body.contains(qualifier) {
            let _ = writeln!(text, "\t\"{path}\"");
        }
    }
    text.push_str(")\n");
    text.push_str(body);
    text.push('\n');
    text
}

fn run(body: &str) -> Program {
    only(project(&[("go.mod", GO_MOD), ("main.go", &main_file(body))], true))
}

fn verdict(body: &str) -> SigtermVerdict {
    run(body).sigterm.verdict
}

/// A server that shuts down after the signal; the wait and the rest are filled in.
fn server(signals: &str, rest: &str) -> String {
    format!(
        "
func main() {{
	srv := &http.Server{{Addr: \":8080\"}}
	go srv.ListenAndServe()
	c := make(chan os.Signal, 1)
	signal.Notify(c, {signals})
	<-c
	{rest}
}}"
    )
}

#[test]
fn a_server_that_is_shut_down_after_the_signal_is_graceful() {
    let program = run(&server(
        "syscall.SIGTERM",
        "ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	srv.Shutdown(ctx)",
    ));
    assert_eq!(program.sigterm.verdict, SigtermVerdict::Graceful);
    assert_eq!(program.kind, ProgramKind::Service);
    assert_eq!(program.drain.total().map(|it| it.as_secs()), Some(10));
    let steps: Vec<&str> = program.sigterm.steps.iter().map(|it| it.what.as_str()).collect();
    for expected in ["serves", "registers SIGTERM", "waits for the signal", "shuts the server down"]
    {
        assert!(steps.iter().any(|it| it.contains(expected)), "{expected} in {steps:?}");
    }
}

#[test]
fn only_sigterm_counts() {
    for (signals, note, expected) in [
        ("os.Interrupt", "", SigtermVerdict::NotHandled),
        ("syscall.SIGINT, syscall.SIGHUP", "", SigtermVerdict::NotHandled),
        ("os.Interrupt, syscall.SIGTERM", "", SigtermVerdict::Graceful),
        ("", "no list means every signal", SigtermVerdict::Graceful),
    ] {
        let body = server(signals, "srv.Shutdown(context.Background())").replace("c, )", "c)");
        assert_eq!(verdict(&body), expected, "{signals} {note}");
    }
}

#[test]
fn a_server_that_main_leaves_behind_is_not_drained() {
    assert_eq!(verdict(&server("syscall.SIGTERM", "")), SigtermVerdict::HandledNotDrained);
}

#[test]
fn a_program_without_registration_is_not_handled() {
    for wait in
        ["select {}", "for { time.Sleep(time.Second) }", "http.ListenAndServe(\":8080\", nil)"]
    {
        let body =
            format!("\nfunc main() {{\n\tgo http.ListenAndServe(\":80\", nil)\n\t{wait}\n}}");
        assert_eq!(verdict(&body), SigtermVerdict::NotHandled, "{wait}");
    }
}

#[test]
fn a_registration_behind_a_blocking_call_is_unreachable() {
    let verdict = verdict(
        "
func main() {
	srv := &http.Server{Addr: \":8080\"}
	if err := srv.ListenAndServe(); err != nil {
		log.Fatal(err)
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
	srv.Shutdown(context.Background())
}",
    );
    assert_eq!(verdict, SigtermVerdict::HandlerUnreachable);
}

#[test]
fn a_handler_that_is_taken_back_handles_nothing() {
    let verdict = verdict(
        "
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	_ = ctx
	stop()
	http.ListenAndServe(\":8080\", nil)
}",
    );
    assert_eq!(verdict, SigtermVerdict::NotHandled);
}

/// A server that a goroutine shuts down while main serves.
fn served_by_main(before: &str, last: &str) -> String {
    format!(
        "
func main() {{
	srv := &http.Server{{Addr: \":8080\"}}
	done := make(chan struct{{}})
	go func() {{
		{before}
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		<-c
		srv.Shutdown(context.Background())
	}}()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {{
		log.Fatal(err)
	}}
	{last}
	_ = done
}}"
    )
}

#[test]
fn a_shutdown_that_nobody_waits_for_is_cut_by_the_end_of_main() {
    assert_eq!(verdict(&served_by_main("", "")), SigtermVerdict::HandledNotDrained);
    assert_eq!(verdict(&served_by_main("defer close(done)", "<-done")), SigtermVerdict::Graceful);
}

#[test]
fn a_fatal_call_on_the_error_of_a_closed_server_cuts_the_drain() {
    let program = run("
func main() {
	srv := &http.Server{Addr: \":8080\"}
	go func() { log.Fatal(srv.ListenAndServe()) }()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
	srv.Shutdown(context.Background())
}");
    assert_eq!(program.sigterm.verdict, SigtermVerdict::HandledNotDrained);
    assert_eq!(program.exit_after_sigterm.map(|it| it.code), Some(1));
}

#[test]
fn a_cancelled_context_shuts_nothing_down() {
    let program = run("
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	srv := &http.Server{Addr: \":8080\"}
	go srv.ListenAndServe()
	<-ctx.Done()
	srv.Shutdown(ctx)
}");
    assert_eq!(program.sigterm.verdict, SigtermVerdict::HandledNotDrained);
    assert!(matches!(program.shutdowns[0].state, ContextState::Cancelled(_)));
    assert!(program.shutdowns[0].context.is_some());
}

#[test]
fn grpc_serve_returns_only_after_the_graceful_stop() {
    let main = "package main

import (
	\"net\"
	\"os\"
	\"os/signal\"
	\"syscall\"

	\"google.golang.org/grpc\"
)

func main() {
	l, _ := net.Listen(\"tcp\", \":9000\")
	s := grpc.NewServer()
	go func() {
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		<-c
		s.GracefulStop()
	}()
	s.Serve(l)
}
";
    let graceful = only(project(&[("go.mod", GO_MOD), ("main.go", main)], true));
    assert_eq!(graceful.sigterm.verdict, SigtermVerdict::Graceful);
    assert_eq!(graceful.listens[0].address, ":9000");
    let hard = main.replace("GracefulStop", "Stop");
    let hard = only(project(&[("go.mod", GO_MOD), ("main.go", &hard)], true));
    assert_eq!(hard.sigterm.verdict, SigtermVerdict::HandledNotDrained);
}

#[test]
fn structs_closures_and_options_are_followed() {
    let main = "package main

import (
	\"log\"

	\"example.com/shop/server\"
)

func main() {
	if err := server.New(\":80\", server.WithSignals(server.Default...)).Run(); err != nil {
		log.Fatal(err)
	}
}
";
    let library = "package server

import (
	\"context\"
	\"net/http\"
	\"os\"
	\"os/signal\"
	\"syscall\"
	\"time\"
)

type Option func(*Server)

type Server struct {
	http  *http.Server
	grace time.Duration
	sigs  []os.Signal
}

func WithSignals(s ...os.Signal) Option { return func(x *Server) { x.sigs = s } }

func New(addr string, opts ...Option) *Server {
	s := &Server{http: &http.Server{Addr: addr}, grace: 7 * time.Second}
	for _, o := range opts {
		o(s)
	}
	return s
}

func (s *Server) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), s.sigs...)
	defer stop()
	errs := make(chan error, 1)
	go func() { errs <- s.http.ListenAndServe() }()
	select {
	case err := <-errs:
		return err
	case <-ctx.Done():
	}
	c, cancel := context.WithTimeout(context.Background(), s.grace)
	defer cancel()
	return s.http.Shutdown(c)
}

var Default = []os.Signal{syscall.SIGTERM}
";
    let files = [("go.mod", GO_MOD), ("main.go", main), ("server/server.go", library)];
    let program = only(project(&files, true));
    assert_eq!(program.sigterm.verdict, SigtermVerdict::Graceful);
    assert_eq!(program.drain.total().map(|it| it.as_secs()), Some(7));
    assert_eq!(program.listens[0].address, ":80");
}

#[test]
fn libraries_are_judged_by_their_models_and_versions() {
    let main = "package main

import (
	\"github.com/cloudwego/hertz/pkg/app/server\"
)

func main() {
	h := server.Default(server.WithHostPorts(\":8888\"))
	h.Spin()
}
";
    for (version, expected) in
        [("v0.9.3", SigtermVerdict::HandledNotDrained), ("v0.10.4", SigtermVerdict::Graceful)]
    {
        let go_mod = format!("{GO_MOD}\nrequire github.com/cloudwego/hertz {version}\n");
        let program = only(project(&[("go.mod", &go_mod), ("main.go", main)], true));
        assert_eq!(program.sigterm.verdict, expected, "{version}");
        assert_eq!(
            program.sigterm.model.as_deref(),
            Some("github.com/cloudwego/hertz/pkg/app/server")
        );
    }
}

#[test]
fn programs_that_end_are_no_services() {
    let job = run("
func main() {
	for i := 0; i < 3; i++ {
		fmt.Println(i)
		time.Sleep(time.Second)
	}
}");
    assert_eq!(job.kind, ProgramKind::Job);
    let tool = run("
func main() {
	name := flag.String(\"name\", \"x\", \"\")
	flag.Parse()
	fmt.Println(*name)
}");
    assert_eq!(tool.kind, ProgramKind::Cli);
}

#[test]
fn other_platforms_do_not_count() {
    let main = main_file(
        "
func main() {
	go http.ListenAndServe(\":8080\", nil)
	<-stop()
}",
    );
    let stop = |signal: &str| {
        format!(
            "package main

import (
	\"os\"
	\"os/signal\"
	\"syscall\"
)

func stop() <-chan os.Signal {{
	c := make(chan os.Signal, 1)
	signal.Notify(c, {signal})
	return c
}}
"
        )
    };
    let files = [
        ("go.mod", GO_MOD),
        ("main.go", &main),
        ("stop_linux.go", &stop("syscall.SIGINT")),
        ("stop_windows.go", &stop("syscall.SIGTERM")),
    ];
    assert_eq!(only(project(&files, true)).sigterm.verdict, SigtermVerdict::NotHandled);
}

#[test]
fn a_broken_file_makes_a_program_incomplete() {
    let main = "package main\n\nfunc main() {\n\tif {\n}\n";
    let project = project(&[("go.mod", GO_MOD), ("main.go", main)], true);
    assert_eq!(project.problems.len(), 1);
    assert!(project.programs.iter().all(|it| it.incomplete));
}

#[test]
fn new_with_an_expression_is_no_error() {
    let main = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(new(1 + 2))\n}\n";
    let project = project(&[("go.mod", GO_MOD), ("main.go", main)], true);
    assert!(project.problems.is_empty());
    assert!(!only(project).incomplete);
}

#[test]
fn facts_are_found_in_reachable_code_only() {
    let program = run("
func unused() { http.HandleFunc(\"/never\", nil) }

func main() {
	addr := os.Getenv(\"LISTEN\")
	if addr == \"\" {
		addr = \":8080\"
	}
	mux := http.NewServeMux()
	mux.HandleFunc(\"GET /healthz\", func(w http.ResponseWriter, r *http.Request) {})
	log.Println(\"up\")
	log.Fatal(http.ListenAndServe(addr, mux))
}");
    let routes: Vec<&str> = program.routes.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(routes, ["/healthz"]);
    assert_eq!(program.env_reads[0].name, "LISTEN");
    assert!(!program.env_reads[0].required);
    assert_eq!(program.listens[0].address, ":8080");
    assert_eq!(program.listens[0].env.as_deref(), Some("LISTEN"));
    assert_eq!(program.logging, Logging::Unstructured);
}

#[test]
fn a_variable_without_which_the_program_ends_is_required() {
    let program = run("
func main() {
	token := os.Getenv(\"TOKEN\")
	if token == \"\" {
		log.Fatal(\"no token\")
	}
	_ = mustGet(\"OTHER\")
	_ = os.Getenv(\"OPTIONAL\")
	http.ListenAndServe(\":8080\", nil)
}

func mustGet(key string) string {
	v, ok := os.LookupEnv(key)
	if !ok {
		panic(key)
	}
	return v
}");
    let required: Vec<&str> =
        program.env_reads.iter().filter(|it| it.required).map(|it| it.name.as_str()).collect();
    assert!(required.contains(&"TOKEN") && required.contains(&"OTHER"), "{required:?}");
    assert_eq!(required.len(), 2);
    assert!(program.env_reads.iter().any(|it| it.name == "OPTIONAL"));
}

#[test]
fn metrics_are_named_as_they_are_exported() {
    let main = "package main

import (
	\"net/http\"

	\"github.com/prometheus/client_golang/prometheus\"
	\"github.com/prometheus/client_golang/prometheus/promauto\"
	\"github.com/prometheus/client_golang/prometheus/promhttp\"
)

const namespace = \"shop\"

var hits = promauto.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: \"hits_total\"}, []string{\"path\"})

var size = prometheus.NewGauge(prometheus.GaugeOpts{Name: \"size\"})

func main() {
	prometheus.MustRegister(size)
	http.Handle(\"/metrics\", promhttp.Handler())
	http.ListenAndServe(\":8080\", nil)
}
";
    let program = only(project(&[("go.mod", GO_MOD), ("main.go", main)], true));
    let mut names: Vec<&str> = program.metrics.iter().map(|it| it.name.value.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["shop_hits_total", "size"]);
    assert!(program.metrics.iter().all(|it| it.registered.is_some()));
    assert!(program.metrics_exporter.is_some());
}

#[test]
fn signal_calls_are_found_in_code_that_nothing_reaches() {
    let library = "package lib

import (
	\"os\"
	sig \"os/signal\"
)

func x() {
	c := make(chan os.Signal)
	sig.Notify(c, os.Interrupt, os.Kill)
}
";
    let calls = project(&[("go.mod", GO_MOD), ("lib/lib.go", library)], true).signal_calls;
    let signals: Vec<_> = calls[0].arguments.iter().map(|it| it.signal).collect();
    assert_eq!(signals, [Some("SIGINT"), Some("SIGKILL")]);
    assert!(matches!(calls[0].channel, SignalChannel::Unbuffered(_)));
    let removable = calls[0].arguments[1].removable.at;
    assert_eq!(&library[removable.start as usize..removable.end as usize], ", os.Kill");
}

#[test]
fn the_prefilter_changes_no_fact() {
    let worker = "package worker\n\nimport \"time\"\n\nfunc Loop() {\n\tfor {\n\t\ttime.Sleep(time.Second)\n\t}\n}\n";
    let main =
        "package main\n\nimport \"example.com/shop/worker\"\n\nfunc main() { worker.Loop() }\n";
    let served = main_file(&served_by_main("defer close(done)", "<-done"));
    let files = [
        ("go.mod", GO_MOD),
        ("cmd/worker/main.go", main),
        ("cmd/server/main.go", &served),
        ("worker/worker.go", worker),
        ("lost/lost.go", "package lost\n\nfunc x( {\n"),
    ];
    let (with, without) = (project(&files, true), project(&files, false));
    assert_eq!(format!("{:?}", with.programs), format!("{:?}", without.programs));
    assert_eq!(format!("{:?}", with.problems), format!("{:?}", without.problems));
    assert_eq!(with.programs.len(), 2);
    assert_eq!(with.programs[1].sigterm.verdict, SigtermVerdict::NotHandled);
}
