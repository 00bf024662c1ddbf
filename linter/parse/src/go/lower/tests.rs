//! Bodies are written as Go and compared with their steps, printed one a line. What a printed
//! step leaves out (places, types of expressions) is looked at where it matters.

use goready_model::FileId;
use proptest::prelude::*;

use crate::go::{
    code::{
        BlockId, CallId, Code, Communication, Expr, ExprId, Function, Name, StepKind, TypeExpr,
        TypeId, VarId,
    },
    parse,
};

fn lowered(text: &str) -> Code {
    crate::go::code(FileId(0), text).code.unwrap()
}

/// Prints steps so that a reader can compare them with the source.
struct Printer<'c> {
    code: &'c Code,
    lines: Vec<String>,
    depth: usize,
}

impl Printer<'_> {
    fn new(code: &Code) -> Printer<'_> {
        Printer { code, lines: Vec::new(), depth: 0 }
    }

    fn line(&mut self, text: &str) {
        self.lines.push(format!("{}{text}", "  ".repeat(self.depth)));
    }

    fn nested(&mut self, title: &str, block: BlockId) {
        self.line(title);
        self.depth += 1;
        self.block(block);
        self.depth -= 1;
    }

    fn block(&mut self, block: BlockId) {
        let code = self.code;
        for step in code.block(block) {
            self.step(&step.kind);
        }
    }

    fn step(&mut self, step: &StepKind) {
        match step {
            StepKind::Call { call, result } => {
                self.line(&format!("%{} = {}", result.0, self.call(*call)));
            }
            StepKind::Receive { channel, result } => {
                self.line(&format!("%{} = <-{}", result.0, self.expr(*channel)));
            }
            StepKind::Send { channel, value } => {
                self.line(&format!("{} <- {}", self.expr(*channel), self.expr(*value)));
            }
            StepKind::Assign { targets, values } => {
                self.line(&format!("{} = {}", self.list(targets), self.list(values)));
            }
            StepKind::Declare { var } => self.line(&format!("var {}", self.var(*var))),
            StepKind::Go(call) => self.line(&format!("go {}", self.call(*call))),
            StepKind::Defer(call) => self.line(&format!("defer {}", self.call(*call))),
            StepKind::Return(values) => {
                self.line(format!("return {}", self.list(values)).trim_end());
            }
            StepKind::Break(label) => self.line(&self.labelled("break", *label)),
            StepKind::Continue(label) => self.line(&self.labelled("continue", *label)),
            StepKind::Fallthrough => self.line("fallthrough"),
            StepKind::Goto => self.line("goto"),
            StepKind::Block(block) => self.nested("block", *block),
            _ => self.branch(step),
        }
    }

    fn branch(&mut self, step: &StepKind) {
        match step {
            StepKind::If { condition, then, otherwise } => {
                self.nested(&format!("if {}", self.expr(*condition)), *then);
                if let Some(otherwise) = otherwise {
                    self.nested("else", *otherwise);
                }
            }
            StepKind::Loop(it) => {
                let condition = it.condition.map_or("ever".to_owned(), |it| self.expr(it));
                self.nested("head", it.head);
                self.nested(&format!("for {condition}"), it.body);
                self.nested("post", it.post);
            }
            StepKind::Range(it) => {
                let key = it.key.map_or("_".to_owned(), |it| self.expr(it));
                let value = it.value.map_or("_".to_owned(), |it| self.expr(it));
                self.nested(&format!("range {key}, {value} of {}", self.expr(it.over)), it.body);
            }
            StepKind::Switch(it) => {
                self.line(&format!(
                    "switch {}",
                    it.subject.map_or(String::new(), |it| self.expr(it))
                ));
                for case in &it.cases {
                    let values = format!("case {}", self.list(&case.values));
                    self.nested(if case.default { "default" } else { &values }, case.body);
                }
            }
            StepKind::Select(cases) => {
                self.line("select");
                for case in cases {
                    let title = match &case.communication {
                        Communication::Receive { channel, targets, .. } => {
                            format!("case {} = <-{}", self.list(targets), self.expr(*channel))
                        }
                        Communication::Send { channel, value } => {
                            format!("case {} <- {}", self.expr(*channel), self.expr(*value))
                        }
                        Communication::Default => "default".to_owned(),
                    };
                    self.nested(&title, case.body);
                }
            }
            _ => unreachable!("the others are printed by `step`"),
        }
    }

    fn labelled(&self, word: &str, label: Option<Name>) -> String {
        label.map_or(word.to_owned(), |it| format!("{word} {}", self.code.text(it)))
    }

    fn call(&self, id: CallId) -> String {
        let call = self.code.call(id).unwrap();
        let spread = if call.spread { "..." } else { "" };
        format!("{}({}{spread})", self.expr(call.callee), self.list(&call.args))
    }

    fn list(&self, exprs: &[ExprId]) -> String {
        exprs.iter().map(|it| self.expr(*it)).collect::<Vec<_>>().join(", ")
    }

    /// A variable with its number, so that shadowing shows.
    fn var(&self, var: VarId) -> String {
        let variable = self.code.variable(var).unwrap();
        format!("{}.{}", self.code.text(variable.name), var.0)
    }

    fn expr(&self, id: ExprId) -> String {
        match self.code.expr(id) {
            Expr::Unknown => "?".to_owned(),
            Expr::Local(var) => self.var(*var),
            Expr::Global(name) => self.code.text(*name).to_owned(),
            Expr::Str(name) => format!("{:?}", self.code.text(*name)),
            Expr::Int(it) => it.to_string(),
            Expr::Float(it) => format!("{it:?}"),
            Expr::Bool(it) => it.to_string(),
            Expr::Nil => "nil".to_owned(),
            Expr::Iota => "iota".to_owned(),
            Expr::Select { base, field } => {
                format!("{}.{}", self.expr(*base), self.code.text(*field))
            }
            Expr::Result(temp) => format!("%{}", temp.0),
            Expr::Index { base, index } => format!("{}[{}]", self.expr(*base), self.expr(*index)),
            Expr::Slice { base } => format!("{}[:]", self.expr(*base)),
            Expr::Unary { operator, operand } => format!("{operator:?}({})", self.expr(*operand)),
            Expr::Binary { operator, left, right } => {
                format!("{operator:?}({}, {})", self.expr(*left), self.expr(*right))
            }
            Expr::Composite { ty, elements } => {
                let element = |key: Option<ExprId>, value| {
                    let key = key.map_or(String::new(), |it| format!("{}: ", self.expr(it)));
                    format!("{key}{}", self.expr(value))
                };
                let elements: Vec<_> =
                    elements.iter().map(|it| element(it.key, it.value)).collect();
                let ty = ty.map_or(String::new(), |it| self.ty(it));
                format!("{ty}{{{}}}", elements.join(", "))
            }
            Expr::Function(function) => format!("func{}", function.0),
            Expr::Assert { base, ty } => format!("{}.({})", self.expr(*base), self.ty(*ty)),
            Expr::Type(ty) => self.ty(*ty),
        }
    }

    fn ty(&self, id: TypeId) -> String {
        match self.code.ty(id) {
            TypeExpr::Unknown => "?".to_owned(),
            TypeExpr::Named(name) => self.code.text(*name).to_owned(),
            TypeExpr::Qualified { package, name } => {
                format!("{}.{}", self.code.text(*package), self.code.text(*name))
            }
            TypeExpr::Pointer(it) => format!("*{}", self.ty(*it)),
            TypeExpr::Slice(it) => format!("[]{}", self.ty(*it)),
            TypeExpr::Map { key, value } => format!("map[{}]{}", self.ty(*key), self.ty(*value)),
            TypeExpr::Channel(it) => format!("chan {}", self.ty(*it)),
            TypeExpr::Function { .. } => "func".to_owned(),
            TypeExpr::Struct(fields) => {
                let field = |name, ty| format!("{} {}", self.code.text(name), self.ty(ty));
                let fields: Vec<_> = fields.iter().map(|it| field(it.name, it.ty)).collect();
                format!("struct{{{}}}", fields.join("; "))
            }
            TypeExpr::Interface { methods, embedded } => {
                let mut parts: Vec<String> =
                    methods.iter().map(|it| self.code.text(*it).to_owned()).collect();
                parts.extend(embedded.iter().map(|it| self.ty(*it)));
                format!("interface{{{}}}", parts.join("; "))
            }
        }
    }
}

