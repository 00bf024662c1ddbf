//! How much time goready takes, as ratios that hold on any machine.
//!
//! `cargo bench` prints, for each pair, the median time of both sides over alternating runs, and the
//! median of their ratio: an absolute figure drifts with the machine, a ratio measured in one run
//! does not. The counters (bytes read, bytes parsed) are exact and the same on every run.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and a scratch directory"
)]
#![expect(clippy::expect_used, reason = "a benchmark that cannot write its input must stop")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::{
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use goready::{
    config::Config,
    engine::{Analysis, Engine},
};
use granit_parser::Parser;

/// Alternating runs of each pair, after one warm-up.
const RUNS: usize = 9;

type Files = Vec<(String, Vec<u8>)>;

fn main() {
    println!("{:<44} {:>10} {:>10} {:>8}", "pair (A against B)", "A", "B", "A/B");
    let thousand = manifests(1000);
    let go = go_tree(400);

    let scratch = tempfile::tempdir().expect("a scratch directory");
    write(scratch.path(), &thousand);
    pair(
        "1,000 manifests: analyse / read their bytes",
        || drop(black_box(analyse(read(scratch.path()), false))),
        || drop(black_box(read(scratch.path()))),
    );
    pair(
        "1,000 manifests: analyse / YAML events alone",
        || drop(black_box(analyse(thousand.clone(), false))),
        || _ = black_box(events(&thousand)),
    );
    pair(
        "400 Go files: without prefilter / with it",
        || drop(black_box(analyse(go.clone(), true))),
        || drop(black_box(analyse(go.clone(), false))),
    );
    pair(
        "1,000 manifests: one thread / all threads",
        || drop(black_box(on_one_thread(|| analyse(thousand.clone(), false)))),
        || drop(black_box(analyse(thousand.clone(), false))),
    );
    pair(
        "manifests, linear: 4,000 / 1,000 (4.0 is linear)",
        {
            let four = manifests(4000);
            move || drop(black_box(analyse(four.clone(), false)))
        },
        || drop(black_box(analyse(thousand.clone(), false))),
    );

    for (name, files, no_prefilter) in [
        ("1,000 manifests", &thousand, false),
        ("400 Go files", &go, false),
        ("400 Go files, no prefilter", &go, true),
    ] {
        let coverage = analyse(files.clone(), no_prefilter).project.coverage;
        println!("{name}: {} bytes read, {} parsed", coverage.read_bytes, coverage.parsed_bytes);
    }
}

fn analyse(files: Files, no_prefilter: bool) -> Analysis {
    let mut engine = Engine::new(Config { no_prefilter, ..Config::default() });
    engine.set_files(files);
    engine.check()
}

fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    pool.install(work)
}

fn events(files: &Files) -> usize {
    files
        .iter()
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .map(|text| Parser::new_from_str(text).count())
        .sum()
}

fn pair(name: &str, mut a: impl FnMut(), mut b: impl FnMut()) {
    a();
    b();
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push((time(&mut a), time(&mut b)));
    }
    let median = |mut it: Vec<f64>| {
        it.sort_by(f64::total_cmp);
        it[it.len() / 2]
    };
    let seconds = |it: Duration| it.as_secs_f64();
    let ratio = median(times.iter().map(|(a, b)| seconds(*a) / seconds(*b)).collect());
    let a = median(times.iter().map(|it| seconds(it.0)).collect());
    let b = median(times.iter().map(|it| seconds(it.1)).collect());
    println!("{name:<44} {:>7.1} ms {:>7.1} ms {ratio:>8.2}", a * 1e3, b * 1e3);
}

fn time(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn write(root: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a file has a directory")).expect("create");
        fs::write(path, bytes).expect("write");
    }
}

fn read(root: &Path) -> Files {
    let mut files = Vec::new();
    for entry in fs::read_dir(root).expect("read").flatten() {
        for entry in fs::read_dir(entry.path()).expect("read").flatten() {
            let path = entry.path();
            let name =
                path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
            files.push((name, fs::read(&path).expect("read")));
        }
    }
    files
}

/// Workload, Service and autoscaler of a service, as repositories have them.
fn manifests(count: usize) -> Files {
    (0..count)
        .map(|n| {
            let text = MANIFEST.replace("NAME", &format!("service-{n}"));
            (format!("team-{:02}/service-{n}.yaml", n % 40), text.into_bytes())
        })
        .collect()
}

/// One program over many packages, most of which hold nothing that matters.
fn go_tree(count: usize) -> Files {
    let mut files = vec![
        ("go.mod".to_owned(), b"module example.com/bench\n\ngo 1.24\n".to_vec()),
        ("main.go".to_owned(), MAIN.as_bytes().to_vec()),
    ];
    for n in 0..count {
        let mut text = format!("package p{n}\n\nimport \"strings\"\n\n");
        for function in 0..30 {
            text.push_str(&FUNCTION.replace("NAME", &format!("Convert{function}")));
        }
        files.push((format!("internal/p{n}/p{n}.go"), text.into_bytes()));
    }
    files
}

const MANIFEST: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  labels:
    app.kubernetes.io/name: NAME
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: NAME
  template:
    metadata:
      labels:
        app.kubernetes.io/name: NAME
    spec:
      containers:
        - name: server
          image: registry.example.com/NAME:1.2.3
          args: [\"--listen=:8080\", \"--log-format=json\"]
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: DATABASE_HOST
              value: postgres.data.svc
            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: NAME-database
                  key: password
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 128Mi
---
apiVersion: v1
kind: Service
metadata:
  name: NAME
spec:
  selector:
    app.kubernetes.io/name: NAME
  ports:
    - port: 80
      targetPort: http
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: NAME
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: NAME
  minReplicas: 2
  maxReplicas: 6
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
";

const MAIN: &str = "package main

import (
\t\"log\"
\t\"net/http\"

\t\"example.com/bench/internal/p0\"
)

func main() {
\thttp.HandleFunc(\"/healthz\", func(w http.ResponseWriter, r *http.Request) {
\t\t_, _ = w.Write([]byte(p0.Convert0(r.URL.Path, 3)))
\t})
\tlog.Fatal(http.ListenAndServe(\":8080\", nil))
}
";

const FUNCTION: &str = "// NAME changes its input in a way that says nothing about readiness.
func NAME(text string, times int) string {
\tvar out strings.Builder
\tfor i := 0; i < times; i++ {
\t\tif i%2 == 0 {
\t\t\tout.WriteString(strings.ToUpper(text))
\t\t\tcontinue
\t\t}
\t\tout.WriteString(strings.TrimSpace(text))
\t}
\treturn out.String()
}

";
