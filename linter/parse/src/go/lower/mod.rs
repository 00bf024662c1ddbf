//! From the tree of tree-sitter to [`Code`]: declarations here, expressions and statements in
//! their own files. The tree is dropped afterwards.

mod expression;
mod literal;
mod statement;
#[cfg(test)]
mod tests;
mod types;

use tree_sitter::Node;

use super::{
    code::{
        BlockId, Bytes, Call, CallId, Code, CodeBuilder, Expr, ExprId, Function, FunctionId, Name,
        Param, Step, StepKind, Temp, TempSource, TypeDecl, TypeExpr, TypeId, ValueDecl, VarId,
        Variable,
    },
    kinds::{Fields, GRAMMAR, Kind},
};

/// Nesting beyond this is not followed. Written Go stays far below; the limit bounds the stack.
const MAX_DEPTH: u32 = 150;

/// Lowers a whole file.
pub(super) fn lower(text: &str, root: Node<'_>) -> Code {
    let mut lowering = Lowering {
        text,
        builder: CodeBuilder::default(),
        scope: Vec::new(),
        marks: Vec::new(),
        steps: Vec::new(),
        function: None,
        depth: 0,
        iota: None,
        label: None,
    };
    for node in children(root) {
        lowering.declaration(node);
    }
    lowering.builder.code
}

struct Lowering<'t> {
    text: &'t str,
    builder: CodeBuilder,
    /// Local names in scope, innermost last.
    scope: Vec<(Name, VarId)>,
    /// Lengths of `scope` at the start of each open block.
    marks: Vec<usize>,
    /// Steps of the open blocks, innermost last.
    steps: Vec<Vec<Step>>,
    function: Option<FunctionId>,
    depth: u32,
    iota: Option<i64>,
    /// The label in front of the statement that is lowered.
    label: Option<Name>,
}

/// Named children without comments.
fn children<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|it| GRAMMAR.kind(*it) != Kind::Comment).collect()
}

/// Children with a field name.
fn field_children<'t>(node: Node<'t>, field: u16) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    let Some(field) = std::num::NonZero::new(field) else { return Vec::new() };
    node.children_by_field_id(field, &mut cursor).filter(Node::is_named).collect()
}

fn bytes(node: Node<'_>) -> Bytes {
    node.start_byte() as u32..node.end_byte() as u32
}

