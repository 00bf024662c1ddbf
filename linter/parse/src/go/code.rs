//! The code of a Go file as owned data: declarations, and function bodies as ordered steps.
//!
//! A body is reduced to what an analysis without types can use. Every call and every receive is a
//! step of its own, in the order of evaluation; expressions are free of effects and name the
//! result of a step by its [`Temp`]. Local names are resolved to variables, so shadowing is
//! settled here. Types, comments and layout are kept only where a fact needs them.

use std::{collections::HashMap, ops::Range};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
    )*};
}

ids! {
    /// A name or string of the file, see [`Code::text`].
    Name,
    ExprId,
    TypeId,
    /// A function, method or function literal of the file.
    FunctionId,
    /// A local variable or parameter.
    VarId,
    BlockId,
    CallId,
    /// The result of a call or receive step.
    Temp,
}

/// Bytes of the file, without the file.
pub type Bytes = Range<u32>;

/// An expression without effects.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Not needed, too deep, or a syntax error.
    Unknown,
    /// A local variable.
    Local(VarId),
    /// A name that is not local: of the package, an import, or predeclared.
    Global(Name),
    Str(Name),
    Int(i64),
    Float(f64),
    Bool(bool),
    Nil,
    Iota,
    Select {
        base: ExprId,
        field: Name,
    },
    /// The value of an earlier step.
    Result(Temp),
    Index {
        base: ExprId,
        index: ExprId,
    },
    /// `x[a:b]`.
    Slice {
        base: ExprId,
    },
    Unary {
        operator: Operator,
        operand: ExprId,
    },
    Binary {
        operator: Operator,
        left: ExprId,
        right: ExprId,
    },
    Composite {
        ty: Option<TypeId>,
        elements: Box<[Element]>,
    },
    Function(FunctionId),
    Assert {
        base: ExprId,
        ty: TypeId,
    },
    /// A type where an expression may stand: the argument of `make`, a conversion's function.
    Type(TypeId),
}

/// One element of a composite literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    pub key: Option<ExprId>,
    pub value: ExprId,
}

/// Operators that evaluation knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Not,
    Negate,
    AddressOf,
    Dereference,
    Other,
}

/// A type as written.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeExpr {
    Unknown,
    Named(Name),
    Qualified {
        package: Name,
        name: Name,
    },
    Pointer(TypeId),
    /// Slices and arrays.
    Slice(TypeId),
    Map {
        key: TypeId,
        value: TypeId,
    },
    Channel(TypeId),
    Function {
        params: Box<[TypeId]>,
        results: Box<[TypeId]>,
    },
    Struct(Box<[Field]>),
    Interface {
        methods: Box<[Name]>,
        embedded: Box<[TypeId]>,
    },
}

/// A field of a struct type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// For an embedded field the last part of its type's name.
    pub name: Name,
    pub embedded: bool,
    pub ty: TypeId,
    /// The tag's text, unquoted, and where it stands.
    pub tag: Option<(Name, Bytes)>,
}

/// `type X ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDecl {
    pub name: Name,
    pub ty: TypeId,
    /// `type X = Y`.
    pub alias: bool,
    pub place: Bytes,
}

/// A constant or variable of the package.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueDecl {
    pub name: Name,
    pub ty: Option<TypeId>,
    /// The value, with its position when one call gives several.
    pub value: Option<ExprId>,
    pub position: u32,
    /// Number of the specification in its `const` group.
    pub iota: Option<i64>,
    /// The steps that compute `value`.
    pub steps: Option<BlockId>,
    pub place: Bytes,
}

/// A parameter, result or receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    pub var: Option<VarId>,
    pub name: Option<Name>,
    pub ty: TypeId,
    pub variadic: bool,
}

