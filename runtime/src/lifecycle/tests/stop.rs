//! How a pod comes to its end.

use super::story::Story;
use super::{pod, probe};
use crate::spec::{HookHandler, Probe, RestartPolicy};

#[test]
fn a_stop_ends_sidecars_last_and_in_reverse() {
    Story::new(pod(RestartPolicy::Always, &["s:one", "s:two", "a", "b"]))
        .then("", "prepare")
        .then("ready", "pull:one")
        .then("pulled:one", "start:one#0")
        .then("started:one", "pull:two")
        .then("pulled:two", "start:two#0")
        .then("started:two", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "pull:b")
        .then("pulled:b", "start:b#0")
        .then("started:b", "")
        .then("stop", "end:a/PodStopped end:b/PodStopped end:two/PodStopped end:one/PodStopped term:a/30 term:b/30")
        .wakes_in(Some(30))
        .then("143:a", "")
        .after(5, "")
        .then("0:b", "term:two/25")
        .after(24, "")
        .then("143:two", "term:one/2")
        .wakes_in(Some(2))
        .after(2, "kill:one")
        .then("137:one", "remove")
        .then("removed", "")
        .shows("Failed one=Error/0 two=Error/0 a=Error/0 b=Completed/0");
}

#[test]
fn a_stop_kills_when_the_grace_is_over() {
    Story::new(pod(RestartPolicy::Always, &["s:log", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("stop:7", "end:a/PodStopped end:log/PodStopped term:a/7")
        .after(6, "")
        .after(1, "kill:a term:log/2")
        .after(2, "kill:log")
        .then("stop:0", "")
        .then("137:a 137:log", "remove");
}

#[test]
fn a_second_stop_may_only_shorten_the_grace() {
    let mut story = Story::new(pod(RestartPolicy::Always, &["a"]));
    story
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("stop:10", "end:a/PodStopped term:a/10")
        .then("stop:3600", "")
        .wakes_in(Some(10))
        .then("stop:4", "term:a/4")
        .wakes_in(Some(4))
        .then("stop:0", "term:a/2")
        .wakes_in(Some(2))
        .then("kill", "kill:a");
}

#[test]
fn a_stop_abandons_what_is_under_way() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .then("", "prepare")
        .then("stop", "")
        .then("ready", "remove")
        .then("removed", "")
        .shows("Failed a=ContainerStatusUnknown/0 b=ContainerStatusUnknown/0");
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("stop", "abandon:a remove")
        .then("pulled:a", "");
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("stop", "abandon:a remove");
}

#[test]
fn the_deadline_fails_the_pod() {
    let mut pod = pod(RestartPolicy::Never, &["a"]);
    pod.spec.active_deadline_seconds = Some(60);
    Story::new(pod)
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .wakes_in(Some(60))
        .after(60, "stop:DeadlineExceeded end:a/PodStopped term:a/30")
        .shows("Running a=running/0")
        .then("0:a", "remove")
        .then("removed", "")
        .shows("Failed a=Completed/0");
}

#[test]
fn an_eviction_fails_the_pod_whatever_its_containers_say() {
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .runs("")
        .then("evict", "end:a/PodStopped term:a/2")
        .tells(&["Evicted: too much", "Killing: Stopping container a"])
        .shows("Running a=running/0")
        .then("0:a", "remove")
        .then("removed", "")
        .shows("Failed a=Completed/0");
}

#[test]
fn a_kill_leaves_no_time() {
    Story::new(pod(RestartPolicy::Always, &["s:log", "a"]))
        .with("a", |a| a.pre_stop = Some(HookHandler::Sleep(60)))
        .runs("a")
        .then("stop", "end:a/PodStopped end:log/PodStopped PreStop:a")
        .then("kill", "kill:a kill:log");
}

#[test]
fn a_stop_overtakes_the_end_of_one_container() {
    let failing = Probe { failure_threshold: 1, ..probe() };
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .with("a", |a| a.liveness_probe = Some(failing))
        .runs("")
        .then("un-live:a", "end:a/LivenessProbe term:a/30")
        .then("stop:5", "term:a/5")
        .wakes_in(Some(5))
        .after(5, "kill:a")
        .then("137:a", "remove");
}

#[test]
fn what_never_ran_in_a_pod_that_had_begun_is_unknown() {
    Story::new(pod(RestartPolicy::Always, &["i:init", "a", "b"]))
        .runs("a")
        .then("stop", "end:a/PodStopped term:a/30")
        .then("143:a", "remove")
        .then("removed", "")
        .shows("Failed init=Completed/0 a=Error/0 b=ContainerStatusUnknown/0");
}

#[test]
fn a_sidecar_that_never_started_has_initialized_nothing() {
    Story::new(pod(RestartPolicy::Always, &["s:log", "a"]))
        .with("log", |log| log.startup_probe = Some(probe()))
        .runs("log")
        .then("", "Startup?log")
        .then("stop", "end:log/PodStopped term:log/30")
        .then("143:log", "remove")
        .then("removed", "")
        .shows("Failed log=Error/0 a=PodInitializing/0")
        .is("PodScheduled");
}
