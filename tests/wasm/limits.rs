//! Memory and processor limits, and fairness.

use wasmpod::executor::ExitCause;

use super::{Host, P1, P2, P3, made};

#[tokio::test]
async fn a_guest_that_needs_more_memory_is_killed() {
    let host = Host::new();
    for guest in [P1, P2] {
        let mut config = host.scripted(guest, &["alloc 1;write small;alloc 64;write large"]);
        config.memory_limit_bytes = Some(16 << 20);
        let ended = host.run(config).await.prints("small\n");
        ended.ends(137, ExitCause::OutOfMemory, "out of memory: wasm trap");
        host.script(guest, &["alloc 64;write large"]).await.exits(0).prints("large\n");
    }
}

#[tokio::test]
async fn a_guest_that_takes_no_for_an_answer_goes_on() {
    let host = Host::new();
    for guest in [P1, P2] {
        let mut config = host.scripted(guest, &["try-alloc 64"]);
        config.memory_limit_bytes = Some(16 << 20);
        let ended = host.run(config).await.exits(1);
        assert!(ended.stderr.contains("try-alloc 64: "), "{ended:?}");
    }
}

#[tokio::test]
async fn a_trap_long_after_a_refusal_is_a_trap() {
    // Asks for 2 GiB, is refused, asks for a page, gets it.
    let text = made::start(
        "(drop (memory.grow (i32.const 32768))) (drop (memory.grow (i32.const 1))) unreachable",
    );
    let host = Host::new();
    let mut config = host.config(&host.module(&made::module(&text)), &[]);
    config.memory_limit_bytes = Some(1 << 20);
    host.run(config).await.traps(134, "unreachable");
}

#[tokio::test]
async fn memory_that_is_there_from_the_start_counts() {
    let text = r#"(module (memory (export "memory") 32) (func (export "_start")))"#;
    let host = Host::new();
    let mut config = host.config(&host.module(&made::module(text)), &[]);
    config.memory_limit_bytes = Some(1 << 20);
    host.run(config).await.ends(137, ExitCause::OutOfMemory, "out of memory");
}

#[tokio::test]
async fn a_guest_cannot_have_memories_without_end() {
    let module = format!("(core module $many {})", "(memory 0)".repeat(60));
    let instance = "(core instance (instantiate $many))";
    let text =
        |count| made::component(&format!("{module} {}", instance.repeat(count)), "i32.const 0");
    let host = Host::new();
    host.made(&text(1)).await.exits(0);
    host.made(&text(2)).await.traps(128, "cannot be instantiated: ");
}

#[tokio::test]
async fn a_guest_cannot_have_handles_without_end() {
    // Takes so many timers and keeps them.
    let text = |count: u32| {
        format!(
            r#"(component
            (import "wasi:io/poll@0.2.0" (instance $poll
                (export "pollable" (type (sub resource)))))
            (alias export $poll "pollable" (type $pollable))
            (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
                (export "pollable" (type $timer (eq $pollable)))
                (export "subscribe-duration" (func (param "when" u64) (result (own $timer))))))
            (core func $subscribe (canon lower (func $clock "subscribe-duration")))
            (core module $m
                (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
                (func (export "run") (result i32)
                    (local $left i32)
                    (local.set $left (i32.const {count}))
                    (loop $again
                        (drop (call $subscribe (i64.const 1)))
                        (br_if $again
                            (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
                    (i32.const 0)))
            (core instance $i (instantiate $m
                (with "host" (instance (export "subscribe" (func $subscribe))))))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $command (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $command)))"#
        )
    };
    let host = Host::new();
    host.made(&text(1000)).await.exits(0);
    host.made(&text(30_000)).await.traps(134, "");
}

#[tokio::test]
async fn a_spinning_guest_starves_nobody() {
    // One thread for all of them.
    let host = Host::new();
    for guest in [P1, P2, P3] {
        let mut spinning = host.start(host.scripted(guest, &["write round;spin"])).await;
        spinning.until_written("round").await;
        host.script(P1, &["write a;sleep 1;write b"]).await.exits(0).prints("a\nb\n");
        host.script(P3, &["write a;sleep 1;write b"]).await.exits(0).prints("a\nb\n");
    }
}

#[tokio::test]
async fn a_processor_limit_leaves_a_guest_its_share() {
    let host = Host::new();
    let mut config = host.scripted(P1, &["lines 20000"]);
    config.cpu_limit_millis = Some(100);
    let ended = host.run(config).await.exits(0);
    assert_eq!(ended.stdout.lines().count(), 20_000);
}
