//! From tokens to values: the grammar of `parserc.go`, and what `decode.go` and sigs.k8s.io/yaml
//! make of aliases, merge keys and keys that are no strings.

use std::{borrow::Cow, collections::HashMap};

use super::{
    Error, Mark, Result,
    scalar::{Meaning, Scalar},
    scanner::{Kind, MAX_DEPTH, Scanner},
    sink::{Opened, Sink, Slot},
};
use crate::{
    data::fmt::go_syntax,
    value::{Data, Map, Value},
};

/// Nodes that aliases may add; go-yaml stops at about as many (`alias_ratio_range_low`).
const ALIAS_BUDGET: usize = 400_000;

pub(super) struct Reader<'a, 't> {
    scanner: Scanner<'t>,
    sink: Sink<'a>,
    anchors: HashMap<&'t [u8], Anchor>,
    /// Handles and their prefixes.
    tags: Vec<(Vec<u8>, Vec<u8>)>,
    /// What Helm will say once the document has proved to be YAML.
    failure: Option<(Stage, String)>,
    /// Nodes that aliases have added.
    copied: usize,
    depth: usize,
    /// End of the last token that is more than the end of a block.
    end: u32,
}

#[derive(Clone)]
enum Anchor {
    /// Not yet read to its end.
    Open,
    Done(Value),
}

/// Helm finds the errors of one stage before those of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Decode,
    Convert,
    Marshal,
}

/// Which nodes may stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Flow,
    Block,
    /// Also a list that is not indented more than its key.
    BlockOrIndentless,
}

/// Anchor and tag of a node.
#[derive(Default)]
struct Properties<'t> {
    anchor: Option<&'t [u8]>,
    tag: Vec<u8>,
}

/// A key of a mapping with its bounds.
struct Key<'t> {
    text: KeyText<'t>,
    bounds: (u32, u32),
}

enum KeyText<'t> {
    Merge,
    Name(Cow<'t, [u8]>),
    /// JSON has no such key.
    Null,
    /// It can be none; the failure is noted.
    None,
}

impl<'a, 't> Reader<'a, 't> {
    pub(super) fn new(bytes: &'t [u8], start: usize, sink: Sink<'a>) -> Self {
        let tags = [(b"!".as_slice(), b"!".as_slice()), (b"!!", b"tag:yaml.org,2002:")];
        Self {
            scanner: Scanner::new(bytes, start),
            sink,
            anchors: HashMap::new(),
            tags: tags.map(|(handle, prefix)| (handle.to_vec(), prefix.to_vec())).to_vec(),
            failure: None,
            copied: 0,
            depth: 0,
            end: 0,
        }
    }

    /// The first document; nil when there is none. Others are not looked at.
    pub(super) fn document(mut self) -> std::result::Result<Value, String> {
        let value = self.root().map_err(|it| it.0)?;
        match self.failure {
            Some((_, message)) => Err(message),
            None => Ok(value),
        }
    }

    fn root(&mut self) -> Result<Value> {
        let first = self.scanner.peek()?;
        let start = first.start;
        let value = match first.kind {
            Kind::StreamEnd => return Ok(self.absent(start.offset, Slot::ROOT)),
            Kind::VersionDirective { .. } | Kind::TagDirective { .. } | Kind::DocumentStart => {
                self.directives()?;
                self.take();
                match self.scanner.peek()?.kind {
                    Kind::VersionDirective { .. }
                    | Kind::TagDirective { .. }
                    | Kind::DocumentStart
                    | Kind::DocumentEnd
                    | Kind::StreamEnd => self.absent(self.end, Slot::ROOT),
                    _ => self.node(Position::Block, Slot::ROOT)?,
                }
            }
            _ => self.node(Position::Block, Slot::ROOT)?,
        };
        // What comes next must be a token, whatever it means.
        self.scanner.peek()?;
        Ok(value)
    }

