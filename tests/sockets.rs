//! Our sockets against the kernel's: each case is one program, run twice, over the network of a pod
//! and over the loopback of this machine through wasmtime's own WASI. What it prints is the same.
//!
//! What the program does is in `tests/guests/net-scripted`. In a case `A`, `B` and `C` stand for
//! addresses of the loopback, other ones for each case and each process, and `*` for the wildcard
//! with a port that is free.

pub(crate) mod kernel;

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use self::kernel::Kernel;
use crate::harness::{TestEnv, guest};

/// Runs every case both ways, and tells all that differ at once.
fn check_all(cases: &[&str]) {
    let module = guest("wasm32-wasip2", "net-scripted");
    let (env, kernel) = (TestEnv::new(), Kernel::new(&module));
    let differences: Vec<_> = cases
        .iter()
        .enumerate()
        .filter_map(|(number, case)| {
            let steps = with_addresses(case, number);
            let output = env.run(["run", module.to_str().unwrap(), "--", &steps]);
            let expected = kernel.run(&steps);
            assert!(!expected.is_empty(), "{steps}");
            (output.stdout != expected)
                .then(|| format!("{case}\n--- pod\n{output}\n--- kernel\n{expected}"))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

pub(crate) fn with_addresses(case: &str, number: usize) -> String {
    let process = std::process::id();
    let address = |last: u8| {
        let [.., high, low] = process.to_be_bytes();
        let ip = Ipv4Addr::new(127, 1 + high % 250, low, (number as u8).wrapping_mul(4) + last);
        SocketAddr::from((ip, 4000 + number as u16)).to_string()
    };
    case.split_whitespace()
        .map(|word| match word.trim_end_matches(';') {
            "A" => word.replace('A', &address(1)),
            "B" => word.replace('B', &address(2)),
            "C" => word.replace('C', &address(3)),
            "*" => word.replace('*', &format!("0.0.0.0:{}", free_port())),
            _ => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns a port that nobody has, neither of TCP nor of UDP.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if UdpSocket::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}

/// A connection: stream 0 has connected to A, stream 1 was accepted there.
const CONNECTED: &str = "listen A; connect A; accept; ";

#[test]
fn listening_and_connecting() {
    check_all(&[
        "connect A",
        "listen A",
        "listen *",
        "listen A; listen A",
        "listen A; listen B; connect A; connect B; accept; accept 1",
        "listen A; close-listener 0; listen A",
        "listen A; close-listener 0; connect A",
        "listen A; connect A; accept; local 0; local 1",
        "listen A; connect A; connect A; accept; accept",
        "listen A; connect A; close-listener 0; read 0 9",
        "listen A; connect A; close 0; accept; read 0 9",
        "listen A; connect A; send 0 early; accept; read 1 9",
        "listen A; udp-bind A",
        "listen 192.0.2.1:80",
        "listen 224.0.0.1:80",
        "connect 0.0.0.0:0",
        "connect 127.0.0.1:0",
        "connect 224.0.0.1:80",
        "connect 255.255.255.255:80",
        "resolve 127.0.0.1",
        "resolve ::1",
    ]);
}

#[test]
fn bytes_and_ends() {
    let cases = [
        "try-read 0",
        "try-read 1",
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
        "hop-limit 0 7",
        "hop-limit 0 0",
        "close-listener 0; send 0 hi; read 1 9",
        "peer 0",
        "local 0; local 1",
        "send-bytes 0 100000; finish 0; count 1",
    ];
    let cases = cases.map(|case| format!("{CONNECTED}{case}"));
    check_all(&cases.each_ref().map(String::as_str));
}

#[test]
fn datagrams() {
    check_all(&[
        "udp-bind A; udp-bind A",
        "udp-bind A; udp-bind B",
        "udp-bind A; udp-close 0; udp-bind A",
        "udp-bind A; listen A",
        "udp-bind *",
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
        "udp-bind A; udp-bind B; udp-big 1 A 65508; udp-try 0",
        "udp-bind A; udp-bind B; udp-big 1 A 65536",
        "udp-bind A; udp-to 0 B hi; udp-to 0 B hi; udp-try 0",
        "udp-bind A; udp-connect 0 B; udp-send 0 a; udp-recv 0 9",
        "udp-bind A; udp-connect 0 B; udp-send 0 a; udp-send 0 b; udp-send 0 c",
        "udp-bind A; udp-bind B; udp-bind C; udp-connect 0 B; udp-to 2 A c; udp-to 1 A b; udp-recv 0 9",
        "udp-bind A; udp-bind B; udp-to 1 A before; udp-connect 0 B; udp-recv 0 9",
        "udp-bind A; udp-bind B; udp-bind C; udp-connect 0 B; udp-connect 0 C; udp-send 0 c; udp-recv 2 9",
        "udp-bind A; udp-bind B; udp-connect 0 B; udp-to 0 B hi; udp-try 1",
        "udp-bind A; udp-bind B; udp-connect 0 B; udp-to 0 C hi",
        "udp-bind A; udp-connect 0 0.0.0.0:0",
        "udp-bind A; udp-to 0 127.0.0.1:0 hi",
        "udp-bind 0.0.0.0:0; udp-to 0 255.255.255.255:9 hi",
        "udp-bind 127.0.0.1:0; udp-local 0",
        "udp-bind A; udp-hop-limit 0 9",
        "udp-bind A; udp-hop-limit 0 0",
        "udp-bind A; udp-close 0; udp-bind B; udp-to 1 A hi; udp-to 1 A hi",
    ]);
}
