//! Helm charts of the project.

use crate::{FileId, Place};

/// A chart of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChartId(pub u32);

/// One chart with its renders.
#[derive(Debug, Clone)]
pub struct Chart {
    pub id: ChartId,
    /// Directory relative to the project root.
    pub dir: String,
    /// `Chart.yaml`.
    pub file: FileId,
    pub name: String,
    /// The start of `Chart.yaml`, for findings about the chart as a whole.
    pub place: Place,
    /// Number of template files.
    pub templates: usize,
    /// One a values set; empty when the chart was not rendered.
    pub renders: Vec<Render>,
}

/// A chart rendered with one set of values.
#[derive(Debug, Clone)]
pub struct Render {
    /// `default`, `ci/ha-values.yaml`, or the configured name.
    pub name: String,
    pub documents: usize,
    pub errors: Vec<(Place, String)>,
}
