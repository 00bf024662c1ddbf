//! A scripted editor against the real server, over its standard input and output.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test writes files and fails where something is wrong"
)]

use std::{
    fs,
    io::{BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use lsp_server::Message;
use serde_json::{Value, json};

/// Longer than any answer takes on a busy machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  selector:
    matchLabels: {app: cart}
  template:
    metadata:
      labels: {app: cart}
    spec:
      terminationGracePeriodSeconds: 15
      containers:
        - name: cart
          image: example.com/cart:1.0
          ports: [{containerPort: 8080}]
";

const DOCKERFILE: &str = "\
FROM golang:1.25 AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /cart ./cmd/cart
FROM scratch
COPY --from=build /cart /cart
USER 65532
ENTRYPOINT [\"/cart\"]
";

const WORKFLOW: &str = "\
on: push
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with: {context: ., push: true, tags: \"example.com/cart:1.0\"}
";

fn main_go(seconds: u32) -> String {
    format!(
        "\
package main

import (
\t\"context\"
\t\"net/http\"
\t\"os/signal\"
\t\"syscall\"
\t\"time\"
)

func main() {{
\tctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
\tdefer stop()
\tserver := &http.Server{{Addr: \":8080\"}}
\tgo server.ListenAndServe()
\t<-ctx.Done()
\tdrain, cancel := context.WithTimeout(context.Background(), {seconds}*time.Second)
\tdefer cancel()
\tserver.Shutdown(drain)
}}
"
    )
}

/// A repository in a directory of its own.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn shop() -> tempfile::TempDir {
    repository(&[
        ("go.mod", "module example.com/shop\n\ngo 1.25\n"),
        ("cmd/cart/main.go", &main_go(40)),
        ("Dockerfile", DOCKERFILE),
        ("deploy/cart.yaml", DEPLOYMENT),
        (".github/workflows/image.yml", WORKFLOW),
    ])
}

struct Editor {
    process: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Message>,
    next_id: i32,
    root: std::path::PathBuf,
}

impl Editor {
    fn start(dir: &Path, capabilities: &Value) -> (Self, Value) {
        let mut process = Command::new(env!("CARGO_BIN_EXE_goready"))
            .args(["server", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Ok(Some(message)) = Message::read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let input = process.stdin.take();
        let root = dir.canonicalize().unwrap();
        let mut editor = Self { process, input, messages, next_id: 1, root };
        let uri = editor.uri("");
        let result = editor.request(
            "initialize",
            json!({
                "processId": null,
                "rootUri": uri.trim_end_matches('/'),
                "capabilities": capabilities,
            }),
        );
        editor.notify("initialized", json!({}));
        (editor, result)
    }

    fn uri(&self, path: &str) -> String {
        format!("file://{}/{path}", self.root.display())
    }

    fn send(&mut self, message: impl Into<Message>) {
        let input = self.input.as_mut().unwrap();
        message.into().write(input).unwrap();
        input.flush().unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(lsp_server::Notification { method: method.to_owned(), params });
    }

    /// Sends a request and returns its result; everything that comes in between is dropped.
    fn request(&mut self, method: &str, params: Value) -> Value {
        self.try_request(method, params).unwrap()
    }

    fn try_request(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        let id = self.next_id;
        self.next_id += 1;
        self.send(lsp_server::Request { id: id.into(), method: method.to_owned(), params });
        loop {
            if let Message::Response(answer) = self.messages.recv_timeout(PATIENCE).unwrap()
                && answer.id == id.into()
            {
                return answer.response_result.map_err(|it| it.code);
            }
        }
    }

    /// Waits until the diagnostics of a file are as `wanted` says, and returns them.
    fn diagnostics(&mut self, path: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let uri = self.uri(path);
        loop {
            let message = self.messages.recv_timeout(PATIENCE);
            assert!(message.is_ok(), "the diagnostics of {path} did not come");
            let Message::Notification(it) = message.unwrap() else { continue };
            if it.method == "textDocument/publishDiagnostics" && it.params["uri"] == uri.as_str() {
                let found = it.params["diagnostics"].as_array().unwrap().clone();
                if wanted(&found) {
                    return found;
                }
            }
        }
    }

    fn open(&mut self, path: &str, language: &str, text: &str) {
        let uri = self.uri(path);
        self.notify(
            "textDocument/didOpen",
            json!({"textDocument":
                {"uri": uri, "languageId": language, "version": 1, "text": text}}),
        );
    }

    fn change(&mut self, path: &str, version: i32, text: &str) {
        let uri = self.uri(path);
        self.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"text": text}]}),
        );
    }

    fn shut_down(mut self) -> ExitStatus {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        self.process.wait().unwrap()
    }
}

/// A failed test must not leave its server behind.
impl Drop for Editor {
    fn drop(&mut self) {
        self.input.take();
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn has(rule: &'static str) -> impl Fn(&[Value]) -> bool {
    move |found| found.iter().any(|it| it["code"] == rule)
}

fn lacks(rule: &'static str) -> impl Fn(&[Value]) -> bool {
    move |found| !has(rule)(found)
}

fn rich_client() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-16", "utf-8"]},
        "textDocument": {"publishDiagnostics": {"relatedInformation": true}},
    })
}

/// A finding in one manifest, to try the protocol with.
fn broken_manifest() -> tempfile::TempDir {
    repository(&[(
        "k8s/a.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: a # 𝄞\nspec: {porst: []}\n",
    )])
}

#[test]
fn an_edit_in_go_clears_a_finding_in_yaml_that_nobody_opened() {
    let dir = shop();
    let (mut editor, result) = Editor::start(dir.path(), &rich_client());
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-8");

    let rule = "drain-outlives-grace-period";
    let found = editor.diagnostics("deploy/cart.yaml", has(rule));
    let finding = found.iter().find(|it| it["code"] == rule).unwrap();
    assert_eq!(finding["range"]["start"]["line"], 11);
    assert_eq!(finding["source"], "goready");
    assert!(finding["codeDescription"]["href"].as_str().unwrap().contains(rule));
    let related = finding["relatedInformation"].as_array().unwrap();
    assert!(
        related.iter().any(|it| it["location"]["uri"] == editor.uri("cmd/cart/main.go").as_str()),
        "{related:#?}"
    );

    editor.open("cmd/cart/main.go", "go", &main_go(40));
    editor.change("cmd/cart/main.go", 2, &main_go(5));
    editor.diagnostics("deploy/cart.yaml", lacks(rule));

    // What was never saved does not count once the document is closed.
    let uri = editor.uri("cmd/cart/main.go");
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    editor.diagnostics("deploy/cart.yaml", has(rule));
    assert!(editor.shut_down().success());
}

#[test]
fn a_diagnostic_explains_itself_on_hover() {
    let dir = broken_manifest();
    let (mut editor, result) = Editor::start(dir.path(), &json!({}));
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
    let found = editor.diagnostics("k8s/a.yaml", has("unknown-field"));
    let range = &found[0]["range"];
    assert_eq!(range["start"], json!({"line": 4, "character": 7}));
    let uri = editor.uri("k8s/a.yaml");
    let at = |position: &Value| json!({"textDocument": {"uri": uri}, "position": position});
    let hover = editor.request("textDocument/hover", at(&range["start"]));
    let page = hover["contents"]["value"].as_str().unwrap();
    assert!(page.contains("## What it does"), "{page}");
    let nothing = editor.request("textDocument/hover", at(&json!({"line": 0, "character": 0})));
    assert_eq!(nothing, Value::Null);
    assert!(editor.shut_down().success());
}

#[test]
fn a_suppression_is_offered_and_works() {
    let dir = broken_manifest();
    let (mut editor, _) = Editor::start(dir.path(), &rich_client());
    let found = editor.diagnostics("k8s/a.yaml", has("unknown-field"));
    let uri = editor.uri("k8s/a.yaml");
    let actions = editor.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": uri}, "range": found[0]["range"],
            "context": {"diagnostics": found}}),
    );
    let actions = actions.as_array().unwrap().clone();
    let suppress = actions
        .iter()
        .find(|it| it["title"] == "Suppress unknown-field here")
        .unwrap_or_else(|| panic!("{actions:#?}"));
    let edit = &suppress["edit"]["changes"][&uri][0];
    assert_eq!(edit["newText"], " # goready: ignore[unknown-field]");
    assert_eq!(edit["range"]["start"]["line"], 4);

    let text = fs::read_to_string(dir.path().join("k8s/a.yaml")).unwrap();
    let edited = format!("{}{}\n", text.trim_end(), edit["newText"].as_str().unwrap());
    editor.open("k8s/a.yaml", "yaml", &edited);
    editor.diagnostics("k8s/a.yaml", lacks("unknown-field"));
    assert!(editor.shut_down().success());
}

