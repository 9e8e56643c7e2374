//! The sockets of WasmEdge, as its library for Rust uses them: against those of the kernel, and what
//! they alone have.

use crate::harness::{TestEnv, guest};
use crate::sockets::Family;
use crate::sockets::kernel::{Kernel, Version};

/// Runs every case in a pod, and in the same words on the kernel's sockets; tells all that differ.
fn check_all(cases: &[&str]) {
    let module = guest("wasm32-wasip1", "net-wasmedge");
    let (env, kernel) =
        (TestEnv::new(), Kernel::new(&guest("wasm32-wasip2", "net-scripted"), Version::P2));
    let differences: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let steps = Family::V4.with_addresses(case);
            let output = env.run(["run", module.to_str().unwrap(), "--", &steps]);
            let expected = kernel.run(&steps);
            assert!(!expected.is_empty(), "{steps}");
            (output.stdout != expected)
                .then(|| format!("{case}\n--- pod\n{output}\n--- kernel\n{expected}"))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

#[test]
fn connections_are_those_of_the_kernel() {
    let connected = "listen A; connect A; accept; ";
    let cases = [
        "try-read 0",
        "send 0 hi; read 1 1; read 1 9",
        "send 1 hi; read 0 9",
        "finish 0; read 1 9; read 1 9",
        "finish 1; read 0 9; send 0 hi; read 1 9",
        "send 0 hi; finish 0; read 1 9; read 1 9; send 1 ho; read 0 9",
        "finish 0; finish 1; read 0 9; read 1 9",
        "finish 0; send 0 hi",
        "send 0 hi; close 0; read-all 1",
        "send 0 hi; finish 0; close 0; read-all 1",
        "close 0; read 1 9",
        "close 1; read 0 9",
        "shut 0; read 0 9; send 0 hi; read 1 9",
        "deafen 0; read 0 9",
        "finish 0; finish 0",
        "close-listener 0; send 0 hi; read 1 9",
        "peer 0",
        "local 0; local 1",
        "connect A; accept; send 2 hi; read 3 9",
        "send-bytes 0 100000; finish 0; count 1",
    ];
    let mut cases: Vec<_> = cases.iter().map(|case| format!("{connected}{case}")).collect();
    let others = [
        "connect A",
        "listen A",
        "listen *:P",
        "listen A; listen A",
        "listen A; listen B; connect A; connect B; accept; accept 1",
        "listen A; close-listener 0; listen A",
        "listen A; close-listener 0; connect A",
        "listen A; connect A; close 0; accept; read 0 9",
        "listen A; connect A; send 0 early; accept; read 1 9",
        "listen A; udp-bind A",
        "listen 192.0.2.1:80",
    ];
    cases.extend(others.map(str::to_owned));
    check_all(&cases.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn datagrams_are_those_of_the_kernel() {
    check_all(&[
        "udp-bind A; udp-bind B",
        "udp-bind A; udp-bind A",
        "udp-bind A; udp-close 0; udp-bind A",
        "udp-bind *:P",
        "udp-bind 192.0.2.1:80",
        "udp-bind A; udp-local 0; udp-peer 0",
        "udp-bind A; udp-connect 0 B; udp-local 0; udp-peer 0",
        "udp-bind A; udp-try 0",
        "udp-bind A; udp-send 0 hi",
        "udp-bind A; udp-bind B; udp-to 1 A hi; udp-recv 0 9",
        "udp-bind A; udp-bind B; udp-to 1 A hi; udp-to 1 A ho; udp-recv 0 9; udp-recv 0 9",
        "udp-bind A; udp-to 0 A me; udp-recv 0 9",
        "udp-bind A; udp-bind B; udp-to 1 A hello; udp-recv 0 2; udp-try 0",
        "udp-bind A; udp-bind B; udp-to 1 A; udp-recv 0 9",
        "udp-bind A; udp-bind B; udp-big 1 A 65507; udp-recv 0 65535",
        "udp-bind A; udp-connect 0 B; udp-send 0 a; udp-recv 0 9",
        "udp-bind A; udp-bind B; udp-bind C; udp-connect 0 B; udp-to 2 A c; udp-to 1 A b; udp-recv 0 9",
    ]);
}

/// Runs steps; compares what they gave, one after the other.
#[track_caller]
fn check(steps: &str, expected: &str) {
    let module = guest("wasm32-wasip1", "net-wasmedge");
    let output = TestEnv::new().run(["run", module.to_str().unwrap(), "--", steps]);
    let lines = output.stdout.lines();
    let found = lines.map(|line| line.split_once(": ").map_or(line, |(_, result)| result));
    assert_eq!(found.collect::<Vec<_>>().join(", "), expected, "{output}");
}

const CONNECTED: &str = "listen 127.0.0.1:80; connect 127.0.0.1:80; accept";

#[test]
fn options_are_set_and_told() {
    check(
        &format!("{CONNECTED}; options 0; is-listener 0; read-timeout 0"),
        "127.0.0.1:80, ok, 127.0.0.1, Stream true 10000 20000 None, true, \
         Some(10ms) Err(WouldBlock)",
    );
    check(
        &format!("{CONNECTED}; send 0 hi; read 1 9; reset 1; read 0 9"),
        "127.0.0.1:80, ok, 127.0.0.1, ok, hi, ok, ConnectionReset",
    );
}

#[test]
fn connecting_is_waited_for() {
    check(
        "listen 127.0.0.1:80; connect-polled 127.0.0.1:80; accept; send 0 hi; wait-to-read 1; \
         read 1 9; connect-polled 127.0.0.1:81",
        "127.0.0.1:80, ok, 127.0.0.1, ok, ok, hi, ConnectionRefused",
    );
    check("connect 169.254.169.254:80", "PermissionDenied");
    check("connect 10.88.7.7:80", "NetworkUnreachable");
}

/// As on Linux, and unlike WASI 0.2: who listens at `[::]` does so for both families.
#[test]
fn the_wildcard_of_version_6_is_that_of_both() {
    check(
        "listen [::]:80; connect 127.0.0.1:80; accept; listen 0.0.0.0:80; udp-bind [::1]:53; \
         udp-to 0 [::1]:53 me; udp-recv 0 9",
        "[::]:80, ok, 127.0.0.1, AddrInUse, [::1]:53, ok, me from ::1",
    );
}

#[test]
fn names_are_found() {
    for (steps, expected) in [
        ("resolve localhost http", "127.0.0.1:80 [::1]:80"),
        ("resolve 1.2.3.4 8080", "1.2.3.4:8080"),
        ("resolve ::1 1", "[::1]:1"),
        ("resolve localhost nosuch", "Uncategorized"),
        ("resolve a..b 80", "Uncategorized"),
    ] {
        check(steps, expected);
    }
}

/// The client tries again until the server of the other container is there.
#[test]
fn containers_find_each_other() {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip1", "net-wasmedge");
    env.run(["image", "import", module.to_str().unwrap(), "localhost/test/wasmedge:1"]).success();
    let container = |name: &str, steps: &str| {
        format!(
            "    - name: {name}\n      image: localhost/test/wasmedge:1\n      \
             imagePullPolicy: Never\n      args: [{steps:?}]\n"
        )
    };
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\nspec:\n  restartPolicy: Never\n  \
         hostname: web\n  containers:\n{}{}",
        container("client", "reach 127.0.0.1:80; send 0 ping; read 0 9; resolve web 80"),
        container("server", "listen 0.0.0.0:80; accept; read 0 9; send 0 pong")
    );
    let manifest = env.write("pod.yaml", manifest);
    let output = env.run(["run", manifest.to_str().unwrap()]);
    for line in ["client | read: pong", "client | resolve: 10.88.0.2:80 [fd88::2]:80"] {
        assert!(output.stdout.lines().any(|found| found == line), "{line}: {output}");
    }
}

#[test]
fn much_goes_through() {
    check(
        "listen 127.0.0.1:80; connect 127.0.0.1:80; accept; send-bytes 0 200000; read-some 1 200000; \
         send-bytes 0 1000; finish 0; count 1",
        "127.0.0.1:80, ok, 127.0.0.1, ok, ok, ok, ok, 1000",
    );
}

/// It listens itself: a listener of ours would be in its way.
#[test]
fn who_makes_sockets_is_given_none() {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip1", "net-wasmedge");
    let module = module.to_str().unwrap();
    let steps = "listen 0.0.0.0:80; connect 127.0.0.1:80; accept";
    let output = env.run(["run", "-p", "127.0.0.1::80", module, "--", steps]);
    assert_eq!(output.stdout, "listen: 0.0.0.0:80\nconnect: ok\naccept: 127.0.0.1\n", "{output}");
}
