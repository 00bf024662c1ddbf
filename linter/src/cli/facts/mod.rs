//! `goready facts`: what was parsed and joined, with the evidence for each join.

mod injection;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use goready_model::{
    Build, ContainerLink, FileId, LineColumn, LineIndex, Place, Platform, Program, Project,
    RenderError, Settings, Sources, UnitKind, Workload,
};
use serde_json::{Value, json};

use super::{
    Status,
    args::{FactsArgs, ListFormat},
    failure::Failure,
    session,
};
use crate::paths::is_wanted;

pub(super) fn run(args: &FactsArgs) -> Result<Status, Failure> {
    let mut session = session::open(&args.project, None, None)?;
    let (project, sources) = session.engine.link();
    session.timings.step("link");
    let config = session.engine.config();
    let facts = Facts {
        project: &project,
        settings: &config.settings,
        positions: Positions::new(&sources),
    };
    let only = &config.report_paths;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match args.output {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &facts.json(only)).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        ListFormat::Text => facts.text(only, &mut out)?,
    }
    out.flush()?;
    if args.project.terminal.verbose {
        session.timings.print();
    }
    Ok(Status::Clean)
}

/// Lines and columns of places, each file's line starts counted once.
struct Positions<'a> {
    sources: &'a Sources,
    lines: BTreeMap<FileId, LineIndex>,
}

impl<'a> Positions<'a> {
    fn new(sources: &'a Sources) -> Self {
        let lines = sources.iter().map(|(id, it)| (id, LineIndex::new(&it.text))).collect();
        Self { sources, lines }
    }

    fn of(&self, place: Place) -> (&'a str, LineColumn) {
        let at = place.editable();
        let position = self
            .sources
            .get(at.file)
            .zip(self.lines.get(&at.file))
            .map_or(LineColumn { line: 1, column: 1 }, |(source, lines)| {
                lines.scalar_position(&source.text, at.start)
            });
        (self.sources.path(at.file), position)
    }

    fn json(&self, place: Place) -> Value {
        let (path, at) = self.of(place);
        json!({ "path": path, "line": at.line, "column": at.column })
    }

    fn text(&self, place: Place) -> String {
        let (path, at) = self.of(place);
        format!("{path}:{}", at.line)
    }
}

struct Facts<'a> {
    project: &'a Project,
    settings: &'a Settings,
    positions: Positions<'a>,
}

