//! Links from containers to programs, through the engine.

use goready_model::{ContainerLink, Project};

use crate::{config::Config, engine::Engine};

const MAIN: &str = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\t_ = \
                    http.ListenAndServe(\":8080\", nil)\n}\n";
const DOCKERFILE: &str = "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o \
                          /out/app .\nFROM scratch\nCOPY --from=build /out/app /app\nENTRYPOINT \
                          [\"/app\"]\n";

fn project(files: &[(&str, &str)]) -> Project {
    let mut engine = Engine::new(Config::default());
    let bytes = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    engine.set_files(files.iter().map(bytes).collect());
    engine.link().0
}

fn pod(image: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containers:\n    - name: x\n      \
         image: {image}\n{more}"
    )
}

fn container(project: &Project) -> &ContainerLink {
    let [container] = &*project.containers else { panic!("{:?}", project.containers) };
    container
}

/// Directory and confidence of the best program, if one is linked.
fn program(project: &Project) -> Option<(String, f32)> {
    let link = container(project).link.programs.first()?;
    let rounded = (link.confidence * 100.0).round() / 100.0;
    Some((project.program(link.target).dir.clone(), rounded))
}

#[test]
fn each_kind_of_evidence_has_its_weight() {
    let pod = pod("registry.example.com/acme/cart:1.2.3", "");
    let go = [("go.mod", "module example.com/acme/shop\n"), ("main.go", MAIN)];
    let skaffold = "apiVersion: skaffold/v4beta6\nkind: Config\nbuild:\n  artifacts:\n    - image: \
                    registry.example.com/acme/cart\n";
    let compose =
        "services:\n  cart:\n    image: registry.example.com/acme/cart:dev\n    build: .\n";
    let workflow = "on: push\njobs:\n  a:\n    steps:\n      - uses: \
                    docker/build-push-action@v6\n        with:\n          push: true\n          tags: \
                    registry.example.com/acme/cart:${{ github.ref_name }}\n";
    let makefile = "NAME = registry.example.com/acme/cart\nimage:\n\tdocker build -t \
                    $(NAME):$(VERSION) .\n";
    let tagged = "image:\n\tdocker build -t cart:local .\n\tdocker tag cart:local \
                  registry.example.com/acme/cart:1\n";
    let open = "image:\n\tdocker build -t $(REGISTRY)/cart:1 .\n";
    let bake = "target \"cart\" {\n  tags = [\"registry.example.com/acme/cart:1\"]\n}\n";
    for (path, text, expected) in [
        ("skaffold.yaml", skaffold, 0.98),
        ("compose.yaml", compose, 0.95),
        ("docker-bake.hcl", bake, 0.95),
        (".github/workflows/a.yml", workflow, 0.9),
        ("Makefile", makefile, 0.85),
        ("Makefile", tagged, 0.85),
        ("Makefile", open, 0.6),
    ] {
        let mut files = vec![("Dockerfile", DOCKERFILE), ("pod.yaml", &*pod), (path, text)];
        files.extend(go);
        let project = project(&files);
        let link = container(&project).link.dockerfile.as_ref().unwrap();
        assert!((link.confidence - expected).abs() < 0.001, "{path}: {}", link.confidence);
        let (_, confidence) = program(&project).unwrap();
        assert!((confidence - expected * 0.95).abs() < 0.01, "{path}: {confidence}");
        assert!(!link.evidence.is_empty());
    }
}

#[test]
fn independent_evidence_adds_up() {
    let bake = "target \"cart\" {\n  tags = [\"acme/cart\"]\n}\n";
    let makefile = "image:\n\tdocker build -t acme/cart .\n";
    let project = project(&[
        ("Dockerfile", DOCKERFILE),
        ("pod.yaml", &pod("acme/cart", "")),
        ("docker-bake.hcl", bake),
        ("Makefile", makefile),
    ]);
    let link = container(&project).link.dockerfile.as_ref().unwrap();
    assert!((link.confidence - (1.0 - 0.05 * 0.15)).abs() < 0.001);
}

#[test]
fn a_directory_named_like_the_image_is_weaker_evidence() {
    let project = project(&[
        ("src/cart/Dockerfile", DOCKERFILE),
        ("src/cart/go.mod", "module example.com/cart\n"),
        ("src/cart/main.go", MAIN),
        ("src/web/Dockerfile", DOCKERFILE),
        ("src/web/go.mod", "module example.com/web\n"),
        ("src/web/main.go", MAIN),
        ("pod.yaml", &pod("registry.example.com/shop/cart", "")),
    ]);
    assert_eq!(program(&project), Some(("src/cart".to_owned(), 0.71)));
}

