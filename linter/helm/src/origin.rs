//! Where every value and every byte of a render comes from.
//!
//! A chart's render is one arena of origins. A value holds a four-byte handle; a string holds one
//! for each run of its bytes ([`crate::text::Text`]). What is known of an origin is added, never
//! changed: printing a value that came from `values.yaml` makes a new origin that says both.

use std::fmt::Write as _;

use goready_model::Span;

/// Handle of an origin in [`Origins`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin(u32);

impl Origin {
    /// Nothing is known: a value that Helm itself supplies and nobody wrote.
    pub const NONE: Origin = Origin(0);
}

/// A node of a values file, or of `--set`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValuesId(u32);

/// An execution of a named template or file; frames form the chain of `include`s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frame(u32);

impl Frame {
    /// The frame of code that no template runs: values, Helm's own objects.
    pub const OUTSIDE: Frame = Frame(0);
}

/// A place in a template, and how execution came there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    pub span: Span,
    pub frame: Frame,
}

/// What is known of an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginData {
    /// The template text, literal or action that wrote it. `None` until it is printed.
    pub at: Option<Site>,
    /// The values node that fed it.
    pub from: Option<ValuesId>,
    /// It is what the key of `from` says, not its value.
    pub of_key: bool,
    /// Made from `from` by a function that does not keep the text: a hash, base64, arithmetic.
    pub computed: bool,
    /// Not what a cluster would see: a random value, a placeholder for a missing one, a `lookup`.
    pub synthetic: bool,
}

impl OriginData {
    const NOTHING: OriginData =
        OriginData { at: None, from: None, of_key: false, computed: false, synthetic: false };
}

/// One step of the path to a values node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// A node of a values file.
#[derive(Debug, Clone)]
pub struct ValuesNode {
    /// The scalar with its quotes, or the collection from first to last byte.
    pub value: Span,
    /// The key, for a mapping's value.
    pub key: Option<Span>,
    pub parent: Option<ValuesId>,
    /// `None` for a document's root.
    pub step: Option<Step>,
}

#[derive(Debug, Clone, Copy)]
struct FrameData {
    /// The action that entered it and the frame it stood in.
    caller: Option<Site>,
}

/// All origins of one render.
#[derive(Debug)]
pub struct Origins {
    data: Vec<OriginData>,
    frames: Vec<FrameData>,
    values: Vec<ValuesNode>,
}

impl Default for Origins {
    fn default() -> Self {
        Self {
            data: vec![OriginData::NOTHING],
            frames: vec![FrameData { caller: None }],
            values: Vec::new(),
        }
    }
}

impl Origins {
    pub fn get(&self, origin: Origin) -> OriginData {
        self.data.get(origin.0 as usize).copied().unwrap_or(OriginData::NOTHING)
    }

    pub fn add(&mut self, data: OriginData) -> Origin {
        if data == OriginData::NOTHING {
            return Origin::NONE;
        }
        let id = Origin(self.data.len() as u32);
        self.data.push(data);
        id
    }

    /// Number of origins, for limits.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Never true: the unknown origin is always there.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// A literal or text of a template.
    pub fn written(&mut self, site: Site) -> Origin {
        self.add(OriginData { at: Some(site), ..OriginData::NOTHING })
    }

    /// A value of a values file.
    pub fn fed(&mut self, from: ValuesId) -> Origin {
        self.add(OriginData { from: Some(from), ..OriginData::NOTHING })
    }

    /// The text of a values node's key.
    pub fn fed_by_key(&mut self, from: ValuesId) -> Origin {
        self.add(OriginData { from: Some(from), of_key: true, ..OriginData::NOTHING })
    }

    /// A value that stands for one that is not known.
    pub fn synthetic(&mut self, at: Option<Site>) -> Origin {
        self.add(OriginData { at, synthetic: true, ..OriginData::NOTHING })
    }

    /// The origin of a value that an action prints: what is known already wins, so that text from
    /// an `include` keeps the place inside the named template.
    pub fn printed(&mut self, origin: Origin, site: Site) -> Origin {
        let data = self.get(origin);
        if data.at.is_some() {
            return origin;
        }
        self.add(OriginData { at: Some(site), ..data })
    }

    /// The origin of a value computed from others in a way that loses their text. It keeps a place
    /// in the values only where all inputs that have one agree.
    pub fn derived(&mut self, inputs: impl IntoIterator<Item = Origin>) -> Origin {
        let mut data = OriginData::NOTHING;
        let mut agreed = true;
        for input in inputs {
            let input = self.get(input);
            data.synthetic |= input.synthetic;
            match (data.from, input.from) {
                (None, found) => (data.from, data.of_key) = (found, input.of_key),
                (Some(known), Some(found)) if known != found => agreed = false,
                _ => {}
            }
        }
        if !agreed {
            data.from = None;
        }
        data.computed = data.from.is_some();
        self.add(data)
    }

    /// Enters a named template or file; `caller` is the action that did.
    pub fn enter(&mut self, caller: Option<Site>) -> Frame {
        let id = Frame(self.frames.len() as u32);
        self.frames.push(FrameData { caller });
        id
    }

    /// The action that entered a frame.
    pub fn caller(&self, frame: Frame) -> Option<Site> {
        self.frames.get(frame.0 as usize)?.caller
    }

    /// The `include`s that lead to a site, innermost first.
    pub fn chain(&self, site: Site) -> Vec<Span> {
        let mut chain = Vec::new();
        let mut frame = site.frame;
        while let Some(caller) = self.caller(frame) {
            chain.push(caller.span);
            frame = caller.frame;
        }
        chain
    }

    pub fn add_values(&mut self, node: ValuesNode) -> ValuesId {
        let id = ValuesId(self.values.len() as u32);
        self.values.push(node);
        id
    }

    /// Widens a collection to where it ends, a byte offset.
    pub fn end_values(&mut self, id: ValuesId, end: u32) {
        if let Some(node) = self.values.get_mut(id.0 as usize) {
            node.value.end = end.max(node.value.start);
        }
    }

    pub fn values(&self, id: ValuesId) -> Option<&ValuesNode> {
        self.values.get(id.0 as usize)
    }

    /// The path of a values node as Helm users write it: `image.tag`, `hosts[0].name`.
    pub fn path(&self, id: ValuesId) -> String {
        let mut steps = Vec::new();
        let mut next = Some(id);
        while let Some(node) = next.and_then(|it| self.values(it)) {
            steps.extend(&node.step);
            next = node.parent;
        }
        let mut path = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Index(index) => _ = write!(path, "[{index}]"),
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&key.replace('.', "\\."));
                }
            }
        }
        path
    }
}
