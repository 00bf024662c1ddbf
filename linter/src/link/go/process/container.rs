//! Containers of constructors: fx and dig.

use std::rc::Rc;

use super::{Dest, Machine, Obj, Op, Site, Value, Wait, library::Call};
use crate::link::go::{
    libraries::CallModel,
    repo::{Named, Repo, Ty},
};

impl<'s, 'a> Machine<'s, 'a> {
    pub(super) fn container(&mut self, at: usize, call: &Call<'a>, site: Site<'a>) {
        let made = self.made(call.path, "App", call.args.clone());
        let Value::Object(container) = made else { return };
        let mut ops = Vec::new();
        let mut options = call.args.clone();
        let mut at_option = 0;
        while let Some(option) = options.get(at_option).cloned() {
            at_option += 1;
            let Some((_, object)) = self.struct_of(&option) else { continue };
            let (name, args) = match object.named {
                Some(Named::External(_, name)) => (name, object.args.clone()),
                _ => continue,
            };
            match name {
                "Provide" => {
                    if let Some(object) = self.struct_mut(container) {
                        object.parts.extend(args);
                    }
                }
                "Invoke" => ops.extend(args.into_iter().map(|it| Op::Resolve(container, it))),
                "Options" | "Module" => options.extend(args),
                _ => {}
            }
        }
        ops.push(Op::Result(Value::Object(container)));
        self.native(at, ops, Value::Nil, &site);
    }

    /// Calls a function with arguments by type: from values that constructors gave, or by calling
    /// the constructor first.
    pub(super) fn resolve(&mut self, at: usize, container: Obj, function: Value<'a>) {
        let place = self.repo().place(super::FileRef(0), &(0..0));
        let site = Site { file: super::FileRef(0), place, dest: Dest::Slot, call: None };
        let function = self.unwrap_annotation(function);
        let Value::Func(closure) = &function else { return };
        let Some(code) = self.repo().function(closure.function) else { return };
        let file = closure.function.file;
        let mut args = Vec::new();
        for param in &code.params {
            let ty = Ty::Written(file, param.ty);
            let named = self.repo().named(ty);
            if let Some(Named::External("go.uber.org/fx", "Lifecycle")) = named {
                args.push(self.lifecycle(container));
                continue;
            }
            let known = self.provided(container, ty);
            if let Some(value) = known {
                args.push(value);
                continue;
            }
            if let Some(provider) = self.take_provider(container, ty) {
                // First the constructor, then this function again.
                let result = self.provided_type(&provider).unwrap_or(ty);
                let ops = vec![
                    Op::Resolve(container, provider),
                    Op::Store(container, result),
                    Op::Resolve(container, function.clone()),
                ];
                self.native(at, ops, Value::Nil, &site);
                return;
            }
            args.push(self.materialise(ty));
        }
        self.native(at, vec![Op::Call(function, args)], Value::Nil, &site);
    }

    /// What a constructor gave for a type.
    pub(super) fn provided(&self, container: Obj, ty: Ty<'a>) -> Option<Value<'a>> {
        let (_, object) = self.struct_of(&Value::Object(container))?;
        object.fields.iter().find_map(|(_, value)| {
            let Value::Tuple(pair) = value else { return None };
            match pair.as_ref() {
                [Value::Typed(of), value] if same_type(self.repo(), *of, ty) => Some(value.clone()),
                _ => None,
            }
        })
    }

    /// `fx.Annotate(f, ...)`.
    pub(super) fn unwrap_annotation(&self, function: Value<'a>) -> Value<'a> {
        match self.struct_of(&function) {
            Some((_, object)) => match object.named {
                Some(Named::External(_, "Annotate" | "Annotated")) => {
                    object.args.first().cloned().unwrap_or(Value::Unknown)
                }
                _ => function,
            },
            None => function,
        }
    }

    pub(super) fn lifecycle(&mut self, container: Obj) -> Value<'a> {
        let known = self.struct_mut(container).and_then(|it| it.get("lifecycle").cloned());
        if let Some(known) = known {
            return known;
        }
        let made = self.made("go.uber.org/fx", "Lifecycle", Vec::new());
        if let Some(object) = self.struct_mut(container) {
            object.set("lifecycle", made.clone());
        }
        made
    }

    pub(super) fn provided_type(&self, provider: &Value<'a>) -> Option<Ty<'a>> {
        let provider = self.unwrap_annotation(provider.clone());
        let Value::Func(closure) = &provider else { return None };
        let function = self.repo().function(closure.function)?;
        let result = function.results.first()?;
        Some(Ty::Written(closure.function.file, result.ty))
    }

    /// The constructor of a type; it is used once.
    pub(super) fn take_provider(&mut self, container: Obj, ty: Ty<'a>) -> Option<Value<'a>> {
        let parts = self.struct_mut(container)?.parts.clone();
        let at = parts.iter().position(|it| {
            self.provided_type(it).is_some_and(|of| same_type(self.repo(), of, ty))
        })?;
        let found = parts.get(at).cloned();
        if let Some(object) = self.struct_mut(container) {
            object.parts.remove(at);
        }
        found
    }

    /// Keeps what a constructor gave.
    pub(super) fn store_provided(&mut self, container: Obj, ty: Ty<'a>, value: Value<'a>) {
        let value = super::eval::nth(value, 0);
        let pair = Value::Tuple(Rc::from([Value::Typed(ty), value]));
        if let Some(object) = self.struct_mut(container) {
            object.fields.push(("", pair));
        }
    }

    pub(super) fn run_container(
        &mut self,
        at: usize,
        model: &'a CallModel,
        call: &Call<'a>,
        site: Site<'a>,
    ) {
        self.register(site.place, Some(true));
        self.model.get_or_insert(call.path.to_owned());
        let Some(container) = self.receiver_object(&call.receiver) else {
            self.blind = true;
            self.wait(at, Wait::Signal);
            return;
        };
        let options = self.options(call);
        self.model_drain(model, &options, None, site.place);
        let context = Value::Object(self.new_context(None));
        let mut ops: Vec<Op<'a>> = self
            .hooks(container, "OnStart")
            .into_iter()
            .map(|it| Op::Call(it, vec![context.clone()]))
            .collect();
        ops.push(Op::Wait(Wait::Signal));
        ops.push(Op::StopHooks(container, true));
        self.native(at, ops, Value::Nil, &site);
    }

    pub(super) fn hooks(&mut self, container: Obj, name: &str) -> Vec<Value<'a>> {
        let lifecycle = self.struct_mut(container).and_then(|it| it.get("lifecycle").cloned());
        let Some(lifecycle) = lifecycle.and_then(|it| self.receiver_object(&it)) else {
            return Vec::new();
        };
        let hooks = self.struct_mut(lifecycle).map(|it| it.parts.clone()).unwrap_or_default();
        hooks.iter().filter_map(|it| self.field_function(it, name)).collect()
    }

    pub(super) fn stop_hooks(&mut self, at: usize, container: Obj, _drains: bool) {
        let place = self.repo().place(super::FileRef(0), &(0..0));
        let site = Site { file: super::FileRef(0), place, dest: Dest::Slot, call: None };
        let context = Value::Object(self.new_context(None));
        let mut hooks = self.hooks(container, "OnStop");
        hooks.reverse();
        let ops = hooks.into_iter().map(|it| Op::Call(it, vec![context.clone()])).collect();
        self.native(at, ops, Value::Nil, &site);
    }
}

fn same_type<'a>(repo: &Repo<'a>, a: Ty<'a>, b: Ty<'a>) -> bool {
    let named = repo.named(a);
    named.is_some() && named == repo.named(b)
}
