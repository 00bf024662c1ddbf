//! A structured document (YAML, JSON, TOML, or a rendered template) as a flat arena in source
//! order, each node with its place. Built once by a front end, then only read.

mod edit;

use crate::{Field, FileId, Located, Place, Span, pointer};

/// A node of one [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// Position in [`Tree::nodes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

const NONE: u32 = u32::MAX;

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
    /// A block mapping or sequence.
    Block,
    /// `{}` or `[]`.
    Flow,
}

/// What a node is, scalars resolved as Kubernetes resolves them (sigs.k8s.io/yaml, YAML 1.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NodeKind {
    Null,
    Bool(bool),
    /// An integer that fits; larger ones are [`NodeKind::Float`], as in Go.
    Int(i64),
    Float(f64),
    String,
    Sequence,
    Mapping,
    /// A value that is not known: a template that was not rendered, a substitution variable.
    Dynamic,
}

#[derive(Debug, Clone, Copy)]
struct NodeData {
    kind: NodeKind,
    style: Style,
    at: Span,
    /// Where in [`Tree::fed`] the place stands that fed this one, if one did: few nodes have it.
    from: u32,
    /// The key node when this is a mapping value.
    key: u32,
    parent: u32,
    next: u32,
    first: u32,
    last: u32,
    /// Text of a scalar in the pool.
    text: (u32, u32),
    /// The entry came through `<<`.
    merged: bool,
}

/// One document.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    nodes: Vec<NodeData>,
    pool: String,
    /// Of rendered documents the scalars of values files.
    fed: Vec<Span>,
}

impl Tree {
    /// The root, or `None` for an empty document.
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.nodes.is_empty()).then_some(Node { tree: self, id: NodeId(0) })
    }

    /// A node by id; ids of other trees give an arbitrary node or `None`.
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        ((id.0 as usize) < self.nodes.len()).then_some(Node { tree: self, id })
    }

    /// Number of nodes, keys included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Makes a value unknown: it was found to hold a placeholder that something else fills in.
    pub fn set_dynamic(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.kind = NodeKind::Dynamic;
        }
    }

    /// Says that a node was written elsewhere: a rendered one in a template.
    pub fn set_place(&mut self, id: NodeId, place: Place) {
        if let Some(node) = self.nodes.get_mut(id.0 as usize) {
            node.at = place.at;
            node.from = feed(&mut self.fed, place.from);
        }
    }

    /// All nodes in source order, keys included. After edits also those that were taken out.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len() as u32).map(|id| Node { tree: self, id: NodeId(id) })
    }
}

/// A node and the tree it lives in; cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: NodeId,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.pointer(), self.kind())
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

/// A key and its value in a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'t> {
    pub key: Node<'t>,
    pub value: Node<'t>,
}

