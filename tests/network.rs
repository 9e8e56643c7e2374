//! The network of a pod, through guests that open real sockets of their standard library.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Stdio};

use crate::harness::{TestEnv, guest};

const IMAGE: &str = "localhost/test/net:1";

/// Runs a pod of two containers that open sockets; returns what each of them printed.
fn run_two(server: &str, client: &str) -> [String; 2] {
    run_two_of("net-scripted", server, client)
}

fn run_two_of(module: &str, server: &str, client: &str) -> [String; 2] {
    let env = TestEnv::new();
    let module = guest("wasm32-wasip2", module);
    env.run(["image", "import", module.to_str().unwrap(), IMAGE]).success();
    let container = |name: &str, steps: &str| {
        format!(
            "    - name: {name}\n      image: {IMAGE}\n      imagePullPolicy: Never\n      \
             args: [{steps:?}]\n"
        )
    };
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\nspec:\n  restartPolicy: Never\n  \
         containers:\n{}{}",
        container("server", server),
        container("client", client)
    );
    let manifest = env.write("pod.yaml", manifest);
    let output = env.run(["run", manifest.to_str().unwrap()]);
    ["server | ", "client | "].map(|prefix| {
        let lines = output.stdout.lines().filter_map(|line| line.strip_prefix(prefix));
        lines.collect::<Vec<_>>().join("; ")
    })
}

#[test]
fn containers_of_a_pod_share_localhost() {
    for module in ["net-scripted", "net_scripted_p3"] {
        let found = run_two_of(
            module,
            "listen 0.0.0.0:80; accept; read 0 100; send 0 pong; read-all 0",
            "reach 127.0.0.1:80; local 0; send 0 ping; read 0 100; finish 0; read-all 0",
        );
        assert_eq!(
            found,
            [
                "listen: 0.0.0.0:80; accept: 127.0.0.1; read: ping; send: ok; read-all: ",
                "reach: ok; local: 127.0.0.1; send: ok; read: pong; finish: ok; read-all: ",
            ],
            "{module}"
        );
    }
}

/// What the steps print, one after the other, as on Linux; and the same through WASI 0.3.
#[test]
fn sockets_answer_as_the_kernels() {
    let guests = Guests::new();
    for (steps, expected) in [
        ("connect 127.0.0.1:80", "ConnectionRefused"),
        ("connect [::1]:80", "ConnectionRefused"),
        ("listen 127.0.0.1:80; listen 127.0.0.1:80", "127.0.0.1:80 AddrInUse"),
        ("listen 0.0.0.0:80; listen 127.0.0.1:80", "0.0.0.0:80 AddrInUse"),
        ("listen 127.0.0.1:80; listen 0.0.0.0:80", "127.0.0.1:80 AddrInUse"),
        ("listen 0.0.0.0:80; listen [::]:80", "0.0.0.0:80 [::]:80"),
        ("listen 127.0.0.1:80; listen 127.0.0.2:80", "127.0.0.1:80 127.0.0.2:80"),
        (
            "listen 127.0.0.1:80; close-listener 0; listen 127.0.0.1:80",
            "127.0.0.1:80 ok 127.0.0.1:80",
        ),
        (
            "listen 127.0.0.1:80; close-listener 0; connect 127.0.0.1:80",
            "127.0.0.1:80 ok ConnectionRefused",
        ),
        ("listen 10.88.0.2:80; connect 10.88.0.2:80; local 0", "10.88.0.2:80 ok 10.88.0.2"),
        ("listen [::1]:80; connect [::1]:80; accept; local 1", "[::1]:80 ok ::1 ::1"),
        ("listen 8.8.8.8:80", "AddrNotAvailable"),
        ("connect 10.88.7.7:80", "HostUnreachable"),
        ("connect 169.254.169.254:80", "PermissionDenied"),
        ("resolve localhost", "127.0.0.1 ::1"),
        ("resolve 1.2.3.4", "1.2.3.4"),
    ] {
        guests.check("net-scripted", steps, expected);
        guests.check("net_scripted_p3", steps, &in_words_of_p3(expected));
    }
}

