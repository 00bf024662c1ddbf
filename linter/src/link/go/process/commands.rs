//! Command lines: each command is a run of its own.

use std::rc::Rc;

use super::{Forks, Machine, Obj, Object, Op, Site, Value, library::Call};
use crate::link::go::repo::{Named, Ty};

impl<'s, 'a> Machine<'s, 'a> {
    /// Runs each command in a run of its own.
    pub(super) fn execute_command(
        &mut self,
        at: usize,
        call: &Call<'a>,
        site: Site<'a>,
        forks: Forks<'_, 's, 'a>,
    ) {
        let context = call
            .args
            .iter()
            .find_map(|it| self.as_context(it))
            .unwrap_or_else(|| self.new_context(None));
        let mut commands = Vec::new();
        let mut root = call.receiver.clone();
        self.declare_flags(&root, 0);
        // `cli.Execute(command)`
        if call.on.is_none()
            && let Some(first) = call.args.first()
        {
            root = first.clone();
        }
        if call.path.contains("kong") {
            // `kong.Parse(&cli)`: the value and its fields have the Run methods.
            if let Some((_, object)) = self.struct_of(&call.receiver) {
                root = object.args.first().cloned().unwrap_or(Value::Unknown);
            }
            self.kong_commands(&root, &mut commands, 0);
        } else {
            self.commands(&root, &mut commands, Vec::new(), 0);
        }
        let Some(last) = commands.pop() else {
            self.deliver(at, site.dest, Value::Nil);
            return;
        };
        let run = |machine: &mut Self, command: &CommandLine<'a>| {
            let mut ops = Vec::new();
            for (function, receiver) in &command.functions {
                if let Some(obj) = machine.receiver_object(receiver)
                    && let Some(object) = machine.struct_mut(obj)
                {
                    object.set("context", Value::Object(context));
                }
                let args = machine.command_arguments(function, receiver, context);
                ops.push(Op::Call(function.clone(), args));
            }
            machine.native(at, ops, Value::Nil, &site);
        };
        for command in &commands {
            if let Some(mut other) = self.fork() {
                run(&mut other, command);
                forks.push(other);
            }
        }
        run(self, &last);
    }

    /// Arguments for a command's function, by the types of its parameters.
    fn command_arguments(
        &mut self,
        function: &Value<'a>,
        command: &Value<'a>,
        context: Obj,
    ) -> Vec<Value<'a>> {
        let Value::Func(closure) = function else { return Vec::new() };
        let Some(it) = self.repo().function(closure.function) else { return Vec::new() };
        let file = closure.function.file;
        it.params
            .iter()
            .map(|param| match self.repo().named(Ty::Written(file, param.ty)) {
                Some(Named::External("context", "Context")) => Value::Object(context),
                Some(Named::External(_, "Command" | "Context")) => command.clone(),
                _ => Value::Unknown,
            })
            .collect()
    }

    /// The commands below a command, each with what runs before it.
    fn commands(
        &self,
        command: &Value<'a>,
        found: &mut Vec<CommandLine<'a>>,
        before: Vec<(Value<'a>, Value<'a>)>,
        depth: u32,
    ) {
        let Some((_, object)) = self.struct_of(command) else { return };
        if depth > 6 {
            return;
        }
        let mut before = before;
        for name in ["PersistentPreRun", "PersistentPreRunE", "Before"] {
            if let Some(function) = self.field_function(command, name) {
                before.push((function, command.clone()));
            }
        }
        let mut functions = before.clone();
        let mut runs = false;
        const STAGES: [&str; 9] =
            ["PreRun", "PreRunE", "Run", "RunE", "Action", "Exec", "PostRun", "PostRunE", "After"];
        for name in STAGES {
            if let Some(function) = self.field_function(command, name) {
                runs |= matches!(name, "Run" | "RunE" | "Action" | "Exec");
                functions.push((function, command.clone()));
            }
        }
        if runs {
            found.push(CommandLine { functions });
        }
        let mut children = object.parts.clone();
        if let Some(Value::Object(list)) =
            object.get("Commands").or_else(|| object.get("Subcommands"))
            && let Some(Object::List(items)) = self.heap.get(*list)
        {
            children.extend(items.iter().cloned());
        }
        for child in children {
            self.commands(&child, found, before.clone(), depth + 1);
        }
    }

    fn kong_commands(&mut self, value: &Value<'a>, found: &mut Vec<CommandLine<'a>>, depth: u32) {
        let Some((obj, object)) = self.struct_of(value) else { return };
        if depth > 3 {
            return;
        }
        let (named, ty) = (object.named, object.ty);
        if named.is_some_and(|it| self.repo().own_method(it, "Run").is_some()) {
            let function = Value::Bound(Rc::new((Value::Object(obj), "Run")));
            found.push(CommandLine { functions: vec![(function, Value::Unknown)] });
        }
        let Some((file, fields)) = self.repo().struct_fields(ty) else { return };
        let code = self.repo().code(file);
        for field in fields {
            let name = code.text(field.name);
            let inner = self.select(&Value::Object(obj), name);
            self.tagged_default(
                obj,
                name,
                field.tag.as_ref().map(|(tag, at)| (code.text(*tag), at.clone())),
                file,
            );
            self.kong_commands(&inner, found, depth + 1);
        }
    }
}

/// A command with the functions that run for it.
#[derive(Debug)]
struct CommandLine<'a> {
    functions: Vec<(Value<'a>, Value<'a>)>,
}
