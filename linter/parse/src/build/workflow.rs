//! GitHub workflows and composite actions: steps that run scripts, actions that build images.
//!
//! Matrix combinations are jobs of their own. Expressions over `matrix` and `env` are filled in,
//! every other one is unknown; conditions are not asked.

use std::collections::BTreeMap;

use goready_model::{
    FileId, ImagePush, Job, JobStep, Located, Node, ShellAssignment, ShellWord, Span, WordPart,
    architecture,
};

use super::{
    actions,
    expand::{UNKNOWN, is_resolved},
    shell,
    yaml::{
        argument_names, filled, head, image_build, join, platforms, source_of, strings, templated,
        text,
    },
};

/// Combinations of a matrix that are followed.
const MAX_COMBINATIONS: usize = 48;

/// What a workflow does.
#[derive(Debug, Default)]
pub(super) struct Workflow {
    pub(super) jobs: Vec<Job>,
    pub(super) pushes: Vec<ImagePush>,
}

/// Reads a workflow, or a composite action.
pub(super) fn read(root: Node<'_>, file_text: &str) -> Workflow {
    let mut found = Workflow::default();
    let outer = environment(root.get("env"), &Values::default());
    let base_directory = default_directory(root);
    if let Some(steps) = root.path(&["runs", "steps"]) {
        let job = JobReader {
            name: "action",
            values: Values::default(),
            environment: Vec::new(),
            directory: None,
            file_text,
        };
        job.read(steps, &mut found);
        return found;
    }
    for entry in root.get("jobs").into_iter().flat_map(|it| it.entries()) {
        let Some(steps) = entry.value.get("steps") else { continue };
        for matrix in combinations(entry.value.path(&["strategy", "matrix"])) {
            let mut values = Values { matrix, env: BTreeMap::new() };
            values.take(&outer);
            let own = environment(entry.value.get("env"), &values);
            values.take(&own);
            let mut all = outer.clone();
            all.extend(own);
            let directory = default_directory(entry.value).or(base_directory);
            let name = entry.key.text();
            let job = JobReader { name, values, environment: all, directory, file_text };
            job.read(steps, &mut found);
        }
    }
    merge(&mut found.pushes);
    let publishes = publishes(root);
    for job in &mut found.jobs {
        job.publishes = publishes;
    }
    found
}

/// Whether some step builds an image, packs a release or uploads files.
fn publishes(root: Node<'_>) -> bool {
    root.descendants().into_iter().any(|node| match node.key().map(|it| it.text()) {
        Some("uses") => {
            let action = node.text().to_ascii_lowercase();
            ["build-push", "bake-action", "upload", "release", "docker-build", "publish", "kaniko"]
                .iter()
                .any(|it| action.contains(it))
        }
        Some("run") => {
            let text = node.text();
            ["docker ", "podman ", "buildah ", "ko ", "goreleaser", "make ", "gh release", "cp "]
                .iter()
                .any(|it| text.contains(it))
        }
        _ => false,
    })
}

/// Values of `${{ matrix.x }}` and `${{ env.X }}`.
#[derive(Debug, Clone, Default)]
struct Values {
    matrix: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
}

impl Values {
    fn take(&mut self, environment: &[ShellAssignment]) {
        for it in environment {
            let value = it.values.first().and_then(ShellWord::literal).unwrap_or_default();
            self.env.insert(it.name.clone(), value);
        }
    }

    fn value(&self, expression: &str) -> Option<String> {
        if let Some(name) = expression.strip_prefix("matrix.") {
            return self.matrix.get(name).cloned();
        }
        if let Some(name) = expression.strip_prefix("env.") {
            return self.env.get(name).cloned();
        }
        if expression == "github.workspace" {
            return Some("@".to_owned());
        }
        // `a || b`: the first that is known to be something.
        let (first, second) = expression.split_once("||")?;
        self.value(first.trim()).or_else(|| self.value(second.trim()))
    }

    fn fill(&self, text: &str) -> String {
        filled(text, "${{", "}}", &|it| self.value(it))
    }
}

