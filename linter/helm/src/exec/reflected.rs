//! Values as Go's reflection sees them inside text/template: the static type shows in some errors
//! and in what becomes of nil.

use crate::{
    functions::Param,
    value::{Data, Element, Value},
};

/// A value, and whether its static type is `interface {}`: it was an element of a map or list.
///
/// A boxed nil is a nil interface, whose fields are an error; a nil that is not boxed is Go's
/// invalid value, whose fields are nothing again. That makes `(.Values.a).b` right where
/// `.Values.a.b` is wrong.
#[derive(Debug, Clone)]
pub(super) struct Reflected {
    pub(super) value: Value,
    pub(super) boxed: bool,
}

impl Reflected {
    /// Go's invalid value.
    pub(super) fn invalid() -> Self {
        Self::plain(Value::nil())
    }

    pub(super) fn plain(value: Value) -> Self {
        Self { value, boxed: false }
    }

    /// An element of a collection.
    pub(super) fn element(value: Value, element: Element) -> Self {
        Self { value, boxed: element == Element::Any }
    }

    /// The value inside the interface, as every stage of a pipeline gives it.
    pub(super) fn unboxed(self) -> Self {
        Self::plain(self.value)
    }

    /// The static type.
    pub(super) fn type_name(&self) -> String {
        if self.boxed { "interface {}".to_owned() } else { self.value.type_name() }
    }
}

/// The zero of a map's element type.
pub(super) fn zero(element: Element) -> Reflected {
    let value = match element {
        Element::Any => Value::nil(),
        Element::String => Value::string(""),
        Element::Int => Value::int(0),
        Element::List => Value::nil_list(Element::Any),
    };
    Reflected::element(value, element)
}

impl Param {
    /// Go's name of the type.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Float64 => "float64",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Strings => "[]string",
            Self::Bytes => "[]uint8",
            Self::Object(name) => name,
        }
    }

    /// Whether a value of this dynamic type can be given for it (Go's assignability).
    pub(super) fn takes(self, value: &Value) -> bool {
        match (self, &value.data) {
            (Self::Any | Self::Reflect, _)
            | (Self::Bool, Data::Bool(_))
            | (Self::String, Data::Text(_))
            | (Self::Int, Data::Int(_))
            | (Self::Int64, Data::Int64(_))
            | (Self::Float64, Data::Float(_))
            | (Self::Bytes, Data::Bytes(_)) => true,
            (Self::Map, Data::Map(map)) => map.element == Element::Any,
            (Self::List, Data::List(list)) => list.element == Element::Any,
            (Self::Strings, Data::List(list)) => list.element == Element::String,
            (Self::Object(name), Data::Object(object)) => object.type_name() == name,
            _ => false,
        }
    }

    /// What an untyped nil becomes; `None` for types that cannot be nil.
    pub(super) fn nil(self) -> Option<Value> {
        match self {
            Self::Any | Self::Reflect => Some(Value::nil()),
            Self::Map => Some(Value::map(crate::value::Map::new())),
            Self::List => Some(Value::nil_list(Element::Any)),
            Self::Strings => Some(Value::nil_list(Element::String)),
            Self::Bytes => {
                Some(Value::new(Data::Bytes(Vec::new().into()), crate::origin::Origin::NONE))
            }
            Self::Object(name) if name.starts_with('*') => Some(Value::nil()),
            Self::Bool
            | Self::String
            | Self::Int
            | Self::Int64
            | Self::Uint32
            | Self::Float64
            | Self::Object(_) => None,
        }
    }
}
