//! What goready knows about a repository: text, places, the facts of single files, the joined
//! [`Project`] and the [`Finding`]s about it.
//!
//! Data and navigation only. Nothing here reads a file, parses a language, or judges.

mod build;
mod certificate;
mod chart;
mod facts;
mod finding;
mod go;
mod image;
mod kube;
mod place;
pub mod pointer;
mod project;
mod script;
mod secret;
mod settings;
mod text;
mod tree;
mod uses;

pub use build::{
    Build, BuildId, BuildTool, Cgo, CommandWord, FlagValue, ImagePush, Platform, StripCheck,
    architecture,
};
pub use certificate::{
    Certificate, Curve, ExtendedUsage, HashAlgorithm, IssuedCertificate, Moment, NameConstraints,
    PemBlock, PemContent, PemEncoding, PemFile, PemText, PublicKey, Serving, ServingSource,
    SignatureAlgorithm, TlsSecret, Webhook, WebhookKind, WebhookTarget,
};
pub use chart::{Chart, ChartId, Render, RenderError, RenderErrorKind, UnreadKey, UnrenderedPart};
pub use facts::{Directive, DirectiveScope, Document, FileFacts, FileKind, Problem, ProblemKind};
pub use finding::{
    Category, Confidence, Edit, Finding, Fix, Level, ObjectRef, Outcome, ProgramRef, Related,
    Safety, Suppression,
};
pub use go::{
    CertificateDir, CertificateWatch, ConfigMutation, ContextState, Dependency, DependencyKind,
    Drain, DrainStep, EnvRead, ExitCall, GoMod, GoVersion, Listen, ListenKind, LogCall, Logging,
    Metric, MetricKind, MetricRegistration, Program, ProgramId, ProgramKind, Repetition, Route,
    RuntimeFact, RuntimeFactKind, ServerStart, ShutdownCall, SignalArgument, SignalCall,
    SignalChannel, Sigterm, SigtermVerdict, Step, TlsFacts, TlsLoad,
};
pub use image::{
    Command, CopiedFile, CopyInstruction, Dockerfile, DockerfileId, ImageName, Instruction,
    PlatformArgument, Refusal, RunCommand, Stage, StageBase, StageId,
};
pub use kube::{
    Autoscaler, AutoscalerId, Container, ContainerKind, EnvEntry, HandlerPort, Object, ObjectId,
    Pod, Probe, ProbeKind, Service, ServiceId, Unit, UnitId, UnitKind, Workload, WorkloadId,
    WorkloadKind,
};
pub use place::{Field, Located, Place, Span};
pub use project::{
    ContainerLink, Coverage, EntryScript, Evidence, Failure, ImageLink, Link, Project,
};
pub use script::{
    Job, JobStep, MakeCondition, MakeFlavor, MakeRule, MakeVariable, Makefile, Recipes, Script,
    ShellAssignment, ShellWord, SimpleCommand, SourceText, Statement, WordPart,
};
pub use secret::{
    SecretCandidate, SecretConstant, SecretContext, SecretForm, SecretNames, SecretUse,
};
pub use settings::{KubernetesVersion, Mesh, MeshKind, Month, Profile, Settings, Tristate};
pub use text::{FileId, LineColumn, LineIndex, SourceFile, Sources};
pub use tree::{CopyLimit, Entry, Node, NodeId, NodeKind, Style, Tree, TreeBuilder};
pub use uses::{FileUse, FileUseKind, Flags, LogSink, LogTarget, Request, Uses};