/// The same, of connections: 0 has connected, 1 was accepted. Where 0.3 has another order of
/// closing, or another way to ask, its own answer stands behind.
#[test]
fn connections_end_as_the_kernels() {
    let guests = Guests::new();
    for (steps, expected, expected_of_p3) in [
        ("try-read 0", "WouldBlock", None),
        ("send 0 hi; read 1 1; read 1 9", "ok h i", Some("ok h i")),
        ("finish 0; read 1 9; read 1 9", "ok end end", Some("ok end end")),
        (
            "send 0 hi; finish 0; read 1 9; read 1 9; send 1 ho; read 0 9",
            "ok ok hi end ok ho",
            Some("ok ok hi end ok ho"),
        ),
        ("finish 0; send 0 hi", "ok BrokenPipe", Some("ok ConnectionBroken")),
        ("send 0 hi; close 0; read-all 1", "ok ok hi", Some("ok ok hi")),
        (
            "close 0; read 1 9; send 1 hi; send 1 hi",
            "ok end ok BrokenPipe",
            Some("ok end ok ConnectionBroken"),
        ),
        // The C library has no other word for an error of a stream of 0.2. Of 0.3 the guest shuts
        // its streams down before it closes the socket, and the end comes before the reset.
        (
            "send 0 hi; close 1; read 0 9; read 0 9",
            "ok ok Uncategorized end",
            Some("ok ok end end"),
        ),
        (
            "send 0 hi; send 1 by; close 1; read 0 9; read 0 9; read 0 9",
            "ok ok ok by Uncategorized end",
            Some("ok ok ok by end end"),
        ),
        (
            "send 0 hi; close 1; send 0 a; send 0 b; read 0 9",
            "ok ok Uncategorized BrokenPipe end",
            Some("ok ok ConnectionBroken ConnectionBroken end"),
        ),
        (
            "send 0 hi; finish 1; close 1; read 0 9; read 0 9; send 0 x",
            "ok ok ok end end BrokenPipe",
            Some("ok ok ok end end ConnectionBroken"),
        ),
        (
            "finish 0; send 1 hi; close 0; read 1 9; send 1 x; send 1 y",
            "ok ok ok end BrokenPipe BrokenPipe",
            Some("ok ok ok end ConnectionBroken ConnectionBroken"),
        ),
        ("deafen 0; read 0 9; send 1 hi", "ok end ok", Some("ok end ok")),
        (
            "deafen 0; send 1 hi; close 0; read 1 9; read 1 9",
            "ok ok ok Uncategorized end",
            Some("ok ok ok end end"),
        ),
        ("shut 0; read 0 9; send 0 hi; read 1 9", "ok end BrokenPipe end", None),
        ("hop-limit 0 7", "7", Some("7")),
        ("close-listener 0; send 0 hi; read 1 9", "ok ok hi", Some("ok ok hi")),
    ] {
        let connected = "127.0.0.1:80 ok 127.0.0.1";
        let steps = format!("listen 127.0.0.1:80; connect 127.0.0.1:80; accept; {steps}");
        guests.check("net-scripted", &steps, &format!("{connected} {expected}"));
        if let Some(expected) = expected_of_p3 {
            guests.check("net_scripted_p3", &steps, &format!("{connected} {expected}"));
        }
    }
}

