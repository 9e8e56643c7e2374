//! What must hold whatever happens.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::core::v1::{PodCondition, PodStatus};

use crate::lifecycle::{Action, Event, Now, PodState, ProbeKind, Stage};
use crate::spec::{Container, ContainerKind, ContainerName, Pod};

/// What was seen so far.
#[derive(Default)]
pub(super) struct Checks {
    stop_begun: bool,
    terminal: Option<String>,
    /// Which probes were asked and have not answered.
    asked: BTreeSet<(ContainerName, u32, ProbeKind)>,
    /// Which runs were asked to end, and by when.
    terminated: BTreeMap<(ContainerName, u32), Duration>,
    /// Which runs had their hook before the end.
    pre_stopped: BTreeSet<(ContainerName, u32)>,
    kill_requested: bool,
}

impl Checks {
    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::StopRequested { .. } | Event::Evicted { .. } => self.stop_begun = true,
            Event::KillRequested => (self.stop_begun, self.kill_requested) = (true, true),
            Event::Probed { container, attempt, probe, .. } => {
                self.asked.remove(&(container.clone(), *attempt, *probe));
            }
            _ => {}
        }
    }

    /// Checks an action, before it is taken up.
    pub(super) fn action(&mut self, pod: &Pod, state: &PodState, action: &Action, now: Now) {
        match action {
            Action::Stop { .. } => self.stop_begun = true,
            Action::RemoveSandbox => {
                let mut all = pod.spec.all_containers();
                let is_active = |c: &Container| state.container(&c.name).is_active();
                assert!(!all.any(is_active), "the sandbox is removed under somebody's feet");
            }
            Action::PrepareSandbox | Action::PullImage { .. } => self.may_start(),
            Action::Start { container, .. } => {
                self.may_start();
                assert_turn(pod, state, container);
            }
            Action::Probe { container, attempt, probe } => {
                let is_new = self.asked.insert((container.clone(), *attempt, *probe));
                assert!(is_new, "{container} is asked twice at a time");
                assert_is_current(state, container, *attempt);
            }
            Action::RunHook { container, attempt, .. } => {
                let is_new = self.pre_stopped.insert((container.clone(), *attempt));
                assert!(is_new, "{container} has its hook twice");
                let was_asked = self.terminated.contains_key(&(container.clone(), *attempt));
                assert!(!was_asked, "{container} has its hook after it was asked to end");
            }
            Action::Terminate { container, attempt, grace } => {
                assert!(grace.as_secs() >= 2, "{container} has at least two seconds");
                let deadline = now.monotonic + *grace;
                let before = self.terminated.insert((container.clone(), *attempt), deadline);
                let has_less = before.is_none_or(|before| deadline < before);
                assert!(has_less, "{container} is asked to end again, and has as much time");
                assert_is_current(state, container, *attempt);
                self.assert_sidecars_last(pod, state, container);
            }
            Action::Kill { container, attempt } => {
                let was_asked = self.terminated.contains_key(&(container.clone(), *attempt));
                assert!(was_asked || self.kill_requested, "{container} is killed unasked");
                assert_is_current(state, container, *attempt);
            }
            Action::BackOff { .. }
            | Action::Abandon { .. }
            | Action::AbandonHook { .. }
            | Action::End { .. }
            | Action::RestartAllContainers => {}
        }
    }

    fn may_start(&self) {
        assert!(!self.stop_begun, "nothing starts once a stop has begun");
        assert_eq!(self.terminal, None, "nothing starts in a terminal phase");
    }

    /// A pod that is stopped asks a sidecar only when what came later has ended, or time is up.
    fn assert_sidecars_last(&self, pod: &Pod, state: &PodState, name: &ContainerName) {
        let is_sidecar = |c: &&Container| c.kind == ContainerKind::Sidecar && c.name == *name;
        let Some(_) = pod.spec.init_containers.iter().find(is_sidecar) else { return };
        if !self.stop_begun {
            return;
        }
        let running = pod.spec.containers.iter().filter(|c| state.container(&c.name).is_active());
        for container in running {
            let known = state.container(&container.name);
            let run = (container.name.clone(), known.attempts - 1);
            assert!(
                self.terminated.contains_key(&run) || self.kill_requested || is_late(known),
                "{name} is asked to end before {}",
                container.name
            );
        }
    }

    /// Checks how one status follows another.
    pub(super) fn status(
        &mut self,
        state: &PodState,
        before: &PodStatus,
        status: &PodStatus,
        now: Now,
    ) {
        let phase = status.phase.clone().expect("there is always a phase");
        if let Some(terminal) = &self.terminal {
            assert_eq!(*terminal, phase, "a terminal phase stays");
        } else if phase == "Succeeded" || phase == "Failed" {
            assert!(state.stop_cause().is_some(), "it is {phase}, and goes on: {state:#?}");
            self.terminal = Some(phase);
        }
        let conditions = |status: &PodStatus| status.conditions.clone().unwrap_or_default();
        for condition in conditions(status) {
            let old = conditions(before).into_iter().find(|old| old.type_ == condition.type_);
            assert_transition(old.as_ref(), &condition, now);
        }
        let is_true = |kind: &str| {
            conditions(status)
                .iter()
                .any(|condition| condition.type_ == kind && condition.status == "True")
        };
        assert!(!is_true("Ready") || is_true("ContainersReady"), "ready without its containers");
        let all = status.container_statuses.iter().flatten();
        for container in all.chain(status.init_container_statuses.iter().flatten()) {
            let state = container.state.as_ref().expect("there is always a state");
            let ended_well = state.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0);
            assert!(!container.ready || state.running.is_some() || ended_well);
            assert!(container.started != Some(true) || state.running.is_some());
        }
    }

    /// Checks a pod of which nothing is left.
    pub(super) fn over(&self, state: &PodState) {
        assert!(self.terminal.is_some(), "a pod that is over has a terminal phase: {state:?}");
    }
}

