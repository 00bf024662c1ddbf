//! What all of one render shares: origins, limits, and what Helm knows of the cluster.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use goready_model::Span;

use crate::origin::{Origins, Site};

/// What stands outside the chart, and how strict to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `--name-template`: `.Release.Name`.
    pub release: String,
    /// `.Release.Namespace`; empty when it is decided at install time: what is made from it is then
    /// not known.
    pub namespace: String,
    /// `1.33.0`, without `v`; what `.Capabilities.KubeVersion` says.
    pub kube_version: String,
    /// Added to Helm's own list, such as `monitoring.coreos.com/v1/ServiceMonitor`.
    pub api_versions: Vec<String>,
    pub mode: Mode,
    pub limits: Limits,
}

/// What happens where Helm gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As `helm template`: the first error in a file ends that file.
    Helm,
    /// `required` and `fail` give placeholders, and an error loses only what depends on it.
    Lint,
}

/// Bounds on what a chart may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nodes executed and function calls of one render, in steps.
    pub steps: u64,
    /// Bytes that all files of one render print together, and that one string may have.
    pub output_bytes: usize,
    /// `include` within `include`; helm's own limit is 1000 a name.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 20_000_000, output_bytes: 64 << 20, depth: 1000 }
    }
}

/// Shared by everything that runs within one render.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) origins: Origins,
    pub(crate) settings: Rc<Settings>,
    /// The action that runs now: where a synthetic value is made.
    pub(crate) site: Option<Site>,
    /// Actions that made a certificate.
    pub(crate) certificates: BTreeSet<Span>,
    /// The cluster was asked for an object.
    pub(crate) looked_up: bool,
    /// Steps left.
    pub(crate) steps: u64,
    /// Compiled patterns, with the error for those that are none.
    pub(crate) regexes: HashMap<Vec<u8>, Result<Rc<crate::functions::Pattern>, String>>,
}

impl Context {
    pub(crate) fn new(settings: Rc<Settings>) -> Self {
        let steps = settings.limits.steps;
        Self {
            origins: Origins::default(),
            settings,
            site: None,
            certificates: BTreeSet::new(),
            looked_up: false,
            steps,
            regexes: HashMap::new(),
        }
    }

    /// Takes `cost` steps of the budget.
    ///
    /// # Errors
    /// The budget is used up: the chart loops.
    pub(crate) fn spend(&mut self, cost: u64) -> Result<(), crate::functions::Failure> {
        match self.steps.checked_sub(cost) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => {
                self.steps = 0;
                Err(format!("the render takes more than {} steps", self.settings.limits.steps)
                    .into())
            }
        }
    }
}