#[test]
fn third_party_images_are_not_joined_by_their_name() {
    let redis = pod("redis:7", "");
    let files = [
        ("redis/Dockerfile", DOCKERFILE),
        ("redis/go.mod", "module a.b/redis\n"),
        ("redis/main.go", MAIN),
    ];
    let mut all = vec![("pod.yaml", &*redis)];
    all.extend(files);
    let first = project(&all);
    assert!(container(&first).third_party && program(&first).is_none());
    // Unless a build file says so.
    let bake = "target \"r\" {\n  context = \"redis\"\n  tags = [\"redis\"]\n}\n";
    all.push(("docker-bake.hcl", bake));
    let second = project(&all);
    assert!(!container(&second).third_party && program(&second).is_some());
}

#[test]
fn the_pods_command_chooses_the_program() {
    let dockerfile = "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/ \
                      ./cmd/...\nFROM scratch\nCOPY --from=build /out/ /bin/\nENTRYPOINT \
                      [\"/bin/api\"]\n";
    let bake = "target \"x\" {\n  tags = [\"acme/x\"]\n}\n";
    for (more, expected) in [
        ("", "cmd/api"),
        ("      command: [/bin/worker]\n", "cmd/worker"),
        ("      command: [sh, -c, exec /bin/worker]\n", "cmd/worker"),
        ("      args: [--verbose]\n", "cmd/api"),
    ] {
        let project = project(&[
            ("go.mod", "module example.com/x\n"),
            ("cmd/api/main.go", MAIN),
            ("cmd/worker/main.go", MAIN),
            ("Dockerfile", dockerfile),
            ("docker-bake.hcl", bake),
            ("pod.yaml", &pod("acme/x", more)),
        ]);
        assert_eq!(program(&project).map(|it| it.0).as_deref(), Some(expected), "{more}");
    }
}

#[test]
fn wrappers_and_entry_scripts_are_seen_through() {
    let files = |entry: &str| {
        format!(
            "FROM golang:1.26 AS build\nWORKDIR /src\nCOPY . .\nRUN go build -o /out/app .\nFROM \
             alpine:3.22\nCOPY --from=build /out/app /usr/local/bin/app\nCOPY entry.sh \
             /\nENTRYPOINT {entry}\n"
        )
    };
    for entry in [
        "[\"tini\", \"--\", \"app\"]",
        "exec app --x",
        "[\"/entry.sh\"]\nCMD [\"app\"]",
        "[\"sh\", \"-c\", \"app\"]",
    ] {
        let project = project(&[
            ("go.mod", "module example.com/x\n"),
            ("main.go", MAIN),
            ("entry.sh", "#!/bin/sh\nset -e\nexec \"$@\"\n"),
            ("Dockerfile", &files(entry)),
        ]);
        let link = &project.images[&project.dockerfiles[0].id];
        assert_eq!(link.programs.len(), 1, "{entry}");
        assert!((link.programs[0].confidence - 0.95).abs() < 0.001, "{entry}");
    }
}

#[test]
fn ko_names_the_main_package_itself() {
    let project = project(&[
        ("go.mod", "module example.com/x\n"),
        ("cmd/api/main.go", MAIN),
        ("pod.yaml", &pod("ko://example.com/x/cmd/api", "")),
    ]);
    assert_eq!(program(&project), Some(("cmd/api".to_owned(), 1.0)));
    assert!(project.builds[0].feeds_image && project.builds[0].trimpath);
}

#[test]
fn platforms_come_from_the_builds_of_the_image() {
    let bake = "variable \"P\" {}\ntarget \"a\" {\n  tags = [\"acme/x\"]\n  platforms = \
                [\"linux/amd64\", \"linux/arm64\"]\n}\ntarget \"b\" {\n  tags = [\"acme/y\"]\n  \
                platforms = [P]\n}\n";
    for (image, count, open) in [("acme/x", 2, false), ("acme/y", 2, true)] {
        let project = project(&[
            ("Dockerfile", DOCKERFILE),
            ("docker-bake.hcl", bake),
            ("pod.yaml", &pod(image, "")),
        ]);
        let link = &container(&project).link;
        assert_eq!((link.platforms.len(), link.platforms_open), (count, open), "{image}");
        assert!(link.platforms_explicit);
    }
}

/// The platforms of the one Dockerfile, `?` behind them when there may be others.
fn of_dockerfile(files: &[(&str, &str)]) -> String {
    let mut all = vec![("Dockerfile", DOCKERFILE), ("main.go", MAIN), ("go.mod", "module x\n")];
    all.extend(files);
    let project = project(&all);
    let link = &project.images[&project.dockerfiles[0].id];
    let names: Vec<String> = link.platforms.iter().map(|(it, _)| it.to_string()).collect();
    names.join(" ") + if link.platforms_open { "?" } else { "" }
}

