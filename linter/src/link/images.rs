//! Image <-> Dockerfile <-> main package, with confidence and evidence.
//!
//! Two independent steps: from an image's name to the Dockerfile (or main package) that builds
//! it, and from the Dockerfile to the programs it starts. Edges for one pair combine as
//! 1 - (1 - a)(1 - b), the two steps multiply. Rules say how much they need.

mod entry;
mod names;
mod platforms;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use goready_model::{
    Container, ContainerLink, DockerfileId, Evidence, ImageLink, ImageName, ImagePush, Link,
    Located, ProgramId, Project, Script, WorkloadId,
};
use goready_parse::{
    build::expand::{is_resolved, may_equal},
    dockerfile::shell_text,
};

use self::entry::{Entries, Start};
use super::{Input, LinkOverride, builds::Evaluated};

/// A build from a Dockerfile, up to a stage.
type Unit = (DockerfileId, usize);

/// Confidence at which even a third-party name is believed to be built here.
const EXPLICIT: f32 = 0.85;

/// Fills containers, images and platforms.
pub(super) fn link(input: &Input<'_>, project: &mut Project, evaluated: &Evaluated) {
    let entries = Entries { input, project, evaluated };
    let mut images = BTreeMap::new();
    for dockerfile in &project.dockerfiles {
        let Some(last) = dockerfile.stages.len().checked_sub(1) else { continue };
        let mut link = ImageLink {
            programs: entries.programs(dockerfile, last, None, None),
            entry_script: entries.entry_script(dockerfile, last),
            ..ImageLink::default()
        };
        platforms::of_dockerfile(project, dockerfile.id).fill(&mut link);
        images.insert(dockerfile.id, link);
    }
    let mut containers = Vec::new();
    for workload in &project.workloads {
        let Some(pod) = workload.pod() else { continue };
        for container in pod.all_containers() {
            let Some(image) = container.image().set() else { continue };
            containers.push(container_link(
                input,
                project,
                &entries,
                workload.id,
                container,
                image.value,
            ));
        }
    }
    containers.sort_by_key(|it: &ContainerLink| it.workload);
    project.images = images;
    project.containers = containers;
}

fn container_link(
    input: &Input<'_>,
    project: &Project,
    entries: &Entries<'_>,
    workload: WorkloadId,
    container: Container<'_>,
    image: &str,
) -> ContainerLink {
    let name = ImageName::parse(image.trim_start_matches("ko://"));
    let mut found = ContainerLink {
        workload,
        container: container.name().to_owned(),
        image: name.repository.clone(),
        third_party: false,
        link: ImageLink::default(),
        script: None,
    };
    if let Some(import) = image.strip_prefix("ko://") {
        found.link.programs = ko_programs(project, import);
        return found;
    }
    let start = |nodes: Vec<goready_model::Node<'_>>| {
        let place = nodes.first().map(goready_model::Node::place)?;
        let words = nodes.iter().map(|it| it.text().to_owned()).collect();
        Some(Start { words, place: Some(place) })
    };
    let (command, arguments) = (start(container.command()), start(container.args()));
    found.script = script(container);
    let command = command.map(|it| match &found.script {
        Some(script) => Start { words: entry::script_words(script, &[]), ..it },
        None => it,
    });
    if let Some(stated) = stated(input, &name) {
        found.link = stated_link(project, entries, stated, command.as_ref(), arguments.as_ref());
        return found;
    }
    let mut units = units(project, &name);
    found.third_party =
        names::is_third_party(&name) && units.first().is_none_or(|it| it.confidence < EXPLICIT);
    if found.third_party {
        return found;
    }
    if units.is_empty() {
        found.link.programs = direct_programs(project, &name);
        if let [only] = &*found.link.programs {
            let dir = &project.program(only.target).dir;
            platforms::of_main_package(project, dir).fill(&mut found.link);
        }
        return found;
    }
    let best = units.remove(0);
    let (id, stage) = best.target;
    let dockerfile = project.dockerfile(id);
    // Two Dockerfiles that the evidence cannot tell apart.
    let ambiguous = units
        .first()
        .is_some_and(|it| it.target.0 != id && it.confidence >= best.confidence - 0.01);
    let confidence = if ambiguous { best.confidence / 2.0 } else { best.confidence };
    let mut programs = entries.programs(dockerfile, stage, command.as_ref(), arguments.as_ref());
    for program in &mut programs {
        program.confidence *= confidence;
        let mut evidence = best.evidence.clone();
        evidence.append(&mut program.evidence);
        program.evidence = evidence;
    }
    found.link = ImageLink {
        dockerfile: Some(Link { target: id, confidence, evidence: best.evidence }),
        programs,
        entry_script: entries.entry_script(dockerfile, stage),
        ..ImageLink::default()
    };
    platforms::of_image(project, id, &name).fill(&mut found.link);
    found
}