/// A function, method or function literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// `None` for a literal.
    pub name: Option<Name>,
    pub receiver: Option<Param>,
    /// Base name of the receiver's type.
    pub receiver_type: Option<Name>,
    pub params: Vec<Param>,
    pub results: Vec<Param>,
    pub body: Option<BlockId>,
    /// The function a literal stands in; `None` for declarations and literals of package values.
    pub parent: Option<FunctionId>,
    /// Names of type parameters.
    pub type_params: Vec<Name>,
    /// The name, or the `func` keyword of a literal.
    pub place: Bytes,
    pub span: Bytes,
    /// Calls of the body, those of nested literals included.
    pub calls: Range<u32>,
    /// Expressions of the body, those of nested literals included.
    pub exprs: Range<u32>,
    /// Variables of the body, those of nested literals included.
    pub variables: Range<u32>,
}

/// A local variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    pub name: Name,
    pub ty: Option<TypeId>,
    pub place: Bytes,
    /// What it is declared with, and the position when one call gives several values.
    pub init: Option<(ExprId, u32)>,
    /// Number of assignments after the declaration.
    pub assignments: u32,
    pub parameter: bool,
    /// Ranges over the elements of this expression.
    pub element_of: Option<ExprId>,
}

/// A call with its callee and arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Its number in the file.
    pub id: CallId,
    pub callee: ExprId,
    pub args: Box<[ExprId]>,
    /// The last argument is `x...`.
    pub spread: bool,
    pub place: Bytes,
}

/// One step of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub kind: StepKind,
    pub place: Bytes,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    Call {
        call: CallId,
        result: Temp,
    },
    Receive {
        channel: ExprId,
        result: Temp,
    },
    Send {
        channel: ExprId,
        value: ExprId,
    },
    /// `targets = values`; one value for several targets is a call's, receive's or index's.
    Assign {
        targets: Box<[ExprId]>,
        values: Box<[ExprId]>,
    },
    /// `var x T`, and the fresh variables of `:=` before their assignment.
    Declare {
        var: VarId,
    },
    Go(CallId),
    Defer(CallId),
    If {
        condition: ExprId,
        then: BlockId,
        otherwise: Option<BlockId>,
    },
    Loop(Box<Loop>),
    Range(Box<RangeLoop>),
    Switch(Box<Switch>),
    Select(Box<[SelectCase]>),
    Return(Box<[ExprId]>),
    Break(Option<Name>),
    Continue(Option<Name>),
    Fallthrough,
    /// `goto`: the rest of the body is not followed.
    Goto,
    Block(BlockId),
}

/// `for init; condition; post { body }`; the initialisation is before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    pub label: Option<Name>,
    /// Steps that compute the condition each time.
    pub head: BlockId,
    pub condition: Option<ExprId>,
    pub post: BlockId,
    pub body: BlockId,
    /// Variables of the `for` clause, fresh in each iteration.
    pub vars: Box<[VarId]>,
}

/// `for key, value := range over { body }`.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeLoop {
    pub label: Option<Name>,
    pub over: ExprId,
    pub key: Option<ExprId>,
    pub value: Option<ExprId>,
    /// Variables that the clause declares.
    pub vars: Box<[VarId]>,
    pub body: BlockId,
}

/// An expression or type switch.
#[derive(Debug, Clone, PartialEq)]
pub struct Switch {
    pub label: Option<Name>,
    pub subject: Option<ExprId>,
    pub types: bool,
    pub cases: Box<[Case]>,
}

/// `case values:` or `default:`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub default: bool,
    /// Values, or types of a type switch as [`Expr::Type`].
    pub values: Box<[ExprId]>,
    /// The variable that a type switch binds in this case.
    pub binding: Option<VarId>,
    pub body: BlockId,
}

/// `case communication:` or `default:` of a `select`.
#[derive(Debug, Clone, PartialEq)]
pub struct SelectCase {
    pub communication: Communication,
    pub body: BlockId,
    pub place: Bytes,
}

