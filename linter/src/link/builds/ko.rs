//! Builds that ko makes without a `.ko.yaml` entry: `ko://` images and `ko build` commands.

use goready_model::{Build, BuildTool, FileId, Located, Place, ProgramId, Project};
use goready_parse::build::{
    go_command::{self, Toolchain, Word},
    ko_defaults,
};

use super::host::HostBuild;
use crate::link::images::import_path;

/// One build a program that is not configured, at the first place that names it.
pub(super) fn builds(
    project: &Project,
    pushes: &[goready_model::ImagePush],
    known: &[HostBuild],
) -> Vec<HostBuild> {
    let configured = |id: ProgramId| {
        known.iter().any(|it| it.build.tool == BuildTool::Ko && it.build.programs.contains(&id))
    };
    let mut found: Vec<HostBuild> = Vec::new();
    for (program, place) in named(project, pushes) {
        let taken = found.iter().any(|it| it.build.programs.contains(&program));
        if configured(program) || taken {
            continue;
        }
        if let Some(mut build) = build(place) {
            build.programs = vec![program];
            build.dir = Some(project.program(program).dir.clone());
            found.push(HostBuild { build, output: None });
        }
    }
    found
}

/// Programs that an image reference or a build command names.
fn named(project: &Project, pushes: &[goready_model::ImagePush]) -> Vec<(ProgramId, Place)> {
    let mut found = Vec::new();
    for workload in &project.workloads {
        for container in workload.pod().into_iter().flat_map(|it| it.all_containers()) {
            let Some(image) = container.image().set() else { continue };
            let Some(import) = image.value.strip_prefix("ko://") else { continue };
            let program = project
                .programs
                .iter()
                .find(|it| import_path(project, it.id).as_deref() == Some(import));
            found.extend(program.map(|it| (it.id, image.place)));
        }
    }
    for push in pushes {
        let Some(dir) = &push.main_dir else { continue };
        let program = project.programs.iter().find(|it| it.dir == *dir);
        found.extend(program.map(|it| (it.id, push.place)));
    }
    found
}

/// `go build` as ko runs it.
fn build(place: Place) -> Option<Build> {
    let word = |text: &str| Word { text: text.to_owned(), place, verbatim: false, inside: None };
    let none = |_: &str| -> Option<Located<String>> { None };
    let file: FileId = place.at.file;
    let words = [word("go"), word("build"), word(".")];
    let mut build = go_command::read(&words, &none, Toolchain::default(), file)?;
    ko_defaults(&mut build);
    build.place = place;
    Some(build)
}
