//! Values of templates: Go's dynamic types, as far as templates can see them, each with an origin.
//!
//! The kinds matter: a whole number of `values.yaml` is a float64, a literal is an int, `add` gives
//! an int64, and templates can tell them apart (`kindOf`, `eq`, `printf "%d"`). Maps are shared and
//! mutable, because `set` and `merge` change them in place and every holder sees it; lists are not,
//! because no template function changes one.

use std::{collections::BTreeMap, rc::Rc};

use crate::{
    containers::{Entries, Items},
    origin::Origin,
    text::Text,
};

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub struct Value {
    pub data: Data,
    /// Of a string only the runs of its text count; [`Value::origin`] answers for both.
    origin: Origin,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Data {
    /// An untyped nil, or an interface that holds none.
    Nil,
    Bool(bool),
    /// Go's `int`: literals, `len`, `int`.
    Int(i64),
    /// Go's `int64`: `add`, `int64`, `--set n=5`.
    Int64(i64),
    /// Go's `float64`: all numbers of values files.
    Float(f64),
    Text(Text),
    /// `[]byte`.
    Bytes(Rc<[u8]>),
    List(List),
    Map(Map),
    Object(Rc<dyn Object>),
}

/// A slice.
#[derive(Debug, Clone)]
pub struct List {
    pub items: Rc<Items>,
    pub element: Element,
    /// A slice that was never made (`concat` of nothing): empty like any other, but JSON and YAML
    /// write it as `null`.
    pub nil: bool,
}

/// The static type of a slice's or map's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Element {
    /// `interface {}`.
    #[default]
    Any,
    /// `string`.
    String,
    /// `int`.
    Int,
    /// `[]interface {}`.
    List,
}

/// Keys are bytes as all strings are; ordered bytewise, as Go's templates and fmt order them.
pub type Key = Rc<[u8]>;

/// A value of a map with the origin of its key.
#[derive(Debug, Clone)]
pub struct Entry {
    pub key_origin: Origin,
    pub value: Value,
}

/// A `map[string]...`; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Map {
    pub entries: Rc<Entries>,
    pub element: Element,
    /// Go's name of a type defined as such a map (`common.Values` for `.Values`): other to whatever
    /// looks at the dynamic type, the same as a parameter.
    pub defined: Option<&'static str>,
}

/// A Go value that is none of the above: a struct with fields or methods that templates can reach
/// (`.Files`, `.Capabilities`, a time).
pub trait Object: std::fmt::Debug {
    /// Go's name of the type, with the package: `time.Time`.
    fn type_name(&self) -> &str;

    /// Go's reflect kind: `struct`, `slice`, `ptr`, `int64`.
    fn kind(&self) -> &'static str {
        "struct"
    }

    /// A field; `None` when the type has none of that name.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// Calls a method; `None` when the type has none of that name.
    fn call(&self, _method: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        None
    }

    /// What `%v` prints.
    fn print(&self) -> String;

    /// What an action prints: it takes the address where it can, and with it finds the `String`
    /// method of a pointer, which `%v` does not.
    fn print_addressed(&self) -> String {
        self.print()
    }

    /// What JSON and YAML hold for it. Of kind `map` or `slice` it is a map or list with the
    /// elements, for `range`, `index`, `len` and fields.
    fn plain(&self) -> Value {
        Value::nil()
    }

    /// Go's truth: whether `if` takes it.
    fn is_true(&self) -> bool {
        true
    }

    /// For the functions of the package that made it.
    fn as_any(&self) -> &dyn std::any::Any;
}

impl Value {
    pub fn new(data: Data, origin: Origin) -> Self {
        match data {
            Data::Text(text) => Self::text(text),
            data => Self { data, origin },
        }
    }

    pub fn nil() -> Self {
        Self { data: Data::Nil, origin: Origin::NONE }
    }

    pub fn bool(value: bool) -> Self {
        Self { data: Data::Bool(value), origin: Origin::NONE }
    }

    pub fn int(value: i64) -> Self {
        Self { data: Data::Int(value), origin: Origin::NONE }
    }

    pub fn int64(value: i64) -> Self {
        Self { data: Data::Int64(value), origin: Origin::NONE }
    }

    pub fn float(value: f64) -> Self {
        Self { data: Data::Float(value), origin: Origin::NONE }
    }

    pub fn text(text: Text) -> Self {
        let origin = text.origin();
        Self { data: Data::Text(text), origin }
    }