/// What a select case waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Communication {
    /// The received value and the `ok` flag go to the targets; `vars` are fresh ones of them.
    Receive {
        channel: ExprId,
        targets: Box<[ExprId]>,
        vars: Box<[VarId]>,
    },
    Send {
        channel: ExprId,
        value: ExprId,
    },
    Default,
}

/// How a [`Temp`] comes to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TempSource {
    Call(CallId),
    Receive(ExprId),
}

/// All code of a file, in arenas.
#[derive(Debug, Clone, Default)]
pub struct Code {
    names: Vec<Box<str>>,
    exprs: Vec<(Expr, Bytes)>,
    types: Vec<TypeExpr>,
    functions: Vec<Function>,
    variables: Vec<Variable>,
    blocks: Vec<Box<[Step]>>,
    calls: Vec<Call>,
    temps: Vec<TempSource>,
    pub type_decls: Vec<TypeDecl>,
    pub consts: Vec<ValueDecl>,
    pub vars: Vec<ValueDecl>,
}

impl Code {
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name.0 as usize).map_or("", |it| it)
    }

    pub fn expr(&self, id: ExprId) -> &Expr {
        self.exprs.get(id.0 as usize).map_or(&Expr::Unknown, |(it, _)| it)
    }

    pub fn expr_bytes(&self, id: ExprId) -> Bytes {
        self.exprs.get(id.0 as usize).map_or(0..0, |(_, it)| it.clone())
    }

    pub fn exprs(&self) -> impl Iterator<Item = (ExprId, &Expr)> {
        self.exprs.iter().enumerate().map(|(at, (expr, _))| (ExprId(at as u32), expr))
    }

    pub fn ty(&self, id: TypeId) -> &TypeExpr {
        self.types.get(id.0 as usize).unwrap_or(&TypeExpr::Unknown)
    }

    pub fn types(&self) -> impl Iterator<Item = &TypeExpr> {
        self.types.iter()
    }

    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions.get(id.0 as usize)
    }

    pub fn functions(&self) -> impl Iterator<Item = (FunctionId, &Function)> {
        self.functions.iter().enumerate().map(|(at, it)| (FunctionId(at as u32), it))
    }

    pub fn variable(&self, id: VarId) -> Option<&Variable> {
        self.variables.get(id.0 as usize)
    }

    /// Variables with numbers in a range, see [`Function::variables`].
    pub fn variables_in(&self, range: Range<u32>) -> &[Variable] {
        self.variables.get(range.start as usize..range.end as usize).unwrap_or(&[])
    }

    pub fn variables(&self) -> impl Iterator<Item = (VarId, &Variable)> {
        self.variables.iter().enumerate().map(|(at, it)| (VarId(at as u32), it))
    }

    pub fn block(&self, id: BlockId) -> &[Step] {
        self.blocks.get(id.0 as usize).map_or(&[], |it| it)
    }

    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(id.0 as usize)
    }

    /// Calls with numbers in a range, see [`Function::calls`].
    pub fn calls_in(&self, range: Range<u32>) -> &[Call] {
        self.calls.get(range.start as usize..range.end as usize).unwrap_or(&[])
    }

    /// Expressions with numbers in a range, see [`Function::exprs`].
    pub fn exprs_in(&self, range: Range<u32>) -> impl Iterator<Item = (ExprId, &Expr)> {
        let found = self.exprs.get(range.start as usize..range.end as usize).unwrap_or(&[]);
        found.iter().zip(range).map(|((expr, _), at)| (ExprId(at), expr))
    }

    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    pub fn calls(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.calls.iter().enumerate().map(|(at, it)| (CallId(at as u32), it))
    }

    pub fn temp(&self, temp: Temp) -> Option<TempSource> {
        self.temps.get(temp.0 as usize).copied()
    }

    /// The call whose result an expression is.
    pub fn call_of(&self, id: ExprId) -> Option<&Call> {
        match self.expr(id) {
            Expr::Result(temp) => match self.temp(*temp)? {
                TempSource::Call(call) => self.call(call),
                TempSource::Receive(_) => None,
            },
            _ => None,
        }
    }

    /// Whether an expression is the result of a call.
    pub fn is_result_of(&self, id: ExprId, call: CallId) -> bool {
        self.call_of(id).is_some_and(|it| it.id == call)
    }

    /// A type without the pointers in front of it.
    pub fn pointee(&self, id: TypeId) -> TypeId {
        let mut id = id;
        while let TypeExpr::Pointer(inner) = self.ty(id) {
            id = *inner;
        }
        id
    }

    /// Visits every step below a block in source order, those in nested blocks included, those in
    /// function literals not.
    pub fn walk<'c>(&'c self, block: BlockId, visit: &mut dyn FnMut(&'c Step)) {
        for step in self.block(block) {
            visit(step);
            for inner in step.blocks() {
                self.walk(inner, visit);
            }
        }
    }
}

