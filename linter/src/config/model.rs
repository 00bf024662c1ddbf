//! `[[model]]`: what a function of another module does to the process, where no table of ours and
//! no code at hand can say.
//!
//! The fields are those of `link/data/go_libraries.toml`, one function to an entry. A field that
//! means nothing for what the function does is an error, so that a mistake cannot pass for a
//! statement.

use std::collections::BTreeMap;

use goready_model::Located;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{
    ConfigError,
    file::{Reading, place},
};
use crate::link::{CallModel, Effect, Kind, LibraryModel, Models, Version};

/// `[[model]]`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ModelEntry {
    /// Import path of the package. One with a major version holds for that version only.
    #[schemars(with = "String")]
    path: Spanned<String>,
    /// The package's name, where the path does not end in it.
    package: Option<String>,
    /// A function (`Run`) or a method of a type (`App.Run`).
    #[schemars(with = "Option<String>")]
    func: Option<Spanned<String>>,
    /// What the function does; `serve` when absent.
    effect: Option<Effect>,
    /// The function catches SIGTERM itself and comes back after it.
    #[schemars(with = "Option<bool>")]
    handles: Option<Spanned<bool>>,
    /// What is served is finished before the function comes back.
    #[schemars(with = "Option<bool>")]
    drains: Option<Spanned<bool>>,
    /// What the server speaks; `http` when absent.
    #[schemars(with = "Option<Kind>")]
    kind: Option<Spanned<Kind>>,
    /// Number of the argument with the address or the listener, from 0.
    #[schemars(with = "Option<usize>")]
    address: Option<Spanned<usize>>,
    /// Field of the receiver with the address.
    #[schemars(with = "Option<String>")]
    address_field: Option<Spanned<String>>,
    /// The address when nothing else says one.
    #[schemars(with = "Option<String>")]
    default_address: Option<Spanned<String>>,
    /// Number of the argument with the context whose end stops it, from 0.
    #[schemars(with = "Option<usize>")]
    context: Option<Spanned<usize>>,
    /// Number of the argument that is the server, where it is not the receiver.
    #[schemars(with = "Option<usize>")]
    server: Option<Spanned<usize>>,
    /// There is no value that could be shut down.
    #[schemars(with = "Option<bool>")]
    detached: Option<Spanned<bool>>,
    /// It only hands connections on to other servers.
    #[schemars(with = "Option<bool>")]
    carrier: Option<Spanned<bool>>,
    /// Function arguments of the constructor run with it.
    #[schemars(with = "Option<bool>")]
    runs_arguments: Option<Spanned<bool>>,
    /// Seconds that a drain may take by default.
    #[schemars(with = "Option<f64>")]
    timeout: Option<Spanned<f64>>,
    /// Number of the argument with the time that a drain may take, from 0.
    #[schemars(with = "Option<usize>")]
    timeout_argument: Option<Spanned<usize>>,
    /// The option or field that sets the time that a drain may take.
    #[schemars(with = "Option<String>")]
    timeout_option: Option<Spanned<String>>,
    /// Options or fields that switch the handling of signals off.
    #[schemars(with = "Option<Vec<String>>")]
    unless: Option<Spanned<Vec<String>>>,
    /// The option that replaces the set of signals.
    #[schemars(with = "Option<String>")]
    signal_option: Option<Spanned<String>>,
    /// The error with which it comes back after a stop, as `net/http.ErrServerClosed`.
    #[schemars(with = "Option<String>")]
    closed_error: Option<Spanned<String>>,
    /// It comes back at once; the context that it returns ends when all is done.
    #[schemars(with = "Option<bool>")]
    done_context: Option<Spanned<bool>>,
    /// First version of the module for which the entry holds.
    #[schemars(with = "Option<String>")]
    since: Option<Spanned<String>>,
    /// First version of the module for which it no longer holds.
    #[schemars(with = "Option<String>")]
    until: Option<Spanned<String>>,
    /// Types that functions and methods return: `Setup = "App"`, `"App.Group" = "Router"`.
    #[serde(default)]
    returns: BTreeMap<String, String>,
    /// Types of package variables.
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

