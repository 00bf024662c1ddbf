//! The language server: the engine behind an editor, on standard input and output.
//!
//! Synchronous: one loop takes messages in their order, open buffers lie over the files on disk,
//! and a short silence after an edit starts the next check. An edit in one file may clear a
//! finding in another, so findings of all files are published, by difference.
#![expect(clippy::disallowed_methods, reason = "the server reads files and the clock")]

mod actions;
mod client;
mod diagnostics;
mod encoding;
mod hover;
mod uri;
mod workspace;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use crossbeam_channel::RecvTimeoutError;
use gen_lsp_types::{
    CodeActionParams, CodeActionRequest, DidChangeTextDocumentNotification,
    DidChangeTextDocumentParams, DidChangeWatchedFilesNotification, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersNotification, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentNotification, DidCloseTextDocumentParams, DidOpenTextDocumentNotification,
    DidOpenTextDocumentParams, DidSaveTextDocumentNotification, DidSaveTextDocumentParams,
    ExitNotification, FileChangeType, HoverParams, HoverRequest, InitializeParams,
    InitializedNotification, Notification, Request, ShutdownRequest,
    TextDocumentContentChangeEvent, Uri, WorkspaceFolders,
};
use lsp_server::{Connection, ErrorCode, Message, RequestId, Response};
use serde::de::DeserializeOwned;

use self::{client::Client, workspace::Workspace};
use crate::discover;

/// Silence after an edit before the project is checked.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Serves on standard input and output until the client says goodbye.
pub fn run() -> ExitCode {
    let (connection, threads) = Connection::stdio();
    let orderly = serve(&connection);
    // The writer ends when the last sender is gone.
    drop(connection);
    let joined = threads.join();
    if orderly && joined.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Serves one connection. Whether it ended as the protocol asks: `shutdown`, then `exit`.
pub fn serve(connection: &Connection) -> bool {
    let Ok((id, params)) = connection.initialize_start() else { return false };
    let params: InitializeParams = match serde_json::from_value(params) {
        Ok(params) => params,
        Err(error) => {
            let message = format!("the parameters of `initialize` cannot be read: {error}");
            let answer = Response::new_err(id, ErrorCode::InvalidParams as i32, message);
            drop(connection.sender.send(answer.into()));
            return false;
        }
    };
    let client = Client::new(connection.sender.clone(), &params);
    client.respond(id, Ok(client.initialize_result()));
    Server::new(client, &params).run(connection)
}

/// Where the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    /// `shutdown` was asked for: only `exit` may follow.
    ShutDown,
}

struct Server {
    client: Client,
    workspaces: Vec<Workspace>,
    phase: Phase,
    /// When the next check is due; `None` when nothing changed.
    due: Option<Instant>,
}

impl Server {
    fn new(client: Client, params: &InitializeParams) -> Self {
        let mut server = Self { client, workspaces: Vec::new(), phase: Phase::Running, due: None };
        for folder in folders(params) {
            server.add_folder(&folder);
        }
        server
    }