fn default_directory(node: Node<'_>) -> Option<&str> {
    text(node.path(&["defaults", "run"])?, "working-directory")
}

fn environment(node: Option<Node<'_>>, values: &Values) -> Vec<ShellAssignment> {
    node.into_iter()
        .flat_map(|it| it.entries())
        .filter(|it| it.value.is_scalar())
        .map(|entry| {
            let place = entry.value.place();
            let text = values.fill(entry.value.text());
            let parts = vec![WordPart::Text { text, quoted: true }];
            ShellAssignment {
                name: entry.key.text().to_owned(),
                values: vec![ShellWord { parts, place, verbatim: false, inside: None }],
                append: false,
                place,
            }
        })
        .collect()
}

/// The combinations of a matrix; one empty one without a matrix or with an unknown one.
fn combinations(matrix: Option<Node<'_>>) -> Vec<BTreeMap<String, String>> {
    let mut found = vec![BTreeMap::new()];
    let Some(matrix) = matrix else { return found };
    for entry in matrix.entries() {
        let key = entry.key.text();
        if matches!(key, "include" | "exclude") || !entry.value.is_sequence() {
            continue;
        }
        let mut next = Vec::new();
        for item in entry.value.items() {
            for before in &found {
                let mut combination = before.clone();
                flatten(key, item, &mut combination);
                next.push(combination);
            }
        }
        if !next.is_empty() {
            found = next;
        }
        found.truncate(MAX_COMBINATIONS);
    }
    let excluded: Vec<BTreeMap<String, String>> =
        matrix.get("exclude").into_iter().flat_map(|it| it.items()).map(flat).collect();
    found.retain(|it| {
        it.is_empty()
            || !excluded.iter().any(|excluded| {
                !excluded.is_empty()
                    && excluded.iter().all(|(key, value)| it.get(key) == Some(value))
            })
    });
    let mut added = Vec::new();
    for item in matrix.get("include").into_iter().flat_map(|it| it.items()) {
        let include = flat(item);
        // An entry extends the combinations it does not contradict, else it is one of its own.
        let fits = |it: &BTreeMap<String, String>| {
            !it.is_empty()
                && include.iter().all(|(key, value)| it.get(key).is_none_or(|it| it == value))
                && include.keys().any(|key| it.contains_key(key))
        };
        if found.iter().any(fits) {
            for combination in found.iter_mut().filter(|it| fits(it)) {
                combination.extend(include.clone());
            }
        } else {
            added.push(include);
        }
    }
    if matches!(&*found, [only] if only.is_empty()) && !added.is_empty() {
        found.clear();
    }
    found.extend(added);
    found.truncate(MAX_COMBINATIONS);
    found
}

/// One combination as it is written under `include` or `exclude`.
fn flat(item: Node<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in item.entries() {
        flatten(entry.key.text(), entry.value, &mut found);
    }
    found
}

/// `matrix.target.os` for a mapping in a list.
fn flatten(key: &str, node: Node<'_>, found: &mut BTreeMap<String, String>) {
    if node.is_scalar() {
        found.insert(key.to_owned(), node.text().to_owned());
    }
    for entry in node.entries() {
        flatten(&format!("{key}.{}", entry.key.text()), entry.value, found);
    }
}

struct JobReader<'w> {
    name: &'w str,
    values: Values,
    environment: Vec<ShellAssignment>,
    directory: Option<&'w str>,
    file_text: &'w str,
}