/// What calls that serve and those that stop have in common.
const SERVER: &[Effect] = &[Effect::Serve, Effect::Start, Effect::Shutdown, Effect::Close];
const SERVING: &[Effect] = &[Effect::Serve, Effect::Start];
const BLOCKING: &[Effect] = &[Effect::Serve];
const TIMED: &[Effect] = &[Effect::Serve, Effect::Shutdown, Effect::RunContainer];

impl ModelEntry {
    /// The fields that are given, each with the effects for which it means something.
    fn fields(&self) -> Vec<(&'static str, std::ops::Range<usize>, &'static [Effect])> {
        let mut fields: Vec<(_, _, &'static [Effect])> = Vec::new();
        macro_rules! given {
            ($($field:ident $name:literal $effects:expr;)+) => {
                $(if let Some(value) = &self.$field {
                    fields.push(($name, value.span(), $effects));
                })+
            };
        }
        given! {
            handles "handles" &[Effect::Serve, Effect::Keep];
            drains "drains" SERVING;
            kind "kind" SERVER;
            address "address" SERVING;
            address_field "address-field" SERVING;
            default_address "default-address" SERVING;
            context "context" &[Effect::Serve, Effect::Start, Effect::Shutdown];
            server "server" &[Effect::Serve, Effect::Shutdown, Effect::Close];
            detached "detached" BLOCKING;
            carrier "carrier" BLOCKING;
            runs_arguments "runs-arguments" BLOCKING;
            timeout "timeout" TIMED;
            timeout_argument "timeout-argument" TIMED;
            timeout_option "timeout-option" TIMED;
            unless "unless" BLOCKING;
            signal_option "signal-option" BLOCKING;
            closed_error "closed-error" BLOCKING;
            done_context "done-context" &[Effect::Shutdown];
        }
        fields
    }

    fn call(&self, name: &str, on: Option<&str>) -> CallModel {
        let text = |it: &Option<Spanned<String>>| it.as_ref().map(|it| it.get_ref().clone());
        let flag = |it: &Option<Spanned<bool>>| it.as_ref().is_some_and(|it| *it.get_ref());
        let number = |it: &Option<Spanned<usize>>| it.as_ref().map(|it| *it.get_ref());
        CallModel {
            names: vec![name.to_owned()],
            on: on.map(str::to_owned),
            effect: self.effect.unwrap_or(Effect::Serve),
            kind: self.kind.as_ref().map(|it| *it.get_ref()),
            address: number(&self.address),
            address_field: text(&self.address_field),
            default_address: text(&self.default_address),
            detached: flag(&self.detached),
            carrier: flag(&self.carrier),
            runs_arguments: flag(&self.runs_arguments),
            signals: flag(&self.handles),
            context: number(&self.context),
            drains: flag(&self.drains),
            timeout: self.timeout.as_ref().map(|it| *it.get_ref()),
            timeout_argument: number(&self.timeout_argument),
            unless: self.unless.as_ref().map(|it| it.get_ref().clone()).unwrap_or_default(),
            signal_option: text(&self.signal_option),
            timeout_option: text(&self.timeout_option),
            closed_error: text(&self.closed_error),
            server: number(&self.server),
            done_context: flag(&self.done_context),
            since: text(&self.since),
            until: text(&self.until),
        }
    }
}

/// Reads all entries.
pub(super) fn models(
    reading: &Reading<'_>,
    entries: &[ModelEntry],
) -> Result<Models, Box<ConfigError>> {
    let mut stated = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let library = library(reading, entry)?;
        let twice = entries.get(..at).unwrap_or_default().iter().any(|it| is_same(it, entry));
        if let Some(func) = entry.func.as_ref().filter(|_| twice) {
            let message =
                format!("`{}` of `{}` has two models", func.get_ref(), entry.path.get_ref());
            let help = "give each its versions with `since` and `until`, or drop one".to_owned();
            return Err(reading.error(func, message, Some(help)));
        }
        let path = entry.path.get_ref().trim().to_owned();
        stated.push((Located::new(path, place(&entry.path.span())), library));
    }
    Ok(Models::new(stated))
}

