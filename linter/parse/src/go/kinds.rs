//! Node kinds and fields of tree-sitter-go as numbers, looked up once.

use std::sync::LazyLock;

use tree_sitter::Language;

macro_rules! kinds {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// A named node kind that lowering knows.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($name,)* Other }
        fn kind_of(text: &str) -> Kind {
            match text { $($text => Kind::$name,)* _ => Kind::Other }
        }
    };
}

kinds! {
    Error = "ERROR",
    ConstDeclaration = "const_declaration",
    ConstSpec = "const_spec",
    VarDeclaration = "var_declaration",
    VarSpec = "var_spec",
    VarSpecList = "var_spec_list",
    FunctionDeclaration = "function_declaration",
    MethodDeclaration = "method_declaration",
    TypeDeclaration = "type_declaration",
    TypeSpec = "type_spec",
    TypeAlias = "type_alias",
    ParameterDeclaration = "parameter_declaration",
    VariadicParameterDeclaration = "variadic_parameter_declaration",
    ParameterList = "parameter_list",
    TypeParameterDeclaration = "type_parameter_declaration",
    ParenthesizedType = "parenthesized_type",
    TypeIdentifier = "type_identifier",
    GenericType = "generic_type",
    QualifiedType = "qualified_type",
    PointerType = "pointer_type",
    StructType = "struct_type",
    InterfaceType = "interface_type",
    ArrayType = "array_type",
    ImplicitLengthArrayType = "implicit_length_array_type",
    SliceType = "slice_type",
    MapType = "map_type",
    ChannelType = "channel_type",
    FunctionType = "function_type",
    FieldDeclaration = "field_declaration",
    FieldDeclarationList = "field_declaration_list",
    MethodElem = "method_elem",
    TypeElem = "type_elem",
    Block = "block",
    StatementList = "statement_list",
    ExpressionStatement = "expression_statement",
    SendStatement = "send_statement",
    ReceiveStatement = "receive_statement",
    IncStatement = "inc_statement",
    DecStatement = "dec_statement",
    AssignmentStatement = "assignment_statement",
    ShortVarDeclaration = "short_var_declaration",
    LabeledStatement = "labeled_statement",
    FallthroughStatement = "fallthrough_statement",
    BreakStatement = "break_statement",
    ContinueStatement = "continue_statement",
    GotoStatement = "goto_statement",
    ReturnStatement = "return_statement",
    GoStatement = "go_statement",
    DeferStatement = "defer_statement",
    IfStatement = "if_statement",
    ForStatement = "for_statement",
    ForClause = "for_clause",
    RangeClause = "range_clause",
    ExpressionSwitchStatement = "expression_switch_statement",
    ExpressionCase = "expression_case",
    DefaultCase = "default_case",
    TypeSwitchStatement = "type_switch_statement",
    TypeCase = "type_case",
    SelectStatement = "select_statement",
    CommunicationCase = "communication_case",
    ExpressionList = "expression_list",
    UnaryExpression = "unary_expression",
    BinaryExpression = "binary_expression",
    SelectorExpression = "selector_expression",
    IndexExpression = "index_expression",
    SliceExpression = "slice_expression",
    CallExpression = "call_expression",
    VariadicArgument = "variadic_argument",
    TypeAssertionExpression = "type_assertion_expression",
    TypeConversionExpression = "type_conversion_expression",
    TypeInstantiationExpression = "type_instantiation_expression",
    Identifier = "identifier",
    CompositeLiteral = "composite_literal",
    LiteralValue = "literal_value",
    LiteralElement = "literal_element",
    KeyedElement = "keyed_element",
    FuncLiteral = "func_literal",
    InterpretedString = "interpreted_string_literal",
    RawString = "raw_string_literal",
    IntLiteral = "int_literal",
    FloatLiteral = "float_literal",
    RuneLiteral = "rune_literal",
    Nil = "nil",
    True = "true",
    False = "false",
    Iota = "iota",
    ParenthesizedExpression = "parenthesized_expression",
    Comment = "comment",
    LabelName = "label_name",
    FieldIdentifier = "field_identifier",
}

/// Ids of the fields that lowering reads.
#[derive(Debug)]
pub(super) struct Fields {
    pub(super) name: u16,
    pub(super) ty: u16,
    pub(super) value: u16,
    pub(super) body: u16,
    pub(super) receiver: u16,
    pub(super) parameters: u16,
    pub(super) type_parameters: u16,
    pub(super) result: u16,
    pub(super) left: u16,
    pub(super) right: u16,
    pub(super) operator: u16,
    pub(super) operand: u16,
    pub(super) field: u16,
    pub(super) index: u16,
    pub(super) function: u16,
    pub(super) arguments: u16,
    pub(super) type_arguments: u16,
    pub(super) key: u16,
    pub(super) element: u16,
    pub(super) package: u16,
    pub(super) tag: u16,
    pub(super) initializer: u16,
    pub(super) condition: u16,
    pub(super) consequence: u16,
    pub(super) alternative: u16,
    pub(super) update: u16,
    pub(super) label: u16,
    pub(super) channel: u16,
    pub(super) communication: u16,
    pub(super) alias: u16,
}

/// The grammar with its tables.
#[derive(Debug)]
pub(super) struct Grammar {
    pub(super) language: Language,
    kinds: Vec<Kind>,
    pub(super) fields: Fields,
}

impl Grammar {
    pub(super) fn kind(&self, node: tree_sitter::Node<'_>) -> Kind {
        // ERROR has the id u16::MAX.
        let id = node.kind_id() as usize;
        self.kinds.get(id).copied().unwrap_or(Kind::Error)
    }
}

pub(super) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let language: Language = tree_sitter_go::LANGUAGE.into();
    let kinds = (0..language.node_kind_count())
        .map(|id| {
            let id = id as u16;
            if language.node_kind_is_named(id) {
                kind_of(language.node_kind_for_id(id).unwrap_or(""))
            } else {
                Kind::Other
            }
        })
        .collect();
    // A field the grammar lacks gets an id that no node has.
    let field = |name: &str| language.field_id_for_name(name).map_or(0, std::num::NonZero::get);
    let fields = Fields {
        name: field("name"),
        ty: field("type"),
        value: field("value"),
        body: field("body"),
        receiver: field("receiver"),
        parameters: field("parameters"),
        type_parameters: field("type_parameters"),
        result: field("result"),
        left: field("left"),
        right: field("right"),
        operator: field("operator"),
        operand: field("operand"),
        field: field("field"),
        index: field("index"),
        function: field("function"),
        arguments: field("arguments"),
        type_arguments: field("type_arguments"),
        key: field("key"),
        element: field("element"),
        package: field("package"),
        tag: field("tag"),
        initializer: field("initializer"),
        condition: field("condition"),
        consequence: field("consequence"),
        alternative: field("alternative"),
        update: field("update"),
        label: field("label"),
        channel: field("channel"),
        communication: field("communication"),
        alias: field("alias"),
    };
    Grammar { language, kinds, fields }
});