/// The same, of datagrams.
#[test]
fn datagrams_go_as_the_kernels() {
    let guests = Guests::new();
    let bound = "udp-bind 127.0.0.1:53; udp-bind 127.0.0.1:0";
    for (steps, expected) in [
        ("udp-bind 127.0.0.1:53; udp-bind 127.0.0.1:53", "127.0.0.1:53 AddrInUse"),
        ("udp-bind 0.0.0.0:53; udp-bind 127.0.0.1:53", "0.0.0.0:53 AddrInUse"),
        ("udp-bind 127.0.0.1:53; udp-bind 0.0.0.0:53", "127.0.0.1:53 AddrInUse"),
        ("udp-bind 0.0.0.0:53; udp-bind [::]:53", "0.0.0.0:53 [::]:53"),
        ("udp-bind 127.0.0.1:53; udp-bind 127.0.0.2:53", "127.0.0.1:53 127.0.0.2:53"),
        ("listen 127.0.0.1:53; udp-bind 127.0.0.1:53", "127.0.0.1:53 127.0.0.1:53"),
        ("udp-bind 127.0.0.1:53; udp-close 0; udp-bind 0.0.0.0:53", "127.0.0.1:53 ok 0.0.0.0:53"),
        ("udp-bind 8.8.8.8:53", "AddrNotAvailable"),
        (
            &format!("{bound}; udp-to 1 127.0.0.1:53 hi; udp-recv 0 9"),
            "127.0.0.1:53 127.0.0.1 ok hi from 127.0.0.1",
        ),
        // What does not fit is lost, and what says nothing is no end.
        (
            &format!(
                "{bound}; udp-to 1 127.0.0.1:53 hello; udp-to 1 127.0.0.1:53; udp-to 1 127.0.0.1:53 x; \
                 udp-recv 0 2; udp-recv 0 9; udp-recv 0 9"
            ),
            "127.0.0.1:53 127.0.0.1 ok ok ok he from 127.0.0.1 nothing from 127.0.0.1 x from 127.0.0.1",
        ),
        (
            &format!("{bound}; udp-big 1 127.0.0.1:53 65507; udp-recv 0 65535"),
            "127.0.0.1:53 127.0.0.1 ok 65507 bytes from 127.0.0.1",
        ),
        // Nobody is there: who is not connected never hears of it, who is does with the next.
        (
            "udp-bind 127.0.0.1:0; udp-to 0 127.0.0.1:53 a; udp-to 0 127.0.0.1:53 b",
            "127.0.0.1 ok ok",
        ),
        (
            "udp-bind 127.0.0.1:0; udp-connect 0 127.0.0.1:53; udp-send 0 a; udp-recv 0 9; \
             udp-send 0 a; udp-send 0 b; udp-send 0 c",
            "127.0.0.1 ok ok ConnectionRefused ok ConnectionRefused ok",
        ),
        // Who is connected hears that one alone.
        (
            &format!(
                "{bound}; udp-bind 127.0.0.1:54; udp-connect 0 127.0.0.1:54; \
                 udp-to 1 127.0.0.1:53 a; udp-to 2 127.0.0.1:53 b; udp-recv 0 9; udp-peer 0"
            ),
            "127.0.0.1:53 127.0.0.1 127.0.0.1:54 ok ok ok b from 127.0.0.1 127.0.0.1:54",
        ),
        (
            "udp-bind 0.0.0.0:53; udp-local 0; udp-connect 0 127.0.0.1:54; udp-local 0",
            "0.0.0.0:53 0.0.0.0 ok 127.0.0.1",
        ),
        (
            "udp-bind 0.0.0.0:53; udp-bind 0.0.0.0:0; udp-to 1 10.88.0.2:53 hi; udp-recv 0 9",
            "0.0.0.0:53 0.0.0.0 ok hi from 10.88.0.2",
        ),
        ("udp-bind [::1]:53; udp-to 0 [::1]:53 me; udp-recv 0 9", "[::1]:53 ok me from ::1"),
        ("udp-bind 0.0.0.0:0; udp-to 0 255.255.255.255:53 hi", "0.0.0.0 PermissionDenied"),
        ("udp-bind 0.0.0.0:0; udp-to 0 169.254.169.254:53 hi", "0.0.0.0 PermissionDenied"),
        ("udp-bind 0.0.0.0:0; udp-to 0 10.88.7.7:53 hi", "0.0.0.0 HostUnreachable"),
        ("udp-bind 127.0.0.1:0; udp-hop-limit 0 7", "127.0.0.1 7"),
    ] {
        guests.check("net-scripted", steps, expected);
        guests.check("net_scripted_p3", steps, &in_words_of_p3(expected));
    }
    let of_0_2 = "udp-bind 127.0.0.1:53; udp-try 0; udp-big 0 127.0.0.1:53 65508";
    guests.check("net-scripted", of_0_2, "127.0.0.1:53 WouldBlock Uncategorized");
    let of_0_3 = "udp-bind 127.0.0.1:53; udp-big 0 127.0.0.1:53 65508";
    guests.check("net_scripted_p3", of_0_3, "127.0.0.1:53 DatagramTooLarge");
}