fn function<'c>(code: &'c Code, name: &str) -> &'c Function {
    let mut functions = code.functions().map(|(_, it)| it);
    functions.find(|it| it.name.is_some_and(|it| code.text(it) == name)).unwrap()
}

#[track_caller]
fn check(body: &str, expected: &[&str]) {
    let code = lowered(&format!("package p\n\nfunc f(a, b int, ch chan int) {{\n{body}\n}}\n"));
    let mut printer = Printer::new(&code);
    printer.block(function(&code, "f").body.unwrap());
    assert_eq!(printer.lines, expected, "of {body}");
}

#[test]
fn calls_are_steps_in_order_of_evaluation() {
    check("g(h(a), <-ch)", &["%0 = h(a.0)", "%1 = <-ch.2", "%2 = g(%0, %1)"]);
    check("x.y().z(b...)", &["%0 = x.y()", "%1 = %0.z(b.1...)"]);
}

#[test]
fn conditions_call_before_they_branch() {
    check(
        "if v := g(); v > 1 { h() } else if k() { return }",
        &[
            "%0 = g()",
            "var v.3",
            "v.3 = %0",
            "if Greater(v.3, 1)",
            "  %1 = h()",
            "else",
            "  %2 = k()",
            "  if %2",
            "    return",
        ],
    );
}