    fn directives(&mut self) -> Result<()> {
        let mut version_seen = false;
        let mut handles: Vec<Vec<u8>> = Vec::new();
        loop {
            let token = self.scanner.peek()?;
            let start = token.start;
            match &token.kind {
                Kind::VersionDirective { .. } if version_seen => {
                    return Err(Error::parser(
                        start,
                        Mark::default(),
                        "found duplicate %YAML directive",
                    ));
                }
                Kind::VersionDirective { is_1_1: false } => {
                    return Err(Error::parser(
                        start,
                        Mark::default(),
                        "found incompatible YAML document",
                    ));
                }
                Kind::VersionDirective { .. } => version_seen = true,
                Kind::TagDirective { handle, prefix } => {
                    let handle = handle.to_vec();
                    if handles.contains(&handle) {
                        return Err(Error::parser(
                            start,
                            Mark::default(),
                            "found duplicate %TAG directive",
                        ));
                    }
                    handles.push(handle.clone());
                    let prefix = prefix.clone();
                    self.tags.insert(0, (handle, prefix));
                }
                Kind::DocumentStart => return Ok(()),
                _ => {
                    let problem = "did not find expected <document start>";
                    return Err(Error::parser(start, Mark::default(), problem));
                }
            }
            self.take();
        }
    }

    fn take(&mut self) {
        if let Some(token) = self.scanner.take()
            && token.kind != Kind::BlockEnd
        {
            self.end = token.end;
        }
    }

    /// Takes the next token if it is the one.
    fn take_if(&mut self, kind: &Kind<'_>) -> Result<bool> {
        let is_it = self.scanner.peek()?.kind == *kind;
        if is_it {
            self.take();
        }
        Ok(is_it)
    }

    fn fail(&mut self, stage: Stage, message: String) {
        if self.failure.as_ref().is_none_or(|(known, _)| stage < *known) {
            self.failure = Some((stage, message));
        }
    }

    fn node(&mut self, position: Position, slot: Slot<'_>) -> Result<Value> {
        if let Kind::Alias(name) = self.scanner.peek()?.kind {
            self.take();
            return self.alias(name);
        }
        let start = self.scanner.peek()?.start;
        let properties = self.properties()?;
        self.content(position, slot, start, properties)
    }

