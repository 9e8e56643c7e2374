//! How a pod is stopped.
//!
//! Every container has the same budget, from the same start. Regular and init containers are
//! asked to end at once; a sidecar when all of them, and every later sidecar, have ended, or when
//! the budget is used up. One that was asked is killed when the budget is used up, but has at
//! least two seconds. A grace of zero kills.

use std::time::Duration;

use super::plan::{Action, Plan};
use super::state::{PodState, Sandbox, Stage, Stop};
use super::time::Now;
use crate::spec::{Container, ContainerKind, Pod};

/// The least that a container gets between being asked and being killed.
const GRACE_MIN: Duration = Duration::from_secs(2);

pub(super) fn plan(pod: &Pod, state: &PodState, stop: &Stop, now: Now, plan: &mut Plan) {
    let mut others_ended = true;
    let (sidecars, others): (Vec<_>, Vec<_>) =
        pod.spec.all_containers().partition(|c| c.kind == ContainerKind::Sidecar);
    for container in others {
        stop_container(state, container, stop, stop.since, now, plan);
        others_ended &= !state.container(&container.name).is_active();
    }
    for container in sidecars.into_iter().rev() {
        let turn = if others_ended { now.monotonic } else { stop.since + stop.grace };
        stop_container(state, container, stop, turn, now, plan);
        others_ended &= !state.container(&container.name).is_active();
    }
    if others_ended {
        match state.sandbox {
            Sandbox::Absent | Sandbox::Ready | Sandbox::Failed { .. } => {
                plan.act(Action::RemoveSandbox);
            }
            Sandbox::Preparing | Sandbox::Removing | Sandbox::Removed => {}
        }
    }
}

/// Plans the next step towards the end of one container, whose turn comes at `turn`.
fn stop_container(
    state: &PodState,
    container: &Container,
    stop: &Stop,
    turn: Duration,
    now: Now,
    plan: &mut Plan,
) {
    let known = state.container(&container.name);
    let name = container.name.clone();
    let attempt = known.attempts.saturating_sub(1);
    let Stage::Running(running) = &known.stage else {
        if known.is_active() {
            plan.act(Action::Abandon { container: name });
        }
        return;
    };
    if running.killed {
        return;
    }
    if stop.grace.is_zero() {
        plan.act(Action::Kill { container: name, attempt });
        return;
    }
    match running.kill_at {
        Some(kill_at) if kill_at <= now.monotonic => {
            plan.act(Action::Kill { container: name, attempt });
        }
        Some(kill_at) => plan.wake(kill_at),
        None if turn <= now.monotonic => {
            let left = (stop.since + stop.grace).saturating_sub(now.monotonic);
            let kill_after = left.max(GRACE_MIN);
            plan.act(Action::Terminate { container: name, attempt, kill_after });
        }
        None => plan.wake(turn),
    }
}
