//! The command line as scripts meet it: exit status, streams, hostile input, git.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests write the repositories they check, and fail by panicking"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A manifest with one certain error: the API server refuses the replicas.
const BAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  replicas: \"3\"
  selector:
    matchLabels: {app: cart}
  template:
    metadata:
      labels: {app: cart}
    spec:
      containers:
        - name: cart
          image: registry.example.com/cart:1.0.0
";

/// The rule that finds it.
const RULE: &str = "field-type-invalid";

struct Repository(TempDir);

impl Repository {
    fn new(files: &[(&str, &str)]) -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.write("go.mod", "module example.com/cart\n\ngo 1.26\n");
        for (path, text) in files {
            repository.write(path, text);
        }
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let full = self.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goready"));
        command.args(arguments).current_dir(self.path());
        // The machine's own must not decide.
        for name in ["CLICOLOR_FORCE", "GOMODCACHE", "GOPATH"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        Answer(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// Only the rule of [`BAD`], as JSON.
    fn check(&self, arguments: &[&str]) -> Answer {
        let mut all = vec!["check", "--select", RULE, "--output", "json"];
        all.extend(arguments);
        self.run(&all)
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.com"])
            .args(arguments)
            .current_dir(self.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "git {arguments:?}");
    }
}

struct Answer(Output);

impl Answer {
    fn status(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out()).unwrap_or_else(|error| panic!("{error}: {}", self.err()))
    }

    /// `path:line rule` of each finding.
    fn findings(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().unwrap().iter();
        findings
            .map(|it| {
                let at = &it["location"];
                let (path, line) = (at["path"].as_str().unwrap(), &at["line"]);
                format!("{path}:{line} {}", it["rule"].as_str().unwrap())
            })
            .collect()
    }

    fn rules(&self) -> Vec<String> {
        let findings = self.findings();
        findings.iter().map(|it| it.rsplit(' ').next().unwrap().to_owned()).collect()
    }
}

#[test]
fn exit_status_says_how_it_went() {
    let repository = Repository::new(&[("deploy.yaml", BAD)]);
    assert_eq!(repository.check(&[]).status(), 1);
    assert_eq!(repository.check(&["--exit-zero"]).status(), 0);
    assert_eq!(repository.check(&["--fail-on", "never"]).status(), 0);
    assert_eq!(repository.check(&["--ignore", RULE]).status(), 0);
    assert_eq!(repository.check(&["--no-such-flag"]).status(), 2);
    assert_eq!(repository.check(&["no-such-dir"]).status(), 2);
    assert_eq!(repository.run(&["--select", "no-such-rule"]).status(), 2);
    assert_eq!(repository.run(&["--version"]).status(), 0);
}

#[test]
fn check_is_the_default_command() {
    let repository = Repository::new(&[("deploy.yaml", BAD)]);
    let arguments = ["--select", RULE, "--output", "json"];
    assert_eq!(repository.run(&arguments).out(), repository.check(&[]).out());
    let with_path = ["deploy.yaml", "--select", RULE, "--output", "json"];
    assert_eq!(repository.run(&with_path).out(), repository.check(&[]).out());
}

#[test]
fn paths_filter_the_report_and_not_the_analysis() {
    let repository = Repository::new(&[("a/deploy.yaml", BAD), ("b/deploy.yaml", BAD)]);
    let answer = repository.check(&["a"]);
    assert_eq!(answer.findings(), [format!("a/deploy.yaml:6 {RULE}")]);
    assert_eq!(answer.json()["coverage"]["objects"], 2);
    let both = repository.check(&["a", "b/deploy.yaml"]);
    assert_eq!(both.findings().len(), 2);
}

#[test]
fn a_directory_without_anything_to_analyse_is_told() {
    let repository = Repository::new(&[("deploy.yaml", BAD), ("docs/a.txt", "x\n")]);
    let answer = repository.run(&["docs", "--output", "json"]);
    assert_eq!(answer.findings(), ["docs:1 nothing-analysed"]);
    let empty = tempfile::tempdir().unwrap();
    let empty = Repository(empty);
    let answer = empty.run(&["--output", "json"]);
    assert_eq!(answer.findings(), [".:1 nothing-analysed"]);
    assert_eq!(empty.run(&["--strict"]).status(), 3);
}

#[test]
fn findings_go_to_standard_output_and_everything_else_to_standard_error() {
    let repository = Repository::new(&[("deploy.yaml", BAD)]);
    let answer = repository.run(&["--select", RULE, "--output", "concise", "--statistics", "-v"]);
    assert_eq!(answer.out().lines().count(), 1, "{}", answer.out());
    assert!(answer.err().contains("analysed"));
    let quiet = repository.run(&["--select", RULE, "--output", "concise", "-q"]);
    assert_eq!(quiet.err(), "");
}

#[test]
fn several_outputs_are_written_in_one_run() {
    let repository = Repository::new(&[("deploy.yaml", BAD)]);
    let outputs = ["--output", "concise", "--output", "json=out.json"];
    let answer = repository.run(&[&["--select", RULE][..], &outputs].concat());
    assert!(answer.out().starts_with("deploy.yaml:6:13"));
    let json: Value = serde_json::from_str(&repository.read("out.json")).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn the_number_of_threads_and_the_prefilter_change_nothing() {
    let mut files = Vec::new();
    for index in 0..40 {
        files.push((format!("svc{index}/deploy.yaml"), BAD.replace("cart", &format!("c{index}"))));
    }
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let repository = Repository::new(&files);
    let one = repository.run(&["--output", "json", "--jobs", "1"]).out();
    assert_eq!(one, repository.run(&["--output", "json", "--jobs", "8"]).out());
    assert_eq!(one, repository.run(&["--output", "json", "--no-prefilter"]).out());
}

#[test]
fn broken_files_are_reported_and_all_others_judged() {
    let repository = Repository::new(&[("deploy.yaml", BAD)]);
    repository.write("syntax.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x\n");
    repository.write("utf16.yaml", b"\xff\xfea\x00:\x00");
    repository.write("binary.yaml", b"kind: X\0\x01\x02");
    repository.write("blob", b"\0\0\0\0");
    let deep = format!("apiVersion: v1\nkind: Pod\nspec: {}", "[".repeat(50_000));
    repository.write("deep.yaml", deep);
    repository.write("large.yaml", "a".repeat(5 << 20));
    let answer = repository.run(&["--output", "json"]);
    let rules = answer.rules();
    assert!(rules.iter().any(|it| it == RULE), "{rules:?}");
    let failed = answer.json();
    let failed: Vec<&str> = failed["coverage"]["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].as_str().unwrap())
        .collect();
    for path in ["binary.yaml", "deep.yaml", "large.yaml", "syntax.yaml", "utf16.yaml"] {
        assert!(failed.contains(&path), "{path} is not in {failed:?}");
    }
    assert!(!failed.contains(&"blob"), "a file of no known kind is passed over: {failed:?}");
    assert_eq!(repository.run(&["--strict"]).status(), 3);
}

#[cfg(unix)]
#[test]
fn loops_of_links_end_and_a_file_counts_once() {
    let repository = Repository::new(&[("a/deploy.yaml", BAD)]);
    std::os::unix::fs::symlink("..", repository.path().join("a/up")).unwrap();
    std::os::unix::fs::symlink("deploy.yaml", repository.path().join("a/same.yaml")).unwrap();
    assert_eq!(repository.check(&[]).findings(), [format!("a/deploy.yaml:6 {RULE}")]);
}

#[test]
fn ignored_files_are_left_out_unless_they_are_named() {
    let repository = Repository::new(&[
        (".gitignore", "gen/\n"),
        (".goreadyignore", "old.yaml\n"),
        ("gen/deploy.yaml", BAD),
        ("old.yaml", BAD),
        ("node_modules/x/deploy.yaml", BAD),
        (".github/deploy.yaml", BAD),
    ]);
    assert_eq!(repository.check(&[]).findings(), [format!(".github/deploy.yaml:6 {RULE}")]);
    assert_eq!(repository.check(&["gen"]).findings(), [format!("gen/deploy.yaml:6 {RULE}")]);
    assert_eq!(repository.check(&["old.yaml"]).findings(), [format!("old.yaml:6 {RULE}")]);
}

#[test]
fn wrong_configuration_points_at_the_key_and_says_what_was_meant() {
    let repository = Repository::new(&[("deploy.yaml", BAD)]);
    for (text, expected) in [
        ("kubernets-version = \"1.36\"\n", "write `kubernetes-version`"),
        ("ignore = [\"field-type-invald\"]\n", "write `field-type-invalid`"),
        ("profile = \"strikt\"\n", "write `strict`"),
        ("profile = \n", "goready.toml:1:11"),
        ("[[suppress]]\nrule = \"api\"\nreason = \"x\"\nuntil = \"soon\"\n", "2027-01-31"),
        ("[[link]]\nimage = \"x\"\n", "at least two"),
        ("[[model]]\npath = \"a.b/c\"\nfunk = \"Run\"\n", "write `func`"),
        ("[[model]]\npath = \"a.b/c\"\nfunc = \"F\"\neffect = \"surve\"\n", "write `serve`"),
        ("[[model]]\npath = \"a.b/c\"\n", "goready.toml:2:8"),
        ("[[model]]\npath = \"./c\"\nfunc = \"Run\"\n", "this is no import path"),
        ("[[model]]\npath = \"a.b/c\"\nfunc = \"a.b.C\"\n", "write \"Run\", or \"App.Run\""),
        (
            "[[model]]\npath = \"a.b/c\"\nfunc = \"F\"\neffect = \"exit\"\ndrains = true\n",
            "goready.toml:5:10",
        ),
        ("[[model]]\npath = \"a.b/c\"\nhandles = true\n", "there is no `func`"),
        ("[[model]]\npath = \"a.b/c\"\nfunc = \"F\"\nsince = \"soon\"\n", "write it as \"1.4.0\""),
        (
            "[[model]]\npath = \"a.b/c\"\nfunc = \"F\"\n[[model]]\npath = \"a.b/c\"\nfunc = \"F\"\n",
            "has two models",
        ),
    ] {
        repository.write("goready.toml", text);
        let answer = repository.run(&[]);
        assert_eq!(answer.status(), 2, "{text}");
        assert!(answer.err().contains(expected), "{text}: {}", answer.err());
        assert!(answer.err().contains("goready.toml"), "{text}: {}", answer.err());
        assert_eq!(repository.run(&["config", "validate"]).status(), 2, "{text}");
        assert_eq!(repository.run(&["--isolated", "--exit-zero"]).status(), 0, "{text}");
    }
}

#[test]
fn the_configuration_selects_levels_and_suppresses() {
    let repository = Repository::new(&[("deploy.yaml", BAD), ("legacy/deploy.yaml", BAD)]);
    repository.write("goready.toml", format!("[levels]\n{RULE} = \"note\"\n"));
    let answer = repository.check(&[]);
    assert_eq!(answer.json()["findings"][0]["level"], "note");
    assert_eq!(answer.status(), 0);
    repository.write("goready.toml", format!("[levels]\n{RULE} = \"off\"\n"));
    assert!(!repository.run(&["--output", "json"]).rules().iter().any(|it| it == RULE));
    let entry = "[[suppress]]\nrule = \"api\"\npath = \"legacy\"\nreason = \"old\"\n";
    repository.write("goready.toml", entry);
    assert_eq!(repository.check(&[]).findings(), [format!("deploy.yaml:6 {RULE}")]);
    let link = "[[link]]\nimage = \"cart\"\ndockerfile = \"build/Dockerfile\"\n";
    repository.write("goready.toml", format!("{link}[levels]\nnothing-analysed = \"error\"\n"));
    let answer = repository.run(&["--output", "json", "--select", "nothing-analysed"]);
    assert_eq!(answer.findings(), ["goready.toml:3 nothing-analysed"]);
    assert_eq!(answer.json()["findings"][0]["level"], "error");
    let entry = "[[overrides]]\npaths = [\"legacy/**\"]\nignore = [\"ALL\"]\n";
    repository.write("goready.toml", entry);
    assert_eq!(repository.check(&[]).findings(), [format!("deploy.yaml:6 {RULE}")]);
}

#[test]
fn a_model_of_a_package_that_nothing_imports_is_reported() {
    let main =
        "package main\n\nimport \"example.com/platform/runner\"\n\nfunc main() { runner.Run() }\n";
    let repository = Repository::new(&[("go.mod", "module example.com/a\n"), ("main.go", main)]);
    let check = || repository.run(&["--output", "json", "--select", "nothing-analysed"]);
    let entry = |path: &str| format!("[[model]]\npath = \"{path}\"\nfunc = \"Run\"\n");
    repository.write("goready.toml", entry("example.com/platform/runner"));
    assert_eq!(check().findings(), [""; 0]);
    repository.write("goready.toml", entry("example.com/platform/runer"));
    let answer = check();
    assert_eq!(answer.findings(), ["goready.toml:2 nothing-analysed"]);
    assert!(answer.json()["findings"][0]["help"].as_str().unwrap().contains("platform/runner`"));
}

#[test]
fn the_module_cache_is_read_where_the_environment_names_it() {
    let main =
        "package main\n\nimport \"example.com/Team/runner\"\n\nfunc main() { runner.Run() }\n";
    let runner = "package runner\n\nimport \"net/http\"\n\nfunc Run() {\n\thttp.ListenAndServe(\":8080\", nil)\n}\n";
    let repository = Repository::new(&[
        ("go.mod", "module example.com/a\n\nrequire example.com/Team/runner v1.2.3\n"),
        ("main.go", main),
    ]);
    let cache = Repository::new(&[("example.com/!team/runner@v1.2.3/runner.go", runner)]);
    let arguments = ["check", "--output", "json", "--select", "sigterm-unhandled"];
    assert_eq!(repository.run(&arguments).findings(), [""; 0]);
    let mut command = repository.command(&arguments);
    let answer = Answer(command.env("GOMODCACHE", cache.path()).output().unwrap());
    assert_eq!(answer.findings(), ["main.go:5 sigterm-unhandled"]);
    let paths = answer.out();
    assert!(!paths.contains("runner.go"), "{paths}");
}

#[test]
fn tracked_files_are_read_although_an_ignore_file_has_them() {
    let repository = Repository::new(&[
        (".gitignore", "*.yaml\ngen/\n"),
        ("deploy.yaml", BAD),
        ("gen/tracked.yaml", BAD),
        ("gen/untracked.yaml", BAD),
        ("gen/left-out.yaml", BAD),
        ("legacy/old.yaml", BAD),
        ("legacy/.goreadyignore", "old.yaml\n"),
    ]);
    let findings = |repository: &Repository| repository.check(&[]).findings();
    assert_eq!(findings(&repository), [""; 0]);
    repository.git(&["init", "--quiet"]);
    let tracked = ["deploy.yaml", "gen/tracked.yaml", "gen/left-out.yaml", "legacy/old.yaml"];
    for version in ["2", "4"] {
        let mut arguments = vec!["-c", "core.splitIndex=false", "add", "--force"];
        arguments.extend(tracked);
        repository.git(&arguments);
        repository.git(&["update-index", "--index-version", version]);
        repository.write("goready.toml", "exclude = [\"gen/left-*\"]\n");
        let expected =
            ["deploy.yaml:6 field-type-invalid", "gen/tracked.yaml:6 field-type-invalid"];
        assert_eq!(findings(&repository), expected, "version {version}");
        let inner = repository.check(&["gen"]);
        assert!(inner.findings().contains(&expected[1].to_owned()));
    }
}

#[test]
fn excluded_paths_are_not_read() {
    let repository = Repository::new(&[("deploy.yaml", BAD), ("third_party/x/deploy.yaml", BAD)]);
    repository.write("goready.toml", "exclude = [\"third_party/\"]\n");
    assert_eq!(repository.check(&[]).findings(), [format!("deploy.yaml:6 {RULE}")]);
    repository.write("goready.toml", "exclude = [\"!deploy.yaml\"]\n");
    assert_eq!(repository.check(&[]).status(), 2);
}

#[test]
fn config_init_writes_a_file_that_is_valid() {
    let repository = Repository::new(&[]);
    assert_eq!(repository.run(&["config", "init"]).status(), 0);
    assert_eq!(repository.run(&["config", "validate"]).status(), 0);
    assert_eq!(repository.run(&["config", "init"]).status(), 2, "it is already there");
    let template = repository.read("goready.toml");
    let keys = template
        .lines()
        .filter_map(|it| it.strip_prefix("# "))
        .filter(|it| it.starts_with('[') || it.contains(" = "));
    let all = keys.collect::<Vec<_>>().join("\n");
    let all = all.replace("\"advice-rule\"", "\"api\"");
    // Keys of the top level stand before the first table there as well.
    repository.write("goready.toml", &all);
    let answer = repository.run(&["config", "validate"]);
    assert_eq!(answer.status(), 0, "{all}{}", answer.err());
}

#[test]
fn suppressed_findings_are_hidden_and_shown_on_request() {
    let text = BAD.replace("\"3\"", "\"3\" # goready: ignore[field-type-invalid] the tool quotes");
    let repository = Repository::new(&[("deploy.yaml", &text)]);
    let answer = repository.check(&[]);
    assert_eq!((answer.status(), answer.findings().len()), (0, 0));
    let shown = repository.check(&["--report-suppressed"]);
    assert_eq!(shown.json()["findings"][0]["suppressed"]["reason"], "the tool quotes");
    assert_eq!(shown.status(), 0);
    assert_eq!(repository.check(&["--no-suppressions"]).status(), 1);
}

#[test]
fn standard_input_stands_for_a_file() {
    let repository = Repository::new(&[("deploy.yaml", "a: 1\n"), ("other.yaml", BAD)]);
    let mut child = repository
        .command(&["--select", RULE, "--output", "json", "--stdin-filename", "deploy.yaml"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), BAD.as_bytes()).unwrap();
    let answer = Answer(child.wait_with_output().unwrap());
    assert_eq!(answer.findings(), [format!("deploy.yaml:6 {RULE}")]);
}

#[test]
fn staged_analyses_what_would_be_committed() {
    let good = BAD.replace("\"3\"", "3");
    let repository = Repository::new(&[("old.yaml", BAD), ("deploy.yaml", &good)]);
    repository.git(&["init", "-q"]);
    repository.git(&["add", "."]);
    repository.git(&["commit", "-qm", "x"]);
    repository.write("deploy.yaml", BAD);
    repository.git(&["add", "deploy.yaml"]);
    repository.write("deploy.yaml", &good);
    repository.write("untracked.yaml", BAD);
    let answer = repository.check(&["--staged"]);
    assert_eq!(answer.findings(), [format!("deploy.yaml:6 {RULE}")]);
    repository.git(&["rm", "-qf", "--cached", "deploy.yaml"]);
    let answer = repository.check(&["--staged"]);
    assert_eq!(answer.findings(), [format!("old.yaml:6 {RULE}")], "a removal may break anything");
}

#[test]
fn changed_since_reports_on_changed_and_new_files() {
    let good = BAD.replace("\"3\"", "3");
    let repository = Repository::new(&[("old.yaml", BAD), ("deploy.yaml", &good)]);
    repository.git(&["init", "-q"]);
    repository.git(&["add", "."]);
    repository.git(&["commit", "-qm", "x"]);
    assert!(repository.check(&["--changed-since", "HEAD"]).findings().is_empty());
    repository.write("deploy.yaml", BAD);
    repository.write("new.yaml", BAD);
    let answer = repository.check(&["--changed-since", "HEAD"]);
    assert_eq!(answer.findings(), [format!("deploy.yaml:6 {RULE}"), format!("new.yaml:6 {RULE}")]);
    assert_eq!(repository.check(&["--changed-since", "no-such-revision"]).status(), 2);
    let tracked = repository.check(&["--tracked-only"]);
    assert!(!tracked.findings().iter().any(|it| it.starts_with("new.yaml")));
}

#[test]
fn fixes_are_applied_or_printed_as_a_patch() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cart\ndata:\n  \
        LOG_LEVEL: debug # goready: ignore[field-type-invalid] old\n";
    let repository = Repository::new(&[("deploy.yaml", text)]);
    let patch = repository.run(&["--diff"]);
    assert!(patch.out().contains("-  LOG_LEVEL: debug #"), "{}", patch.out());
    assert_eq!(repository.read("deploy.yaml"), text);
    assert_eq!(repository.run(&["fix"]).status(), 0);
    assert!(repository.read("deploy.yaml").ends_with("  LOG_LEVEL: debug\n"));
}

#[test]
fn facts_keep_their_contract() {
    let main = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\t\
        http.ListenAndServe(\":8080\", nil)\n}\n";
    let repository = Repository::new(&[("deploy.yaml", BAD), ("main.go", main)]);
    let facts = repository.run(&["facts", "--output", "json"]).json();
    let program = &facts["programs"][0];
    assert_eq!(program["dir"], ".");
    assert_eq!(program["module"], "example.com/cart");
    for key in [
        "kind",
        "sigterm",
        "drain_seconds",
        "listens",
        "routes",
        "metrics",
        "logging",
        "env_reads",
        "builds",
        "platforms",
    ] {
        assert!(program.get(key).is_some(), "{key}");
    }
    let workload = &facts["workloads"][0];
    assert_eq!(workload["kind"], "Deployment");
    assert_eq!(workload["name"], "cart");
    assert_eq!(workload["at"]["line"], 4);
    assert_eq!(workload["containers"][0]["name"], "cart");
    assert!(facts["charts"].is_array());
    let text = repository.run(&["facts"]);
    assert!(text.out().contains("program . ("), "{}", text.out());
}

#[test]
fn explain_takes_other_tools_names_and_misspelt_ones() {
    let repository = Repository::new(&[]);
    assert!(repository.run(&["explain", RULE]).out().contains("## Why is this bad"));
    let other = repository.run(&["explain", "nolintlint"]);
    assert!(other.out().contains("suppression-unused"), "{}", other.err());
    let misspelt = repository.run(&["explain", "field-type-invald"]);
    assert_eq!(misspelt.status(), 2);
    assert!(misspelt.err().contains("did you mean `field-type-invalid`"), "{}", misspelt.err());
    let command = repository.run(&["chekc"]);
    assert!(command.err().contains("`check`"), "{}", command.err());
}

/// A chart with one value, one template that fails, and one that does not.
fn chart() -> TempDir {
    let chart = tempfile::tempdir().unwrap();
    fs::create_dir(chart.path().join("templates")).unwrap();
    for (path, text) in [
        ("Chart.yaml", "apiVersion: v2\nname: cart\nversion: 1.0.0\n"),
        ("values.yaml", "replicas: 2\n"),
        ("templates/good.yaml", "kind: Deployment\nreplicas: {{ .Values.replicas }}\n"),
        ("templates/bad.yaml", "kind: Service\nport:\n  {{ .Values.no.such }}\n"),
    ] {
        fs::write(chart.path().join(path), text).unwrap();
    }
    chart
}

fn render(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goready")).arg("render").args(arguments).output().unwrap()
}

#[test]
fn render_prints_what_it_can_and_says_what_it_cannot() {
    let chart = chart();
    let output = render(&[chart.path().to_str().unwrap(), "--set", "replicas=3"]);
    assert_eq!(output.status.code(), Some(3));
    let printed = String::from_utf8(output.stdout).unwrap();
    let expected = "---\n# Source: cart/templates/good.yaml\nkind: Deployment\nreplicas: 3\n";
    assert_eq!(printed, expected);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("cart/templates/bad.yaml:3:"), "{said}");
}

#[test]
fn render_gives_the_origin_of_every_scalar_as_json() {
    let chart = chart();
    fs::remove_file(chart.path().join("templates/bad.yaml")).unwrap();
    let output = render(&[chart.path().to_str().unwrap(), "--output", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let document = &answer["documents"][0];
    assert_eq!(document["source"], "templates/good.yaml");
    let replicas = &document["nodes"][1];
    assert_eq!((&replicas["pointer"], &replicas["value"]), (&"/replicas".into(), &2.into()));
    let at = |line: u32, column: u32, end: u32, file: &str| {
        serde_json::json!({"file": file, "line": line, "column": column, "end_line": line,
                           "end_column": end})
    };
    assert_eq!(replicas["at"], at(2, 11, 33, "templates/good.yaml"));
    let mut values = at(1, 11, 12, "values.yaml");
    values["path"] = "replicas".into();
    assert_eq!(replicas["values"], values);
}

#[test]
fn render_of_nothing_is_wrong_usage() {
    assert_eq!(render(&["/no/such/chart"]).status.code(), Some(2));
    assert_eq!(render(&[]).status.code(), Some(2));
}
