//! The worker with a scripted executor, and a clock that stands still unless everybody waits.

mod environment;
mod play;
mod script;
mod volumes;

use std::sync::Arc;

use self::play::{Play, pod};
use super::PodRequest;
use crate::lifecycle;
use crate::spec::{
    Container as ContainerSpec, ContainerKind, EmptyDirMedium, HookHandler, Pod, Probe,
    ProbeHandler, RestartPolicy, Volume, VolumeSource,
};

#[tokio::test(start_paused = true)]
async fn init_then_regular_then_sidecars_end() {
    Play::start(pod(RestartPolicy::Never, &["i:init: run 2", "s:log: forever", "a: run 3", "b: "]))
        .ends(
            "Succeeded",
            "0 create init; 0 start init; 2 create log; 2 start log; 2 create a; 2 start a; \
             2 create b; 2 start b; 5 Terminate log",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_waits_longer_each_time() {
    let play = Play::start(pod(RestartPolicy::Always, &["a: exit 1"]));
    play.stop_after(35, None).await;
    let mut play = play
        .ends(
            "Failed",
            "0 create a; 0 start a; 0 create a; 0 start a; 10 create a; 10 start a; \
             30 create a; 30 start a",
        )
        .await;
    assert_eq!(play.notices("BackOff").len(), 3);
    assert_eq!(play.log("a", 1), None, "only the last two logs are kept");
    for restart_count in [2, 3] {
        assert!(play.log("a", restart_count).unwrap().ends_with(" stdout F hello\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_grace_ends_with_a_kill() {
    let play = Play::start(pod(RestartPolicy::Always, &["s:log: forever", "a: stubborn"]));
    play.stop_after(5, Some(10)).await;
    play.ends(
        "Failed",
        "0 create log; 0 start log; 0 create a; 0 start a; 5 Terminate a; 15 Kill a; \
         15 Terminate log",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_leaves_no_time() {
    let play = Play::start(pod(RestartPolicy::Always, &["a: stubborn"]));
    play.stop_after(5, None).await;
    play.ask_after(1, PodRequest::Kill).await;
    play.ends("Failed", "0 create a; 0 start a; 5 Terminate a; 6 Kill a").await;
}

fn change(pod: &mut Pod, name: &str, change: impl FnOnce(&mut ContainerSpec)) {
    let mut all = pod.spec.init_containers.iter_mut().chain(&mut pod.spec.containers);
    change(all.find(|container| container.name.as_str() == name).unwrap());
}

fn exec_hook(words: &[&str]) -> Option<HookHandler> {
    Some(HookHandler::Exec(words.iter().map(|word| (*word).to_owned()).collect()))
}

fn exec_probe(words: &[&str]) -> Option<Probe> {
    let command = words.iter().map(|word| (*word).to_owned()).collect();
    let handler = ProbeHandler::Exec(command);
    Some(Probe { handler, failure_threshold: 1, ..lifecycle::tests::probe() })
}

#[tokio::test(start_paused = true)]
async fn hooks_run_in_their_turns() {
    let mut pod = pod(RestartPolicy::Always, &["a: stubborn", "b: forever"]);
    change(&mut pod, "a", |a| {
        a.post_start = exec_hook(&["begin", "run 3"]);
        a.pre_stop = exec_hook(&["end", "run 4", "exit 1"]);
    });
    let play = Play::start(pod);
    play.stop_after(10, Some(9)).await;
    let mut play = play
        .ends(
            "Failed",
            "0 create a; 0 start a; 0 exec a begin run 3; 3 create b; 3 start b; \
             10 exec a end run 4 exit 1; 10 Terminate b; 14 Terminate a; 19 Kill a",
        )
        .await;
    assert_eq!(play.notices("FailedPreStopHook").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_after_the_start_ends_the_container() {
    let mut pod = pod(RestartPolicy::Never, &["a: forever"]);
    change(&mut pod, "a", |a| a.post_start = exec_hook(&["begin", "exit 1"]));
    let mut play = Play::start(pod)
        .ends("Failed", "0 create a; 0 start a; 0 exec a begin exit 1; 0 Terminate a")
        .await;
    assert_eq!(play.notices("FailedPostStartHook").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_container_that_does_not_answer_is_started_again() {
    let mut pod = pod(RestartPolicy::Always, &["a: forever"]);
    change(&mut pod, "a", |a| a.liveness_probe = exec_probe(&["check", "run 60"]));
    let play = Play::start(pod);
    play.stop_after(5, None).await;
    play.ends(
        "Failed",
        "0 create a; 0 start a; 0 exec a check run 60; 1 Terminate a; 1 create a; 1 start a; \
         1 exec a check run 60; 2 Terminate a",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_probe_ends_with_its_container() {
    let mut pod = pod(RestartPolicy::Never, &["a: run 3"]);
    change(&mut pod, "a", |a| {
        let probe = exec_probe(&["check", "forever"]).unwrap();
        a.liveness_probe = Some(Probe { timeout_seconds: 3600, ..probe });
    });
    Play::start(pod).ends("Succeeded", "0 create a; 0 start a; 0 exec a check forever").await;
}

#[tokio::test(start_paused = true)]
async fn a_changed_image_starts_its_container_again() {
    let changed = |pod: &Pod| {
        let mut pod = pod.clone();
        change(&mut pod, "a", |a| a.image = "example/image:1@later".to_owned());
        let image = "example/image:1".to_owned();
        let mut debug = ContainerSpec::new("debug".into(), ContainerKind::Ephemeral, image);
        debug.args = vec!["run 1".to_owned()];
        pod.spec.ephemeral_containers.push(debug);
        pod
    };
    let pod = pod(RestartPolicy::Never, &["a: forever", "b: run 8"]);
    let update = PodRequest::Update(Arc::new(changed(&pod)));
    let play = Play::start(pod);
    play.ask_after(5, update).await;
    play.stop_after(20, None).await;
    play.ends(
        "Failed",
        "0 create a; 0 start a; 0 create b; 0 start b; 5 Terminate a; 5 create debug; \
         5 start debug",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_for_another_system_is_rejected() {
    let mut pod = pod(RestartPolicy::Always, &["a: forever"]);
    pod.spec.os = Some("windows".to_owned());
    let mut play = Play::start(pod).ends("Failed", "").await;
    assert_eq!(play.notices("PodOSNotSupported").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_eviction_ends_the_pod() {
    let play = Play::start(pod(RestartPolicy::Always, &["a: stubborn"]));
    let (message, grace_seconds) = ("too much".to_owned(), 1);
    play.ask_after(5, PodRequest::Evict { message, grace_seconds }).await;
    play.ends("Failed", "0 create a; 0 start a; 5 Terminate a; 7 Kill a").await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_cannot_make_is_tried_again() {
    let play = Play::start(pod(RestartPolicy::Never, &["a: broken"]));
    play.stop_after(15, None).await;
    let mut play = play.ends("Failed", "0 create a; 10 create a").await;
    assert_eq!(play.notices("Failed"), ["Error: no disk", "Error: no disk"]);
    let play = Play::start(pod(RestartPolicy::Never, &["a: cramped"]));
    play.stop_after(15, None).await;
    let starts = "0 create a; 0 start a; 10 create a; 10 start a";
    let mut play = play.ends("Failed", starts).await;
    assert_eq!(play.notices("Failed"), ["Error: no room", "Error: no room"]);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_cannot_run_has_ended_with_128() {
    let mut play =
        Play::start(pod(RestartPolicy::Never, &["a: corrupt"])).ends("Failed", "0 create a").await;
    assert_eq!(play.notices("Failed"), ["Error: no program"]);
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_cannot_be_made_holds_up_the_pod() {
    let mut pod = pod(RestartPolicy::Never, &["a: run 1"]);
    let medium = EmptyDirMedium::Other("Gold".to_owned());
    let source = VolumeSource::EmptyDir { medium, size_limit: None };
    pod.spec.volumes = vec![Volume { name: "data".to_owned(), source }];
    let play = Play::start(pod);
    play.stop_after(25, None).await;
    let mut play = play.ends("Failed", "").await;
    let expected = "MountVolume.SetUp failed for volume \"data\" : unknown storage medium \"Gold\"";
    assert_eq!(play.notices("FailedMount"), [expected; 3]);
}
