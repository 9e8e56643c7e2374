//! The phase of a pod, from the statuses of its containers (kubelet: `getPhase`).

use std::fmt;

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus};

use super::event::RESTARTING_ALL;
use crate::spec::{Container, ContainerKind, PodSpec};

/// Where a pod is in its life, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Accepted; not everything has started once.
    Pending,
    /// Something runs, or is about to again.
    Running,
    /// Every regular container ended with 0, and none is started again.
    Succeeded,
    /// Every container ended, at least one badly, and none is started again.
    Failed,
}

impl Phase {
    /// Returns whether a pod stays in this phase for ever.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// Returns Kubernetes' word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a container has come, as far as the phase is concerned.
enum Progress {
    /// Nothing is known of it.
    Unknown,
    /// Never ran.
    Waiting,
    Running {
        started: bool,
    },
    /// Ended, or waits to run again.
    Stopped {
        exit_code: i32,
    },
    /// Waits to run again because all do.
    Restarting,
}

fn progress(container: &Container, statuses: &[ContainerStatus]) -> Progress {
    let name = container.name.as_str();
    let Some(status) = statuses.iter().find(|status| status.name == name) else {
        return Progress::Unknown;
    };
    let state = status.state.as_ref();
    if state.is_some_and(|state| state.running.is_some()) {
        return Progress::Running { started: status.started == Some(true) };
    }
    if let Some(exit_code) = exit_code(state) {
        return Progress::Stopped { exit_code };
    }
    if let Some(waiting) = state.and_then(|state| state.waiting.as_ref()) {
        if waiting.reason.as_deref() == Some(RESTARTING_ALL) {
            return Progress::Restarting;
        }
        return match exit_code(status.last_state.as_ref()) {
            Some(exit_code) => Progress::Stopped { exit_code },
            None => Progress::Waiting,
        };
    }
    Progress::Unknown
}

fn exit_code(state: Option<&ContainerState>) -> Option<i32> {
    state?.terminated.as_ref().map(|terminated| terminated.exit_code)
}

/// How many containers have come how far.
#[derive(Default)]
struct Count {
    unknown: u32,
    waiting: u32,
    running: u32,
    stopped: u32,
    succeeded: u32,
    restartable: u32,
}

/// Returns the phase.
///
/// `has_initialized`: a regular container was created before. `is_ending`: the pod was asked to
/// end, so that nothing is started again. `restarts`: whether a container is started again after
/// this exit code.
pub(super) fn phase(
    spec: &PodSpec,
    init_statuses: &[ContainerStatus],
    statuses: &[ContainerStatus],
    has_initialized: bool,
    is_ending: bool,
    restarts: &dyn Fn(&Container, i32) -> bool,
) -> Phase {
    let mut init_pending = false;
    let mut sidecar_pending = false;
    let mut count = Count::default();
    for container in &spec.init_containers {
        let is_sidecar = container.kind == ContainerKind::Sidecar;
        match progress(container, init_statuses) {
            Progress::Unknown if is_sidecar => count.unknown += 1,
            Progress::Waiting if is_sidecar => {
                sidecar_pending = true;
                count.waiting += 1;
            }
            Progress::Running { started } if is_sidecar => {
                sidecar_pending |= !started;
                count.running += 1;
            }
            Progress::Stopped { .. } | Progress::Restarting if is_sidecar => {}
            Progress::Stopped { exit_code }
                if exit_code != 0 && !restarts(container, exit_code) =>
            {
                return Phase::Failed;
            }
            // One that failed and will be run again says nothing; those that wait for it do.
            Progress::Stopped { .. } | Progress::Restarting => {}
            _ => init_pending = true,
        }
    }
    for container in &spec.containers {
        match progress(container, statuses) {
            Progress::Unknown => count.unknown += 1,
            Progress::Waiting => count.waiting += 1,
            Progress::Running { .. } => count.running += 1,
            Progress::Restarting => {
                count.stopped += 1;
                count.restartable += 1;
            }
            Progress::Stopped { exit_code } => {
                count.stopped += 1;
                count.succeeded += u32::from(exit_code == 0);
                count.restartable += u32::from(restarts(container, exit_code));
            }
        }
    }
    if init_pending || (sidecar_pending && !has_initialized) || count.waiting > 0 {
        return Phase::Pending;
    }
    match count {
        Count { unknown: 1.., .. } => Phase::Pending,
        Count { running: 1.., .. } => Phase::Running,
        Count { stopped: 0, .. } => Phase::Pending,
        Count { restartable: 1.., .. } if !is_ending => Phase::Running,
        Count { stopped, succeeded, .. } if stopped == succeeded => Phase::Succeeded,
        _ => Phase::Failed,
    }
}
