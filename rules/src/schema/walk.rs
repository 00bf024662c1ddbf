//! The walk over an object along its type.

use std::sync::OnceLock;

use goready_model::{Entry, Node, Object};

use super::{Field, Kind, Shape, TYPES, Type};

/// A value and what the API says about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed<'t> {
    pub(crate) node: Node<'t>,
    pub(crate) shape: Shape,
    /// The field it stands in, directly or as an item.
    pub(crate) field: &'static Field,
    /// The type that has the field.
    pub(crate) owner: &'static Type,
}

/// What the walk meets, in the order of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Visit<'t> {
    /// A value in a known field; below one of the wrong type the walk does not go on.
    Value(Typed<'t>),
    /// An entry that the type does not have in the versions of the table.
    Unknown { entry: Entry<'t>, owner: &'static Type },
}

/// Where in the API the fields of one sort are: most of an object cannot hold one (nothing below the
/// schema of a CustomResourceDefinition is a quantity), and a walk for them leaves that out.
#[derive(Debug)]
pub(crate) struct Reach {
    wants: fn(&Field) -> bool,
    /// By index in [`TYPES`], whether it or a type below it has such a field.
    types: OnceLock<Vec<bool>>,
}

impl Reach {
    pub(crate) const fn new(wants: fn(&Field) -> bool) -> Self {
        Self { wants, types: OnceLock::new() }
    }

    fn has(&self, index: usize) -> bool {
        self.types.get_or_init(|| self.find()).get(index).is_some_and(|it| *it)
    }

    /// Types refer to each other in circles, so they are asked until no answer changes.
    fn find(&self) -> Vec<bool> {
        let mut found = vec![false; TYPES.len()];
        let mut changed = true;
        while changed {
            changed = false;
            for (index, owner) in TYPES.iter().enumerate() {
                let below =
                    |it: &Field| matches!(it.shape.innermost(), Shape::Object(it) if found[it]);
                if !found[index] && owner.fields.iter().any(|it| (self.wants)(it) || below(it)) {
                    found[index] = true;
                    changed = true;
                }
            }
        }
        found
    }
}

/// Meets everything in an object of a built-in kind as its text has it; nothing in others.
///
/// An object of a removed API version is walked as its successor. Fields that only the old
/// version had cannot be told from mistakes there, so entries count as unknown only in types that
/// did not change with it: those of the core and of metadata.
pub(crate) fn visit<'t>(object: &'t Object, with: impl FnMut(Visit<'t>)) {
    walk(object, None, with);
}

/// As [`visit`], but perhaps without what lies where no field of the sort can be.
pub(crate) fn visit_some<'t>(object: &'t Object, sort: &Reach, mut with: impl FnMut(Typed<'t>)) {
    walk(object, Some(sort), |it| {
        if let Visit::Value(typed) = it {
            with(typed);
        }
    });
}

fn walk<'t>(object: &'t Object, sort: Option<&Reach>, mut with: impl FnMut(Visit<'t>)) {
    let (Some(kind), Some(root)) = (Kind::of(object), object.node()) else { return };
    // What a generator of a kustomization makes is an object, but its text is not.
    if root.get("kind").and_then(|it| it.as_str()) != Some(&object.kind) {
        return;
    }
    // Encrypted in place by SOPS: the values are other ones by the time the API server sees them.
    if root.get("sops").is_some_and(|it| it.is_mapping()) {
        return;
    }
    let successor = if kind.root.is_some() { Some(kind) } else { kind.successor() };
    let Some(shape) = successor.and_then(|it| it.root).map(Shape::Object) else { return };
    let stable = |it: &Type| it.name.starts_with("core.") || it.name.starts_with("meta.");
    let mut pending = Vec::new();
    let mut next = Some((root, shape, None));
    while let Some((node, shape, within)) = next {
        if let Some((field, owner)) = within {
            with(Visit::Value(Typed { node, shape, field, owner }));
        }
        let start = pending.len();
        match shape {
            Shape::Object(index) if sort.is_some_and(|it| !it.has(index)) => {}
            Shape::Object(index) => {
                let Some(owner) = TYPES.get(index) else { break };
                for entry in node.entries() {
                    match owner.field(entry.key.text()) {
                        Some(field) => {
                            pending.push((entry.value, field.shape, Some((field, owner))));
                        }
                        None if kind.root.is_none() && !stable(owner) => {}
                        // Directives of a strategic merge patch: `$patch`, `$retainKeys`.
                        None if object.partial && entry.key.text().starts_with('$') => {}
                        None => with(Visit::Unknown { entry, owner }),
                    }
                }
            }
            Shape::List(item) => pending.extend(node.items().map(|it| (it, *item, within))),
            Shape::Map(value) => {
                pending.extend(node.entries().map(|it| (it.value, *value, within)));
            }
            _ => {}
        }
        pending[start..].reverse();
        next = pending.pop();
    }
}

/// The types a node lies in, from the object's root inwards, each with the node it types; the
/// last one is the innermost.
pub(crate) fn ancestry<'t>(object: &'t Object, node: Node<'t>) -> Vec<(Node<'t>, &'static Type)> {
    let mut above: Vec<Node<'t>> = std::iter::successors(Some(node), Node::parent).collect();
    above.reverse();
    let mut types = Vec::new();
    let mut shape = Kind::of(object)
        .and_then(|it| if it.root.is_some() { Some(it) } else { it.successor() })
        .and_then(|it| it.root)
        .map(Shape::Object);
    for node in above.into_iter().skip_while(|it| it.id() != object.root).skip(1) {
        let parent = node.parent();
        match shape {
            Some(Shape::Object(index)) => {
                let (Some(parent), Some(owner)) = (parent, TYPES.get(index)) else { break };
                types.push((parent, owner));
                shape = node.key().and_then(|it| owner.field(it.text())).map(|it| it.shape);
            }
            Some(Shape::List(inner) | Shape::Map(inner)) => shape = Some(*inner),
            _ => break,
        }
    }
    types
}
