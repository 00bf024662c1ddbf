//! Facts as people read them.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use goready_model::{Build, ContainerLink, Evidence, Program, Workload};

use super::{Facts, number};
use crate::paths::is_wanted;

impl Facts<'_> {
    pub(super) fn text(&self, only: &[String], out: &mut dyn Write) -> io::Result<()> {
        for program in self.programs(only) {
            self.program_text(program, out)?;
        }
        for workload in self.workloads(only) {
            self.workload_text(workload, out)?;
        }
        for chart in self.project.charts.iter().filter(|it| is_wanted(&it.dir, only)) {
            let renders = chart.renders.len();
            writeln!(out, "chart {} in {}: {renders} renders", chart.name, chart.dir)?;
        }
        let failed = &self.project.coverage.failed;
        for it in failed.iter().filter(|it| is_wanted(&it.path, only)) {
            writeln!(out, "not analysed {}: {}", it.path, it.message)?;
        }
        Ok(())
    }

    fn program_text(&self, program: &Program, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "program {} ({}, {})",
            program.dir,
            program.kind.name(),
            self.positions.text(program.main)
        )?;
        let sigterm = &program.sigterm;
        writeln!(out, "  sigterm   {}: {}", sigterm.verdict.name(), sigterm.why)?;
        for step in &sigterm.steps {
            writeln!(out, "            {} {}", self.positions.text(step.place), step.what)?;
        }
        if let Some(model) = &sigterm.model {
            writeln!(out, "            as modelled for {model}")?;
        }
        if let Some(drain) = program.drain.total() {
            writeln!(out, "  drain     {}s", number(drain.as_secs_f64()))?;
        }
        for it in &program.listens {
            let at = self.positions.text(it.place);
            writeln!(out, "  listens   {} {} ({at})", it.kind.name(), it.address)?;
        }
        let list = |out: &mut dyn Write, name: &str, items: BTreeSet<&str>| {
            if items.is_empty() {
                return Ok(());
            }
            let items: Vec<&str> = items.into_iter().collect();
            writeln!(out, "  {name:9} {}", items.join(", "))
        };
        list(out, "routes", program.routes.iter().map(|it| &*it.path).collect())?;
        list(out, "metrics", program.metrics.iter().map(|it| &*it.name.value).collect())?;
        writeln!(out, "  logging   {}", program.logging.name())?;
        list(out, "reads env", program.env_reads.iter().map(|it| &*it.name).collect())?;
        for build in self.builds_of(program) {
            writeln!(out, "  build     {}", self.build_text(build))?;
        }
        let platforms: Vec<String> =
            self.platforms_of(program).iter().map(ToString::to_string).collect();
        if !platforms.is_empty() {
            writeln!(out, "  platforms {}", platforms.join(", "))?;
        }
        writeln!(out)
    }

    fn build_text(&self, build: &Build) -> String {
        let mut words = vec![format!("{}:", self.positions.text(build.place))];
        words.push(format!("cgo {}", build.cgo.name()));
        words.push(if build.trimpath { "trimpath" } else { "no trimpath" }.to_owned());
        words.push(
            match build.stripped {
                Some(true) => "stripped",
                Some(false) => "not stripped",
                None => "stripped or not",
            }
            .to_owned(),
        );
        if let Some(goos) = build.goos.known() {
            words.push(format!("GOOS={}", goos.value));
        }
        let goarch: BTreeSet<&str> = build.goarch.iter().map(|it| it.value.as_str()).collect();
        if !goarch.is_empty() {
            words.push(format!("GOARCH={}", goarch.into_iter().collect::<Vec<_>>().join(",")));
        }
        if build.feeds_image {
            words.push("feeds an image".to_owned());
        }
        words.join(" ")
    }

    fn workload_text(&self, workload: &Workload, out: &mut dyn Write) -> io::Result<()> {
        let object = self.project.object(workload.object);
        let namespace = match object.namespace.as_str() {
            "" => String::new(),
            namespace => format!("{namespace}/"),
        };
        let at = object.name_place().map(|it| self.positions.text(it)).unwrap_or_default();
        writeln!(out, "workload {} {namespace}{} ({at})", object.kind, object.name)?;
        for container in self.project.container_links(workload.id) {
            self.container_text(container, out)?;
        }
        writeln!(out)
    }

    fn container_text(&self, container: &ContainerLink, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "  container {}: image {}", container.container, container.image)?;
        if container.third_party {
            return writeln!(out, ", third-party");
        }
        writeln!(out)?;
        if let Some(link) = &container.link.dockerfile {
            let path = &self.project.dockerfile(link.target).path;
            writeln!(out, "    built from {path} ({:.0} %)", link.confidence * 100.0)?;
            self.evidence_text(&link.evidence, out)?;
        }
        for link in &container.link.programs {
            let dir = &self.project.program(link.target).dir;
            writeln!(out, "    runs {dir} ({:.0} %)", link.confidence * 100.0)?;
            self.evidence_text(&link.evidence, out)?;
        }
        if container.link.dockerfile.is_none() && container.link.programs.is_empty() {
            writeln!(out, "    joined with nothing in this repository")?;
        }
        Ok(())
    }

    fn evidence_text(&self, evidence: &[Evidence], out: &mut dyn Write) -> io::Result<()> {
        for it in evidence {
            let at = it.place.map(|it| format!(" ({})", self.positions.text(it)));
            writeln!(out, "      {}{}", it.text, at.unwrap_or_default())?;
        }
        Ok(())
    }
}
