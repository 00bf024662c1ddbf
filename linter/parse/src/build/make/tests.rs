//! Targets of Makefiles, from source strings.

use std::collections::BTreeMap;

use goready_model::{FileId, Makefile};

use super::{Make, parse};

fn recipe_with(text: &str, target: &str, arguments: &[(&str, &str)]) -> Vec<String> {
    let makefile = parse(FileId(0), text);
    let environment = |name: &str| (name == "FROM_ENV").then(|| "env".to_owned());
    let arguments: BTreeMap<_, _> =
        arguments.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
    let mut make = Make::new(vec![&makefile], "@", &environment);
    make.arguments = arguments;
    let make = make.evaluated();
    let goal = make.goal(target, &[]).unwrap();
    goal.recipe.iter().map(|it| it.as_str().to_owned()).collect()
}

fn recipe(text: &str, target: &str) -> Vec<String> {
    recipe_with(text, target, &[])
}

fn targets(makefile: &Makefile) -> Vec<&str> {
    makefile.rules.iter().map(|it| it.targets.as_str()).collect()
}

#[test]
fn variables_are_expanded_through_each_other() {
    let text = "VERSION ?= dev\nLDFLAGS = -X main.version=$(VERSION)\nLDFLAGS += -s -w\nGO := \
                go\nBUILD = CGO_ENABLED=0 $(GO) build\n\nbuild:\n\t@$(BUILD) -ldflags \
                '$(LDFLAGS)' -o ${BIN} $$HOME .\n";
    assert_eq!(
        recipe(text, "build"),
        ["CGO_ENABLED=0 go build -ldflags '-X main.version=dev -s -w' -o ${BIN} $HOME ."]
    );
    assert_eq!(
        recipe_with(text, "build", &[("VERSION", "2"), ("BIN", "x")]),
        ["CGO_ENABLED=0 go build -ldflags '-X main.version=2 -s -w' -o x $HOME ."]
    );
}

#[test]
fn the_environment_loses_against_assignments_but_not_against_defaults() {
    let text = "FROM_ENV ?= no\na:\n\techo $(FROM_ENV)\n";
    assert_eq!(recipe(text, "a"), ["echo env"]);
    let text = "FROM_ENV = yes\na:\n\techo $(FROM_ENV)\n";
    assert_eq!(recipe(text, "a"), ["echo yes"]);
}

#[test]
fn target_specific_variables_hold_for_their_target() {
    let text = "build: F = -s\nbuild debug:\n\tgo build $(F)\n";
    assert_eq!(recipe(text, "build"), ["go build -s"]);
    assert_eq!(recipe(text, "debug"), ["go build ${F}"]);
}

#[test]
fn pattern_rules_know_target_and_stem() {
    let text = "bin/%: cmd/%/main.go\n\tgo build -o $@ ./cmd/$*\n";
    assert_eq!(recipe(text, "bin/api"), ["go build -o bin/api ./cmd/api"]);
    assert_eq!(recipe(text, "bin/%"), ["go build -o bin/${?} ./cmd/${?}"]);
}

#[test]
fn continued_lines_are_joined() {
    let text = "F = -a \\\n    -b\nx: y \\\n  z\n\tgo build \\\n\t  $(F)\n\n# no\nall: ; echo\n";
    assert_eq!(recipe(text, "x"), ["go build \\\n  -a -b"]);
    let makefile = parse(FileId(0), text);
    assert_eq!(targets(&makefile), ["x", "all"]);
    assert_eq!(makefile.rules[0].prerequisites.as_str().trim(), "y z");
}

#[test]
fn the_branch_that_a_plain_run_takes_counts() {
    let text = "ifdef DEBUG\nA = 1\nelse\nA = 2\nendif\nB = -s\nifeq ($(shell \
                uname),Linux)\nB += -w\nendif\nifeq ($(OS),Windows_NT)\nC = x\nelse ifneq \
                ($(A),2)\nC = y\nelse\nC = z\nendif\na:\n\techo $(A) $(B) $(C)\n";
    assert_eq!(recipe(text, "a"), ["echo 2 -s ${?} z"]);
    assert_eq!(recipe_with(text, "a", &[("DEBUG", "1")]), ["echo 1 -s ${?} y"]);
    assert_eq!(recipe_with(text, "a", &[("DEBUG", "${DEBUG}")]), ["echo ${A} -s ${?} ${C}"]);
}

