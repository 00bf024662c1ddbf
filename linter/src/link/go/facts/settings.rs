//! Structs that packages fill from the environment, where a missing variable ends the program.

use std::collections::BTreeSet;

use goready_parse::go::code::Bytes;

use super::{Site, Sure};
use crate::link::go::{
    libraries::base_path,
    repo::{FileRef, Repo, Ty},
    tags,
};

/// Tags of fields that every start of the program fills.
#[derive(Debug, Default)]
pub(super) struct Filled {
    tags: BTreeSet<(FileRef, u32)>,
}

/// Depth of structs in structs.
const MAX_DEPTH: u32 = 6;

impl Filled {
    /// Notes a struct whose missing variables end the program: it is filled at every start, under
    /// the names in its tags, and a failure is fatal.
    pub(super) fn call(&mut self, site: &Site<'_, '_>, sure: &Sure) {
        let Some((path, None, name)) = site.external() else { return };
        let (base, _) = base_path(path);
        let unprefixed = || matches!(site.argument_text(0), Some((text, _)) if text.is_empty());
        let (at, fatal) = match (&*base, name) {
            ("github.com/caarlos0/env", "Parse")
            | ("github.com/ilyakaznacheev/cleanenv", "ReadEnv") => (0, false),
            ("github.com/kelseyhightower/envconfig", "Process") if unprefixed() => (1, false),
            ("github.com/kelseyhightower/envconfig", "MustProcess") if unprefixed() => (1, true),
            ("github.com/sethvargo/go-envconfig", "Process") => (1, false),
            _ => return,
        };
        let Some(target) = site.call.args.get(at) else { return };
        let (repo, file) = (site.repo, site.file);
        if sure.at_start(file, site.id) && (fatal || sure.ends_with(repo, site.function, site.id)) {
            self.add(repo, repo.type_at(file, *target, 0, 0), 0);
        }
    }

    /// The tags of a struct and of those in it. What has a prefix has other names.
    fn add<'a>(&mut self, repo: &Repo<'a>, ty: Ty<'a>, depth: u32) {
        let Some((file, fields)) = repo.struct_fields(ty).filter(|_| depth < MAX_DEPTH) else {
            return;
        };
        let code = repo.code(file);
        for field in fields {
            match &field.tag {
                Some((tag, at)) => {
                    let text = code.text(*tag);
                    let prefixed = ["envPrefix", "env-prefix", "prefix", "split_words"];
                    let named =
                        ["env", "envconfig"].iter().any(|it| tags::value(text, it).is_some());
                    if named && !text.contains("prefix=") {
                        self.tags.insert((file, at.start));
                    } else if !prefixed.iter().any(|it| tags::value(text, it).is_some()) {
                        self.add(repo, Ty::Written(file, field.ty), depth + 1);
                    }
                }
                None => self.add(repo, Ty::Written(file, field.ty), depth + 1),
            }
        }
    }

    pub(super) fn holds(&self, file: FileRef, at: &Bytes) -> bool {
        self.tags.contains(&(file, at.start))
    }
}
