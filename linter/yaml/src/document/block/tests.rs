//! Both readers agree: on samples of what is read here, and on seeded mutations of them.

use std::fmt::Write as _;

use goready_model::{FileId, Node};

use super::parse;
use crate::{Parsed, document::parse_any};

/// Everything that is known of a file.
fn dump(parsed: &Parsed) -> String {
    let mut dump = String::new();
    for document in &parsed.documents {
        writeln!(dump, "document {} {}", document.index, document.truncated).unwrap();
        for node in document.tree.nodes() {
            let id = |it: Option<Node<'_>>| it.map(|it| it.id().index());
            writeln!(
                dump,
                "{} {:?} {:?} {:?} {:?} key {:?} parent {:?} {}",
                node.id().index(),
                node.kind(),
                node.style(),
                node.text(),
                node.place(),
                id(node.key()),
                id(node.parent()),
                node.is_merged()
            )
            .unwrap();
        }
    }
    for comment in &parsed.comments {
        writeln!(dump, "{comment:?}").unwrap();
    }
    for problem in &parsed.problems {
        writeln!(dump, "{problem:?}").unwrap();
    }
    dump
}

/// Whether the text was read here; fails where it was read otherwise than by granit-parser.
fn agrees(text: &str) -> bool {
    let Some(parsed) = parse(FileId(0), text) else { return false };
    let expected = parse_any(FileId(0), text, 1024);
    let (parsed, expected) = (dump(&parsed), dump(&expected));
    let lines =
        parsed.lines().zip(expected.lines().chain([""])).find(|(here, there)| here != there);
    assert!(parsed == expected, "{text:?}\nhere and by granit-parser: {lines:#?}");
    true
}

/// What people write, and what is close to it without being the same.
const SAMPLES: &[&str] = &[
    "apiVersion: v1\nkind: Service\nmetadata:\n  name: web # a name\n  labels: {app: web, 'tier': \
     \"front\"}\nspec:\n  ports:\n  - port: 80\n    targetPort: http\n  - name: metrics\n    port: \
     9090\n  selector:\n    app: web\n",
    "# first\n---\na: 1\n--- # second\nb:\n---\n\n---\n- x\n- - y\n  - z: [1, 2.5, \"q\", []]\n",
    "script: |\n  set -e\n\n    indented\n  # no comment\nnext: |-\n  a\n\nlast: |+\n  b\n\n\nend: >-\n  \
     folded\n  text\n\n  para\n",
    "description: a text\n  that goes on\n\n  and on # here\nurl: http://x:80/#a\nempty:\nquoted: 'it''s \
     \"so\"'\nescaped: \"tab\\tline\\n\\\"\"\n",
    "items:\n- name: a\n  args: [\"--x=1\", --y, \"z\"]\n\n- name: b\n  env: []\n  more: {}\n# between\n- |\n  \
     block\n- plain\n  goes on\n",
    "a: 'one\n  two  \n\n    it''s' # c\nb:\n- \"x\\n\\u00e9\n\n\n  y \\x41\"\n- \"\n  z\n  \"\nc: \"a \\n\\\n  \\u0020b\\\n\n  c\"\nd: |2-\n    x\n  y\n:e: f\n",
    "a: &x {b: c}\nd: *x\n<<: *x\n? e\n: f\n!!str g: 1\n",
    "a:\n    b:\n        c: 1\n    d: 2\n  e: 3\n",
    "key with blanks: v\n\"quoted: key\": v\n'it''s': ~\n0x10: yes\n16: no\n1.0: -1\n-x: .5\n--flag: 1\n",
    "a: {{ .Values.x }}\n{{- if .Values.y }}\nb: \"{{ .Values.z }}\"\n{{- end }}\n",
    "a: 1\na: 2\nb:\n  - c: 1\n    c: 2\n\u{e9}t\u{e9}: \u{1f600}\n",
];

#[test]
fn the_block_yaml_people_write_is_read_here() {
    for sample in &SAMPLES[..6] {
        assert!(agrees(sample), "{sample}");
    }
}

#[test]
fn other_yaml_is_left_alone() {
    for text in [
        "a: &x 1\n",
        "a: *x\n",
        "<<: {}\n",
        "? a\n",
        "!!str a: b\n",
        "a: {{ b }}\n",
        "%YAML 1.2\n---\na: 1\n",
        "a: 1\r\n",
        "a:\tb\n",
        "a: \"b\\e\"\n",
        "a: [1,\n  2]\n",
        "a:\n- |2\n   b\n",
        "scalar\n",
        "{}\n",
        "a: b: c\n",
        "a: 1\n  b: 2\n",
        "a: 1\n...\n",
        "a: 'b' c\n",
        "\u{feff}a: 1\n",
        "a: |\n  b",
    ] {
        assert!(!agrees(text), "{text:?}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "more cases are asked for by the environment")]
fn mutations_are_read_alike() {
    let cases = std::env::var("GOREADY_FUZZ_CASES").ok().and_then(|it| it.parse().ok());
    let mut read = 0;
    let cases: u64 = cases.unwrap_or(20_000);
    for seed in 0..cases {
        read += usize::from(agrees(&mutation(seed)));
    }
    assert!(read as u64 > cases / 20, "{read}");
}

/// A sample, or two, with pieces taken out, doubled, moved and put in.
fn mutation(seed: u64) -> String {
    const PIECES: &[&str] = &[
        " ", "  ", "\n", "\n\n", "- ", "-", ": ", ":", "#", " #", "\"", "'", "|", "|-", "|+", ">",
        "[", "]", "{", "}", ", ", "---\n", "...\n", "\t", "a", "1", "~", "\\", "''", "&a ", "*a",
        "!", "%", "? ", "\u{e9}", "\n  ", "\n- ", "\n  - ", "\na: ", "\n  a: ", "<<", "{{", "\n#",
        "|\n  ", ">-\n ", "- - ", "[]", "{}",
    ];
    let mut random = Random(seed);
    let mut text = SAMPLES[random.below(SAMPLES.len())].to_owned();
    if random.below(4) == 0 {
        text.push_str(SAMPLES[random.below(SAMPLES.len())]);
    }
    // Small texts meet more of their own edges.
    if random.below(2) == 0 {
        let (from, to) = random.range(&text);
        text = text[from..to].to_owned();
    }
    for _ in 0..=random.below(4) {
        let (from, to) = random.range(&text);
        match random.below(5) {
            0 => text.replace_range(from..to.min(char_end(&text, from + 3)), ""),
            1 => text.insert_str(from, &text.clone()[from..to.min(char_end(&text, from + 12))]),
            _ => text.insert_str(from, PIECES[random.below(PIECES.len())]),
        }
    }
    text
}

fn char_end(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }

    /// Ends of a part of a text.
    fn range(&mut self, text: &str) -> (usize, usize) {
        let one = char_end(text, self.below(text.len() + 1));
        let other = char_end(text, self.below(text.len() + 1));
        (one.min(other), one.max(other))
    }
}
