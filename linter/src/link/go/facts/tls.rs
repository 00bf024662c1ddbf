//! What a program does with certificates: where it loads them, what reads them again, how it
//! watches the files, and what it changes of a configuration that a server already has.

mod mutation;
mod watch;

use goready_model::{CertificateDir, Field, Located, Place, TlsFacts, TlsLoad};
use goready_parse::go::code::{Code, Expr, ExprId, StepKind};

use super::{Loops, Site, fold, package_files};
use crate::link::go::{
    packages::PackageId,
    reach::Reach,
    repo::{FileRef, FnRef, Named, Repo},
};

/// Calls that read a pair once: import path, receiver, name, and where the two paths stand. A
/// number too high for the call stands for a pair that is no file.
const LOADS: [(&str, &str, &str, usize); 10] = [
    ("crypto/tls", "", "LoadX509KeyPair", 0),
    ("crypto/tls", "", "X509KeyPair", usize::MAX),
    ("net/http", "", "ListenAndServeTLS", 1),
    ("net/http", "", "ServeTLS", 2),
    ("net/http", "Server", "ListenAndServeTLS", 0),
    ("net/http", "Server", "ServeTLS", 1),
    ("google.golang.org/grpc/credentials", "", "NewServerTLSFromFile", 0),
    ("github.com/gin-gonic/gin", "Engine", "RunTLS", 1),
    ("github.com/labstack/echo", "Echo", "StartTLS", 1),
    ("github.com/gofiber/fiber", "App", "ListenTLS", 1),
];

/// Fields of `tls.Config` that are asked for a certificate at each handshake.
const CALLBACKS: [&str; 3] = ["GetCertificate", "GetConfigForClient", "GetClientCertificate"];

/// Words in the name of a function that loads again what was loaded before.
const AGAIN: [&str; 5] = ["reload", "refresh", "rotate", "renew", "watch"];

/// Where controller-runtime's webhook server reads its pair when nothing says otherwise
/// (`pkg/webhook/server.go`, v0.25: below `os.TempDir()`).
const DEFAULT_DIR: &str = "/tmp/k8s-webhook-server/serving-certs";

/// Collects the facts of a program.
#[derive(Debug, Default)]
pub(super) struct Tls {
    found: TlsFacts,
    /// A webhook server of controller-runtime is made, with whatever options.
    webhook_server: Option<Place>,
}

impl Tls {
    pub(super) fn call(&mut self, site: &Site<'_, '_>, loops: &Loops) {
        let Some((path, on, name)) = site.external() else { return };
        let (base, _) = crate::link::go::libraries::base_path(path);
        if base.starts_with("sigs.k8s.io/controller-runtime")
            && matches!(name, "NewWebhookManagedBy" | "GetWebhookServer" | "NewServer")
        {
            self.webhook_server.get_or_insert_with(|| site.place());
        }
        let on = on.unwrap_or("");
        let Some((_, _, _, at)) =
            LOADS.iter().find(|it| it.0 == base && it.1 == on && it.2 == name)
        else {
            return;
        };
        if loops.in_loop(site) || loops.in_handler(site) || is_again(site) {
            self.found.reloads.get_or_insert_with(|| site.place());
            return;
        }
        let text = |offset| {
            let (value, place) = site.argument_text(at.checked_add(offset)?)?;
            Some(Located::new(value, place))
        };
        let (certificate, key) = (text(0), text(1));
        // With two empty names the pair comes from the server's configuration.
        if certificate.as_ref().is_some_and(|it| it.value.is_empty()) {
            return;
        }
        let package = path.rsplit('/').next().unwrap_or(path);
        let call = if on.is_empty() { format!("{package}.{name}") } else { format!("{on}.{name}") };
        self.found.loads.push(TlsLoad { call, place: site.place(), certificate, key });
    }