/// Applies edits that came for a file; positions are in bytes, as agreed on with a rich client.
fn edited(text: &str, edits: &Value) -> String {
    let offset = |at: &Value| {
        let line = usize::try_from(at["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + usize::try_from(at["character"].as_u64().unwrap()).unwrap()
    };
    let mut edits: Vec<_> = edits.as_array().unwrap().iter().collect();
    edits.sort_by_key(|it| std::cmp::Reverse(offset(&it["range"]["start"])));
    let mut text = text.to_owned();
    for it in edits {
        let range = offset(&it["range"]["start"])..offset(&it["range"]["end"]);
        text.replace_range(range, it["newText"].as_str().unwrap());
    }
    text
}

#[test]
fn a_fix_is_offered_and_clears_its_finding() {
    let rule = "binary-not-stripped";
    let dir = shop();
    let unstripped = DOCKERFILE.replace(" -ldflags='-s -w'", "");
    fs::write(dir.path().join("Dockerfile"), &unstripped).unwrap();
    let (mut editor, _) = Editor::start(dir.path(), &rich_client());
    let found = editor.diagnostics("Dockerfile", has(rule));
    let diagnostic = found.iter().find(|it| it["code"] == rule).unwrap();
    let uri = editor.uri("Dockerfile");
    let ask = |only: Value| {
        json!({"textDocument": {"uri": uri}, "range": diagnostic["range"],
            "context": {"diagnostics": found, "only": only}})
    };
    let fix = |actions: Value, kind: &str| {
        let mut actions = actions.as_array().unwrap().clone();
        actions
            .retain(|it| it["kind"] == kind && !it["title"].as_str().unwrap().contains("ppress"));
        assert_eq!(actions.len(), 1, "{actions:#?}");
        actions.remove(0)
    };
    let quick =
        fix(editor.request("textDocument/codeAction", ask(json!(["quickfix"]))), "quickfix");
    assert_eq!(quick["isPreferred"], true);
    let kind = "source.fixAll.goready";
    let all = fix(editor.request("textDocument/codeAction", ask(json!([kind]))), kind);
    let mended = edited(&unstripped, &quick["edit"]["changes"][&uri]);
    assert_eq!(edited(&unstripped, &all["edit"]["changes"][&uri]), mended);

    editor.open("Dockerfile", "dockerfile", &mended);
    editor.diagnostics("Dockerfile", lacks(rule));
    assert!(editor.shut_down().success());
}

#[test]
fn a_suppression_in_a_dockerfile_stands_above_the_instruction() {
    let rule = "binary-not-stripped";
    let dir = shop();
    let unstripped = DOCKERFILE.replace(" -ldflags='-s -w'", "");
    fs::write(dir.path().join("Dockerfile"), &unstripped).unwrap();
    let (mut editor, _) = Editor::start(dir.path(), &rich_client());
    let found = editor.diagnostics("Dockerfile", has(rule));
    let diagnostic = found.iter().find(|it| it["code"] == rule).unwrap();
    let uri = editor.uri("Dockerfile");
    let actions = editor.request(
        "textDocument/codeAction",
        json!({"textDocument": {"uri": uri}, "range": diagnostic["range"],
            "context": {"diagnostics": found}}),
    );
    let title = format!("Suppress {rule} here");
    let suppress =
        actions.as_array().unwrap().iter().find(|it| it["title"] == title.as_str()).unwrap();
    let text = edited(&unstripped, &suppress["edit"]["changes"][&uri]);
    assert!(text.contains(&format!("# goready: ignore[{rule}]\nRUN CGO_ENABLED=0")), "{text}");
    editor.open("Dockerfile", "dockerfile", &text);
    editor.diagnostics("Dockerfile", lacks(rule));
    assert!(editor.shut_down().success());
}

#[test]
fn files_that_come_and_go_on_disk_are_noticed() {
    let dir = broken_manifest();
    let (mut editor, _) = Editor::start(dir.path(), &rich_client());
    editor.diagnostics("k8s/a.yaml", has("unknown-field"));

    let text = fs::read_to_string(dir.path().join("k8s/a.yaml")).unwrap();
    fs::write(dir.path().join("k8s/b.yaml"), text.replace("name: a", "name: b")).unwrap();
    let uri = editor.uri("k8s/b.yaml");
    let changes = |uri: &str, kind: u8| json!({"changes": [{"uri": uri, "type": kind}]});
    editor.notify("workspace/didChangeWatchedFiles", changes(&uri, 1));
    editor.diagnostics("k8s/b.yaml", has("unknown-field"));

    fs::remove_file(dir.path().join("k8s/b.yaml")).unwrap();
    editor.notify("workspace/didChangeWatchedFiles", changes(&uri, 3));
    editor.diagnostics("k8s/b.yaml", <[Value]>::is_empty);
    assert!(editor.shut_down().success());
}

#[test]
fn an_error_in_the_configuration_is_shown_in_the_configuration() {
    let dir = broken_manifest();
    let (mut editor, _) = Editor::start(dir.path(), &rich_client());
    editor.diagnostics("k8s/a.yaml", has("unknown-field"));
    let uri = editor.uri("goready.toml");
    fs::write(dir.path().join("goready.toml"), "ignroe = []\n").unwrap();
    editor.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri, "type": 1}]}));
    let found = editor.diagnostics("goready.toml", has("configuration"));
    assert!(found[0]["message"].as_str().unwrap().contains("ignore"), "{found:#?}");

    editor.open("goready.toml", "toml", "ignore = [\"unknown-field\"]\n");
    editor.diagnostics("k8s/a.yaml", lacks("unknown-field"));
    assert!(editor.shut_down().success());
}

#[test]
fn unknown_requests_are_refused_and_nothing_is_answered_after_shutdown() {
    const METHOD_NOT_FOUND: i32 = -32601;
    const INVALID_REQUEST: i32 = -32600;
    let dir = broken_manifest();
    let (mut editor, _) = Editor::start(dir.path(), &json!({}));
    assert_eq!(editor.try_request("textDocument/rename", json!({})), Err(METHOD_NOT_FOUND));
    assert_eq!(editor.request("shutdown", Value::Null), Value::Null);
    assert_eq!(editor.try_request("textDocument/hover", json!({})), Err(INVALID_REQUEST));
    editor.notify("exit", Value::Null);
    assert!(editor.process.wait().unwrap().success());
}

#[test]
fn an_exit_without_shutdown_is_a_failure() {
    let dir = broken_manifest();
    let (mut editor, _) = Editor::start(dir.path(), &json!({}));
    editor.notify("exit", Value::Null);
    assert!(!editor.process.wait().unwrap().success());
}

#[test]
fn a_client_that_is_gone_ends_the_server() {
    let dir = broken_manifest();
    let (mut editor, _) = Editor::start(dir.path(), &json!({}));
    editor.input.take();
    assert!(!editor.process.wait().unwrap().success());
}
