//! Facts of Dockerfiles, from source strings.

use goready_model::{Dockerfile, FileId, Instruction, Place, StageBase, StageId};

use super::parse;
use crate::Source;

fn read(text: &str) -> Dockerfile {
    parse(&Source { file: FileId(3), path: "build/Dockerfile", text, lossy: false })
}

fn slice(text: &str, place: Place) -> &str {
    &text[place.at.start as usize..place.at.end as usize]
}

#[test]
fn stages_know_their_base_name_and_platform() {
    let text = "# syntax=docker/dockerfile:1\nARG GO=1.26\nARG BASE\nFROM \
                --platform=$BUILDPLATFORM golang:${GO}-alpine AS Build\nFROM build as test\nFROM \
                ${BASE}\nFROM ${BASE:-debian:12}\nFROM scratch\n";
    let parsed = read(text);
    let stages = &parsed.stages;
    assert_eq!(stages[0].base, StageBase::Image(Some("golang:1.26-alpine".into())));
    assert_eq!(slice(text, stages[0].platform.as_ref().unwrap().place), "$BUILDPLATFORM");
    assert_eq!(stages[0].name.as_ref().unwrap().value, "Build");
    assert_eq!(stages[1].base, StageBase::Stage(StageId(0)));
    assert_eq!(stages[2].base, StageBase::Image(None));
    assert_eq!(stages[3].base, StageBase::Image(Some("debian:12".into())));
    assert_eq!(stages[4].base, StageBase::Scratch);
    assert_eq!(slice(text, stages[4].from), "FROM scratch");
    assert!(parsed.refused.is_empty());
}

#[test]
fn comments_and_blank_lines_inside_a_continued_line_are_dropped() {
    let text = "FROM a\nRUN go build \\\n  # why\n\n  -o /a \\\n  .\nUSER 1\n";
    let parsed = read(text);
    let run = parsed.stages[0].runs().next().unwrap();
    let words: Vec<_> = run.commands[0].iter().map(|it| it.text.as_str()).collect();
    assert_eq!(words, ["go", "build", "-o", "/a", "."]);
    assert_eq!(slice(text, run.commands[0][3].place), "/a");
    assert!(slice(text, run.place).ends_with("\n  ."));
    assert_eq!(parsed.stages[0].user().unwrap().value.as_deref(), Some("1"));
}

#[test]
fn the_escape_directive_changes_what_continues_a_line() {
    let parsed = read("# escape=`\nFROM a\nRUN one `\n two\nCOPY a c:\\\nUSER x\n");
    let stage = &parsed.stages[0];
    assert_eq!(stage.runs().next().unwrap().commands[0].len(), 2);
    assert!(stage.user().is_some());
}

#[test]
fn arguments_and_environment_are_filled_in() {
    let text = "ARG V=1\nFROM a\nARG V\nARG TARGETARCH=amd64\nARG X\nENV A=$V B=\"x y\" \
                C=${X:-d}\nENV D $A z\nWORKDIR /src/$V\nRUN x\nUSER $X\nCOPY \
                dist/${TARGETARCH}/$V /$NONE\n";
    let parsed = read(text);
    let stage = &parsed.stages[0];
    let run = stage.runs().next().unwrap();
    let get = |name: &str| run.environment[name].value.as_str();
    assert_eq!((get("A"), get("B"), get("C"), get("D")), ("1", "x y", "d", "1 z"));
    assert_eq!(get("TARGETARCH"), "${TARGETARCH}");
    let copy = stage.copies().next().unwrap();
    assert_eq!(copy.sources[0].value, "dist/${TARGETARCH}/1");
    assert_eq!(copy.destination.value, "/${NONE}");
    assert_eq!(stage.user().unwrap().value, None);
    let workdir = stage.instructions.iter().find_map(|it| match it {
        Instruction::Workdir(it) => Some(it.value.clone()),
        _ => None,
    });
    assert_eq!(workdir.as_deref(), Some("/src/1"));
}

#[test]
fn exec_form_falls_back_to_shell_form() {
    let text = "FROM a\nENTRYPOINT [\"/api\", \"--x\"]\nCMD ['/api']\n";
    let parsed = read(text);
    let stage = &parsed.stages[0];
    let entrypoint = stage.entrypoint().unwrap();
    assert!(!entrypoint.shell && entrypoint.script.is_empty());
    assert_eq!(slice(text, entrypoint.words[1].place), "\"--x\"");
    assert!(stage.cmd().unwrap().shell);
}

#[test]
fn a_shell_in_exec_form_shows_its_script() {
    let parsed =
        read("FROM a\nCMD [\"/bin/sh\", \"-ec\", \"exec /api $X\"]\nRUN [\"go\", \"build\"]\n");
    let stage = &parsed.stages[0];
    let command = stage.cmd().unwrap();
    assert_eq!(command.script.commands()[0].words[0].written(), "exec");
    assert_eq!(stage.runs().next().unwrap().commands[0].len(), 2);
}

