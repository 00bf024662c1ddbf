//! What a program is: a service, a job, or something for a person at a terminal.

use goready_model::{ProgramKind, SigtermVerdict};

use super::{GO_MOD, main_file, only, project, run, verdict};

#[test]
fn who_reads_a_terminal_is_no_service() {
    for reader in [
        "for {\n\t\tvar line string\n\t\tfmt.Scanln(&line)\n\t\tfmt.Println(line)\n\t}",
        "lines := bufio.NewScanner(os.Stdin)\n\tfor {\n\t\tif lines.Scan() {\n\t\t\tfmt.Println(lines.Text())\n\t\t}\n\t}",
    ] {
        let main = format!(
            "package main\n\nimport (\n\t\"bufio\"\n\t\"fmt\"\n\t\"os\"\n)\n\nvar _, _ = bufio.NewReader, os.Stdin\n\nfunc main() {{\n\t{reader}\n}}\n"
        );
        let program = only(project(&[("go.mod", GO_MOD), ("main.go", &main)], true));
        assert_ne!(program.kind, ProgramKind::Service, "{reader}");
        assert_eq!(program.sigterm.verdict, SigtermVerdict::Unknown, "{reader}");
    }
}

#[test]
fn a_server_that_asks_for_a_passphrase_is_a_service() {
    let program = run("
func main() {
	var passphrase string
	fmt.Scanln(&passphrase)
	http.ListenAndServe(\":8080\", nil)
}");
    assert_eq!(program.kind, ProgramKind::Service);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::NotHandled);
}

#[test]
fn a_channel_that_nobody_else_knows_blocks_for_ever() {
    assert_eq!(
        verdict(
            "
func main() {
	forever := make(chan bool)
	go work()
	<-forever
}

func work() {}"
        ),
        SigtermVerdict::NotHandled
    );
    // The channel belongs to the function around it, where signals come through it.
    let body = "
func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
	}()
	<-ctx.Done()
}";
    assert_eq!(verdict(body), SigtermVerdict::Graceful);
}

#[test]
fn who_asks_until_something_is_ready_is_a_job() {
    let program = run("
func ready() bool { return len(os.Environ()) > 3 }

func main() {
	for {
		if ready() {
			break
		}
		time.Sleep(time.Second)
	}
}");
    assert_eq!(program.kind, ProgramKind::Job);
    // A worker that stops on errors only works for ever.
    let program = run("
func work() error { return nil }

func main() {
	for {
		if err := work(); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}");
    assert_eq!(program.kind, ProgramKind::Service);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::NotHandled);
}

#[test]
fn a_command_chosen_as_a_function_is_followed() {
    let program = run("
func main() {
	var command func() error
	switch os.Args[1] {
	case \"serve\":
		command = serve
	case \"version\":
		command = version
	default:
		os.Exit(2)
	}
	if err := command(); err != nil {
		log.Fatal(err)
	}
}

func serve() error { return http.ListenAndServe(\":8080\", nil) }

func version() error {
	fmt.Println(\"1.0\")
	return nil
}");
    assert_eq!(program.kind, ProgramKind::Service);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::NotHandled);
}

#[test]
fn a_server_of_an_unknown_library_is_a_service_without_a_verdict() {
    let main = "package main

import \"example.com/zhttp\"

func main() {
	zhttp.Serve(0, nil)
}
";
    let program = only(project(&[("go.mod", GO_MOD), ("main.go", main)], true));
    assert_eq!(program.kind, ProgramKind::Service);
    assert_eq!(program.sigterm.verdict, SigtermVerdict::Unknown);
}

#[test]
fn a_worker_that_computes_for_long_does_not_hide_the_rest() {
    let main = main_file(
        "
func step(a, b int) int {
	for i := 0; i < 60; i++ {
		for j := 0; j < 60; j++ {
			a = a*b + i - j
		}
	}
	select {
	default:
	}
	return a
}

func main() {
	go func() {
		for i := 0; i < 60; i++ {
			for j := 0; j < 60; j++ {
				step(i, j)
			}
		}
	}()
	http.ListenAndServe(\":8080\", nil)
}",
    );
    let program = only(project(&[("go.mod", GO_MOD), ("main.go", &main)], true));
    assert_eq!(program.sigterm.verdict, SigtermVerdict::NotHandled);
}

#[test]
fn tools_of_the_repository_are_no_jobs() {
    let main = main_file("\nfunc main() { fmt.Println(\"generated\") }");
    for (dir, kind) in [
        ("internal/gen", ProgramKind::Cli),
        ("tools/docs", ProgramKind::Cli),
        ("cmd/migrate", ProgramKind::Job),
    ] {
        let path = format!("{dir}/main.go");
        let program = only(project(&[("go.mod", GO_MOD), (&path, &main)], true));
        assert_eq!(program.kind, kind, "{dir}");
    }
}
