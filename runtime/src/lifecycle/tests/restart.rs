//! What is started again, and when.

use super::pod;
use super::story::Story;
use crate::spec::{
    Container, ContainerKind, ContainerRestartPolicy, ExitCodes, HookHandler, RestartAction,
    RestartPolicy, RestartRule,
};

#[test]
fn a_sidecar_outlives_the_regular_containers_and_restarts_on_any_exit() {
    Story::new(pod(RestartPolicy::Never, &["s:log", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("0:log", "pull:log")
        .then("pulled:log", "start:log#1")
        .then("started:log", "")
        .shows("Running log=running/1 a=running/0")
        .then("0:a", "stop:Finished end:log/PodStopped term:log/30")
        .shows("Running log=running/1 a=Completed/0")
        .then("137:log", "remove")
        .then("removed", "")
        .shows("Succeeded log=Error/1 a=Completed/0");
}

#[test]
fn crash_loop() {
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("0:a", "pull:a")
        .then("pulled:a", "start:a#1")
        .then("started:a", "")
        .then("3:a", "")
        .wakes_in(Some(10))
        .shows("Running a=CrashLoopBackOff/1")
        .after(9, "")
        .after(1, "pull:a")
        .then("pulled:a", "start:a#2")
        .then("started:a", "")
        .then("3:a", "")
        .wakes_in(Some(20));
}

#[test]
fn restart_policies() {
    for (policy, code, expected, shows) in [
        (RestartPolicy::Never, 0, "stop:Finished remove", "Succeeded a=Completed/0"),
        (RestartPolicy::Never, 1, "stop:Finished remove", "Failed a=Error/0"),
        (RestartPolicy::OnFailure, 0, "stop:Finished remove", "Succeeded a=Completed/0"),
        (RestartPolicy::OnFailure, 1, "pull:a", "Running a=ContainerCreating/0"),
        (RestartPolicy::Always, 0, "pull:a", "Running a=ContainerCreating/0"),
    ] {
        Story::new(pod(policy, &["a"]))
            .then("", "prepare")
            .then("ready", "pull:a")
            .then("pulled:a", "start:a#0")
            .then("started:a", "")
            .then(&format!("{code}:a"), expected)
            .shows(shows);
    }
}

/// Returns a rule for exit code 42.
fn rule(action: RestartAction) -> RestartRule {
    RestartRule { exit_codes: ExitCodes::In(vec![42]), action }
}

fn never_but(action: RestartAction) -> impl Fn(&mut Container) {
    move |container| {
        container.restart_policy = Some(ContainerRestartPolicy::Never);
        container.restart_policy_rules = vec![rule(action)];
    }
}

#[test]
fn a_rule_comes_before_the_policy() {
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .with("a", never_but(RestartAction::Restart))
        .runs("")
        .then("42:a", "pull:a")
        .then("pulled:a", "start:a#1")
        .then("started:a", "")
        .then("1:a", "stop:Finished remove")
        .shows("Failed a=Error/1");
}

#[test]
fn a_rule_can_start_all_containers_again() {
    Story::new(pod(RestartPolicy::Never, &["i:init", "s:log", "a", "b"]))
        .with("a", never_but(RestartAction::RestartAllContainers))
        .with("b", |b| b.pre_stop = Some(HookHandler::Sleep(1)))
        .runs("b")
        .then("42:a", "end:log/RestartAllContainers end:b/RestartAllContainers term:log/2 term:b/2")
        .is("PodReadyToStartContainers Initialized PodScheduled AllContainersRestarting")
        .then("0:b", "")
        .shows(
            "Running init=RestartingAllContainers/0 log=running/0 \
                a=RestartingAllContainers/0 b=RestartingAllContainers/0",
        )
        .ended_last_with("init=0 a=42 b=0")
        .after(2, "kill:log")
        .then("137:log", "anew pull:init")
        .ended_last_with("init=137 log=137 a=137 b=137")
        .then("pulled:init", "start:init#1")
        .then("started:init", "")
        .then("0:init", "pull:log")
        .then("pulled:log", "start:log#1")
        .then("started:log", "pull:a")
        .then("pulled:a", "start:a#1")
        .then("started:a", "pull:b")
        .then("pulled:b", "start:b#1")
        .then("started:b", "")
        .shows("Running init=Completed/1 log=running/1 a=running/1 b=running/1")
        .then("42:a", "end:log/RestartAllContainers end:b/RestartAllContainers term:log/2 term:b/2")
        .then("143:log 143:b", "anew pull:init")
        .then("pulled:init", "start:init#2")
        .then("started:init 0:init", "pull:log")
        .then("pulled:log", "start:log#2")
        // The one that ended by itself has crashed twice; the others have not.
        .then("started:log", "pull:b")
        .wakes_in(Some(10));
}

#[test]
fn another_image_starts_the_container_again_whatever_the_policy() {
    let mut story = Story::new(pod(RestartPolicy::Never, &["i:init", "a", "b"])).runs("b");
    story.pod.spec.containers[0].image = "example/image:2".to_owned();
    story.pod.spec.init_containers[0].image = "example/image:2".to_owned();
    story
        .then("updated", "end:a/DefinitionChanged term:a/30")
        .tells(&["Killing: Container a definition changed, will be restarted"])
        .then("0:a", "pull:a")
        .then("pulled:a", "start:a#1")
        .then("started:a", "")
        .shows("Running init=Completed/0 a=running/1 b=running/0");
}

#[test]
fn an_ephemeral_container_runs_once() {
    let mut story = Story::new(pod(RestartPolicy::Always, &["a"])).runs("");
    let image = "example/debug:1".to_owned();
    let debug = Container::new("debug".into(), ContainerKind::Ephemeral, image);
    story.pod.spec.ephemeral_containers.push(debug);
    story
        .then("updated", "pull:debug")
        .then("pulled:debug", "start:debug#0")
        .then("started:debug", "")
        .shows("Running a=running/0 debug=running/0")
        .then("1:debug", "")
        .wakes_in(None)
        .shows("Running a=running/0 debug=Error/0")
        .is("PodReadyToStartContainers Initialized Ready ContainersReady PodScheduled");
}

#[test]
fn a_lost_sandbox_is_made_again_and_initialised_from_the_first() {
    Story::new(pod(RestartPolicy::OnFailure, &["i:init", "a", "b"]))
        .runs("b")
        .then("0:b lost", "prepare")
        .shows("Running init=PodInitializing/0 a=PodInitializing/0 b=Completed/0")
        .then("ready", "pull:init")
        .then("pulled:init", "start:init#1")
        .then("started:init", "")
        .then("0:init", "pull:a")
        .then("pulled:a", "start:a#1")
        .then("started:a", "")
        .shows("Running init=Completed/1 a=running/1 b=Completed/0");
    Story::new(pod(RestartPolicy::Never, &["a"]))
        .runs("")
        .then("lost", "remove")
        .shows("Failed a=ContainerStatusUnknown/0");
}
