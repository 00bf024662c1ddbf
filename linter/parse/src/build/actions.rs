//! Actions that build images with inputs of their own, besides docker/build-push-action.

use goready_model::{ImagePush, Located, Node};

use super::{
    expand::is_resolved,
    yaml::{argument_names, head, image_build, join, platforms},
};

/// What a step of an action builds; `None` for other actions. `fill` gives an input's text with
/// its expressions filled in.
pub(super) fn read(
    action: &str,
    step: Node<'_>,
    fill: &dyn Fn(&str) -> String,
) -> Option<ImagePush> {
    let inputs = match action {
        // README, v2: one architecture a job, pushed by the release system.
        "hashicorp/actions-docker-build" => Inputs {
            source: "hashicorp/actions-docker-build",
            file: &["dockerfile"],
            images: &["tags"],
            platforms: &["platform", "arch"],
            target: "target",
        },
        // README, v2: `archs` are architectures, `platforms` have their operating system.
        "redhat-actions/buildah-build" => Inputs {
            source: "redhat-actions/buildah-build",
            file: &["containerfiles", "dockerfiles"],
            images: &["image"],
            platforms: &["platforms", "archs"],
            target: "",
        },
        _ => return None,
    };
    Some(inputs.read(step, fill))
}

struct Inputs {
    source: &'static str,
    /// The first of these that is there counts.
    file: &'static [&'static str],
    images: &'static [&'static str],
    platforms: &'static [&'static str],
    target: &'static str,
}

impl Inputs {
    fn read(&self, step: Node<'_>, fill: &dyn Fn(&str) -> String) -> ImagePush {
        let with = step.get("with");
        let first = |keys: &[&str]| keys.iter().find_map(|key| with?.get(key));
        let place = step.get("uses").map_or_else(|| head(step), |it| it.place());
        let mut push = image_build(self.source, 0.8, place);
        let context = first(&["context", "workdir"]).map_or(".".to_owned(), |it| fill(it.text()));
        push.context = join(".", &context).filter(|it| is_resolved(it));
        let file = first(self.file).map_or("Dockerfile".to_owned(), |it| fill(it.text()));
        let base = if file == "Dockerfile" { push.context.clone() } else { Some(".".to_owned()) };
        push.dockerfile = base.and_then(|it| join(&it, file.trim())).filter(|it| is_resolved(it));
        push.target = first(&[self.target])
            .map(|it| fill(it.text()))
            .filter(|it| is_resolved(it) && !it.is_empty());
        push.arguments = argument_names(first(&["build-args"]));
        if let Some(node) = first(self.images) {
            let text = fill(node.text());
            let names = text.split(['\n', ',']).map(str::trim).filter(|it| !it.is_empty());
            push.images = names.map(|it| Located::new(it.to_owned(), node.place())).collect();
        }
        if let Some(node) = first(self.platforms) {
            for item in fill(node.text()).split([',', ' ', '\n']).filter(|it| !it.is_empty()) {
                let item =
                    if item.contains('/') { item.to_owned() } else { format!("linux/{item}") };
                platforms(&item, node.place(), &mut push.platforms, &mut push.platforms_unresolved);
            }
        }
        push
    }
}
