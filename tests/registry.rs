//! Images between the store and a real registry.

use std::path::Path;

use crate::harness::{PASSWORD, Registry, TestEnv, USER, guest};

/// Returns a place with this image in its store, and the image's digest.
fn with_image(reference: &str, import: &[&str]) -> (TestEnv, String) {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip1", "scripted");
    let arguments = [&["image", "import", module.to_str().unwrap(), reference], import].concat();
    let output = env.run(arguments).success();
    let digest = output.stdout.trim_end().split_once(" sha256:").unwrap().1.to_owned();
    (env, format!("sha256:{digest}"))
}

/// Runs a Pod of one container of this image.
fn run(env: &TestEnv, image: &str, policy: &str) -> crate::harness::Output {
    let manifest = env.write(
        "pod.yaml",
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: test}}\nspec:\n  restartPolicy: Never\n  \
             containers: [{{name: a, image: {image:?}, imagePullPolicy: {policy}}}]\n"
        ),
    );
    env.run(["run", manifest.to_str().unwrap()])
}

fn blobs(env: &TestEnv) -> Vec<String> {
    let folder = env.data_dir().join("images/blobs/sha256");
    let names = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_image_is_the_same_after_a_push_and_a_pull() {
    let registry = Registry::start();
    let image = registry.reference("team/app:v1");
    let (here, digest) = with_image(&image, &["--cmd", "write hello"]);
    let pushed = format!("{image} {digest}\n");
    here.run(["image", "push", &image]).success().prints(&pushed);
    here.run(["image", "push", &image]).success().prints(&pushed);

    let there = TestEnv::new();
    there.run(["image", "pull", &image]).success().prints(&pushed);
    assert_eq!(blobs(&there), blobs(&here));
    let inspected = there.run(["image", "inspect", &image]).success();
    assert!(inspected.stdout.contains(&digest), "{inspected}");
    assert!(inspected.stdout.contains(r#"Cmd         ["write hello"]"#), "{inspected}");
    run(&there, &image, "Never").success().says("a | hello");

    let pinned = format!("{}/team/app@{digest}", registry.host());
    let elsewhere = TestEnv::new();
    run(&elsewhere, &pinned, "IfNotPresent").success().says("a | hello");
    assert_eq!(blobs(&elsewhere), blobs(&here));
}

#[test]
fn what_is_in_the_store_runs_without_the_registry() {
    let registry = Registry::start();
    let image = registry.reference("app:v1");
    let (here, _) = with_image(&image, &["--cmd", "write hello"]);
    here.run(["image", "push", &image]).success();
    let there = TestEnv::new();
    run(&there, &image, "Always").success().says("a | hello");

    drop(registry);
    run(&there, &image, "IfNotPresent").success().says("a | hello");
    run(&there, &image, "Never").success().says("a | hello");
    there.run(["image", "pull", &image]).exits(1).says("cannot be reached");
}

#[test]
fn a_tag_that_moved_is_followed_when_the_policy_says_so() {
    let registry = Registry::start();
    let image = registry.reference("app:v1");
    let (one, _) = with_image(&image, &["--cmd", "write one"]);
    let (two, _) = with_image(&image, &["--cmd", "write two"]);
    let there = TestEnv::new();
    one.run(["image", "push", &image]).success();
    run(&there, &image, "IfNotPresent").success().says("a | one");
    two.run(["image", "push", &image]).success();
    run(&there, &image, "IfNotPresent").success().says("a | one");
    run(&there, &image, "Always").success().says("a | two");
    run(&there, &image, "Never").success().says("a | two");
}

#[test]
fn what_the_registry_does_not_have() {
    let registry = Registry::start();
    let env = TestEnv::new();
    for image in ["missing:v1", "missing@sha256:DIGEST"] {
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let image = registry.reference(&image.replace("DIGEST", digest));
        env.run(["image", "pull", &image]).exits(1).says("check its name and tag");
    }
    env.run(["image", "ls"]).success().prints("REFERENCE   DIGEST   SIZE\n");
}

/// Writes the configuration file of this place's user.
fn configure(env: &TestEnv, registries: &str) {
    env.write("../home/config/wasmpod/config.yaml", format!("registries:\n{registries}"));
}

/// Returns what `docker login` notes, and pull secrets hold.
fn login(registry: &Registry, password: &str) -> String {
    format!(
        r#"{{"auths":{{"{}":{{"username":"{USER}","password":"{password}"}}}}}}"#,
        registry.host()
    )
}

#[test]
fn a_private_registry_with_a_certificate_of_its_own() {
    let registry = Registry::start_guarded();
    let image = registry.reference("team/app:v1");
    let (env, _) = with_image(&image, &["--cmd", "write hello"]);
    let log_in = |password: &str| {
        env.write("../home/.docker/config.json", login(&registry, password));
    };
    let ca = format!("  hosts: {{{:?}: {{ca: {:?}}}}}\n", registry.host(), registry.ca());

    log_in(PASSWORD);
    configure(&env, &format!("  hosts: {{{:?}: {{ca: /missing}}}}\n", registry.host()));
    env.run(["image", "push", &image]).exits(1).says("/missing cannot be used");
    env.run(["image", "pull", &image]).exits(1).says("/missing cannot be used");
    configure(&env, &ca);
    env.run(["image", "push", &image]).success();
    env.run(["image", "rm", &image]).success();
    log_in("wrong");
    env.run(["image", "pull", &image]).exits(1).says("refuses access to team/app for user user");
    log_in(PASSWORD);
    env.run(["image", "pull", &image]).success();
    run(&env, &image, "Always").success().says("a | hello");

    // Somebody else, who trusts the registry and is not known to it.
    let other = TestEnv::new();
    configure(&other, &ca);
    other.run(["image", "pull", &image]).exits(1).says("requires a login for team/app");
    let pod = |password: &str, deadline: &str| {
        let login = login(&registry, password);
        let secret = other.write(
            "pod.yaml",
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: regcred}}\n\
                 type: kubernetes.io/dockerconfigjson\nstringData: {{.dockerconfigjson: '{login}'}}\n\
                 ---\napiVersion: v1\nkind: Pod\nmetadata: {{name: test}}\nspec:\n  \
                 restartPolicy: Never\n  {deadline}\n  imagePullSecrets: [{{name: gone}}, {{name: regcred}}]\n  \
                 containers: [{{name: a, image: {image:?}}}]\n"
            ),
        );
        other.run(["run", secret.to_str().unwrap()])
    };
    // It would try again for ever.
    let deadline = "activeDeadlineSeconds: 3";
    pod("wrong", deadline).exits(1).says("refuses access to team/app for user user");
    let missing = "Unable to retrieve some image pull secrets (gone); attempting to pull";
    pod(PASSWORD, "").success().says("a | hello").says(missing);
}

