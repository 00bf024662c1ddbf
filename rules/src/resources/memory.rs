//! What rules about the memory of Go programs share: limits, and who tells the runtime of them.

use goready_model::{
    Container, ContainerLink, Dockerfile, Located, Place, Program, RuntimeFactKind, Stage,
    StageBase,
};
use goready_sim::{go_runtime::MemoryLimit, quantity::Quantity};

/// A container's memory limit in bytes, where it is written and known.
pub(super) fn memory_limit(container: Container<'_>) -> Option<Located<u64>> {
    let field = container.resource("limits", "memory").set()?;
    let bytes = u64::try_from(Quantity::parse(field.value.trim()).ok()?.units()).ok()?;
    (bytes > 0).then_some(Located::new(bytes, field.place))
}

/// A GOMEMLIMIT in the image, from the stage that becomes it or one it is built on.
pub(super) fn image_gomemlimit(dockerfile: &Dockerfile) -> Option<Located<MemoryLimit>> {
    let mut stage: &Stage = dockerfile.final_stage()?;
    // A stage is built on earlier ones only, so this ends.
    for _ in 0..dockerfile.stages.len() {
        let set = stage.env().filter(|(name, _)| name.value == super::gomemlimit_invalid::NAME);
        if let Some((_, value)) = set.last() {
            let value = value.as_ref().set()?;
            return Some(Located::new(MemoryLimit::parse(value.value)?, value.place));
        }
        let StageBase::Stage(id) = stage.base else { return None };
        stage = dockerfile.stages.get(id.0)?;
    }
    None
}

/// Whether the image sets GOMEMLIMIT to anything at all.
pub(super) fn image_sets_gomemlimit(dockerfile: &Dockerfile) -> bool {
    let stages = dockerfile.stages.iter().flat_map(Stage::env);
    stages.into_iter().any(|(name, _)| name.value == super::gomemlimit_invalid::NAME)
}

/// The Dockerfile behind a container's image.
pub(super) fn dockerfile<'p>(
    project: &'p goready_model::Project,
    link: &ContainerLink,
    confidence: f32,
) -> Option<&'p Dockerfile> {
    let found = link.link.dockerfile.as_ref().filter(|it| it.confidence >= confidence)?;
    Some(project.dockerfile(found.target))
}

/// `debug.SetMemoryLimit` with a constant.
pub(super) fn set_memory_limit(program: &Program) -> Option<(Place, Option<u64>)> {
    program.runtime.iter().find_map(|it| match it.kind {
        RuntimeFactKind::MemoryLimit(bytes) => Some((it.place, bytes)),
        _ => None,
    })
}

/// Whether automemlimit sets the limit from the cgroup.
pub(super) fn uses_automemlimit(program: &Program) -> bool {
    program.runtime.iter().any(|it| it.kind == RuntimeFactKind::AutoMemLimit)
        || program.imports_any(&["github.com/KimMachineGun/automemlimit"])
}

/// Nine tenths of a limit in whole MiB, as GOMEMLIMIT takes it.
pub(super) fn recommended(limit: u64) -> String {
    format!("{}MiB", limit / 10 * 9 / (1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recommends_nine_tenths_in_whole_mebibytes() {
        assert_eq!(recommended(256 << 20), "230MiB");
        assert_eq!(recommended(1 << 30), "921MiB");
    }
}
