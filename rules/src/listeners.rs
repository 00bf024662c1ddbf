//! The ports a program listens on in a given container, where all of them are known.
//!
//! An address that a flag or a variable may replace counts with its default, as long as neither
//! the pod nor the image sets it.

use goready_model::{Container, Dockerfile, Listen, ListenKind, Program, SigtermVerdict, Stage};

use crate::{Cx, programs::Deployed};

/// All listeners of a program.
#[derive(Debug)]
pub(crate) struct Listeners<'p> {
    /// With their ports, in the order of the source.
    pub(crate) all: Vec<(i64, &'p Listen)>,
    /// Every address is a literal: nothing outside of the source can change it.
    pub(crate) literal: bool,
}

impl<'p> Listeners<'p> {
    /// `None` when some listener is not known.
    pub(crate) fn of(cx: &Cx<'p>, program: &'p Program, deployed: &Deployed<'_>) -> Option<Self> {
        let blocking = program.servers.iter().filter(|it| it.kind != ListenKind::Worker).count();
        let unknown = program.incomplete
            || program.sigterm.verdict == SigtermVerdict::Unknown
            || program.listens.is_empty()
            || blocking > program.listens.len();
        let container = deployed.container;
        let link = cx.project.container_link(deployed.workload.id, container.name())?;
        let image = link.link.dockerfile.as_ref().map(|it| cx.project.dockerfile(it.target));
        // A shell may set anything before it starts the program.
        if unknown || link.script.is_some() || link.link.entry_script.is_some() {
            return None;
        }
        let mut all = Vec::new();
        for listen in &program.listens {
            let replaced =
                listen.env.as_ref().is_some_and(|it| sets_variable(container, image, it))
                    || (listen.flag.is_some() && passes_arguments(container, image));
            let port = listen.port.filter(|it| *it != 0 && !replaced)?;
            all.push((i64::from(port), listen));
        }
        let literal = program.listens.iter().all(|it| it.env.is_none() && it.flag.is_none());
        Some(Self { all, literal })
    }

    /// Whether one of them has the port.
    pub(crate) fn serve(&self, port: i64) -> bool {
        self.all.iter().any(|(it, _)| *it == port)
    }

    /// The ports, each once, for messages.
    pub(crate) fn ports(&self) -> String {
        let mut ports: Vec<i64> = self.all.iter().map(|(port, _)| *port).collect();
        ports.sort_unstable();
        ports.dedup();
        let ports: Vec<String> = ports.into_iter().map(|it| it.to_string()).collect();
        ports.join(", ")
    }
}

/// Whether the pod or the image may give an environment variable a value.
fn sets_variable(container: Container<'_>, image: Option<&Dockerfile>, name: &str) -> bool {
    let env = container.node.get("env");
    let in_image = |it: &Stage| it.env().any(|(found, _)| found.value == name);
    container.node.get("envFrom").is_some()
        || env.is_some_and(|it| it.is_dynamic() || it.items().any(|it| it.is_dynamic()))
        || container.env().any(|it| it.name() == name || it.name().is_empty())
        || image.is_none_or(|it| it.incomplete || it.stages.iter().any(in_image))
}

/// Whether the pod or the image starts the program with arguments.
fn passes_arguments(container: Container<'_>, image: Option<&Dockerfile>) -> bool {
    let starts = |it: &Stage| {
        it.cmd().is_some() || it.entrypoint().is_some_and(|it| it.shell || it.words.len() > 1)
    };
    ["command", "args"].iter().any(|it| container.node.get(it).is_some())
        || image.is_none_or(|it| it.incomplete || it.stages.iter().any(starts))
}