#[test]
fn a_mirror_is_asked_first() {
    let [near, origin] = [Registry::start(), Registry::start()];
    let [cached, image] = [near.reference("cache/app:v1"), origin.reference("app:v1")];
    let (env, _) = with_image(&cached, &["--cmd", "write near"]);
    env.run(["image", "push", &cached]).success();
    let mirrors = format!("{{mirrors: [\"{}/cache\"]}}", near.host());
    configure(&env, &format!("  hosts: {{{:?}: {mirrors}}}\n", origin.host()));
    run(&env, &image, "IfNotPresent").success().says("a | near");

    configure(&env, "  host: {}\n");
    let file = "home/config/wasmpod/config.yaml:2:3: ";
    env.run(["image", "pull", &image]).exits(1).says(file).says("host");
    let other = env.write("other.yaml", "registries: {hosts: {team: {}}}");
    let arguments = ["--config", other.to_str().unwrap(), "image", "pull", &image];
    env.run(arguments).exits(1).says("registries.hosts: `team` is not the name of a registry");
    let missing = env.wasmpod(["image", "ls"]).env("WASMPOD_CONFIG", "missing.yaml").run();
    missing.exits(1).says("cannot read the configuration file missing.yaml");
}

/// Has another tool copy an image.
fn skopeo_copy(env: &TestEnv, source: &str, destination: &str) {
    let policy = env.write("policy.json", r#"{"default": [{"type": "insecureAcceptAnything"}]}"#);
    let script = r#"exec skopeo --policy "$POLICY" copy --src-tls-verify=false \
         --dest-tls-verify=false "$FROM" "$TO""#;
    let hint = "command -v skopeo || { echo '`apt-get install skopeo` installs it' >&2; exit 1; }";
    let copy = env.shell(&format!("{hint}\n{script}")).env("POLICY", policy);
    copy.env("FROM", source).env("TO", destination).run().success();
}

fn layout(path: &Path) -> String {
    format!("oci:{}:v1", path.display())
}

#[test]
fn what_another_tool_pushed() {
    let registry = Registry::start();
    let image = registry.reference("team/app:v1");
    let (here, digest) = with_image("localhost/app:v1", &["--cmd", "write hello"]);
    let exported = here.work().join("exported");
    here.run(["image", "export", "localhost/app:v1", exported.to_str().unwrap()]).success();
    let source = format!("oci:{}", exported.display());
    skopeo_copy(&here, &source, &format!("docker://{image}"));

    let there = TestEnv::new();
    let pulled = format!("{image} {digest}\n");
    there.run(["image", "pull", &image]).success().prints(&pulled);
    run(&there, &image, "Never").success().says("a | hello");
}

#[test]
fn what_another_tool_copied_to_a_layout() {
    let registry = Registry::start();
    let image = registry.reference("app:v1");
    let (here, digest) = with_image(&image, &["--cmd", "write hello"]);
    here.run(["image", "push", &image]).success();
    let copied = here.work().join("copied");
    skopeo_copy(&here, &format!("docker://{image}"), &layout(&copied));
    let import = ["image", "import", copied.to_str().unwrap(), "localhost/copied"];
    here.run(import).success().says(&digest);
    run(&here, "localhost/copied", "Never").success().says("a | hello");

    // This form has an ordinary layer, which the tool compresses: another image, the same program.
    here.run(["image", "push", "--for", "containerd", &image]).success();
    let compressed = here.work().join("compressed");
    skopeo_copy(&here, &format!("docker://{image}"), &layout(&compressed));
    let import = ["image", "import", compressed.to_str().unwrap(), "localhost/compressed"];
    here.run(import).success();
    run(&here, "localhost/compressed", "Never").success().says("a | hello");
}
