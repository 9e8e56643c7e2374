//! How a pod is stopped.
//!
//! Every container has the same budget, from the same start. Its preStop hook runs at once. Then
//! regular and init containers are asked to end; a sidecar when all of them, and every later
//! sidecar, have ended, or when the budget is used up.

use super::ending::{self, EndCause};
use super::plan::{Action, Plan};
use super::probe;
use super::state::{PodState, Sandbox, Stop};
use super::time::Now;
use crate::spec::{Container, ContainerKind, Pod};

/// Plans the next steps of a pod that is being stopped.
pub(super) fn plan(pod: &Pod, state: &PodState, stop: &Stop, now: Now, plan: &mut Plan) {
    let spec = &pod.spec;
    let is_sidecar = |c: &&Container| c.kind == ContainerKind::Sidecar;
    let others = spec.init_containers.iter().filter(|c| !is_sidecar(c)).chain(&spec.containers);
    let mut others_ended = true;
    for container in others {
        end(container, state, stop, true, now, plan);
        others_ended &= !state.container(&container.name).is_active();
    }
    let mut all_ended = others_ended;
    for container in spec.sidecars().rev() {
        end(container, state, stop, all_ended, now, plan);
        all_ended &= !state.container(&container.name).is_active();
    }
    for container in &spec.ephemeral_containers {
        end(container, state, stop, true, now, plan);
        all_ended &= !state.container(&container.name).is_active();
    }
    if all_ended {
        match state.sandbox {
            Sandbox::Absent | Sandbox::Ready | Sandbox::Failed { .. } => {
                plan.act(Action::RemoveSandbox);
            }
            Sandbox::Preparing | Sandbox::Removing | Sandbox::Removed => {}
        }
    }
}

/// Plans the next step towards the end of one container.
fn end(
    container: &Container,
    state: &PodState,
    stop: &Stop,
    is_its_turn: bool,
    now: Now,
    plan: &mut Plan,
) {
    let known = state.container(&container.name);
    let name = || container.name.clone();
    let attempt = known.attempt();
    let Some(running) = known.running() else {
        if known.is_active() {
            plan.act(Action::Abandon { container: name() });
        }
        return;
    };
    let Some(ending) = &running.ending else {
        plan.act(Action::End { container: name(), attempt, cause: EndCause::PodStopped });
        return;
    };
    if stop.kill {
        if !running.is_killed() {
            plan.act(Action::Kill { container: name(), attempt });
        }
        return;
    }
    let turn = if is_its_turn { now.monotonic } else { stop.deadline };
    ending::plan(container, attempt, running, ending, turn, now.monotonic, plan);
    probe::plan(container, running, attempt, now.monotonic, plan);
}