impl JobReader<'_> {
    fn read(&self, steps: Node<'_>, found: &mut Workflow) {
        let mut job = Job { name: self.name.to_owned(), steps: Vec::new(), publishes: false };
        for step in steps.items() {
            let own = environment(step.get("env"), &self.values);
            let mut values = self.values.clone();
            values.take(&own);
            let mut environment = self.environment.clone();
            environment.extend(own);
            if let Some(run) = step.get("run") {
                if !runs_in_shell(step) {
                    continue;
                }
                job.steps.push(self.script(step, run, &values, environment));
            } else if let Some(action) = text(step, "uses") {
                let name = action.split('@').next().unwrap_or(action);
                match name {
                    "docker/build-push-action"
                    | "depot/build-push-action"
                    | "useblacksmith/build-push-action" => {
                        found.pushes.push(self.build_push(step, steps, &values));
                    }
                    _ => {
                        let fill = |it: &str| values.fill(it);
                        found.pushes.extend(actions::read(name, step, &fill));
                        // Actions that take commands: `instructions`, `script`, `run`.
                        let script = ["instructions", "script", "run", "command"]
                            .iter()
                            .find_map(|key| step.get("with")?.get(key));
                        if let Some(script) = script {
                            job.steps.push(self.script(step, script, &values, environment));
                        }
                    }
                }
            }
        }
        found.jobs.push(job);
    }

    fn script(
        &self,
        step: Node<'_>,
        run: Node<'_>,
        values: &Values,
        environment: Vec<ShellAssignment>,
    ) -> JobStep {
        let source = source_of(run, self.file_text);
        let source = templated(&source, "${{", "}}", &|it| values.value(it));
        let directory = text(step, "working-directory").or(self.directory);
        JobStep {
            place: head(step),
            script: shell::parse(&source),
            environment,
            directory: directory.map(|it| values.fill(it)),
        }
    }

    /// docker/build-push-action (README, v6): the context is the repository unless given.
    fn build_push(&self, step: Node<'_>, steps: Node<'_>, values: &Values) -> ImagePush {
        let with = step.get("with");
        let place = step.get("uses").map_or_else(|| head(step), |it| it.place());
        let mut push = image_build("docker/build-push-action", 0.9, place);
        let input = |key: &str| with.and_then(|it| it.get(key)).filter(|it| !it.is_null());
        let filled = |key: &str| input(key).map(|it| values.fill(it.text()));
        let context = filled("context").unwrap_or_else(|| ".".to_owned());
        let context = context.trim_start_matches("{{defaultContext}}:").to_owned();
        if is_resolved(&context) && !context.contains("://") {
            push.context = join(".", context.trim_start_matches("@/"));
        }
        push.dockerfile = match filled("file") {
            Some(file) => join(".", file.trim_start_matches("@/")).filter(|it| is_resolved(it)),
            None => push.context.as_ref().and_then(|it| join(it, "Dockerfile")),
        };
        push.target = filled("target").filter(|it| is_resolved(it) && !it.is_empty());
        push.arguments = argument_names(input("build-args"));
        if let Some(list) = input("platforms") {
            let text = values.fill(list.text());
            platforms(&text, list.place(), &mut push.platforms, &mut push.platforms_unresolved);
        }
        let pushes = filled("push").is_some_and(|it| it != "false");
        let outputs = filled("outputs").unwrap_or_default();
        push.push = pushes || outputs.contains("push=true") || outputs.contains("type=registry");
        push.local = !push.push && is_resolved(&outputs);
        for source in [input("tags"), with.and_then(|it| it.get("images"))].into_iter().flatten() {
            push.images.extend(self.images(source, steps, values));
        }
        // `outputs: type=image,name=...`.
        if let (Some(node), Some((_, rest))) = (input("outputs"), outputs.split_once("name=")) {
            let name = rest.split(',').next().unwrap_or(rest).trim_matches('"');
            push.images.push(Located::new(name.to_owned(), node.place()));
        }
        push.images.retain(|it| it.value != UNKNOWN && !it.value.is_empty());
        push
    }

    /// Image names of a list of tags; `steps.x.outputs.tags` are those of docker/metadata-action.
    fn images(&self, tags: Node<'_>, steps: Node<'_>, values: &Values) -> Vec<Located<String>> {
        let mut found = Vec::new();
        for line in tags.text().split(['\n', ',']).map(str::trim).filter(|it| !it.is_empty()) {
            let from_step = line
                .strip_prefix("${{")
                .and_then(|it| it.trim().strip_prefix("steps."))
                .and_then(|it| it.split('.').next());
            let Some(id) = from_step else {
                found.push(Located::new(values.fill(line), tags.place()));
                continue;
            };
            let metadata = steps.items().find(|it| text(*it, "id") == Some(id));
            let images = metadata.and_then(|it| it.path(&["with", "images"]));
            for node in images.into_iter().filter(|it| it.is_scalar()) {
                for name in node.text().split(['\n', ',']).map(str::trim) {
                    // `name=ghcr.io/acme/api,enable=true`.
                    let name = name.strip_prefix("name=").unwrap_or(name);
                    if !name.is_empty() && !name.starts_with("enable=") {
                        found.push(Located::new(values.fill(name), node.place()));
                    }
                }
            }
        }
        found
    }
}