#[test]
fn inner_names_shadow_outer_ones() {
    check(
        "c := 1\nif true { c, err := g(c); use(err) }\ng(c)",
        &[
            "var c.3",
            "c.3 = 1",
            "if true",
            "  %0 = g(c.3)",
            "  var c.4",
            "  var err.5",
            "  c.4, err.5 = %0",
            "  %1 = use(err.5)",
            "%2 = g(c.3)",
        ],
    );
}

#[test]
fn parameters_are_of_the_block_of_the_body() {
    check("a, err := g()", &["%0 = g()", "var err.3", "a.0, err.3 = %0"]);
}

#[test]
fn a_name_declared_again_in_the_same_block_is_the_same_variable() {
    check(
        "x, err := g()\ny, err := g()",
        &[
            "%0 = g()",
            "var x.3",
            "var err.4",
            "x.3, err.4 = %0",
            "%1 = g()",
            "var y.5",
            "y.5, err.4 = %1",
        ],
    );
}

#[test]
fn loops_keep_head_and_post() {
    check(
        "for i := 0; i < g(); i++ { h(i) }",
        &[
            "var i.3",
            "i.3 = 0",
            "head",
            "  %0 = g()",
            "for Less(i.3, %0)",
            "  %1 = h(i.3)",
            "post",
            "  i.3 = Add(i.3, 1)",
        ],
    );
    check("for k, v := range m { g(k, v) }", &["range k.3, v.4 of m", "  %0 = g(k.3, v.4)"]);
}

#[test]
fn selects_and_labels_are_kept() {
    check(
        "loop: for { select { case v, ok := <-ch: g(v, ok)\ncase ch <- a: break loop\ndefault: continue } }",
        &[
            "head",
            "for ever",
            "  select",
            "  case v.3, ok.4 = <-ch.2",
            "    %0 = g(v.3, ok.4)",
            "  case ch.2 <- a.0",
            "    break loop",
            "  default",
            "    continue",
            "post",
        ],
    );
}

#[test]
fn type_switches_bind_in_each_case() {
    check(
        "switch v := x.(type) { case int, error: g(v)\ndefault: h(v) }",
        &["switch x", "case int, error", "  %0 = g(v.3)", "default", "  %1 = h(v.4)"],
    );
}

#[test]
fn goroutines_and_deferred_calls_evaluate_their_arguments_at_once() {
    check("go g(h())\ndefer func() { k() }()", &["%0 = h()", "go g(%0)", "defer func1()"]);
}

#[test]
fn literals_are_values() {
    check(
        "v := &http.Server{Addr: `:80` + \"80\", T: 5 * time.Second, L: []int{0x1F, 1_000, 'a'}, N: nil}",
        &[
            "var v.3",
            "v.3 = AddressOf(http.Server{Addr: Add(\":80\", \"80\"), T: Multiply(5, time.Second), \
             L: []int{31, 1000, 97}, N: nil})",
        ],
    );
}

#[test]
fn constants_repeat_their_expression_with_their_own_iota() {
    let code = lowered("package p\n\nconst (\n\ta = iota + 1\n\tb\n\tc = \"x\"\n)\n");
    let printer = Printer::new(&code);
    let print = |name, value: Option<ExprId>| {
        format!("{} = {}", code.text(name), value.map_or(String::new(), |it| printer.expr(it)))
    };
    let all: Vec<String> = code.consts.iter().map(|it| print(it.name, it.value)).collect();
    assert_eq!(all, ["a = Add(0, 1)", "b = Add(1, 1)", "c = \"x\""]);
}

