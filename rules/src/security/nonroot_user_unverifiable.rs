//! The pod must not run as root, and the kubelet cannot tell that it does not.
//!
//! ## What it does
//! For containers with `runAsNonRoot: true` (of their own or from the pod) looks for the user: a
//! `runAsUser` of 0, or, without one, the last USER of the image that the container is built from.
//! A name is as bad as root, because the kubelet sees the image's configuration only and cannot look
//! a name up. Base images with a numeric default user are known; images that are not built here are
//! left alone.
//!
//! ## Why is this bad
//! The container is never created: the pod stays in CreateContainerConfigError with `container has
//! runAsNonRoot and image has non-numeric user`, or `image will run as root`.
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
//!       securityContext:
//!         runAsNonRoot: true
//!       containers:
//!         - name: api
//!           image: registry.example.com/acme/api:1.4.2
//! ```
//! `docker-bake.hcl`:
//! ```hcl
//! target "default" {
//!   tags = ["registry.example.com/acme/api"]
//! }
//! ```
//! `Dockerfile`:
//! ```dockerfile
//! FROM alpine:3.22
//! RUN adduser -D -u 10001 app
//! COPY api /api
//! USER app
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## Use instead
//! `Dockerfile`:
//! ```dockerfile
//! FROM alpine:3.22
//! RUN adduser -D -u 10001 app
//! COPY api /api
//! USER 10001
//! ENTRYPOINT ["/api"]
//! ```
//!
//! ## References
//! - [kubelet: verifyRunAsNonRoot](https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kuberuntime/security_context.go)
//! - [Kubernetes: configure a security context](https://kubernetes.io/docs/tasks/configure-pod-container/security-context/)

use goready_model::{
    Confidence, Container, Dockerfile, Edit, Field, Instruction, Located, Outcome, Place, Profile,
    Stage, StageId, Workload,
};

use crate::{Check, Cx, Findings, Rule, Scope, images, programs};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Certain,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &["DL3066", "kube-linter/run-as-non-root"],
    check: Check::Workload(check),
};

fn check(cx: &Cx<'_>, workload: &Workload, findings: &mut Findings) {
    let Some(pod) = workload.pod() else { return };
    let windows = pod.node.path(&["os", "name"]).is_some_and(|it| it.text() == "windows");
    if windows {
        return;
    }
    for container in pod.all_containers() {
        let non_root = pod.security_field(container, "runAsNonRoot", |it| it.as_bool());
        let Some(non_root) = non_root.set().filter(|it| it.value) else { continue };
        match pod.security_field(container, "runAsUser", |it| it.as_i64()) {
            Field::Set(user) if user.value == 0 => {
                findings
                    .report(
                        user.place,
                        "`runAsUser: 0` contradicts `runAsNonRoot`, the container is never created",
                    )
                    .help("set `runAsUser` to a number above 0")
                    .label(non_root.place, "root is not allowed here")
                    .pointer(container.node);
            }
            Field::Unset(_) => image(cx, workload, container, non_root.place, findings),
            Field::Set(_) | Field::Dynamic(_) => {}
        }
    }
}

/// What the image says about its user.
enum User<'d> {
    /// A number above 0, or not known.
    Fine,
    /// No USER on a base that runs as root.
    Default {
        from: Place,
        base: String,
    },
    Root(&'d Located<Option<String>>),
    Named {
        user: &'d Located<Option<String>>,
        name: String,
    },
}

