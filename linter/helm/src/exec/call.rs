//! Calls functions by name: finds them, counts and checks arguments, short-circuits `and` and `or`.

use std::{collections::HashMap, sync::LazyLock};

use smallvec::SmallVec;

use super::{
    Kind, builtins, engine,
    evaluate::Arguments,
    interpreter::{Interpreter, Stop, quoted},
    reflected::Reflected,
};
use crate::{
    functions::{self, Failure, Function, Param},
    template::ast::Extent,
    value::{Data, Value},
};

/// Something that can be called.
#[derive(Debug, Clone, Copy)]
enum Callee {
    /// `and`, `or`: evaluates no more arguments than it needs.
    Logic {
        stops_at: bool,
    },
    /// Needs the interpreter.
    Engine(&'static engine::Function),
    Plain(&'static Function),
}

/// All functions by name. Helm's come before Go's own: sprig's `slice` hides the other.
static CALLEES: LazyLock<HashMap<&'static str, Callee>> = LazyLock::new(|| {
    let mut callees = HashMap::new();
    callees.extend(builtins::FUNCTIONS.iter().map(|it| (it.name, Callee::Plain(it))));
    callees.extend(functions::all().map(|it| (it.name, Callee::Plain(it))));
    callees.extend(engine::FUNCTIONS.iter().map(|it| (it.name, Callee::Engine(it))));
    callees.insert("and", Callee::Logic { stops_at: false });
    callees.insert("or", Callee::Logic { stops_at: true });
    callees
});

/// What a callee takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature {
    pub(super) params: &'static [Param],
    pub(super) rest: Option<Param>,
}

pub(super) type Values = SmallVec<[Value; 4]>;

impl Interpreter<'_> {
    /// Calls a function; `span` is the command, which errors of the function itself name.
    pub(super) fn call(
        &mut self,
        dot: &Reflected,
        name: &str,
        span: Extent,
        call: Arguments<'_>,
    ) -> Result<Reflected, Stop> {
        self.spend(1)?;
        let Some(callee) = Callee::find(name) else {
            let message = format!("function {} not defined", quoted(name.as_bytes()));
            return Err(self.error(Kind::Syntax, message));
        };
        let signature = callee.signature();
        self.check_count(name, signature, &call)?;
        if let Callee::Logic { stops_at } = callee {
            return self.logic(dot, stops_at, call);
        }
        let mut values = Values::with_capacity(call.rest.len() + 1);
        for (index, operand) in call.rest.iter().enumerate() {
            values.push(self.argument(operand, dot, signature.param(index))?);
        }
        if let Some(last) = call.last {
            values.push(self.fit(last, signature.param(call.rest.len()))?);
        }
        let result = match callee {
            Callee::Engine(function) => (function.call)(self, &values, span)?,
            Callee::Plain(function) => (function.call)(self.cx, &values)
                .map(Reflected::plain)
                .map_err(|it| self.failed(name, span, &it))?,
            Callee::Logic { .. } => Reflected::invalid(),
        };
        self.spend(size(&result.value) / 32)?;
        Ok(result)
    }

    /// The error that a function gave.
    pub(super) fn failed(&mut self, name: &str, span: Extent, failure: &Failure) -> Stop {
        self.at(span);
        if self.cx.steps == 0 {
            return self.error(Kind::Limit, failure.0.clone());
        }
        self.error(Kind::Function, format!("error calling {name}: {}", failure.0))
    }

    fn check_count(
        &self,
        name: &str,
        signature: Signature,
        call: &Arguments<'_>,
    ) -> Result<(), Stop> {
        let given = call.rest.len() + usize::from(call.last.is_some());
        let want = signature.params.len();
        let message = if signature.rest.is_some() {
            if given >= want {
                return Ok(());
            }
            // Go counts the words here, without the value from the pipeline.
            let given = call.rest.len();
            format!("wrong number of args for {name}: want at least {want} got {given}")
        } else {
            if given == want {
                return Ok(());
            }
            format!("wrong number of args for {name}: want {want} got {given}")
        };
        Err(self.error(Kind::Evaluation, message))
    }

    /// `and` gives the first argument that is false, `or` the first that is true, or the last.
    fn logic(
        &mut self,
        dot: &Reflected,
        stops_at: bool,
        call: Arguments<'_>,
    ) -> Result<Reflected, Stop> {
        let mut value = Reflected::invalid();
        for operand in call.rest {
            value = self.operand(operand, dot)?;
            if value.value.is_true() == stops_at {
                return Ok(value);
            }
        }
        Ok(call.last.unwrap_or(value))
    }
}

/// What it took to make a value, for limits: values can double with each call.
fn size(value: &Value) -> u64 {
    let size = match &value.data {
        Data::Text(text) => text.len(),
        Data::List(list) => list.items.len(),
        _ => 0,
    };
    size as u64
}

impl Callee {
    fn find(name: &str) -> Option<Self> {
        CALLEES.get(name).copied()
    }

    fn signature(self) -> Signature {
        match self {
            Self::Logic { .. } => {
                Signature { params: &[Param::Reflect], rest: Some(Param::Reflect) }
            }
            Self::Engine(function) => Signature { params: function.params, rest: None },
            Self::Plain(function) => Signature { params: function.params, rest: function.rest },
        }
    }
}

impl Signature {
    fn param(self, index: usize) -> Param {
        self.params.get(index).copied().or(self.rest).unwrap_or(Param::Any)
    }
}
