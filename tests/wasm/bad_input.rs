//! Modules that cannot be run: each is refused with a message that says what to do.

use std::fs;

use wasmpod::executor::CreateError;

use super::{Host, P2, guest, made, says};

/// Checks that the bytes are refused as not runnable, and what is said.
async fn check(bytes: &[u8], text: &str) {
    let host = Host::new();
    let error = host.refusal(host.config(&host.module(bytes), &[])).await;
    assert!(matches!(error, CreateError::NotRunnable(_)), "{error:?}");
    says(&error, "`guest` cannot be run: ");
    says(&error, text);
}

#[tokio::test]
async fn what_is_no_module() {
    check(b"", "it is empty (0 bytes)").await;
    check(b"\0as", "it is cut off after 3 bytes").await;
    check(b"#!/bin/sh\n", "it is not WebAssembly, but a script").await;
    check(b"(module)", "it is not WebAssembly, but WebAssembly text").await;
    check(b"\0asm\x02\0\0\0", "it is WebAssembly of a version that is not known here").await;
}

#[tokio::test]
async fn what_is_cut_off_or_garbled() {
    for (target, name) in [super::P1, P2] {
        let bytes = fs::read(guest(target, name)).unwrap();
        check(&bytes[..bytes.len() / 2], "it is not valid: ").await;
        let mut garbled = bytes;
        garbled[8..].reverse();
        check(&garbled, "it is not valid: ").await;
    }
}

#[tokio::test]
async fn what_is_too_large() {
    let host = Host::new();
    let path = host.directory.path().join("large");
    fs::File::create(&path).unwrap().set_len(4 << 30).unwrap();
    // The bytes need no digest of their own: they are not even read.
    let mut config = host.config(&host.module(b"small"), &[]);
    std::sync::Arc::make_mut(&mut config.image).module.path = path;
    let error = host.refusal(config).await;
    says(&error, "it has 4294967296 bytes, more than the 536870912 that a module may have");
}

#[tokio::test]
async fn what_is_missing() {
    let host = Host::new();
    let path = host.directory.path().join("missing.wasm");
    let error = host.refusal(host.config(&path, &[])).await;
    assert!(matches!(error, CreateError::Host(_)), "{error:?}");
    says(&error, "missing.wasm`: No such file or directory");
}

#[tokio::test]
async fn what_is_no_command() {
    check(&made::module(r#"(module (func (export "add")))"#), "it is a library").await;
    check(
        &made::module(r#"(module (func (export "_start") (result i32) i32.const 0))"#),
        "its `_start` is not a function without parameters and results",
    )
    .await;
    check(&made::module("(component)"), "it is no program: it exports nothing").await;
    let exports = |name: &str| {
        let text = r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            (instance $h (export "handle" (func $f)))
            (export "NAME" (instance $h)))"#;
        made::module(&text.replace("NAME", name))
    };
    check(
        &exports("wasi:http/handler@0.3.0-rc-2026-01-06"),
        "it exports `wasi:http/handler@0.3.0-rc-2026-01-06`, want `wasi:http/incoming-handler` of \
         WASI 0.2 or `wasi:http/handler` of WASI 0.3: rebuild it",
    )
    .await;
    check(
        &exports("wasi:cli/run@0.3.0-rc-2026-01-06"),
        "it exports `wasi:cli/run@0.3.0-rc-2026-01-06`, want `wasi:cli/run` of WASI 0.2 or 0.3",
    )
    .await;
    // Not when the first request comes.
    for (name, version) in [("wasi:http/incoming-handler", "0.2.0"), ("wasi:http/handler", "0.3.0")]
    {
        let expected =
            format!("its `{name}` is not WASI's: want a function `handle` that takes a request");
        check(&exports(&format!("{name}@{version}")), &expected).await;
    }
    check(&exports("shop:cart/api"), "but `shop:cart/api`").await;
    check(&exports("wasi:cli/run@0.2.0"), "its `wasi:cli/run` is not WASI's: ").await;
}

#[tokio::test]
async fn what_a_module_imports_in_vain() {
    let text = r#"(module
        (import "env" "gettimeofday" (func))
        (import "env" "abort" (func))
        (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
        (import "wasi_snapshot_preview1" "path_teleport" (func))
        (func (export "_start")))"#;
    check(
        &made::module(text),
        "it imports `env` (`abort`, `gettimeofday`), `path_teleport` of `wasi_snapshot_preview1`, \
         which this host does not provide",
    )
    .await;
    let text = r#"(module
        (import "wasi_snapshot_preview1" "sched_yield" (func (param i64)))
        (func (export "_start")))"#;
    check(&made::module(text), "an import is not what this host provides: ").await;
}

#[tokio::test]
async fn what_a_component_imports_in_vain() {
    let imports = r#"
        (import "shop:cart/api" (instance (export "add" (func)) (export "total" (func))))
        (import "wasi:cli/environment@0.2.3" (instance
            (export "get-arguments" (func (result (list string))))
            (export "forget-everything" (func))))"#;
    check(
        &made::module(&made::component(imports, "(i32.const 0)")),
        "it imports `shop:cart/api` (`add`, `total`), `forget-everything` of \
         `wasi:cli/environment@0.2.3`, which this host does not provide",
    )
    .await;
    let imports = r#"(import "wasi:cli/environment@0.2.3" (instance
        (export "get-arguments" (func (result u8)))))"#;
    check(
        &made::module(&made::component(imports, "(i32.const 0)")),
        "an import is not what this host provides: ",
    )
    .await;
}

