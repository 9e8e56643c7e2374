//! Sockets that programs of WASI 0.1 find themselves listening with.

use crate::harness::{Output, TestEnv, guest};

const SERVER: &str = "localhost/test/preopened:1";
const CLIENT: &str = "localhost/test/net:1";

/// A container of a pod.
struct Member<'a> {
    name: &'a str,
    image: &'a str,
    /// In YAML.
    ports: &'a str,
    steps: &'a str,
}

/// A server with port 80.
fn server(steps: &str) -> Member<'_> {
    Member { name: "server", image: SERVER, ports: "[{containerPort: 80}]", steps }
}

fn client(steps: &str) -> Member<'_> {
    Member { name: "client", image: CLIENT, ports: "[]", steps }
}

/// Runs a pod to its end.
fn run(members: &[Member<'_>]) -> Output {
    let env = TestEnv::new();
    for (target, module, image) in
        [("wasm32-wasip1", "net-preopened", SERVER), ("wasm32-wasip2", "net-scripted", CLIENT)]
    {
        let module = guest(target, module);
        env.run(["image", "import", module.to_str().unwrap(), image]).success();
    }
    let containers: Vec<_> = members
        .iter()
        .map(|Member { name, image, ports, steps }| {
            format!(
                "    - name: {name}\n      image: {image}\n      imagePullPolicy: Never\n      \
                 ports: {ports}\n      args: [{steps:?}]\n      \
                 volumeMounts: [{{name: data, mountPath: /data}}]\n"
            )
        })
        .collect();
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\nspec:\n  restartPolicy: Never\n  \
         volumes: [{{name: data, emptyDir: {{}}}}]\n  containers:\n{}",
        containers.concat()
    );
    let manifest = env.write("pod.yaml", manifest);
    env.run(["run", manifest.to_str().unwrap()])
}

/// Returns what the steps of a container gave.
fn told(output: &Output, name: &str) -> String {
    let prefix = format!("{name} | ");
    let lines = output.stdout.lines().filter_map(|line| line.strip_prefix(prefix.as_str()));
    let results = lines.map(|line| line.split_once(": ").map_or(line, |(_, result)| result));
    results.collect::<Vec<_>>().join(", ")
}

/// Runs a server and a client, or a server alone.
#[track_caller]
fn check(steps: &str, expected: &str, client_steps: &str, client_expected: &str) {
    let both = [server(steps), client(client_steps)];
    let output = run(if client_steps.is_empty() { &both[..1] } else { &both });
    assert_eq!(told(&output, "server"), expected, "{output}");
    if !client_steps.is_empty() {
        assert_eq!(told(&output, "client"), client_expected, "{output}");
    }
}

#[test]
fn a_server_answers() {
    check(
        "take; accept; read 0 9; send 0 pong; finish 0; read-all 0",
        "ok, ok, ping, ok, ok, last",
        "connect 127.0.0.1:80; send 0 ping; read 0 9; send 0 last; finish 0; read-all 0",
        "ok, ok, pong, ok, ok, ",
    );
}

/// The listener is of both families, and of all addresses.
#[test]
fn every_address_leads_there() {
    check(
        "take; accept; accept; accept; accept",
        "ok, ok, ok, ok, ok",
        "connect 127.0.0.1:80; connect [::1]:80; connect 10.88.0.2:80; connect [fd88::2]:80",
        "ok, ok, ok, ok",
    );
}

/// It listens before any program begins, the next container's included.
#[test]
fn who_comes_early_waits() {
    check(
        "take; accept; read 0 9",
        "ok, ok, early",
        "connect 127.0.0.1:80; send 0 early",
        "ok, ok",
    );
}

/// The listeners come first, and the C library finds the directories behind them.
#[test]
fn directories_come_after_listeners() {
    let ports = "[{containerPort: 80, name: web}, {containerPort: 53, protocol: UDP}, \
                 {containerPort: 81}, {containerPort: 80, name: again}]";
    let steps = "env LISTEN_FDS; env LISTEN_FDNAMES; type 3; type 4; type 5; \
                 write-file /data/f some text; cat /data/f; take 1; accept; read 0 9; type 9";
    let server = Member { name: "server", image: SERVER, ports, steps };
    let output = run(&[server, client("connect 127.0.0.1:81; send 0 hi")]);
    let expected = "2, web:81, stream, stream, directory, ok, some text, ok, ok, hi, Uncategorized";
    assert_eq!(told(&output, "server"), expected, "{output}");
}

