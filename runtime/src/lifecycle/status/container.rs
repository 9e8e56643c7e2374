//! The status of one container.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::{
    ContainerState as State, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, ResourceRequirements, VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::lifecycle::event::{REMOVED_FOR_RESTART, RESTARTING_ALL};
use crate::lifecycle::notice::full_name;
use crate::lifecycle::start::{due_at, has_ended_for_good};
use crate::lifecycle::state::{ContainerState, PodState, Run, Running, Stage};
use crate::lifecycle::time::Now;
use crate::spec::{Container, ContainerKind, Pod, Resources, quantity};

/// What is told of a container that never ran in a pod that is over.
const NOT_LOCATED: &str = "The container could not be located when the pod was terminated";

pub(super) fn container_status(
    pod: &Pod,
    pod_state: &PodState,
    container: &Container,
    now: Now,
) -> ContainerStatus {
    let known = pod_state.container(&container.name);
    let visible = known.running().filter(|running| !running.is_starting());
    let (current, last) = if let Some(running) = visible {
        (running_state(running), known.last.as_ref())
    } else if is_waiting(pod, pod_state, container, known) {
        (waiting_state(pod, pod_state, container, known, now), known.last.as_ref())
    } else {
        let ended = known.last.as_ref().map(|run| terminated_state(pod, container, run));
        (ended.unwrap_or_else(not_located), known.previous.as_ref())
    };
    let succeeded = current.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0);
    let resources = resources(container, known);
    let image = known.running().map_or(&container.image, |_| &known.image);
    let id = known.running().map(|_| known.attempt());
    let id = id.or_else(|| current.terminated.as_ref().and(known.last.as_ref().map(|r| r.attempt)));
    ContainerStatus {
        name: container.name.as_str().to_owned(),
        image: image.clone(),
        image_id: if known.created > 0 { known.image_id.clone() } else { String::new() },
        container_id: id.map(|attempt| container_id(pod, container, attempt)),
        ready: visible.is_some_and(|running| is_ready(container, running))
            || (container.kind == ContainerKind::Init && succeeded),
        started: Some(visible.is_some_and(Running::has_started)),
        state: Some(current),
        last_state: last.map(|run| terminated_state(pod, container, run)),
        restart_count: i32::try_from(known.restarts()).unwrap_or(i32::MAX),
        volume_mounts: volume_mounts(container),
        allocated_resources: resources.and_then(allocated),
        resources: resources.map(requirements),
        ..ContainerStatus::default()
    }
}

/// Returns what may change while a container is there: of those that run on, and not before.
fn resources<'a>(container: &'a Container, known: &ContainerState) -> Option<&'a Resources> {
    let runs_on = matches!(container.kind, ContainerKind::Regular | ContainerKind::Sidecar);
    (runs_on && known.created > 0).then_some(&container.resources)
}

/// Returns what is asked for.
pub(super) fn allocated(resources: &Resources) -> Option<BTreeMap<String, Quantity>> {
    amounts(&resources.requests)
}

/// Returns what is asked for and what may be used.
pub(super) fn requirements(resources: &Resources) -> ResourceRequirements {
    ResourceRequirements {
        limits: amounts(&resources.limits),
        requests: amounts(&resources.requests),
        claims: None,
    }
}

fn amounts(amounts: &BTreeMap<String, quantity::Quantity>) -> Option<BTreeMap<String, Quantity>> {
    let amounts: BTreeMap<_, _> =
        amounts.iter().map(|(name, amount)| (name.clone(), Quantity(amount.to_string()))).collect();
    (!amounts.is_empty()).then_some(amounts)
}

/// Returns what it mounts, as it is.
fn volume_mounts(container: &Container) -> Option<Vec<VolumeMountStatus>> {
    let mounts = container.volume_mounts.iter().map(|mount| VolumeMountStatus {
        name: mount.name.clone(),
        mount_path: mount.mount_path.clone(),
        read_only: mount.read_only.then_some(true),
        // As the kubelet has it of every read-only mount that does not ask for more.
        recursive_read_only: mount.read_only.then(|| "Disabled".to_owned()),
        ..VolumeMountStatus::default()
    });
    (!container.volume_mounts.is_empty()).then(|| mounts.collect())
}

/// Returns whether a container that runs can serve. Of those that serve nobody it is not asked.
fn is_ready(container: &Container, running: &Running) -> bool {
    match container.kind {
        ContainerKind::Regular | ContainerKind::Sidecar => running.is_ready(),
        ContainerKind::Init | ContainerKind::Ephemeral => false,
    }
}

