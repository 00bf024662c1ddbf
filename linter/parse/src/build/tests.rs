//! Facts of build files, from source strings.

use goready_model::{Build, Cgo, FileId, FileKind, ImagePush, Place, Recipes};
use proptest::prelude::*;

use crate::{Facts, ParseOptions, Source};

fn read(path: &str, kind: FileKind, text: &str) -> Facts {
    let source = Source { file: FileId(1), path, text, lossy: false };
    crate::parse(&source, kind, &ParseOptions::default())
}

fn slice(text: &str, place: Place) -> &str {
    &text[place.at.start as usize..place.at.end as usize]
}

fn images(push: &ImagePush) -> Vec<&str> {
    push.images.iter().map(|it| it.value.as_str()).collect()
}

fn platforms(push: &ImagePush) -> Vec<String> {
    push.platforms.iter().map(|it| it.value.to_string()).collect()
}

fn architectures(build: &Build) -> Vec<&str> {
    build.goarch.iter().map(|it| it.value.as_str()).collect()
}

#[test]
fn a_workflow_names_what_it_pushes() {
    let text = "on: push\nenv:\n  REGISTRY: ghcr.io\njobs:\n  image:\n    strategy:\n      \
                matrix:\n        include:\n          - app: cart\n            file: \
                src/cart/Dockerfile\n          - app: web\n            file: \
                src/web/Dockerfile\n    steps:\n      - id: meta\n        uses: \
                docker/metadata-action@v5\n        with:\n          images: |\n            \
                ${{ env.REGISTRY }}/acme/${{ matrix.app }}\n      - uses: \
                docker/build-push-action@v6\n        with:\n          context: src/${{ matrix.app \
                }}\n          file: ${{ matrix.file }}\n          push: ${{ github.ref == \
                'refs/heads/main' }}\n          platforms: linux/amd64,linux/arm64\n          \
                build-args: |\n            VERSION=1\n          tags: ${{ \
                steps.meta.outputs.tags }}\n";
    let facts = read(".github/workflows/a.yml", FileKind::Workflow, text);
    let [cart, web] = &*facts.pushes else { panic!("{:?}", facts.pushes) };
    assert_eq!(images(cart), ["ghcr.io/acme/cart"]);
    assert_eq!(images(web), ["ghcr.io/acme/web"]);
    assert_eq!(web.dockerfile.as_deref(), Some("src/web/Dockerfile"));
    assert_eq!(web.context.as_deref(), Some("src/web"));
    assert_eq!(platforms(web), ["linux/amd64", "linux/arm64"]);
    assert_eq!(web.arguments, ["VERSION"]);
    assert!(web.push && !web.platforms_unresolved);
    assert_eq!(slice(text, web.platforms[0].place), "linux/amd64,linux/arm64");
}

#[test]
fn steps_keep_the_place_of_their_words() {
    let text = "jobs:\n  a:\n    env: {CGO_ENABLED: 0}\n    steps:\n      - name: x\n        \
                working-directory: cmd\n        run: |\n          set -e\n          go build \\\n            \
                -o dist/a .\n      - run: go vet ./...\n      - shell: pwsh\n        run: go build \
                no\n";
    let facts = read(".github/workflows/a.yml", FileKind::Workflow, text);
    let Some(Recipes::Jobs(jobs)) = &facts.recipes else { panic!() };
    assert_eq!(jobs[0].steps.len(), 2);
    let step = &jobs[0].steps[0];
    assert_eq!(step.directory.as_deref(), Some("cmd"));
    assert_eq!(step.environment[0].name, "CGO_ENABLED");
    let words = &step.script.commands()[1].words;
    assert_eq!(slice(text, words[3].place), "dist/a");
    assert!(words[3].verbatim && !jobs[0].publishes);
}

