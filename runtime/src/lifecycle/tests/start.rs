//! What starts, in which order.

use serde_json::{Value, json};

use super::pod;
use super::story::Story;
use crate::spec::{Resources, RestartPolicy};

#[test]
fn what_a_container_asks_for_is_told_once_it_is_there() {
    let amount = |name: &str, text: &str| (name.to_owned(), text.parse().unwrap());
    let resources = Resources {
        requests: [amount("cpu", "0.25")].into(),
        limits: [amount("cpu", "1"), amount("memory", "64Mi")].into(),
    };
    let mut pod = pod(RestartPolicy::Always, &["a", "b", "c"]);
    pod.spec.resources = Some(resources.clone());
    let status = Story::new(pod).with("a", |a| a.resources = resources).runs("b").status();
    let status = serde_json::to_value(status).unwrap();
    let (requests, limits) = (json!({"cpu": "250m"}), json!({"cpu": "1", "memory": "64Mi"}));
    let all = json!({"requests": requests, "limits": limits});
    for (told, expected) in [
        (&status, [&all, &requests]),
        (&status["containerStatuses"][0], [&all, &requests]),
        (&status["containerStatuses"][1], [&json!({}), &Value::Null]),
        (&status["containerStatuses"][2], [&Value::Null, &Value::Null]),
    ] {
        assert_eq!([&told["resources"], &told["allocatedResources"]], expected, "{told}");
    }
}

#[test]
fn containers_start_one_after_another() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .then("", "prepare")
        .shows("Pending a=ContainerCreating/0 b=ContainerCreating/0")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "pull:b")
        .then("pulled:b", "start:b#0")
        .shows("Pending a=running/0 b=ContainerCreating/0")
        .then("started:b", "")
        .wakes_in(None)
        .shows("Running a=running/0 b=running/0");
}

#[test]
fn a_registry_that_cannot_be_reached_is_asked_later() {
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("unreachable:a", "")
        .shows("Pending a=RegistryUnavailable/0")
        .after(1, "back-off:a")
        .shows("Pending a=ImagePullBackOff/0")
        .after(9, "pull:a");
}

#[test]
fn a_failed_pull_does_not_hold_up_the_next() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("unpulled:a", "pull:b")
        .tells(&["Failed: Failed to pull image: no such thing", "Failed: Error: ErrImagePull"])
        .shows("Pending a=ErrImagePull/0 b=ContainerCreating/0")
        .wakes_in(Some(1))
        .after(1, "back-off:a")
        .tells(&[
            "BackOff: Back-off pulling image \"example/image:1\"",
            "Failed: Error: ImagePullBackOff",
        ])
        .shows("Pending a=ImagePullBackOff/0 b=ContainerCreating/0")
        .wakes_in(Some(9))
        .then("pulled:b", "start:b#0")
        .then("started:b", "")
        .after(9, "pull:a")
        .then("unpulled:a", "")
        .after(1, "back-off:a")
        .wakes_in(Some(19))
        .after(19, "pull:a")
        .then("pulled:a", "start:a#0");
}

#[test]
fn init_containers_run_to_their_end_in_order() {
    Story::new(pod(RestartPolicy::Always, &["i:x", "i:y", "a"]))
        .then("", "prepare")
        .then("ready", "pull:x")
        .shows("Pending x=PodInitializing/0 y=PodInitializing/0 a=PodInitializing/0")
        .then("pulled:x", "start:x#0")
        .then("started:x", "")
        .then("1:x", "pull:x")
        .then("pulled:x", "start:x#1")
        .then("started:x", "")
        .then("1:x", "")
        .wakes_in(Some(10))
        .shows("Pending x=CrashLoopBackOff/1 y=PodInitializing/0 a=PodInitializing/0")
        .after(10, "pull:x")
        .then("pulled:x", "start:x#2")
        .then("started:x", "")
        .then("0:x", "pull:y")
        .then("pulled:y", "start:y#0")
        .then("started:y", "")
        .then("0:y", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .shows("Running x=Completed/2 y=Completed/0 a=running/0");
}

#[test]
fn an_init_container_that_may_not_restart_fails_the_pod() {
    Story::new(pod(RestartPolicy::Never, &["s:log", "i:x", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:x")
        .then("pulled:x", "start:x#0")
        .then("started:x", "")
        .then("7:x", "stop:Finished end:log/PodStopped term:log/30")
        .then("143:log", "remove")
        .then("removed", "")
        .shows("Failed log=Error/0 x=Error/0 a=PodInitializing/0");
}

#[test]
fn an_earlier_sidecar_that_crashes_does_not_hold_up_the_initialisation() {
    Story::new(pod(RestartPolicy::Always, &["s:log", "i:x", "i:y", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:x")
        .then("pulled:x", "start:x#0")
        .then("started:x 1:log", "pull:log")
        .then("pulled:log", "start:log#1")
        .then("started:log 1:log", "")
        .wakes_in(Some(10))
        .then("0:x", "pull:y");
}

#[test]
fn a_container_that_cannot_be_made_is_tried_again_whatever_the_policy() {
    Story::new(pod(RestartPolicy::Never, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("uncreated:a", "")
        .shows("Pending a=CreateContainerError/0")
        .after(10, "pull:a")
        .then("pulled:a", "start:a#0");
}
