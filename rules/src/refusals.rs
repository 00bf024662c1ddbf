//! What the API server refuses in a pod template, said at the right level.
//!
//! A built-in workload with such a template is refused itself. Argo Rollouts and other custom
//! workloads are accepted, and only their pods are refused, so the workload never runs anything.

use goready_model::{Node, Outcome, Workload};

use crate::{Cx, Draft, Findings};

/// Findings about the pod template of one workload.
#[derive(Debug)]
pub(crate) struct Refusals<'f> {
    findings: &'f mut Findings,
    outcome: Outcome,
    /// The template is a fragment, laid over another one: what is missing in it proves nothing.
    pub(crate) partial: bool,
}

impl<'f> Refusals<'f> {
    pub(crate) fn of(cx: &Cx<'_>, workload: &Workload, findings: &'f mut Findings) -> Self {
        let builtin = workload.kind.is_builtin();
        let outcome = if builtin { Outcome::Rejected } else { Outcome::Broken };
        let partial = cx.project.object(workload.object).partial;
        Self { findings, outcome, partial }
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
