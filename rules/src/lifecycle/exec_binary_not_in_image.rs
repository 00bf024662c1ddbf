//! A probe, hook or command starts a program that the image does not hold.
//!
//! ## What it does
//! Finds `exec` probes, `exec` hooks and `command`s that name a shell, a core utility, `curl`, `wget`
//! or `grpc_health_probe`, where the shipped stage of the linked Dockerfile is built on scratch,
//! distroless or another image without a shell, and no `COPY` can have brought the program.
//!
//! ## Why is this bad
//! The kubelet cannot start it. A `command` leaves the container in CrashLoopBackOff, an exec probe
//! fails each time, and a failing `preStop` hook is skipped: the wait that it was written for never
//! happens.
//!
//! ## Example
//! `go.mod`:
//! ```text
//! module example.com/api
//!
//! go 1.26
//! ```
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"context"
//! 	"log"
//! 	"net/http"
//! 	"os/signal"
//! 	"syscall"
//! 	"time"
//! )
//!
//! func main() {
//! 	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//! 	defer stop()
//! 	srv := &http.Server{Addr: ":8080"}
//! 	go func() {
//! 		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
//! 			log.Fatal(err)
//! 		}
//! 	}()
//! 	<-ctx.Done()
//! 	drain, cancel := context.WithTimeout(context.Background(), 15*time.Second)
//! 	defer cancel()
//! 	if err := srv.Shutdown(drain); err != nil {
//! 		log.Print(err)
//! 	}
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM golang:1.26 AS build
//! WORKDIR /src
//! COPY . .
//! RUN CGO_ENABLED=0 go build -o /api .
//! FROM scratch
//! COPY --from=build /api /api
//! ENTRYPOINT ["/api"]
//! ```
//! `skaffold.yaml`:
//! ```yaml
//! apiVersion: skaffold/v4beta13
//! kind: Config
//! build:
//!   artifacts:
//!     - image: registry.example.com/api
//!       docker:
//!         dockerfile: Dockerfile
//! ```
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           ports:
//!             - name: http
//!               containerPort: 8080
//!           readinessProbe:
//!             httpGet:
//!               path: /
//!               port: http
//!           lifecycle:
//!             preStop:
//!               exec:
//!                 command: [sleep, "5"]
//! ```
//!
//! ## Use instead
//! `deploy.yaml`:
//! ```yaml
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata:
//!   name: api
//! spec:
//!   selector:
//!     matchLabels: {app: api}
//!   template:
//!     metadata:
//!       labels: {app: api}
//!     spec:
//!       containers:
//!         - name: api
//!           image: registry.example.com/api
//!           ports:
//!             - name: http
//!               containerPort: 8080
//!           readinessProbe:
//!             httpGet:
//!               path: /
//!               port: http
//!           lifecycle:
//!             preStop:
//!               sleep:
//!                 seconds: 5
//! ```
//!
//! ## References
//! - [GoogleContainerTools/distroless](https://github.com/GoogleContainerTools/distroless)
//! - [Kubernetes: container lifecycle hooks](https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/)

use goready_model::{Confidence, Container, Dockerfile, Node, Outcome, Place, Profile, Workload};

use crate::{Check, Cx, Findings, Rule, Scope, images, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

/// Programs that come with a distribution or by hand, never with a Go program itself.
const PROGRAMS: [&str; 22] = [
    "sh",
    "bash",
    "ash",
    "dash",
    "sleep",
    "cat",
    "echo",
    "test",
    "ls",
    "kill",
    "pkill",
    "killall",
    "touch",
    "rm",
    "ps",
    "pgrep",
    "nc",
    "curl",
    "wget",
    "true",
    "date",
    "grpc_health_probe",
];

/// Directories that programs are looked up in, and those that hold them.
const DIRECTORIES: [&str; 10] = [
    "",
    "/",
    "/bin",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/sbin",
];

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    if cx.project.object(workload.object).partial {
        return;
    }
    for container in pod.all_containers() {
        let Some(image) = Image::of(cx, workload, container) else { continue };
        for (what, command) in commands(container) {
            let first = command.items().next();
            let Some((node, name)) = first.and_then(|it| Some((it, program(it.as_str()?)?))) else {
                continue;
            };
            if image.may_hold(name) {
                continue;
            }
            let message = format!("{what} runs `{name}`, `{}` has no `{name}`", image.base);
            let help = if what == "preStop" && name == "sleep" {
                "use the `sleep` action of the hook, or wait inside of the program".to_owned()
            } else {
                format!("copy `{name}` into the image, or do without it")
            };
            findings.node(node, message).help(help).label(image.from, "the image is built on this");
        }
    }
}

