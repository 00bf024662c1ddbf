//! Files that say which image is built from what: skaffold, compose, docker bake.

use std::collections::BTreeMap;

use goready_model::{FileId, ImagePush, Located, Node, Place};
use hcl_edit::{
    Span as _,
    expr::{Expression, ObjectKey},
    structure::{Block, Body, Structure},
    template::{Element, Template},
};

use super::{
    expand::{UNKNOWN, is_resolved},
    yaml::{argument_names, directory, head, image_build, join, platforms, strings, text},
};
use crate::Source;

/// `skaffold.yaml`: artifacts with their platforms. Patches of profiles are left out.
pub(super) fn skaffold(root: Node<'_>, source: &Source<'_>) -> Vec<ImagePush> {
    let Some(build) = root.get("build") else { return Vec::new() };
    let base = directory(source.path);
    let general = build.get("platforms");
    let mut found = Vec::new();
    for artifact in build.get("artifacts").into_iter().flat_map(|it| it.items()) {
        let Some(image) = artifact.get("image").filter(|it| it.is_scalar()) else { continue };
        let mut push = image_build("skaffold.yaml", 0.98, head(artifact));
        push.push = true;
        push.images.push(Located::new(image.text().to_owned(), image.place()));
        let context = text(artifact, "context").unwrap_or(".");
        let context = join(base, context);
        if let Some(ko) = artifact.get("ko") {
            let dir = text(ko, "dir").unwrap_or(".");
            let main = text(ko, "main").unwrap_or(".");
            push.main_dir =
                context.as_deref().and_then(|it| join(it, dir)).and_then(|it| join(&it, main));
        } else if ["buildpacks", "jib", "bazel", "custom"]
            .iter()
            .all(|it| artifact.get(it).is_none())
        {
            let docker = artifact.get("docker");
            let docker = docker.or_else(|| artifact.get("kaniko"));
            let file = docker.and_then(|it| text(it, "dockerfile")).unwrap_or("Dockerfile");
            push.dockerfile = context.as_deref().and_then(|it| join(it, file));
            push.target = docker.and_then(|it| text(it, "target")).map(str::to_owned);
            push.arguments = argument_names(docker.and_then(|it| it.get("buildArgs")));
        }
        push.context = context;
        for item in strings(artifact.get("platforms").or(general)) {
            let unresolved = &mut push.platforms_unresolved;
            platforms(&item.value, item.place, &mut push.platforms, unresolved);
        }
        found.push(push);
    }
    found
}

/// Services of a compose file that are built.
pub(super) fn compose(root: Node<'_>, source: &Source<'_>) -> Vec<ImagePush> {
    let base = directory(source.path);
    let mut found = Vec::new();
    for service in root.get("services").into_iter().flat_map(|it| it.entries()) {
        let Some(build) = service.value.get("build") else { continue };
        let mut push = image_build("compose", 0.95, service.key.place());
        let context = if build.is_scalar() { Some(build.text()) } else { text(build, "context") };
        let context = variables(context.unwrap_or("."));
        push.context = join(base, &context).filter(|it| is_resolved(it));
        let file = text(build, "dockerfile").unwrap_or("Dockerfile");
        push.dockerfile = push
            .context
            .as_deref()
            .and_then(|it| join(it, &variables(file)))
            .filter(|it| is_resolved(it));
        push.target = text(build, "target").map(str::to_owned);
        push.arguments = argument_names(build.get("args"));
        if let Some(image) = service.value.get("image").filter(|it| it.is_scalar()) {
            push.images.push(Located::new(variables(image.text()), image.place()));
        }
        for item in strings(build.get("platforms")) {
            let unresolved = &mut push.platforms_unresolved;
            platforms(&variables(&item.value), item.place, &mut push.platforms, unresolved);
        }
        found.push(push);
    }
    found
}

