//! The joined model: all facts of a repository and the links between them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Autoscaler, AutoscalerId, Build, BuildId, Chart, CopiedFile, Directive, Dockerfile,
    DockerfileId, Document, FileId, FileKind, GoMod, ImagePush, IssuedCertificate, Object,
    ObjectId, PemFile, Place, Platform, Problem, Program, ProgramId, Script, SecretCandidate,
    Service, ServiceId, SignalCall, Span, StripCheck, TlsSecret, Unit, UnitId, Webhook, Workload,
    WorkloadId,
};

/// Why two things belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub place: Option<Place>,
    /// One line for `goready facts`.
    pub text: String,
}

/// A join with how much it proves.
#[derive(Debug, Clone)]
pub struct Link<T> {
    pub target: T,
    /// From 0 to 1; rules with outcome `broken` and `rejected` need 0.8, `risk` 0.6, `advice` 0.4.
    pub confidence: f32,
    pub evidence: Vec<Evidence>,
}

/// An image that is deployed or built, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct ImageLink {
    pub dockerfile: Option<Link<DockerfileId>>,
    pub programs: Vec<Link<ProgramId>>,
    /// Platforms the image is built for, each where it is declared; empty when not known.
    pub platforms: Vec<(Platform, Place)>,
    /// The platform set comes from an explicit list.
    pub platforms_explicit: bool,
    /// Some build of the image names platforms that are not known: an absence proves nothing.
    pub platforms_open: bool,
    /// The script of the repository that the image starts, if it starts one.
    pub entry_script: Option<EntryScript>,
}

/// A script that an image starts.
#[derive(Debug, Clone)]
pub struct EntryScript {
    /// Relative to the project root.
    pub path: String,
    pub script: Script,
}

/// A container joined with its image and program.
#[derive(Debug, Clone)]
pub struct ContainerLink {
    pub workload: WorkloadId,
    pub container: String,
    /// Image name without registry, tag and digest.
    pub image: String,
    /// Third-party images are never joined to source.
    pub third_party: bool,
    pub link: ImageLink,
    /// What a shell runs when the pod's `command` is `["sh", "-c", text]`.
    pub script: Option<Script>,
}

/// Something that was not analysed, for the summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub path: String,
    /// Byte offset, for the line; 0 when the file as a whole failed.
    pub place: Option<Place>,
    pub message: String,
}

/// What was analysed, for the summary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    pub files: usize,
    pub go_files: usize,
    pub programs: usize,
    pub dockerfiles: usize,
    pub manifests: usize,
    pub objects: usize,
    pub charts: usize,
    pub renders: usize,
    pub failed: Vec<Failure>,
    /// Bytes given to a parser, and bytes read; for `benches/`.
    pub parsed_bytes: u64,
    pub read_bytes: u64,
}

/// The whole repository, joined. Rules read it, nothing changes it.
#[derive(Debug, Default)]
pub struct Project {
    /// Path of every file that has facts, relative to the root.
    pub paths: BTreeMap<FileId, String>,
    pub kinds: BTreeMap<FileId, FileKind>,
    /// Every YAML or JSON document, Kubernetes or not, with its file.
    pub documents: Vec<(FileId, Document)>,
    pub problems: Vec<Problem>,
    pub directives: Vec<Directive>,
    pub units: Vec<Unit>,
    pub objects: Vec<Object>,
    pub workloads: Vec<Workload>,
    pub services: Vec<Service>,
    pub autoscalers: Vec<Autoscaler>,
    pub go_mods: Vec<GoMod>,
    pub programs: Vec<Program>,
    /// Signal calls of all Go files, reachable from a program or not.
    pub signal_calls: Vec<SignalCall>,
    pub dockerfiles: Vec<Dockerfile>,
    pub builds: Vec<Build>,
    pub pushes: Vec<ImagePush>,
    /// Checks for a stripped binary that always pass.
    pub strip_checks: Vec<StripCheck>,
    pub charts: Vec<Chart>,
    /// The `include`s that lead to a rendered place, innermost first; those of the first render
    /// that has the place.
    pub chains: BTreeMap<Place, Vec<Span>>,
    /// Places of rendered scalars that a values file feeds only a part of: a name made of several.
    pub parts: BTreeSet<Place>,
    /// Places of the names of rendered objects.
    pub names: BTreeSet<Place>,
    pub secrets: Vec<SecretCandidate>,
    /// Files of certificates and keys.
    pub pem_files: Vec<PemFile>,
    /// Secrets that hold a certificate with its key.
    pub tls_secrets: Vec<TlsSecret>,
    /// Certificates that a controller issues into a Secret.
    pub issued: Vec<IssuedCertificate>,
    /// Calls of the API server into services, in the order of their objects.
    pub webhooks: Vec<Webhook>,
    /// Files with credentials that images take from their build context.
    pub copied: Vec<CopiedFile>,
    /// Containers with their links, sorted by workload.
    pub containers: Vec<ContainerLink>,
    /// Image links of Dockerfiles themselves: programs and platforms whether deployed or not.
    pub images: BTreeMap<DockerfileId, ImageLink>,
    /// Service -> workloads its selector matches in the same unit and namespace.
    pub selected: BTreeMap<ServiceId, Vec<WorkloadId>>,
    /// Autoscaler -> its target.
    pub scaled: BTreeMap<AutoscalerId, WorkloadId>,
    pub coverage: Coverage,
}