fn image(
    cx: &Cx<'_>,
    workload: &Workload,
    container: Container<'_>,
    non_root: Place,
    findings: &mut Findings,
) {
    let Some(link) = cx.project.container_link(workload.id, container.name()) else { return };
    let Some(built) = &link.link.dockerfile else { return };
    if link.third_party || built.confidence < programs::BROKEN {
        return;
    }
    let dockerfile = cx.project.dockerfile(built.target);
    let Some(stage) = images::shipped_stage(cx, dockerfile) else { return };
    if dockerfile.incomplete {
        return;
    }
    match user(dockerfile, stage) {
        User::Fine => {}
        User::Default { from, base } => {
            findings
                .report(
                    from,
                    format!("`runAsNonRoot` with an image on `{base}` that sets no USER: it runs as root"),
                )
                .help("write `USER 65532:65532`, or set `runAsUser`")
                .label(non_root, "root is not allowed here")
                .pointer(container.node);
        }
        User::Root(user) => {
            let name = user.value.clone().unwrap_or_default();
            findings
                .report(
                    user.place,
                    format!("`runAsNonRoot` with `USER {name}`: the image runs as root"),
                )
                .help("write `USER 65532:65532`, or set `runAsUser`")
                .label(non_root, "root is not allowed here")
                .pointer(container.node);
        }
        User::Named { user, name } => {
            let finding = findings
                .report(
                    user.place,
                    format!(
                        "`runAsNonRoot` with `USER {name}`: the kubelet cannot verify a user name"
                    ),
                )
                .help("write the user's number, or set `runAsUser`")
                .label(non_root, "the kubelet must be sure here")
                .pointer(container.node);
            if let Some(number) = number_of(dockerfile, stage, &name) {
                let group = user.value.as_deref().and_then(|it| it.split_once(':'));
                let text = group.map_or(number.clone(), |(_, group)| format!("{number}:{group}"));
                let edit = Edit { place: user.place, text };
                finding.safe_fix(format!("Write the number of `{name}`"), vec![edit]);
            }
        }
    }
}

fn user(dockerfile: &Dockerfile, stage: StageId) -> User<'_> {
    if let Some(user) = images::chain(dockerfile, stage).find_map(Stage::user) {
        let Some(text) = &user.value else { return User::Fine };
        let name = text.split(':').next().unwrap_or(text).trim();
        return match name.parse::<u64>() {
            Ok(0) => User::Root(user),
            Ok(_) => User::Fine,
            Err(_) if name == "root" => User::Root(user),
            Err(_) if name.is_empty() => User::Fine,
            Err(_) => User::Named { user, name: name.to_owned() },
        };
    }
    let Some(bottom) = images::bottom(dockerfile, stage) else { return User::Fine };
    let (Some(image), Some(base)) = (&bottom.image, bottom.base()) else { return User::Fine };
    if base.user(&image.tag) != "0" {
        return User::Fine;
    }
    User::Default { from: bottom.stage.base_text.place, base: image.full() }
}

/// The number that the Dockerfile gives a user it creates (`adduser -u`, `useradd --uid`), or that
/// the base image is known to give it.
fn number_of(dockerfile: &Dockerfile, stage: StageId, name: &str) -> Option<String> {
    let bottom = images::bottom(dockerfile, stage)?;
    // distroless and Chainguard call 65532 nonroot.
    let known = bottom
        .image
        .as_ref()
        .is_some_and(|it| it.full().starts_with("gcr.io/distroless/") || it.registry == "cgr.dev");
    if known && name == "nonroot" {
        return Some("65532".to_owned());
    }
    let instructions = images::chain(dockerfile, stage).flat_map(|it| &it.instructions);
    let runs = instructions.filter_map(|it| match it {
        Instruction::Run(run) => Some(run),
        _ => None,
    });
    runs.flat_map(|it| &it.commands).find_map(|words| {
        let texts: Vec<&str> = words.iter().map(|it| it.text.as_str()).collect();
        let creates = texts.iter().any(|it| matches!(*it, "adduser" | "useradd"));
        if !creates || !texts.contains(&name) {
            return None;
        }
        let numbers = texts.windows(2).find_map(|pair| match pair {
            ["-u" | "--uid", number] => Some(*number),
            _ => None,
        });
        let joined = texts.iter().find_map(|it| it.strip_prefix("--uid="));
        let number = numbers.or(joined)?;
        number.parse::<u64>().ok().filter(|it| *it > 0).map(|it| it.to_string())
    })
}