/// Compose variables: `${NAME:-default}` as its default, others unknown.
fn variables(value: &str) -> String {
    let source = goready_model::SourceText::verbatim(
        value,
        goready_model::Span::new(FileId(0), 0, value.len()),
    );
    let words = super::shell::words(&source);
    let lookup = |_: &str| None;
    words
        .iter()
        .map(|(_, it)| super::expand::text(&it.parts, &lookup))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A bake target before inheritance.
#[derive(Debug, Clone, Default)]
struct Target {
    place: Option<Place>,
    inherits: Vec<String>,
    context: Option<String>,
    dockerfile: Option<String>,
    stage: Option<String>,
    tags: Vec<Located<String>>,
    platforms: Vec<Located<String>>,
    arguments: Vec<String>,
}

impl Target {
    /// What the target does not set itself comes from those it inherits, later ones first.
    fn inherit(&mut self, other: &Self) {
        self.context = self.context.take().or_else(|| other.context.clone());
        self.dockerfile = self.dockerfile.take().or_else(|| other.dockerfile.clone());
        self.stage = self.stage.take().or_else(|| other.stage.clone());
        if self.tags.is_empty() {
            self.tags.clone_from(&other.tags);
        }
        if self.platforms.is_empty() {
            self.platforms.clone_from(&other.platforms);
        }
        self.arguments.extend(other.arguments.iter().cloned());
    }
}

fn bake_pushes(targets: &BTreeMap<String, Target>, source: &Source<'_>) -> Vec<ImagePush> {
    let base = directory(source.path);
    let mut found = Vec::new();
    for name in targets.keys() {
        let target = inherited(targets, name, 0);
        let Some(place) = target.place else { continue };
        if target.tags.is_empty() && target.platforms.is_empty() {
            continue;
        }
        let mut push = image_build("docker-bake", 0.95, place);
        push.push = true;
        push.context =
            join(base, target.context.as_deref().unwrap_or(".")).filter(|it| is_resolved(it));
        let file = target.dockerfile.as_deref().unwrap_or("Dockerfile");
        push.dockerfile =
            push.context.as_deref().and_then(|it| join(it, file)).filter(|it| is_resolved(it));
        push.target = target.stage;
        push.images = target.tags;
        push.arguments = target.arguments;
        for item in target.platforms {
            let unresolved = &mut push.platforms_unresolved;
            platforms(&item.value, item.place, &mut push.platforms, unresolved);
        }
        found.push(push);
    }
    found
}

fn inherited(targets: &BTreeMap<String, Target>, name: &str, depth: usize) -> Target {
    let Some(mut target) = targets.get(name).cloned() else { return Target::default() };
    if depth < 16 {
        for parent in target.inherits.clone().iter().rev() {
            target.inherit(&inherited(targets, parent, depth + 1));
        }
    }
    target
}

/// `docker-bake.json`.
pub(super) fn bake_json(root: Node<'_>, source: &Source<'_>) -> Vec<ImagePush> {
    let mut targets = BTreeMap::new();
    for entry in root.get("target").into_iter().flat_map(|it| it.entries()) {
        let it = entry.value;
        let target = Target {
            place: Some(entry.key.place()),
            inherits: strings(it.get("inherits")).into_iter().map(|it| it.value).collect(),
            context: text(it, "context").map(str::to_owned),
            dockerfile: text(it, "dockerfile").map(str::to_owned),
            stage: text(it, "target").map(str::to_owned),
            tags: strings(it.get("tags")),
            platforms: strings(it.get("platforms")),
            arguments: argument_names(it.get("args")),
        };
        targets.insert(entry.key.text().to_owned(), target);
    }
    bake_pushes(&targets, source)
}

/// `docker-bake.hcl`.
pub(super) fn bake_hcl(source: &Source<'_>) -> Vec<ImagePush> {
    let Ok(body) = hcl_edit::parser::parse_body(source.text) else { return Vec::new() };
    let mut reader = Hcl { file: source.file, variables: BTreeMap::new() };
    let blocks: Vec<&Block> = body.iter().filter_map(Structure::as_block).collect();
    for block in blocks.iter().filter(|it| it.ident.as_str() == "variable") {
        let Some(label) = block.labels.first() else { continue };
        let default = attribute(&block.body, "default").map(|it| reader.items(it));
        reader.variables.insert(label.as_str().to_owned(), default.unwrap_or_default());
    }
    let mut targets = BTreeMap::new();
    for block in blocks.iter().filter(|it| it.ident.as_str() == "target") {
        let Some(label) = block.labels.first() else { continue };
        for combination in reader.combinations(attribute(&block.body, "matrix")) {
            let mut reader = Hcl { file: reader.file, variables: reader.variables.clone() };
            let one_of_many = !combination.is_empty();
            reader.variables.extend(combination.into_iter().map(|(name, it)| (name, vec![it])));
            let named = attribute(&block.body, "name").filter(|_| one_of_many);
            let name = named.map_or_else(|| label.as_str().to_owned(), |it| reader.text(it));
            targets.insert(name, reader.target(block));
        }
    }
    bake_pushes(&targets, source)
}

fn attribute<'b>(body: &'b Body, key: &str) -> Option<&'b Expression> {
    body.iter()
        .filter_map(Structure::as_attribute)
        .find(|it| it.key.as_str() == key)
        .map(|it| &it.value)
}