impl Facts<'_> {
    fn programs<'s>(&'s self, only: &'s [String]) -> impl Iterator<Item = &'s Program> {
        self.project.programs.iter().filter(move |it| {
            is_wanted(&it.dir, only) || is_wanted(self.positions.of(it.main).0, only)
        })
    }

    fn workloads<'s>(&'s self, only: &'s [String]) -> impl Iterator<Item = &'s Workload> {
        self.project.workloads.iter().filter(move |it| {
            is_wanted(self.project.path(self.project.object(it.object).file), only)
        })
    }

    fn builds_of(&self, program: &Program) -> impl Iterator<Item = &Build> {
        self.project.builds.iter().filter(|it| it.programs.contains(&program.id))
    }

    /// Platforms of all images that hold the program.
    fn platforms_of(&self, program: &Program) -> BTreeSet<&Platform> {
        let images = self.project.images.values();
        let images = images.chain(self.project.containers.iter().map(|it| &it.link));
        let in_images = images
            .filter(|it| it.programs.iter().any(|link| link.target == program.id))
            .flat_map(|it| it.platforms.iter().map(|(platform, _)| platform));
        // Images without a Dockerfile.
        let pushes = self.project.pushes.iter();
        let direct = pushes
            .filter(|it| it.push && it.main_dir.as_ref() == Some(&program.dir))
            .flat_map(|it| it.platforms.iter().map(|it| &it.value));
        in_images.chain(direct).collect()
    }

    fn json(&self, only: &[String]) -> Value {
        json!({
            "programs": self.programs(only).map(|it| self.program_json(it)).collect::<Vec<_>>(),
            "workloads": self.workloads(only).map(|it| self.workload_json(it)).collect::<Vec<_>>(),
            "charts": self.charts_json(only),
        })
    }

    fn program_json(&self, program: &Program) -> Value {
        let sigterm = &program.sigterm;
        let at = |place: Place| self.positions.json(place);
        json!({
            "dir": program.dir,
            "module": program.module,
            "kind": program.kind.name(),
            "main": at(program.main),
            "sigterm": {
                "verdict": sigterm.verdict.name(),
                "why": sigterm.why,
                "at": sigterm.steps.iter().map(|it| {
                    let mut step = at(it.place);
                    step["what"] = it.what.clone().into();
                    step
                }).collect::<Vec<_>>(),
                "model": sigterm.model,
            },
            "drain_seconds": program.drain.total().map(|it| number(it.as_secs_f64())),
            "listens": program.listens.iter().map(|it| json!({
                "address": it.address,
                "kind": it.kind.name(),
                "at": at(it.place),
                "env": it.env,
                "flag": it.flag,
            })).collect::<Vec<_>>(),
            "routes": program.routes.iter().map(|it| &it.path).collect::<BTreeSet<_>>(),
            "metrics": program.metrics.iter().map(|it| &it.name.value).collect::<BTreeSet<_>>(),
            "metrics_exporter": program.metrics_exporter.as_ref().map(|it| &it.value),
            "logging": program.logging.name(),
            "env_reads": program.env_reads.iter().map(|it| &it.name).collect::<BTreeSet<_>>(),
            "builds": self.builds_of(program).map(|it| self.build_json(it)).collect::<Vec<_>>(),
            "platforms": self.platforms_of(program).iter().map(ToString::to_string)
                .collect::<Vec<_>>(),
        })
    }

    fn build_json(&self, build: &Build) -> Value {
        let (path, at) = self.positions.of(build.place);
        let goarch: BTreeSet<&str> = build.goarch.iter().map(|it| it.value.as_str()).collect();
        json!({
            "from": path,
            "line": at.line,
            "trimpath": build.trimpath,
            "stripped": build.stripped,
            "cgo": build.cgo.name(),
            "goos": build.goos.known().map(|it| &it.value),
            "goarch": goarch,
            "feeds_image": build.feeds_image,
        })
    }

    fn workload_json(&self, workload: &Workload) -> Value {
        let object = self.project.object(workload.object);
        let place = object.name_place();
        json!({
            "kind": object.kind,
            "namespace": object.namespace,
            "name": object.name,
            "render": self.render(workload),
            "at": place.map(|it| self.positions.json(it)),
            "containers": self.project.container_links(workload.id)
                .map(|it| self.container_json(it)).collect::<Vec<_>>(),
            "injection": injection::json(self.project, self.settings, workload),
        })
    }

    fn container_json(&self, container: &ContainerLink) -> Value {
        let best = best_program(container);
        let mut evidence: Vec<&str> = Vec::new();
        let dockerfile = container.link.dockerfile.iter().flat_map(|it| &it.evidence);
        let program = best.iter().flat_map(|it| &it.evidence);
        for it in dockerfile.chain(program) {
            if !evidence.contains(&&*it.text) {
                evidence.push(&it.text);
            }
        }
        let confidence = best
            .map(|it| it.confidence)
            .or_else(|| container.link.dockerfile.as_ref().map(|it| it.confidence));
        json!({
            "name": container.container,
            "image": container.image,
            "third_party": container.third_party,
            "program": best.map(|it| &self.project.program(it.target).dir),
            "dockerfile": container.link.dockerfile.as_ref()
                .map(|it| &self.project.dockerfile(it.target).path),
            "confidence": confidence.map(|it| number(f64::from(it))),
            "evidence": evidence,
        })
    }

    /// The values set a workload was rendered with, `default` for plain manifests.
    fn render(&self, workload: &Workload) -> &str {
        let object = self.project.object(workload.object);
        match &self.project.unit(object.unit).kind {
            UnitKind::Chart { render, .. } => render,
            UnitKind::Plain | UnitKind::Kustomization(_) => "default",
        }
    }

    fn charts_json(&self, only: &[String]) -> Vec<Value> {
        let charts = self.project.charts.iter().filter(|it| is_wanted(&it.dir, only));
        charts
            .map(|chart| {
                let renders: Vec<Value> = chart
                    .renders
                    .iter()
                    .map(|it| {
                        let errors: Vec<Value> = it
                            .errors
                            .iter()
                            .map(|RenderError { place, message, .. }| {
                                let mut error = self.positions.json(*place);
                                error["message"] = message.clone().into();
                                error
                            })
                            .collect();
                        json!({ "name": it.name, "documents": it.documents, "errors": errors })
                    })
                    .collect();
                json!({ "dir": chart.dir, "name": chart.name, "renders": renders })
            })
            .collect()
    }
}

/// The program a container most probably runs.
fn best_program(
    container: &ContainerLink,
) -> Option<&goready_model::Link<goready_model::ProgramId>> {
    container.link.programs.iter().max_by(|a, b| a.confidence.total_cmp(&b.confidence))
}

/// A number for JSON, whole where it is whole, without the noise of `f32`.
fn number(value: f64) -> Value {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded.fract() == 0.0 { json!(rounded as i64) } else { json!(rounded) }
}