#[test]
fn functions_are_evaluated_where_they_are_text() {
    for (expression, expected) in [
        ("$(addprefix cmd/,a b)", "cmd/a cmd/b"),
        ("$(subst /,-,linux/amd64)", "linux-amd64"),
        ("$(patsubst %.c,%.o,a.c b.h)", "a.o b.h"),
        ("$(notdir a/b/c)", "c"),
        ("$(shell date)", "${?}"),
        ("$(if $(NOTHING),a,b)", "${?}"),
        ("$(if ,a,b)", "b"),
        ("$(foreach x,a b,<$(x)>)", "<a> <b>"),
        ("$(call f,1,2)", "2-1"),
        ("$(CURDIR)/x", "@/x"),
        ("$(wildcard *.go)", "${?}"),
        ("$(L:.c=.o)", "x.o"),
        ("$(firstword a b)", "a"),
        ("$(origin NOTHING)", "undefined"),
        ("$(origin L)", "file"),
        ("$(filter %.go,a.go b.c)", "a.go"),
        ("$(filter-out b%,a b bc)", "a"),
        ("$(sort b a b)", "a b"),
    ] {
        let text = format!("f = $(2)-$(1)\nL = x.c\na:\n\techo {expression}\n");
        assert_eq!(recipe(&text, "a"), [format!("echo {expected}")], "{expression}");
    }
}

#[test]
fn assignments_that_expand_at_once_see_what_stands_before_them() {
    let text = "A := 1\nA := $(A)2\nB = $(C)\nC = late\nifeq ($(D),)\nD := \
                set\nendif\nE = $(E)\na:\n\techo $(A) $(B) $(D) $(E)\n";
    assert_eq!(recipe(text, "a"), ["echo 12 late set ${?}"]);
}

#[test]
fn define_blocks_and_exports_are_kept() {
    let text = "define go-build\n\tgo build -o $(1)\nendef\nexport CGO_ENABLED = 0\na:\n\t$(call \
                go-build,x)\n";
    assert_eq!(recipe(text, "a"), ["\tgo build -o x"]);
    let makefile = parse(FileId(0), text);
    let none = |_: &str| None;
    let make = Make::new(vec![&makefile], "@", &none).evaluated();
    let goal = make.goal("a", &[]).unwrap();
    assert_eq!(goal.exports[0].value, ("CGO_ENABLED".to_owned(), "0".to_owned()));
    assert_eq!(make.default_target().as_deref(), Some("a"));
}

#[test]
fn templates_that_eval_reads_give_rules() {
    let text = "BINS = api web\ndefine build\nbin/$(1):\n\tgo build -o $$@ \
                ./cmd/$(1)\nendef\n$(foreach b,$(BINS),$(eval $(call build,$(b))))\n";
    assert_eq!(recipe(text, "bin/web"), ["go build -o bin/web ./cmd/web"]);
    let makefile = parse(FileId(0), text);
    let none = |_: &str| None;
    let make = Make::new(vec![&makefile], "@", &none).evaluated();
    let line = &make.goal("bin/api", &[]).unwrap().recipe[0];
    let place = line.place(0..2).unwrap().at;
    assert_eq!(&text[place.start as usize..place.end as usize], "go");
}

#[test]
fn any_text_ends() {
    for text in [
        "A = $(A)\na:\n\t$(A)\n",
        "a:\n\t$(call a,$(call a))\n",
        "define x\n",
        ":\n",
        "=\n",
        "a: $(\n\t$(\n",
        "A=$($($(\n",
        "a:\n\t$",
        "\t\n",
        "a:b:c\n",
        "x\\",
        "A=$(B)$(B)\nB=$(C)$(C)\nC=$(D)$(D)\nD=$(E)$(E)\nE=$(A)\na:\n\t$(A)\n",
        "$(foreach a,b,$(eval $(call c)))\n$(eval $(call\n$(eval",
    ] {
        let makefile = parse(FileId(0), text);
        let none = |_: &str| None;
        let make = Make::new(vec![&makefile], "@", &none).evaluated();
        for target in make.all_targets() {
            make.goal(&target, &[]);
        }
        make.default_target();
    }
}

#[test]
fn targets_inherit_variables_and_static_patterns_have_a_stem() {
    let text = "ARCHS = amd64 arm64\nARCH ?= host\npush: FLAGS = --push\nimage:\n\tbuild $(FLAGS) \
                $(ARCH)\nall: $(addprefix image-,$(ARCHS))\n$(addprefix \
                image-,$(ARCHS)): image-%: %.txt\n\tbuild $* $<\nchosen:\n\tx $(if $(filter \
                $(CPU),arm64),arm,other)\n";
    let makefile = parse(FileId(0), text);
    let make = Make::new(vec![&makefile], "@", &|_| None).evaluated();
    let lines = |target: &str, parents: &[String]| -> Vec<String> {
        let goal = make.goal(target, parents).unwrap();
        goal.recipe.iter().map(|it| it.as_str().to_owned()).collect()
    };
    assert_eq!(lines("image", &[]), ["build ${FLAGS} host"]);
    assert_eq!(lines("image", &["push".to_owned()]), ["build --push host"]);
    assert_eq!(lines("image-arm64", &[]), ["build arm64 arm64.txt"]);
    // Who sets CPU decides.
    assert_eq!(lines("chosen", &[]), ["x ${?}"]);
    assert_eq!(make.goal("all", &[]).unwrap().prerequisites, ["image-amd64", "image-arm64"]);
}
