//! What the API server refuses in a pod template, said at the right level.
//!
//! A built-in workload with such a template is refused itself. Argo Rollouts and other custom
//! workloads are accepted, and only their pods are refused, so the workload never runs anything.

use goready_model::{Node, Outcome, Workload};

use crate::{Draft, Findings};

/// Findings about the pod template of one workload.
#[derive(Debug)]
pub(crate) struct Refusals<'f> {
    findings: &'f mut Findings,
    outcome: Outcome,
}

impl<'f> Refusals<'f> {
    pub(crate) fn of(workload: &Workload, findings: &'f mut Findings) -> Self {
        let builtin = workload.kind.is_builtin();
        let outcome = if builtin { Outcome::Rejected } else { Outcome::Broken };
        Self { findings, outcome }
    }

    /// Reports at a node's value.
    pub(crate) fn node(&mut self, node: Node<'_>, message: impl Into<String>) -> Draft<'_> {
        self.findings.node(node, message).outcome(self.outcome)
    }

    /// Reports at a node's key.
    pub(crate) fn key(&mut self, node: Node<'_>, message: impl Into<String>) -> Draft<'_> {
        self.findings.key(node, message).outcome(self.outcome)
    }
}