/// The text of the pod's `["sh", "-c", text]`, over `command` and `args`.
fn script(container: Container<'_>) -> Option<Script> {
    let mut words: Vec<Located<String>> = Vec::new();
    let command = container.command();
    if command.is_empty() {
        return None;
    }
    for node in command.into_iter().chain(container.args()) {
        // A word that is not known ends what can be read.
        if node.is_dynamic() {
            return None;
        }
        words.push(Located::new(node.text().to_owned(), node.place()));
    }
    shell_text(&words)
}

/// `ko://example.com/shop/cmd/cart` names its main package.
fn ko_programs(project: &Project, import: &str) -> Vec<Link<ProgramId>> {
    let import = import.split(['@', ':']).next().unwrap_or(import);
    project
        .programs
        .iter()
        .filter(|it| import_path(project, it.id).as_deref() == Some(import))
        .map(|it| Link {
            target: it.id,
            confidence: 1.0,
            evidence: vec![Evidence {
                place: None,
                text: format!("`ko://{import}` names the main package"),
            }],
        })
        .collect()
}

/// Import path of a program's package.
pub(super) fn import_path(project: &Project, id: ProgramId) -> Option<String> {
    let program = project.program(id);
    let module = project.go_mods.get(program.go_mod?)?;
    let dir = match (program.dir.as_str(), module.dir.as_str()) {
        (dir, ".") => dir,
        (dir, module) => dir.strip_prefix(module)?.trim_start_matches('/'),
    };
    Some(match dir {
        "" | "." => module.module.clone(),
        dir => format!("{}/{dir}", module.module),
    })
}

/// The `[[link]]` entry for an image.
fn stated<'i>(input: &Input<'i>, name: &ImageName) -> Option<&'i LinkOverride> {
    input.overrides.iter().find(|it| {
        let stated = ImageName::parse(&it.image.value);
        !stated.repository.is_empty()
            && stated.repository == name.repository
            && (stated.registry.is_empty() || stated.registry == name.registry)
    })
}

fn stated_link(
    project: &Project,
    entries: &Entries<'_>,
    stated: &LinkOverride,
    command: Option<&Start>,
    arguments: Option<&Start>,
) -> ImageLink {
    let evidence =
        |place| vec![Evidence { place: Some(place), text: "`[[link]]` says so".to_owned() }];
    let mut found = ImageLink::default();
    if let Some(path) = &stated.dockerfile
        && let Some(dockerfile) = project.dockerfiles.iter().find(|it| it.path == path.value)
    {
        let last = dockerfile.stages.len().saturating_sub(1);
        found.programs = entries.programs(dockerfile, last, command, arguments);
        platforms::of_dockerfile(project, dockerfile.id).fill(&mut found);
        found.dockerfile =
            Some(Link { target: dockerfile.id, confidence: 1.0, evidence: evidence(path.place) });
    }
    if let Some(dir) = &stated.program {
        let wanted = entry::program_dir(&dir.value);
        let program = project.programs.iter().find(|it| it.dir == wanted);
        found.programs = program
            .map(|it| Link { target: it.id, confidence: 1.0, evidence: evidence(dir.place) })
            .into_iter()
            .collect();
    }
    found
}

/// What may build an image, best first.
fn units(project: &Project, name: &ImageName) -> Vec<Link<Unit>> {
    // Two lines of one kind are one piece of evidence, a Makefile and skaffold are two.
    let mut declared: BTreeMap<(Unit, &str), Link<Unit>> = BTreeMap::new();
    for push in &project.pushes {
        let Some(edge) = push_edge(project, push, name) else { continue };
        let best = declared.entry((edge.target, push.source)).or_insert_with(|| edge.clone());
        if best.confidence < edge.confidence {
            *best = edge;
        }
    }
    let mut edges: Vec<Link<Unit>> = declared.into_values().collect();
    edges.extend(name_edges(project, name));
    let mut found: Vec<Link<Unit>> = Vec::new();
    for edge in edges {
        match found.iter_mut().find(|it| it.target == edge.target) {
            Some(before) => {
                before.confidence = 1.0 - (1.0 - before.confidence) * (1.0 - edge.confidence);
                before.evidence.extend(edge.evidence);
            }
            None => found.push(edge),
        }
    }
    found.sort_by(|a, b| {
        let development = |it: &Link<Unit>| project.dockerfile(it.target.0).development;
        b.confidence
            .total_cmp(&a.confidence)
            .then(development(a).cmp(&development(b)))
            .then(a.target.cmp(&b.target))
    });
    found
}

/// A build file that names both the image and the Dockerfile.
fn push_edge(project: &Project, push: &ImagePush, name: &ImageName) -> Option<Link<Unit>> {
    let path = push.dockerfile.as_deref()?;
    let dockerfile = project.dockerfiles.iter().find(|it| it.path == path)?;
    let stage = match &push.target {
        Some(target) => dockerfile.stage(target)?.0.0,
        None => dockerfile.stages.len().checked_sub(1)?,
    };
    let (confidence, image) = push
        .images
        .iter()
        .filter_map(|image| Some((push_confidence(push, &image.value, name)?, image)))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let text = format!("{} builds `{}` from {path}", push.source, image.value);
    let evidence = vec![Evidence { place: Some(image.place), text }];
    Some(Link { target: (dockerfile.id, stage), confidence, evidence })
}

