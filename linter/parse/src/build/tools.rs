//! Configuration of build tools: goreleaser, ko, promu.

use goready_model::{Build, BuildTool, FlagValue, ImagePush, Located, Node, Place, Platform};

use super::{
    expand::{UNKNOWN, is_resolved},
    go_command::{Toolchain, Word, read as read_go},
    yaml::{directory, filled, head, image_build, join, platforms, strings, text},
};
use crate::Source;

/// What a tool builds.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) builds: Vec<Build>,
    pub(super) pushes: Vec<ImagePush>,
}

/// Settings of one build entry, the same in goreleaser and ko.
struct Entry<'t> {
    node: Option<Node<'t>>,
    place: Place,
    tool: BuildTool,
    main: String,
    dir: Option<String>,
    /// Defaults of the tool in front of the entry's own.
    flags: Vec<Located<String>>,
    ldflags: Option<Vec<Located<String>>>,
    environment: Vec<Located<String>>,
}

impl Entry<'_> {
    /// The build as the `go build` that the tool runs.
    fn build(&self, source: &Source<'_>) -> Option<Build> {
        let word = |text: &str, place| Word {
            text: text.to_owned(),
            place,
            verbatim: false,
            inside: None,
        };
        let mut words = vec![word("go", self.place), word("build", self.place)];
        words.extend(self.flags.iter().map(|it| word(&template(&it.value), it.place)));
        if let Some(ldflags) = &self.ldflags {
            let place = ldflags.first().map_or(self.place, |it| it.place);
            let all: Vec<String> = ldflags.iter().map(|it| template(&it.value)).collect();
            words.push(word(&format!("-ldflags={}", all.join(" ")), place));
        }
        words.push(word(&self.main, self.place));
        let variable = |name: &str| {
            self.environment.iter().rev().find_map(|it| {
                let (key, value) = it.value.split_once('=')?;
                (key == name).then(|| Located::new(template(value), it.place))
            })
        };
        let mut build = read_go(&words, &variable, Toolchain::default(), source.file)?;
        build.tool = self.tool;
        build.place = self.place;
        build.dir.clone_from(&self.dir);
        build.discarded = false;
        build.flags_at = None;
        build.ldflags_at = None;
        let key = self.node.and_then(|it| it.get("ldflags"));
        if let (FlagValue::Known(value), Some(node)) = (&mut build.ldflags, key) {
            value.place = node.place();
        }
        Some(build)
    }
}

/// Text with its `{{ ... }}` unknown.
fn template(text: &str) -> String {
    filled(text, "{{", "}}", &|_| None)
}

/// `.goreleaser.yaml` (goreleaser.com/customization, v2).
pub(super) fn goreleaser(root: Node<'_>, source: &Source<'_>) -> Built {
    let mut found = Built::default();
    let project = text(root, "project_name");
    let base = directory(source.path);
    let items: Vec<Node<'_>> = match root.get("builds") {
        Some(builds) if builds.is_sequence() => builds.items().collect(),
        _ => Vec::new(),
    };
    let single = root.get("build").filter(|it| it.is_mapping());
    let nodes: Vec<Option<Node<'_>>> = if items.is_empty() && root.get("builds").is_none() {
        vec![single]
    } else {
        items.into_iter().map(Some).collect()
    };
    for node in nodes {
        let field = |key: &str| node.and_then(|it| text(it, key));
        if field("builder").is_some_and(|it| it != "go") || field("skip") == Some("true") {
            continue;
        }
        let main = field("main").map_or_else(|| ".".to_owned(), template);
        let dir = field("dir").map(template);
        let place = node.map_or_else(|| head(root), head);
        let entry = Entry {
            node,
            place,
            tool: BuildTool::Goreleaser,
            main: main.clone(),
            dir,
            flags: strings(node.and_then(|it| it.get("flags"))),
            ldflags: node.and_then(|it| it.get("ldflags")).map(|it| strings(Some(it))),
            environment: environment(root, node),
        };
        let Some(mut build) = entry.build(source) else { continue };
        if entry.ldflags.is_none() {
            // The default is `-s -w -X main.version=...` (goreleaser internal/builders/golang).
            build.stripped = Some(true);
        }
        let named = field("binary").map(template).or_else(|| project.map(str::to_owned));
        let package = main.rsplit_once('/').filter(|(_, file)| file.ends_with(".go"));
        let package = package.map_or(main.as_str(), |(dir, _)| dir).trim_end_matches('/');
        let last = package.rsplit('/').next().unwrap_or("").to_owned();
        let is_name = !matches!(last.as_str(), "" | ".") && !last.ends_with(".go");
        let fallback = is_name.then_some(last);
        // Without a directory for each target the binary has a path that an image can copy.
        let dist = (field("no_unique_dist_dir") == Some("true"))
            .then(|| text(root, "dist").unwrap_or("dist"));
        build.output = named.or(fallback).map(|name| {
            let path = dist.map(|dist| format!("{dist}/{name}"));
            Located::new(path.unwrap_or(name), place)
        });
        build.goarch = architectures(node, place);
        build.goarch_follows_target = false;
        found.builds.push(build);
    }
    for docker in root.get("dockers").into_iter().flat_map(|it| it.items()) {
        found.pushes.push(goreleaser_image(docker, base));
    }
    for docker in root.get("dockers_v2").into_iter().flat_map(|it| it.items()) {
        found.pushes.push(goreleaser_image_v2(docker, base));
    }
    for ko in root.get("kos").into_iter().flat_map(|it| it.items()) {
        let mut push = image_build("goreleaser", 0.95, head(ko));
        push.push = true;
        push.main_dir = join(base, text(ko, "main").unwrap_or("."));
        let names = ["repository", "repositories"].into_iter().flat_map(|it| strings(ko.get(it)));
        push.images = names.map(|it| it.map(|it| template(&it))).collect();
        for item in strings(ko.get("platforms")) {
            let unresolved = &mut push.platforms_unresolved;
            platforms(&item.value, item.place, &mut push.platforms, unresolved);
        }
        found.pushes.push(push);
    }
    found
}

