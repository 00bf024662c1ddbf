//! A program writes its log to a file inside of the container only.
//!
//! ## What it does
//! Finds services whose log is given a file at every start (`SetOutput` of `log` and logrus, zerolog,
//! zap), while no other logger of the program writes anywhere. With
//! `readOnlyRootFilesystem: true` and no volume at the file's place the program is broken. A file on a volume
//! that another container of the pod also mounts is left alone, and so is one that the image links to
//! `/dev/stdout`.
//!
//! ## Why is this bad
//! `kubectl logs` and the node's log collector see what goes to standard output and error, nothing else. The
//! file grows in the container's writable layer until the pod is evicted, and is gone with the container.
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
//! 	"log"
//! 	"net/http"
//! 	"os"
//! )
//!
//! func main() {
//! 	file, err := os.OpenFile("/var/log/api/api.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
//! 	if err != nil {
//! 		log.Fatal(err)
//! 	}
//! 	log.SetOutput(file)
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## Use instead
//! `main.go`:
//! ```go
//! package main
//!
//! import (
//! 	"log"
//! 	"net/http"
//! 	"os"
//! )
//!
//! func main() {
//! 	log.SetOutput(os.Stdout)
//! 	log.Fatal(http.ListenAndServe(":8080", nil))
//! }
//! ```
//!
//! ## References
//! - [Kubernetes: logging architecture](https://kubernetes.io/docs/concepts/cluster-administration/logging/)

use goready_model::{Confidence, Dockerfile, LogSink, LogTarget, Outcome, Place, Profile, Program};

use crate::{
    Check, Cx, Findings, Rule, Scope,
    config::writes_read_only_root::is_mounted,
    programs::{self, Deployed},
};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Program(check),
};

fn check(cx: &Cx<'_>, program: &Program, findings: &mut Findings) {
    if program.sample || !programs::is_service(cx, program) {
        return;
    }
    let Some((sink, path)) = only_file(program) else { return };
    let deployed = programs::deployed(cx, program, programs::RISK);
    if deployed.iter().any(|it| is_collected(cx, it, path)) {
        return;
    }
    let read_only = deployed.iter().find_map(|it| Some((it, refused(it, path)?)));
    let place = |other: &Program| only_file(other).map(|(it, _)| it.place);
    let Some(name) = programs::spokesman(cx, program, place, |_| Outcome::Risk) else { return };
    let target = path.map_or("a file".to_owned(), |it| format!("`{it}`"));
    let message = format!("{name} logs to {target} inside of the container, and nowhere else");
    let mut draft = findings
        .report(sink.place, message)
        .help("write the log to standard output")
        .program(program, "");
    if let Some((deployed, place)) = read_only {
        draft
            .object(deployed.object)
            .outcome(deployed.at_most(Outcome::Broken))
            .label(place, "the file cannot be made");
    } else if let Some(it) = deployed.first() {
        draft = draft.object(it.object);
        if let Some(name) = it.container.node.get("name") {
            draft.label(name.place(), format!("container `{}` runs it", it.container.name()));
        }
    }
}

/// The first logger, when all of them write to files.
fn only_file(program: &Program) -> Option<(&LogSink, Option<&str>)> {
    let sinks = &program.uses.log_sinks;
    let covered: Option<Vec<&str>> = sinks.iter().map(covered).collect();
    let covered = covered.filter(|_| !program.incomplete)?;
    // The last words of a program do not make a log.
    let elsewhere = program.log_calls.iter().any(|it| {
        let (package, name) = it.call.split_once('.').unwrap_or_default();
        let package = if package == "slog" { "log" } else { package };
        !matches!(package, "" | "fmt")
            && !name.starts_with("Fatal")
            && !name.starts_with("Panic")
            && !covered.contains(&package)
    });
    let first = sinks.first().filter(|_| !elsewhere)?;
    match &first.target {
        LogTarget::File(path) => Some((first, path.as_deref())),
        LogTarget::Other => None,
    }
}

/// The package whose whole log goes to the file; `None` when part of it may go elsewhere. The
/// standard `log` and logrus write to standard error wherever nobody sets their own output.
fn covered(sink: &LogSink) -> Option<&str> {
    let (package, _) = sink.call.split_once('.')?;
    let package = match package {
        "zapcore" => "zap",
        "zerolog" => "zerolog",
        "log" | "logrus" if sink.whole => package,
        _ => return None,
    };
    matches!(sink.target, LogTarget::File(_)).then_some(package)
}

/// Whether something takes the log out of the container: a second container that shares the volume,
/// or a link to standard output.
fn is_collected(cx: &Cx<'_>, deployed: &Deployed<'_>, path: Option<&str>) -> bool {
    let several = deployed.workload.pod().is_some_and(|it| it.running_containers().count() > 1);
    let mounted = path.is_none_or(|it| is_mounted(deployed.container, it));
    let link = cx.project.container_link(deployed.workload.id, deployed.container.name());
    let image = link.and_then(|it| it.link.dockerfile.as_ref());
    (several && mounted) || image.is_some_and(|it| links_output(cx.project.dockerfile(it.target)))
}

/// `RUN ln -sf /dev/stdout /var/log/api.log`.
fn links_output(dockerfile: &Dockerfile) -> bool {
    let runs = dockerfile.stages.iter().flat_map(|it| it.runs());
    runs.into_iter().any(|it| it.text.contains("/dev/stdout") || it.text.contains("/dev/stderr"))
}

/// Where the root file system is made read-only, with nothing mounted over the file.
fn refused(deployed: &Deployed<'_>, path: Option<&str>) -> Option<Place> {
    let context = deployed.container.security_context()?;
    let read_only = context.get("readOnlyRootFilesystem")?;
    let path = path.filter(|it| it.starts_with('/'))?;
    let refused = read_only.as_bool() == Some(true) && !is_mounted(deployed.container, path);
    refused.then(|| read_only.place())
}