    /// A string that nobody wrote.
    pub fn string(bytes: impl Into<Vec<u8>>) -> Self {
        Self::text(Text::new(bytes, Origin::NONE))
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Self {
        Self::list_of(Element::Any, items)
    }

    pub fn list_of(element: Element, items: Vec<Value>) -> Self {
        let data = Data::List(List { items: Rc::new(items.into()), element, nil: false });
        Self { data, origin: Origin::NONE }
    }

    /// A slice that was never made.
    pub fn nil_list(element: Element) -> Self {
        let data = Data::List(List { items: Rc::default(), element, nil: true });
        Self { data, origin: Origin::NONE }
    }

    pub fn map(map: Map) -> Self {
        Self { data: Data::Map(map), origin: Origin::NONE }
    }

    pub fn object(object: impl Object + 'static) -> Self {
        Self { data: Data::Object(Rc::new(object)), origin: Origin::NONE }
    }

    /// Where it comes from; of a string, where its first byte does.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The same value from elsewhere; all bytes of a string get the origin.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        match self.data {
            Data::Text(text) => Self::text(text.with_origin(origin)),
            data => Self { data, origin },
        }
    }

    /// A copy that shares no map with this value; origins stay.
    #[must_use]
    pub fn deep_copy(&self) -> Self {
        let data = match &self.data {
            Data::Map(map) => Data::Map(map.deep_copy()),
            Data::List(list) => Data::List(List {
                items: Rc::new(list.items.iter().map(Self::deep_copy).collect::<Vec<_>>().into()),
                element: list.element,
                nil: list.nil,
            }),
            data => data.clone(),
        };
        Self { data, origin: self.origin }
    }

    pub fn is_nil(&self) -> bool {
        matches!(self.data, Data::Nil)
    }

    /// Go's truth (text/template `IsTrue`): not the zero of its kind, collections not empty.
    pub fn is_true(&self) -> bool {
        match &self.data {
            Data::Nil => false,
            Data::Bool(it) => *it,
            Data::Int(it) | Data::Int64(it) => *it != 0,
            Data::Float(it) => *it != 0.0,
            Data::Text(it) => !it.is_empty(),
            Data::Bytes(it) => !it.is_empty(),
            Data::List(it) => !it.items.is_empty(),
            Data::Map(it) => !it.entries.borrow().is_empty(),
            Data::Object(it) => it.is_true(),
        }
    }

    pub fn as_text(&self) -> Option<&Text> {
        match &self.data {
            Data::Text(it) => Some(it),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(it) => Some(it),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&List> {
        match &self.data {
            Data::List(it) => Some(it),
            _ => None,
        }
    }

    /// Go's name of the dynamic type, as `%T` and `typeOf` print it.
    pub fn type_name(&self) -> String {
        match &self.data {
            Data::Nil => "<nil>".to_owned(),
            Data::Bool(_) => "bool".to_owned(),
            Data::Int(_) => "int".to_owned(),
            Data::Int64(_) => "int64".to_owned(),
            Data::Float(_) => "float64".to_owned(),
            Data::Text(_) => "string".to_owned(),
            Data::Bytes(_) => "[]uint8".to_owned(),
            Data::List(it) => format!("[]{}", it.element.type_name()),
            Data::Map(Map { defined: Some(name), .. }) => (*name).to_owned(),
            Data::Map(it) => format!("map[string]{}", it.element.type_name()),
            Data::Object(it) => it.type_name().to_owned(),
        }
    }

    /// Go's reflect kind, as `kindOf` prints it.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Nil => "invalid",
            Data::Bool(_) => "bool",
            Data::Int(_) => "int",
            Data::Int64(_) => "int64",
            Data::Float(_) => "float64",
            Data::Text(_) => "string",
            Data::Bytes(_) | Data::List(_) => "slice",
            Data::Map(_) => "map",
            Data::Object(it) => it.kind(),
        }
    }
}

impl Element {
    pub fn type_name(self) -> &'static str {
        match self {
            Element::Any => "interface {}",
            Element::String => "string",
            Element::Int => "int",
            Element::List => "[]interface {}",
        }
    }
}

impl Map {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.entries.borrow().get(key).map(|it| it.value.clone())
    }

    pub fn entry(&self, key: &[u8]) -> Option<Entry> {
        self.entries.borrow().get(key).cloned()
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        self.entries.borrow().contains_key(key)
    }

    pub fn insert(&self, key: &[u8], key_origin: Origin, value: Value) {
        self.entries.borrow_mut().insert(key.into(), Entry { key_origin, value });
    }

    /// Like [`Map::insert`], for keys that nobody wrote.
    pub fn set(&self, key: &str, value: Value) {
        self.insert(key.as_bytes(), Origin::NONE, value);
    }

    pub fn remove(&self, key: &[u8]) -> Option<Entry> {
        self.entries.borrow_mut().remove(key)
    }

    /// A copy that shares no map with this one.
    #[must_use]
    pub fn deep_copy(&self) -> Self {
        let copy = |(key, entry): (&Key, &Entry)| {
            let value = entry.value.deep_copy();
            (key.clone(), Entry { key_origin: entry.key_origin, value })
        };
        let entries: BTreeMap<_, _> = self.entries.borrow().iter().map(copy).collect();
        Self { entries: Rc::new(entries.into()), ..self.clone() }
    }

    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    /// The entries as they are now, in the order of keys: nothing stays borrowed, so that a loop
    /// over them may change the map.
    pub fn snapshot(&self) -> Vec<(Key, Entry)> {
        self.entries.borrow().iter().map(|(key, entry)| (key.clone(), entry.clone())).collect()
    }

    /// Whether both are one map.
    pub fn same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}
