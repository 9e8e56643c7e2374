//! Commands of all kinds: what they are given, what they write, how they exit.

use std::fs;

use wasmpod::executor::{CreateError, Exit, ExitCause, ListenPort, Signal, Stdin};

use super::{ALL, Host, P1, P2, P3, made, mount, says};
use crate::harness::guest;

#[tokio::test]
async fn exit_codes() {
    let host = Host::new();
    for guest in ALL {
        for code in [0, 1, 42, 125, 126, 137, 255] {
            let steps = format!("write before;exit {code};write after");
            host.script(guest, &[&steps]).await.exits(code).prints("before\n");
        }
    }
}

#[tokio::test]
async fn the_end_of_main_is_0_and_its_failure_is_1() {
    let host = Host::new();
    for guest in ALL {
        host.script(guest, &[]).await.exits(0).prints("");
        host.script(guest, &["nonsense"]).await.exits(1).prints("");
    }
    host.script(P3, &["fail"]).await.exits(1);
}

#[tokio::test]
async fn an_exit_code_is_eight_bits_wide() {
    let host = Host::new();
    let exit = |code: i64| {
        format!(
            r#"(module
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (memory (export "memory") 1)
                (func (export "_start") (call $exit (i32.const {code}))))"#
        )
    };
    for (code, expected) in [(256, 0), (257, 1), (-1, 255), (0x7fff_ff03, 3)] {
        host.made(&exit(code)).await.exits(expected);
    }
}

#[tokio::test]
async fn both_streams_reach_the_log() {
    let host = Host::new();
    for guest in ALL {
        let ended = host.script(guest, &["write out", "stderr err", "write again"]).await;
        assert_eq!(ended.stderr, "err\n");
        ended.exits(0).prints("out\nagain\n");
    }
}

#[tokio::test]
async fn long_writes_arrive_whole() {
    let host = Host::new();
    for guest in ALL {
        let ended = host.script(guest, &["bytes 1000000"]).await.exits(0);
        assert_eq!(ended.stdout.len(), 1_000_000);
        assert!(ended.stdout.bytes().all(|byte| byte == b'x'));
    }
}

#[tokio::test]
async fn arguments_and_environment() {
    let host = Host::new();
    for guest in ALL {
        let mut config = host.scripted(guest, &["args", "env"]);
        config.env = vec![("A".to_owned(), "1".to_owned()), ("B".to_owned(), "ä=b".to_owned())];
        let expected = "[\"guest\", \"args\", \"env\"]\nA=1\nB=ä=b\n";
        host.run(config).await.exits(0).prints(expected);
    }
}

#[tokio::test]
async fn the_working_directory() {
    let host = Host::new();
    for guest in [P2, P3] {
        let mut config = host.scripted(guest, &["cwd"]);
        config.working_dir = "/srv".to_owned();
        host.run(config).await.exits(0).prints("/srv\n");
    }
    // WASI 0.1 has none, but for what the environment says.
    let mut config = host.scripted(P1, &["env"]);
    config.working_dir = "/srv".to_owned();
    host.run(config).await.exits(0).prints("PWD=/srv\n");
    let mut config = host.scripted(P1, &["env"]);
    config.working_dir = "/srv".to_owned();
    config.env = vec![("PWD".to_owned(), "/own".to_owned())];
    host.run(config).await.exits(0).prints("PWD=/own\n");
}

#[tokio::test]
async fn a_closed_standard_input_is_at_its_end() {
    let host = Host::new();
    for guest in ALL {
        let mut config = host.scripted(guest, &["stdin", "write end"]);
        config.stdin = Stdin::Closed;
        host.run(config).await.exits(0).prints("end\n");
    }
}

#[tokio::test]
async fn a_guest_can_wait() {
    let host = Host::new();
    for guest in ALL {
        host.script(guest, &["write a;sleep 1;write b"]).await.exits(0).prints("a\nb\n");
    }
}

#[tokio::test]
async fn a_module_without_wasi_runs() {
    Host::new().made(&made::start("")).await.exits(0);
}

#[tokio::test]
async fn a_component_that_returns_an_error_exits_with_1() {
    let host = Host::new();
    host.made(&made::component("", "(i32.const 0)")).await.exits(0);
    host.made(&made::component("", "(i32.const 1)")).await.exits(1);
}

#[tokio::test]
async fn modules_of_the_preview_of_wasi_0_1_run() {
    let text = r#"(module
        (import "wasi_unstable" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_unstable" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\04\00\00\00")
        (data (i32.const 16) "old\n")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
            (call $exit (i32.const 200))))"#;
    Host::new().made(text).await.exits(200).prints("old\n");
}

