//! How long charts take, alone and against helm.
//!
//! `GOREADY_CHARTS=DIR cargo bench --bench charts` takes a directory of charts (`DIR/*/*/Chart.yaml`
//! or `DIR/*/Chart.yaml`), analyses each as a project of its own (read, load, render with all its
//! sets of values, judge) and all together as one, and prints medians. With `GOREADY_HELM=BINARY` each
//! chart is also given to `helm template`, in the same run: the ratio holds on any machine. Without
//! a directory the sample chart of testdata is taken.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, the environment and files"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot read its input must stop")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::{
    env, fs,
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
    let mut times: Vec<(Duration, &PathBuf)> =
        charts.iter().map(|it| (median(|| _ = black_box(analyse(&[it]))), it)).collect();
    times.sort();
    let sum: Duration = times.iter().map(|it| it.0).sum();
    let name = |it: &Path| it.strip_prefix(&root).unwrap_or(it).display().to_string();
    println!("{} charts, each with all its sets of values", charts.len());
    println!("  median      {:>9.2} ms", milliseconds(times[times.len() / 2].0));
    println!("  sum         {:>9.2} ms", milliseconds(sum));
    for (time, chart) in times.iter().rev().take(5) {
        println!("  slowest     {:>9.2} ms  {}", milliseconds(*time), name(chart));
    }
    let all: Vec<&PathBuf> = charts.iter().collect();
    println!("  as one project {:>6.2} ms", milliseconds(median(|| _ = black_box(analyse(&all)))));

    let Some(helm) = env::var_os("GOREADY_HELM") else { return };
    let start = Instant::now();
    for chart in &charts {
        let done = Command::new(&helm)
            .args(["template", "rel"])
            .arg(chart)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        done.expect("helm runs");
    }
    let helm = start.elapsed();
    println!("helm template, default values only: {:.2} ms", milliseconds(helm));
    println!("  helm / goready {:.1}", helm.as_secs_f64() / sum.as_secs_f64());
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

fn analyse(charts: &[&PathBuf]) -> usize {
    let mut files = Vec::new();
    for (index, chart) in charts.iter().enumerate() {
        read(chart, chart, &format!("chart-{index}"), &mut files);
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
