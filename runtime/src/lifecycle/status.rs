//! What the world sees of a pod: a Kubernetes PodStatus.

mod container;

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{ContainerStatus, HostIP, PodCondition, PodIP, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use self::container::{allocated, container_status, requirements};
use super::conditions::{Facts, conditions};
use super::phase::{Phase, phase};
use super::restart::{restarts, restarts_after};
use super::state::{ContainerState, PodState, Sandbox, StopCause};
use super::time::Now;
use crate::spec::{Container, ContainerKind, Pod};

/// What is told of a pod that outlived `activeDeadlineSeconds`.
pub(super) const DEADLINE_EXCEEDED: &str =
    "Pod was active on the node longer than the specified deadline";

/// Returns the status of a pod.
///
/// `before`: the conditions that it had, of which those that are not the kubelet's are kept.
///
/// The statuses of init containers keep the order of the spec, those of regular containers are
/// sorted by name, as the kubelet's.
pub fn status(pod: &Pod, state: &PodState, before: &[PodCondition], now: Now) -> PodStatus {
    let of = |container: &Container| container_status(pod, state, container, now);
    let init_statuses: Vec<_> = pod.spec.init_containers.iter().map(of).collect();
    let ephemeral_statuses: Vec<_> = pod.spec.ephemeral_containers.iter().map(of).collect();
    let mut statuses: Vec<_> = pod.spec.containers.iter().map(of).collect();
    statuses.sort_by(|a, b| a.name.cmp(&b.name));

    let phase = pod_phase(pod, state, &init_statuses, &statuses);
    let (reason, message) = if is_forced(state) { reason(state) } else { (None, None) };
    let is_rejected = matches!(state.stop_cause(), Some(StopCause::Rejected(_)));
    let facts = Facts {
        spec: &pod.spec,
        phase,
        statuses: (!is_rejected).then(|| init_statuses.iter().chain(&statuses).collect()),
        has_sandbox: state.sandbox == Sandbox::Ready,
        restarts_all: state.restart_all.is_some(),
        before,
    };
    let conditions = conditions(&facts, now);
    let (host_ips, pod_ips) = (texts(&state.addresses.host), texts(&state.addresses.pod));
    PodStatus {
        phase: Some(phase.as_str().to_owned()),
        message,
        reason,
        conditions: Some(conditions),
        host_ip: host_ips.first().cloned(),
        host_ips: some(host_ips.into_iter().map(|ip| HostIP { ip }).collect()),
        pod_ip: pod_ips.first().cloned(),
        pod_ips: some(pod_ips.into_iter().map(|ip| PodIP { ip }).collect()),
        qos_class: Some(pod.spec.qos_class.to_string()),
        allocated_resources: pod.spec.resources.as_ref().and_then(allocated),
        resources: pod.spec.resources.as_ref().map(requirements),
        start_time: Some(Time(state.started.wall)),
        init_container_statuses: some(init_statuses).filter(|_| !is_rejected),
        container_statuses: some(statuses).filter(|_| !is_rejected),
        ephemeral_container_statuses: some(ephemeral_statuses).filter(|_| !is_rejected),
        ..PodStatus::default()
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

/// Returns why the pod is over before its time, with what is told of it.
fn reason(state: &PodState) -> (Option<String>, Option<String>) {
    let (reason, message) = match state.stop_cause() {
        Some(StopCause::DeadlineExceeded) => ("DeadlineExceeded", DEADLINE_EXCEEDED.to_owned()),
        Some(StopCause::Evicted(message)) => ("Evicted", message.clone()),
        Some(StopCause::Rejected(problem)) => {
            (problem.reason, format!("Pod was rejected: {}", problem.message))
        }
        Some(StopCause::Finished | StopCause::Requested) | None => return (None, None),
    };
    (Some(reason.to_owned()), Some(message))
}

/// Returns whether the pod has failed whatever its containers say. Nobody is told as long as one of
/// them may still run (kubelet: `mergePodStatus`): who waits for the phase takes the pod for gone.
fn is_forced(state: &PodState) -> bool {
    let runs = |known: &ContainerState| known.running().is_some();
    matches!(
        state.stop_cause(),
        Some(StopCause::DeadlineExceeded | StopCause::Evicted(_) | StopCause::Rejected(_))
    ) && !state.containers.values().any(runs)
}

fn pod_phase(
    pod: &Pod,
    state: &PodState,
    init_statuses: &[ContainerStatus],
    statuses: &[ContainerStatus],
) -> Phase {
    if is_forced(state) {
        return Phase::Failed;
    }
    let is_active = state.containers.values().any(ContainerState::is_active);
    let is_ending = state.stop_cause().is_some() && !is_active;
    let restarts = |container: &Container, exit_code: i32| {
        let known = state.container(&container.name);
        match &known.last {
            // What is to be initialised again is, however it ended before.
            Some(_) if known.created_here == 0 && container.kind == ContainerKind::Init => true,
            Some(_) if known.is_anew => true,
            Some(run) => restarts(&pod.spec, container, run),
            None => restarts_after(&pod.spec, container, exit_code),
        }
    };
    match phase(&pod.spec, init_statuses, statuses, state.initialized, is_ending, &restarts) {
        // Ended before everything had run once: nothing will come of it any more.
        Phase::Pending | Phase::Running if is_ending => Phase::Failed,
        phase => phase,
    }
}