#[test]
fn datagrams_go_between_containers() {
    let found = run_two(
        "udp-bind 0.0.0.0:53; udp-echo 0 1",
        "udp-bind 127.0.0.1:0; udp-reach 0 127.0.0.1:53",
    );
    assert_eq!(
        found,
        ["udp-bind: 0.0.0.0:53; udp-echo: ok", "udp-bind: 127.0.0.1; udp-reach: ok",]
    );
}

#[test]
fn a_published_udp_port_is_answered() {
    let env = TestEnv::new();
    for (module, port) in [("net-scripted", "53"), ("net_scripted_p3", "53")] {
        let steps = "udp-bind 0.0.0.0:53; udp-echo 0 1000000";
        let server = Running::publish_as(&env, module, &format!("127.0.0.1::{port}/udp"), &[steps]);
        let clients = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        for text in ["one", "two"] {
            for client in &clients {
                client.send_to(text.as_bytes(), server.address).unwrap();
            }
            for client in &clients {
                let mut buffer = [0; 9];
                let (len, from) = client.recv_from(&mut buffer).unwrap();
                assert_eq!((&buffer[..len], from), (text.as_bytes(), server.address), "{module}");
            }
        }
    }
}

/// Where guests are compiled once.
struct Guests(TestEnv);

impl Guests {
    fn new() -> Self {
        Self(TestEnv::new())
    }

    #[track_caller]
    fn check(&self, module: &str, steps: &str, expected: &str) {
        let module = guest("wasm32-wasip2", module);
        let output = self.0.run(["run", module.to_str().unwrap(), "--", steps]);
        let lines = output.stdout.lines();
        let found = lines.map(|line| line.split_once(": ").unwrap_or((line, "?")).1);
        let found = found.collect::<Vec<_>>().join(" ");
        assert_eq!(found, expected, "{}: {steps}\n{output}", module.display());
    }
}

/// Errors of WASI 0.2 come through a C library, those of 0.3 as they are.
fn in_words_of_p3(text: &str) -> String {
    let words = [
        ("AddrInUse", "AddressInUse"),
        ("AddrNotAvailable", "AddressNotBindable"),
        ("HostUnreachable", "RemoteUnreachable"),
        ("PermissionDenied", "AccessDenied"),
        ("InvalidInput", "InvalidArgument"),
        ("Unsupported", "NotSupported"),
    ];
    words.iter().fold(text.to_owned(), |text, (p2, p3)| text.replace(p2, p3))
}

#[test]
fn much_goes_through_a_slow_reader() {
    for module in ["net-scripted", "net_scripted_p3"] {
        let found = run_two_of(
            module,
            "listen 127.0.0.1:80; accept; count",
            "reach 127.0.0.1:80; send-bytes 0 104857600; close 0",
        );
        assert_eq!(
            found,
            [
                "listen: 127.0.0.1:80; accept: 127.0.0.1; count: 104857600",
                "reach: ok; send-bytes: ok; close: ok",
            ],
            "{module}"
        );
    }
}

#[test]
fn messages_go_to_and_fro() {
    let found = run_two(
        "listen 127.0.0.1:80; accept; echo; close 0",
        "reach 127.0.0.1:80; ping 0 1000; close 0",
    );
    assert_eq!(
        found,
        [
            "listen: 127.0.0.1:80; accept: 127.0.0.1; echo: 64000; close: ok",
            "reach: ok; ping: ok; close: ok",
        ]
    );
}

/// Nothing tells the client but the end of its connection, and by then the port is free.
#[test]
fn a_crash_resets_connections_and_frees_the_port() {
    let [_, client] = run_two(
        "listen 127.0.0.1:80; accept; trap",
        "reach 127.0.0.1:80; send 0 unread; read 0 1; listen 127.0.0.1:80",
    );
    assert_eq!(client, "reach: ok; send: ok; read: Uncategorized; listen: 127.0.0.1:80");
}