    /// The facts, with those that are no calls.
    pub(super) fn finish(
        mut self,
        repo: &Repo<'_>,
        reach: &Reach,
        closure: &[PackageId],
    ) -> TlsFacts {
        for (file, code) in package_files(repo, closure) {
            if let Some(place) = callback(repo, file, code) {
                self.found.reloads.get_or_insert(place);
            }
            self.directories(repo, file, code);
        }
        self.found.watches = watch::find(repo, reach);
        self.found.mutations = mutation::find(repo, reach);
        if let Some(place) = self.webhook_server.filter(|_| self.found.directories.is_empty()) {
            self.found.directories.push(CertificateDir {
                dir: Field::Set(Located::new(DEFAULT_DIR.to_owned(), place)),
                certificate: None,
                key: None,
                is_default: true,
            });
        }
        self.found.loads.sort_by_key(|it| it.place);
        self.found
    }

    /// `CertDir` of the options of a webhook server or manager.
    fn directories(&mut self, repo: &Repo<'_>, file: FileRef, code: &Code) {
        for (id, expr) in code.exprs() {
            let Expr::Composite { elements, .. } = expr else { continue };
            let named = repo.named(repo.type_of(file, id));
            let Some(Named::External(path, "Options" | "Server" | "DefaultServer")) = named else {
                continue;
            };
            if !path.starts_with("sigs.k8s.io/controller-runtime") {
                continue;
            }
            let value = |name: &str| {
                elements.iter().find(|it| is_key(code, it.key, &[name])).map(|it| it.value)
            };
            let Some(dir) = value("CertDir") else { continue };
            let text = |it: Option<ExprId>| {
                let (value, place) = fold::text(repo, file, it?)?;
                Some(Located::new(value, place))
            };
            let place = repo.expr_place(file, dir);
            self.found.directories.push(CertificateDir {
                dir: text(Some(dir)).map_or(Field::Dynamic(place), Field::Set),
                certificate: text(value("CertName")),
                key: text(value("KeyName")),
                is_default: false,
            });
        }
    }
}

/// Whether a call stands in a function whose name says that it runs again and again, or in a
/// literal of one.
fn is_again(site: &Site<'_, '_>) -> bool {
    let code = site.repo.code(site.file);
    let mut at = Some(site.function.function);
    while let Some(function) = at.and_then(|it| code.function(it)) {
        let name = function.name.map_or_else(String::new, |it| code.text(it).to_ascii_lowercase());
        if AGAIN.iter().any(|it| name.contains(it)) {
            return true;
        }
        at = function.parent;
    }
    false
}

/// Where a callback of `tls.Config` is set, in a literal or by an assignment.
fn callback(repo: &Repo<'_>, file: FileRef, code: &Code) -> Option<Place> {
    for (_, expr) in code.exprs() {
        let Expr::Composite { elements, .. } = expr else { continue };
        if let Some(it) = elements.iter().find(|it| is_key(code, it.key, &CALLBACKS)) {
            return Some(repo.expr_place(file, it.value));
        }
    }
    let mut found = None;
    for (_, function) in code.functions() {
        let Some(body) = function.body else { continue };
        code.walk(body, &mut |step| {
            let StepKind::Assign { targets, .. } = &step.kind else { return };
            let set = targets.iter().any(|it| match code.expr(*it) {
                Expr::Select { field, .. } => CALLBACKS.contains(&code.text(*field)),
                _ => false,
            });
            if set {
                found.get_or_insert(repo.place(file, &step.place));
            }
        });
    }
    found
}

/// Whether the key of a composite's element is one of some fields.
fn is_key(code: &Code, key: Option<ExprId>, names: &[&str]) -> bool {
    match key.map(|it| code.expr(it)) {
        Some(Expr::Global(name)) => names.contains(&code.text(*name)),
        _ => false,
    }
}

/// Functions that are no literals, or literals of package variables: each with all in it.
fn outermost<'r>(repo: &'r Repo<'_>, reach: &'r Reach) -> impl Iterator<Item = FnRef> + 'r {
    reach
        .functions
        .iter()
        .copied()
        .filter(|it| repo.function(*it).is_some_and(|function| function.parent.is_none()))
}
