//! Files of the operating system that a program looks for in its image: certificates, time zones.

use goready_model::{Dockerfile, ImageLink, Outcome, Place, Program, RunCommand, Stage, StageId};

use crate::{
    Cx,
    images::{self, BaseImage, Bottom},
    programs,
};

/// An image that is understood well enough to say what it lacks.
#[derive(Debug)]
pub(super) struct SystemFiles<'p> {
    dockerfile: &'p Dockerfile,
    shipped: StageId,
    pub(super) bottom: Bottom<'p>,
    pub(super) base: &'static BaseImage,
    link: &'p ImageLink,
}

impl<'p> SystemFiles<'p> {
    pub(super) fn of(cx: &Cx<'p>, dockerfile: &Dockerfile) -> Option<Self> {
        let dockerfile = cx.project.dockerfile(dockerfile.id);
        if dockerfile.incomplete || dockerfile.development {
            return None;
        }
        let shipped = images::shipped_stage(cx, dockerfile)?;
        if images::is_development(dockerfile.stages.get(shipped.0)?) {
            return None;
        }
        let bottom = images::bottom(dockerfile, shipped)?;
        let base = bottom.base()?;
        let link = cx.project.images.get(&dockerfile.id)?;
        Some(Self { dockerfile, shipped, bottom, base, link })
    }

    /// The only program of the image, and the worst that a finding about both may say.
    pub(super) fn program(&self, cx: &Cx<'p>) -> Option<(&'p Program, Outcome)> {
        let [only] = &*self.link.programs else { return None };
        let program = cx.project.program(only.target);
        let judged = only.confidence >= programs::RISK && !program.sample && !program.incomplete;
        let outcome =
            if only.confidence >= programs::BROKEN { Outcome::Broken } else { Outcome::Risk };
        judged.then_some((program, outcome))
    }

    /// Whether something may bring files whose paths hold one of the words: an instruction, a
    /// volume, or a variable that leads elsewhere.
    pub(super) fn may_have(&self, cx: &Cx<'_>, words: &[&str]) -> bool {
        let names = |text: &str| words.iter().any(|it| text.contains(it));
        images::chain(self.dockerfile, self.shipped).any(|it| stage_may_bring(it, &names))
            || self.link.entry_script.is_some()
            || self.containers(cx).any(|(container, node)| {
                container.is_none() || {
                    let mounts = node.into_iter().flatten();
                    mounts.into_iter().any(|it| names(&it))
                }
            })
    }

    /// Mount paths and variables of the containers that run the image; `None` for one that is not
    /// known.
    fn containers(
        &self,
        cx: &Cx<'_>,
    ) -> impl Iterator<Item = (Option<Place>, Option<Vec<String>>)> {
        let links = cx.project.containers.iter().filter(|it| {
            it.link.dockerfile.as_ref().is_some_and(|it| it.target == self.dockerfile.id)
        });
        links.map(|link| {
            let workload = cx.project.workload(link.workload);
            let container = workload
                .pod()
                .and_then(|pod| pod.all_containers().find(|it| it.name() == link.container));
            let Some(container) = container else { return (None, None) };
            let mounts = container.volume_mounts();
            let mut texts: Vec<String> = mounts
                .map(|it| it.str_field("mountPath").value().unwrap_or("cert zoneinfo").to_owned())
                .collect();
            texts.extend(container.env().map(|it| it.name().to_owned()));
            (Some(container.node.place()), Some(texts))
        })
    }
}

/// Whether a stage may bring files that are named so.
fn stage_may_bring(stage: &Stage, names: &dyn Fn(&str) -> bool) -> bool {
    let copied = stage.copies().any(|copy| {
        let texts = copy.sources.iter().chain([&copy.destination]).map(|it| it.value.as_str());
        let mut texts = texts.into_iter();
        let target = copy.destination.value.trim_end_matches('/');
        // A whole tree, or a directory of the system.
        let system = ["", ".", "/etc", "/usr", "/usr/share", "/usr/lib", "/usr/local", "/lib"];
        system.contains(&target) && copy.sources.iter().any(|it| is_tree(&it.value))
            || texts.any(|it| names(it) || it.contains("${"))
    });
    let variables = stage.env().any(|(name, _)| names(&name.value));
    copied || variables || stage.runs().any(may_install)
}

/// Whether a source may be more than one file of a program's own.
fn is_tree(source: &str) -> bool {
    let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    source.ends_with(['/', '*', '.'])
        || matches!(
            name,
            "" | "etc" | "usr" | "share" | "lib" | "root" | "rootfs" | "fs" | "out" | "dist"
        )
}

/// A command that makes more than users, modes and directories may install anything.
fn may_install(run: &RunCommand) -> bool {
    const HARMLESS: [&str; 9] =
        ["addgroup", "adduser", "groupadd", "useradd", "chown", "chmod", "mkdir", "rm", "true"];
    run.commands.iter().any(|words| words.first().is_some_and(|it| !HARMLESS.contains(&&*it.text)))
}
