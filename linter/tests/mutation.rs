//! Seeded mutations of every fixture: whatever the bytes, nothing panics, every place lies inside
//! its file on a character boundary, and two runs say the same.
//!
//! `GOREADY_MUTATIONS=N` raises the number of mutated repositories.

#![expect(clippy::panic, reason = "a test says what is wrong")]
#![expect(clippy::disallowed_methods, reason = "a test reads its fixtures and its own variable")]

mod support;

use goready::engine::{Analysis, NotificationKind};
use goready_model::{Finding, Span};
use support::{Files, analyse, directories, read_repository, render, testdata};

/// Enough to touch every fixture several times in a few seconds.
const MUTATIONS: usize = 600;

/// Fragments that front ends treat specially.
const TOKENS: &[&str] = &[
    "{{",
    "}}",
    "---\n",
    "&a ",
    "*a",
    "<<: ",
    ": ",
    "- ",
    "\t",
    "\r",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "[",
    "]",
    "{",
    "}",
    "\\\n",
    "<<EOF\n",
    "$(",
    "${",
    "`",
    "func ",
    "/*",
    "*/",
    "//",
    "#",
    "\u{feff}",
    "日本",
    "𝄞",
    "\0",
    "FROM ",
    "ARG ",
    "RUN ",
    "$TARGETARCH",
    "go build ",
    "-ldflags=",
    "goready: ignore[",
    "expect: ",
    "999999999999999999999",
    "-1",
    "0x",
    "1e999",
    "!!str ",
    "? ",
    "%YAML 1.1\n",
    "import \"C\"\n",
];

#[test]
fn mutated_repositories_never_panic() {
    let count =
        std::env::var("GOREADY_MUTATIONS").ok().and_then(|it| it.parse().ok()).unwrap_or(MUTATIONS);
    let repositories = repositories();
    assert!(repositories.len() > 2, "there are fixtures to mutate");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..count {
        let mut files = repositories[random.below(repositories.len())].clone();
        for _ in 0..=random.below(4) {
            let at = random.below(files.len());
            mutate(&mut files[at].1, &mut random);
        }
        let analysis = analyse(files.clone(), None);
        check(&analysis, round, &files);
        if round % 16 == 0 {
            assert_eq!(render(&analysis), render(&analyse(files, None)), "round {round} differs");
        }
    }
}

fn repositories() -> Vec<Files> {
    let mut found = Vec::new();
    for category in directories(&testdata()) {
        for rule in directories(&category) {
            if category.ends_with("corpus") {
                found.push(read_repository(&rule));
            } else {
                found.extend(directories(&rule).iter().map(|it| read_repository(it)));
            }
        }
    }
    found.retain(|it| !it.is_empty());
    found
}

fn check(analysis: &Analysis, round: usize, files: &Files) {
    for notification in &analysis.notifications {
        assert!(
            notification.kind != NotificationKind::Crash,
            "round {round}: {notification:?}\n{}",
            show(files)
        );
    }
    for finding in &analysis.findings {
        for span in spans(finding) {
            let Some(source) = analysis.sources.get(span.file) else {
                panic!("round {round}: {} points into a file without text", finding.rule);
            };
            assert!(
                source.text.get(span.start as usize..span.end as usize).is_some(),
                "round {round}: {} has a span off bounds or boundaries in {}: {span:?}\n{}",
                finding.rule,
                source.path,
                show(files)
            );
        }
    }
}

fn spans(finding: &Finding) -> Vec<Span> {
    let related = finding.related.iter().map(|it| it.place);
    let edits = finding.fixes.iter().flat_map(|it| it.edits.iter().map(|it| it.place));
    std::iter::once(finding.place)
        .chain(related)
        .chain(edits)
        .flat_map(|it| [Some(it.at), it.from])
        .flatten()
        .collect()
}

fn show(files: &Files) -> String {
    files.iter().fold(String::new(), |text, (path, bytes)| {
        text + "=== " + path + "\n" + &String::from_utf8_lossy(bytes) + "\n"
    })
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let start = random.below(bytes.len() + 1);
    let end = (start + random.below(24)).min(bytes.len());
    match random.below(7) {
        0 => drop(bytes.drain(start..end)),
        1 => bytes.truncate(start),
        2 => drop(bytes.splice(start..start, TOKENS[random.below(TOKENS.len())].bytes())),
        3 => drop(bytes.splice(start..end, TOKENS[random.below(TOKENS.len())].bytes())),
        4 => {
            let copy = bytes[start..end].to_vec();
            let at = random.below(bytes.len() + 1);
            drop(bytes.splice(at..at, copy));
        }
        5 => {
            if let Some(byte) = bytes.get_mut(start) {
                *byte = random.below(256) as u8;
            }
        }
        _ => {
            let line: Vec<u8> = bytes[start..]
                .split_inclusive(|it| *it == b'\n')
                .next()
                .unwrap_or_default()
                .to_vec();
            for _ in 0..random.below(40) {
                drop(bytes.splice(start..start, line.iter().copied()));
            }
        }
    }
}

/// xorshift64*: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }
}
