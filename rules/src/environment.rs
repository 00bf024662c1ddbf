//! What a container gives the Go program it runs: arguments and environment, from the manifest and
//! from the image.

use goready_model::{
    Container, ContainerLink, Dockerfile, Instruction, Object, Program, Project, Workload,
};

use crate::Cx;

/// A container with everything that may set variables and arguments of its program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Environment<'p> {
    project: &'p Project,
    object: &'p Object,
    container: Container<'p>,
    link: &'p ContainerLink,
    confidence: f32,
}

impl<'p> Environment<'p> {
    /// The environment of a container whose image is known, `None` for any other.
    pub(crate) fn of(
        cx: &Cx<'p>,
        workload: &'p Workload,
        container: Container<'p>,
        confidence: f32,
    ) -> Option<Self> {
        let project = cx.project;
        let link = project.container_link(workload.id, container.name())?;
        let object = project.object(workload.object);
        Some(Self { project, object, container, link, confidence })
    }

    /// The program that runs in the container, where it can only be one.
    pub(crate) fn only_program(&self) -> Option<&'p Program> {
        match &*self.link.link.programs {
            [only] if only.confidence >= self.confidence => Some(self.project.program(only.target)),
            _ => None,
        }
    }

    /// The Dockerfile of the container's image.
    pub(crate) fn dockerfile(&self) -> Option<&'p Dockerfile> {
        self.link.link.dockerfile.as_ref().map(|it| self.project.dockerfile(it.target))
    }

    /// Whether a variable is set by the container or its image, or may be by something that is not
    /// known here.
    pub(crate) fn may_set(&self, name: &str) -> bool {
        let entries = self.container.node.get("env");
        let dynamic = entries.is_some_and(|list| {
            list.is_dynamic()
                || list.items().any(|it| it.is_dynamic() || it.str_field("name").value().is_none())
        });
        dynamic
            || self.container.env_named(name).is_some()
            || env_from_may_set(self.project, self.object, self.container, name)
            || self.starts_script()
            || self.image_may_set(name)
    }

    /// A script may export what it likes before it starts the program.
    pub(crate) fn starts_script(&self) -> bool {
        self.link.script.is_some() || self.link.link.entry_script.is_some()
    }

    fn image_may_set(&self, name: &str) -> bool {
        let Some(dockerfile) = self.dockerfile() else { return false };
        dockerfile.incomplete
            || dockerfile
                .stages
                .iter()
                .any(|stage| stage.env().any(|(variable, _)| variable.value == name))
    }

    /// Whether the container or its image passes a flag, or may.
    pub(crate) fn may_pass_flag(&self, flag: &str) -> bool {
        self.starts_script()
            || self.words().any(|word| match word {
                Word::Known(text) => {
                    let name = text.trim_start_matches('-').split('=').next().unwrap_or_default();
                    text.contains("$(") || (text.starts_with('-') && name == flag)
                }
                Word::Unknown => true,
            })
    }

    /// Whether a text appears in any argument or value that the container or its image gives the
    /// program, or may appear in one that is not known.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        let entries = self.container.env();
        self.starts_script()
            || self.container.node.get("envFrom").is_some()
            || entries.into_iter().any(|it| match it.value().set() {
                Some(value) => value.value.contains(text),
                None => it.value_from().is_none() || it.node.holds_dynamic(),
            })
            || self.words().any(|word| match word {
                Word::Known(word) => word.contains(text),
                Word::Unknown => true,
            })
            || self.dockerfile().is_some_and(|dockerfile| {
                let variables = dockerfile.stages.iter().flat_map(|it| it.env());
                dockerfile.incomplete
                    || variables
                        .into_iter()
                        .any(|(_, value)| value.as_ref().value().is_none_or(|it| it.contains(text)))
            })
    }

    /// The words of the command line, of the container and of all stages of its image.
    fn words(&self) -> impl Iterator<Item = Word<'p>> {
        let own = self.container.command().into_iter().chain(self.container.args());
        let own = own.map(|it| it.as_str().map_or(Word::Unknown, Word::Known));
        let stages = self.dockerfile().map(|it| &*it.stages).unwrap_or_default();
        let commands = stages.iter().flat_map(|it| &it.instructions).filter_map(|it| match it {
            Instruction::Entrypoint(command) | Instruction::Cmd(command) => Some(command),
            _ => None,
        });
        own.chain(commands.flat_map(|it| &it.words).map(|it| Word::Known(it.value.as_str())))
    }
}

/// Whether an `envFrom` of the container brings a variable, or one that is not known here might.
pub(crate) fn env_from_may_set(
    project: &Project,
    object: &Object,
    container: Container<'_>,
    name: &str,
) -> bool {
    let Some(list) = container.node.get("envFrom") else { return false };
    list.is_dynamic()
        || list.items().any(|source| {
            let prefixed = source.get("prefix").is_some();
            let map = source.get("configMapRef").and_then(|it| it.get("name"));
            let map = map.and_then(|it| it.as_str());
            prefixed || map.is_none_or(|it| map_may_have(project, object, it, name))
        })
}

/// Whether a ConfigMap has a key, or is not known.
fn map_may_have(project: &Project, object: &Object, map: &str, key: &str) -> bool {
    let mut maps = project
        .objects
        .iter()
        .filter(|it| it.kind == "ConfigMap" && it.unit == object.unit && it.name == map);
    let (Some(map), None) = (maps.next(), maps.next()) else { return true };
    map.partial
        || map
            .node()
            .and_then(|it| it.get("data"))
            .is_none_or(|it| it.holds_dynamic() || it.get(key).is_some())
}

/// Whether another form of the same workload sets a variable for the container: an overlay, a patch,
/// another set of values.
pub(crate) fn set_elsewhere(
    project: &Project,
    object: &Object,
    container: Container<'_>,
    name: &str,
) -> bool {
    let others = project.workloads.iter().filter(|it| {
        let other = project.object(it.object);
        other.id != object.id && other.kind == object.kind && other.name == object.name
    });
    others.filter_map(Workload::pod).any(|pod| {
        pod.all_containers().any(|it| {
            it.name() == container.name()
                && (it.env_named(name).is_some() || it.node.get("envFrom").is_some())
        })
    })
}

/// A word of a command line.
#[derive(Debug, Clone, Copy)]
enum Word<'p> {
    Known(&'p str),
    Unknown,
}
