//! When containers are asked, and what follows from the answers.

use super::story::Story;
use super::{pod, probe};
use crate::spec::{Container, Probe, RestartPolicy};

/// A pod of one container that has this probe and runs.
fn running(policy: RestartPolicy, change: impl FnOnce(&mut Container)) -> Story {
    Story::new(pod(policy, &["a"])).with("a", change).runs("")
}

#[test]
fn a_container_without_probes_is_ready_when_it_runs() {
    running(RestartPolicy::Always, |_| {})
        .is("PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled")
        .wakes_in(None);
}

#[test]
fn readiness_is_asked_at_once_and_every_period() {
    running(RestartPolicy::Always, |a| a.readiness_probe = Some(probe()))
        .then("", "")
        .is("PodReadyToStartContainers Initialized PodScheduled")
        .then("serving:a", "")
        .is("PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled")
        .wakes_in(Some(10))
        .after(10, "Readiness?a")
        .then("un-serving:a", "")
        .tells(&["Unhealthy: Readiness probe failed: no"])
        .after(10, "Readiness?a")
        .then("un-serving:a", "")
        .is("PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled")
        .after(10, "Readiness?a")
        .then("un-serving:a", "")
        .is("PodReadyToStartContainers Initialized PodScheduled");
}

#[test]
fn the_initial_delay_is_waited_for() {
    let probe = Probe { initial_delay_seconds: 5, period_seconds: 3, ..probe() };
    running(RestartPolicy::Always, |a| a.liveness_probe = Some(probe))
        .wakes_in(Some(5))
        .after(4, "")
        .after(1, "Liveness?a")
        .then("live:a", "")
        .wakes_in(Some(3));
}

#[test]
fn questions_do_not_queue() {
    running(RestartPolicy::Always, |a| a.liveness_probe = Some(probe()))
        .after(35, "")
        .then("live:a", "Liveness?a")
        .then("live:a", "")
        .wakes_in(Some(5));
}

#[test]
fn a_success_threshold_holds_after_a_failure() {
    let probe = Probe { success_threshold: 2, failure_threshold: 1, ..probe() };
    let unready = "PodReadyToStartContainers Initialized PodScheduled";
    running(RestartPolicy::Always, |a| a.readiness_probe = Some(probe))
        .then("serving:a", "")
        .is(unready)
        .after(10, "Readiness?a")
        .then("un-serving:a", "")
        .after(10, "Readiness?a")
        .then("serving:a", "")
        .is(unready)
        .after(10, "Readiness?a")
        .then("serving:a", "")
        .is("PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled");
}

#[test]
fn a_failed_liveness_probe_ends_the_container_and_starts_it_again() {
    let probe = Probe { failure_threshold: 2, termination_grace_seconds: Some(7), ..probe() };
    running(RestartPolicy::OnFailure, |a| a.liveness_probe = Some(probe))
        .then("un-live:a", "")
        .after(10, "Liveness?a")
        .then("un-live:a", "end:a/LivenessProbe term:a/7")
        .tells(&[
            "Unhealthy: Liveness probe failed: no",
            "Unhealthy: Liveness probe failed: no",
            "Killing: Container a failed liveness probe, will be restarted",
        ])
        .after(6, "")
        .after(1, "kill:a")
        // It is started again even if it says that all went well.
        .then("0:a", "pull:a")
        .shows("Running a=ContainerCreating/0")
        .then("pulled:a", "start:a#1")
        .then("started:a", "Liveness?a");
}

#[test]
fn a_failed_liveness_probe_ends_a_container_for_good_that_is_never_restarted() {
    let probe = Probe { failure_threshold: 1, ..probe() };
    running(RestartPolicy::Never, |a| a.liveness_probe = Some(probe))
        .then("un-live:a", "end:a/LivenessProbe term:a/30")
        .tells(&[
            "Unhealthy: Liveness probe failed: no",
            "Killing: Container a failed liveness probe",
        ])
        .then("137:a", "stop:Finished remove")
        .shows("Failed a=Error/0");
}

#[test]
fn the_other_probes_wait_for_the_startup_probe() {
    let startup = Probe { failure_threshold: 5, period_seconds: 2, ..probe() };
    running(RestartPolicy::Always, |a| {
        a.startup_probe = Some(startup);
        a.liveness_probe = Some(Probe { initial_delay_seconds: 30, ..probe() });
        a.readiness_probe = Some(probe());
    })
    .then("un-up:a", "")
    .wakes_in(Some(2))
    .after(2, "Startup?a")
    .then("up:a", "Readiness?a")
    .wakes_in(Some(28))
    .then("serving:a", "")
    .wakes_in(Some(10));
}

#[test]
fn a_failed_startup_probe_ends_the_container() {
    let startup = Probe { failure_threshold: 1, ..probe() };
    running(RestartPolicy::Always, |a| a.startup_probe = Some(startup))
        .then("un-up:a", "end:a/StartupProbe term:a/30")
        .tells(&[
            "Unhealthy: Startup probe failed: no",
            "Killing: Container a failed startup probe, will be restarted",
        ]);
}

#[test]
fn a_sidecar_holds_up_the_next_until_it_has_started() {
    let mut story = Story::new(pod(RestartPolicy::Always, &["s:log", "a"]))
        .with("log", |log| {
            log.startup_probe = Some(Probe { period_seconds: 1, ..probe() });
            log.readiness_probe = Some(probe());
        })
        .runs("log");
    story
        .then("", "Startup?log")
        .shows("Pending log=running/0 a=PodInitializing/0")
        .then("un-up:log", "")
        .after(1, "Startup?log")
        .then("up:log", "Readiness?log pull:a")
        .then("un-serving:log pulled:a", "start:a#0")
        .then("started:a", "")
        .shows("Running log=running/0 a=running/0")
        .is("PodReadyToStartContainers Initialized PodScheduled");
}

#[test]
fn only_readiness_is_asked_of_a_container_that_is_being_stopped() {
    running(RestartPolicy::Always, |a| {
        a.liveness_probe = Some(probe());
        a.readiness_probe = Some(Probe { failure_threshold: 1, ..probe() });
    })
    .then("serving:a live:a", "")
    .then("stop", "end:a/PodStopped term:a/30")
    .after(10, "Readiness?a")
    .then("un-serving:a", "")
    .is("PodReadyToStartContainers Initialized PodScheduled");
}

#[test]
fn an_answer_of_a_run_that_is_over_changes_nothing() {
    let probe = Probe { failure_threshold: 1, ..probe() };
    running(RestartPolicy::Always, |a| a.liveness_probe = Some(probe))
        .then("1:a un-live:a", "pull:a")
        .then("un-live:a pulled:a", "start:a#1")
        .then("un-live:a started:a", "Liveness?a");
}
