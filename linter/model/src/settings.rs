//! What the configuration tells the rules about the world the project is deployed to.

/// How much is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Profile {
    #[default]
    Default,
    Strict,
}

/// A Kubernetes minor version, `1.minor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KubernetesVersion {
    pub minor: u32,
}

impl KubernetesVersion {
    /// Oldest supported on 2026-11-25 (kubernetes.io/releases).
    pub const OLDEST: Self = Self { minor: 35 };
    /// Newest supported on 2026-11-25.
    pub const NEWEST: Self = Self { minor: 37 };

    /// Reads `1.31`, `v1.31.2`.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().trim_start_matches('v').strip_prefix("1.")?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let tail = &rest[end..];
        if !(tail.is_empty() || tail.starts_with(['.', '-', '+'])) {
            return None;
        }
        Some(Self { minor: rest[..end].parse().ok()? })
    }
}

impl std::fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// A month of a year: what tables of releases are exact to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    pub year: u16,
    /// From 1.
    pub month: u8,
}

impl Month {
    /// Reads `2026-08`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    /// Months from an earlier month to this one, 0 for a later one.
    pub fn since(self, earlier: Self) -> u32 {
        let count = |it: Self| u32::from(it.year) * 12 + u32::from(it.month);
        count(self).saturating_sub(count(earlier))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let name = NAMES.get(usize::from(self.month).wrapping_sub(1)).unwrap_or(&"");
        write!(f, "{name} {}", self.year)
    }
}

/// Yes, no, or not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tristate {
    Yes,
    No,
    #[default]
    Unknown,
}

/// A service mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MeshKind {
    Istio,
    Linkerd,
    Kuma,
    Consul,
    Dapr,
}

/// `[mesh]` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mesh {
    /// `None`: inferred from markers.
    pub kind: Option<MeshKind>,
    /// The mesh's CNI plugin sets up the network, no init container needs NET_ADMIN.
    pub cni: Tristate,
    /// Proxies run as native sidecars.
    pub native_sidecars: Tristate,
    /// Revision names and tags that exist.
    pub revisions: Vec<String>,
    /// The install injects namespaces that carry no label.
    pub inject_by_default: bool,
}

/// Everything rules may depend on besides the project itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub profile: Profile,
    /// Oldest and newest version the manifests must work on.
    pub kubernetes: (KubernetesVersion, KubernetesVersion),
    pub mesh: Mesh,
    /// The start of the day it is, in UTC, where somebody who has a clock says so. `None`: nothing
    /// expires.
    pub now: Option<crate::Moment>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: Profile::Default,
            kubernetes: (KubernetesVersion::OLDEST, KubernetesVersion::NEWEST),
            mesh: Mesh::default(),
            now: None,
        }
    }
}
