//! The stop contract: a guest that asks to be told is told, and has its grace.

use std::time::Duration;

use wasmpod::executor::{Exit, Signal};

use super::{ALL, Ended, Host, P1_STOP, P2_STOP, P3_STOP};

/// More than a test takes.
const GRACE: Duration = Duration::from_secs(3600);

/// Starts a guest, asks it to end when it is up, and waits for that.
async fn stop(host: &Host, guest: (&str, &str), steps: &[&str]) -> Ended {
    let mut running = host.start(host.scripted(guest, steps)).await;
    running.until_written("up\n").await;
    running.container.signal(Signal::Terminate, Some(GRACE));
    running.end().await
}

#[tokio::test]
async fn a_guest_that_is_told_cleans_up_and_exits_as_it_likes() {
    let host = Host::new();
    for guest in [P1_STOP, P2_STOP] {
        let clean_up = "on-stop grace-within 3600000;on-stop sleep 20;on-stop write down";
        for (last, code) in [("on-stop exit 7", 7), ("", 0)] {
            let steps = [clean_up, last, "write up", "forever"];
            let steps = steps.iter().filter(|step| !step.is_empty()).copied().collect::<Vec<_>>();
            stop(&host, guest, &steps).await.exits(code).prints("up\ndown\n");
        }
    }
    stop(&host, P3_STOP, &["7"]).await.exits(7).prints("up\ndown within Some(\"the grace\")\n");
}

#[tokio::test]
async fn a_guest_that_ignores_the_request_is_killed() {
    let host = Host::new();
    for guest in [P1_STOP, P2_STOP] {
        for steps in ["write up;wait-file /told;spin", "write up;spin"] {
            let mut config = host.scripted(guest, &[steps]);
            let directory = tempfile::tempdir().unwrap();
            config.mounts = vec![super::mount(directory.path(), "/", false)];
            let mut running = host.start(config).await;
            running.until_written("up").await;
            running.container.signal(Signal::Terminate, None);
            let still = futures_util::poll!(std::pin::pin!(running.container.wait()));
            assert!(still.is_pending(), "{guest:?}");
            std::fs::write(directory.path().join("told"), "").unwrap();
            running.container.signal(Signal::Kill, None);
            assert_eq!(running.end().await.exit, Exit::signalled(Signal::Kill), "{guest:?}");
        }
    }
}

#[tokio::test]
async fn a_guest_is_told_before_it_asks() {
    let host = Host::new();
    for guest in [P1_STOP, P2_STOP] {
        let mut running = host.start(host.scripted(guest, &["on-stop exit 5", "forever"])).await;
        running.container.signal(Signal::Terminate, None);
        running.container.signal(Signal::Terminate, Some(GRACE));
        running.end().await.exits(5);
    }
}

#[tokio::test]
async fn the_next_run_begins_without_a_request() {
    let host = Host::new();
    for guest in [P1_STOP, P2_STOP] {
        let told = stop(&host, guest, &["on-stop write told", "write up", "forever"]).await;
        told.exits(0).prints("up\ntold\n");
        let untold = host.script(guest, &["on-stop write told", "sleep 20", "write done"]).await;
        untold.exits(0).prints("done\n");
    }
}

#[tokio::test]
async fn there_is_no_grace_before_the_request() {
    let host = Host::new();
    for guest in [P1_STOP, P2_STOP] {
        host.script(guest, &["grace-within 3600000"]).await.exits(1).prints("");
    }
}

#[tokio::test]
async fn a_guest_that_does_not_import_it_ends_at_once() {
    let host = Host::new();
    for guest in ALL {
        let ended = stop(&host, guest, &["write up", "spin"]).await;
        assert_eq!(ended.exit, Exit::signalled(Signal::Terminate), "{guest:?}");
        assert_eq!(ended.exit.code, 143);
    }
}

#[tokio::test]
async fn what_is_not_there_of_the_interface_is_named() {
    let host = Host::new();
    let text = r#"(module
        (import "wasmpod_lifecycle" "stop_requested" (func (result i32)))
        (import "wasmpod_lifecycle" "restart" (func))
        (func (export "_start")))"#;
    let module = host.module(&super::made::module(text));
    let error = host.refusal(host.config(&module, &[])).await;
    super::says(&error, "it imports `restart` of `wasmpod_lifecycle`");
}