#[test]
fn what_stays_on_the_machine_is_not_what_is_shipped() {
    let both = "docker buildx build --push --platform=linux/amd64,linux/arm64 .";
    for (line, alone, beside) in [
        ("docker buildx build --load --platform=linux/386 .", "", "linux/amd64 linux/arm64"),
        ("docker buildx build -o type=oci --platform=linux/386 .", "", "linux/amd64 linux/arm64"),
        ("docker buildx build -o out --platform=linux/386 .", "", "linux/amd64 linux/arm64"),
        ("docker build --platform=linux/386 -t x .", "linux/386", "linux/amd64 linux/arm64"),
        (
            "docker buildx build --load --platform=linux/386 -t a/x:1 . && docker push a/x:1",
            "linux/386",
            "linux/386 linux/amd64 linux/arm64",
        ),
    ] {
        let makefile = format!("one:\n\t{line}\n");
        assert_eq!(of_dockerfile(&[("Makefile", &makefile)]), alone, "{line}");
        let makefile = format!("{makefile}two:\n\t{both}\n");
        assert_eq!(of_dockerfile(&[("Makefile", &makefile)]), beside, "{line}");
    }
}

#[test]
fn one_command_for_each_platform_is_one_build_for_all() {
    let build = "docker buildx build --push --platform=linux/";
    for (makefile, expected) in [
        (
            format!("all:\n\tfor a in amd64 arm64; do {build}$$a -t x:$$a .; done\n"),
            "linux/amd64 linux/arm64",
        ),
        (
            format!("A = amd64 arm64\nall: $(addprefix push-,$(A))\npush-%:\n\t{build}$* .\n"),
            "linux/amd64 linux/arm64",
        ),
        (
            format!("T = push-amd64 push-s390x\nall: $(T)\n$(T): push-%:\n\t{build}$* .\n"),
            "linux/amd64 linux/s390x",
        ),
        (
            format!(
                "a: ARCH = arm64\na: image\nb: ARCH = amd64\nb: image\nimage:\n\t{build}$(ARCH) .\n"
            ),
            "linux/amd64 linux/arm64?",
        ),
        (format!("ARCH ?= amd64\nimage:\n\t{build}$(ARCH) .\n"), "linux/amd64?"),
        (format!("image:\n\t{build}amd64 .\n"), "linux/amd64"),
    ] {
        assert_eq!(of_dockerfile(&[("Makefile", &makefile)]), expected, "{makefile}");
    }
}

#[test]
fn a_manifest_list_has_the_platforms_of_its_parts() {
    let build = "docker build -t acme/x-$$a:1 .; docker push acme/x-$$a:1";
    for (makefile, expected) in [
        (
            format!(
                "all:\n\tfor a in amd64 armv7; do {build}; done\n\tdocker manifest create acme/x:1 acme/x-amd64:1 acme/x-armv7:1\n"
            ),
            "linux/amd64 linux/arm/v7",
        ),
        (
            format!(
                "A = amd64 arm64\nall:\n\tfor a in $(A); do {build}; done\n\tdocker manifest create --amend acme/x:1 $(shell echo $(A) | sed -e \"s~[^ ]*~acme/x\\-&:1~g\")\n"
            ),
            "linux/amd64 linux/arm64",
        ),
        (
            format!(
                "all:\n\tfor a in amd64 arm64; do {build}; done\n\tdocker buildx imagetools create -t acme/x:1 acme/x-amd64:1 $(OTHERS)\n"
            ),
            "linux/amd64?",
        ),
    ] {
        assert_eq!(of_dockerfile(&[("Makefile", &makefile)]), expected, "{makefile}");
    }
}

#[test]
fn workflows_build_for_each_platform_of_their_matrix() {
    let workflow = |matrix: &str, step: &str| {
        format!(
            "on: push\njobs:\n  a:\n    strategy:\n      matrix:\n{matrix}    steps:\n      - uses: {step}"
        )
    };
    let push = "docker/build-push-action@v6\n        with:\n          push: true\n          platforms: linux/${{ matrix.arch }}\n          tags: acme/x:${{ matrix.arch }}\n";
    let hashicorp = "hashicorp/actions-docker-build@v2\n        with:\n          arch: ${{ matrix.arch }}\n          tags: acme/x:1\n";
    let buildah = "redhat-actions/buildah-build@v2\n        with:\n          image: x\n          archs: amd64, arm64\n          containerfiles: |\n            ./Dockerfile\n";
    let arch = "        arch: [amd64, arm64, s390x]\n";
    let excluded = format!("{arch}        exclude:\n          - arch: s390x\n");
    for (text, expected) in [
        (workflow(arch, push), "linux/amd64 linux/arm64 linux/s390x"),
        (workflow(&excluded, push), "linux/amd64 linux/arm64"),
        (workflow("        arch: ${{ fromJSON(inputs.archs) }}\n", push), "?"),
        (workflow(&excluded, hashicorp), "linux/amd64 linux/arm64"),
        (workflow(arch, buildah), "linux/amd64 linux/arm64"),
    ] {
        assert_eq!(of_dockerfile(&[(".github/workflows/a.yml", &text)]), expected, "{text}");
    }
}
