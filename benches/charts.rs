//! How long charts take, alone and against helm.
//!
//! `GOREADY_CHARTS=DIR cargo bench --bench charts` takes a directory of charts (`DIR/*/*/Chart.yaml`
//! or `DIR/*/Chart.yaml`), analyses each as a project of its own (read, load, render, judge) and all
//! together as one, and prints medians: with default values, and with all sets of values that the
//! charts come with. With `GOREADY_HELM=BINARY` the same renders are also asked of `helm template`, in
//! the same run: the ratio holds on any machine. Without a directory the sample chart of testdata is
//! taken.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, the environment and files"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot read its input must stop")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::{
    env,
    ffi::OsStr,
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use goready::{config::Config, engine::Engine};

/// Runs of each chart, after one warm-up; the median counts.
const RUNS: usize = 5;

fn main() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus/shop/charts");
    let root = env::var_os("GOREADY_CHARTS").map_or(sample, PathBuf::from);
    let charts = charts(&root);
    let helm = env::var_os("GOREADY_HELM");
    let sets: usize = charts.iter().map(|it| 1 + further_sets(it).len()).sum();
    println!("{} charts", charts.len());
    println!("each with its default values:");
    let default = report(&root, &charts, Sets::Default);
    println!("each with all its sets of values, {sets} in all:");
    let all = report(&root, &charts, Sets::All);

    let Some(helm) = helm else { return };
    let start = Instant::now();
    for chart in &charts {
        template(&helm, chart, None);
    }
    let helm_default = start.elapsed();
    for chart in &charts {
        for set in further_sets(chart) {
            template(&helm, chart, Some(&set));
        }
    }
    let helm_all = start.elapsed();
    println!("a loop of helm template, which judges nothing:");
    let line = |name: &str, helm: Duration, ours: &Ours| {
        let ratio = |it: Duration| helm.as_secs_f64() / it.as_secs_f64();
        println!(
            "  {name:<14} {:>9.2} ms, {:.1} x one chart after the other, {:.1} x one project",
            milliseconds(helm),
            ratio(ours.sum),
            ratio(ours.together)
        );
    };
    line("default values", helm_default, &default);
    line("all sets", helm_all, &all);
}

/// Which values charts are rendered with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sets {
    Default,
    All,
}

struct Ours {
    /// One chart after the other.
    sum: Duration,
    /// All charts as one project.
    together: Duration,
}

fn report(root: &Path, charts: &[PathBuf], sets: Sets) -> Ours {
    let mut times: Vec<(Duration, &PathBuf)> =
        charts.iter().map(|it| (median(|| _ = black_box(analyse(&[it], sets))), it)).collect();
    times.sort();
    let sum: Duration = times.iter().map(|it| it.0).sum();
    let name = |it: &Path| it.strip_prefix(root).unwrap_or(it).display().to_string();
    println!("  median         {:>9.2} ms", milliseconds(times[times.len() / 2].0));
    println!("  sum            {:>9.2} ms", milliseconds(sum));
    for (time, chart) in times.iter().rev().take(3) {
        println!("  slowest        {:>9.2} ms  {}", milliseconds(*time), name(chart));
    }
    let all: Vec<&PathBuf> = charts.iter().collect();
    let together = median(|| _ = black_box(analyse(&all, sets)));
    println!("  as one project {:>9.2} ms", milliseconds(together));
    Ours { sum, together }
}

/// Runs `helm template`.
fn template(helm: &OsStr, chart: &Path, values: Option<&Path>) {
    let mut command = Command::new(helm);
    command.args(["template", "rel"]).arg(chart);
    if let Some(values) = values {
        command.arg("--values").arg(values);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("helm runs");
}

/// Sets of values that a chart comes with, besides its defaults.
fn further_sets(chart: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(chart.join("ci")).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .map(|it| it.path())
        .filter(|it| it.to_str().is_some_and(|it| it.ends_with("-values.yaml")))
        .collect();
    found.sort();
    found
}

/// Directories with a `Chart.yaml`, one or two levels down.
fn charts(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dir in directories(root) {
        if dir.join("Chart.yaml").is_file() {
            found.push(dir);
        } else {
            found
                .extend(directories(&dir).into_iter().filter(|it| it.join("Chart.yaml").is_file()));
        }
    }
    assert!(!found.is_empty(), "no charts below {}", root.display());
    found
}

fn directories(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).expect("a directory of charts").flatten();
    let mut found: Vec<_> = entries.map(|it| it.path()).filter(|it| it.is_dir()).collect();
    found.sort();
    found
}

fn analyse(charts: &[&PathBuf], sets: Sets) -> usize {
    let mut files = Vec::new();
    for (index, chart) in charts.iter().enumerate() {
        let name = format!("chart-{index}");
        read(chart, chart, &name, &mut files);
        if sets == Sets::Default {
            let further = format!("{name}/ci/");
            files.retain(|(path, _)| !path.starts_with(&further));
        }
    }
    let mut engine = Engine::new(Config::default());
    engine.set_files(files);
    engine.check().findings.len()
}

fn read(root: &Path, dir: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).expect("read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(root, &path, name, files);
        } else if let Ok(bytes) = fs::read(&path) {
            let inside = path.strip_prefix(root).expect("below the root").display();
            files.push((format!("{name}/{inside}"), bytes));
        }
    }
}

fn median(mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
