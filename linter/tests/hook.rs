//! The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit on real commits.
//!
//! Without pre-commit (on `PATH`, or named by `PRE_COMMIT`) the tests are shown as ignored.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test writes files, reads the environment and fails where something is wrong"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

const DOCKERFILE: &str = "\
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /cart .
FROM scratch
COPY --from=build /cart /cart
USER 65532
ENTRYPOINT [\"/cart\"]
";

const MAIN: &str = "\
package main

import \"fmt\"

func main() {
\tfmt.Println(\"cart\")
}
";

const STATEFUL_SET: &str = "\
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: cart
spec:
  serviceName: cart
  selector:
    matchLabels: {app: cart}
  template:
    metadata:
      labels: {app: cart}
    spec:
      containers:
        - name: cart
          image: example.com/cart:1.0
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata:
  name: cart
spec:
  clusterIP: None
  selector: {app: cart}
  ports: [{port: 80}]
";

/// The three defects and nothing else, each at a level that stops a commit.
const CONFIGURATION: &str = "\
select = [\"binary-not-stripped\", \"statefulset-service-missing\", \"password-in-dsn\"]
fail-on = \"note\"
";

const LEAK: &str = "\
package main

const dsn = \"postgres://cart:kT7-vq2Zr9xWm@db.example.com:5432/cart\"
";

/// The files of the hooks in a repository of their own, and one that uses them.
struct Project {
    hooks: TempDir,
    dir: TempDir,
    pre_commit: PathBuf,
}

impl Project {
    /// A repository whose files are committed and clean, with a hook installed.
    fn with_hook(pre_commit: &Path, id: &str, overrides: &str) -> Self {
        let project = Self {
            hooks: tempfile::tempdir().unwrap(),
            dir: tempfile::tempdir().unwrap(),
            pre_commit: pre_commit.to_owned(),
        };
        let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
        fs::copy(hooks, project.hooks.path().join(".pre-commit-hooks.yaml")).unwrap();
        let revision = {
            let git = |arguments: &[&str]| project.done("git", project.hooks.path(), arguments);
            git(&["init", "-q"]);
            git(&["add", "."]);
            git(&["commit", "-q", "-m", "hooks"]);
            let output = git(&["rev-parse", "HEAD"]);
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let url = project.hooks.path().display();
        let config = format!(
            "repos:\n- repo: {url}\n  rev: {revision}\n  hooks:\n  - id: {id}\n{overrides}"
        );
        project.git(&["init", "-q"]);
        for (path, text) in [
            (".pre-commit-config.yaml", &*config),
            ("goready.toml", CONFIGURATION),
            ("go.mod", "module example.com/cart\n\ngo 1.25\n"),
            ("main.go", MAIN),
            ("Dockerfile", DOCKERFILE),
            ("k8s/cart.yaml", STATEFUL_SET),
            ("k8s/service.yaml", SERVICE),
        ] {
            project.write(path, text);
        }
        let pre_commit = project.pre_commit.display().to_string();
        project.done(&pre_commit, project.dir.path(), &["install"]);
        project.commits("a clean project");
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, program: &str, dir: &Path, arguments: &[&str]) -> Output {
        let binary = Path::new(env!("CARGO_BIN_EXE_goready")).parent().unwrap();
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(binary.to_owned()).chain(env::split_paths(&inherited));
        let mut command = Command::new(program);
        // Variables of a git that runs this test would point into its repository.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "goready");
            command.env(format!("GIT_{who}_EMAIL"), "goready@example.com");
        }
        command
            .current_dir(dir)
            .args(arguments)
            .env("PATH", env::join_paths(path).unwrap())
            .env("PRE_COMMIT_HOME", self.hooks.path().join("cache"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap()
    }

    fn done(&self, program: &str, dir: &Path, arguments: &[&str]) -> Output {
        let output = self.run(program, dir, arguments);
        assert!(output.status.success(), "{program} {arguments:?}\n{}", text(&output));
        output
    }

    fn git(&self, arguments: &[&str]) {
        self.done("git", self.dir.path(), arguments);
    }

    fn commit(&self) -> Output {
        self.git(&["add", "--all"]);
        self.run("git", self.dir.path(), &["commit", "-m", "change"])
    }

    #[track_caller]
    fn commits(&self, what: &str) {
        let output = self.commit();
        assert!(output.status.success(), "{what} was stopped:\n{}", text(&output));
    }

    #[track_caller]
    fn is_stopped_by(&self, rule: &str) {
        let output = self.commit();
        let text = text(&output);
        assert!(!output.status.success(), "the commit went through:\n{text}");
        assert!(text.contains(rule), "the commit was stopped, but not by {rule}:\n{text}");
    }
}

fn text(output: &Output) -> String {
    let part = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    part(&output.stdout) + &part(&output.stderr)
}

fn an_unstripped_build_stops_the_commit(pre_commit: &Path) {
    let project = Project::with_hook(pre_commit, "goready-system", "");
    project.write("Dockerfile", &DOCKERFILE.replace(" -ldflags='-s -w'", ""));
    project.is_stopped_by("binary-not-stripped");
    project.write("Dockerfile", DOCKERFILE);
    project.write("README.md", "cart\n");
    project.commits("the mended build");
}

fn a_deleted_service_stops_the_commit(pre_commit: &Path) {
    let project = Project::with_hook(pre_commit, "goready-system", "");
    fs::remove_file(project.dir.path().join("k8s/service.yaml")).unwrap();
    project.is_stopped_by("statefulset-service-missing");
}

fn a_staged_secret_stops_the_commit_and_is_not_printed(pre_commit: &Path) {
    let project = Project::with_hook(pre_commit, "goready-system", "");
    project.write("dsn.go", LEAK);
    project.is_stopped_by("password-in-dsn");
    let output = project.commit();
    assert!(!text(&output).contains("kT7-vq2"), "{}", text(&output));
}

/// The staged hook with the installed binary: only what the commit touches is reported.
fn what_a_commit_does_not_touch_does_not_stop_it(pre_commit: &Path) {
    let project = Project::with_hook(pre_commit, "goready-staged", "    language: system\n");
    project.write("dsn.go", LEAK);
    project.is_stopped_by("password-in-dsn");
    project.git(&["commit", "-q", "--no-verify", "-m", "past the hook"]);
    project.write("README.md", "cart\n");
    project.commits("a change elsewhere");
    fs::remove_file(project.dir.path().join("k8s/service.yaml")).unwrap();
    project.is_stopped_by("statefulset-service-missing");
}

/// `PRE_COMMIT`, or the first `pre-commit` on `PATH`.
fn find_pre_commit() -> Option<PathBuf> {
    if let Some(path) = env::var_os("PRE_COMMIT") {
        return Some(path.into());
    }
    env::split_paths(&env::var_os("PATH")?).map(|it| it.join("pre-commit")).find(|it| it.is_file())
}

/// A test's name and what it does, given pre-commit.
type Case = (&'static str, fn(&Path));

fn main() -> ExitCode {
    const TESTS: [Case; 4] = [
        ("an_unstripped_build_stops_the_commit", an_unstripped_build_stops_the_commit),
        ("a_deleted_service_stops_the_commit", a_deleted_service_stops_the_commit),
        (
            "a_staged_secret_stops_the_commit_and_is_not_printed",
            a_staged_secret_stops_the_commit_and_is_not_printed,
        ),
        (
            "what_a_commit_does_not_touch_does_not_stop_it",
            what_a_commit_does_not_touch_does_not_stop_it,
        ),
    ];
    let pre_commit = find_pre_commit();
    if pre_commit.is_none() {
        eprintln!("pre-commit is not installed: the hooks are NOT tested");
    }
    let trials = TESTS.into_iter().map(|(name, test)| {
        let pre_commit = pre_commit.clone();
        let missing = pre_commit.is_none();
        let run = move || -> Result<(), Failed> {
            test(&pre_commit.unwrap_or_default());
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(missing)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