impl Project {
    pub fn object(&self, id: ObjectId) -> &Object {
        &self.objects[id.0 as usize]
    }

    pub fn unit(&self, id: UnitId) -> &Unit {
        &self.units[id.0 as usize]
    }

    pub fn workload(&self, id: WorkloadId) -> &Workload {
        &self.workloads[id.0 as usize]
    }

    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.0 as usize]
    }

    pub fn autoscaler(&self, id: AutoscalerId) -> &Autoscaler {
        &self.autoscalers[id.0 as usize]
    }

    pub fn program(&self, id: ProgramId) -> &Program {
        &self.programs[id.0 as usize]
    }

    pub fn dockerfile(&self, id: DockerfileId) -> &Dockerfile {
        &self.dockerfiles[id.0 as usize]
    }

    pub fn build(&self, id: BuildId) -> &Build {
        &self.builds[id.0 as usize]
    }

    pub fn path(&self, file: FileId) -> &str {
        self.paths.get(&file).map_or("", String::as_str)
    }

    /// Webhooks of an object.
    pub fn webhooks_of(&self, id: ObjectId) -> impl Iterator<Item = &Webhook> {
        self.webhooks.iter().filter(move |it| it.object == id)
    }

    /// Links of a workload's containers.
    pub fn container_links(&self, id: WorkloadId) -> impl Iterator<Item = &ContainerLink> {
        self.containers.iter().filter(move |it| it.workload == id)
    }

    /// The link of one container.
    pub fn container_link(&self, id: WorkloadId, container: &str) -> Option<&ContainerLink> {
        self.container_links(id).find(|it| it.container == container)
    }

    /// Programs linked to a workload with at least `confidence`, with their containers.
    pub fn programs_of(
        &self,
        id: WorkloadId,
        confidence: f32,
    ) -> impl Iterator<Item = (&ContainerLink, &Link<ProgramId>, &Program)> {
        self.container_links(id).flat_map(move |container| {
            container
                .link
                .programs
                .iter()
                .filter(move |link| link.confidence >= confidence)
                .map(move |link| (container, link, self.program(link.target)))
        })
    }

    /// Containers that run a program, with at least `confidence`.
    pub fn containers_running(
        &self,
        id: ProgramId,
        confidence: f32,
    ) -> impl Iterator<Item = &ContainerLink> {
        self.containers.iter().filter(move |container| {
            container
                .link
                .programs
                .iter()
                .any(|link| link.target == id && link.confidence >= confidence)
        })
    }

    /// Services whose selector matches the workload's pods.
    pub fn services_of(&self, id: WorkloadId) -> impl Iterator<Item = &Service> {
        self.selected
            .iter()
            .filter(move |(_, workloads)| workloads.contains(&id))
            .map(|(service, _)| self.service(*service))
    }

    /// The Namespace object a workload lands in, when the unit (or the repository) has it.
    pub fn namespace_of(&self, object: &Object) -> Option<&Object> {
        let unit = self.unit(object.unit);
        let name = object.namespace_in(unit)?;
        let mut found = self.objects.iter().filter(|it| {
            it.kind == "Namespace" && it.api_version == "v1" && it.name == name && !it.partial
        });
        let mut all: Vec<_> = found.by_ref().collect();
        // The unit's own Namespace first; one elsewhere only when there is no other.
        all.sort_by_key(|it| it.unit != object.unit);
        match all.as_slice() {
            [first, ..] if first.unit == object.unit => Some(first),
            [only] => Some(only),
            _ => None,
        }
    }
}
