//! What is done at the turns of a container's life.

use super::pod;
use super::story::Story;
use crate::spec::{Container, HookHandler, RestartPolicy};

fn post_start(container: &mut Container) {
    container.post_start = Some(HookHandler::Sleep(1));
}

fn pre_stop(container: &mut Container) {
    container.pre_stop = Some(HookHandler::Sleep(1));
}

#[test]
fn the_next_start_waits_for_the_hook() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .with("a", post_start)
        .runs("a")
        .then("", "")
        .shows("Pending a=ContainerCreating/0 b=ContainerCreating/0")
        .then("hooked:a", "pull:b")
        .shows("Pending a=running/0 b=ContainerCreating/0");
}

#[test]
fn a_hook_that_fails_ends_the_container() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .with("a", post_start)
        .runs("a")
        .then("unhooked:a", "end:a/PostStartHook term:a/30")
        .tells(&["FailedPostStartHook: PostStartHook failed", "Killing: FailedPostStartHook"])
        .then("143:a", "pull:b")
        .then("pulled:b", "start:b#0")
        .shows("Pending a=PostStartHookError/0 b=ContainerCreating/0")
        .then("started:b", "pull:a")
        .then("pulled:a", "start:a#1")
        .then("started:a", "")
        .shows("Running a=PostStartHookError/1 b=running/0")
        .then("unhooked:a", "end:a/PostStartHook term:a/30")
        .then("143:a", "")
        .wakes_in(Some(10))
        .shows("Running a=CrashLoopBackOff/1 b=running/0");
}

#[test]
fn a_container_that_ends_during_its_hook_is_started_again() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .with("a", post_start)
        .runs("a")
        .then("1:a", "pull:b")
        .then("hooked:a", "")
        .then("pulled:b", "start:b#0")
        .then("started:b", "pull:a");
}

#[test]
fn the_hook_before_the_end_takes_its_time_from_the_grace() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .with("a", pre_stop)
        .runs("b")
        .then("stop", "end:a/PodStopped end:b/PodStopped PreStop:a term:b/30")
        .after(12, "")
        .then("prestopped:a", "term:a/18")
        .tells(&["Killing: Stopping container a", "Killing: Stopping container b"]);
}

#[test]
fn a_hook_that_takes_too_long_is_dropped() {
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .with("a", pre_stop)
        .runs("")
        .then("stop:5", "end:a/PodStopped PreStop:a")
        .after(5, "unhook:a term:a/2")
        .then("prestopped:a", "")
        .after(2, "kill:a");
}

#[test]
fn a_hook_that_fails_before_the_end_does_not_hold_it_up() {
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .with("a", pre_stop)
        .runs("")
        .then("stop", "end:a/PodStopped PreStop:a")
        .then("unprestopped:a", "term:a/30")
        .tells(&["Killing: Stopping container a", "FailedPreStopHook: PreStopHook failed"]);
}

#[test]
fn hooks_of_sidecars_do_not_wait_for_their_turn() {
    Story::new(pod(RestartPolicy::Always, &["s:log", "a"]))
        .with("log", pre_stop)
        .runs("a")
        .then("stop", "end:a/PodStopped end:log/PodStopped term:a/30 PreStop:log")
        .then("prestopped:log", "")
        .after(3, "")
        .then("0:a", "term:log/27");
}

#[test]
fn a_stop_drops_the_hook_after_the_start() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .with("a", post_start)
        .runs("a")
        .then("stop", "end:a/PodStopped term:a/30")
        .then("hooked:a 143:a", "remove");
}
