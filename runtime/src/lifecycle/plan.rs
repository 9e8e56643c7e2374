//! What to do next.

use std::time::Duration;

use super::ending::{self, EndCause};
use super::event::HookKind;
use super::probe::{self, ProbeKind};
use super::shutdown;
use super::start::{self, has_ended_for_good};
use super::state::{ContainerState, PodState, Running, Sandbox, StopCause};
use super::time::Now;
use crate::spec::{Container, ContainerName, Pod, PodSpec};

/// What to do now, and when to ask again if nothing happens before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be taken up in this order.
    pub actions: Vec<Action>,
    /// On the monotonic clock.
    pub wake_at: Option<Duration>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make the pod's volumes and its sandbox.
    PrepareSandbox,
    /// Make sure that the container's image is in the store, by its pull policy.
    PullImage {
        /// Whose image.
        container: ContainerName,
    },
    /// Know that an image is not asked for again for a while. Nothing to perform.
    BackOff {
        /// Whose image.
        container: ContainerName,
    },
    /// Make and start the container. Its postStart hook follows at once.
    Start {
        /// Which.
        container: ContainerName,
        /// The number of this run, over all that were begun.
        attempt: u32,
        /// How often it was started again, with this start.
        restart_count: u32,
    },
    /// Drop what is under way to start the container.
    Abandon {
        /// Which.
        container: ContainerName,
    },
    /// Run the container's preStop hook.
    RunHook {
        /// Whose.
        container: ContainerName,
        /// In which of its runs.
        attempt: u32,
        /// Which.
        hook: HookKind,
    },
    /// Drop a hook that is under way.
    AbandonHook {
        /// Whose.
        container: ContainerName,
        /// In which of its runs.
        attempt: u32,
        /// Which.
        hook: HookKind,
    },
    /// Ask one of the container's probes.
    Probe {
        /// Whose.
        container: ContainerName,
        /// In which of its runs.
        attempt: u32,
        /// Which.
        probe: ProbeKind,
    },
    /// Begin to end the container. Whatever hook is under way is dropped.
    End {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
        /// Why.
        cause: EndCause,
    },
    /// Ask the container to end.
    Terminate {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
        /// How long it may take before it is killed.
        grace: Duration,
    },
    /// Kill the container.
    Kill {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
    },
    /// Begin anew, from the first init container on. Nothing to perform.
    RestartAllContainers,
    /// Begin to stop the pod. Nothing to perform.
    Stop {
        /// Why.
        cause: StopCause,
    },
    /// Remove the pod's volumes and its sandbox.
    RemoveSandbox,
}

impl Plan {
    pub(super) fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub(super) fn wake(&mut self, at: Duration) {
        self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
    }
}

/// Returns what to do next.
///
/// After its actions were begun, ask again: an action may make the next one possible at once.
pub fn plan(pod: &Pod, state: &PodState, now: Now) -> Plan {
    let mut plan = Plan::default();
    if state.is_over() {
        return plan;
    }
    if let Some(stop) = &state.stop {
        shutdown::plan(pod, state, stop, now, &mut plan);
        return plan;
    }
    if let Some(cause) = stop_cause(pod, state, now, &mut plan) {
        plan.act(Action::Stop { cause });
        return plan;
    }
    match state.sandbox {
        Sandbox::Absent => plan.act(Action::PrepareSandbox),
        Sandbox::Failed { retry_at } if retry_at <= now.monotonic => {
            plan.act(Action::PrepareSandbox);
        }
        Sandbox::Failed { retry_at } => plan.wake(retry_at),
        Sandbox::Ready if state.restart_all.is_some() => end_all(pod, state, now, &mut plan),
        Sandbox::Ready => {
            tend(pod, state, now, &mut plan);
            start::plan(&pod.spec, state, now, &mut plan);
        }
        Sandbox::Preparing | Sandbox::Removing | Sandbox::Removed => {}
    }
    plan
}

/// Returns why the pod has to stop of itself.
fn stop_cause(pod: &Pod, state: &PodState, now: Now, plan: &mut Plan) -> Option<StopCause> {
    if state.restart_all.is_none() && is_finished(&pod.spec, state) {
        return Some(StopCause::Finished);
    }
    let seconds = pod.spec.active_deadline_seconds?;
    let deadline = state.started.monotonic + Duration::from_secs(seconds);
    if deadline <= now.monotonic {
        return Some(StopCause::DeadlineExceeded);
    }
    plan.wake(deadline);
    None
}

/// Returns whether the pod has nothing more to do: an init container failed for good, or every
/// regular container ended for good.
fn is_finished(spec: &PodSpec, state: &PodState) -> bool {
    let init_failed = spec.init_containers.iter().any(|container| {
        let last = &state.container(&container.name).last;
        last.as_ref().is_some_and(|run| run.ended.exit_code != 0)
            && has_ended_for_good(spec, state, container)
    });
    init_failed || spec.containers.iter().all(|c| has_ended_for_good(spec, state, c))
}

/// Looks after the containers that run: asks their probes, and ends those that have to end.
fn tend(pod: &Pod, state: &PodState, now: Now, plan: &mut Plan) {
    for container in pod.spec.all_containers() {
        let known = state.container(&container.name);
        if let Some(running) = known.running() {
            tend_one(container, known, running, now, plan);
        }
    }
}

fn tend_one(
    container: &Container,
    known: &ContainerState,
    running: &Running,
    now: Now,
    plan: &mut Plan,
) {
    let attempt = known.attempt();
    if let Some(ending) = &running.ending {
        let turn = now.monotonic;
        ending::plan(container, attempt, running, ending, turn, now.monotonic, plan);
    } else if let Some(cause) = end_cause(container, known, running) {
        plan.act(Action::End { container: container.name.clone(), attempt, cause });
        return;
    }
    probe::plan(container, running, attempt, now.monotonic, plan);
}

/// Returns why a container that runs has to end, while its pod goes on.
fn end_cause(container: &Container, known: &ContainerState, running: &Running) -> Option<EndCause> {
    if known.image != container.image {
        return Some(EndCause::DefinitionChanged);
    }
    if running.hook_failed {
        return Some(EndCause::PostStartHook);
    }
    running.probes.failed().map(EndCause::of_probe)
}

/// Ends every container, so that all can begin anew. The one whose end started it has ended.
fn end_all(pod: &Pod, state: &PodState, now: Now, plan: &mut Plan) {
    let mut all_ended = true;
    for container in pod.spec.init_containers.iter().chain(&pod.spec.containers) {
        let known = state.container(&container.name);
        all_ended &= !known.is_active();
        match known.running() {
            Some(running) if running.ending.is_none() => {
                let (attempt, cause) = (known.attempt(), EndCause::RestartAllContainers);
                plan.act(Action::End { container: container.name.clone(), attempt, cause });
            }
            Some(running) => tend_one(container, known, running, now, plan),
            None if known.is_active() => {
                plan.act(Action::Abandon { container: container.name.clone() });
            }
            None => {}
        }
    }
    if all_ended {
        plan.act(Action::RestartAllContainers);
    }
}
