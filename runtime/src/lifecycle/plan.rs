//! What to do next.

use std::time::Duration;

use super::restart::restarts;
use super::shutdown;
use super::state::{ContainerState, PodState, Sandbox, Stage, StopCause};
use super::time::Now;
use crate::spec::{Container, ContainerKind, ContainerName, Pod, PodSpec};

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
    /// Make and start the container.
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
    /// Ask the container to end.
    Terminate {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
        /// How long it may take before it is killed.
        kill_after: Duration,
    },
    /// End the container.
    Kill {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
    },
    /// Begin to stop the pod. Nothing to perform: that it is begun is enough.
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
        Sandbox::Ready => start_containers(&pod.spec, state, now, &mut plan),
        Sandbox::Preparing | Sandbox::Removing | Sandbox::Removed => {}
    }
    plan
}

/// Returns why the pod has to stop of itself.
fn stop_cause(pod: &Pod, state: &PodState, now: Now, plan: &mut Plan) -> Option<StopCause> {
    if is_finished(&pod.spec, state) {
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

/// Returns whether a container ran, ended, and will not be started again.
pub(super) fn has_ended_for_good(spec: &PodSpec, state: &PodState, container: &Container) -> bool {
    let state = state.container(&container.name);
    match &state.last {
        Some(run) if !state.is_active() => !restarts(spec, container, run.ended.exit_code),
        _ => false,
    }
}

/// Starts what is due. Starts are strictly one after another, as the kubelet's: an image that is
/// slow to come holds up what follows it, one that failed does not.
fn start_containers(spec: &PodSpec, state: &PodState, now: Now, plan: &mut Plan) {
    let initialized = spec.containers.iter().any(|c| state.container(&c.name).created > 0);
    // Where the initialisation has got to: what stands before is done, but for its sidecars.
    let reached = spec.init_containers.iter().rposition(|c| state.container(&c.name).created > 0);
    let is_free = state.containers.values().all(|c| !c.is_active() || c.running().is_some());
    let mut starter = Starter { state, now, plan, is_free };
    for (index, container) in spec.init_containers.iter().enumerate() {
        let is_behind = initialized || Some(index) < reached;
        let known = state.container(&container.name);
        let is_done = match container.kind {
            ContainerKind::Sidecar => known.running().is_some(),
            _ => is_behind || has_succeeded(known),
        };
        if is_done {
            continue;
        }
        starter.start(container);
        if !is_behind {
            return;
        }
    }
    for container in &spec.containers {
        if !has_ended_for_good(spec, state, container) {
            starter.start(container);
        }
    }
}

fn has_succeeded(state: &ContainerState) -> bool {
    !state.is_active() && state.last.as_ref().is_some_and(|run| run.ended.exit_code == 0)
}

/// Plans the starts of one pod.
struct Starter<'a> {
    state: &'a PodState,
    now: Now,
    plan: &'a mut Plan,
    /// Whether no start is under way.
    is_free: bool,
}

impl Starter<'_> {
    /// Plans the next step towards a running container, if it is due and its turn.
    fn start(&mut self, container: &Container) {
        let state = self.state.container(&container.name);
        match state.stage {
            Stage::Running(_) | Stage::Pulling | Stage::Starting => {}
            Stage::Pulled => {
                self.plan.act(Action::Start {
                    container: container.name.clone(),
                    attempt: state.attempts,
                    restart_count: state.created,
                });
            }
            Stage::Idle => {
                let due = due_at(state);
                if due > self.now.monotonic {
                    self.plan.wake(due);
                } else if self.is_free {
                    self.plan.act(Action::PullImage { container: container.name.clone() });
                    self.is_free = false;
                }
            }
        }
    }
}

/// Returns when a container that is idle may be tried next.
pub(super) fn due_at(state: &ContainerState) -> Duration {
    let crash = state.last.as_ref().map(|run| state.crash.restart_at(run.finished.monotonic));
    let failed = state.failed.as_ref().map(|(_, retry_at)| *retry_at);
    crash.max(failed).unwrap_or(Duration::ZERO)
}
