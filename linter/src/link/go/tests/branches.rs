//! Conditions that are not known: which side a program that starts takes.

use std::fmt::Write as _;

use goready_model::{ProgramKind, SigtermVerdict};

use super::{run, verdict};

#[test]
fn the_side_that_does_not_fail_is_taken_although_it_checks_more() {
    let body = "
func bad(reason string) { panic(reason) }

func check(config map[any]any) {
	age, ok := config[\"age\"]
	if ok {
		text, ok := age.(string)
		if !ok {
			bad(\"age is no string\")
		}
		_ = text
	} else {
		bad(\"age is missing\")
	}
}

func main() {
	config := map[any]any{}
	config[\"age\"] = \"168h\"
	check(config)
	http.ListenAndServe(\":8080\", nil)
}";
    let program = run(body);
    assert_eq!(program.kind, ProgramKind::Service);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::NotHandled);
}

#[test]
fn a_function_that_fails_behind_all_its_branches_takes_one_of_them() {
    let body = "
func size(text string) string {
	if text < \"m\" {
		return \"small\"
	} else if text < \"x\" {
		return \"large\"
	}
	panic(\"too large\")
}

func main() {
	_ = size(os.Args[1])
	http.ListenAndServe(\":8080\", nil)
}";
    assert_eq!(verdict(body), SigtermVerdict::NotHandled);
}

#[test]
fn a_loop_of_unknown_branches_leaves_runs_for_what_comes_after_it() {
    let mut branches = String::new();
    for number in 0..25 {
        let _ = writeln!(branches, "\t\tif os.Args[{number}] == name {{\n\t\t\tgo work()\n\t\t}}");
    }
    let body = format!(
        "
func work() {{
	for {{
		time.Sleep(time.Second)
	}}
}}

func main() {{
	for _, name := range []string{{os.Args[50], os.Args[51], os.Args[52]}} {{
{branches}	}}
	srv := &http.Server{{Addr: \":8080\"}}
	go srv.ListenAndServe()
	c := make(chan os.Signal, 1)
	if os.Args[60] == \"hard\" {{
		signal.Notify(c, os.Interrupt)
	}} else {{
		signal.Notify(c, syscall.SIGTERM)
	}}
	<-c
	srv.Shutdown(context.Background())
}}"
    );
    assert_eq!(verdict(&body), SigtermVerdict::Graceful);
}

#[test]
fn what_main_polls_for_after_the_signal_comes_one_day() {
    for (poll, expected) in [
        (
            "for range time.Tick(time.Second) {\n\t\tif gone() {\n\t\t\tbreak\n\t\t}\n\t}",
            SigtermVerdict::Graceful,
        ),
        (
            "for {\n\t\tif gone() {\n\t\t\tbreak\n\t\t}\n\t\ttime.Sleep(time.Second)\n\t}",
            SigtermVerdict::Graceful,
        ),
        ("for {\n\t\ttime.Sleep(time.Second)\n\t}", SigtermVerdict::HandledNotDrained),
    ] {
        let body = format!(
            "
func gone() bool {{
	_, err := os.Stat(\"/run/nginx.pid\")
	return os.IsNotExist(err)
}}

func main() {{
	srv := &http.Server{{Addr: \":8080\"}}
	go srv.ListenAndServe()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
	srv.Shutdown(context.Background())
	{poll}
}}"
        );
        assert_eq!(verdict(&body), expected, "{poll}");
    }
}

#[test]
fn a_wait_for_what_code_elsewhere_calls_back_ends() {
    let main = |handler: &str| {
        format!(
            "package main

import (
	\"os\"
	\"os/signal\"
	\"syscall\"

	\"github.com/nats-io/nats.go\"
)

func main() {{
	closed := make(chan struct{{}})
	nc, _ := nats.Connect(nats.DefaultURL{handler})
	nc.QueueSubscribe(\"orders\", \"worker\", func(m *nats.Msg) {{ m.Respond(nil) }})
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
	nc.Drain()
	<-closed
}}
"
        )
    };
    let verdict = |handler: &str| {
        let text = main(handler);
        let files = [("go.mod", super::GO_MOD), ("main.go", text.as_str())];
        super::only(super::project(&files, true)).sigterm.verdict
    };
    let handler = ", nats.ClosedHandler(func(*nats.Conn) { close(closed) })";
    assert_eq!(verdict(handler), SigtermVerdict::Graceful);
    assert_eq!(verdict(""), SigtermVerdict::HandledNotDrained);
}

#[test]
fn a_worker_leaves_its_loop_with_the_error_of_its_context() {
    let main = |leave: &str| {
        format!(
            "package main

import (
	\"context\"
	\"errors\"
	\"os/signal\"
	\"syscall\"

	\"github.com/segmentio/kafka-go\"
)

func main() {{
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	r := kafka.NewReader(kafka.ReaderConfig{{Topic: \"orders\"}})
	for {{
		m, err := r.FetchMessage(ctx)
		{leave}
		if err != nil {{
			continue
		}}
		r.CommitMessages(context.Background(), m)
	}}
}}
"
        )
    };
    for (leave, expected) in [
        ("if errors.Is(err, context.Canceled) {\n\t\t\tbreak\n\t\t}", SigtermVerdict::Graceful),
        ("if ctx.Err() != nil {\n\t\t\treturn\n\t\t}", SigtermVerdict::Graceful),
        ("_ = errors.Is", SigtermVerdict::HandledNotDrained),
    ] {
        let text = main(leave);
        let files = [("go.mod", super::GO_MOD), ("main.go", text.as_str())];
        let program = super::only(super::project(&files, true));
        assert_eq!(program.sigterm.verdict, expected, "{leave}");
        assert_eq!(program.kind, ProgramKind::Service, "{leave}");
    }
}

#[test]
fn profiles_on_the_default_mux_are_no_loss() {
    let body = |handler: &str, route: &str| {
        format!(
            "
func main() {{
	{route}
	go http.ListenAndServe(\":6060\", {handler})
	srv := &http.Server{{Addr: \":8080\", Handler: http.NewServeMux()}}
	go srv.ListenAndServe()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
	srv.Shutdown(context.Background())
}}"
        )
    };
    let profiled = |body: &str| {
        let text =
            super::main_file(body).replacen("import (", "import (\n\t_ \"net/http/pprof\"", 1);
        let files = [("go.mod", super::GO_MOD), ("main.go", text.as_str())];
        super::only(super::project(&files, true)).sigterm.verdict
    };
    for handler in ["nil", "http.DefaultServeMux"] {
        assert_eq!(profiled(&body(handler, "")), SigtermVerdict::Graceful, "{handler}");
        let route = "http.HandleFunc(\"/orders\", nil)";
        assert_eq!(profiled(&body(handler, route)), SigtermVerdict::HandledNotDrained, "{handler}");
        assert_eq!(verdict(&body(handler, "")), SigtermVerdict::HandledNotDrained, "{handler}");
    }
}

#[test]
fn nothing_panics_before_the_signal() {
    let body = "
func slot(size int) string {
	switch {
	case size == 4:
		return \"short\"
	case size == 16:
		return \"long\"
	default:
		panic(\"no such size\")
	}
}

func connection(pool []string) string {
	if len(pool) == 0 {
		log.Panic(\"not connected\")
	}
	return pool[0]
}

func main() {
	var pool []string
	_ = slot(len(pool))
	_ = connection(pool)
	http.ListenAndServe(\":8080\", nil)
}";
    let program = run(body);
    assert_eq!(program.kind, ProgramKind::Service);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::NotHandled);
}

#[test]
fn embedded_interfaces_ask_for_their_methods_too() {
    let body = "
type pool struct{}

func (p pool) Sync() error {
	select {}
}

type file interface {
	io.Writer
	Sync() error
}

func allocate(to file) error { return to.Sync() }

func open() (file, error) { return nil, nil }

func main() {
	to, _ := open()
	_ = allocate(to)
	fmt.Println(\"done\")
}";
    assert_ne!(run(body).kind, ProgramKind::Service);
}