/// `env` of the file, then of the build.
fn environment(root: Node<'_>, node: Option<Node<'_>>) -> Vec<Located<String>> {
    let mut found = strings(root.get("env"));
    found.extend(strings(node.and_then(|it| it.get("env"))));
    found
}

/// goarch as written, or goreleaser's default list (386, amd64, arm64); `targets` replaces it.
fn architectures(node: Option<Node<'_>>, place: Place) -> Vec<Located<String>> {
    let mut found: Vec<Located<String>> = Vec::new();
    let targets = strings(node.and_then(|it| it.get("targets")));
    for target in targets {
        // `linux_amd64_v1`.
        if let Some(arch) = target.value.split('_').nth(1)
            && found.iter().all(|it| it.value != arch)
        {
            found.push(Located::new(arch.to_owned(), target.place));
        }
    }
    if found.is_empty() {
        found = strings(node.and_then(|it| it.get("goarch")));
        found.retain(|it| is_resolved(&template(&it.value)));
    }
    if found.is_empty() {
        let default = ["386", "amd64", "arm64"];
        found = default.iter().map(|it| Located::new((*it).to_owned(), place)).collect();
    }
    found
}

fn goreleaser_image(node: Node<'_>, base: &str) -> ImagePush {
    let mut push = image_build("goreleaser", 0.95, head(node));
    push.images = strings(node.get("image_templates"))
        .into_iter()
        .map(|it| it.map(|it| template(&it)))
        .collect();
    push.dockerfile = join(base, text(node, "dockerfile").unwrap_or("Dockerfile"));
    push.push = text(node, "skip_push") != Some("true");
    push.local = !push.push;
    let flags = strings(node.get("build_flag_templates"));
    for flag in &flags {
        if let Some(list) = flag.value.strip_prefix("--platform=") {
            let list = template(list);
            platforms(&list, flag.place, &mut push.platforms, &mut push.platforms_unresolved);
        }
        if let Some(target) = flag.value.strip_prefix("--target=") {
            push.target = Some(target.to_owned());
        }
    }
    if push.platforms.is_empty() && !push.platforms_unresolved {
        let arch = node.get("goarch").map_or(("amd64", head(node)), |it| (it.text(), it.place()));
        let variant = match (arch.0, text(node, "goarm")) {
            ("arm", version) => format!("v{}", version.unwrap_or("6")),
            _ => String::new(),
        };
        let os = text(node, "goos").unwrap_or("linux").to_owned();
        let platform = Platform { os, arch: arch.0.to_owned(), variant };
        push.platforms.push(Located::new(platform, arch.1));
    }
    push
}