/// Whether a container was only just started, or is about to be: its own end has not begun yet.
fn is_late(known: &crate::lifecycle::ContainerState) -> bool {
    !matches!(known.stage, Stage::Running(_))
        || known.running().is_some_and(|running| running.ending.is_some())
}

fn assert_transition(old: Option<&PodCondition>, new: &PodCondition, now: Now) {
    let since = new.last_transition_time.as_ref().expect("it says since when").0;
    match old {
        Some(old) if old.status == new.status => {
            let before = old.last_transition_time.as_ref().map(|time| time.0);
            assert_eq!(before, Some(since), "{} moved without a change", new.type_);
        }
        _ => assert_eq!(since, now.wall, "{} changed unnoticed", new.type_),
    }
}

fn assert_is_current(state: &PodState, name: &ContainerName, attempt: u32) {
    let known = state.container(name);
    assert!(known.running().is_some(), "{name} does not run");
    assert_eq!(known.attempts, attempt + 1, "{name} is at another run");
}

/// A regular container starts only after every init container is done, or started.
fn assert_turn(pod: &Pod, state: &PodState, name: &ContainerName) {
    let spec = &pod.spec;
    let is_starting =
        |c: &&Container| matches!(state.container(&c.name).stage, Stage::Starting | Stage::Pulling);
    assert_eq!(spec.all_containers().filter(is_starting).count(), 0, "starts are serial");
    let is_ephemeral = spec.ephemeral_containers.iter().any(|c| c.name == *name);
    let has_begun = spec.containers.iter().any(|c| state.container(&c.name).created_here > 0);
    if is_ephemeral || has_begun {
        return;
    }
    let own = spec.all_containers().position(|c| c.name == *name).unwrap();
    for container in spec.init_containers.iter().take(own) {
        let known = state.container(&container.name);
        assert!(known.created_here > 0, "{name} starts before {}", container.name);
        if container.kind == ContainerKind::Init {
            let code = known.last.as_ref().map(|run| run.ended.exit_code);
            assert_eq!(code, Some(0), "{name} starts before {} is done", container.name);
        }
    }
}
