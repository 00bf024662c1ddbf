//! Helm charts of the project and what became of them.

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
    /// The chart it is bundled with (`parent/charts/child`), which deploys it.
    pub parent: Option<ChartId>,
    /// One a values set; empty for a library, a bundled chart, and one that could not be loaded.
    pub renders: Vec<Render>,
    /// Values keys that no template of any render read; empty when that is not known.
    pub unread: Vec<UnreadKey>,
    /// Parts of templates that no render ran; empty when that is not known.
    pub unrendered: Vec<UnrenderedPart>,
    /// Template actions in files of `crds/`, the first of each file.
    pub templated_crds: Vec<Place>,
}

/// A branch of a template with a part that no set of values turns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnrenderedPart {
    /// The `if`, `with` or `range`.
    pub place: Place,
    /// Lines of the part that are not blank.
    pub lines: usize,
}

/// A chart rendered with one set of values.
#[derive(Debug, Clone)]
pub struct Render {
    /// `default`, `ci/ha-values.yaml`, or the configured name.
    pub name: String,
    pub documents: usize,
    pub errors: Vec<RenderError>,
    /// Actions that make a new certificate with each render; empty where the chart looks for one
    /// that is there.
    pub remade: Vec<Place>,
}

/// Something that kept a part of a chart from being rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    pub kind: RenderErrorKind,
    /// The action, the values scalar or the line of `Chart.yaml` that is at fault.
    pub place: Place,
    /// One line, in Helm's words where it has some.
    pub message: String,
    /// The `include`s that led there, innermost first.
    pub chain: Vec<Place>,
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RenderErrorKind {
    /// A template does not parse, or an action fails.
    Template,
    /// `required` or `fail` asks for other values.
    Asked,
    /// An action fails in a render that asks for other values: perhaps only for want of them.
    Doubtful,
    /// A dependency is not there, or a named template that only it would define.
    Dependency,
    /// A rendered document is no YAML or no Kubernetes object.
    Yaml,
    /// Values break `values.schema.json`.
    Schema,
    /// `values.schema.json` requires a value that is not there.
    SchemaRequired,
    /// The chart itself, or a values file, cannot be read.
    Chart,
    /// A limit of goready was reached.
    Limit,
}

/// A key of a chart's `values.yaml` that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadKey {
    /// The key.
    pub place: Place,
    /// `image.tag`.
    pub path: String,
    /// A key that templates read and that looks like this one.
    pub similar: Option<String>,
}
