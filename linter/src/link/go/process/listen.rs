//! Addresses that are listened on.

use std::rc::Rc;

use goready_model::{Listen, ListenKind, Place};

use super::{Machine, Object, Site, Value, library::Call, value::Origin};
use crate::link::go::{libraries::CallModel, repo::Named};

impl<'s, 'a> Machine<'s, 'a> {
    /// Notes an address that is listened on.
    pub(super) fn listen(&mut self, address: Option<&Value<'a>>, kind: ListenKind, call: Place) {
        let (text, origin) = match address {
            Some(Value::Str(Some(text), origin)) => (text.clone(), origin.clone()),
            // `:%d` with a number.
            Some(Value::Int(number, origin)) => (Rc::from(format!(":{number}")), origin.clone()),
            _ => return,
        };
        let Some((host, port)) = split_address(&text) else { return };
        let place = origin.place.filter(|it| !self.repo().is_foreign_place(it)).unwrap_or(call);
        let found = Listen {
            address: text.to_string(),
            host,
            port,
            kind,
            place,
            env: origin.env.as_deref().map(str::to_owned),
            flag: origin.flag.as_deref().map(str::to_owned),
            admin: false,
            default_mux: false,
        };
        if !self.listens.iter().any(|it| it.address == found.address && it.place == found.place) {
            self.listens.push(found);
        }
    }

    pub(super) fn listen_of(
        &mut self,
        model: &CallModel,
        call: &Call<'a>,
        subject: &Value<'a>,
        kind: ListenKind,
        site: Site<'a>,
    ) {
        let field = model.address_field.as_deref().and_then(|name| {
            let (_, object) = self.struct_of(subject)?;
            object.get(name).cloned()
        });
        let argument = model.address.and_then(|at| call.args.get(at)).cloned();
        let listener = |machine: &Self, value: Option<Value<'a>>| {
            let value = value?;
            match machine.struct_of(&value) {
                Some((_, object)) => object.get("address").cloned().or_else(|| {
                    // `iris.Addr(":8080")`, a listener wrapped by another.
                    object.args.iter().find(|it| matches!(it, Value::Str(..))).cloned()
                }),
                None => Some(value),
            }
        };
        let address = listener(self, field)
            .or_else(|| listener(self, argument))
            .or_else(|| self.listener_behind(subject));
        match (&address, &model.default_address) {
            (Some(Value::Str(Some(text), _)), Some(default)) if text.is_empty() => {
                let value = Self::str_value(default, Origin::at(site.place));
                self.listen(Some(&value), kind, site.place);
            }
            (None, Some(default)) => {
                let value = Self::str_value(default, Origin::at(site.place));
                self.listen(Some(&value), kind, site.place);
            }
            _ => self.listen(address.as_ref(), kind, site.place),
        }
        self.listens_of_fields(subject, call, kind, site);
    }

    /// The address of the listener that an object was made with (cmux).
    pub(super) fn listener_behind(&self, subject: &Value<'a>) -> Option<Value<'a>> {
        let (_, object) = self.struct_of(subject)?;
        object.args.iter().find_map(|it| {
            let (_, inner) = self.struct_of(it)?;
            match inner.named {
                Some(Named::External("net", "Listener")) => inner.get("address").cloned(),
                _ => None,
            }
        })
    }

    /// Addresses in options and configuration fields of a framework's server.
    pub(super) fn listens_of_fields(
        &mut self,
        subject: &Value<'a>,
        call: &Call<'a>,
        kind: ListenKind,
        site: Site<'a>,
    ) {
        let mut values = vec![subject.clone()];
        values.extend(call.args.iter().cloned());
        for _ in 0..4 {
            let mut inner = Vec::new();
            let mut found: Vec<Value<'a>> = Vec::new();
            for value in &values {
                // `graceful.Graceful(server.ListenAndServe, ...)`.
                if let Value::Bound(bound) = value {
                    inner.push(bound.0.clone());
                    continue;
                }
                let Some((_, object)) = self.struct_of(value) else { continue };
                let Some(Named::External(path, name)) = object.named else { continue };
                if path == "net/http" && name == "Server" {
                    // The subject's own address is known already.
                    if call.on.is_none() {
                        found.extend(object.get("Addr").cloned());
                    }
                    inner.extend(object.args.iter().cloned());
                    continue;
                }
                if matches!(path, "net" | "google.golang.org/grpc") {
                    continue;
                }
                if matches!(name, "WithHostPorts" | "Address" | "FlagConfig") {
                    found.extend(object.args.iter().cloned());
                }
                for (name, value) in &object.fields {
                    let is_address = matches!(
                        *name,
                        "BindAddress"
                            | "HealthProbeBindAddress"
                            | "MetricsBindAddress"
                            | "ListenAddress"
                    );
                    let is_port =
                        name.ends_with("Port") && matches!(value, Value::Int(port, _) if *port > 0);
                    if is_address || is_port {
                        found.push(value.clone());
                    }
                    if *name == "WebListenAddresses"
                        && let Value::Object(list) = value
                        && let Some(Object::List(items)) = self.heap.get(*list)
                    {
                        found.extend(items.iter().cloned());
                    }
                    inner.push(value.clone());
                }
                inner.extend(object.args.iter().cloned());
                inner.extend(object.parts.iter().cloned());
            }
            for value in found {
                self.listen(Some(&value), kind, site.place);
            }
            if inner.is_empty() {
                return;
            }
            values = inner;
        }
    }
}

/// Host and port of an address; `None` when it is none (a socket path, a number alone).
pub(super) fn split_address(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = match port {
        "http" => Some(80),
        "https" => Some(443),
        number => Some(number.parse().ok()?),
    };
    Some((host.to_owned(), port))
}