    fn properties(&mut self) -> Result<Properties<'t>> {
        let start = self.scanner.peek()?.start;
        let mut properties = Properties::default();
        let mut tagged = false;
        loop {
            let token = self.scanner.peek()?;
            match &token.kind {
                Kind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(name),
                Kind::Tag { handle, suffix } if !tagged => {
                    tagged = true;
                    let prefix: &[u8] = match self.tags.iter().find(|it| it.0 == *handle) {
                        Some((_, prefix)) => prefix,
                        None => b"",
                    };
                    properties.tag = [prefix, suffix].concat();
                    if properties.tag.is_empty() || (prefix.is_empty() && !handle.is_empty()) {
                        let problem = "found undefined tag handle";
                        return Err(Error::parser(token.start, start, problem));
                    }
                }
                _ => return Ok(properties),
            }
            self.take();
        }
    }

    /// A node behind its properties.
    fn content(
        &mut self,
        position: Position,
        slot: Slot<'_>,
        start: Mark,
        properties: Properties<'t>,
    ) -> Result<Value> {
        let shape = self.shape(position, start, &properties)?;
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(anchor, Anchor::Open);
        }
        let value = match shape {
            Shape::Scalar => {
                let (scalar, bounds) = self.scalar(properties.tag)?;
                self.scalar_value(scalar, bounds, slot)
            }
            Shape::Absent => {
                let scalar = Scalar { tag: properties.tag, ..Scalar::absent() };
                self.scalar_value(scalar, (self.end, self.end), slot)
            }
            Shape::Collection(read) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    let problem = format!("exceeded max depth of {MAX_DEPTH}");
                    return Err(Error::parser(start, start, &problem));
                }
                let node = self.sink.open(slot, start.offset, start.offset);
                let data = read(self, node)?;
                self.sink.close(node, self.end);
                self.depth -= 1;
                Value::new(data, node.origin)
            }
        };
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(anchor, Anchor::Done(value.clone()));
        }
        Ok(value)
    }

    fn shape(
        &mut self,
        position: Position,
        start: Mark,
        properties: &Properties<'t>,
    ) -> Result<Shape<'a, 't>> {
        let block = position != Position::Flow;
        let token = self.scanner.peek()?;
        Ok(match token.kind {
            Kind::Scalar { .. } => Shape::Scalar,
            Kind::FlowSequenceStart => Shape::Collection(Self::flow_sequence),
            Kind::FlowMappingStart => Shape::Collection(Self::flow_mapping),
            Kind::BlockSequenceStart if block => Shape::Collection(Self::block_sequence),
            Kind::BlockMappingStart if block => Shape::Collection(Self::block_mapping),
            Kind::BlockEntry if position == Position::BlockOrIndentless => {
                Shape::Collection(Self::indentless_sequence)
            }
            _ if properties.anchor.is_some() || !properties.tag.is_empty() => Shape::Absent,
            _ => {
                let problem = "did not find expected node content";
                return Err(Error::parser(token.start, start, problem));
            }
        })
    }

    /// The scalar token that comes next.
    fn scalar(&mut self, tag: Vec<u8>) -> Result<(Scalar<'t>, (u32, u32))> {
        self.scanner.peek()?;
        let Some(token) = self.scanner.take() else { return Ok((Scalar::absent(), (0, 0))) };
        self.end = token.end;
        let scalar = match token.kind {
            Kind::Scalar { value, plain } => Scalar { text: value, plain, tag },
            _ => Scalar { tag, ..Scalar::absent() },
        };
        Ok((scalar, (token.start.offset, token.end)))
    }

    fn scalar_value(&mut self, scalar: Scalar<'t>, bounds: (u32, u32), slot: Slot<'_>) -> Value {
        let node = self.sink.open(slot, bounds.0, bounds.1);
        let data = match scalar.meaning() {
            Ok(Meaning::Null) => Data::Nil,
            Ok(Meaning::Bool(it)) => Data::Bool(it),
            Ok(Meaning::Int(it)) => Data::Float(it as f64),
            Ok(Meaning::Float(it)) => {
                if !it.is_finite() {
                    let shown = crate::data::fmt::float(it, b'g', None, 64);
                    self.fail(Stage::Marshal, format!("json: unsupported value: {shown}"));
                }
                Data::Float(it)
            }
            Ok(Meaning::String(it)) => Data::Text(self.sink.string(node, it, bounds)),
            Err(message) => {
                self.fail(Stage::Decode, message);
                Data::Nil
            }
        };
        Value::new(data, node.origin)
    }

    /// A value that is not there.
    fn absent(&mut self, at: u32, slot: Slot<'_>) -> Value {
        self.scalar_value(Scalar::absent(), (at, at), slot)
    }

    fn alias(&mut self, name: &'t [u8]) -> Result<Value> {
        let shown = String::from_utf8_lossy(name);
        match self.anchors.get(name).cloned() {
            None => Err(Error(format!("yaml: unknown anchor '{shown}' referenced"))),
            Some(Anchor::Open) => {
                let message = format!("yaml: anchor '{shown}' value contains itself");
                self.fail(Stage::Decode, message);
                Ok(Value::nil())
            }
            Some(Anchor::Done(value)) => Ok(self.copy(&value, 0)),
        }
    }

    /// A copy that shares no map: the way over JSON makes two of them.
    fn copy(&mut self, value: &Value, depth: usize) -> Value {
        self.copied += 1;
        if self.copied > ALIAS_BUDGET || depth > MAX_DEPTH {
            self.fail(Stage::Decode, "yaml: document contains excessive aliasing".to_owned());
            return Value::nil();
        }
        let data = match &value.data {
            Data::List(list) => {
                let items = list.items.iter().map(|it| self.copy(it, depth + 1)).collect();
                return Value::list(items).with_origin(value.origin());
            }
            Data::Map(map) => {
                let copy = Map::new();
                for (key, entry) in map.entries.borrow().iter() {
                    copy.insert(key, entry.key_origin, self.copy(&entry.value, depth + 1));
                }
                Data::Map(copy)
            }
            other => other.clone(),
        };
        Value::new(data, value.origin())
    }

    fn block_sequence(&mut self, node: Opened) -> Result<Data> {
        let start = self.scanner.peek()?.start;
        self.take();
        let mut items = Vec::new();
        while !self.take_if(&Kind::BlockEnd)? {
            if !self.take_if(&Kind::BlockEntry)? {
                let at = self.scanner.peek()?.start;
                return Err(Error::parser(at, start, "did not find expected '-' indicator"));
            }
            let slot = node.item(items.len());
            items.push(match self.scanner.peek()?.kind {
                Kind::BlockEntry | Kind::BlockEnd => self.absent(self.end, slot),
                _ => self.node(Position::Block, slot)?,
            });
        }
        Ok(list(items))
    }

    fn indentless_sequence(&mut self, node: Opened) -> Result<Data> {
        let mut items = Vec::new();
        while self.take_if(&Kind::BlockEntry)? {
            let slot = node.item(items.len());
            items.push(match self.scanner.peek()?.kind {
                Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => {
                    self.absent(self.end, slot)
                }
                _ => self.node(Position::Block, slot)?,
            });
        }
        Ok(list(items))
    }

    fn block_mapping(&mut self, node: Opened) -> Result<Data> {
        let start = self.scanner.peek()?.start;
        self.take();
        let map = Map::new();
        while !self.take_if(&Kind::BlockEnd)? {
            if !self.take_if(&Kind::Key)? {
                let at = self.scanner.peek()?.start;
                return Err(Error::parser(at, start, "did not find expected key"));
            }
            let key = match self.scanner.peek()?.kind {
                Kind::Key | Kind::Value | Kind::BlockEnd => self.absent_key(),
                _ => self.key(Position::BlockOrIndentless)?,
            };
            let ends = |it: &Kind<'_>| matches!(it, Kind::Key | Kind::Value | Kind::BlockEnd);
            self.entry(node, &map, &key, Position::BlockOrIndentless, ends)?;
        }
        Ok(Data::Map(map))
    }

    fn flow_sequence(&mut self, node: Opened) -> Result<Data> {
        let start = self.scanner.peek()?.start;
        self.take();
        let mut items = Vec::new();
        while !self.take_if(&Kind::FlowSequenceEnd)? {
            if !items.is_empty() {
                if !self.take_if(&Kind::FlowEntry)? {
                    let at = self.scanner.peek()?.start;
                    return Err(Error::parser(at, start, "did not find expected ',' or ']'"));
                }
                if self.take_if(&Kind::FlowSequenceEnd)? {
                    break;
                }
            }
            let slot = node.item(items.len());
            let item = match self.scanner.peek()?.kind {
                Kind::Key => self.pair(slot)?,
                _ => self.node(Position::Flow, slot)?,
            };
            items.push(item);
        }
        Ok(list(items))
    }

    /// `[a: b]`: a mapping of one entry without braces.
    fn pair(&mut self, slot: Slot<'_>) -> Result<Value> {
        let start = self.scanner.peek()?.start;
        self.take();
        let node = self.sink.open(slot, start.offset, start.offset);
        let map = Map::new();
        let key = match self.scanner.peek()?.kind {
            Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd => {
                // go-yaml drops the token here.
                self.take();
                self.absent_key()
            }
            _ => self.key(Position::Flow)?,
        };
        let ends = |it: &Kind<'_>| matches!(it, Kind::FlowEntry | Kind::FlowSequenceEnd);
        self.entry(node, &map, &key, Position::Flow, ends)?;
        self.sink.close(node, self.end);
        Ok(Value::map(map).with_origin(node.origin))
    }

    fn flow_mapping(&mut self, node: Opened) -> Result<Data> {
        let start = self.scanner.peek()?.start;
        self.take();
        let map = Map::new();
        let mut first = true;
        while !self.take_if(&Kind::FlowMappingEnd)? {
            if !std::mem::take(&mut first) {
                if !self.take_if(&Kind::FlowEntry)? {
                    let at = self.scanner.peek()?.start;
                    return Err(Error::parser(at, start, "did not find expected ',' or '}'"));
                }
                if self.take_if(&Kind::FlowMappingEnd)? {
                    break;
                }
            }
            let ends = |it: &Kind<'_>| matches!(it, Kind::FlowEntry | Kind::FlowMappingEnd);
            if self.take_if(&Kind::Key)? {
                let next = &self.scanner.peek()?.kind;
                let key = if *next == Kind::Value || ends(next) {
                    self.absent_key()
                } else {
                    self.key(Position::Flow)?
                };
                self.entry(node, &map, &key, Position::Flow, ends)?;
            } else {
                let key = self.key(Position::Flow)?;
                let value = self.absent(self.end, slot_of(node, &key));
                self.insert(&map, &key, value);
            }
        }
        Ok(Data::Map(map))
    }

    /// The value behind a key, absent where a token `ends` the entry.
    fn entry(
        &mut self,
        node: Opened,
        map: &Map,
        key: &Key<'_>,
        position: Position,
        ends: impl Fn(&Kind<'_>) -> bool,
    ) -> Result<()> {
        let is_there = self.take_if(&Kind::Value)? && !ends(&self.scanner.peek()?.kind);
        let slot = slot_of(node, key);
        let value = if is_there { self.node(position, slot)? } else { self.absent(self.end, slot) };
        self.insert(map, key, value);
        Ok(())
    }

    fn absent_key(&self) -> Key<'t> {
        Key { text: KeyText::Null, bounds: (self.end, self.end) }
    }

    fn key(&mut self, position: Position) -> Result<Key<'t>> {
        let start = self.scanner.peek()?.start;
        if let Kind::Alias(name) = self.scanner.peek()?.kind {
            self.take();
            let value = self.alias(name)?;
            return Ok(Key { text: self.key_of(&value), bounds: (start.offset, self.end) });
        }
        let properties = self.properties()?;
        if !matches!(self.scanner.peek()?.kind, Kind::Scalar { .. }) {
            let value = self.content(position, Slot::ROOT, start, properties)?;
            return Ok(Key { text: self.key_of(&value), bounds: (start.offset, self.end) });
        }
        let (scalar, bounds) = self.scalar(properties.tag)?;
        if scalar.is_merge() {
            return Ok(Key { text: KeyText::Merge, bounds });
        }
        let text = match scalar.meaning().map(Meaning::into_key) {
            Ok(Some(name)) => KeyText::Name(name),
            Ok(None) => KeyText::Null,
            Err(message) => {
                self.fail(Stage::Decode, message);
                KeyText::None
            }
        };
        if let (Some(anchor), KeyText::Name(name)) = (properties.anchor, &text) {
            self.anchors.insert(anchor, Anchor::Done(Value::string(&**name)));
        }
        Ok(Key { text, bounds })
    }

    /// The key that a whole node makes.
    fn key_of(&mut self, value: &Value) -> KeyText<'t> {
        let name = match &value.data {
            Data::Text(text) => Cow::Owned(text.bytes().to_vec()),
            Data::Bool(it) => Cow::Owned(it.to_string().into_bytes()),
            Data::Float(it) => Meaning::Float(*it).into_key().unwrap_or_default(),
            Data::List(_) | Data::Map(_) => {
                // In Go the maps of this stage have keys of any type.
                let shown = go_syntax(value).replace("map[string]", "map[interface {}]");
                self.fail(Stage::Decode, format!("yaml: invalid map key: {shown}"));
                return KeyText::None;
            }
            _ => return KeyText::Null,
        };
        KeyText::Name(name)
    }

    fn insert(&mut self, map: &Map, key: &Key<'_>, value: Value) {
        match &key.text {
            KeyText::None => {}
            KeyText::Null => {
                let value = go_syntax(&value);
                let message = "unsupported map key of type: %!s(<nil>), key: <nil>, value: ";
                self.fail(Stage::Convert, format!("{message}{value}"));
            }
            KeyText::Merge => self.merge(map, &value),
            KeyText::Name(name) => {
                let origin = self.sink.key_origin(key.bounds.0, value.origin());
                map.insert(name, origin, value);
            }
        }
    }

    /// `<<`: the entries go in where it stands, so that they replace those before it.
    fn merge(&mut self, map: &Map, value: &Value) {
        let sources = match &value.data {
            Data::Map(_) => std::slice::from_ref(value),
            Data::List(list) => list.items.as_slice(),
            _ => &[],
        };
        let fits = matches!(value.data, Data::Map(_) | Data::List(_))
            && sources.iter().all(|it| it.as_map().is_some());
        if !fits {
            let message = "yaml: map merge requires map or sequence of maps as the value";
            self.fail(Stage::Decode, message.to_owned());
            return;
        }
        // Earlier ones win.
        for source in sources.iter().rev().filter_map(Value::as_map) {
            for (name, entry) in source.snapshot() {
                map.insert(&name, entry.key_origin, entry.value);
            }
        }
    }
}

/// What comes behind the properties of a node.
enum Shape<'a, 't> {
    Scalar,
    /// Nothing: only the properties are there.
    Absent,
    Collection(fn(&mut Reader<'a, 't>, Opened) -> Result<Data>),
}

fn slot_of<'k>(node: Opened, key: &'k Key<'_>) -> Slot<'k> {
    match &key.text {
        KeyText::Name(name) => node.key(name, key.bounds),
        KeyText::Merge => node.key(b"<<", key.bounds),
        KeyText::Null | KeyText::None => node.key(b"", key.bounds),
    }
}

fn list(items: Vec<Value>) -> Data {
    Value::list(items).data
}
