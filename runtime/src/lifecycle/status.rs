//! What the world sees of a pod: a Kubernetes PodStatus.

use std::time::Duration;

use k8s_openapi::api::core::v1::{
    ContainerState as State, ContainerStateRunning, ContainerStateTerminated,
    ContainerStateWaiting, ContainerStatus, PodStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::phase::{Phase, phase};
use super::plan::{due_at, has_ended_for_good};
use super::state::{ContainerState, DEADLINE_EXCEEDED, PodState, Run, Stage, StopCause, full_name};
use super::time::Now;
use crate::spec::{Container, ContainerKind, Pod};

/// Returns the status of a pod.
///
/// The statuses of init containers keep the order of the spec, those of regular containers are
/// sorted by name, as the kubelet's.
pub fn status(pod: &Pod, state: &PodState, now: Now) -> PodStatus {
    let of = |container: &Container| container_status(pod, state, container, now);
    let init_statuses: Vec<_> = pod.spec.init_containers.iter().map(of).collect();
    let mut statuses: Vec<_> = pod.spec.containers.iter().map(of).collect();
    statuses.sort_by(|a, b| a.name.cmp(&b.name));

    let (phase, reason) = pod_phase(pod, state, &init_statuses, &statuses);
    PodStatus {
        phase: Some(phase.as_str().to_owned()),
        message: reason.map(|_| DEADLINE_EXCEEDED.to_owned()),
        reason: reason.map(str::to_owned),
        start_time: Some(Time(state.started.wall)),
        init_container_statuses: (!init_statuses.is_empty()).then_some(init_statuses),
        container_statuses: Some(statuses),
        ..PodStatus::default()
    }
}

fn pod_phase(
    pod: &Pod,
    state: &PodState,
    init_statuses: &[ContainerStatus],
    statuses: &[ContainerStatus],
) -> (Phase, Option<&'static str>) {
    let has_initialized = pod.spec.containers.iter().any(|c| state.container(&c.name).created > 0);
    let is_active = state.containers.values().any(ContainerState::is_active);
    match state.stop_cause() {
        Some(StopCause::DeadlineExceeded) => return (Phase::Failed, Some("DeadlineExceeded")),
        // Ended before everything had run once: nothing will come of it any more.
        Some(StopCause::Requested) if !is_active && !has_all_run(pod, state) => {
            return (Phase::Failed, None);
        }
        _ => {}
    }
    let is_ending = state.stop_cause().is_some() && !is_active;
    (phase(&pod.spec, init_statuses, statuses, has_initialized, is_ending), None)
}

fn has_all_run(pod: &Pod, state: &PodState) -> bool {
    pod.spec.containers.iter().all(|c| state.container(&c.name).last.is_some())
}

fn container_status(
    pod: &Pod,
    pod_state: &PodState,
    container: &Container,
    now: Now,
) -> ContainerStatus {
    let state = pod_state.container(&container.name);
    let is_waiting = match state.stage {
        Stage::Running(_) => false,
        Stage::Idle => {
            state.last.is_none()
                || (pod_state.stop.is_none()
                    && !has_ended_for_good(&pod.spec, pod_state, container)
                    && !is_done_init(container, state))
        }
        Stage::Pulling | Stage::Pulled | Stage::Starting => true,
    };
    let (current, last) = if let Some(running) = state.running() {
        (running_state(running.started), state.last.as_ref())
    } else if is_waiting {
        (waiting_state(pod, container, state, now), state.last.as_ref())
    } else {
        (state.last.as_ref().map(terminated_state).unwrap_or_default(), state.previous.as_ref())
    };
    let is_running = current.running.is_some();
    let succeeded = current.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0);
    ContainerStatus {
        name: container.name.as_str().to_owned(),
        image: container.image.clone(),
        state: Some(current),
        last_state: last.map(terminated_state),
        ready: is_running || (container.kind == ContainerKind::Init && succeeded),
        started: Some(is_running),
        restart_count: i32::try_from(state.restarts()).unwrap_or(i32::MAX),
        ..ContainerStatus::default()
    }
}

/// Returns whether this is an init container that has done its work.
fn is_done_init(container: &Container, state: &ContainerState) -> bool {
    container.kind == ContainerKind::Init
        && state.last.as_ref().is_some_and(|run| run.ended.exit_code == 0)
}

fn running_state(started: Now) -> State {
    let running = ContainerStateRunning { started_at: Some(Time(started.wall)) };
    State { running: Some(running), ..State::default() }
}

fn waiting_state(pod: &Pod, container: &Container, state: &ContainerState, now: Now) -> State {
    let (reason, message) = match &state.failed {
        Some((problem, retry_at)) => {
            let is_pull = problem.reason == "ErrImagePull" && *retry_at > now.monotonic;
            let reason = if is_pull { "ImagePullBackOff" } else { problem.reason };
            (reason, Some(problem.message.clone()))
        }
        None if state.stage == Stage::Idle && due_at(state) > now.monotonic => {
            ("CrashLoopBackOff", Some(crash_message(pod, container, state.crash.delay())))
        }
        None if pod.spec.init_containers.is_empty() => ("ContainerCreating", None),
        None => ("PodInitializing", None),
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

fn terminated_state(run: &Run) -> State {
    let terminated = ContainerStateTerminated {
        exit_code: run.ended.exit_code,
        reason: Some(run.ended.reason.as_str().to_owned()),
        message: run.ended.message.clone(),
        started_at: run.started.map(|started| Time(started.wall)),
        finished_at: Some(Time(run.finished.wall)),
        ..ContainerStateTerminated::default()
    };
    State { terminated: Some(terminated), ..State::default() }
}