/// The shipped stage of an image without a shell.
struct Image<'p> {
    dockerfile: &'p Dockerfile,
    stage: goready_model::StageId,
    base: String,
    from: Place,
}

impl<'p> Image<'p> {
    fn of(cx: &Cx<'p>, workload: &Workload, container: Container<'_>) -> Option<Self> {
        let link = cx.project.container_link(workload.id, container.name())?;
        let link = link.link.dockerfile.as_ref().filter(|it| it.confidence >= programs::BROKEN)?;
        let dockerfile = cx.project.dockerfile(link.target);
        // A mounted volume may bring programs.
        let mounted = container
            .volume_mounts()
            .any(|it| it.str_field("mountPath").value().is_none_or(|it| DIRECTORIES.contains(&it)));
        if dockerfile.incomplete || mounted {
            return None;
        }
        let stage = images::shipped_stage(cx, dockerfile)?;
        let bottom = images::bottom(dockerfile, stage)?;
        if bottom.base()?.has_shell(bottom.tag()) {
            return None;
        }
        let base = bottom.stage.base_text.value.clone();
        Some(Self { dockerfile, stage, base, from: bottom.stage.base_text.place })
    }

    /// Whether something may have put a program into it.
    fn may_hold(&self, program: &str) -> bool {
        images::chain(self.dockerfile, self.stage).any(|stage| {
            // Where a command runs, there is something to run it with.
            stage.runs().next().is_some()
                || stage.copies().any(|copy| {
                    let target = copy.destination.value.as_str();
                    let names = copy.sources.iter().map(|it| it.value.as_str());
                    let brings_it = |it: &str| {
                        let name = base(it);
                        let rest = name.strip_prefix(program);
                        rest.is_some_and(|it| it.is_empty() || it.starts_with('-'))
                            || name.contains("busybox")
                    };
                    let is_tree = |it: &str| is_tree(it) && DIRECTORIES.contains(&trimmed(target));
                    brings_it(target)
                        || names.clone().any(|it| brings_it(it) || it.contains("${"))
                        || names.clone().any(is_tree)
                        || (copy.add && names.clone().any(|it| it.contains(".tar")))
                })
        })
    }
}

/// What a container starts besides its own program: by whom, and the words.
fn commands(container: Container<'_>) -> Vec<(&'static str, Node<'_>)> {
    let probes = container
        .probes()
        .filter_map(|it| Some((it.kind.key(), it.node.path(&["exec", "command"])?)));
    let hooks = ["postStart", "preStop"]
        .into_iter()
        .filter_map(|it| Some((it, container.node.path(&["lifecycle", it, "exec", "command"])?)));
    let command = container.node.get("command").map(|it| ("command", it));
    probes.chain(hooks).chain(command).collect()
}

/// The program that a command's first word names, if it is one of the known ones in its usual
/// place.
fn program(word: &str) -> Option<&str> {
    let (directory, name) = word.rsplit_once('/').unwrap_or(("", word));
    (DIRECTORIES.contains(&directory) && PROGRAMS.contains(&name)).then_some(name)
}

fn trimmed(path: &str) -> &str {
    path.trim_end_matches('/')
}

fn base(path: &str) -> &str {
    trimmed(path).rsplit('/').next().unwrap_or(path)
}

/// Whether a copied path is more than one file, as far as its spelling tells.
fn is_tree(path: &str) -> bool {
    let last = base(path);
    path.ends_with(['/', '*', '.'])
        || matches!(
            last,
            "" | "bin"
                | "sbin"
                | "usr"
                | "local"
                | "lib"
                | "root"
                | "rootfs"
                | "fs"
                | "dist"
                | "out"
        )
}
