//! A file with credentials of the repository becomes part of an image.
//!
//! ## What it does
//! Finds `COPY` and `ADD` in the stages that become an image whose source is, or holds, an `.env`, a
//! key (`*.pem`, `*.key`, `id_rsa`), a `kubeconfig` or `.git-credentials` with a credential in it.
//! What `.dockerignore` (or the Dockerfile's own ignore file) and `--exclude` leave out is not copied.
//! Certificates, examples (`.env.example`) and files of tests are left alone.
//!
//! ## Why is this bad
//! Everybody who can pull the image can read the file, and it stays in the layer whatever later
//! instructions remove. Images travel further than repositories.
//!
//! ## Example
//! `Dockerfile`:
//! ```dockerfile
//! FROM debian:12-slim
//! WORKDIR /app
//! COPY . /app
//! ENTRYPOINT ["/app/api"]
//! ```
//! `.env`:
//! ```text
//! PORT=8080
//! DB_PASSWORD=hT7kQ2mZx9Lw4RvB
//! ```
//!
//! ## Use instead
//! `.dockerignore`:
//! ```text
//! .env
//! ```
//!
//! ## References
//! - [Docker: .dockerignore files](https://docs.docker.com/build/concepts/context/#dockerignore-files)
//! - [Dockerfile reference: COPY](https://docs.docker.com/reference/dockerfile/#copy)

use std::collections::{BTreeMap, BTreeSet};

use goready_model::{
    Confidence, CopiedFile, Dockerfile, FileId, Outcome, Place, Profile, SecretForm,
};

use crate::{Check, Cx, Findings, Rule, Scope, images};

pub(crate) static RULE: Rule = Rule {
    outcome: Outcome::Broken,
    confidence: Confidence::Likely,
    profile: Profile::Default,
    scope: Scope::Cross,
    since: "0.1.0",
    elsewhere: &["DS-0031"],
    check: Check::Dockerfile(check),
};

/// Files that one finding names.
const MAX_FILES: usize = 10;

fn check(cx: &Cx<'_>, dockerfile: &Dockerfile, findings: &mut Findings) {
    if dockerfile.development {
        return;
    }
    let kept: BTreeSet<Place> = images::image_stages(cx, dockerfile)
        .into_iter()
        .flat_map(|it| images::chain(dockerfile, it))
        .map(|it| it.from)
        .collect();
    let mut by_source: BTreeMap<Place, Vec<&CopiedFile>> = BTreeMap::new();
    for copied in cx.project.copied.iter().filter(|it| it.dockerfile == dockerfile.id) {
        let stage = dockerfile.stages.get(copied.stage.0);
        if stage.is_some_and(|it| kept.contains(&it.from))
            && is_credentials(cx.project.path(copied.file))
        {
            by_source.entry(copied.source.place).or_default().push(copied);
        }
    }
    for (place, copied) in by_source {
        let held: Vec<(&CopiedFile, Vec<Place>)> = copied
            .into_iter()
            .map(|it| (it, secrets(cx, it.file)))
            .filter(|(_, secrets)| !secrets.is_empty())
            .collect();
        let Some((first, values)) = held.first() else { continue };
        let path = cx.project.path(first.file);
        let what = match (values.len(), held.len()) {
            (count, 1) if is_environment(path) => {
                format!("{path} ({count} secret value{})", if count == 1 { "" } else { "s" })
            }
            (_, 1) => path.to_owned(),
            (_, count) => format!("{path} and {} more files with credentials", count - 1),
        };
        let keyword = if first.add { "ADD" } else { "COPY" };
        let message = format!("`{keyword} {}` puts {what} into the image", first.source.value);
        let mut finding = findings.report(place, message).help(
            "leave the file out in `.dockerignore`, and mount it from a Secret in the cluster",
        );
        for (_, secrets) in held.iter().take(MAX_FILES) {
            if let Some(secret) = secrets.first() {
                finding = finding.label(*secret, "a credential stands here");
            }
        }
    }
}

/// Credentials of a file that are meant: neither samples nor what everybody knows.
fn secrets(cx: &Cx<'_>, file: FileId) -> Vec<Place> {
    let known = |form: &SecretForm| match form {
        SecretForm::NamedLiteral { development_word, .. } => *development_word,
        SecretForm::Dsn { local_host, .. } => *local_host,
        _ => false,
    };
    let meant = cx.project.secrets.iter().filter(|it| !it.sample && !known(&it.form));
    let places = meant.flat_map(|it| it.copies.iter().chain([&it.place]));
    let mut found: Vec<Place> = places.filter(|it| it.at.file == file).copied().collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a path is that of a file that exists to hold credentials.
fn is_credentials(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, it)| it);
    is_environment(path)
        || matches!(extension, "pem" | "key" | "p12" | "pfx" | "jks")
        || matches!(name, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519")
        || matches!(name, "kubeconfig" | ".git-credentials" | ".netrc")
}

fn is_environment(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == ".env" || name.starts_with(".env.") || name.ends_with(".env")
}
