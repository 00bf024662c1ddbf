//! Types as written.

use tree_sitter::Node;

use super::{
    GRAMMAR, Kind, Lowering, MAX_DEPTH, Name, TypeExpr, TypeId, bytes, children, field_children,
    literal::unquote,
};
use crate::go::code::Field;

impl Lowering<'_> {
    pub(super) fn ty(&mut self, node: Node<'_>) -> TypeId {
        if self.depth > MAX_DEPTH {
            return self.builder.ty(TypeExpr::Unknown);
        }
        self.depth += 1;
        let ty = self.type_expr(node);
        self.depth -= 1;
        self.builder.ty(ty)
    }

    fn inner(&mut self, node: Node<'_>, field: u16) -> TypeId {
        match self.field(node, field) {
            Some(inner) => self.ty(inner),
            None => self.builder.ty(TypeExpr::Unknown),
        }
    }

    fn type_expr(&mut self, node: Node<'_>) -> TypeExpr {
        let fields = self.fields();
        match GRAMMAR.kind(node) {
            Kind::TypeIdentifier | Kind::Identifier => TypeExpr::Named(self.name(node)),
            Kind::QualifiedType => {
                let (Some(package), Some(name)) =
                    (self.field(node, fields.package), self.field(node, fields.name))
                else {
                    return TypeExpr::Unknown;
                };
                TypeExpr::Qualified { package: self.name(package), name: self.name(name) }
            }
            // Type arguments do not matter without types.
            Kind::GenericType => match self.field(node, fields.ty) {
                Some(base) => self.type_expr(base),
                None => TypeExpr::Unknown,
            },
            Kind::ParenthesizedType => match children(node).first() {
                Some(inner) => self.type_expr(*inner),
                None => TypeExpr::Unknown,
            },
            Kind::PointerType => match children(node).first() {
                Some(inner) => TypeExpr::Pointer(self.ty(*inner)),
                None => TypeExpr::Unknown,
            },
            Kind::SliceType | Kind::ArrayType | Kind::ImplicitLengthArrayType => {
                TypeExpr::Slice(self.inner(node, fields.element))
            }
            Kind::MapType => TypeExpr::Map {
                key: self.inner(node, fields.key),
                value: self.inner(node, fields.value),
            },
            Kind::ChannelType => TypeExpr::Channel(self.inner(node, fields.value)),
            Kind::FunctionType => self.function_type(node),
            Kind::StructType => self.struct_type(node),
            Kind::InterfaceType => self.interface_type(node),
            Kind::TypeElem => match children(node).as_slice() {
                [only] => self.type_expr(*only),
                _ => TypeExpr::Unknown,
            },
            _ => TypeExpr::Unknown,
        }
    }

    fn function_type(&mut self, node: Node<'_>) -> TypeExpr {
        // Names of parameters of a type are not in scope anywhere.
        self.open_scope();
        let params = self
            .field(node, self.fields().parameters)
            .map(|it| self.parameters(it))
            .unwrap_or_default();
        let results = match self.field(node, self.fields().result) {
            Some(result) if GRAMMAR.kind(result) == Kind::ParameterList => {
                self.parameters(result).into_iter().map(|it| it.ty).collect()
            }
            Some(result) => vec![self.ty(result)],
            None => Vec::new(),
        };
        self.close_scope();
        TypeExpr::Function {
            params: params.into_iter().map(|it| it.ty).collect(),
            results: results.into(),
        }
    }

    fn struct_type(&mut self, node: Node<'_>) -> TypeExpr {
        let mut found = Vec::new();
        let lists = children(node);
        let declarations = lists.iter().flat_map(|it| children(*it));
        for declaration in declarations {
            if GRAMMAR.kind(declaration) != Kind::FieldDeclaration {
                continue;
            }
            let ty = self.inner(declaration, self.fields().ty);
            let tag = self.field(declaration, self.fields().tag).map(|node| {
                let text = unquote(self.text(node));
                (self.builder.name(&text), bytes(node))
            });
            let names = field_children(declaration, self.fields().name);
            if names.is_empty() {
                if let Some(name) = self.base_name(ty) {
                    found.push(Field { name, embedded: true, ty, tag });
                }
                continue;
            }
            for name in names {
                let name = self.name(name);
                found.push(Field { name, embedded: false, ty, tag: tag.clone() });
            }
        }
        TypeExpr::Struct(found.into())
    }

    fn interface_type(&mut self, node: Node<'_>) -> TypeExpr {
        let (mut methods, mut embedded) = (Vec::new(), Vec::new());
        for element in children(node) {
            match GRAMMAR.kind(element) {
                Kind::MethodElem => {
                    if let Some(name) = self.field(element, self.fields().name) {
                        methods.push(self.name(name));
                    }
                }
                Kind::TypeElem => {
                    // A union only constrains type parameters.
                    if let [only] = children(element).as_slice() {
                        embedded.push(self.ty(*only));
                    }
                }
                _ => {}
            }
        }
        TypeExpr::Interface { methods: methods.into(), embedded: embedded.into() }
    }

    /// The last name of a type without pointers: `Server` for `*http.Server`.
    pub(super) fn base_name(&self, ty: TypeId) -> Option<Name> {
        let code = &self.builder.code;
        match code.ty(code.pointee(ty)) {
            TypeExpr::Named(name) | TypeExpr::Qualified { name, .. } => Some(*name),
            _ => None,
        }
    }
}