impl Step {
    /// Blocks directly inside the step.
    pub fn blocks(&self) -> Vec<BlockId> {
        match &self.kind {
            StepKind::If { then, otherwise, .. } => {
                std::iter::once(*then).chain(*otherwise).collect()
            }
            StepKind::Loop(it) => vec![it.head, it.body, it.post],
            StepKind::Range(it) => vec![it.body],
            StepKind::Switch(it) => it.cases.iter().map(|case| case.body).collect(),
            StepKind::Select(cases) => cases.iter().map(|case| case.body).collect(),
            StepKind::Block(block) => vec![*block],
            _ => Vec::new(),
        }
    }
}

/// Fills a [`Code`].
#[derive(Debug, Default)]
pub(super) struct CodeBuilder {
    pub(super) code: Code,
    index: HashMap<Box<str>, Name>,
}

impl CodeBuilder {
    pub(super) fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.index.get(text) {
            return *name;
        }
        let name = Name(self.code.names.len() as u32);
        self.code.names.push(text.into());
        self.index.insert(text.into(), name);
        name
    }

    pub(super) fn expr(&mut self, expr: Expr, bytes: Bytes) -> ExprId {
        self.code.exprs.push((expr, bytes));
        ExprId(self.code.exprs.len() as u32 - 1)
    }

    pub(super) fn ty(&mut self, ty: TypeExpr) -> TypeId {
        self.code.types.push(ty);
        TypeId(self.code.types.len() as u32 - 1)
    }

    pub(super) fn block(&mut self, steps: Vec<Step>) -> BlockId {
        self.code.blocks.push(steps.into());
        BlockId(self.code.blocks.len() as u32 - 1)
    }

    pub(super) fn variable(&mut self, variable: Variable) -> VarId {
        self.code.variables.push(variable);
        VarId(self.code.variables.len() as u32 - 1)
    }

    pub(super) fn variable_mut(&mut self, id: VarId) -> Option<&mut Variable> {
        self.code.variables.get_mut(id.0 as usize)
    }

    pub(super) fn function(&mut self, function: Function) -> FunctionId {
        self.code.functions.push(function);
        FunctionId(self.code.functions.len() as u32 - 1)
    }

    pub(super) fn function_mut(&mut self, id: FunctionId) -> Option<&mut Function> {
        self.code.functions.get_mut(id.0 as usize)
    }

    /// Adds a call under a number of its own.
    pub(super) fn call(&mut self, call: Call) -> CallId {
        let id = CallId(self.code.calls.len() as u32);
        self.code.calls.push(Call { id, ..call });
        id
    }

    /// Numbers of calls, expressions and variables so far.
    pub(super) fn position(&self) -> (u32, u32, u32) {
        let code = &self.code;
        (code.calls.len() as u32, code.exprs.len() as u32, code.variables.len() as u32)
    }

    pub(super) fn temp(&mut self, source: TempSource) -> Temp {
        self.code.temps.push(source);
        Temp(self.code.temps.len() as u32 - 1)
    }
}
