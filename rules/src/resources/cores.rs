//! What rules about the cores of Go programs share: limits, versions, and who sets GOMAXPROCS.

use goready_model::{Container, GoMod, Located, Program, Project, RuntimeFactKind};
use goready_sim::quantity::Quantity;

/// The variable, and the function of `runtime`.
pub(super) const NAME: &str = "GOMAXPROCS";

/// First Go version whose runtime reads the CPU limit of its cgroup
/// (Go 1.25 release notes, "Container-aware GOMAXPROCS").
pub(super) const AWARE_MINOR: u32 = 25;

/// A container's CPU limit, where it is written and known.
pub(super) fn limit(container: Container<'_>) -> Option<Located<Quantity>> {
    let field = container.resource("limits", "cpu").set()?;
    let quantity = Quantity::parse(field.value.trim()).ok()?;
    (quantity.millis() > 0).then_some(Located::new(quantity, field.place))
}

/// The go.mod of a program.
pub(super) fn go_mod<'p>(project: &'p Project, program: &Program) -> Option<&'p GoMod> {
    project.go_mods.get(program.go_mod?)
}

/// Whether the runtime of a program follows the CPU limit by itself. The version of go.mod decides,
/// not the toolchain: it sets the default of GODEBUG. `None` when that is not known.
pub(super) fn is_aware(project: &Project, program: &Program) -> Option<bool> {
    // In a workspace the version of go.work counts.
    let in_workspace = project.paths.values().any(|it| it.rsplit('/').next() == Some("go.work"));
    let go_mod = go_mod(project, program).filter(|_| !in_workspace)?;
    let version = go_mod.go.as_ref()?.value;
    let settings = || go_mod.godebug.iter().chain(&program.uses.godebug);
    let own = settings().rfind(|(name, _)| name == "containermaxprocs");
    match own {
        Some((_, value)) => Some(value != "0"),
        // `default=go1.25` takes the defaults of another version.
        None if settings().any(|(name, _)| name == "default") => None,
        None => Some(version.minor >= AWARE_MINOR),
    }
}

/// Whether the program sets the number of threads itself, or may.
pub(super) fn sets_it(program: &Program) -> bool {
    program.imports_any(&["go.uber.org/automaxprocs"])
        || program.runtime.iter().any(|it| {
            matches!(
                it.kind,
                RuntimeFactKind::MaxProcs(_)
                    | RuntimeFactKind::MaxProcsAll
                    | RuntimeFactKind::AutoMaxProcs
            )
        })
}
