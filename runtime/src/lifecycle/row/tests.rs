//! Statuses in, cells out.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, PodCondition, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Row, container_row, pod_row};
use crate::lifecycle::tests::pod;
use crate::spec::{ContainerKind, RestartPolicy};

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24)
}

/// Returns a status from words: `NAME=STATE`, `NAME=STATE/RESTARTS` or `NAME=STATE/RESTARTS@SECONDS`
/// since the last end. A state is `running`, `started` (not ready), `ready`, `-REASON` (it waits),
/// `CODE:REASON` or `9!` (a signal).
fn container(word: &str) -> ContainerStatus {
    let (name, rest) = word.split_once('=').unwrap();
    let (text, restarts) = rest.split_once('/').unwrap_or((rest, "0"));
    let (restarts, ago) = restarts.split_once('@').unwrap_or((restarts, ""));
    let mut state = ContainerState::default();
    if matches!(text, "running" | "started" | "ready") {
        state.running = Some(ContainerStateRunning::default());
    } else if let Some(reason) = text.strip_prefix('-') {
        let reason = Some(reason.to_owned());
        state.waiting = Some(ContainerStateWaiting { reason, ..Default::default() });
    } else if let Some(signal) = text.strip_suffix('!') {
        let signal = signal.parse().ok();
        state.terminated =
            Some(ContainerStateTerminated { signal, exit_code: 137, ..Default::default() });
    } else {
        let (code, reason) = text.split_once(':').unwrap();
        state.terminated = Some(ContainerStateTerminated {
            exit_code: code.parse().unwrap(),
            reason: Some(reason.to_owned()),
            ..Default::default()
        });
    }
    let ended = ago.parse().ok().map(|ago: i64| ContainerStateTerminated {
        finished_at: Some(Time(now() - SignedDuration::from_secs(ago))),
        ..Default::default()
    });
    ContainerStatus {
        name: name.to_owned(),
        ready: text == "ready",
        started: Some(matches!(text, "started" | "ready")),
        state: Some(state),
        last_state: Some(ContainerState { terminated: ended, ..Default::default() }),
        restart_count: restarts.parse().unwrap(),
        ..Default::default()
    }
}

/// Returns the cells of a pod whose status is `PHASE [+CONDITION…] [CONTAINER…]`.
fn cells(containers: &[&str], status: &str, is_deleted: bool) -> String {
    let pod = pod(RestartPolicy::Always, containers);
    let mut words = status.split(' ');
    let phase = words.next().map(str::to_owned);
    let (mut conditions, mut init, mut regular) = (Vec::new(), Vec::new(), Vec::new());
    for word in words {
        if let Some(kind) = word.strip_prefix('+') {
            let (type_, status) = (kind.to_owned(), "True".to_owned());
            conditions.push(PodCondition { type_, status, ..Default::default() });
            continue;
        }
        let status = container(word);
        let is_init = pod.spec.init_containers.iter().any(|c| c.name.as_str() == status.name);
        if is_init { &mut init } else { &mut regular }.push(status);
    }
    let status = PodStatus {
        phase,
        conditions: Some(conditions),
        init_container_statuses: Some(init),
        container_statuses: Some(regular),
        ..Default::default()
    };
    let Row { ready, status, restarts } = pod_row(&pod, &status, is_deleted, now());
    format!("{ready} {status} {restarts}")
}

