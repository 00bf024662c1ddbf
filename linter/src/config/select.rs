//! Which rules run: selectors in layers, the more specific one wins.

use std::collections::BTreeSet;

use goready_model::{Category, Profile};
use goready_rules::{Meta, REGISTRY};

/// A name in `--select`, `--ignore`, `goready: ignore[...]` or the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selector {
    All,
    Category(Category),
    /// A rule of the registry.
    Rule(&'static str),
}

/// A name that is neither a rule, a category nor `ALL`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule or category is named `{name}`{}", .suggestion.as_ref().map(|it| format!(" (did you mean `{it}`?)")).unwrap_or_default())]
pub struct UnknownSelector {
    pub name: String,
    pub suggestion: Option<&'static str>,
}

impl Selector {
    pub fn parse(name: &str) -> Result<Self, UnknownSelector> {
        let name = name.trim();
        if name == "ALL" {
            return Ok(Self::All);
        }
        if let Some(meta) = rule(name) {
            return Ok(Self::Rule(meta.name));
        }
        Category::from_name(name)
            .map(Self::Category)
            .ok_or_else(|| UnknownSelector { name: name.to_owned(), suggestion: suggest(name) })
    }

    pub fn matches(self, rule: &str, category: Category) -> bool {
        match self {
            Self::All => true,
            Self::Category(it) => it == category,
            Self::Rule(it) => it == rule,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Category(it) => it.name(),
            Self::Rule(it) => it,
        }
    }

    /// A rule's name says more than its category's, and that more than `ALL`.
    fn rank(self) -> u8 {
        match self {
            Self::All => 1,
            Self::Category(_) => 2,
            Self::Rule(_) => 3,
        }
    }
}

/// A rule of the registry by its name.
pub fn rule(name: &str) -> Option<&'static Meta> {
    let at = REGISTRY.binary_search_by(|it| it.name.cmp(name)).ok()?;
    REGISTRY.get(at)
}

/// The rule or category that was probably meant, by edit distance and by other tools' names.
pub fn suggest(name: &str) -> Option<&'static str> {
    let elsewhere = REGISTRY.iter().find(|it| {
        it.rule.elsewhere.iter().any(|other| {
            other.eq_ignore_ascii_case(name)
                || other.rsplit('/').next().is_some_and(|it| it.eq_ignore_ascii_case(name))
        })
    });
    if let Some(meta) = elsewhere {
        return Some(meta.name);
    }
    let names = REGISTRY.iter().map(|it| it.name).chain(Category::ALL.map(Category::name));
    closest(name, names)
}

/// The candidate nearest to a misspelt word, unless even that one is far off.
pub fn closest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let lower = word.to_lowercase();
    candidates
        .map(|it| (strsim::normalized_damerau_levenshtein(&lower, it), it))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, it)| it)
}

/// Selectors that come from one source: the configuration file or the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// Replaces what the layers below chose.
    pub select: Option<Vec<Selector>>,
    /// Adds to it.
    pub extend_select: Vec<Selector>,
    pub ignore: Vec<Selector>,
}

/// The profile and all layers, the last one on top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub profile: Profile,
    pub layers: Vec<Layer>,
}