impl<'t> Node<'t> {
    fn data(&self) -> &'t NodeData {
        &self.tree.nodes[self.id.0 as usize]
    }

    fn at_raw(&self, id: u32) -> Option<Node<'t>> {
        (id != NONE).then_some(Node { tree: self.tree, id: NodeId(id) })
    }

    pub fn id(&self) -> NodeId {
        self.id
    }

    pub fn tree(&self) -> &'t Tree {
        self.tree
    }

    pub fn kind(&self) -> NodeKind {
        self.data().kind
    }

    pub fn style(&self) -> Style {
        self.data().style
    }

    /// Scalars: the scalar with its quotes. Collections: first to last byte.
    pub fn place(&self) -> Place {
        let NodeData { at, from, .. } = *self.data();
        Place { at, from: self.tree.fed.get(from as usize).copied() }
    }

    pub fn file(&self) -> FileId {
        self.data().at.file
    }

    /// Whether the entry came through a merge key (`<<`).
    pub fn is_merged(&self) -> bool {
        self.data().merged
    }

    pub fn parent(&self) -> Option<Node<'t>> {
        self.at_raw(self.data().parent)
    }

    /// The key node of a mapping value.
    pub fn key(&self) -> Option<Node<'t>> {
        self.at_raw(self.data().key)
    }

    /// The place that names the node: its key where it has one, else itself.
    pub fn name_place(&self) -> Place {
        self.key().map_or_else(|| self.place(), |it| it.place())
    }

    pub fn is_mapping(&self) -> bool {
        matches!(self.kind(), NodeKind::Mapping)
    }

    pub fn is_sequence(&self) -> bool {
        matches!(self.kind(), NodeKind::Sequence)
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind(), NodeKind::Null)
    }

    pub fn is_dynamic(&self) -> bool {
        matches!(self.kind(), NodeKind::Dynamic)
    }

    /// Whether this node or anything below it is not known.
    pub fn holds_dynamic(&self) -> bool {
        self.is_dynamic()
            || self.items().any(|it| it.holds_dynamic())
            || self.entries().any(|it| it.value.holds_dynamic())
    }

    pub fn is_scalar(&self) -> bool {
        !self.is_mapping() && !self.is_sequence()
    }

    /// The text of any scalar, unescaped: `0x10` for the integer 16. Empty for collections.
    pub fn text(&self) -> &'t str {
        let (start, end) = self.data().text;
        &self.tree.pool[start as usize..end as usize]
    }

    /// The value of a string.
    pub fn as_str(&self) -> Option<&'t str> {
        matches!(self.kind(), NodeKind::String).then(|| self.text())
    }

    pub fn as_i64(&self) -> Option<i64> {
        match self.kind() {
            NodeKind::Int(value) => Some(value),
            // The API server takes `8080.0` and `1e1` for an integer.
            NodeKind::Float(value) if value.fract() == 0.0 && value.abs() < 9.0e15 => {
                Some(value as i64)
            }
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.kind() {
            NodeKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Items of a sequence; nothing for other nodes.
    pub fn items(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let first = if self.is_sequence() { self.data().first } else { NONE };
        self.siblings(first)
    }

    /// Entries of a mapping in source order, merged ones last; nothing for other nodes. Of
    /// duplicate keys all are here.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'t>> + use<'t> {
        let first = if self.is_mapping() { self.data().first } else { NONE };
        self.siblings(first).filter_map(|value| Some(Entry { key: value.key()?, value }))
    }

    fn siblings(&self, first: u32) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let tree = self.tree;
        std::iter::successors((first != NONE).then_some(Node { tree, id: NodeId(first) }), |it| {
            it.at_raw(it.data().next)
        })
    }

    /// The value of a key. Of duplicate keys the last one, as for sigs.k8s.io/yaml; a merged
    /// entry only where the mapping has none of its own.
    pub fn get(&self, key: &str) -> Option<Node<'t>> {
        let mut own = None;
        let mut merged = None;
        for entry in self.entries() {
            if entry.key.text() == key {
                if entry.value.is_merged() {
                    merged = merged.or(Some(entry.value));
                } else {
                    own = Some(entry.value);
                }
            }
        }
        own.or(merged)
    }

    /// Follows keys from here; a key on a sequence or scalar gives `None`.
    pub fn path(&self, keys: &[&str]) -> Option<Node<'t>> {
        keys.iter().try_fold(*self, |node, key| node.get(key))
    }

    /// Index in the parent's sequence.
    pub fn index(&self) -> Option<usize> {
        let parent = self.parent()?;
        parent.items().position(|it| it.id == self.id)
    }

    /// JSON pointer from the document's root.
    pub fn pointer(&self) -> String {
        self.pointer_from(NodeId(0))
    }

    /// JSON pointer from an ancestor (the root of an item of a List).
    pub fn pointer_from(&self, root: NodeId) -> String {
        let mut steps = Vec::new();
        let mut node = *self;
        while node.id != root {
            let Some(parent) = node.parent() else { break };
            steps.push(match node.key() {
                Some(key) => pointer::escape(key.text()).into_owned(),
                None => node.index().unwrap_or(0).to_string(),
            });
            node = parent;
        }
        steps.iter().rev().fold(String::new(), |mut pointer, step| {
            pointer.push('/');
            pointer.push_str(step);
            pointer
        })
    }

    /// A string field of a mapping. A null counts as unset, another type as dynamic.
    pub fn str_field(&self, key: &str) -> Field<&'t str> {
        self.field(key, |it| it.as_str())
    }

    /// An integer field of a mapping. A null counts as unset, another type as dynamic.
    pub fn int_field(&self, key: &str) -> Field<i64> {
        self.field(key, |it| it.as_i64())
    }

    /// A boolean field of a mapping. A null counts as unset, another type as dynamic.
    pub fn bool_field(&self, key: &str) -> Field<bool> {
        self.field(key, |it| it.as_bool())
    }

    /// The text of any scalar field, whatever its type (quantities, int-or-string).
    pub fn scalar_field(&self, key: &str) -> Field<&'t str> {
        self.field(key, |it| (it.is_scalar() && !it.is_dynamic()).then(|| it.text()))
    }

    /// A field read by `with`; `None` from it makes the field dynamic. A field of a node that is
    /// itself dynamic is dynamic.
    pub fn field<T>(&self, key: &str, with: impl FnOnce(Node<'t>) -> Option<T>) -> Field<T> {
        if self.is_dynamic() {
            return Field::Dynamic(self.place());
        }
        match self.get(key) {
            None => Field::Unset(self.name_place()),
            Some(node) if node.is_null() => Field::Unset(node.name_place()),
            Some(node) => match with(node) {
                Some(value) => Field::Set(Located::new(value, node.place())),
                None => Field::Dynamic(node.place()),
            },
        }
    }

    /// All nodes below this one in source order, without keys, this one first.
    pub fn descendants(&self) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        let mut pending = vec![*self];
        while let Some(node) = pending.pop() {
            found.push(node);
            let start = pending.len();
            pending.extend(node.items());
            pending.extend(node.entries().map(|it| it.value));
            pending[start..].reverse();
        }
        found
    }
}