    /// Takes messages until the end; whether the end was an orderly one.
    fn run(mut self, connection: &Connection) -> bool {
        loop {
            let message = match self.due {
                None => connection.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => {
                    let wait = due.saturating_duration_since(Instant::now());
                    connection.receiver.recv_timeout(wait)
                }
            };
            match message {
                Ok(Message::Request(request)) => {
                    self.request(request.id, &request.method, request.params);
                }
                Ok(Message::Notification(it)) if it.method == ExitNotification::METHOD.as_str() => {
                    return self.phase == Phase::ShutDown;
                }
                Ok(Message::Notification(it)) => {
                    if self.phase == Phase::Running {
                        self.notification(&it.method, it.params);
                    }
                }
                Ok(Message::Response(_)) => {}
                Err(RecvTimeoutError::Timeout) => self.refresh(),
                // The client is gone without a word.
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn request(&mut self, id: RequestId, method: &str, params: serde_json::Value) {
        if self.phase == Phase::ShutDown {
            let message = "the server is shut down".to_owned();
            return self.client.respond_error(id, ErrorCode::InvalidRequest, message);
        }
        match method {
            it if it == ShutdownRequest::METHOD.as_str() => {
                self.phase = Phase::ShutDown;
                self.due = None;
                self.client.respond(id, Ok(serde_json::Value::Null));
            }
            it if it == HoverRequest::METHOD.as_str() => {
                let answer = parsed(params).map(|it| self.hover(&it));
                self.client.respond(id, answer);
            }
            it if it == CodeActionRequest::METHOD.as_str() => {
                let answer = parsed(params).map(|it| self.code_actions(&it));
                self.client.respond(id, answer);
            }
            other => {
                let message = format!("`{other}` is not supported");
                self.client.respond_error(id, ErrorCode::MethodNotFound, message);
            }
        }
    }

    fn notification(&mut self, method: &str, params: serde_json::Value) {
        match method {
            it if it == InitializedNotification::METHOD.as_str() => self.first_scan(),
            it if it == DidOpenTextDocumentNotification::METHOD.as_str() => {
                if let Some(it) = self.notified::<DidOpenTextDocumentParams>(params) {
                    let it = it.text_document;
                    self.edit(&it.uri, it.version, it.text);
                }
            }
            it if it == DidChangeTextDocumentNotification::METHOD.as_str() => {
                if let Some(it) = self.notified::<DidChangeTextDocumentParams>(params) {
                    self.changed(it);
                }
            }
            it if it == DidSaveTextDocumentNotification::METHOD.as_str() => {
                if let Some(it) = self.notified::<DidSaveTextDocumentParams>(params) {
                    self.on_disk(&[(it.text_document.uri, FileChangeType::Changed)]);
                    self.refresh();
                }
            }
            it if it == DidCloseTextDocumentNotification::METHOD.as_str() => {
                if let Some(it) = self.notified::<DidCloseTextDocumentParams>(params) {
                    self.with_file(&it.text_document.uri, Workspace::close);
                }
            }
            it if it == DidChangeWatchedFilesNotification::METHOD.as_str() => {
                if let Some(it) = self.notified::<DidChangeWatchedFilesParams>(params) {
                    let changes = it.changes.into_iter().map(|it| (it.uri, it.kind));
                    let changes: Vec<_> = changes.collect();
                    self.on_disk(&changes);
                }
            }
            it if it == DidChangeWorkspaceFoldersNotification::METHOD.as_str() => {
                if let Some(it) = self.notified::<DidChangeWorkspaceFoldersParams>(params) {
                    it.event.removed.iter().for_each(|it| self.remove_folder(&it.uri));
                    it.event.added.iter().for_each(|it| self.add_folder(&it.uri));
                    self.first_scan();
                }
            }
            // `$/` notifications and those of newer protocols may be passed over.
            _ => {}
        }
    }

    fn notified<P: DeserializeOwned>(&self, params: serde_json::Value) -> Option<P> {
        match serde_json::from_value(params) {
            Ok(params) => Some(params),
            Err(error) => {
                self.client.log(&format!("a notification cannot be read: {error}"));
                None
            }
        }
    }

    fn first_scan(&mut self) {
        self.client.watch_files();
        let progress = self.client.begin_progress("goready", "reading the project");
        for workspace in &mut self.workspaces {
            workspace.scan(&self.client);
        }
        self.refresh();
        if let Some(progress) = progress {
            self.client.end_progress(progress);
        }
    }

    fn add_folder(&mut self, folder: &Uri) {
        let Some(path) = uri::to_path(folder) else { return };
        let root = discover::find_root(&path);
        if !self.workspaces.iter().any(|it| it.root() == root) {
            self.workspaces.push(Workspace::new(root));
            // Of nested roots the innermost owns a file.
            self.workspaces.sort_by_key(|it| std::cmp::Reverse(it.root().as_os_str().len()));
        }
    }

    fn remove_folder(&mut self, folder: &Uri) {
        let Some(path) = uri::to_path(folder) else { return };
        let root = discover::find_root(&path);
        for workspace in self.workspaces.extract_if(.., |it| it.root() == root) {
            self.client.publish(workspace.withdraw());
        }
    }

    /// A document was opened or changed.
    fn edit(&mut self, uri: &Uri, version: i32, text: String) {
        let Some(path) = uri::to_path(uri) else { return };
        if !self.workspaces.iter().any(|it| path.starts_with(it.root())) {
            // A single file was opened: its project is read too.
            self.workspaces.push(Workspace::new(discover::find_root(&path)));
            self.first_scan();
        }
        let uri = uri.clone();
        self.with_file(&uri.clone(), |workspace, path| {
            workspace.open(path, workspace::Buffer { uri, version, text })
        });
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let whole = params.content_changes.into_iter().rev().find_map(|it| match it {
            TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(it) => {
                Some(it.text)
            }
            TextDocumentContentChangeEvent::TextDocumentContentChangePartial(_) => None,
        });
        match whole {
            Some(text) => {
                self.edit(&document.text_document_identifier.uri, document.version, text);
            }
            None => self.client.log("a partial change came, but whole documents were agreed on"),
        }
    }

    /// Files changed on disk.
    fn on_disk(&mut self, changes: &[(Uri, FileChangeType)]) {
        let client = &self.client;
        let mut changed = false;
        for workspace in &mut self.workspaces {
            let changes: Vec<_> = changes
                .iter()
                .filter_map(|(uri, kind)| {
                    let path = discover::relative(workspace.root(), &uri::to_path(uri)?)?;
                    Some((path, *kind))
                })
                .collect();
            changed |= !changes.is_empty() && workspace.on_disk(&changes, client);
        }
        if changed {
            self.schedule();
        }
    }

    /// Does something with a file in the workspace that owns it; a check follows where that
    /// changed what the engine sees.
    fn with_file(&mut self, uri: &Uri, then: impl FnOnce(&mut Workspace, &str) -> bool) {
        let Some(path) = uri::to_path(uri) else { return };
        let owner = self.workspaces.iter_mut().find(|it| path.starts_with(it.root()));
        let Some(workspace) = owner else { return };
        let Some(relative) = discover::relative(workspace.root(), &path) else { return };
        if then(workspace, &relative) {
            self.schedule();
        }
    }

    fn schedule(&mut self) {
        self.due = Some(Instant::now() + DEBOUNCE);
    }

    /// Checks what changed and publishes the difference.
    fn refresh(&mut self) {
        self.due = None;
        for workspace in &mut self.workspaces {
            let changed = workspace.check(&self.client);
            self.client.publish(changed);
        }
    }

    /// Before an answer that depends on the text: edits that still wait are checked first.
    fn settle(&mut self) {
        if self.due.is_some() {
            self.refresh();
        }
    }

    fn hover(&mut self, params: &HoverParams) -> serde_json::Value {
        self.settle();
        let at = &params.text_document_position_params;
        let hover = self
            .owner(&at.text_document.uri)
            .and_then(|(workspace, path)| hover::hover(workspace, &path, at.position));
        client::value(hover)
    }

    fn code_actions(&mut self, params: &CodeActionParams) -> serde_json::Value {
        self.settle();
        let encoding = self.client.encoding();
        let actions = self
            .owner(&params.text_document.uri)
            .map(|(workspace, path)| actions::code_actions(workspace, &path, params, encoding));
        client::value(actions)
    }

    fn owner(&self, uri: &Uri) -> Option<(&Workspace, String)> {
        let path = uri::to_path(uri)?;
        let workspace = self.workspaces.iter().find(|it| path.starts_with(it.root()))?;
        Some((workspace, discover::relative(workspace.root(), &path)?))
    }
}

fn parsed<P: DeserializeOwned>(params: serde_json::Value) -> Result<P, String> {
    serde_json::from_value(params).map_err(|error| error.to_string())
}

/// The folders the client works in, the older ways to say so included.
#[expect(deprecated, reason = "clients of protocol 3.5 send only `rootUri`")]
fn folders(params: &InitializeParams) -> Vec<Uri> {
    match &params.workspace_folders_initialize_params.workspace_folders {
        Some(WorkspaceFolders::WorkspaceFolderList(folders)) if !folders.is_empty() => {
            folders.iter().map(|it| it.uri.clone()).collect()
        }
        _ => params.root_uri.iter().cloned().collect(),
    }
}
