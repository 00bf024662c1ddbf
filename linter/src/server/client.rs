//! The editor at the other end: what it can do, and everything that is sent to it.

use std::cell::Cell;

use crossbeam_channel::Sender;
use gen_lsp_types::{
    ChangeNotifications, CodeActionKind, CodeActionOptions, CodeActionProvider,
    DidChangeWatchedFilesNotification, DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher,
    GlobPattern, HoverProvider, InitializeParams, InitializeResult, LogMessageNotification,
    LogMessageParams, MessageType, Notification, ProgressNotification, ProgressParams,
    ProgressToken, PublishDiagnosticsNotification, PublishDiagnosticsParams, Registration,
    RegistrationParams, RegistrationRequest, Request, Save, SaveOptions, ServerCapabilities,
    ServerInfo, ShowMessageNotification, ShowMessageParams, TextDocumentSync, TextDocumentSyncKind,
    TextDocumentSyncOptions, WorkDoneProgressBegin, WorkDoneProgressCreateParams,
    WorkDoneProgressCreateRequest, WorkDoneProgressEnd, WorkspaceFoldersServerCapabilities,
    WorkspaceOptions,
};
use lsp_server::{ErrorCode, Message, RequestId, Response};
use serde::Serialize;

use super::encoding::Encoding;

/// Files whose changes on disk may change a finding.
const WATCHED: [&str; 3] = [
    "**/*.{go,mod,work,yaml,yml,json,tpl,toml,sh,mk,env,hcl,ini,properties,pem,key}",
    "**/{Dockerfile,Containerfile,Makefile,GNUmakefile}*",
    "**/.{gitignore,goreadyignore,dockerignore,helmignore,env}",
];

pub(super) struct Client {
    sender: Sender<Message>,
    encoding: Encoding,
    related_information: bool,
    watches: bool,
    progress: bool,
    next_id: Cell<i32>,
}

impl Client {
    pub(super) fn new(sender: Sender<Message>, params: &InitializeParams) -> Self {
        let capabilities = &params.capabilities;
        let offered = capabilities.general.as_ref().and_then(|it| it.position_encodings.as_deref());
        let published =
            capabilities.text_document.as_ref().and_then(|it| it.publish_diagnostics.as_ref());
        let workspace = capabilities.workspace.as_ref();
        let watched = workspace.and_then(|it| it.did_change_watched_files.as_ref());
        let window = capabilities.window.as_ref();
        Self {
            sender,
            encoding: Encoding::negotiated(offered.unwrap_or_default()),
            related_information: published
                .is_some_and(|it| it.diagnostics_capabilities.related_information == Some(true)),
            watches: watched.is_some_and(|it| it.dynamic_registration == Some(true)),
            progress: window.is_some_and(|it| it.work_done_progress == Some(true)),
            next_id: Cell::new(0),
        }
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether related places can be sent apart from the message.
    pub(super) fn takes_related_information(&self) -> bool {
        self.related_information
    }

    pub(super) fn initialize_result(&self) -> serde_json::Value {
        let synchronisation = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Full),
            save: Some(Save::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        };
        let actions = CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QuickFix, CodeActionKind::SourceFixAll]),
            ..CodeActionOptions::default()
        };
        let folders = WorkspaceFoldersServerCapabilities {
            supported: Some(true),
            change_notifications: Some(ChangeNotifications::Bool(true)),
        };
        value(InitializeResult {
            capabilities: ServerCapabilities {
                position_encoding: Some(self.encoding.kind()),
                text_document_sync: Some(TextDocumentSync::Options(synchronisation)),
                hover_provider: Some(HoverProvider::Bool(true)),
                code_action_provider: Some(CodeActionProvider::CodeActionOptions(actions)),
                workspace: Some(WorkspaceOptions {
                    workspace_folders: Some(folders),
                    ..WorkspaceOptions::default()
                }),
                ..ServerCapabilities::default()
            },
            server_info: Some(ServerInfo {
                name: "goready".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    pub(super) fn respond(&self, id: RequestId, answer: Result<serde_json::Value, String>) {
        match answer {
            Ok(result) => self.send(Response::new_ok(id, result)),
            Err(message) => self.respond_error(id, ErrorCode::InvalidParams, message),
        }
    }

    pub(super) fn respond_error(&self, id: RequestId, code: ErrorCode, message: String) {
        self.send(Response::new_err(id, code as i32, message));
    }

    pub(super) fn publish(&self, changed: Vec<PublishDiagnosticsParams>) {
        for it in changed {
            self.notify::<PublishDiagnosticsNotification>(it);
        }
    }

    /// A line in the client's log.
    pub(super) fn log(&self, message: &str) {
        let message = message.to_owned();
        self.notify::<LogMessageNotification>(LogMessageParams {
            kind: MessageType::Warning,
            message,
        });
    }

    /// A message the user sees.
    pub(super) fn tell(&self, message: &str) {
        let message = message.to_owned();
        self.notify::<ShowMessageNotification>(ShowMessageParams {
            kind: MessageType::Error,
            message,
        });
    }

    /// Asks for news about files on disk, where the client can give them.
    pub(super) fn watch_files(&self) {
        if !self.watches {
            return;
        }
        let watchers = WATCHED.map(|it| FileSystemWatcher {
            glob_pattern: GlobPattern::Pattern(it.to_owned()),
            kind: None,
        });
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.to_vec() };
        self.ask::<RegistrationRequest>(RegistrationParams {
            registrations: vec![Registration {
                id: "goready-files".to_owned(),
                method: DidChangeWatchedFilesNotification::METHOD.as_str().to_owned(),
                register_options: Some(value(options)),
            }],
        });
    }

    pub(super) fn begin_progress(&self, title: &str, message: &str) -> Option<ProgressToken> {
        if !self.progress {
            return None;
        }
        let token = ProgressToken::String(format!("goready-{}", self.next_id.get()));
        self.ask::<WorkDoneProgressCreateRequest>(WorkDoneProgressCreateParams {
            token: token.clone(),
        });
        let begin = WorkDoneProgressBegin {
            title: title.to_owned(),
            message: Some(message.to_owned()),
            ..WorkDoneProgressBegin::default()
        };
        self.notify::<ProgressNotification>(ProgressParams {
            token: token.clone(),
            value: value(begin),
        });
        Some(token)
    }

    pub(super) fn end_progress(&self, token: ProgressToken) {
        let end = value(WorkDoneProgressEnd { message: None });
        self.notify::<ProgressNotification>(ProgressParams { token, value: end });
    }

    fn ask<R: Request>(&self, params: R::Params) {
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        self.send(lsp_server::Request::new(id.into(), R::METHOD.as_str().to_owned(), params));
    }

    fn notify<N: Notification>(&self, params: N::Params) {
        self.send(lsp_server::Notification::new(N::METHOD.as_str().to_owned(), params));
    }

    fn send(&self, message: impl Into<Message>) {
        // It fails only when the client is gone; the receiving end ends the loop then.
        drop(self.sender.send(message.into()));
    }
}

/// As JSON; the types of the protocol have no value that cannot be written.
pub(super) fn value(it: impl Serialize) -> serde_json::Value {
    serde_json::to_value(it).unwrap_or_default()
}