impl Selection {
    /// Rules that run, in the order of their names.
    pub fn rules(&self) -> Vec<&'static Meta> {
        let mut on: BTreeSet<&str> = REGISTRY
            .iter()
            .filter(|it| it.rule.profile <= self.profile)
            .map(|it| it.name)
            .collect();
        for layer in &self.layers {
            for meta in REGISTRY {
                match self.decide(layer, meta) {
                    Some(true) => _ = on.insert(meta.name),
                    Some(false) => _ = on.remove(meta.name),
                    None => {}
                }
            }
        }
        REGISTRY.iter().filter(|it| on.contains(it.name)).collect()
    }

    /// What one layer says about one rule; `None` where it says nothing.
    fn decide(&self, layer: &Layer, meta: &Meta) -> Option<bool> {
        let best = |selectors: &[Selector]| {
            let matching = selectors.iter().filter(|it| it.matches(meta.name, meta.category));
            matching.map(|it| it.rank()).max().unwrap_or(0)
        };
        // A category stands for its rules of the profile; `ALL` and a rule's own name are meant
        // as they stand.
        let in_profile = meta.rule.profile <= self.profile;
        let chosen = |selectors: &[Selector]| match best(selectors) {
            2 if !in_profile => u8::from(selectors.contains(&Selector::All)),
            rank => rank,
        };
        let on = chosen(layer.select.as_deref().unwrap_or(&[])).max(chosen(&layer.extend_select));
        let off = best(&layer.ignore);
        if on > off {
            Some(true)
        } else if off > 0 || layer.select.is_some() {
            Some(false)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(select: &[&str], ignore: &[&str]) -> Layer {
        let parse = |names: &[&str]| -> Vec<Selector> {
            names.iter().map(|it| Selector::parse(it).unwrap()).collect()
        };
        Layer {
            select: (!select.is_empty()).then(|| parse(select)),
            extend_select: Vec::new(),
            ignore: parse(ignore),
        }
    }

    fn runs(selection: &Selection, rule: &str) -> bool {
        selection.rules().iter().any(|it| it.name == rule)
    }

    fn with(profile: Profile, layers: Vec<Layer>) -> Selection {
        Selection { profile, layers }
    }

    const RULE: &str = "suppression-unused";
    const STRICT: &str = "suppression-without-reason";

    #[test]
    fn the_profile_decides_when_nothing_else_does() {
        assert!(runs(&with(Profile::Default, vec![]), RULE));
        assert!(!runs(&with(Profile::Default, vec![]), STRICT));
        assert!(runs(&with(Profile::Strict, vec![]), STRICT));
    }

    #[test]
    fn the_narrower_selector_wins_within_a_layer() {
        let only = with(Profile::Default, vec![layer(&[RULE], &["meta"])]);
        assert_eq!(only.rules().iter().map(|it| it.name).collect::<Vec<_>>(), [RULE]);
        let without = with(Profile::Default, vec![layer(&["ALL"], &["meta"])]);
        assert!(!runs(&without, RULE) && runs(&without, "duplicate-key"));
        let equal = with(Profile::Default, vec![layer(&[RULE], &[RULE])]);
        assert!(equal.rules().is_empty());
    }

    #[test]
    fn a_category_keeps_the_profile_and_all_and_names_do_not() {
        assert!(!runs(&with(Profile::Default, vec![layer(&["meta"], &[])]), STRICT));
        assert!(runs(&with(Profile::Strict, vec![layer(&["meta"], &[])]), STRICT));
        assert!(runs(&with(Profile::Default, vec![layer(&["ALL"], &[])]), STRICT));
        assert!(runs(&with(Profile::Default, vec![layer(&["meta", STRICT], &[])]), STRICT));
    }

    #[test]
    fn a_selection_above_replaces_what_is_below() {
        let below = layer(&[], &[RULE]);
        let above = layer(&[RULE], &[]);
        assert!(runs(&with(Profile::Default, vec![below.clone(), above]), RULE));
        let extended = Layer { extend_select: vec![Selector::Rule(STRICT)], ..Layer::default() };
        let selection = with(Profile::Default, vec![below, extended]);
        assert!(!runs(&selection, RULE) && runs(&selection, STRICT));
    }

    #[test]
    fn unknown_names_come_with_the_one_that_was_meant() {
        let near = |name: &str| Selector::parse(name).unwrap_err().suggestion;
        assert_eq!(near("supression-unused"), Some(RULE));
        assert_eq!(near("golangci/nolintlint"), Some(RULE));
        assert_eq!(near("lifecicle"), Some("lifecycle"));
        assert_eq!(near("zzz"), None);
    }

    #[test]
    fn the_registry_is_sorted_for_the_search_by_name() {
        assert!(REGISTRY.is_sorted_by_key(|it| it.name));
    }
}