impl<'t> Lowering<'t> {
    fn fields(&self) -> &'static Fields {
        &GRAMMAR.fields
    }

    fn text(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    fn name(&mut self, node: Node<'_>) -> Name {
        let text = self.text(node);
        self.builder.name(text)
    }

    fn field<'n>(&self, node: Node<'n>, field: u16) -> Option<Node<'n>> {
        node.child_by_field_id(field)
    }

    // Scopes and blocks.

    fn open_scope(&mut self) {
        self.marks.push(self.scope.len());
    }

    fn close_scope(&mut self) {
        if let Some(mark) = self.marks.pop() {
            self.scope.truncate(mark);
        }
    }

    /// Lowers into a block of its own.
    fn in_block(&mut self, fill: impl FnOnce(&mut Self)) -> BlockId {
        self.steps.push(Vec::new());
        self.open_scope();
        fill(self);
        self.close_scope();
        let steps = self.steps.pop().unwrap_or_default();
        self.builder.block(steps)
    }

    fn emit(&mut self, kind: StepKind, place: Bytes) {
        if let Some(steps) = self.steps.last_mut() {
            steps.push(Step { kind, place });
        }
    }

    fn lookup(&self, name: Name) -> Option<VarId> {
        self.scope.iter().rev().find(|(it, _)| *it == name).map(|(_, var)| *var)
    }

    /// A variable of the innermost block only.
    fn lookup_here(&self, name: Name) -> Option<VarId> {
        let mark = self.marks.last().copied().unwrap_or(0);
        let here = self.scope.get(mark..).unwrap_or(&[]);
        here.iter().rev().find(|(it, _)| *it == name).map(|(_, var)| *var)
    }

    fn declare(&mut self, name: Name, ty: Option<TypeId>, place: Bytes, parameter: bool) -> VarId {
        let variable =
            Variable { name, ty, place, init: None, assignments: 0, parameter, element_of: None };
        let var = self.builder.variable(variable);
        self.scope.push((name, var));
        var
    }

    fn call_step(&mut self, call: Call) -> (CallId, Temp) {
        let place = call.place.clone();
        let call = self.builder.call(call);
        let result = self.builder.temp(TempSource::Call(call));
        self.emit(StepKind::Call { call, result }, place);
        (call, result)
    }

    // Declarations.

    fn declaration(&mut self, node: Node<'_>) {
        match GRAMMAR.kind(node) {
            Kind::FunctionDeclaration | Kind::MethodDeclaration => self.function(node),
            Kind::TypeDeclaration => self.type_declaration(node, true),
            Kind::ConstDeclaration => {
                let consts = self.const_declaration(node);
                self.builder.code.consts.extend(consts);
            }
            Kind::VarDeclaration => {
                let specs = var_specs(node);
                for spec in specs {
                    self.package_var(spec);
                }
            }
            _ => {}
        }
    }

    fn type_declaration(&mut self, node: Node<'_>, package: bool) {
        for spec in children(node) {
            let kind = GRAMMAR.kind(spec);
            if !matches!(kind, Kind::TypeSpec | Kind::TypeAlias) {
                continue;
            }
            let Some(name_node) = self.field(spec, self.fields().name) else { continue };
            let name = self.name(name_node);
            let ty = match self.field(spec, self.fields().ty) {
                Some(ty) => self.ty(ty),
                None => self.builder.ty(TypeExpr::Unknown),
            };
            // Types declared inside a function are rare and have no methods; they are added to
            // the package's, a clash of names only widens what is known.
            let _ = package;
            self.builder.code.type_decls.push(TypeDecl {
                name,
                ty,
                alias: kind == Kind::TypeAlias,
                place: bytes(name_node),
            });
        }
    }

    /// Constants of a group, values repeated as `iota` groups do.
    fn const_declaration(&mut self, node: Node<'_>) -> Vec<ValueDecl> {
        let mut found = Vec::new();
        let mut previous: (Vec<Node<'_>>, Option<TypeId>) = (Vec::new(), None);
        for (iota, spec) in
            children(node).into_iter().filter(|it| GRAMMAR.kind(*it) == Kind::ConstSpec).enumerate()
        {
            if let Some(values) = self.field(spec, self.fields().value) {
                let ty = self.field(spec, self.fields().ty).map(|it| self.ty(it));
                previous = (children(values), ty);
            }
            let names = field_children(spec, self.fields().name);
            let names = names.into_iter().filter(|it| GRAMMAR.kind(*it) == Kind::Identifier);
            for (position, name_node) in names.enumerate() {
                let name = self.name(name_node);
                self.iota = Some(iota as i64);
                let value = previous.0.get(position).copied().map(|it| self.expression(it));
                self.iota = None;
                found.push(ValueDecl {
                    name,
                    ty: previous.1,
                    value,
                    position: 0,
                    iota: Some(iota as i64),
                    steps: None,
                    place: bytes(name_node),
                });
            }
        }
        found
    }

    fn package_var(&mut self, spec: Node<'_>) {
        let ty = self.field(spec, self.fields().ty).map(|it| self.ty(it));
        let value_nodes = self.field(spec, self.fields().value).map(children).unwrap_or_default();
        let mut values = Vec::new();
        let steps = self.in_block(|it| {
            values = value_nodes.iter().map(|node| it.expression(*node)).collect();
        });
        for (position, name_node) in
            field_children(spec, self.fields().name).into_iter().enumerate()
        {
            let name = self.name(name_node);
            let shared = values.len() == 1;
            let value = if shared { values.first() } else { values.get(position) };
            self.builder.code.vars.push(ValueDecl {
                name,
                ty,
                value: value.copied(),
                position: if shared { position as u32 } else { 0 },
                iota: None,
                steps: Some(steps),
                place: bytes(name_node),
            });
        }
    }

    fn function(&mut self, node: Node<'_>) {
        let Some(name_node) = self.field(node, self.fields().name) else { return };
        let name = self.name(name_node);
        self.open_scope();
        let receiver = self
            .field(node, self.fields().receiver)
            .and_then(|it| self.parameters(it).into_iter().next());
        let receiver_type = receiver.as_ref().and_then(|it| self.base_name(it.ty));
        let type_params = self
            .field(node, self.fields().type_parameters)
            .map(|it| self.type_parameters(it))
            .unwrap_or_default();
        self.function_body(
            node,
            Some(name),
            receiver,
            receiver_type,
            type_params,
            bytes(name_node),
        );
        self.close_scope();
    }

    fn type_parameters(&mut self, node: Node<'_>) -> Vec<Name> {
        let mut names = Vec::new();
        for declaration in children(node) {
            for name in field_children(declaration, self.fields().name) {
                names.push(self.name(name));
            }
        }
        names
    }

    /// The rest of a function: parameters, results and body. The caller opened the scope.
    fn function_body(
        &mut self,
        node: Node<'_>,
        name: Option<Name>,
        receiver: Option<Param>,
        receiver_type: Option<Name>,
        type_params: Vec<Name>,
        place: Bytes,
    ) -> FunctionId {
        let params = self
            .field(node, self.fields().parameters)
            .map(|it| self.parameters(it))
            .unwrap_or_default();
        let results = match self.field(node, self.fields().result) {
            Some(result) if GRAMMAR.kind(result) == Kind::ParameterList => self.parameters(result),
            Some(result) => {
                let ty = self.ty(result);
                vec![Param { var: None, name: None, ty, variadic: false }]
            }
            None => Vec::new(),
        };
        let id = self.builder.function(Function {
            name,
            receiver,
            receiver_type,
            params,
            results,
            body: None,
            parent: self.function,
            type_params,
            place,
            span: bytes(node),
            calls: 0..0,
            exprs: 0..0,
            variables: 0..0,
        });
        if let Some(body) = self.field(node, self.fields().body) {
            let outer = self.function.replace(id);
            let outer_steps = std::mem::take(&mut self.steps);
            let outer_label = self.label.take();
            let (calls, exprs, variables) = self.builder.position();
            // Parameters and body are one block: `ctx, cancel := ...` assigns to a parameter.
            self.steps.push(Vec::new());
            self.statements(body);
            let steps = self.steps.pop().unwrap_or_default();
            let block = self.builder.block(steps);
            let (calls_end, exprs_end, variables_end) = self.builder.position();
            self.steps = outer_steps;
            self.function = outer;
            self.label = outer_label;
            if let Some(function) = self.builder.function_mut(id) {
                function.body = Some(block);
                function.calls = calls..calls_end;
                function.exprs = exprs..exprs_end;
                function.variables = variables..variables_end;
            }
        }
        id
    }

    fn parameters(&mut self, list: Node<'_>) -> Vec<Param> {
        let mut params = Vec::new();
        for declaration in children(list) {
            let variadic = match GRAMMAR.kind(declaration) {
                Kind::ParameterDeclaration => false,
                Kind::VariadicParameterDeclaration => true,
                _ => continue,
            };
            let ty = match self.field(declaration, self.fields().ty) {
                Some(ty) => self.ty(ty),
                None => self.builder.ty(TypeExpr::Unknown),
            };
            let names = field_children(declaration, self.fields().name);
            if names.is_empty() {
                params.push(Param { var: None, name: None, ty, variadic });
            }
            for name_node in names {
                let name = self.name(name_node);
                let ty = if variadic { self.builder.ty(TypeExpr::Slice(ty)) } else { ty };
                let var = (self.text(name_node) != "_")
                    .then(|| self.declare(name, Some(ty), bytes(name_node), true));
                params.push(Param { var, name: Some(name), ty, variadic });
            }
        }
        params
    }
}

fn var_specs(node: Node<'_>) -> Vec<Node<'_>> {
    let mut specs = Vec::new();
    for child in children(node) {
        match GRAMMAR.kind(child) {
            Kind::VarSpec => specs.push(child),
            Kind::VarSpecList => specs.extend(
                children(child).into_iter().filter(|it| GRAMMAR.kind(*it) == Kind::VarSpec),
            ),
            _ => {}
        }
    }
    specs
}