#[test]
fn goreleaser_has_defaults_of_its_own() {
    let text = "project_name: shop\nenv: [CGO_ENABLED=0]\nbuilds:\n  - id: a\n    goarch: [amd64, \
                arm]\n    flags: [-trimpath]\n    ldflags:\n      - -X main.v={{ .Version }}\n  - id: \
                b\n    main: ./cmd/b/main.go\n    targets: [linux_amd64_v1, linux_riscv64]\n  - id: \
                c\n    builder: rust\ndockers:\n  - image_templates: ['a/b:{{ .Tag }}-arm']\n    \
                goarch: arm\n    goarm: 7\ndockers_v2:\n  - images: [a/c]\nkos:\n  - repository: \
                a/d\n    main: ./cmd/b\n    platforms: [linux/arm64]\n";
    let facts = read(".goreleaser.yaml", FileKind::Goreleaser, text);
    let [a, b] = &*facts.builds else { panic!("{:?}", facts.builds) };
    assert_eq!((a.stripped, a.trimpath, a.cgo), (Some(false), true, Cgo::Disabled));
    assert_eq!((b.stripped, b.trimpath), (Some(true), false));
    assert_eq!(architectures(a), ["amd64", "arm"]);
    assert_eq!(architectures(b), ["amd64", "riscv64"]);
    assert_eq!(slice(text, a.place), "id: a");
    let [docker, v2, ko] = &*facts.pushes else { panic!("{:?}", facts.pushes) };
    assert_eq!(platforms(docker), ["linux/arm/v7"]);
    assert_eq!(platforms(v2), ["linux/amd64", "linux/arm64"]);
    assert_eq!(
        (ko.main_dir.as_deref(), platforms(ko)),
        (Some("cmd/b"), vec!["linux/arm64".into()])
    );
    let plain = read(".goreleaser.yaml", FileKind::Goreleaser, "project_name: x\n");
    assert_eq!(architectures(&plain.builds[0]), ["386", "amd64", "arm64"]);
}

#[test]
fn ko_passes_trimpath_and_turns_cgo_off() {
    let text = "defaultLdflags: [-s]\nbuilds:\n  - id: a\n    main: ./cmd/a\n  - id: b\n    env: \
                [CGO_ENABLED=1]\n    ldflags: [-w]\n";
    let facts = read(".ko.yaml", FileKind::Ko, text);
    let [a, b] = &*facts.builds else { panic!() };
    assert_eq!((a.trimpath, a.stripped, a.cgo), (true, Some(true), Cgo::Disabled));
    assert_eq!((b.trimpath, b.stripped, b.cgo), (true, Some(false), Cgo::Enabled));
}

#[test]
fn promu_builds_what_its_flags_say() {
    let text = "go:\n  cgo: false\nrepository:\n  path: github.com/acme/exporter\nbuild:\n  \
                binaries:\n    - name: exporter\n      path: ./cmd/exporter\n  flags: -a -trimpath\n  \
                ldflags: |\n    -s -X main.v={{.Version}}\n";
    let facts = read(".promu.yml", FileKind::Config, text);
    let build = &facts.builds[0];
    assert_eq!((build.trimpath, build.stripped, build.cgo), (true, Some(true), Cgo::Disabled));
    assert_eq!(build.packages[0].value, "./cmd/exporter");
    let elsewhere = "build:\n  flags: -a\ncrossbuild:\n  platforms: [darwin, netbsd/amd64]\n";
    assert!(read(".promu.yml", FileKind::Config, elsewhere).builds.is_empty());
}