/// Notes what fed a node, and says where.
fn feed(fed: &mut Vec<Span>, from: Option<Span>) -> u32 {
    let Some(from) = from else { return NONE };
    fed.push(from);
    fed.len() as u32 - 1
}

/// A copy was stopped by its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyLimit;

/// Builds a [`Tree`] from events in source order.
///
/// Calls must nest: in a mapping, [`TreeBuilder::key`] comes before each value.
#[derive(Debug, Default)]
pub struct TreeBuilder {
    tree: Tree,
    open: Vec<u32>,
    pending_key: Option<u32>,
    merging: bool,
}

impl TreeBuilder {
    /// Values added from here on count as merged (`<<`) until called with `false`.
    pub fn set_merging(&mut self, merging: bool) {
        self.merging = merging;
    }

    /// Names the next value of the open mapping.
    pub fn key(&mut self, kind: NodeKind, style: Style, text: &str, place: Place) -> NodeId {
        let id = self.push(kind, style, text, place);
        self.tree.nodes[id as usize].parent = self.open.last().copied().unwrap_or(NONE);
        self.pending_key = Some(id);
        NodeId(id)
    }

    pub fn scalar(&mut self, kind: NodeKind, style: Style, text: &str, place: Place) -> NodeId {
        let id = self.push(kind, style, text, place);
        self.attach(id);
        NodeId(id)
    }

    pub fn begin(&mut self, kind: NodeKind, style: Style, start: Place) -> NodeId {
        let id = self.push(kind, style, "", start);
        self.attach(id);
        self.open.push(id);
        NodeId(id)
    }

    /// Opens a collection that no parent lists: the value of a `<<`, whose entries are copied into
    /// the mapping around it.
    pub fn begin_detached(&mut self, kind: NodeKind, style: Style, start: Place) -> NodeId {
        let id = self.push(kind, style, "", start);
        self.open.push(id);
        NodeId(id)
    }

    /// Names the next value of the open mapping with a copy of another node of this tree.
    pub fn copy_key(&mut self, source: NodeId) -> Option<NodeId> {
        let node = *self.tree.nodes.get(source.0 as usize)?;
        let id = self.push_copy(node);
        self.tree.nodes[id as usize].parent = self.open.last().copied().unwrap_or(NONE);
        self.pending_key = Some(id);
        Some(NodeId(id))
    }