/// How much a pushed name proves for an image of a manifest: all of it when the repository paths
/// are equal, less when only the last segments are.
fn push_confidence(push: &ImagePush, pushed: &str, name: &ImageName) -> Option<f32> {
    let pushed = ImageName::parse(pushed);
    if pushed.repository == name.repository {
        return Some(push.confidence);
    }
    if pushed.last() != name.last() || !is_resolved(pushed.last()) {
        return None;
    }
    // The rest is a variable, or the pushed name is relative (skaffold's default repository).
    let open = !is_resolved(&pushed.repository) && may_equal_tail(&pushed, name);
    let relative = !pushed.repository.contains('/') || !name.repository.contains('/');
    Some(if open {
        push.confidence.min(0.6)
    } else if relative {
        push.confidence * 0.95
    } else {
        push.confidence * 0.75
    })
}

fn may_equal_tail(pushed: &ImageName, name: &ImageName) -> bool {
    may_equal(&pushed.repository, &name.repository) || pushed.repository.starts_with("${")
}

/// What names alone say.
fn name_edges(project: &Project, name: &ImageName) -> Vec<Link<Unit>> {
    let mut found = Vec::new();
    let last = name.last();
    if last.is_empty() || !is_resolved(&name.repository) {
        return found;
    }
    let repository = repository_name(project);
    let shipping: Vec<_> = project.dockerfiles.iter().filter(|it| !it.development).collect();
    for dockerfile in &shipping {
        let Some(stage) = dockerfile.stages.len().checked_sub(1) else { continue };
        let mut edge = |confidence: f32, text: String| {
            let place = dockerfile.stages.last().map(|it| it.from);
            let evidence = vec![Evidence { place, text }];
            found.push(Link { target: (dockerfile.id, stage), confidence, evidence });
        };
        let directory = names::dockerfile_directory(&dockerfile.path);
        let suffix = names::dockerfile_suffix(&dockerfile.path);
        if directory == Some(last) {
            edge(0.75, format!("the Dockerfile lies in a directory named `{last}`"));
        } else if suffix == Some(last) {
            edge(0.7, format!("`{}` is named after `{last}`", dockerfile.path));
        } else if [directory, suffix]
            .into_iter()
            .flatten()
            .any(|it| names::bare(it, repository) == names::bare(last, repository))
        {
            edge(0.5, format!("`{}` resembles `{last}`", dockerfile.path));
        }
        if let [_] = &*shipping {
            let module = project.go_mods.iter().find(|it| it.dir == ".");
            let path = module.map_or("", |it| it.module.as_str());
            let main = project.programs.iter().any(|it| {
                it.dir
                    .rsplit_once('/')
                    .is_some_and(|(dir, name)| dir.ends_with("cmd") && name == last)
            });
            if path.ends_with(&name.repository) && name.repository.contains('/') {
                edge(
                    0.8,
                    format!("the only Dockerfile, and the image is named as module `{path}`"),
                );
            } else if last == module_name(path) {
                edge(0.7, format!("the only Dockerfile, and module `{path}` ends in `{last}`"));
            } else if main {
                edge(0.7, format!("the only Dockerfile, and a main package is named `{last}`"));
            } else if names::bare(last, "") == names::bare(module_name(path), "") {
                edge(0.5, format!("the only Dockerfile, and `{last}` resembles module `{path}`"));
            }
        }
    }
    found
}

fn repository_name(project: &Project) -> &str {
    let module = project.go_mods.iter().find(|it| it.dir == ".");
    module.map_or("", |it| module_name(&it.module))
}

/// The last part of a module path that is no major version.
fn module_name(path: &str) -> &str {
    let is_major = |it: &str| {
        it.strip_prefix('v').is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()))
    };
    path.rsplit('/').find(|it| !is_major(it)).unwrap_or("")
}

/// Images built without a Dockerfile: ko by its main package.
fn direct_programs(project: &Project, name: &ImageName) -> Vec<Link<ProgramId>> {
    let mut found: Vec<Link<ProgramId>> = Vec::new();
    for push in &project.pushes {
        let Some(dir) = &push.main_dir else { continue };
        let matched = push.images.iter().find_map(|it| push_confidence(push, &it.value, name));
        let Some(confidence) = matched else { continue };
        let Some(program) = project.programs.iter().find(|it| it.dir == *dir) else { continue };
        if found.iter().all(|it| it.target != program.id) {
            let text = format!("{} builds the image from `{dir}`", push.source);
            let evidence = vec![Evidence { place: Some(push.place), text }];
            found.push(Link { target: program.id, confidence, evidence });
        }
    }
    found
}