/// `wasmpod run` that goes on until it is dropped.
struct Running {
    process: Child,
    /// Read to keep the pipe open.
    _stdout: BufReader<std::process::ChildStdout>,
    address: SocketAddr,
}

impl Running {
    /// Publishes port 80 of a bare guest; returns when the guest has printed its first line.
    fn publish(env: &TestEnv, module: &str, arguments: &[&str]) -> Self {
        Self::publish_as(env, module, "127.0.0.1::80", arguments)
    }

    fn publish_as(env: &TestEnv, module: &str, port: &str, arguments: &[&str]) -> Self {
        let module = guest("wasm32-wasip2", module);
        let module = module.to_str().unwrap();
        let arguments = [&["run", "-p", port, module, "--"], arguments].concat();
        let mut command = env.wasmpod(arguments).into_command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let stderr = BufReader::new(process.stderr.take().unwrap());
        let told = stderr.lines().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("wasmpod: port ")?.split_once(" is published on ")?.1.parse().ok()
        });
        let address = told.expect("the port is told");
        stdout.read_line(&mut String::new()).unwrap();
        Self { process, _stdout: stdout, address }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_published_server_answers() {
    let env = TestEnv::new();
    let server = Running::publish(&env, "net-http", &[]);
    for _ in 0..2 {
        let mut stream = server.connect();
        for path in ["/a", "/b"] {
            stream.write_all(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes()).unwrap();
            let expected = format!("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello {path}\n");
            let mut found = vec![0; expected.len()];
            stream.read_exact(&mut found).unwrap();
            assert_eq!(String::from_utf8(found).unwrap(), expected);
        }
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn a_half_close_goes_through_a_published_port() {
    let env = TestEnv::new();
    let steps = "listen 0.0.0.0:80; accept; read-all 0; send 0 done; close 0";
    let server = Running::publish(&env, "net-scripted", &[steps]);
    let mut stream = server.connect();
    stream.write_all(b"all of it").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "done");
}

/// Both directions at once are more than all buffers in between hold.
#[test]
fn an_echo_through_a_published_port_is_complete() {
    const LEN: usize = 16 << 20;
    let env = TestEnv::new();
    let server =
        Running::publish(&env, "net-scripted", &["listen 0.0.0.0:80; accept; echo; close 0"]);
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let sent: Vec<u8> = (0..LEN).map(|place| (place % 251) as u8).collect();
    let expected = sent.clone();
    let sender = std::thread::spawn(move || {
        writer.write_all(&sent).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut found = Vec::new();
    stream.read_to_end(&mut found).unwrap();
    sender.join().unwrap();
    assert!(found == expected, "{} bytes", found.len());
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = taken.local_addr().unwrap();
    let message = format!("cannot publish port 80 on {host}: address already in use");
    let env = TestEnv::new();
    let module = guest("wasm32-wasip2", "net-http");
    let module = module.to_str().unwrap();
    env.run(["run", "-p", &format!("{host}:80"), module]).exits(1).says(&message);

    env.run(["image", "import", module, IMAGE]).success();
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\nspec:\n  containers:\n    - name: a\n      \
         image: {IMAGE}\n      imagePullPolicy: Never\n      ports:\n        - containerPort: 80\n          \
         hostPort: {}\n          hostIP: 127.0.0.1\n",
        host.port()
    );
    let manifest = env.write("pod.yaml", manifest);
    env.run(["run", manifest.to_str().unwrap()]).exits(1).says(&message);
}

#[test]
fn what_cannot_be_published_is_said() {
    for (port, message) in [
        ("0", "not a port (1 to 65535); want [[IP:]HOST-PORT:]PORT[/udp], e.g. 8080:80"),
        ("x:1:1", "not an IP address of this host"),
        ("53:53/sctp", "no such protocol"),
    ] {
        TestEnv::new().run(["run", "-p", port, "app.wasm"]).exits(2).says(message);
    }
    TestEnv::new().run(["run", "-p", "80", "pod.yaml"]).exits(1).says("--publish: only for");
}
