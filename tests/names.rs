//! The names that a pod knows, as programs in it find them: in files, and by their resolver.

use crate::harness::{TestEnv, guest};

/// Runs a pod with these fields and one container that does `steps`; returns what it printed.
fn run(env: &TestEnv, module: &str, options: &[&str], fields: &str, steps: &str) -> String {
    let image = format!("localhost/test/{module}:1");
    env.run(["image", "import", guest("wasm32-wasip2", module).to_str().unwrap(), &image])
        .success();
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  \
         restartPolicy: Never\n{fields}\n  containers:\n    - name: a\n      image: {image}\n      \
         imagePullPolicy: Never\n      args: [{steps:?}]\n"
    );
    let manifest = env.write("pod.yaml", manifest);
    let output = env.run([&["run", manifest.to_str().unwrap()], options].concat());
    let lines = output.stdout.lines().filter_map(|line| line.strip_prefix("a | "));
    lines.map(|line| format!("{line}\n")).collect()
}

const FIELDS: &str = "  subdomain: sub
  setHostnameAsFQDN: true
  hostAliases:
    - {ip: 1.2.3.4, hostnames: [a, b.c]}
  dnsConfig: {nameservers: [1.1.1.1], options: [{name: ndots, value: '2'}]}";

#[test]
fn files_tell_the_names() {
    let env = TestEnv::new();
    let options = ["--cluster-domain", "k8s", "--cluster-dns", "10.0.0.10"];
    let found = run(&env, "scripted", &options, FIELDS, "cat /etc/hosts; cat /etc/hostname");
    assert_eq!(
        found,
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n\
         ::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\n\
         fe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n\
         10.88.0.2\tweb.sub.shop.svc.k8s\tweb\nfd88::2\tweb.sub.shop.svc.k8s\tweb\n\n\
         # Entries added by HostAliases.\n1.2.3.4\ta\tb.c\nweb.sub.shop.svc.k8s\n"
    );
    let found = run(&env, "scripted", &options, FIELDS, "cat /etc/resolv.conf");
    let (search, rest) = found.split_once('\n').unwrap();
    // The domains of this machine stand behind.
    assert!(search.starts_with("search shop.svc.k8s svc.k8s k8s"), "{found}");
    assert_eq!(rest, "nameserver 10.0.0.10\nnameserver 1.1.1.1\noptions ndots:2\n");
}

#[test]
fn the_resolver_knows_them() {
    let env = TestEnv::new();
    let steps = "resolve web; resolve web.sub.shop.svc.cluster.local; resolve B.c; \
                 resolve example.invalid";
    let found = run(&env, "net-scripted", &["--default-egress", "deny"], FIELDS, steps);
    assert_eq!(
        found,
        "resolve: 10.88.0.2 fd88::2\nresolve: 10.88.0.2 fd88::2\nresolve: 1.2.3.4\n\
         resolve: PermissionDenied\n"
    );
}

/// A file of a pod's own hides nothing that a volume brings, and none may be written.
#[test]
fn a_mount_at_etc_is_left_alone() {
    let env = TestEnv::with_scripted();
    let manifest = env.manifest(
        r#"  restartPolicy: Never
  volumes:
    - name: etc
      emptyDir: {}
  containers:
    - name: a
      SCRIPTED
      args: ["append /etc/hosts mine; cat /etc/hosts"]
      volumeMounts: [{name: etc, mountPath: /etc}]
    - name: b
      SCRIPTED
      args: ["append /etc/hosts mine"]
"#,
    );
    let output = env.run(["run", &manifest]).exits(1);
    assert!(output.stdout.contains("a | mine\n"), "{output}");
    assert!(output.stderr.lines().any(|line| line.starts_with("b ") && line.contains("Error")));
}