/// Returns whether a container that does not run is going to, as far as anybody can see.
fn is_waiting(
    pod: &Pod,
    pod_state: &PodState,
    container: &Container,
    known: &ContainerState,
) -> bool {
    if known.is_active() {
        return true;
    }
    if known.last.is_none() {
        return !pod_state.is_over() || !has_initialized(pod, pod_state);
    }
    if is_restarting(pod_state, container) {
        return true;
    }
    let is_done = known.last.as_ref().is_some_and(|run| run.ended.exit_code == 0)
        && container.kind == ContainerKind::Init
        && known.created_here > 0;
    pod_state.stop.is_none() && !is_done && !has_ended_for_good(&pod.spec, pod_state, container)
}

/// Returns whether a container is started again with all others.
fn is_restarting(pod_state: &PodState, container: &Container) -> bool {
    pod_state.stop.is_none()
        && pod_state.restart_all.is_some()
        && container.kind != ContainerKind::Ephemeral
}

/// Returns whether the initialisation was over at some time, for all that is known.
fn has_initialized(pod: &Pod, state: &PodState) -> bool {
    let is_done = |container: &Container| {
        let known = state.container(&container.name);
        match container.kind {
            ContainerKind::Sidecar => known.has_started(),
            _ => known.last.as_ref().is_some_and(|run| run.ended.exit_code == 0),
        }
    };
    state.initialized || pod.spec.init_containers.last().is_none_or(is_done)
}

/// Returns an identifier that no other run has.
fn container_id(pod: &Pod, container: &Container, attempt: u32) -> String {
    format!("wasmpod://{}.{}.{attempt}", pod.metadata.uid, container.name)
}

fn running_state(running: &Running) -> State {
    let running = ContainerStateRunning { started_at: Some(Time(running.started.wall)) };
    State { running: Some(running), ..State::default() }
}

fn waiting_state(
    pod: &Pod,
    pod_state: &PodState,
    container: &Container,
    known: &ContainerState,
    now: Now,
) -> State {
    let is_due = due_at(known) <= now.monotonic;
    let (reason, message) = match &known.failed {
        _ if is_restarting(pod_state, container) && known.last.is_some() => {
            (RESTARTING_ALL, Some(REMOVED_FOR_RESTART.to_owned()))
        }
        Some(failure) if failure.backs_off => {
            let message = format!("Back-off pulling image {:?}", container.image);
            ("ImagePullBackOff", Some(format!("{message}: {}", failure.problem.message)))
        }
        Some(failure) if failure.retry_at > now.monotonic || is_due => {
            (failure.problem.reason, Some(failure.problem.message.clone()))
        }
        _ if known.stage == Stage::Idle && !is_due => {
            ("CrashLoopBackOff", Some(crash_message(pod, container, known.crash.delay())))
        }
        _ if known.hook_failure.is_some() => ("PostStartHookError", known.hook_failure.clone()),
        _ if pod.spec.init_containers.is_empty() => ("ContainerCreating", None),
        _ => ("PodInitializing", None),
    };
    let waiting = ContainerStateWaiting { reason: Some(reason.to_owned()), message };
    State { waiting: Some(waiting), ..State::default() }
}

fn crash_message(pod: &Pod, container: &Container, delay: Duration) -> String {
    let (name, pod) = (&container.name, full_name(pod));
    format!("back-off {} restarting failed container={name} pod={pod}", go_duration(delay))
}

/// Returns whole seconds as Go prints a duration, e.g. `2m40s`.
fn go_duration(duration: Duration) -> String {
    match (duration.as_secs() / 60, duration.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

fn terminated_state(pod: &Pod, container: &Container, run: &Run) -> State {
    let terminated = ContainerStateTerminated {
        exit_code: run.ended.exit_code,
        reason: Some(run.ended.reason.as_str().to_owned()),
        message: run.ended.message.clone(),
        started_at: run.started.map(|started| Time(started.wall)),
        finished_at: Some(Time(run.finished.wall)),
        container_id: Some(container_id(pod, container, run.attempt)),
        ..ContainerStateTerminated::default()
    };
    State { terminated: Some(terminated), ..State::default() }
}

fn not_located() -> State {
    let terminated = ContainerStateTerminated {
        exit_code: 137,
        reason: Some("ContainerStatusUnknown".to_owned()),
        message: Some(NOT_LOCATED.to_owned()),
        ..ContainerStateTerminated::default()
    };
    State { terminated: Some(terminated), ..State::default() }
}
