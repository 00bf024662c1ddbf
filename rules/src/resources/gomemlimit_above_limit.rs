//! GOMEMLIMIT leaves no room below the container's memory limit.
//!
//! ## What it does
//! Compares GOMEMLIMIT (as an env value, a reference to `limits.memory`, `ENV` of the Dockerfile,
//! or a constant given to `debug.SetMemoryLimit`) with the memory limit of the container. Above
//! 95 % it is a risk; at the limit or above it can never do its job.
//!
//! ## Why is this bad
//! GOMEMLIMIT makes the garbage collector work harder when the heap nears it. The kernel counts
//! more than that heap: the binary, stacks of C code, buffers. With no room between the two limits
//! the kernel kills the container before the collector reacts.
//!
//! ## Example
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
//!           image: registry.example.com/api:1.4.2
//!           env:
//!             - name: GOMEMLIMIT
//!               value: 1GiB
//!           resources:
//!             limits:
//!               memory: 1Gi
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
//!           image: registry.example.com/api:1.4.2
//!           env:
//!             - name: GOMEMLIMIT
//!               value: 920MiB
//!           resources:
//!             limits:
//!               memory: 1Gi
//! ```
//!
//! ## References
//! - [Go: a guide to the garbage collector, memory limit](https://go.dev/doc/gc-guide#Memory_limit)

use goready_model::{
    Confidence, Container, ContainerLink, Edit, Located, Outcome, Place, Pod, Profile, Program,
    Workload,
};
use goready_sim::{
    go_runtime::{MemoryLimit, format_byte_count},
    quantity::{Quantity, display_bytes},
};

use crate::{Check, Cx, Findings, Rule, Scope, programs, resources::memory};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Risk,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &[],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    for container in workload.pod().into_iter().flat_map(Pod::all_containers) {
        let Some(limit) = memory::memory_limit(container) else { continue };
        let link = cx.project.container_link(workload.id, container.name());
        let linked = cx
            .project
            .programs_of(workload.id, programs::RISK)
            .find(|(it, _, _)| it.container == container.name());
        if linked.is_some_and(|(_, _, program)| memory::uses_automemlimit(program)) {
            continue;
        }
        let program = linked.map(|(_, link, program)| (program, link.confidence));
        let Some(told) = told(cx, container, limit.value, link, program) else { continue };
        // Integer arithmetic: 20 parts of the one against 19 of the other.
        if u128::from(told.bytes) * 20 <= u128::from(limit.value) * 19 {
            continue;
        }
        report(&told, limit, container, findings);
    }
}

/// What the runtime is told, and by whom.
struct Told {
    bytes: u64,
    place: Place,
    /// For the message: `GOMEMLIMIT 1GiB`.
    text: String,
    /// The place holds nothing but the value, in GOMEMLIMIT's own syntax.
    editable: bool,
    /// The link to an image or program proves enough for `broken`.
    strong: bool,
}

/// A call at run time counts before the container's env, that before the image's.
fn told(
    cx: &Cx<'_>,
    container: Container<'_>,
    limit: u64,
    link: Option<&ContainerLink>,
    program: Option<(&Program, f32)>,
) -> Option<Told> {
    if let Some((program, confidence)) = program
        && let Some((place, bytes)) = memory::set_memory_limit(program)
    {
        let bytes = bytes?;
        let text = format!("`debug.SetMemoryLimit` {}", format_byte_count(bytes));
        let strong = confidence >= programs::BROKEN;
        return Some(Told { bytes, place, text, editable: false, strong });
    }
    if let Some(entry) = container.env_named(super::gomemlimit_invalid::NAME) {
        if let Some(value) = entry.value().set() {
            let MemoryLimit::Bytes(bytes) = MemoryLimit::parse(value.value)? else { return None };
            let text = format!("GOMEMLIMIT {}", value.value);
            return Some(Told { bytes, place: value.place, text, editable: true, strong: true });
        }
        let field = entry.value_from()?.get("resourceFieldRef")?;
        let resource = field.get("resource")?;
        let whole = resource.as_str() == Some("limits.memory")
            && field.get("divisor").is_none_or(|it| Quantity::known(it).is_some_and(is_one))
            && field.get("containerName").is_none_or(|it| it.as_str() == Some(container.name()));
        let text = "GOMEMLIMIT by reference".to_owned();
        let place = resource.place();
        let told = Told { bytes: limit, place, text, editable: false, strong: true };
        return whole.then_some(told);
    }
    let link = link?;
    let dockerfile = memory::dockerfile(cx.project, link, programs::RISK)?;
    let set = memory::image_gomemlimit(dockerfile)?;
    let MemoryLimit::Bytes(bytes) = set.value else { return None };
    let text = format!("GOMEMLIMIT {} of the image", format_byte_count(bytes));
    let strong = memory::dockerfile(cx.project, link, programs::BROKEN).is_some();
    Some(Told { bytes, place: set.place, text, editable: true, strong })
}

/// The default divisor; 0 counts as unset.
fn is_one(divisor: Quantity) -> bool {
    divisor == Quantity::from_units(1) || divisor.is_zero()
}

fn report(told: &Told, limit: Located<u64>, container: Container<'_>, findings: &mut Findings) {
    let allowed = display_bytes(Quantity::from_units(limit.value as i64));
    let relation = match told.bytes.cmp(&limit.value) {
        std::cmp::Ordering::Less => "is more than 95 % of",
        std::cmp::Ordering::Equal => "equals",
        std::cmp::Ordering::Greater => "is above",
    };
    let at_limit = told.bytes >= limit.value && told.strong;
    let recommended = memory::recommended(limit.value);
    let draft = findings
        .report(
            told.place,
            format!(
                "{} {relation} the memory limit {allowed}, the kernel kills before the GC reacts",
                told.text
            ),
        )
        .pointer(container.node)
        .help(format!("set it to about 90 % of the limit, here {recommended}"))
        .outcome(if at_limit { Outcome::Broken } else { Outcome::Risk })
        .label(limit.place, "the container is killed above this");
    if told.editable {
        let edit = Edit { place: told.place, text: recommended.clone() };
        draft.unsafe_fix(format!("Set GOMEMLIMIT to {recommended}"), vec![edit]);
    }
}