#[test]
fn skaffold_compose_and_bake_name_image_and_dockerfile() {
    let skaffold = "apiVersion: skaffold/v4beta6\nkind: Config\nbuild:\n  platforms: \
                    [linux/arm64]\n  artifacts:\n    - image: cart\n      context: src/cart\n      \
                    docker:\n        dockerfile: build/Dockerfile\n        target: final\n    - image: \
                    web\n      ko:\n        main: ./cmd/web\n";
    let facts = read("deploy/skaffold.yaml", FileKind::Skaffold, skaffold);
    let [cart, web] = &*facts.pushes else { panic!() };
    assert_eq!(cart.dockerfile.as_deref(), Some("deploy/src/cart/build/Dockerfile"));
    assert_eq!(
        (cart.target.as_deref(), platforms(cart)),
        (Some("final"), vec!["linux/arm64".into()])
    );
    assert_eq!(
        (web.dockerfile.as_deref(), web.main_dir.as_deref()),
        (None, Some("deploy/cmd/web"))
    );

    let compose = "services:\n  api:\n    image: acme/api:${TAG:-dev}\n    build:\n      context: \
                   ..\n      dockerfile: docker/api.Dockerfile\n      args: [A=1, B=2]\n  db:\n    \
                   image: postgres\n  web:\n    build: ./web\n";
    let facts = read("deploy/compose.yaml", FileKind::Compose, compose);
    let [api, web] = &*facts.pushes else { panic!() };
    assert_eq!(
        (images(api), api.dockerfile.as_deref()),
        (vec!["acme/api:dev"], Some("docker/api.Dockerfile"))
    );
    assert_eq!(api.arguments, ["A", "B"]);
    assert_eq!((images(web).len(), web.dockerfile.as_deref()), (0, Some("deploy/web/Dockerfile")));

    let bake = "variable \"REGISTRY\" {\n  default = \"ghcr.io/acme\"\n}\nvariable \"TAG\" {}\ntarget \
                \"_common\" {\n  platforms = [\"linux/amd64\", \"linux/arm64\"]\n  args = { V = 1 \
                }\n}\ntarget \"app\" {\n  inherits = [\"_common\"]\n  matrix = { name = [\"a\", \"b\"] \
                }\n  name = \"app-${name}\"\n  dockerfile = \"${name}.Dockerfile\"\n  tags = [for t in \
                TAG : \"${REGISTRY}/${name}:${t}\"]\n}\n";
    let facts = read("docker-bake.hcl", FileKind::Bake, bake);
    let named: Vec<_> = facts.pushes.iter().filter(|it| !it.images.is_empty()).collect();
    let [a, b] = &*named else { panic!("{:?}", facts.pushes) };
    assert_eq!(
        (images(a), a.dockerfile.as_deref()),
        (vec!["ghcr.io/acme/a:${t}"], Some("a.Dockerfile"))
    );
    assert_eq!(
        (platforms(b), b.arguments.as_slice()),
        (vec!["linux/amd64".into(), "linux/arm64".into()], &["V".to_owned()][..])
    );
    assert_eq!(slice(bake, b.platforms[1].place), "\"linux/arm64\"");

    let json = r#"{"target": {"x": {"tags": ["acme/x"], "platforms": ["linux/amd64"]}}}"#;
    assert_eq!(
        read("docker-bake.json", FileKind::Bake, json).pushes[0].dockerfile.as_deref(),
        Some("Dockerfile")
    );
}

#[test]
fn tasks_and_pipelines_are_jobs() {
    let task = "version: '3'\nvars:\n  FLAGS: -s\ntasks:\n  build:\n    dir: sub\n    env: \
                {CGO_ENABLED: 0}\n    cmds:\n      - go build -ldflags=\"{{.FLAGS}} {{.MORE}}\" .\n      - \
                task: other\n  one: go vet ./...\n";
    let facts = read("Taskfile.yml", FileKind::Config, task);
    let Some(Recipes::Jobs(jobs)) = &facts.recipes else { panic!() };
    let words = &jobs[0].steps[0].script.commands()[0].words;
    assert_eq!(words[2].written(), "-ldflags=-s ${?}");
    assert_eq!((jobs[0].steps[0].directory.as_deref(), jobs[1].steps.len()), (Some("sub"), 1));

    let gitlab = "variables: {A: b}\nbuild:\n  before_script: [cd cmd]\n  script:\n    - go build -o x \
                  .\n    - |\n      docker build .\n";
    let facts = read(".gitlab-ci.yml", FileKind::Config, gitlab);
    let Some(Recipes::Jobs(jobs)) = &facts.recipes else { panic!() };
    assert_eq!(jobs[0].steps.len(), 3);

    let cloud = "steps:\n  - name: gcr.io/cloud-builders/docker\n    args: [build, -t, \
                 gcr.io/$PROJECT_ID/x, .]\n";
    let facts = read("cloudbuild.yaml", FileKind::Config, cloud);
    let Some(Recipes::Jobs(jobs)) = &facts.recipes else { panic!() };
    let words = &jobs[0].steps[0].script.commands()[0].words;
    assert_eq!(
        (words[0].written().as_str(), words[3].written().as_str()),
        ("docker", "gcr.io/${PROJECT_ID}/x")
    );
}