#[test]
fn without_a_port_there_is_no_listener() {
    let steps =
        "env LISTEN_FDS; type 3; take 0; try-accept 0; write-file /data/f text; cat /data/f";
    let output = run(&[Member { ports: "[]", ..server(steps) }]);
    let found = told(&output, "server");
    assert_eq!(found, "not set, directory, ok, Uncategorized, ok, text", "{output}");
}

#[test]
fn what_is_waited_for() {
    check("take; poll read:3 clock:1", "ok, clock:1", "", "");
    check("take; try-accept 0; poll write:3 clock:1", "ok, WouldBlock, clock:1", "", "");
    check(
        "poll read:9 clock:1000000; poll read:0 clock:1000000",
        "read:9=BADF=0, read:0=1",
        "",
        "",
    );
    check(
        "take; poll read:3 clock:1000000; accept; poll read:s0 clock:1000000; \
         poll write:s0 read:s0; close 0",
        "ok, read:3=0, ok, read:s0=2, write:s0 read:s0=2, ok",
        "connect 127.0.0.1:80; send 0 hi; read 0 9",
        "ok, ok, Uncategorized",
    );
    check(
        "take; accept; finish 0; read 0 9; poll read:s0",
        "ok, ok, ok, end, read:s0=0=hangup",
        "connect 127.0.0.1:80; finish 0; read 0 9",
        "ok, ok, end",
    );
}

#[test]
fn how_something_is_received() {
    check(
        "take; accept; peek 0 3; peek 0 9; read 0 9; peek 0 9; peek 0 9; read 0 9",
        "ok, ok, hel, hello, hello, , , end",
        "connect 127.0.0.1:80; send 0 hello; finish 0",
        "ok, ok, ok",
    );
    check(
        "take; accept; read 0 2; send 0 go; wait-all 0 6; wait-all 0 9; wait-all 0 9",
        "ok, ok, he, ok, llowor, ld, ",
        "connect 127.0.0.1:80; send 0 hello; read 0 9; send 0 wor; send 0 ld; finish 0",
        "ok, ok, go, ok, ok, ok",
    );
    check(
        "take; accept; read 0 9; recv-flags 0 3; recv-flags 0 4; deafen 0; read 0 9",
        "ok, ok, hi, Unsupported, InvalidInput, ok, end",
        "connect 127.0.0.1:80; send 0 hi",
        "ok, ok",
    );
}

#[test]
fn how_connections_end() {
    check(
        "take; accept; send 0 xy; read 0 9; read 0 9; read 0 9; send 0 x",
        "ok, ok, ok, hi, ConnectionReset, end, BrokenPipe",
        "connect 127.0.0.1:80; read 0 1; send 0 hi; trap",
        "ok, x, ok",
    );
    check(
        "take; accept; read 0 9; send 0 a; send 0 b; read 0 9",
        "ok, ok, end, ok, BrokenPipe, end",
        "connect 127.0.0.1:80; close 0",
        "ok, ok",
    );
}

#[test]
fn a_writer_waits_for_the_reader() {
    let output = run(&[
        server("take; accept; try-read 0; fill 0; read 0 1; echo 0; close 0"),
        client("connect 127.0.0.1:80; read 0 1; send 0 x; send 0 hello; finish 0; count 0"),
    ]);
    assert_eq!(told(&output, "server"), "ok, ok, WouldBlock, WouldBlock, x, 5, ok", "{output}");
    let count = told(&output, "client").replace("ok, x, ok, ok, ok, ", "");
    assert!(count.parse::<usize>().unwrap() > 10_000, "{output}");
}

#[test]
fn descriptors_are_those_of_posix() {
    check(
        "seek 3; take; accept; type s0; renumber s0 3; receive-fd 3; type s0; receive-fd 4; \
         write-file /data/f text; cat /data/f; renumber 3 99",
        "NotSeekable, ok, ok, stream, ok, hi, Uncategorized, Uncategorized, ok, text, Uncategorized",
        "connect 127.0.0.1:80; send 0 hi",
        "ok, ok",
    );
}