#[tokio::test]
async fn many_versions_of_what_is_missing() {
    let imports: String = (0..300)
        .map(|patch| format!("(import \"a:b/c@0.2.{patch}\" (instance (export \"f\" (func))))"))
        .collect();
    check(
        &made::module(&made::component(&imports, "(i32.const 0)")),
        "it imports `a:b/c@0.2.0` (`f`), ",
    )
    .await;
}

#[tokio::test]
async fn an_older_minor_version_of_wasi_is_there() {
    let imports = r#"(import "wasi:cli/environment@0.2.3" (instance
        (export "get-arguments" (func (result (list string))))))"#;
    Host::new().made(&made::component(imports, "(i32.const 0)")).await.exits(0);
}

/// Whatever a guest says where something is, it is told that there is nothing.
#[tokio::test]
async fn socket_functions_told_nonsense() {
    const OUT: &str = "(i32.const -4)";
    const HERE: &str = "(i32.const 64)";
    const ZERO: &str = "(i32.const 0)";
    let socket = "(i32.load (i32.const 200))";
    let (fault, invalid, not_a_socket, bad) = (21, 28, 57, 8);
    let host = Host::new();
    let mut calls = String::new();
    let mut imports = std::collections::BTreeMap::new();
    for (name, arguments, expected) in [
        ("sock_accept", vec![socket, ZERO, OUT], fault),
        ("sock_accept", vec![socket, "(i32.const 255)", HERE], invalid),
        ("sock_accept", vec![ZERO, ZERO, HERE], not_a_socket),
        ("sock_accept", vec!["(i32.const 99)", ZERO, HERE], bad),
        ("sock_accept", vec!["(i32.const -1)", ZERO, HERE], bad),
        ("sock_recv", vec![socket, OUT, "(i32.const 1)", ZERO, HERE, HERE], fault),
        ("sock_recv", vec![socket, HERE, "(i32.const -1)", ZERO, HERE, HERE], invalid),
        ("sock_recv", vec![socket, HERE, ZERO, "(i32.const 8)", HERE, HERE], invalid),
        ("sock_send", vec![socket, OUT, "(i32.const 1024)", ZERO, HERE], fault),
        ("sock_send", vec![socket, HERE, ZERO, "(i32.const 1)", HERE], invalid),
        ("sock_shutdown", vec![socket, ZERO], invalid),
        ("sock_shutdown", vec![socket, "(i32.const 4)"], invalid),
        ("fd_read", vec![socket, OUT, "(i32.const 2)", HERE], fault),
        ("fd_write", vec![socket, OUT, "(i32.const 2)", HERE], fault),
        ("fd_write", vec!["(i32.const 1)", OUT, "(i32.const 2)", HERE], fault),
        ("fd_fdstat_get", vec![socket, OUT], fault),
        ("fd_filestat_get", vec![socket, OUT], fault),
        ("fd_prestat_get", vec![socket, OUT], fault),
        ("fd_fdstat_set_flags", vec![socket, "(i32.const -1)"], invalid),
        ("fd_renumber", vec![socket, "(i32.const -1)"], bad),
        ("fd_close", vec!["(i32.const -1)"], bad),
        ("poll_oneoff", vec![HERE, HERE, ZERO, HERE], invalid),
        ("poll_oneoff", vec![HERE, HERE, "(i32.const -1)", HERE], invalid),
        ("poll_oneoff", vec![OUT, HERE, "(i32.const 1)", HERE], fault),
        ("poll_oneoff", vec![HERE, OUT, "(i32.const 1)", HERE], fault),
        ("sock_open", vec!["(i32.const 1)", "(i32.const 2)", OUT], fault),
        ("sock_open", vec!["(i32.const 3)", "(i32.const 2)", HERE], 5),
        ("sock_open", vec!["(i32.const 1)", "(i32.const 9)", HERE], invalid),
        ("sock_bind", vec![socket, OUT, ZERO], fault),
        ("sock_bind", vec![socket, HERE, ZERO], invalid),
        ("sock_connect", vec![socket, OUT, ZERO], fault),
        ("sock_recv_from", vec![socket, HERE, ZERO, HERE, ZERO, OUT, HERE, HERE], fault),
        ("sock_recv_from", vec![socket, HERE, ZERO, HERE, ZERO, HERE, OUT, HERE], fault),
        ("sock_send_to", vec![socket, OUT, "(i32.const 1)", HERE, ZERO, ZERO, HERE], fault),
        ("sock_getlocaladdr", vec![socket, OUT, HERE, HERE], fault),
        ("sock_getsockopt", vec![socket, ZERO, ZERO, HERE, OUT], fault),
        ("sock_getsockopt", vec![socket, ZERO, "(i32.const 99)", HERE, HERE], 50),
        ("sock_setsockopt", vec![socket, ZERO, ZERO, OUT, "(i32.const 8)"], fault),
        ("sock_setsockopt", vec![socket, ZERO, ZERO, HERE, "(i32.const 3)"], invalid),
        ("sock_listen", vec!["(i32.const 99)", ZERO], bad),
        (
            "sock_getaddrinfo",
            vec![OUT, "(i32.const 9)", HERE, ZERO, HERE, HERE, "(i32.const 1)", HERE],
            fault,
        ),
        ("sock_getaddrinfo", vec![HERE, ZERO, HERE, ZERO, HERE, HERE, "(i32.const -1)", HERE], 84),
    ] {
        let parameters = vec!["i32"; arguments.len()].join(" ");
        imports.insert(
            name,
            format!(
                r#"(import "wasi_snapshot_preview1" "{name}"
                    (func ${name} (param {parameters}) (result i32)))"#
            ),
        );
        let arguments = arguments.join(" ");
        calls += &format!("(call $is (call ${name} {arguments}) (i32.const {expected}))\n");
    }
    let imports = imports.into_values().collect::<Vec<_>>().join("\n");
    let module = format!(
        r#"(module
            {imports}
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (global $number (mut i32) (i32.const 0))
            (func $is (param i32 i32)
                (global.set $number (i32.add (global.get $number) (i32.const 1)))
                (if (i32.ne (local.get 0) (local.get 1))
                    (then (call $exit (global.get $number)))))
            (func (export "_start")
                (call $is
                    (call $sock_open (i32.const 1) (i32.const 2) (i32.const 200))
                    (i32.const 0))
                {calls}))"#
    );
    host.made(&module).await.exits(0);
}