#[test]
fn recipes_of_a_justfile_are_jobs() {
    let text = "# images\nimage := 'registry.example.com/api'\nexport CGO_ENABLED := \"0\"\nrev := \
                `git rev-parse HEAD`\nset shell := [\"bash\", \"-c\"]\n\n[private]\n_check:\n  go \
                vet ./...\n\nimage tag=rev *args: _check\n    @docker build \\\n        --build-arg \
                REV={{tag}} -t {{image}} .\n    -docker push {{ image }}\n\nall:\n  #!/bin/sh\n  cd \
                cmd\n  go build .\n";
    let facts = read("build/justfile", FileKind::Justfile, text);
    let Some(Recipes::Jobs(jobs)) = &facts.recipes else { panic!() };
    let names: Vec<_> = jobs.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["_check", "image", "all"]);
    let written: Vec<Vec<String>> = jobs[1]
        .steps
        .iter()
        .map(|it| it.script.commands()[0].words.iter().map(|it| it.written()).collect())
        .collect();
    assert_eq!(
        written[0],
        ["docker", "build", "--build-arg", "REV=${?}", "-t", "registry.example.com/api", "."]
    );
    assert_eq!(written[1], ["docker", "push", "registry.example.com/api"]);
    let step = &jobs[1].steps[0];
    assert_eq!(step.environment[0].name, "CGO_ENABLED");
    assert_eq!(step.directory.as_deref(), Some("build"));
    let word = step.script.commands()[0].words[1].place.at;
    assert_eq!(&text[word.start as usize..word.end as usize], "build");
    // One script, as its first line says.
    assert_eq!(jobs[2].steps.len(), 1);
    assert_eq!(jobs[2].steps[0].script.commands().len(), 2);
}

proptest! {
    /// Whatever a build file holds, it gives facts, and every place lies in it.
    #[test]
    fn any_text_gives_facts(text in "[ -~\\n\\t$(){}<>|&;'\"`\\\\#=:,\\[\\]]{0,200}") {
        for (path, kind) in [
            ("Dockerfile", FileKind::Dockerfile),
            ("Makefile", FileKind::Makefile),
            ("a.sh", FileKind::ShellScript),
            (".github/workflows/a.yml", FileKind::Workflow),
            (".goreleaser.yaml", FileKind::Goreleaser),
            (".ko.yaml", FileKind::Ko),
            ("docker-bake.hcl", FileKind::Bake),
            ("skaffold.yaml", FileKind::Skaffold),
            ("compose.yaml", FileKind::Compose),
            ("Taskfile.yml", FileKind::Config),
            ("justfile", FileKind::Justfile),
        ] {
            let facts = read(path, kind, &text);
            let stages = facts.dockerfile.iter().flat_map(|it| &it.stages);
            for run in stages.flat_map(|it| it.runs()) {
                for word in run.commands.iter().flatten() {
                    prop_assert!(text.get(word.place.at.start as usize..word.place.at.end as usize).is_some());
                }
            }
        }
    }
}