/// Keys of an object.
fn keys(expression: &Expression) -> Vec<String> {
    let Expression::Object(object) = expression else { return Vec::new() };
    object.iter().filter_map(|(key, _)| key_name(key)).collect()
}

fn key_name(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(Expression::String(name)) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(_) => None,
    }
}

/// Values of a bake file's expressions, as far as they are literals and variables.
struct Hcl {
    file: FileId,
    /// One value, or the items of a list; nothing for a variable without a default.
    variables: BTreeMap<String, Vec<String>>,
}

/// Combinations of a matrix that are followed.
const MAX_COMBINATIONS: usize = 64;

impl Hcl {
    fn target(&self, block: &Block) -> Target {
        let one = |key: &str| attribute(&block.body, key).map(|it| self.text(it));
        let list =
            |key: &str| attribute(&block.body, key).map(|it| self.list(it)).unwrap_or_default();
        Target {
            place: block.ident.span().map(|it| Place::new(self.file, it.start, it.end)),
            inherits: list("inherits").into_iter().map(|it| it.value).collect(),
            context: one("context"),
            dockerfile: one("dockerfile"),
            stage: one("target"),
            tags: list("tags"),
            platforms: list("platforms"),
            arguments: attribute(&block.body, "args").map(keys).unwrap_or_default(),
        }
    }

    /// The combinations of a matrix, one empty one without it.
    fn combinations(&self, matrix: Option<&Expression>) -> Vec<BTreeMap<String, String>> {
        let mut found = vec![BTreeMap::new()];
        let Some(Expression::Object(object)) = matrix else { return found };
        for (key, value) in object {
            let Some(name) = key_name(key) else { continue };
            let items = self.items(value.expr());
            let mut next = Vec::new();
            for before in &found {
                for item in &items {
                    let mut combination = before.clone();
                    combination.insert(name.clone(), item.clone());
                    next.push(combination);
                }
            }
            if !next.is_empty() {
                next.truncate(MAX_COMBINATIONS);
                found = next;
            }
        }
        found
    }

    /// The items of a list, or the one value.
    fn items(&self, expression: &Expression) -> Vec<String> {
        match expression {
            Expression::Array(items) => items.iter().map(|it| self.text(it)).collect(),
            Expression::Variable(name) => {
                let value = self.variables.get(name.as_str()).cloned().unwrap_or_default();
                if value.is_empty() { vec![self.variable(name.as_str())] } else { value }
            }
            _ => vec![self.text(expression)],
        }
    }

    fn text(&self, expression: &Expression) -> String {
        match expression {
            Expression::String(text) => text.as_str().to_owned(),
            Expression::Variable(name) => self.variable(name.as_str()),
            Expression::StringTemplate(template) => {
                template.iter().map(|it| self.element(it)).collect()
            }
            Expression::HeredocTemplate(heredoc) => self.template(&heredoc.template),
            Expression::Parenthesis(inner) => self.text(inner.inner()),
            _ => UNKNOWN.to_owned(),
        }
    }

    fn template(&self, template: &Template) -> String {
        template.iter().map(|it| self.element(it)).collect()
    }

    fn element(&self, element: &Element) -> String {
        match element {
            Element::Literal(text) => text.as_str().to_owned(),
            Element::Interpolation(inner) => self.text(&inner.expr),
            Element::Directive(_) => UNKNOWN.to_owned(),
        }
    }

    /// A variable's default; one without a value may be set by the environment.
    fn variable(&self, name: &str) -> String {
        match self.variables.get(name).map(Vec::as_slice) {
            Some([value]) if !value.is_empty() => value.clone(),
            _ => super::expand::unresolved(name),
        }
    }

    /// The items of a list, each where it stands.
    fn list(&self, expression: &Expression) -> Vec<Located<String>> {
        match expression {
            Expression::Array(items) => items
                .iter()
                .filter_map(|it| Some(Located::new(self.text(it), self.place(it)?)))
                .collect(),
            // `[for tag in tags : "acme/api:${tag}"]`: once, with the variable unknown.
            Expression::ForExpr(each) => {
                let place = self.place(&each.value_expr).or_else(|| self.place(expression));
                place.map(|it| Located::new(self.text(&each.value_expr), it)).into_iter().collect()
            }
            _ => {
                let Some(place) = self.place(expression) else { return Vec::new() };
                self.items(expression).into_iter().map(|it| Located::new(it, place)).collect()
            }
        }
    }

    fn place(&self, expression: &Expression) -> Option<Place> {
        expression.span().map(|it| Place::new(self.file, it.start, it.end))
    }
}