    /// Adds a copy of a closed node of this tree with all that is below it; the copies keep their
    /// places and share their text.
    ///
    /// Stops when `budget` nodes were copied or the copy would be more than `depth` deep; the tree
    /// then holds what fitted.
    ///
    /// # Errors
    /// [`CopyLimit`] when it stopped.
    pub fn copy(
        &mut self,
        source: NodeId,
        budget: &mut usize,
        depth: usize,
    ) -> Result<(), CopyLimit> {
        let Some(node) = self.tree.nodes.get(source.0 as usize).copied() else { return Ok(()) };
        if *budget == 0 || depth == 0 {
            self.pending_key = None;
            return Err(CopyLimit);
        }
        *budget -= 1;
        let id = self.push_copy(node);
        self.attach(id);
        if node.first == NONE {
            return Ok(());
        }
        self.open.push(id);
        let mut next = node.first;
        let mut outcome = Ok(());
        while let Some(child) = self.tree.nodes.get(next as usize).copied() {
            if child.key != NONE {
                self.copy_key(NodeId(child.key));
            }
            outcome = self.copy(NodeId(next), budget, depth - 1);
            if outcome.is_err() {
                break;
            }
            next = child.next;
        }
        self.open.pop();
        outcome
    }

    /// Closes the innermost open collection; its place then ends at `end`, a byte offset.
    pub fn end(&mut self, end: usize) {
        if let Some(id) = self.open.pop() {
            let at = &mut self.tree.nodes[id as usize].at;
            at.end = (end as u32).max(at.start);
        }
        self.pending_key = None;
    }

    /// Number of collections still open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Nodes so far, keys included.
    pub fn len(&self) -> usize {
        self.tree.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tree.nodes.is_empty()
    }

    /// Read access while building (for aliases and merges).
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Makes a value already added unknown.
    pub fn set_dynamic(&mut self, id: NodeId) {
        self.tree.set_dynamic(id);
    }

    /// Widens or replaces the place of a node already added.
    pub fn set_span(&mut self, id: NodeId, at: Span) {
        self.tree.nodes[id.0 as usize].at = at;
    }

    /// Closes whatever is still open, each at its last child's end.
    pub fn finish(mut self) -> Tree {
        while let Some(id) = self.open.last().copied() {
            let last = self.tree.nodes[id as usize].last;
            let end = if last == NONE {
                self.tree.nodes[id as usize].at.end
            } else {
                self.tree.nodes[last as usize].at.end
            };
            self.end(end as usize);
        }
        // Trees live as long as the run, and half of a grown vector may be empty.
        self.tree.nodes.shrink_to_fit();
        self.tree.pool.shrink_to_fit();
        self.tree.fed.shrink_to_fit();
        self.tree
    }

    fn push(&mut self, kind: NodeKind, style: Style, text: &str, place: Place) -> u32 {
        let start = self.tree.pool.len() as u32;
        self.tree.pool.push_str(text);
        let text = (start, self.tree.pool.len() as u32);
        let id = self.tree.nodes.len() as u32;
        let from = feed(&mut self.tree.fed, place.from);
        self.tree.nodes.push(NodeData {
            kind,
            style,
            at: place.at,
            from,
            key: NONE,
            parent: NONE,
            next: NONE,
            first: NONE,
            last: NONE,
            text,
            merged: self.merging,
        });
        id
    }

    fn push_copy(&mut self, node: NodeData) -> u32 {
        let id = self.tree.nodes.len() as u32;
        self.tree.nodes.push(NodeData {
            key: NONE,
            parent: NONE,
            next: NONE,
            first: NONE,
            last: NONE,
            merged: node.merged || self.merging,
            ..node
        });
        id
    }

    fn attach(&mut self, id: u32) {
        let key = self.pending_key.take();
        let Some(parent) = self.open.last().copied() else { return };
        let node = &mut self.tree.nodes[id as usize];
        node.parent = parent;
        node.key = key.unwrap_or(NONE);
        let last = self.tree.nodes[parent as usize].last;
        if last == NONE {
            self.tree.nodes[parent as usize].first = id;
        } else {
            self.tree.nodes[last as usize].next = id;
        }
        self.tree.nodes[parent as usize].last = id;
    }
}