fn goreleaser_image_v2(node: Node<'_>, base: &str) -> ImagePush {
    let mut push = image_build("goreleaser", 0.95, head(node));
    push.images =
        strings(node.get("images")).into_iter().map(|it| it.map(|it| template(&it))).collect();
    push.dockerfile = join(base, text(node, "dockerfile").unwrap_or("Dockerfile"));
    push.push = true;
    let mut listed = strings(node.get("platforms"));
    if listed.is_empty() {
        // The default (goreleaser.com/customization/dockers_v2).
        listed.push(Located::new("linux/amd64,linux/arm64".to_owned(), head(node)));
    }
    for item in listed {
        let unresolved = &mut push.platforms_unresolved;
        platforms(&template(&item.value), item.place, &mut push.platforms, unresolved);
    }
    push
}

/// `.ko.yaml` (ko.build/configuration).
pub(super) fn ko(root: Node<'_>, source: &Source<'_>) -> Built {
    let mut found = Built::default();
    for node in root.get("builds").into_iter().flat_map(|it| it.items()) {
        let mut environment = strings(root.get("defaultEnv"));
        environment.extend(strings(node.get("env")));
        let mut flags = strings(node.get("flags"));
        if flags.is_empty() {
            flags = strings(root.get("defaultFlags"));
        }
        let ldflags = node.get("ldflags").or_else(|| root.get("defaultLdflags"));
        let entry = Entry {
            node: Some(node),
            place: head(node),
            tool: BuildTool::Ko,
            main: text(node, "main").map_or_else(|| ".".to_owned(), template),
            dir: text(node, "dir").map(template),
            flags,
            ldflags: ldflags.map(|it| strings(Some(it))),
            environment,
        };
        if let Some(mut build) = entry.build(source) {
            ko_defaults(&mut build);
            found.builds.push(build);
        }
    }
    found
}

/// ko passes `-trimpath` and sets CGO_ENABLED=0 unless told otherwise (ko pkg/build/gobuild.go).
pub fn ko_defaults(build: &mut Build) {
    build.tool = BuildTool::Ko;
    build.trimpath = true;
    if build.cgo_place.is_none() {
        build.cgo = goready_model::Cgo::Disabled;
    }
    build.goarch.clear();
    build.output = None;
    build.discarded = false;
}

/// `.promu.yml` (github.com/prometheus/promu): writes to the root, and for other platforms to
/// `.build/<os>-<arch>/`.
pub(super) fn promu(root: Node<'_>, source: &Source<'_>) -> Built {
    let mut found = Built::default();
    let build = root.get("build");
    // A file for other systems only builds nothing that runs in a cluster.
    let platforms = strings(root.path(&["crossbuild", "platforms"]));
    if !platforms.is_empty() && !platforms.iter().any(|it| it.value.starts_with("linux")) {
        return found;
    }
    let field = |key: &str| build.and_then(|it| it.get(key));
    let cgo = root.path(&["go", "cgo"]).and_then(|it| it.as_bool()) == Some(true);
    let mut binaries: Vec<(String, String, Place)> = field("binaries")
        .into_iter()
        .flat_map(|it| it.items())
        .filter_map(|it| {
            let name = text(it, "name")?.to_owned();
            let path = text(it, "path").unwrap_or(".");
            let path = if path.starts_with('.') { path.to_owned() } else { format!("./{path}") };
            Some((name, path, head(it)))
        })
        .collect();
    if binaries.is_empty() && build.is_some() {
        let repository = text(root, "repository")
            .or_else(|| root.get("repository").and_then(|it| text(it, "path")));
        let name = repository.and_then(|it| it.rsplit('/').next()).unwrap_or("").to_owned();
        let place = field("flags").map_or_else(|| head(root), |it| it.name_place());
        binaries.push((name, ".".to_owned(), place));
    }
    for (name, main, place) in binaries {
        let flags = field("flags").map(|it| it.text().to_owned()).unwrap_or_default();
        let at = field("flags").map_or(place, |it| it.place());
        let words = flags.split_whitespace().map(|it| Located::new(it.to_owned(), at));
        let ldflags =
            field("ldflags").map(|it| vec![Located::new(it.text().to_owned(), it.place())]);
        let entry = Entry {
            node: build,
            place,
            tool: BuildTool::Promu,
            main,
            dir: None,
            flags: words.collect(),
            ldflags,
            environment: vec![Located::new(
                format!("CGO_ENABLED={}", u8::from(cgo)),
                root.path(&["go", "cgo"]).map_or(place, |it| it.place()),
            )],
        };
        if let Some(mut build) = entry.build(source) {
            let output = format!(".build/{UNKNOWN}/{name}");
            build.output = Some(Located::new(output, place));
            found.builds.push(build);
        }
    }
    found
}
