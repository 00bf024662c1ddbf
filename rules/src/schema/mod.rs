//! The compiled types of the Kubernetes API, and a walk over an object along them.
//!
//! The tables are `data/kubernetes/*.txt`; `build/schema.rs` makes them static arrays. Custom
//! resources are not in them, so nothing is said about those. What a value must be beyond its
//! type is the rules' business.

mod walk;
pub(crate) mod words;

use goready_model::Object;

pub(crate) use walk::{Reach, Typed, Visit, ancestry, visit, visit_some};

include!(concat!(env!("OUT_DIR"), "/kubernetes.rs"));

/// A kind of one API version.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) api_version: &'static str,
    pub(crate) name: &'static str,
    /// Index in [`TYPES`]; `None` when the release of the table does not serve it.
    root: Option<usize>,
    #[expect(dead_code, reason = "read by rules about namespaces once there are any")]
    pub(crate) namespaced: bool,
    /// Minor of the release that introduced it; 0 when the table does not know.
    #[expect(dead_code, reason = "read by rules about newer kinds once there are any")]
    pub(crate) since: u32,
    /// Minor of the release that deprecated it; 0 for never.
    #[expect(dead_code, reason = "read by rules about deprecation once there are any")]
    pub(crate) deprecated: u32,
    /// Minor of the first release without it; 0 for none.
    pub(crate) removed: u32,
    /// The API version to use instead; empty when none is recorded.
    replacement: &'static str,
}

/// A type of the API.
#[derive(Debug)]
pub(crate) struct Type {
    /// `core.v1.Container`.
    pub(crate) name: &'static str,
    /// Sorted by name.
    pub(crate) fields: &'static [Field],
}

/// A field of a type.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// The fields that tell the items of a list apart.
    #[expect(dead_code, reason = "read by rules about duplicate items once there are any")]
    pub(crate) keys: &'static [&'static str],
    /// Minor of the first release with it; 0 when older than the table.
    #[expect(dead_code, reason = "read by rules about newer fields once there are any")]
    pub(crate) since: u32,
    /// Minor of the first release without it; 0 for none.
    pub(crate) until: u32,
    /// The closed set of its values (of those of its items); empty when any will do.
    pub(crate) values: &'static [&'static str],
    /// The empty string means the default, whatever the set says.
    pub(crate) empty: bool,
    /// The rule that judges the set instead of `enum-value-invalid`; empty for none.
    pub(crate) judge: &'static str,
}

/// Fields that take quantities.
pub(crate) static QUANTITIES: Reach = Reach::new(|it| it.shape.innermost() == Shape::Quantity);

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    String,
    Bool,
    Int32,
    Int64,
    Number,
    /// Base64.
    Bytes,
    /// RFC 3339.
    Time,
    Quantity,
    IntOrString,
    /// Not described any further.
    Any,
    /// Index in [`TYPES`].
    Object(usize),
    List(&'static Shape),
    Map(&'static Shape),
}

impl Kind {
    /// A built-in kind, served or removed.
    pub(crate) fn of(object: &Object) -> Option<&'static Self> {
        Self::named(&object.api_version, &object.kind)
    }

    fn named(api_version: &str, kind: &str) -> Option<&'static Self> {
        let found =
            KINDS.binary_search_by(|it| (it.api_version, it.name).cmp(&(api_version, kind)));
        found.ok().and_then(|it| KINDS.get(it))
    }

    /// The API version that serves the kind now: the recorded one, else another of the group.
    pub(crate) fn successor(&self) -> Option<&'static Self> {
        if let Some(found) = Self::named(self.replacement, self.name) {
            return if found.root.is_some() { Some(found) } else { found.successor() };
        }
        let group = |it: &str| it.rsplit_once('/').map(|(group, _)| group.to_owned());
        let mut served = KINDS.iter().filter(|it| {
            it.name == self.name
                && it.root.is_some()
                && group(it.api_version) == group(self.api_version)
        });
        served.next()
    }
}

impl Type {
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        let found = self.fields.binary_search_by(|it| it.name.cmp(name));
        found.ok().and_then(|it| self.fields.get(it))
    }
}

impl Shape {
    /// The type of an object.
    pub(crate) fn object(self) -> Option<&'static Type> {
        match self {
            Self::Object(index) => TYPES.get(index),
            _ => None,
        }
    }

    /// What lists and maps hold in the end.
    pub(crate) fn innermost(self) -> Self {
        match self {
            Self::List(inner) | Self::Map(inner) => inner.innermost(),
            other => other,
        }
    }

    /// What a person calls it: `a string`, `a list`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Bool => "a boolean",
            Self::Int32 | Self::Int64 => "an integer",
            Self::Number => "a number",
            Self::Bytes => "a base64 string",
            Self::Time => "a time",
            Self::Quantity => "a quantity",
            Self::IntOrString => "an integer or string",
            Self::Any => "any value",
            Self::Object(_) | Self::Map(_) => "a map",
            Self::List(_) => "a list",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_for_their_searches() {
        assert!(KINDS.is_sorted_by(|a, b| (a.api_version, a.name) < (b.api_version, b.name)));
        for it in TYPES {
            assert!(it.fields.is_sorted_by(|a, b| a.name < b.name), "{}", it.name);
        }
    }

    #[test]
    fn a_removed_kind_leads_to_the_one_served_now() {
        let successor = |version: &str, kind: &str| {
            Kind::named(version, kind).and_then(Kind::successor).map(|it| it.api_version)
        };
        assert_eq!(successor("extensions/v1beta1", "Deployment"), Some("apps/v1"));
        assert_eq!(
            successor("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema"),
            Some("flowcontrol.apiserver.k8s.io/v1")
        );
        assert_eq!(
            successor("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy"),
            Some("admissionregistration.k8s.io/v1")
        );
        assert_eq!(successor("policy/v1beta1", "PodSecurityPolicy"), None);
    }

    #[test]
    fn a_pod_template_is_the_same_type_everywhere() {
        let template = |kind: &str| {
            let root = Kind::named("apps/v1", kind)?.root?;
            let spec = TYPES[root].field("spec")?.shape.object()?;
            spec.field("template")?.shape.object().map(|it| it.name)
        };
        assert_eq!(template("Deployment"), Some("core.v1.PodTemplateSpec"));
        assert_eq!(template("StatefulSet"), Some("core.v1.PodTemplateSpec"));
    }
}
