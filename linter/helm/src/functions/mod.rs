//! The functions of templates: Go's own, sprig's and Helm's, in one table.
//!
//! A function says what Go types it takes; the evaluator checks that before it calls, with the
//! words of text/template (`wrong type for value; expected string; got int`). Control flow (`and`,
//! `or`) and whatever runs templates (`include`, `tpl`) belongs to the evaluator.

#![expect(clippy::unnecessary_wraps, reason = "all functions of templates have one shape")]

mod arguments;
mod cases;
mod certificates;
mod convert;
mod data;
mod dates;
mod decimals;
mod defaults;
mod dicts;
mod durations;
mod encoding;
mod equality;
mod hashes;
mod lists;
mod merging;
mod numeric;
mod paths;
mod random;
mod regexes;
mod runes;
pub(crate) mod semver;
mod strings;
mod times;
mod types;
mod urls;
mod wrapping;

use std::fmt;

pub(crate) use self::regexes::Pattern;
use crate::{context::Context, value::Value};

/// A function of templates.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// Types of the fixed parameters.
    pub(crate) params: &'static [Param],
    /// Type of the variadic parameter.
    pub(crate) rest: Option<Param>,
    pub(crate) call: Implementation,
}

/// Arguments were checked against the parameters before this is called.
pub(crate) type Implementation = fn(&mut Context, &[Value]) -> Result<Value, Failure>;

/// The Go type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param {
    /// `interface {}`
    Any,
    /// `reflect.Value`: like `Any`, but a nil that nothing wraps is passed as well.
    Reflect,
    Bool,
    String,
    Int,
    #[expect(dead_code, reason = "no function of this version takes one")]
    Int64,
    /// Passed as an `int` that was checked to fit.
    Uint32,
    Float64,
    /// `map[string]interface {}`
    Map,
    /// `[]interface {}`
    List,
    /// `[]string`
    #[expect(dead_code, reason = "no function of this version takes one")]
    Strings,
    /// `[]byte`
    #[expect(dead_code, reason = "no function of this version takes one")]
    Bytes,
    /// A type that only another function makes (`time.Time`, `time.Duration`), by its Go name.
    Object(&'static str),
}

/// What a function refuses with: Go's error text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl<T: Into<String>> From<T> for Failure {
    fn from(message: T) -> Self {
        Self(message.into())
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Function {
    /// A function of fixed parameters.
    const fn new(name: &'static str, params: &'static [Param], call: Implementation) -> Self {
        Self { name, params, rest: None, call }
    }

    /// A function whose last parameter takes any number of arguments.
    const fn variadic(
        name: &'static str,
        params: &'static [Param],
        rest: Param,
        call: Implementation,
    ) -> Self {
        Self { name, params, rest: Some(rest), call }
    }
}

/// All functions, in the order of their names.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    SORTED.iter()
}

/// Finds a function by its name.
#[cfg(test)]
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    let place = SORTED.binary_search_by(|it| it.name.cmp(name)).ok()?;
    SORTED.get(place)
}

/// One table a module.
const TABLES: &[&[Function]] = &[
    cases::TABLE,
    certificates::TABLE,
    data::TABLE,
    dates::TABLE,
    defaults::TABLE,
    dicts::TABLE,
    durations::TABLE,
    encoding::TABLE,
    hashes::TABLE,
    lists::TABLE,
    merging::TABLE,
    numeric::TABLE,
    paths::TABLE,
    random::TABLE,
    regexes::TABLE,
    semver::TABLE,
    strings::TABLE,
    types::TABLE,
    urls::TABLE,
    wrapping::TABLE,
];

/// All functions in the order of their names.
static SORTED: [Function; COUNT] = sorted();

const COUNT: usize = {
    let mut count = 0;
    let mut table = 0;
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

/// Insertion sort, because the compiler runs it.
const fn sorted() -> [Function; COUNT] {
    let mut all = [TABLES[0][0]; COUNT];
    let mut count = 0;
    let mut table = 0;
    while table < TABLES.len() {
        let mut row = 0;
        while row < TABLES[table].len() {
            let function = TABLES[table][row];
            let mut place = count;
            while place > 0 && is_before(function.name, all[place - 1].name) {
                all[place] = all[place - 1];
                place -= 1;
            }
            all[place] = function;
            count += 1;
            row += 1;
        }
        table += 1;
    }
    all
}

const fn is_before(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return left[at] < right[at];
        }
        at += 1;
    }
    left.len() < right.len()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What sprig v3.3.0 (`TxtFuncMap` without `env` and `expandenv`) and helm 4.3.1
    /// (`pkg/engine/funcs.go`) define, apart from what the evaluator does itself: `include`, `tpl`,
    /// `required`, `fail`, `lookup`, `getHostByName`.
    const NAMES: &str = "\
        abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc \
        b64dec b64enc base bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce \
        compact concat contains date dateInZone dateModify date_in_zone date_modify decryptAES \
        deepCopy deepEqual default derivePassword dict dig dir div divf duration durationDays \
        durationHours durationMicroseconds durationMilliseconds durationMinutes durationNanoseconds \
        durationRound durationRoundTo durationSeconds durationTruncateTo durationWeeks empty \
        encryptAES ext first float64 floor fromJson fromJsonArray fromToml fromYaml fromYamlArray \
        genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert \
        genSignedCertWithKey get has hasKey hasPrefix hasSuffix hello htmlDate htmlDateInZone \
        htpasswd indent initial initials int int64 isAbs join kebabcase keys kindIs kindOf last list \
        lower max maxf merge mergeOverwrite min minf mod mul mulf mustAppend mustChunk mustCompact \
        mustDateModify mustDeepCopy mustFirst mustFromJson mustHas mustInitial mustLast mustMerge \
        mustMergeOverwrite mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch \
        mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice \
        mustToDate mustToDuration mustToJson mustToPrettyJson mustToRawJson mustToToml mustToYaml \
        mustUniq mustWithout must_date_modify nindent nospace now omit osBase osClean osDir osExt \
        osIsAbs pick pluck plural prepend push quote randAlpha randAlphaNum randAscii randBytes \
        randInt randNumeric regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll \
        regexReplaceAllLiteral regexSplit repeat replace rest reverse round semver semverCompare seq \
        set sha1sum sha256sum sha512sum shuffle slice snakecase sortAlpha split splitList splitn \
        squote sub subf substr swapcase ternary title toDate toDecimal toJson toPrettyJson toRawJson \
        toString toStrings toToml toYaml toYamlPretty trim trimAll trimPrefix trimSuffix trimall \
        trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep untitle upper \
        urlJoin urlParse uuidv4 values without wrap wrapWith";

    #[test]
    fn every_function_of_helm_is_there_and_no_other() {
        let expected: BTreeSet<_> = NAMES.split_whitespace().collect();
        let found: BTreeSet<_> = all().map(|it| it.name).collect();
        let missing: Vec<_> = expected.difference(&found).collect();
        let unknown: Vec<_> = found.difference(&expected).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{missing:?} {unknown:?}");
    }

    #[test]
    fn functions_are_sorted_and_found() {
        assert!(SORTED.is_sorted_by(|left, right| left.name < right.name));
        for function in all() {
            assert_eq!(find(function.name).map(|it| it.name), Some(function.name));
        }
        assert!(find("env").is_none());
    }
}