#[tokio::test]
async fn a_replaced_standard_output_is_not_the_log() {
    // Closes 1, makes 2 to be 1, writes to both: the second write fails with `badf` (8).
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_renumber" (func $renumber (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\04\00\00\00")
        (data (i32.const 16) "abc\n")
        (func $put (param i32) (result i32)
            (call $write (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (func (export "_start")
            (drop (call $put (i32.const 1)))
            (drop (call $renumber (i32.const 2) (i32.const 1)))
            (drop (call $put (i32.const 1)))
            (call $exit (call $put (i32.const 2)))))"#;
    let ended = Host::new().made(text).await;
    assert_eq!(ended.stderr, "abc\n");
    ended.exits(8).prints("abc\n");
}

#[tokio::test]
async fn a_container_is_started_once_and_its_end_is_told_again() {
    let host = Host::new();
    let mut container = host.create(host.scripted(P1, &["exit 3"])).await.unwrap();
    container.start().await.unwrap();
    let error = container.start().await.unwrap_err();
    super::says(&error, "it has been started before");
    for _ in 0..2 {
        assert_eq!(container.wait().await, Exit::exited(3));
    }
}

#[tokio::test]
async fn a_wait_can_be_given_up_and_repeated() {
    let host = Host::new();
    let mut container = host.create(host.scripted(P2, &["sleep 20;exit 3"])).await.unwrap();
    container.start().await.unwrap();
    assert!(futures_util::poll!(std::pin::pin!(container.wait())).is_pending());
    let exit = container.wait().await;
    assert_eq!((exit.code, exit.cause), (3, ExitCause::Exited));
}

#[tokio::test]
async fn a_command_line_may_name_another_program_than_the_images() {
    let (host, data) = (Host::new(), tempfile::tempdir().unwrap());
    fs::copy(guest(P2.0, P2.1), data.path().join("other.wasm")).unwrap();
    let config = |name: &str| {
        let mut config = host.scripted(P1, &["args"]);
        config.argv[0] = name.to_owned();
        config.mounts = vec![mount(data.path(), "/data", true)];
        config.env = vec![("PATH".to_owned(), "/bin:/data".to_owned())];
        config
    };
    // In PATH, and by a path, before the image's own, with or without its directory and `.wasm`.
    for name in ["other", "/data/other.wasm", "/data/other", "guest.wasm", "/app/guest"] {
        host.run(config(name)).await.exits(0).prints(&format!("[\"{name}\", \"args\"]\n"));
    }
    for (name, reason) in [
        ("none", "exec: \"none\": executable file not found in $PATH"),
        ("/no/such", "exec: \"/no/such\": stat /no/such: no such file or directory"),
        ("sh", "a WebAssembly container has no shell"),
    ] {
        let error = host.refusal(config(name)).await;
        assert!(matches!(error, CreateError::NotRunnable(_)), "{error}");
        says(&error, reason);
    }
}

/// Two containers cannot both have a port, and one that was killed has it no more.
#[tokio::test]
async fn a_listeners_port_is_its_own() {
    let host = Host::new();
    let config = || {
        let mut config = host.scripted(("wasm32-wasip1", "net-preopened"), &["take;accept"]);
        config.listen_ports = vec![ListenPort { name: "web".to_owned(), port: 80 }];
        config
    };
    let mut first = host.start(config()).await;
    let mut second = host.create(config()).await.unwrap();
    let error = second.start().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot listen on port 80: address already in use");
    first.until_written("take: ok").await;
    first.container.signal(Signal::Kill, None);
    drop(first.end().await);
    let mut third = host.start(config()).await;
    third.until_written("take: ok").await;
    // What is run in the container beside it has no listener.
    let further = third.exec(&["guest", "env LISTEN_FDS"]).await;
    further.end().await.exits(0).prints("env: not set\n");
    let network = &host.sandbox.network;
    let connected = network.connect_from_host(80, None).await.unwrap();
    third.until_written("accept: ok").await;
    drop(connected);
}

/// WasmEdge has two versions of some functions under one name; the types of the imports tell which.
#[tokio::test]
async fn versions_of_the_socket_functions() {
    let host = Host::new();
    // Addresses: at 0 of 4 bytes, `0.0.0.0`; at 8 of 128 bytes. Traps if what is told is not so.
    let module = |imports: &str, body: &str| {
        format!(
            r#"(module
                (import "wasi_snapshot_preview1" "sock_open"
                    (func $open (param i32 i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "sock_bind"
                    (func $bind (param i32 i32 i32) (result i32)))
                {imports}
                (memory (export "memory") 1)
                (data (i32.const 0) "\10\00\00\00\04\00\00\00\00\01\00\00\80\00\00\00")
                (func $is (param i32 i32)
                    (if (i32.ne (local.get 0) (local.get 1)) (then (unreachable))))
                (func (export "_start")
                    (call $is (call $open (i32.const 1) (i32.const 2) (i32.const 200)) (i32.const 0))
                    (call $is
                        (call $bind (i32.load (i32.const 200)) (i32.const 0) (i32.const 80))
                        (i32.const 0))
                    {body}))"#
        )
    };
    let told = |name: &str| {
        module(
            &format!(
                r#"(import "wasi_snapshot_preview1" "{name}"
                    (func $local (param i32 i32 i32) (result i32)))"#
            ),
            "(call $is
                (call $local (i32.load (i32.const 200)) (i32.const 8) (i32.const 204))
                (i32.const 0))
            (call $is (i32.load (i32.const 204)) (i32.const 80))
            (call $is (i32.load16_u (i32.const 256)) (i32.const 1))",
        )
    };
    for name in ["sock_getlocaladdr", "sock_getlocaladdr_v2"] {
        host.made(&told(name)).await.exits(0);
    }
    // A datagram to itself, from port 80: in the first version there is the address alone, in the
    // second its family before it, and the port beside it.
    let datagram = r#"(import "wasi_snapshot_preview1" "sock_send_to"
        (func $send (param i32 i32 i32 i32 i32 i32 i32) (result i32)))"#;
    for (name, parameters, port, address_at, expected) in [
        ("sock_recv_from", "i32 i32 i32 i32 i32 i32 i32", "", 256, 0),
        ("sock_recv_from", "i32 i32 i32 i32 i32 i32 i32 i32", "(i32.const 220)", 258, 80),
        ("sock_recv_from_v2", "i32 i32 i32 i32 i32 i32 i32 i32", "(i32.const 220)", 258, 80 << 8),
    ] {
        let imports = format!(
            r#"{datagram} (import "wasi_snapshot_preview1" "{name}"
                (func $receive (param {parameters}) (result i32)))"#
        );
        // The buffer of one byte is at 400, and where that is at 408.
        let body = format!(
            "(call $is (call $open (i32.const 1) (i32.const 1) (i32.const 200)) (i32.const 0))
            (i32.store (i32.const 392) (i32.const 127 (;.0.0.1;)))
            (i32.store8 (i32.const 395) (i32.const 1))
            (i32.store (i32.const 384) (i32.const 392)) (i32.store (i32.const 388) (i32.const 4))
            (i32.store (i32.const 408) (i32.const 400)) (i32.store (i32.const 412) (i32.const 1))
            (call $is
                (call $bind (i32.load (i32.const 200)) (i32.const 384) (i32.const 80))
                (i32.const 0))
            (call $is
                (call $send (i32.load (i32.const 200)) (i32.const 408) (i32.const 1)
                    (i32.const 384) (i32.const 80) (i32.const 0) (i32.const 204))
                (i32.const 0))
            (call $is
                (call $receive (i32.load (i32.const 200)) (i32.const 408) (i32.const 1)
                    (i32.const 8) (i32.const 0) {port} (i32.const 204) (i32.const 208))
                (i32.const 0))
            (call $is (i32.load8_u (i32.const {address_at})) (i32.const 127))
            (call $is (i32.load16_u (i32.const 220)) (i32.const {expected}))"
        );
        host.made(&module(&imports, &body)).await.exits(0);
    }
    // Not connected: error 53, of both.
    for (name, parameters, arguments) in [
        ("sock_getpeeraddr", "i32 i32 i32", "(i32.const 8) (i32.const 204)"),
        ("sock_getpeeraddr", "i32 i32 i32 i32", "(i32.const 0) (i32.const 208) (i32.const 204)"),
    ] {
        let import = format!(
            r#"(import "wasi_snapshot_preview1" "{name}" (func $peer (param {parameters}) (result i32)))"#
        );
        let body = format!(
            "(call $is (call $peer (i32.load (i32.const 200)) {arguments}) (i32.const 53))"
        );
        host.made(&module(&import, &body)).await.exits(0);
    }
}
