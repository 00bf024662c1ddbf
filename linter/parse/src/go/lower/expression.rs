//! Expressions. Calls and receives inside them become steps.

use tree_sitter::Node;

use super::{
    Call, Expr, ExprId, FunctionId, GRAMMAR, Kind, Lowering, MAX_DEPTH, StepKind, TempSource,
    bytes, children,
    literal::{integer, rune, unquote},
};
use crate::go::code::{CallId, Element, Operator};

/// The number of a call until it is part of the code.
const UNNUMBERED: CallId = CallId(u32::MAX);

impl Lowering<'_> {
    pub(super) fn expression(&mut self, node: Node<'_>) -> ExprId {
        if self.depth > MAX_DEPTH {
            return self.unknown(node);
        }
        self.depth += 1;
        let expr = self.expr(node);
        self.depth -= 1;
        expr
    }

    pub(super) fn unknown(&mut self, node: Node<'_>) -> ExprId {
        self.builder.expr(Expr::Unknown, bytes(node))
    }

    fn optional(&mut self, node: Node<'_>, field: u16) -> ExprId {
        match self.field(node, field) {
            Some(inner) => self.expression(inner),
            None => self.unknown(node),
        }
    }

    fn expr(&mut self, node: Node<'_>) -> ExprId {
        let fields = self.fields();
        let expr = match GRAMMAR.kind(node) {
            Kind::Identifier => self.identifier(node),
            Kind::InterpretedString | Kind::RawString => {
                let text = unquote(self.text(node));
                Expr::Str(self.builder.name(&text))
            }
            Kind::IntLiteral => integer(self.text(node)).map_or(Expr::Unknown, Expr::Int),
            Kind::FloatLiteral => {
                self.text(node).replace('_', "").parse().map_or(Expr::Unknown, Expr::Float)
            }
            Kind::RuneLiteral => rune(self.text(node)).map_or(Expr::Unknown, Expr::Int),
            Kind::Nil => Expr::Nil,
            Kind::True => Expr::Bool(true),
            Kind::False => Expr::Bool(false),
            Kind::Iota => self.iota.map_or(Expr::Iota, Expr::Int),
            Kind::ParenthesizedExpression => {
                return match children(node).first() {
                    Some(inner) => self.expression(*inner),
                    None => self.unknown(node),
                };
            }
            Kind::SelectorExpression => {
                let base = self.optional(node, fields.operand);
                let Some(field) = self.field(node, fields.field) else { return self.unknown(node) };
                Expr::Select { base, field: self.name(field) }
            }
            Kind::IndexExpression => {
                let base = self.optional(node, fields.operand);
                let index = self.optional(node, fields.index);
                Expr::Index { base, index }
            }
            Kind::SliceExpression => Expr::Slice { base: self.optional(node, fields.operand) },
            Kind::CallExpression | Kind::TypeConversionExpression => {
                let Some(call) = self.call(node) else { return self.unknown(node) };
                let (_, result) = self.call_step(call);
                Expr::Result(result)
            }
            Kind::TypeAssertionExpression => {
                let base = self.optional(node, fields.operand);
                let Some(ty) = self.field(node, fields.ty) else { return base };
                Expr::Assert { base, ty: self.ty(ty) }
            }
            Kind::TypeInstantiationExpression => {
                let Some(ty) = self.field(node, fields.ty) else { return self.unknown(node) };
                return self.expression_of_type(ty);
            }
            Kind::CompositeLiteral => {
                let ty = self.field(node, fields.ty).map(|it| self.ty(it));
                let elements = match self.field(node, fields.body) {
                    Some(body) => self.elements(body),
                    None => Box::default(),
                };
                Expr::Composite { ty, elements }
            }
            Kind::LiteralValue => Expr::Composite { ty: None, elements: self.elements(node) },
            Kind::FuncLiteral => Expr::Function(self.func_literal(node)),
            Kind::UnaryExpression => return self.unary(node),
            Kind::BinaryExpression => {
                let left = self.optional(node, fields.left);
                let right = self.optional(node, fields.right);
                let operator = self
                    .field(node, fields.operator)
                    .map_or(Operator::Other, |it| binary(self.text(it)));
                Expr::Binary { operator, left, right }
            }
            Kind::TypeIdentifier | Kind::QualifiedType | Kind::GenericType => {
                return self.expression_of_type(node);
            }
            Kind::PointerType
            | Kind::StructType
            | Kind::InterfaceType
            | Kind::ArrayType
            | Kind::SliceType
            | Kind::MapType
            | Kind::ChannelType
            | Kind::FunctionType
            | Kind::ParenthesizedType => Expr::Type(self.ty(node)),
            _ => Expr::Unknown,
        };
        self.builder.expr(expr, bytes(node))
    }

    fn identifier(&mut self, node: Node<'_>) -> Expr {
        let name = self.name(node);
        match self.lookup(name) {
            Some(var) => Expr::Local(var),
            None => Expr::Global(name),
        }
    }

    /// A type name where an expression stands: it may as well be a value (`new(x)` of Go 1.26).
    fn expression_of_type(&mut self, node: Node<'_>) -> ExprId {
        let fields = self.fields();
        let expr = match GRAMMAR.kind(node) {
            Kind::TypeIdentifier => self.identifier(node),
            Kind::QualifiedType => {
                let (Some(package), Some(name)) =
                    (self.field(node, fields.package), self.field(node, fields.name))
                else {
                    return self.unknown(node);
                };
                let base = self.identifier(package);
                let base = self.builder.expr(base, bytes(package));
                Expr::Select { base, field: self.name(name) }
            }
            // `fns[i](x)` looks like a conversion to a generic type.
            Kind::GenericType => {
                let Some(base) = self.field(node, fields.ty) else { return self.unknown(node) };
                let base = self.expression_of_type(base);
                let argument = self.field(node, fields.type_arguments).and_then(|it| {
                    let inner = children(it).first().copied()?;
                    Some(children(inner).first().copied().unwrap_or(inner))
                });
                match argument {
                    Some(argument) => {
                        let index = self.expression_of_type(argument);
                        Expr::Index { base, index }
                    }
                    None => return base,
                }
            }
            _ => Expr::Type(self.ty(node)),
        };
        self.builder.expr(expr, bytes(node))
    }

    /// Callee and arguments, evaluated in order; the call itself is not yet a step.
    pub(super) fn call(&mut self, node: Node<'_>) -> Option<Call> {
        let fields = self.fields();
        if GRAMMAR.kind(node) == Kind::TypeConversionExpression {
            let ty = self.field(node, fields.ty)?;
            let callee = self.expression_of_type(ty);
            let operand = self.optional(node, fields.operand);
            return Some(Call {
                id: UNNUMBERED,
                callee,
                args: Box::new([operand]),
                spread: false,
                place: bytes(node),
            });
        }
        let function = self.field(node, fields.function)?;
        let mut callee = self.expression(function);
        if let Some(arguments) = self.field(node, fields.type_arguments) {
            let first = children(arguments).first().copied();
            if let Some(argument) = first.map(|it| children(it).first().copied().unwrap_or(it)) {
                let index = self.expression_of_type(argument);
                let place = bytes(function);
                callee = self.builder.expr(Expr::Index { base: callee, index }, place);
            }
        }
        let mut spread = false;
        let mut args = Vec::new();
        for argument in self.field(node, fields.arguments).map(children).unwrap_or_default() {
            match GRAMMAR.kind(argument) {
                Kind::VariadicArgument => {
                    spread = true;
                    if let Some(inner) = children(argument).first() {
                        args.push(self.expression(*inner));
                    }
                }
                Kind::Error => {}
                _ => args.push(self.expression(argument)),
            }
        }
        Some(Call { id: UNNUMBERED, callee, args: args.into(), spread, place: bytes(node) })
    }

    fn unary(&mut self, node: Node<'_>) -> ExprId {
        let fields = self.fields();
        let operator = self.field(node, fields.operator).map_or("", |it| self.text(it));
        let operand = self.optional(node, fields.operand);
        let expr = match operator {
            "<-" => {
                let result = self.builder.temp(TempSource::Receive(operand));
                self.emit(StepKind::Receive { channel: operand, result }, bytes(node));
                Expr::Result(result)
            }
            "+" => return operand,
            _ => {
                let operator = match operator {
                    "&" => Operator::AddressOf,
                    "*" => Operator::Dereference,
                    "!" => Operator::Not,
                    "-" => Operator::Negate,
                    _ => Operator::Other,
                };
                Expr::Unary { operator, operand }
            }
        };
        self.builder.expr(expr, bytes(node))
    }

    fn elements(&mut self, body: Node<'_>) -> Box<[Element]> {
        let mut elements = Vec::new();
        for element in children(body) {
            match GRAMMAR.kind(element) {
                Kind::KeyedElement => {
                    let key = self.field(element, self.fields().key).map(|it| self.key(it));
                    let value = match self.field(element, self.fields().value) {
                        Some(value) => self.element_value(value),
                        None => self.unknown(element),
                    };
                    elements.push(Element { key, value });
                }
                Kind::LiteralElement => {
                    let value = self.element_value(element);
                    elements.push(Element { key: None, value });
                }
                _ => {}
            }
        }
        elements.into()
    }

    fn element_value(&mut self, node: Node<'_>) -> ExprId {
        match children(node).first() {
            Some(inner) if GRAMMAR.kind(node) == Kind::LiteralElement => self.expression(*inner),
            _ => self.expression(node),
        }
    }

    /// A key: a bare identifier is a field far more often than a local variable, and as a global
    /// name it can be either.
    fn key(&mut self, node: Node<'_>) -> ExprId {
        let inner = match children(node).first() {
            Some(inner) if GRAMMAR.kind(node) == Kind::LiteralElement => *inner,
            _ => node,
        };
        if matches!(GRAMMAR.kind(inner), Kind::Identifier | Kind::FieldIdentifier) {
            let name = self.name(inner);
            return self.builder.expr(Expr::Global(name), bytes(inner));
        }
        self.expression(inner)
    }

    fn func_literal(&mut self, node: Node<'_>) -> FunctionId {
        self.open_scope();
        let start = node.start_byte() as u32;
        let keyword = start..start + "func".len() as u32;
        let id = self.function_body(node, None, None, None, Vec::new(), keyword);
        self.close_scope();
        id
    }
}

fn binary(text: &str) -> Operator {
    match text {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Remainder,
        "<<" => Operator::ShiftLeft,
        ">>" => Operator::ShiftRight,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "&&" => Operator::And,
        "||" => Operator::Or,
        _ => Operator::Other,
    }
}
