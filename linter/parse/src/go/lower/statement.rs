//! Statements.

use tree_sitter::Node;

use super::{
    BlockId, Bytes, Expr, ExprId, GRAMMAR, Kind, Lowering, MAX_DEPTH, Name, StepKind, VarId, bytes,
    children, field_children, var_specs,
};
use crate::go::code::{Case, Communication, Loop, Operator, RangeLoop, SelectCase, Switch};

impl Lowering<'_> {
    /// All statements of a block or case.
    pub(super) fn statements(&mut self, node: Node<'_>) {
        for child in children(node) {
            if GRAMMAR.kind(child) == Kind::StatementList {
                self.statements(child);
            } else {
                self.statement(child);
            }
        }
    }

    fn statement(&mut self, node: Node<'_>) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let label = self.label.take();
        match GRAMMAR.kind(node) {
            Kind::LabeledStatement => {
                let name = self.field(node, self.fields().label).map(|it| self.name(it));
                let inner = children(node).into_iter().nth(1);
                self.label = name;
                if let Some(inner) = inner {
                    self.statement(inner);
                }
                self.label = None;
            }
            Kind::ForStatement => self.for_statement(node, label),
            Kind::ExpressionSwitchStatement => self.switch(node, label),
            Kind::TypeSwitchStatement => self.type_switch(node, label),
            _ => self.simple(node),
        }
        self.depth -= 1;
    }

    fn simple(&mut self, node: Node<'_>) {
        let fields = self.fields();
        match GRAMMAR.kind(node) {
            Kind::Block => {
                let block = self.in_block(|it| it.statements(node));
                self.emit(StepKind::Block(block), bytes(node));
            }
            Kind::ExpressionStatement => {
                for child in children(node) {
                    self.expression(child);
                }
            }
            Kind::SendStatement => {
                let channel = self.field(node, fields.channel).map(|it| self.expression(it));
                let value = self.field(node, fields.value).map(|it| self.expression(it));
                if let (Some(channel), Some(value)) = (channel, value) {
                    self.emit(StepKind::Send { channel, value }, bytes(node));
                }
            }
            Kind::IncStatement | Kind::DecStatement => self.increment(node),
            Kind::AssignmentStatement => self.assignment(node),
            Kind::ShortVarDeclaration => {
                let values = self.field(node, fields.right).map(children).unwrap_or_default();
                let values: Vec<_> = values.into_iter().map(|it| self.expression(it)).collect();
                let targets = self.field(node, fields.left).map(children).unwrap_or_default();
                self.define(&targets, values, bytes(node));
            }
            Kind::VarDeclaration => {
                for spec in var_specs(node) {
                    self.local_var(spec);
                }
            }
            Kind::ConstDeclaration => self.local_consts(node),
            Kind::TypeDeclaration => self.type_declaration(node, false),
            Kind::ReturnStatement => {
                let values = children(node).first().copied().map(children).unwrap_or_default();
                let values: Vec<_> = values.into_iter().map(|it| self.expression(it)).collect();
                self.emit(StepKind::Return(values.into()), bytes(node));
            }
            Kind::GoStatement | Kind::DeferStatement => self.go_or_defer(node),
            Kind::IfStatement => self.if_statement(node),
            Kind::SelectStatement => self.select(node),
            Kind::BreakStatement => {
                let label = self.label_name(node);
                self.emit(StepKind::Break(label), bytes(node));
            }
            Kind::ContinueStatement => {
                let label = self.label_name(node);
                self.emit(StepKind::Continue(label), bytes(node));
            }
            Kind::FallthroughStatement => self.emit(StepKind::Fallthrough, bytes(node)),
            Kind::GotoStatement => self.emit(StepKind::Goto, bytes(node)),
            _ => {}
        }
    }

    fn label_name(&mut self, node: Node<'_>) -> Option<Name> {
        children(node).first().copied().map(|it| self.name(it))
    }

    // Assignments.

    /// `targets := values`: fresh variables for the names that the block does not have yet.
    fn define(&mut self, targets: &[Node<'_>], values: Vec<ExprId>, place: Bytes) {
        let (targets, fresh) = self.fresh_targets(targets);
        for var in &fresh {
            self.emit(StepKind::Declare { var: *var }, place.clone());
        }
        let shared = values.len() == 1;
        for (position, target) in targets.iter().enumerate() {
            let Expr::Local(var) = *self.builder.code.expr(*target) else { continue };
            let value = if shared { values.first() } else { values.get(position) }.copied();
            let is_fresh = fresh.contains(&var);
            let Some(variable) = self.builder.variable_mut(var) else { continue };
            if is_fresh {
                let position = if shared { position as u32 } else { 0 };
                variable.init = value.map(|it| (it, position));
            } else {
                variable.assignments += 1;
            }
        }
        self.emit(StepKind::Assign { targets: targets.into(), values: values.into() }, place);
    }

    /// Target expressions of `:=`, and the variables among them that are new.
    fn fresh_targets(&mut self, targets: &[Node<'_>]) -> (Vec<ExprId>, Vec<VarId>) {
        let mut exprs = Vec::new();
        let mut fresh = Vec::new();
        for target in targets {
            let expr = if self.text(*target) == "_" {
                Expr::Unknown
            } else {
                let name = self.name(*target);
                Expr::Local(self.lookup_here(name).unwrap_or_else(|| {
                    let var = self.declare(name, None, bytes(*target), false);
                    fresh.push(var);
                    var
                }))
            };
            exprs.push(self.builder.expr(expr, bytes(*target)));
        }
        (exprs, fresh)
    }

    fn assignment(&mut self, node: Node<'_>) {
        let fields = self.fields();
        let target_nodes = self.field(node, fields.left).map(children).unwrap_or_default();
        let targets: Vec<_> = target_nodes.into_iter().map(|it| self.target(it)).collect();
        let value_nodes = self.field(node, fields.right).map(children).unwrap_or_default();
        let mut values: Vec<_> = value_nodes.into_iter().map(|it| self.expression(it)).collect();
        let operator = self.field(node, fields.operator).map_or("=", |it| self.text(it));
        if operator != "=" {
            let operator = match operator {
                "+=" => Operator::Add,
                "-=" => Operator::Subtract,
                "*=" => Operator::Multiply,
                "/=" => Operator::Divide,
                _ => Operator::Other,
            };
            for (value, target) in values.iter_mut().zip(&targets) {
                let expr = Expr::Binary { operator, left: *target, right: *value };
                *value = self.builder.expr(expr, bytes(node));
            }
        }
        self.count_assignments(&targets);
        self.emit(StepKind::Assign { targets: targets.into(), values: values.into() }, bytes(node));
    }

    fn target(&mut self, node: Node<'_>) -> ExprId {
        if self.text(node) == "_" { self.unknown(node) } else { self.expression(node) }
    }

    fn count_assignments(&mut self, targets: &[ExprId]) {
        for target in targets {
            if let Expr::Local(var) = *self.builder.code.expr(*target)
                && let Some(variable) = self.builder.variable_mut(var)
            {
                variable.assignments += 1;
            }
        }
    }

    fn increment(&mut self, node: Node<'_>) {
        let Some(operand) = children(node).first().copied() else { return };
        let target = self.expression(operand);
        let one = self.builder.expr(Expr::Int(1), bytes(node));
        let operator = match GRAMMAR.kind(node) {
            Kind::IncStatement => Operator::Add,
            _ => Operator::Subtract,
        };
        let value =
            self.builder.expr(Expr::Binary { operator, left: target, right: one }, bytes(node));
        self.count_assignments(&[target]);
        self.emit(
            StepKind::Assign { targets: Box::new([target]), values: Box::new([value]) },
            bytes(node),
        );
    }

    fn local_var(&mut self, spec: Node<'_>) {
        let fields = self.fields();
        let ty = self.field(spec, fields.ty).map(|it| self.ty(it));
        let values = self.field(spec, fields.value).map(children).unwrap_or_default();
        let values: Vec<_> = values.into_iter().map(|it| self.expression(it)).collect();
        let mut targets = Vec::new();
        let shared = values.len() == 1;
        for (position, name_node) in field_children(spec, fields.name).into_iter().enumerate() {
            let name = self.name(name_node);
            let var = self.declare(name, ty, bytes(name_node), false);
            let value = if shared { values.first() } else { values.get(position) }.copied();
            if let Some(variable) = self.builder.variable_mut(var) {
                let position = if shared { position as u32 } else { 0 };
                variable.init = value.map(|it| (it, position));
            }
            self.emit(StepKind::Declare { var }, bytes(name_node));
            targets.push(self.builder.expr(Expr::Local(var), bytes(name_node)));
        }
        if !values.is_empty() {
            self.emit(
                StepKind::Assign { targets: targets.into(), values: values.into() },
                bytes(spec),
            );
        }
    }

    /// Constants of a function are variables that are assigned once.
    fn local_consts(&mut self, node: Node<'_>) {
        for constant in self.const_declaration(node) {
            let Some(value) = constant.value else { continue };
            let var = self.declare(constant.name, constant.ty, constant.place.clone(), false);
            if let Some(variable) = self.builder.variable_mut(var) {
                variable.init = Some((value, 0));
            }
            self.emit(StepKind::Declare { var }, constant.place.clone());
            let target = self.builder.expr(Expr::Local(var), constant.place.clone());
            self.emit(
                StepKind::Assign { targets: Box::new([target]), values: Box::new([value]) },
                constant.place,
            );
        }
    }

    // Control flow.

    fn go_or_defer(&mut self, node: Node<'_>) {
        let Some(mut inner) = children(node).first().copied() else { return };
        while GRAMMAR.kind(inner) == Kind::ParenthesizedExpression
            && let Some(operand) = children(inner).first().copied()
        {
            inner = operand;
        }
        if !matches!(GRAMMAR.kind(inner), Kind::CallExpression | Kind::TypeConversionExpression) {
            return;
        }
        let Some(call) = self.call(inner) else { return };
        let place = bytes(node);
        let call = self.builder.call(call);
        let kind = match GRAMMAR.kind(node) {
            Kind::GoStatement => StepKind::Go(call),
            _ => StepKind::Defer(call),
        };
        self.emit(kind, place);
    }

    fn if_statement(&mut self, node: Node<'_>) {
        let fields = self.fields();
        self.open_scope();
        if let Some(initializer) = self.field(node, fields.initializer) {
            self.statement(initializer);
        }
        let condition = match self.field(node, fields.condition) {
            Some(condition) => self.expression(condition),
            None => self.unknown(node),
        };
        let then = match self.field(node, fields.consequence) {
            Some(block) => self.in_block(|it| it.statements(block)),
            None => self.builder.block(Vec::new()),
        };
        let otherwise = self.field(node, fields.alternative).map(|alternative| {
            self.in_block(|it| match GRAMMAR.kind(alternative) {
                Kind::Block => it.statements(alternative),
                _ => it.statement(alternative),
            })
        });
        self.emit(StepKind::If { condition, then, otherwise }, bytes(node));
        self.close_scope();
    }

    fn for_statement(&mut self, node: Node<'_>, label: Option<Name>) {
        let fields = self.fields();
        let Some(body) = self.field(node, fields.body) else { return };
        let clause = children(node).into_iter().find(|it| it.id() != body.id());
        self.open_scope();
        match clause.map(|it| (GRAMMAR.kind(it), it)) {
            Some((Kind::RangeClause, clause)) => self.range(node, clause, body, label),
            Some((Kind::ForClause, clause)) => {
                let mark = self.scope.len();
                if let Some(initializer) = self.field(clause, fields.initializer) {
                    self.statement(initializer);
                }
                let vars = self.scope.get(mark..).unwrap_or(&[]).iter().map(|(_, var)| *var);
                let vars: Vec<_> = vars.collect();
                let condition = self.field(clause, fields.condition);
                let update = self.field(clause, fields.update);
                self.emit_loop(node, label, condition, update, body, vars);
            }
            other => {
                let condition = other.map(|(_, it)| it);
                self.emit_loop(node, label, condition, None, body, Vec::new());
            }
        }
        self.close_scope();
    }

    fn emit_loop(
        &mut self,
        node: Node<'_>,
        label: Option<Name>,
        condition: Option<Node<'_>>,
        update: Option<Node<'_>>,
        body: Node<'_>,
        vars: Vec<VarId>,
    ) {
        let mut condition_expr = None;
        let head = self.in_block(|it| {
            condition_expr = condition.map(|node| it.expression(node));
        });
        let body = self.in_block(|it| it.statements(body));
        let post = self.in_block(|it| {
            if let Some(update) = update {
                it.statement(update);
            }
        });
        let kind = Loop { label, head, condition: condition_expr, post, body, vars: vars.into() };
        self.emit(StepKind::Loop(Box::new(kind)), bytes(node));
    }

    fn range(&mut self, node: Node<'_>, clause: Node<'_>, body: Node<'_>, label: Option<Name>) {
        let fields = self.fields();
        let over = match self.field(clause, fields.right) {
            Some(over) => self.expression(over),
            None => self.unknown(clause),
        };
        let left = self.field(clause, fields.left);
        let targets = left.map(children).unwrap_or_default();
        let defines = left.is_some_and(|left| {
            let until_range = left.end_byte()..clause.end_byte();
            self.text.get(until_range).is_some_and(|it| it.trim_start().starts_with(":="))
        });
        let (targets, fresh) = if defines {
            self.fresh_targets(&targets)
        } else {
            let targets: Vec<_> = targets.into_iter().map(|it| self.target(it)).collect();
            self.count_assignments(&targets);
            (targets, Vec::new())
        };
        if let Some(Expr::Local(var)) = targets.get(1).map(|it| self.builder.code.expr(*it)) {
            let var = *var;
            if let Some(variable) = self.builder.variable_mut(var) {
                variable.element_of = Some(over);
            }
        }
        let body = self.in_block(|it| it.statements(body));
        let range = RangeLoop {
            label,
            over,
            key: targets.first().copied(),
            value: targets.get(1).copied(),
            vars: fresh.into(),
            body,
        };
        self.emit(StepKind::Range(Box::new(range)), bytes(node));
    }

    fn case_body(&mut self, node: Node<'_>) -> BlockId {
        self.in_block(|it| {
            for child in children(node) {
                if GRAMMAR.kind(child) == Kind::StatementList {
                    it.statements(child);
                }
            }
        })
    }

    fn switch(&mut self, node: Node<'_>, label: Option<Name>) {
        let fields = self.fields();
        self.open_scope();
        if let Some(initializer) = self.field(node, fields.initializer) {
            self.statement(initializer);
        }
        let subject = self.field(node, fields.value).map(|it| self.expression(it));
        let mut cases = Vec::new();
        for case in children(node) {
            match GRAMMAR.kind(case) {
                Kind::ExpressionCase => {
                    let values = self.field(case, fields.value).map(children).unwrap_or_default();
                    let values: Vec<_> = values.into_iter().map(|it| self.expression(it)).collect();
                    let body = self.case_body(case);
                    cases.push(Case { default: false, values: values.into(), binding: None, body });
                }
                Kind::DefaultCase => {
                    let body = self.case_body(case);
                    cases.push(Case { default: true, values: Box::default(), binding: None, body });
                }
                _ => {}
            }
        }
        let switch = Switch { label, subject, types: false, cases: cases.into() };
        self.emit(StepKind::Switch(Box::new(switch)), bytes(node));
        self.close_scope();
    }

    fn type_switch(&mut self, node: Node<'_>, label: Option<Name>) {
        let fields = self.fields();
        self.open_scope();
        if let Some(initializer) = self.field(node, fields.initializer) {
            self.statement(initializer);
        }
        let subject = self.field(node, fields.value).map(|it| self.expression(it));
        let alias = self.field(node, fields.alias).and_then(|it| children(it).first().copied());
        let mut cases = Vec::new();
        for case in children(node) {
            let default = match GRAMMAR.kind(case) {
                Kind::TypeCase => false,
                Kind::DefaultCase => true,
                _ => continue,
            };
            let types = field_children(case, fields.ty);
            let single = if let [only] = types.as_slice() { Some(self.ty(*only)) } else { None };
            let values: Vec<_> = types
                .into_iter()
                .map(|it| {
                    let ty = self.ty(it);
                    self.builder.expr(Expr::Type(ty), bytes(it))
                })
                .collect();
            let mut binding = None;
            let body = self.in_block(|it| {
                binding = alias.map(|alias| {
                    let name = it.name(alias);
                    it.declare(name, single, bytes(alias), false)
                });
                for child in children(case) {
                    if GRAMMAR.kind(child) == Kind::StatementList {
                        it.statements(child);
                    }
                }
            });
            cases.push(Case { default, values: values.into(), binding, body });
        }
        let switch = Switch { label, subject, types: true, cases: cases.into() };
        self.emit(StepKind::Switch(Box::new(switch)), bytes(node));
        self.close_scope();
    }

    fn select(&mut self, node: Node<'_>) {
        let fields = self.fields();
        let mut cases = Vec::new();
        for case in children(node) {
            self.open_scope();
            let communication = match GRAMMAR.kind(case) {
                Kind::DefaultCase => Some(Communication::Default),
                Kind::CommunicationCase => {
                    self.field(case, fields.communication).and_then(|it| self.communication(it))
                }
                _ => None,
            };
            if let Some(communication) = communication {
                let body = self.case_body(case);
                cases.push(SelectCase { communication, body, place: bytes(case) });
            }
            self.close_scope();
        }
        self.emit(StepKind::Select(cases.into()), bytes(node));
    }

    fn communication(&mut self, node: Node<'_>) -> Option<Communication> {
        let fields = self.fields();
        if GRAMMAR.kind(node) == Kind::SendStatement {
            let channel = self.field(node, fields.channel).map(|it| self.expression(it))?;
            let value = self.field(node, fields.value).map(|it| self.expression(it))?;
            return Some(Communication::Send { channel, value });
        }
        let right = self.field(node, fields.right)?;
        // The receive itself belongs to the select, only its channel is evaluated before.
        let channel = if GRAMMAR.kind(right) == Kind::UnaryExpression {
            let operand = self.field(right, fields.operand)?;
            self.expression(operand)
        } else {
            self.expression(right)
        };
        let left = self.field(node, fields.left);
        let nodes = left.map(children).unwrap_or_default();
        let defines = left.is_some_and(|left| {
            self.text.get(left.end_byte()..right.start_byte()).is_some_and(|it| it.contains(":="))
        });
        let (targets, vars) = if defines {
            self.fresh_targets(&nodes)
        } else {
            let targets: Vec<_> = nodes.into_iter().map(|it| self.target(it)).collect();
            self.count_assignments(&targets);
            (targets, Vec::new())
        };
        Some(Communication::Receive { channel, targets: targets.into(), vars: vars.into() })
    }
}
