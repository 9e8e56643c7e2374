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
