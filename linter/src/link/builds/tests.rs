//! Effective builds of small repositories, through the engine.

use goready_model::{Build, Cgo, Project};

use crate::{config::Config, engine::Engine};

const GO_MOD: (&str, &str) = ("go.mod", "module example.com/acme/shop\n\ngo 1.26\n");
const MAIN: &str = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\t_ = \
                    http.ListenAndServe(\":8080\", nil)\n}\n";
const FINAL: &str = "FROM scratch\nCOPY --from=build /out/api /api\nENTRYPOINT [\"/api\"]\n";

fn project(files: &[(&str, &str)]) -> Project {
    let mut engine = Engine::new(Config::default());
    let bytes = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    engine.set_files(files.iter().map(bytes).collect());
    engine.link().0
}

/// The project of files and one main package in `cmd/api`.
fn with_main(files: &[(&str, &str)]) -> Project {
    let mut all = vec![GO_MOD, ("cmd/api/main.go", MAIN)];
    all.extend(files);
    project(&all)
}

/// Each build as `file: program`, with `!` when an image holds it.
fn summary(project: &Project) -> Vec<String> {
    let line = |it: &Build| {
        let programs: Vec<&str> =
            it.programs.iter().map(|id| project.program(*id).dir.as_str()).collect();
        let fed = if it.feeds_image { "!" } else { "" };
        format!("{}: {}{fed}", project.path(it.file), programs.join(" "))
    };
    project.builds.iter().map(line).collect()
}

fn only(project: &Project) -> &Build {
    let [build] = &*project.builds else { panic!("{:?}", summary(project)) };
    build
}

#[test]
fn a_build_in_a_stage_feeds_the_image_that_copies_its_output() {
    let dockerfile = format!(
        "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/other ./cmd/api \
         && go build -o /out/ ./cmd/api\n{FINAL}"
    );
    let project = with_main(&[("Dockerfile", &dockerfile)]);
    assert_eq!(summary(&project), ["Dockerfile: cmd/api", "Dockerfile: cmd/api!"]);
    assert!(project.builds[1].shipped && !project.builds[0].shipped);
    let link = &project.images[&project.dockerfiles[0].id].programs[0];
    assert!((link.confidence - 0.95).abs() < 0.001, "{link:?}");
}

#[test]
fn the_context_of_a_dockerfile_is_where_its_sources_lie() {
    let dockerfile = format!(
        "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY cmd ./cmd\nRUN go build -o /out/api \
         ./cmd/api\n{FINAL}"
    );
    for path in ["build/package/Dockerfile", "Dockerfile"] {
        let project = with_main(&[(path, &dockerfile)]);
        assert_eq!(only(&project).dir.as_deref(), Some("."), "{path}");
    }
}

#[test]
fn make_in_a_stage_runs_the_target_of_the_repository() {
    let makefile = "LDFLAGS ?= -s\nall: build\nbuild: gen\n\tgo build -trimpath -ldflags \
                    $(LDFLAGS) -o /out/api ./cmd/api\ngen:\n\tgo generate ./...\n";
    let dockerfile = format!(
        "FROM golang:1.26-alpine AS build\nENV LDFLAGS=-w\nWORKDIR /src\nCOPY . .\nRUN make\n{FINAL}"
    );
    let project = with_main(&[("Makefile", makefile), ("Dockerfile", &dockerfile)]);
    let build = only(&project);
    assert_eq!(summary(&project), ["Makefile: cmd/api!"]);
    // The stage's environment wins over the Makefile's default.
    assert_eq!((build.stripped, build.trimpath), (Some(false), true));
    assert_eq!(build.cgo, Cgo::Disabled);
    assert_eq!(project.path(build.via[0].at.file), "Dockerfile");
}

#[test]
fn a_makefile_target_feeds_the_image_that_copies_from_the_context() {
    let makefile = "OS ?= linux\nbin:\n\tGOOS=$(OS) go build -o dist/$(OS)/$(shell uname \
                    -m)/api ./cmd/api\ndev:\n\tgo build -o bin/dev ./cmd/api\n";
    let dockerfile = "FROM scratch\nARG TARGETOS\nARG TARGETARCH\nCOPY \
                      dist/$TARGETOS/$TARGETARCH/api /\nENTRYPOINT [\"/api\"]\n";
    let project = with_main(&[("Makefile", makefile), ("Dockerfile", dockerfile)]);
    assert_eq!(summary(&project), ["Makefile: cmd/api!", "Makefile: cmd/api"]);
    assert_eq!(project.images[&project.dockerfiles[0].id].programs.len(), 1);
}

#[test]
fn scripts_and_functions_are_followed_to_their_builds() {
    let script = "#!/usr/bin/env bash\nset -e\ncd \"$(dirname \"$0\")/..\"\nexport \
                  CGO_ENABLED=0\nflags=(-trimpath)\nbuild() {\n  go build \"${flags[@]}\" -o \
                  \"dist/$1\" \"./cmd/$1\"\n}\nbuild api\n";
    let dockerfile = "FROM scratch\nCOPY dist/api /api\nENTRYPOINT [\"/api\"]\n";
    let project = with_main(&[("hack/build.sh", script), ("Dockerfile", dockerfile)]);
    let build = only(&project);
    assert!(build.feeds_image && build.trimpath);
    assert_eq!(build.cgo, Cgo::Disabled);
}

#[test]
fn a_stage_chosen_by_platform_holds_what_each_holds() {
    let makefile = "all:\n\tGOARCH=amd64 go build -o bin/amd64/api ./cmd/api\n\tGOARCH=arm64 go \
                    build -o bin/arm64/api ./cmd/api\n";
    let dockerfile = "FROM scratch AS image-amd64\nCOPY bin/amd64/api /api\nFROM scratch AS \
                      image-arm64\nCOPY bin/arm64/api /api\nFROM \
                      image-${TARGETARCH}\nENTRYPOINT [\"/api\"]\n";
    let project = with_main(&[("Makefile", makefile), ("Dockerfile", dockerfile)]);
    assert_eq!(summary(&project), ["Makefile: cmd/api!", "Makefile: cmd/api!"]);
}

#[test]
fn compile_checks_and_tests_are_no_builds() {
    let workflow = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: \
                    |\n          go build ./...\n          go vet ./... && go test ./...\n          \
                    go build -o /dev/null ./cmd/api\n";
    let project = with_main(&[(".github/workflows/ci.yml", workflow)]);
    assert_eq!(summary(&project), Vec::<String>::new());
}

#[test]
fn matrix_combinations_are_one_build_for_several_architectures() {
    let workflow = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    strategy:\n      \
                    matrix:\n        arch: [amd64, arm64]\n    steps:\n      - run: GOARCH=${{ \
                    matrix.arch }} go build -o dist/${{ matrix.arch }}/api ./cmd/api\n      - run: \
                    docker build .\n";
    let dockerfile = "FROM scratch\nARG TARGETARCH\nCOPY dist/$TARGETARCH/api \
                      /api\nENTRYPOINT [\"/api\"]\n";
    let project = with_main(&[(".github/workflows/ci.yml", workflow), ("Dockerfile", dockerfile)]);
    let build = only(&project);
    let architectures: Vec<&str> = build.goarch.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(architectures, ["amd64", "arm64"]);
    assert!(build.feeds_image);
}

#[test]
fn goreleaser_images_hold_its_binaries() {
    let config = "builds:\n  - binary: api\n    main: ./cmd/api\n    goos: [linux]\ndockers:\n  - \
                  image_templates: ['acme/api:{{ .Tag }}']\n    dockerfile: release.Dockerfile\n";
    let dockerfile = "FROM scratch\nCOPY api /\nENTRYPOINT [\"/api\"]\n";
    let project = with_main(&[(".goreleaser.yaml", config), ("release.Dockerfile", dockerfile)]);
    let build = only(&project);
    assert!(build.feeds_image && build.stripped == Some(true) && !build.trimpath);
    assert_eq!(project.images[&project.dockerfiles[0].id].programs.len(), 1);
}

#[test]
fn vendored_files_are_nobodys_build() {
    let project = with_main(&[
        ("vendor/example.org/x/Makefile", "build:\n\tgo build -o x .\n"),
        ("third_party/y/Dockerfile", "FROM golang:1.26\nRUN go build -o /y .\n"),
    ]);
    assert!(project.builds.is_empty() && project.dockerfiles.is_empty());
}

#[test]
fn scripts_that_call_each_other_end() {
    let project = with_main(&[
        ("a.sh", "#!/bin/sh\n./b.sh\n./a.sh\n"),
        ("b.sh", "#!/bin/sh\nf() { f; }\nf\n./a.sh\nfor i in 1 2 3; do ./b.sh; done\n"),
        ("Makefile", "a: b\n\t$(MAKE) a\nb: a\n\tmake -f Makefile b\ninclude Makefile\n"),
    ]);
    assert!(project.builds.is_empty());
}

#[test]
fn a_build_in_a_container_is_one_of_the_repository() {
    let makefile = "DOCKER = $(shell which docker)\nBASE = $(shell pwd)\nGOBUILD = \
                    /usr/local/go/bin/go build\nCOMPILE = $(GOBUILD) -trimpath --ldflags \
                    \"-s -w\"\nbin:\n\t$(DOCKER) run --rm -v $(BASE):/work -w /work/cmd/api -e \
                    CGO_ENABLED=0 golang:1.26 $(COMPILE) -o /work/out/api\n";
    let dockerfile = "FROM scratch\nCOPY out/api /api\nENTRYPOINT [\"/api\"]\n";
    let project = with_main(&[("Makefile", makefile), ("Dockerfile", dockerfile)]);
    let build = only(&project);
    assert_eq!(summary(&project), ["Makefile: cmd/api!"]);
    assert_eq!((build.stripped, build.trimpath, build.cgo), (Some(true), true, Cgo::Disabled));
}

#[test]
fn binaries_for_other_systems_are_no_content_of_an_image() {
    let makefile = "all:\n\tGOOS=linux go build -o bin/api-linux ./cmd/api\n\tGOOS=darwin go build \
                    -o bin/api-darwin ./cmd/api\n\tGOOS=windows go build -o bin/api-windows \
                    ./cmd/api\n";
    let dockerfile = "FROM scratch\nCOPY bin /bin\nENTRYPOINT [\"/bin/api-linux\"]\n";
    let project = with_main(&[("Makefile", makefile), ("Dockerfile", dockerfile)]);
    let expected = ["Makefile: cmd/api!", "Makefile: cmd/api", "Makefile: cmd/api"];
    assert_eq!(summary(&project), expected);
    let windows =
        "FROM mcr.microsoft.com/windows/nanoserver:ltsc2025\nCOPY bin/api-windows /api.exe\n";
    let project = with_main(&[("Makefile", makefile), ("Dockerfile", windows)]);
    let expected = ["Makefile: cmd/api", "Makefile: cmd/api", "Makefile: cmd/api!"];
    assert_eq!(summary(&project), expected);
}

#[test]
fn goreleaser_writes_to_one_directory_when_told_to() {
    let config = "builds:\n  - main: ./cmd/api\n    binary: api/api_{{ .Arch }}\n    \
                  no_unique_dist_dir: true\n";
    let dockerfile =
        "FROM scratch\nARG TARGETARCH\nCOPY dist/api/* /\nENTRYPOINT [\"/api_amd64\"]\n";
    let project = with_main(&[(".goreleaser.yaml", config), ("Dockerfile", dockerfile)]);
    assert_eq!(summary(&project), [".goreleaser.yaml: cmd/api!"]);
}