/// Whether a step's script is for a POSIX shell.
fn runs_in_shell(step: Node<'_>) -> bool {
    text(step, "shell").is_none_or(|it| {
        let name = it.split_whitespace().next().unwrap_or(it);
        matches!(name, "bash" | "sh")
    })
}

/// Whether two builds are for different platforms under names that say so.
fn differ_in_platform(left: &ImagePush, right: &ImagePush) -> bool {
    let name = |it: &ImagePush| -> Option<Vec<String>> {
        let image = &it.images.first()?.value;
        let words = image.split(['/', '-', '_', '.', ':']);
        Some(words.filter(|it| architecture(it).is_none()).map(str::to_owned).collect())
    };
    let listed = |it: &ImagePush| !it.platforms.is_empty();
    listed(left) && listed(right) && left.platforms != right.platforms && name(left) == name(right)
}

/// One step run for several matrix combinations that build the same image is one build.
fn merge(pushes: &mut Vec<ImagePush>) {
    let mut merged: Vec<ImagePush> = Vec::new();
    for push in pushes.drain(..) {
        let same = merged.iter_mut().find(|it| {
            it.place == push.place
                && it.dockerfile == push.dockerfile
                && it.target == push.target
                && it.context == push.context
                && (it.push, it.local) == (push.push, push.local)
                && (it.images == push.images || differ_in_platform(it, &push))
        });
        match same {
            Some(before) => {
                for platform in push.platforms {
                    if !before.platforms.iter().any(|it| it.value == platform.value) {
                        before.platforms.push(platform);
                    }
                }
                before.platforms_unresolved |= push.platforms_unresolved;
                for image in push.images {
                    if !before.images.iter().any(|it| it.value == image.value) {
                        before.images.push(image);
                    }
                }
            }
            None => merged.push(push),
        }
    }
    *pushes = merged;
}

/// Jobs of `.gitlab-ci.yml`: `before_script` and `script` with their variables.
pub(super) fn read_gitlab(root: Node<'_>, file_text: &str) -> Vec<Job> {
    let outer = environment(root.get("variables"), &Values::default());
    let general = root.get("before_script").or_else(|| root.path(&["default", "before_script"]));
    let mut jobs = Vec::new();
    for entry in root.entries() {
        let Some(script) = entry.value.get("script") else { continue };
        let mut all = outer.clone();
        all.extend(environment(entry.value.get("variables"), &Values::default()));
        let before = entry.value.get("before_script").or(general);
        let lines: Vec<Node<'_>> = before.into_iter().chain([script]).flat_map(lines_of).collect();
        let steps = lines
            .into_iter()
            .map(|line| JobStep {
                place: line.place(),
                script: shell::parse(&source_of(line, file_text)),
                environment: all.clone(),
                directory: None,
            })
            .collect();
        jobs.push(Job { name: entry.key.text().to_owned(), steps, publishes: true });
    }
    jobs
}