/// Two entries for one function that are not told apart by versions.
fn is_same(a: &ModelEntry, b: &ModelEntry) -> bool {
    let func = |it: &ModelEntry| it.func.as_ref().map(|it| it.get_ref().clone());
    let versioned = |it: &ModelEntry| it.since.is_some() || it.until.is_some();
    a.path.get_ref() == b.path.get_ref() && func(a) == func(b) && !(versioned(a) && versioned(b))
}

fn library(reading: &Reading<'_>, entry: &ModelEntry) -> Result<LibraryModel, Box<ConfigError>> {
    let path = entry.path.get_ref().trim();
    if !is_import_path(path) {
        let help = "write the path as Go code imports it: \"example.com/team/runner\"".to_owned();
        return Err(reading.error(&entry.path, "this is no import path", Some(help)));
    }
    let effect = entry.effect.unwrap_or(Effect::Serve);
    for (name, span, effects) in entry.fields() {
        if entry.func.is_none() {
            let help = "name the function: func = \"Run\"".to_owned();
            let message = format!("`{name}` says something of a function, and there is no `func`");
            return Err(reading.error_at(span, message, Some(help)));
        }
        if !effects.contains(&effect) {
            let message = format!("`{name}` means nothing where the effect is `{}`", word(effect));
            let words: Vec<String> = effects.iter().map(|it| format!("`{}`", word(*it))).collect();
            let help = format!("leave it out; it goes with {}", words.join(", "));
            return Err(reading.error_at(span, message, Some(help)));
        }
    }
    for version in [&entry.since, &entry.until].into_iter().flatten() {
        if Version::parse(version.get_ref()).is_none() {
            let help = "write it as \"1.4.0\"".to_owned();
            return Err(reading.error(version, "this is no version", Some(help)));
        }
    }
    let call = entry.func.as_ref().map(|it| call(reading, entry, it)).transpose()?;
    if call.is_none() && entry.returns.is_empty() && entry.variables.is_empty() {
        let help = "name a function: func = \"Run\"".to_owned();
        return Err(reading.error(&entry.path, "this model says nothing", Some(help)));
    }
    let (package, returns, variables) =
        (entry.package.clone(), entry.returns.clone(), entry.variables.clone());
    Ok(LibraryModel::stated(path, package, call, returns, variables))
}

fn call(
    reading: &Reading<'_>,
    entry: &ModelEntry,
    func: &Spanned<String>,
) -> Result<CallModel, Box<ConfigError>> {
    // As `go doc` writes methods of pointers: `(*App).Run`.
    let text = func.get_ref().trim().replace(['(', ')', '*'], "");
    let (on, name) = match text.rsplit_once('.') {
        Some((on, name)) => (Some(on), name),
        None => (None, text.as_str()),
    };
    if on.is_some_and(|it| !is_name(it)) || !is_name(name) {
        let help = "write \"Run\", or \"App.Run\" for a method".to_owned();
        return Err(reading.error(func, "this is no function of a package", Some(help)));
    }
    Ok(entry.call(name, on))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|it: char| it.is_alphabetic())
        && text.chars().all(|it| it.is_alphanumeric() || it == '_')
}

/// Whether Go code could import this: no relative path, no version after `@`, no blanks.
fn is_import_path(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with(['.', '/'])
        && !path.ends_with('/')
        && !path.contains("//")
        && path.chars().all(|it| it.is_ascii_alphanumeric() || "-._~/+".contains(it))
}

/// How an effect is written.
fn word(effect: Effect) -> String {
    let mut word = String::new();
    for letter in format!("{effect:?}").chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_written_as_they_are_read() {
        for effect in [Effect::Serve, Effect::SignalContext, Effect::RunContainer] {
            let text = format!("path = \"a.b/c\"\nfunc = \"F\"\neffect = \"{}\"\n", word(effect));
            let entry: ModelEntry = toml::from_str(&text).unwrap();
            assert_eq!(entry.effect, Some(effect));
        }
    }

    #[test]
    fn import_paths_are_told_from_others() {
        for (path, expected) in [
            ("example.com/team/runner", true),
            ("example.com/team/runner/v2", true),
            ("gopkg.in/team/runner.v1", true),
            ("./runner", false),
            ("example.com/runner@v1.2.3", false),
            ("a runner", false),
            ("", false),
        ] {
            assert_eq!(is_import_path(path), expected, "{path}");
        }
    }
}
