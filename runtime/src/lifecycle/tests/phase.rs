//! Statuses in, phase and conditions out.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, PodCondition,
};

use super::pod;
use crate::lifecycle::conditions::{Facts, conditions};
use crate::lifecycle::phase::{Phase, phase};
use crate::lifecycle::restart::restarts_after;
use crate::lifecycle::time::Now;
use crate::spec::RestartPolicy::{self, Always, Never, OnFailure};
use crate::spec::{Container, Pod};

/// The containers of every pod here.
const CONTAINERS: [&str; 4] = ["i:i", "s:s", "a", "b"];

/// Returns a status from `NAME=STATE`: `new` (waits, never ran), `up` (runs, not started), `started`,
/// `ready`, `again` (waits after a failure), or an exit code.
fn container(word: &str) -> ContainerStatus {
    let (name, text) = word.split_once('=').unwrap();
    let terminated = |exit_code| ContainerState {
        terminated: Some(ContainerStateTerminated { exit_code, ..Default::default() }),
        ..Default::default()
    };
    let waiting =
        ContainerState { waiting: Some(ContainerStateWaiting::default()), ..Default::default() };
    let (state, last_state) = match text {
        "new" => (waiting, None),
        "again" => (waiting, Some(terminated(1))),
        "up" | "started" | "ready" => {
            let running = Some(ContainerStateRunning::default());
            (ContainerState { running, ..Default::default() }, None)
        }
        code => (terminated(code.parse().unwrap()), None),
    };
    ContainerStatus {
        name: name.to_owned(),
        ready: text == "ready" || word == "i=0",
        started: Some(matches!(text, "started" | "ready")),
        state: Some(state),
        last_state,
        ..Default::default()
    }
}

/// Returns the statuses of init and of regular containers.
fn statuses(pod: &Pod, words: &str) -> (Vec<ContainerStatus>, Vec<ContainerStatus>) {
    let is_init = |status: &ContainerStatus| {
        pod.spec.init_containers.iter().any(|c| c.name.as_str() == status.name)
    };
    words.split_whitespace().map(container).partition(is_init)
}

fn phase_of(policy: RestartPolicy, words: &str, is_ending: bool) -> Phase {
    let pod = pod(policy, &CONTAINERS);
    let (init, regular) = statuses(&pod, words);
    let has_initialized = regular
        .iter()
        .any(|status| status.state.as_ref().is_some_and(|state| state.waiting.is_none()));
    let restarts = |container: &Container, code| restarts_after(&pod.spec, container, code);
    phase(&pod.spec, &init, &regular, has_initialized, is_ending, &restarts)
}

#[test]
fn phases() {
    for (policy, words, expected) in [
        (Always, "", Phase::Pending),
        (Always, "i=new s=new a=new b=new", Phase::Pending),
        (Always, "i=up s=new a=new b=new", Phase::Pending),
        (Always, "i=1 s=new a=new b=new", Phase::Pending),
        (Never, "i=1 s=new a=new b=new", Phase::Failed),
        (Always, "i=0 s=up a=new b=new", Phase::Pending),
        (Always, "i=0 s=started a=new b=new", Phase::Pending),
        (Always, "i=0 s=started a=ready b=new", Phase::Pending),
        (Always, "i=0 s=started a=ready", Phase::Pending),
        (Always, "i=0 s=started a=ready b=up", Phase::Running),
        (Always, "i=0 s=up a=ready b=up", Phase::Running),
        (Always, "i=0 s=again a=ready b=ready", Phase::Running),
        (Always, "i=0 s=started a=again b=ready", Phase::Running),
        (Always, "i=0 s=started a=again b=again", Phase::Running),
        (Always, "i=0 s=143 a=0 b=0", Phase::Running),
        (OnFailure, "i=0 s=143 a=0 b=1", Phase::Running),
        (OnFailure, "i=0 s=143 a=0 b=0", Phase::Succeeded),
        (Never, "i=0 s=143 a=0 b=0", Phase::Succeeded),
        (Never, "i=0 s=143 a=0 b=1", Phase::Failed),
        (Never, "i=0 s=143 a=0 b=again", Phase::Failed),
        (Never, "i=0 s=143 a=0 b=ready", Phase::Running),
    ] {
        assert_eq!(phase_of(policy, words, false), expected, "{policy:?}: {words}");
    }
}

