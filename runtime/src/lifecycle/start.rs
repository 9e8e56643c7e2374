//! What is started, and in which order.
//!
//! Ephemeral containers first, then the init containers up to where the initialisation has got to,
//! then the regular containers. Starts are strictly one after another, as the kubelet's: an image
//! that is slow to come, or a postStart hook, holds up what follows; a start that failed does not.

use std::time::Duration;

use super::plan::{Action, Plan};
use super::restart::restarts;
use super::state::{ContainerState, PodState, Stage};
use super::time::Now;
use crate::spec::{Container, ContainerKind, PodSpec};

/// For how long a failed pull is told as such before it is told that its next try has to wait.
const TOLD_AS_FAILED: Duration = Duration::from_secs(1);

/// Plans what is due to be started.
pub(super) fn plan(spec: &PodSpec, state: &PodState, now: Now, plan: &mut Plan) {
    // Where the initialisation has got to: what stands before is done, but for its sidecars.
    let has_begun = |c: &Container| state.container(&c.name).created_here > 0;
    let reached = spec.init_containers.iter().rposition(has_begun);
    let is_starting = |c: &ContainerState| match c.running() {
        // One whose postStart hook has failed is on its way out, and held to be started until it is.
        Some(running) => running.is_starting() || running.hook_failed,
        None => c.is_active(),
    };
    let is_free = !state.containers.values().any(is_starting);
    let mut starter = Starter { state, now, plan, is_free };
    for container in &spec.ephemeral_containers {
        if state.container(&container.name).last.is_none() {
            starter.start(container);
        }
    }
    for (index, container) in spec.init_containers.iter().enumerate() {
        let is_behind = state.initialized || Some(index) < reached;
        let known = state.container(&container.name);
        let is_sidecar = container.kind == ContainerKind::Sidecar;
        if !is_sidecar && (is_behind || has_succeeded(known)) {
            continue;
        }
        if !is_sidecar || known.running().is_none() {
            starter.start(container);
        }
        let lets_on = is_behind || (is_sidecar && known.has_started());
        if !lets_on {
            return;
        }
    }
    // What has not been tried yet comes before what is started again: the kubelet goes through all of
    // them before it begins anew.
    let is_new = |container: &&Container| state.container(&container.name).attempts == 0;
    let (new, tried): (Vec<_>, Vec<_>) = spec.containers.iter().partition(is_new);
    for container in new.into_iter().chain(tried) {
        if !has_ended_for_good(spec, state, container) {
            starter.start(container);
        }
    }
}

/// Returns whether a container ran, ended, and will not be started again.
pub(super) fn has_ended_for_good(spec: &PodSpec, state: &PodState, container: &Container) -> bool {
    let known = state.container(&container.name);
    // What ended before all began anew counts no more; what ended in a sandbox that was lost does,
    // but for the initialisation.
    let counts =
        known.created_here > 0 || (container.kind != ContainerKind::Init && known.has_crashed());
    match &known.last {
        Some(run) if !known.is_active() && counts => !restarts(spec, container, run),
        _ => false,
    }
}

fn has_succeeded(known: &ContainerState) -> bool {
    !known.is_active()
        && known.created_here > 0
        && known.last.as_ref().is_some_and(|run| run.ended.exit_code == 0)
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
            Stage::Idle => self.start_idle(container, state),
        }
    }

    fn start_idle(&mut self, container: &Container, state: &ContainerState) {
        let due = due_at(state);
        if due <= self.now.monotonic {
            if self.is_free {
                self.plan.act(Action::PullImage { container: container.name.clone() });
                self.is_free = false;
            }
            return;
        }
        self.plan.wake(due);
        let Some(failure) = &state.failed else { return };
        if !failure.problem.is_failed_pull() || failure.backs_off {
            return;
        }
        let told_until = failure.at + TOLD_AS_FAILED;
        if told_until <= self.now.monotonic {
            self.plan.act(Action::BackOff { container: container.name.clone() });
        } else {
            self.plan.wake(told_until);
        }
    }
}

/// Returns when a container that is idle may be tried next.
pub(super) fn due_at(state: &ContainerState) -> Duration {
    let crashed = state.last.as_ref().filter(|_| state.has_crashed());
    let crash = crashed.map(|run| state.crash.restart_at(run.finished.monotonic));
    let failed = state.failed.as_ref().map(|failure| failure.retry_at);
    crash.max(failed).unwrap_or(Duration::ZERO)
}
