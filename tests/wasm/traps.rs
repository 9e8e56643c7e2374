//! Traps: the exit code that a process would have had, the message, the stack.

use super::{ALL, Host, P1, P2, made};

#[tokio::test]
async fn scripted_guests() {
    let host = Host::new();
    for guest in ALL {
        let ended = host.script(guest, &["write before;trap"]).await.prints("before\n");
        ended.traps(134, "wasm trap: wasm `unreachable` instruction executed");
    }
    for guest in [P1, P2] {
        host.script(guest, &["abort"]).await.traps(134, "`unreachable` instruction");
        let ended = host.script(guest, &["panic oh no"]).await.traps(134, "`unreachable`");
        assert!(ended.stderr.contains("oh no"), "{ended:?}");
        host.script(guest, &["oob"]).await.traps(139, "out of bounds memory access");
        // Which of its two stacks is full first depends on the guest.
        host.script(guest, &["recurse"]).await.traps(139, "wasm trap: ");
    }
}

#[tokio::test]
async fn codes() {
    let host = Host::new();
    for (body, code, message) in [
        ("(drop (i32.div_u (i32.const 1) (i32.const 0)))", 136, "integer divide by zero"),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", 136, "integer overflow"),
        ("(drop (i32.trunc_f32_s (f32.const nan)))", 136, "invalid conversion to integer"),
        ("(drop (i32.load (i32.const -4)))", 139, "out of bounds memory access"),
        ("(memory.fill (i32.const 0) (i32.const 0) (i32.const -1))", 139, "out of bounds memory"),
        ("unreachable", 134, "`unreachable` instruction executed"),
    ] {
        host.made(&made::start(body)).await.traps(code, message);
    }
    let indirect = |elements: &str, index: u32| {
        format!(
            r#"(module (type $t (func)) (table 2 funcref) {elements}
                (func $f (param i32))
                (func (export "_start") (call_indirect (type $t) (i32.const {index}))))"#
        )
    };
    for (elements, index, message) in [
        ("", 0, "uninitialized element"),
        ("(elem (i32.const 0) $f)", 0, "indirect call type mismatch"),
        ("", 2, "out of bounds table access"),
    ] {
        host.made(&indirect(elements, index)).await.traps(139, message);
    }
    let endless = r#"(module (func $f (export "_start") (call $f)))"#;
    host.made(endless).await.traps(139, "call stack exhausted");
    // No variant of `run`'s result.
    host.made(&made::component("", "(i32.const 7)")).await.traps(134, "");
}

#[tokio::test]
async fn the_stack_is_told() {
    let text = r#"(module $shop
        (memory (export "memory") 1)
        (func $inner unreachable)
        (func $outer (call $inner))
        (func (export "_start") (call $outer)))"#;
    let ended = Host::new().made(text).await;
    let message = ended.exit.message.clone().unwrap();
    let frames: Vec<_> = message.lines().skip(1).map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(frames[..2], [Some("shop!inner"), Some("shop!outer")], "{message}");
    ended.traps(134, &message);
}

#[tokio::test]
async fn a_start_function_may_trap_too() {
    let text = r#"(module (memory (export "memory") 1) (func $f unreachable) (start $f)
        (func (export "_start")))"#;
    Host::new().made(text).await.traps(134, "`unreachable` instruction executed");
}

#[tokio::test]
async fn a_trap_is_the_containers_own() {
    let host = Host::new();
    let mut neighbour = host.start(host.scripted(P1, &["write up;sleep 20;write still up"])).await;
    neighbour.until_written("up").await;
    host.script(P1, &["trap"]).await.traps(134, "unreachable");
    neighbour.end().await.exits(0).prints("up\nstill up\n");
}
