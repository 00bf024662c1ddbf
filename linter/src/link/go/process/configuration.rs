//! Configuration from outside: flags, struct tags, files that are decoded. What has a default keeps it.

use std::rc::Rc;

use goready_parse::go::code::{Bytes, Expr, Operator, TypeExpr};

use super::{
    Machine, Obj, Object, Site, Value,
    standard::{self},
    value::{Origin, Pointer},
};
use crate::link::go::{repo::Named, tags};

impl<'s, 'a> Machine<'s, 'a> {
    /// A call that fills what its arguments point to (`yaml.Unmarshal(data, &config)`): fields that
    /// had no value may have any now, others have theirs as a default.
    pub(super) fn decoded(&mut self, name: &str, args: &[Value<'a>], site: Site<'a>) {
        const VERBS: [&str; 11] = [
            "unmarshal",
            "decode",
            "parse",
            "process",
            "load",
            "read",
            "scan",
            "bind",
            "mapto",
            "populate",
            // `reflect.ValueOf(v)` is how decoders of one's own do it.
            "valueof",
        ];
        let lower = name.to_ascii_lowercase();
        let by_name = VERBS.iter().any(|it| lower.contains(it));
        for (at, arg) in args.iter().enumerate() {
            let by_address = site.call.and_then(|it| it.args.get(at)).is_some_and(|it| {
                matches!(
                    self.repo().code(site.file).expr(*it),
                    Expr::Unary { operator: Operator::AddressOf, .. }
                )
            });
            if by_name || by_address {
                self.filled(arg, 0);
            }
        }
    }

    pub(super) fn filled(&mut self, value: &Value<'a>, depth: u32) {
        if let Value::Pointer(pointer) = value {
            let found = match self.load(*pointer) {
                Value::Str(Some(text), origin) if origin.place.is_some() => {
                    Value::Str(Some(text), Origin { default: true, ..origin })
                }
                Value::Int(number, origin) if origin.place.is_some() => {
                    Value::Int(number, Origin { default: true, ..origin })
                }
                _ => Value::Unknown,
            };
            self.store(*pointer, found);
            return;
        }
        let Some((obj, object)) = self.struct_of(value) else { return };
        if depth > 4 || matches!(object.named, Some(Named::External(..))) {
            return;
        }
        let fields = object.fields.clone();
        let mut kept = Vec::new();
        for (name, value) in fields {
            match value {
                Value::Str(Some(text), origin) if origin.place.is_some() => {
                    kept.push((name, Value::Str(Some(text), Origin { default: true, ..origin })));
                }
                Value::Int(number, origin) if origin.place.is_some() => {
                    kept.push((name, Value::Int(number, Origin { default: true, ..origin })));
                }
                Value::Object(_) => {
                    self.filled(&value, depth + 1);
                    kept.push((name, value));
                }
                Value::Func(_) | Value::Bound(_) => kept.push((name, value)),
                _ => {}
            }
        }
        if let Some(object) = self.struct_mut(obj) {
            object.fields = kept;
            object.partial = true;
        }
        self.tagged_defaults(obj);
    }

    /// Defaults that struct tags give to fields without a value.
    pub(super) fn tagged_defaults(&mut self, obj: Obj) {
        let Some(Object::Struct(object)) = self.heap.get(obj) else { return };
        let Some((file, fields)) = self.repo().struct_fields(object.ty) else { return };
        let code = self.repo().code(file);
        for field in fields {
            let name = code.text(field.name);
            let Some((tag, at)) = &field.tag else { continue };
            let known = self.struct_mut(obj).is_some_and(|it| it.get(name).is_some());
            if known {
                continue;
            }
            let text = code.text(*tag);
            let default = ["envDefault", "default", "env-default"]
                .iter()
                .find_map(|it| tags::value(text, it));
            let Some(default) = default else { continue };
            let env = ["env", "envconfig"]
                .iter()
                .find_map(|it| tags::value(text, it))
                .and_then(|it| it.split(',').next());
            let origin = Origin {
                place: Some(self.repo().place(file, at)),
                env: env.map(Rc::from),
                flag: None,
                default: true,
            };
            let is_text = matches!(
                code.ty(field.ty),
                TypeExpr::Named(name) if code.text(*name) == "string"
            );
            let value = if is_text {
                Value::Str(Some(Rc::from(default)), origin)
            } else if let Ok(number) = default.parse() {
                Value::Int(number, origin)
            } else if let Some(nanoseconds) = standard::parse_duration(default) {
                Value::Int(nanoseconds, origin)
            } else {
                continue;
            };
            if let Some(object) = self.struct_mut(obj) {
                object.set(name, value);
            }
        }
    }

    /// The value of a generic call that makes one of its type argument: `env.ParseAs[Config]()`.
    pub(super) fn parsed_as(&mut self, site: Site<'a>) -> Option<Value<'a>> {
        let call = site.call?;
        let code = self.repo().code(site.file);
        let Expr::Index { index, .. } = code.expr(call.callee) else { return None };
        let ty = self.type_argument(site.file, *index);
        let made = self.materialise(ty);
        let Value::Object(obj) = made else { return None };
        self.tagged_defaults(obj);
        Some(made)
    }

    /// The value of a flag by its name, where it was declared with a default.
    pub(super) fn flag_value(&self, args: &[Value<'a>]) -> Value<'a> {
        match args.first() {
            Some(Value::Str(Some(name), _)) => {
                let found = self.flags.iter().rev().find(|(it, _)| it == name);
                found.map_or(Value::Unknown, |(_, value)| value.clone())
            }
            _ => Value::Unknown,
        }
    }

    /// `kingpin.Flag("name", "help").Default(":9100").String()`.
    pub(super) fn kingpin(
        &mut self,
        at: usize,
        clause: Option<Obj>,
        method: &str,
        args: &[Value<'a>],
        site: Site<'a>,
    ) {
        let Some(clause) = clause else {
            self.deliver(at, site.dest, Value::Unknown);
            return;
        };
        let parts = self
            .struct_mut(clause)
            .map(|it| (it.args.clone(), it.get("default").cloned(), it.get("env").cloned()));
        let (own, default, env) = parts.unwrap_or_default();
        match method {
            "Default" => {
                if let (Some(object), Some(value)) = (self.struct_mut(clause), args.first()) {
                    object.set("default", value.clone());
                }
                self.deliver(at, site.dest, Value::Object(clause));
            }
            "Envar" | "OverrideDefaultFromEnvar" => {
                if let (Some(object), Some(value)) = (self.struct_mut(clause), args.first()) {
                    object.set("env", value.clone());
                }
                self.deliver(at, site.dest, Value::Object(clause));
            }
            "String" | "Int" | "Duration" | "TCP" | "Strings" => {
                let text = |it: Option<&Value<'a>>| match it {
                    Some(Value::Str(Some(text), _)) => Some(text.clone()),
                    _ => None,
                };
                let value = match default {
                    Some(Value::Str(known, origin)) => {
                        let origin = Origin {
                            flag: text(own.first()),
                            env: text(env.as_ref()),
                            default: true,
                            ..origin
                        };
                        match (method, known) {
                            ("Duration", Some(known)) => standard::parse_duration(&known)
                                .map_or(Value::Unknown, |it| Value::Int(it, origin)),
                            ("Int", Some(known)) => {
                                known.parse().map_or(Value::Unknown, |it| Value::Int(it, origin))
                            }
                            (_, known) => Value::Str(known, origin),
                        }
                    }
                    _ => Value::Unknown,
                };
                let value =
                    if method == "Strings" { self.alloc(Object::List(vec![value])) } else { value };
                let cell = self.new_cell(value);
                self.deliver(at, site.dest, Value::Pointer(Pointer::Cell(cell)));
            }
            // Help, Required, Short ... give the clause back; the rest gives a value.
            _ => self.deliver(at, site.dest, Value::Object(clause)),
        }
    }

    /// Flags in the literals of commands: `Flags: []cli.Flag{&cli.StringFlag{Name: ...}}`.
    pub(super) fn declare_flags(&mut self, command: &Value<'a>, depth: u32) {
        let Some((_, object)) = self.struct_of(command) else { return };
        if depth > 6 {
            return;
        }
        let list = |machine: &Self, value: Option<&Value<'a>>| match value {
            Some(Value::Object(list)) => match machine.heap.get(*list) {
                Some(Object::List(items)) => items.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let flags = list(self, object.get("Flags"));
        let mut children = object.parts.clone();
        children.extend(list(self, object.get("Commands").or_else(|| object.get("Subcommands"))));
        for flag in flags {
            let Some((_, flag)) = self.struct_of(&flag) else { continue };
            let Some(Value::Str(Some(name), _)) = flag.get("Name") else { continue };
            let name = name.clone();
            let env = match flag.get("EnvVars") {
                Some(Value::Object(list)) => match self.heap.get(*list) {
                    Some(Object::List(items)) => items.first().cloned(),
                    _ => None,
                },
                _ => flag.get("EnvVar").cloned().or_else(|| {
                    // `Sources: cli.EnvVars("ADDR")`.
                    let (_, sources) = self.struct_of(flag.get("Sources")?)?;
                    sources.args.first().cloned()
                }),
            };
            let env = match env {
                Some(Value::Str(text, _)) => text,
                _ => None,
            };
            let origin = |own: &Origin| Origin {
                flag: Some(name.clone()),
                env: env.clone(),
                default: true,
                ..own.clone()
            };
            let value = match flag.get("Value") {
                Some(Value::Str(text, own)) => Value::Str(text.clone(), origin(own)),
                Some(Value::Int(number, own)) => Value::Int(*number, origin(own)),
                _ => continue,
            };
            self.flags.push((name, value));
        }
        for child in children {
            self.declare_flags(&child, depth + 1);
        }
    }

    /// `default:":8080"` of a tag is the field's value.
    pub(super) fn tagged_default(
        &mut self,
        obj: Obj,
        field: &'a str,
        tag: Option<(&str, Bytes)>,
        file: super::FileRef,
    ) {
        let Some((tag, at)) = tag else { return };
        let Some(default) = tags::value(tag, "default") else { return };
        let place = self.repo().place(file, &at);
        let origin = Origin {
            place: Some(place),
            env: tags::value(tag, "env").map(Rc::from),
            flag: Some(Rc::from(field.to_lowercase())),
            default: true,
        };
        let value = Self::str_value(default, origin);
        if let Some(object) = self.struct_mut(obj) {
            object.set(field, value);
        }
    }

    /// `flag.String("name", default, usage)` and `flag.StringVar(&x, "name", default, usage)`,
    /// those of pflag with a short name included. Also for flag sets of any kind.
    pub(super) fn flag_call(&mut self, name: &str, args: &[Value<'a>]) -> Option<Value<'a>> {
        const TYPES: [&str; 10] = [
            "String", "Int", "Int64", "Uint", "Uint64", "Bool", "Duration", "Float64", "Uint16",
            "Int32",
        ];
        let (base, short) = match name.strip_suffix('P') {
            Some(base) => (base, true),
            None => (name, false),
        };
        let (base, var) = match base.strip_suffix("Var") {
            Some(base) => (base, true),
            None => (base, false),
        };
        if !TYPES.contains(&base) {
            return None;
        }
        let first = usize::from(var);
        let Some(Value::Str(Some(flag), _)) = args.get(first) else { return None };
        let default = args.get(first + 1 + usize::from(short))?;
        let value = match default {
            Value::Str(text, origin) => Value::Str(
                text.clone(),
                Origin { flag: Some(flag.clone()), default: true, ..origin.clone() },
            ),
            Value::Int(number, origin) => Value::Int(
                *number,
                Origin { flag: Some(flag.clone()), default: true, ..origin.clone() },
            ),
            // A boolean flag can be either.
            _ => Value::Unknown,
        };
        self.flags.push((flag.clone(), value.clone()));
        if var {
            if let Some(Value::Pointer(pointer)) = args.first() {
                self.store(*pointer, value);
            }
            return Some(Value::Nil);
        }
        let cell = self.new_cell(value);
        Some(Value::Pointer(Pointer::Cell(cell)))
    }
}