#[test]
fn regular_containers() {
    for (status, expected) in [
        ("Pending", "0/2 Pending 0"),
        ("Pending a=-ContainerCreating b=-ContainerCreating", "0/2 ContainerCreating 0"),
        ("Pending a=ready b=-ImagePullBackOff", "1/2 ImagePullBackOff 0"),
        ("Running +Ready a=ready b=ready", "2/2 Running 0"),
        ("Running a=started b=ready", "1/2 Running 0"),
        ("Running a=ready b=-CrashLoopBackOff/3@20", "1/2 CrashLoopBackOff 3 (20s ago)"),
        ("Running +Ready a=ready b=0:Completed", "1/2 Running 0"),
        ("Running a=ready b=0:Completed", "1/2 NotReady 0"),
        ("Running a=0:Completed b=3:Error", "0/2 Error 0"),
        ("Running a=3:Error b=ready", "1/2 Error 0"),
        ("Succeeded a=0:Completed b=0:Completed", "0/2 Completed 0"),
        ("Failed a=137:OOMKilled b=0:Completed", "0/2 OOMKilled 0"),
        ("Failed a=3: b=0:Completed", "0/2 ExitCode:3 0"),
        ("Failed a=9! b=0:Completed", "0/2 Signal:9 0"),
        ("Running a=ready/2@7200 b=ready/1@90", "2/2 Running 3 (90s ago)"),
    ] {
        assert_eq!(cells(&["a", "b"], status, false), expected, "{status}");
    }
}

#[test]
fn what_is_initialised_comes_first() {
    for (status, expected) in [
        ("Pending i=running s=-PodInitializing a=-PodInitializing", "0/2 Init:0/2 0"),
        ("Pending i=-PodInitializing s=-PodInitializing", "0/2 Init:0/2 0"),
        ("Pending i=-ErrImagePull s=-PodInitializing", "0/2 Init:ErrImagePull 0"),
        ("Pending i=0:Completed/1@5 s=running a=-PodInitializing", "0/2 Init:1/2 1 (5s ago)"),
        ("Pending i=3:Error/2@5", "0/2 Init:Error 2 (5s ago)"),
        ("Pending i=3:", "0/2 Init:ExitCode:3 0"),
        ("Pending i=9!", "0/2 Init:Signal:9 0"),
        ("Pending i=0:Completed s=ready a=-PodInitializing", "1/2 PodInitializing 0"),
        ("Running i=0:Completed/4@5 s=ready/1 a=ready/2", "2/2 Running 3"),
        (
            "Running +Initialized i=0:Completed s=-CrashLoopBackOff/1 a=ready",
            "1/2 Init:CrashLoopBackOff 1",
        ),
        ("Succeeded +Initialized i=0:Completed s=137:Error a=0:Completed", "0/2 Completed 0"),
    ] {
        assert_eq!(cells(&["i:i", "s:s", "a"], status, false), expected, "{status}");
    }
}

#[test]
fn one_that_is_deleted_terminates_until_it_is_over() {
    for (status, expected) in [
        ("Pending", "0/1 Terminating 0"),
        ("Running a=ready", "1/1 Terminating 0"),
        ("Failed a=143:Error", "0/1 Error 0"),
        ("Succeeded a=0:Completed", "0/1 Completed 0"),
    ] {
        assert_eq!(cells(&["a"], status, true), expected, "{status}");
    }
}

#[test]
fn the_pods_own_reason_stands_for_its_phase() {
    let pod = pod(RestartPolicy::Always, &["a"]);
    let reason = Some("Evicted".to_owned());
    let status = PodStatus { reason, phase: Some("Failed".to_owned()), ..Default::default() };
    assert_eq!(pod_row(&pod, &status, true, now()).status, "Evicted");
}

#[test]
fn a_container_of_its_own() {
    for (kind, word, expected) in [
        (ContainerKind::Regular, "a=ready/1@5", "1/1 Running 1 (5s ago)"),
        (ContainerKind::Sidecar, "a=-CrashLoopBackOff", "0/1 CrashLoopBackOff 0"),
        (ContainerKind::Init, "a=0:Completed", " Completed 0"),
        (ContainerKind::Ephemeral, "a=started", " Running 0"),
    ] {
        let Row { ready, status, restarts } = container_row(kind, &container(word), now());
        assert_eq!(format!("{ready} {status} {restarts}"), expected, "{word}");
    }
}
