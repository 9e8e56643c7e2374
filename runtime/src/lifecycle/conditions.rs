//! The conditions of a pod (kubelet: `pkg/kubelet/status/generate.go`).

use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::phase::Phase;
use super::restart;
use super::time::Now;
use crate::spec::{Container, ContainerKind, PodSpec};

/// What a pod's conditions follow from.
pub(super) struct Facts<'a> {
    pub(super) spec: &'a PodSpec,
    pub(super) phase: Phase,
    /// Of init and regular containers; none if nothing is known yet.
    pub(super) statuses: Option<Vec<&'a ContainerStatus>>,
    /// Whether the sandbox is there, with its addresses.
    pub(super) has_sandbox: bool,
    /// Whether all containers are being ended to begin anew.
    pub(super) restarts_all: bool,
    /// The conditions that the pod had before; those that are not ours are kept.
    pub(super) before: &'a [PodCondition],
}

/// The conditions that are ours.
const OURS: [&str; 6] = [
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
    "AllContainersRestarting",
];

/// Why a condition is not true, with details.
type Reason = (&'static str, Option<String>);

/// Returns the conditions. The time of each moves only when its status changes.
pub(super) fn conditions(facts: &Facts<'_>, now: Now) -> Vec<PodCondition> {
    let containers_ready = containers_ready(facts);
    let mut found = vec![
        condition("PodReadyToStartContainers", facts.has_sandbox, None),
        initialized(facts),
        ready(facts, containers_ready.as_ref()),
        condition("ContainersReady", containers_ready.is_none(), containers_ready),
        condition("PodScheduled", true, None),
    ];
    if restart::may_restart_all(facts.spec) {
        let reason = completed(facts.phase).map(|reason| (reason, None));
        let is_true = facts.restarts_all && reason.is_none();
        found.push(condition("AllContainersRestarting", is_true, reason));
    }
    for condition in &mut found {
        let before = facts.before.iter().find(|before| before.type_ == condition.type_);
        let unchanged = before.filter(|before| before.status == condition.status);
        let since = unchanged.and_then(|before| before.last_transition_time.clone());
        condition.last_transition_time = Some(since.unwrap_or(Time(now.wall)));
    }
    let foreign = facts.before.iter().filter(|before| !OURS.contains(&before.type_.as_str()));
    found.extend(foreign.cloned());
    found
}

fn condition(kind: &str, is_true: bool, reason: Option<Reason>) -> PodCondition {
    let (reason, message) =
        reason.map_or((None, None), |(reason, message)| (Some(reason), message));
    PodCondition {
        type_: kind.to_owned(),
        status: if is_true { "True" } else { "False" }.to_owned(),
        reason: reason.map(str::to_owned),
        message,
        ..PodCondition::default()
    }
}

/// Returns why a pod that is over is not ready.
fn completed(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Succeeded => Some("PodCompleted"),
        Phase::Failed => Some("PodFailed"),
        Phase::Pending | Phase::Running => None,
    }
}

/// Returns why the containers are not all ready, if they are not.
fn containers_ready(facts: &Facts<'_>) -> Option<Reason> {
    let Some(statuses) = &facts.statuses else { return Some(("UnknownContainerStatuses", None)) };
    let (mut unknown, mut unready) = (Vec::new(), Vec::new());
    for container in facts.spec.sidecars().chain(&facts.spec.containers) {
        match status_of(container, statuses) {
            None => unknown.push(container),
            Some(status) if !status.ready => unready.push(container),
            Some(_) => {}
        }
    }
    if let Some(reason) = completed(facts.phase)
        && unknown.is_empty()
    {
        return Some((reason, None));
    }
    let message = missing(&unknown, &unready, "unready");
    message.map(|message| ("ContainersNotReady", Some(message)))
}

fn initialized(facts: &Facts<'_>) -> PodCondition {
    let not_yet = |reason| condition("Initialized", false, Some(reason));
    let Some(statuses) = &facts.statuses else {
        if facts.spec.init_containers.is_empty() {
            return condition("Initialized", true, None);
        }
        return not_yet(("UnknownContainerStatuses", None));
    };
    let (mut unknown, mut incomplete) = (Vec::new(), Vec::new());
    for container in &facts.spec.init_containers {
        let is_sidecar = container.kind == ContainerKind::Sidecar;
        match status_of(container, statuses) {
            None => unknown.push(container),
            Some(status) if is_sidecar && status.started == Some(true) => {}
            Some(status) if !is_sidecar && status.ready => {}
            Some(_) => incomplete.push(container),
        }
    }
    if facts.phase == Phase::Succeeded && unknown.is_empty() {
        return condition("Initialized", true, Some(("PodCompleted", None)));
    }
    let has_run = |container: &Container| {
        let state = status_of(container, statuses).and_then(|status| status.state.as_ref());
        state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
    };
    if facts.spec.containers.iter().any(has_run) {
        return condition("Initialized", true, None);
    }
    match missing(&unknown, &incomplete, "incomplete") {
        None => condition("Initialized", true, None),
        Some(message) => not_yet(("ContainersNotInitialized", Some(message))),
    }
}

fn ready(facts: &Facts<'_>, containers_ready: Option<&Reason>) -> PodCondition {
    if let Some(reason) = containers_ready {
        return condition("Ready", false, Some(reason.clone()));
    }
    let messages = facts.spec.readiness_gates.iter().filter_map(|gate| {
        match facts.before.iter().find(|condition| condition.type_ == *gate) {
            None => Some(format!(
                "corresponding condition of pod readiness gate {gate:?} does not exist."
            )),
            Some(condition) if condition.status != "True" => Some(format!(
                "the status of pod readiness gate {gate:?} is not \"True\", but {}",
                condition.status
            )),
            Some(_) => None,
        }
    });
    let messages: Vec<_> = messages.collect();
    let reason =
        (!messages.is_empty()).then(|| ("ReadinessGatesNotReady", Some(messages.join(", "))));
    condition("Ready", reason.is_none(), reason)
}

fn status_of<'a>(
    container: &Container,
    statuses: &[&'a ContainerStatus],
) -> Option<&'a ContainerStatus> {
    statuses.iter().find(|status| status.name == container.name.as_str()).copied()
}

fn missing(unknown: &[&Container], others: &[&Container], what: &str) -> Option<String> {
    let list = |what: &str, containers: &[&Container]| {
        let names: Vec<_> = containers.iter().map(|c| c.name.as_str()).collect();
        let text = format!("containers with {what} status: [{}]", names.join(" "));
        (!names.is_empty()).then_some(text)
    };
    let lists: Vec<_> = list("unknown", unknown).into_iter().chain(list(what, others)).collect();
    (!lists.is_empty()).then(|| lists.join(", "))
}