#[test]
fn what_is_ending_is_not_started_again() {
    for (words, expected) in [
        ("i=0 s=143 a=0 b=0", Phase::Succeeded),
        ("i=0 s=143 a=0 b=143", Phase::Failed),
        ("i=0 s=ready a=0 b=143", Phase::Running),
    ] {
        assert_eq!(phase_of(Always, words, true), expected, "{words}");
    }
}

/// Returns the conditions as `Type` if true, `Type:Reason(message)` if not.
fn conditions_of(phase: Phase, words: Option<&str>, before: &[PodCondition]) -> String {
    let mut pod = pod(Always, &CONTAINERS);
    pod.spec.readiness_gates = before.iter().map(|condition| condition.type_.clone()).collect();
    let (init, regular) = statuses(&pod, words.unwrap_or_default());
    let facts = Facts {
        spec: &pod.spec,
        phase,
        statuses: words.map(|_| init.iter().chain(&regular).collect()),
        has_sandbox: true,
        restarts_all: false,
        before,
    };
    let now = Now { monotonic: Duration::ZERO, wall: Timestamp::UNIX_EPOCH };
    let text = |condition: &PodCondition| {
        let message = condition.message.as_ref().map(|text| format!("({text})"));
        let reason = condition.reason.as_ref().map(|reason| format!(":{reason}"));
        let sign = if condition.status == "True" { "" } else { "!" };
        let (reason, message) = (reason.unwrap_or_default(), message.unwrap_or_default());
        format!("{sign}{}{reason}{message}", condition.type_)
    };
    let is_told = |condition: &&PodCondition| {
        matches!(condition.type_.as_str(), "Initialized" | "Ready" | "ContainersReady")
    };
    conditions(&facts, now).iter().filter(is_told).map(text).collect::<Vec<_>>().join(" ")
}

#[test]
fn conditions_and_their_reasons() {
    for (phase, words, expected) in [
        (
            Phase::Pending,
            None,
            "!Initialized:UnknownContainerStatuses !Ready:UnknownContainerStatuses \
             !ContainersReady:UnknownContainerStatuses",
        ),
        (
            Phase::Pending,
            Some("i=up s=new a=new b=new"),
            "!Initialized:ContainersNotInitialized(containers with incomplete status: [i s]) \
             !Ready:ContainersNotReady(containers with unready status: [s a b]) \
             !ContainersReady:ContainersNotReady(containers with unready status: [s a b])",
        ),
        (
            Phase::Running,
            Some("i=0 s=ready a=ready b=started"),
            "Initialized !Ready:ContainersNotReady(containers with unready status: [b]) \
             !ContainersReady:ContainersNotReady(containers with unready status: [b])",
        ),
        (
            Phase::Running,
            Some("i=0 s=up a=ready b=ready"),
            "Initialized !Ready:ContainersNotReady(containers with unready status: [s]) \
             !ContainersReady:ContainersNotReady(containers with unready status: [s])",
        ),
        (
            Phase::Running,
            Some("i=0 s=ready a=ready"),
            "Initialized !Ready:ContainersNotReady(containers with unknown status: [b]) \
             !ContainersReady:ContainersNotReady(containers with unknown status: [b])",
        ),
        (Phase::Running, Some("i=0 s=ready a=ready b=ready"), "Initialized Ready ContainersReady"),
        (
            Phase::Succeeded,
            Some("i=0 s=143 a=0 b=0"),
            "Initialized:PodCompleted !Ready:PodCompleted !ContainersReady:PodCompleted",
        ),
        (
            Phase::Failed,
            Some("i=0 s=143 a=0 b=1"),
            "Initialized !Ready:PodFailed !ContainersReady:PodFailed",
        ),
    ] {
        assert_eq!(conditions_of(phase, words, &[]), expected, "{phase} {words:?}");
    }
}

#[test]
fn a_gate_holds_readiness_up_and_nothing_else() {
    for (status, expected) in [
        ("True", "Initialized Ready ContainersReady"),
        (
            "False",
            "Initialized !Ready:ReadinessGatesNotReady(the status of pod readiness gate \
             \"example.com/gate\" is not \"True\", but False) ContainersReady",
        ),
    ] {
        let (type_, status) = ("example.com/gate".to_owned(), status.to_owned());
        let before = [PodCondition { type_, status, ..Default::default() }];
        let words = Some("i=0 s=ready a=ready b=ready");
        assert_eq!(conditions_of(Phase::Running, words, &before), expected);
    }
}