#[test]
fn types_keep_fields_tags_and_methods() {
    let code = lowered(
        "package p

type S struct {
	*pkg.Base
	A, B string `env:\"A\"`
	c map[string]chan<- *T
}

type I interface {
	io.Closer
	Run(ctx context.Context) error
}

func (s *S[K]) Run(_ int, rest ...string) error { return nil }
",
    );
    let printer = Printer::new(&code);
    let types: Vec<String> = code.type_decls.iter().map(|it| printer.ty(it.ty)).collect();
    assert_eq!(
        types,
        [
            "struct{Base pkg.Base; A string; B string; c map[string]chan *T}",
            "interface{Run; io.Closer}"
        ]
    );
    let TypeExpr::Struct(fields) = code.ty(code.type_decls[0].ty) else { panic!("no struct") };
    assert!(fields[0].embedded && !fields[1].embedded);
    assert_eq!(fields[1].tag.as_ref().map(|it| code.text(it.0)), Some("env:\"A\""));
    let run = function(&code, "Run");
    assert_eq!(run.receiver_type.map(|it| code.text(it)), Some("S"));
    assert!(run.params[1].variadic);
}

#[test]
fn functions_know_their_calls() {
    let code = lowered("package p\n\nfunc f() { g(1) }\n\nvar v = func() int { return h() }()\n");
    assert_eq!(code.calls().count(), 3);
    let calls = code.calls_in(function(&code, "f").calls.clone());
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].args.len(), 1);
}

#[test]
fn new_takes_expressions_types_and_both() {
    for argument in ["1 + 2", "int", "[]int", "pkg.T", "[]int{1}", "f(x)", "map[string]int{}"] {
        let text = format!("package p\n\nvar v = new({argument})\n\nfunc (t T) new(x int) {{}}\n");
        let read = parse(FileId(0), "f.go", &text, false);
        assert!(read.syntax.is_none(), "{argument}");
        let code = read.code.unwrap();
        let new = |it: ExprId| matches!(code.expr(it), Expr::Global(it) if code.text(*it) == "new");
        assert!(code.calls().any(|(_, it)| new(it.callee)), "{argument}");
    }
    let broken = parse(FileId(0), "f.go", "package p\n\nvar v = new(1 + 2)\n\nfunc x( {\n", false);
    assert!(broken.syntax.is_some_and(|it| it.place.at.start > 30));
}

#[test]
fn nesting_without_end_stops_at_a_bound() {
    for (open, close) in [("(", ")"), ("[]", ""), ("func() {", "}"), ("{", "}"), ("if x {", "}")] {
        let body = format!("{}{}", open.repeat(20_000), close.repeat(20_000));
        let text = format!("package p\n\nfunc f() {{ x = {body} }}\n\nfunc g() {{ {body} }}\n");
        assert_eq!(parse(FileId(0), "f.go", &text, false).header.package, "p");
    }
}

/// Pieces of Go in any order: likelier than bytes to get deep into the lowering.
fn pieces() -> impl Strategy<Value = String> {
    let words = "package p\n|import \"os/signal\"\n|func f(|)|{|}|if |else |for |range |select |\
                 switch |case |default:|:=|=|<-|x|y.z|(|[|]|...|go |defer |return |\"s\"|`r`|'c'|1|\
                 0x|iota|nil|struct|interface|chan |map[|*|&|new(|func()|,|;|\n|type |const |var |\
                 L:|break |goto |/*|//|é|\\";
    let words: Vec<&str> = words.split('|').collect();
    prop::collection::vec(prop::sample::select(words), 0..80).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in prop_oneof![any::<String>(), pieces()]) {
        let read = parse(FileId(0), "cmd/x/f.go", &text, false);
        if let Some(problem) = &read.syntax {
            let at = problem.place.at;
            prop_assert!(text.get(at.start as usize..at.end as usize).is_some());
        }
        if let Some(code) = &read.code {
            for (id, _) in code.exprs() {
                let bytes = code.expr_bytes(id);
                prop_assert!(text.get(bytes.start as usize..bytes.end as usize).is_some());
            }
        }
    }
}