#[test]
fn here_documents_of_run_are_its_script() {
    let text = "FROM a\nRUN --mount=type=cache,target=/c <<EOF\nset -e\ngo build .\nEOF\nCOPY <<-\"X\" \
                /etc/x\n\tFROM b\n\tX\nRUN cat <<EOF > f\ngo build no\nEOF\nUSER 2\n";
    let parsed = read(text);
    assert_eq!(parsed.stages.len(), 1);
    let stage = &parsed.stages[0];
    let runs: Vec<_> = stage.runs().collect();
    assert_eq!(runs[0].commands.len(), 2);
    assert_eq!(slice(text, runs[0].commands[1][0].place), "go");
    assert_eq!(runs[0].mounts[0].value, "type=cache,target=/c");
    assert_eq!(runs[1].commands.len(), 1);
    assert!(stage.user().is_some());
    assert!(stage.copies().next().unwrap().sources.is_empty());
}

/// What is refused, each as its message.
fn refused(text: &str) -> Vec<String> {
    read(text).refused.into_iter().map(|it| it.message).collect()
}

#[test]
fn what_buildkit_refuses_is_told() {
    for (text, message) in [
        ("# nothing\n", "the file has no `FROM`"),
        ("RUN x\nFROM a\n", "`RUN` stands before the first `FROM`"),
        ("FROM a\nCOPPY a b\n", "unknown instruction `COPPY`"),
        ("FROM a\nUSER\n", "`USER` needs an argument"),
        ("FROM a # why\n", "`FROM` takes an image, or an image with `AS` and a name"),
        ("FROM a AS 1st\n", "`1st` is no name for a stage"),
        ("FROM a\nONBUILD FROM b\n", "`FROM` cannot be an `ONBUILD` trigger"),
        ("FROM a\nCMD [\"x\", 1]\n", "`CMD` in exec form takes strings only, `1` is none"),
        ("FROM a\nCOPY x\n", "`COPY` has one argument, the destination is missing"),
        ("FROM a\nSHELL bash -c\n", "`SHELL` takes a JSON array"),
        (
            "FROM a\nENTRYPOINT ['/api']\n",
            "the exec form of `ENTRYPOINT` is no JSON, so a shell runs it, brackets included",
        ),
        ("FROM a\nHEALTHCHECK curl x\n", "`HEALTHCHECK` knows `CMD` and `NONE`, not `curl`"),
        ("FROM a\nENV A\n", "`ENV A` has no value"),
        ("FROM a\nRUN <<EOF\nx\n", "the here document `<<EOF` has no end"),
        (
            "FROM a\nARG X\nCOPY --from=$X a b\n",
            "`--from=$X` is not filled in: it takes no variables",
        ),
        ("FROM a\nCOPY --from=2 a b\n", "there is no stage 2, the file has 1"),
        (
            "FROM a\nCOPY --from=b a b\nFROM c AS b\n",
            "stage `b` does not stand before the stage that copies from it",
        ),
        (
            "FROM a\nEXPOSE 80800\n",
            "`EXPOSE 80800` has the port `80800`, which is no number up to 65535",
        ),
        ("FROM a\nEXPOSE 80/http\n", "`EXPOSE 80/http` has the unknown protocol `http`"),
        ("FROM a\nEXPOSE 90-80\n", "`EXPOSE 90-80` is a range from high to low"),
    ] {
        assert_eq!(refused(text), [message], "{text}");
    }
    assert!(read("FROM a\nCOPPY a b\n").incomplete);
}

#[test]
fn what_buildkit_takes_is_not_refused() {
    for text in [
        "FROM a AS Build.1_x-y\nFROM b\nCOPY --from=build.1_X-y a b\n",
        "FROM a\nFROM b\nCOPY --from=0 a b\nCOPY --from=nginx:1 a b\n",
        "FROM a\nCOPY a b /dest\n",
        "FROM a\nCOPY [\"a b\", \"/dest\"]\n",
        "FROM a\nCOPY <<EOF /dest\ntext\nEOF\n",
        "FROM a\nEXPOSE 80 443/TCP 9000-9010/udp 8080:80 127.0.0.1:80:80 0\n",
        "FROM a\nARG P\nEXPOSE $P ${P:-80}\n",
        "FROM a\nRUN [ -f x ] && [ \"$X\" = \"y\" ]\n",
        "FROM a\nHEALTHCHECK --interval=5s CMD x\nHEALTHCHECK none\n",
        "FROM a\nENV A b\nENV C=d\nLABEL x=y\n",
        "FROM a\nONBUILD RUN x\n",
        "FROM a\nCMD []\nENTRYPOINT [ \"/a\" , \"b\" ]\n",
        "# syntax=acme/mopy\nIMPORT x\n",
        "# syntax=docker.io/docker/dockerfile:1.20-labs\nFROM a\n",
        "FROM a\n{{ if .X }}\nFOO\n{{ end }}\n",
    ] {
        assert_eq!(refused(text), <[String; 0]>::default(), "{text}");
    }
}

#[test]
fn any_text_gives_facts() {
    for text in [
        "FROM",
        "FROM a\nRUN",
        "FROM a\nRUN \\",
        "FROM a\nENV",
        "FROM a\nENV =",
        "FROM a\nARG",
        "FROM a\nCOPY",
        "FROM a\nRUN <<E",
        "FROM a\nCMD [",
        "FROM a\nHEALTHCHECK",
        "FROM a\nRUN --mount",
        "\u{feff}FROM é\nRUN \"é",
        "FROM a\nCMD [\"\\",
    ] {
        read(text);
    }
}
