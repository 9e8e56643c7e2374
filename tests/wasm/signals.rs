//! Signals, and what becomes of a container that is dropped.

use std::time::Duration;

use wasmpod::executor::{Exit, Signal};

use super::{ALL, Host, P1, P2};

async fn check(guest: (&str, &str), steps: &str, signal: Signal, code: i32) {
    let host = Host::new();
    let mut running = host.start(host.scripted(guest, &[steps])).await;
    running.until_written("up").await;
    running.container.signal(signal, None);
    let ended = running.end().await;
    assert_eq!(ended.exit, Exit::signalled(signal), "{guest:?} {steps}");
    assert_eq!(ended.exit.code, code);
}

#[tokio::test]
async fn a_waiting_guest_ends() {
    for guest in ALL {
        check(guest, "write up;sleep 3600000", Signal::Kill, 137).await;
        check(guest, "write up;sleep 3600000", Signal::Terminate, 143).await;
    }
}

#[tokio::test]
async fn a_guest_that_never_waits_ends() {
    for guest in ALL {
        check(guest, "write up;spin", Signal::Kill, 137).await;
        check(guest, "write up;spin", Signal::Terminate, 143).await;
    }
}

#[tokio::test]
async fn a_guest_that_never_waits_again_ends() {
    // Long enough for the ticker to fall asleep: it has to wake for the spinning.
    for guest in ALL {
        let host = Host::new();
        let mut running = host.start(host.scripted(guest, &["sleep 300;write up;spin"])).await;
        running.until_written("up").await;
        running.container.signal(Signal::Kill, None);
        assert_eq!(running.end().await.exit, Exit::signalled(Signal::Kill));
    }
}

#[test]
fn a_guest_that_never_waits_holds_up_no_timer() {
    // A runtime that, left to itself, looks at its timers only when nobody is ready.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().event_interval(u32::MAX).build().unwrap();
    for guest in ALL {
        runtime.block_on(async {
            let host = Host::new();
            let mut running = host.start(host.scripted(guest, &["write up;spin"])).await;
            running.until_written("up").await;
            let soon = Duration::from_millis(20);
            let waited = tokio::time::timeout(soon, running.container.wait()).await;
            assert!(waited.is_err(), "it spins on");
            running.container.signal(Signal::Kill, None);
            assert_eq!(running.end().await.exit, Exit::signalled(Signal::Kill));
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_spins_on_another_thread_ends() {
    check(P2, "write up;spin", Signal::Kill, 137).await;
}

#[tokio::test]
async fn the_first_signal_that_ends_it_counts() {
    let host = Host::new();
    let mut running = host.start(host.scripted(P1, &["write up;spin"])).await;
    running.until_written("up").await;
    running.container.signal(Signal::Terminate, None);
    running.container.signal(Signal::Kill, None);
    assert_eq!(running.end().await.exit, Exit::signalled(Signal::Terminate));
}

#[tokio::test]
async fn a_signal_comes_before_the_start() {
    let host = Host::new();
    let mut container = host.create(host.scripted(P1, &["write up"])).await.unwrap();
    container.signal(Signal::Kill, None);
    assert_eq!(container.wait().await, Exit::signalled(Signal::Kill));
    assert!(container.start().await.is_err());
}

#[tokio::test]
async fn a_signal_after_the_end_changes_nothing() {
    let host = Host::new();
    let mut container = host.create(host.scripted(P1, &["exit 3"])).await.unwrap();
    container.start().await.unwrap();
    assert_eq!(container.wait().await, Exit::exited(3));
    container.signal(Signal::Kill, None);
    assert_eq!(container.wait().await, Exit::exited(3));
}

#[tokio::test]
async fn what_is_dropped_runs_no_more() {
    let host = Host::new();
    for steps in ["write up;spin", "write up;sleep 3600000"] {
        let mut running = host.start(host.scripted(P2, &[steps])).await;
        running.until_written("up").await;
        drop(running.container);
        // The log ends when the last that could write to it is gone.
        let end = tokio::time::timeout(super::DEADLINE, running.watch.recv()).await;
        assert_eq!(end.unwrap(), None);
    }
}