fn lines_of(node: Node<'_>) -> Vec<Node<'_>> {
    if node.is_scalar() { vec![node] } else { node.items().filter(|it| it.is_scalar()).collect() }
}

/// Steps of a Cloud Build file: an image whose entry point gets the arguments.
pub(super) fn read_cloud_build(root: Node<'_>) -> Vec<Job> {
    let steps = root.get("steps").into_iter().flat_map(|it| it.items());
    let steps = steps
        .filter_map(|step| {
            let name = text(step, "name")?.split(['@', ':']).next()?;
            let tool = text(step, "entrypoint").unwrap_or(name.rsplit('/').next()?);
            let word = |text: &str, place| ShellWord {
                // `$PROJECT_ID` and `_NAME` are substitutions of the service.
                parts: vec![WordPart::Text { text: substituted(text), quoted: true }],
                place,
                verbatim: false,
                inside: None,
            };
            let mut words = vec![word(tool, head(step))];
            let arguments = step.get("args").into_iter().flat_map(lines_of);
            words.extend(arguments.map(|it| word(it.text(), it.place())));
            let command = goready_model::SimpleCommand {
                place: head(step),
                assignments: Vec::new(),
                words,
                piped: false,
                negated: false,
            };
            let statements = vec![goready_model::Statement::Command(command)];
            Some(JobStep {
                place: head(step),
                script: goready_model::Script { statements },
                environment: step_environment(step),
                directory: text(step, "dir").map(str::to_owned),
            })
        })
        .collect();
    vec![Job { name: "cloudbuild".to_owned(), steps, publishes: true }]
}

/// `env: [NAME=value]` of a Cloud Build step.
fn step_environment(step: Node<'_>) -> Vec<ShellAssignment> {
    let assignment = |it: Located<String>| {
        let (name, value) = it.value.split_once('=')?;
        let parts = vec![WordPart::Text { text: substituted(value), quoted: true }];
        let word = ShellWord { parts, place: it.place, verbatim: false, inside: None };
        let (name, place) = (name.to_owned(), it.place);
        Some(ShellAssignment { name, values: vec![word], append: false, place })
    };
    strings(step.get("env")).into_iter().filter_map(assignment).collect()
}

/// Shell variables in a text as `${NAME}`.
fn substituted(text: &str) -> String {
    let source = goready_model::SourceText::verbatim(text, Span::new(FileId(0), 0, text.len()));
    let words = shell::words(&source);
    words.iter().map(|(_, it)| it.written()).collect::<Vec<_>>().join(" ")
}

/// Tasks of a Taskfile (taskfile.dev, version 3).
pub(super) fn read_taskfile(root: Node<'_>, file_text: &str, directory: &str) -> Vec<Job> {
    let outer = variables(root.get("vars"));
    let outer_env = environment(root.get("env"), &Values::default());
    let mut jobs = Vec::new();
    for entry in root.get("tasks").into_iter().flat_map(|it| it.entries()) {
        let mut values = outer.clone();
        values.extend(variables(entry.value.get("vars")));
        let lookup = |expression: &str| {
            let name = expression.trim().strip_prefix('.')?;
            values.get(name).cloned()
        };
        let mut all = outer_env.clone();
        all.extend(environment(entry.value.get("env"), &Values::default()));
        let directory = match text(entry.value, "dir") {
            Some(dir) => join(directory, &filled(dir, "{{", "}}", &lookup)),
            None => Some(directory.to_owned()),
        };
        let commands = match entry.value.get("cmds").or_else(|| entry.value.get("cmd")) {
            Some(commands) => commands,
            None => entry.value,
        };
        let lines: Vec<Node<'_>> = if commands.is_scalar() {
            vec![commands]
        } else {
            commands
                .items()
                .filter_map(|it| if it.is_scalar() { Some(it) } else { it.get("cmd") })
                .collect()
        };
        let steps = lines
            .into_iter()
            .filter(|it| it.is_scalar())
            .map(|line| JobStep {
                place: line.place(),
                script: shell::parse(&templated(&source_of(line, file_text), "{{", "}}", &lookup)),
                environment: all.clone(),
                directory: directory.clone(),
            })
            .collect();
        jobs.push(Job { name: entry.key.text().to_owned(), steps, publishes: true });
    }
    jobs
}

fn variables(node: Option<Node<'_>>) -> BTreeMap<String, String> {
    node.into_iter()
        .flat_map(|it| it.entries())
        .filter(|it| it.value.is_scalar() && !it.value.text().contains("{{"))
        .map(|it| (it.key.text().to_owned(), it.value.text().to_owned()))
        .collect()
}
