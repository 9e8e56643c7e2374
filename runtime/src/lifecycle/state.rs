//! What has happened to a pod so far, and what is under way.
//!
//! It changes in two ways only: what is taken up (`begin`) and what happens (`apply`).

mod apply;
mod begin;

use std::collections::BTreeMap;
use std::time::Duration;

use super::backoff::Backoff;
use super::ending::{EndCause, Ending, Step};
use super::event::{Addresses, Ended, HookKind, Problem};
use super::probe::Probes;
use super::time::Now;
use crate::spec::{Container, ContainerName, Pod};

/// Everything that is known about a pod besides its spec.
#[derive(Clone, Debug)]
pub struct PodState {
    /// When the pod was accepted.
    pub(super) started: Now,
    pub(super) sandbox: Sandbox,
    pub(super) addresses: Addresses,
    pub(super) containers: BTreeMap<ContainerName, ContainerState>,
    /// Whether a regular container has started, in this sandbox and since all were restarted.
    pub(super) initialized: bool,
    /// Whose end starts all containers again, while they are being ended for that.
    pub(super) restart_all: Option<ContainerName>,
    pub(super) stop: Option<Stop>,
    /// How long a container that crashes waits for its restart at most.
    pub(super) restart_wait_max: Duration,
}

/// The pod's volumes and sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sandbox {
    /// Not asked for yet. Leads to `Preparing`; to `Removed` if the pod is stopped first.
    Absent,
    /// Asked for. Leads to `Ready` or `Failed`.
    Preparing,
    /// Not made; asked for again at that time. Leads to `Preparing` or `Removing`.
    Failed { retry_at: Duration },
    /// There. Leads to `Removing` once nothing runs and nothing will, or to `Absent` if it is lost.
    Ready,
    /// Its removal is asked for. Leads to `Removed`.
    Removing,
    /// Gone, and with it the pod.
    Removed,
}

/// What is known about one container.
#[derive(Clone, Debug, Default)]
pub struct ContainerState {
    /// Where it stands.
    pub stage: Stage,
    /// How many runs were begun. It numbers them, and no number is used twice.
    pub attempts: u32,
    /// How many of them came to be: they ran, or at least were made.
    pub created: u32,
    /// How many of those belong to this sandbox, and came after the last restart of all.
    pub(super) created_here: u32,
    /// Whether all began anew since its last run, so that nothing is to be waited for.
    pub(super) is_anew: bool,
    /// Its last finished run.
    pub last: Option<Run>,
    /// The finished run before that.
    pub previous: Option<Run>,
    /// Why the last try to start it came to nothing.
    pub(super) failed: Option<Failure>,
    /// Why its postStart hook failed the last time, until it succeeds.
    pub(super) hook_failure: Option<String>,
    pub(super) crash: Backoff,
    pub(super) pull: Backoff,
    /// The image of its last start: another one is another container, as far as back-off goes.
    pub(super) image: String,
    /// The image of its last start by its digest.
    pub(super) image_id: String,
}

/// Where a container stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is under way: it has not begun, has ended, or waits for its next try.
    #[default]
    Idle,
    /// Its image is asked for. Leads to `Pulled`, or back to `Idle`.
    Pulling,
    /// Its image is there. Leads to `Starting`.
    Pulled,
    /// It is being made. Leads to `Running`, or back to `Idle`.
    Starting,
    /// It runs. Leads to `Idle`, with the run recorded.
    Running(Running),
}

/// A run that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// When it started.
    pub started: Now,
    /// The hook that is under way.
    pub(super) hook: Option<HookKind>,
    /// Whether its postStart hook has failed, so that it has to end.
    pub(super) hook_failed: bool,
    pub(super) probes: Probes,
    pub(super) ending: Option<Ending>,
}

/// A run that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub attempt: u32,
    /// The image that it ran.
    pub image: String,
    /// When it started; none if its program could not be started.
    pub started: Option<Now>,
    /// When it ended.
    pub finished: Now,
    /// How.
    pub ended: Ended,
    /// Why we ended it; none if it ended itself.
    pub cause: Option<EndCause>,
}

/// Why a start came to nothing, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) problem: Problem,
    pub(super) at: Duration,
    pub(super) retry_at: Duration,
    /// Whether it is known that the next try has to wait (`ImagePullBackOff`).
    pub(super) backs_off: bool,
}

/// Why a pod is being stopped, and by when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) cause: StopCause,
    pub(super) deadline: Duration,
    /// Whether there is no grace at all.
    pub(super) kill: bool,
}

/// Why a pod is being stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// It has done what it had to, or has failed for good.
    Finished,
    /// Somebody asked for it.
    Requested,
    /// `activeDeadlineSeconds` has passed.
    DeadlineExceeded,
    /// The node cannot have it any longer; the message says why.
    Evicted(String),
    /// The node does not take it.
    Rejected(Problem),
}

impl PodState {
    /// Returns the state of a pod that was accepted now.
    pub fn new(pod: &Pod, now: Now) -> Self {
        let containers =
            pod.spec.all_containers().map(|c| (c.name.clone(), ContainerState::default()));
        Self {
            started: now,
            sandbox: Sandbox::Absent,
            addresses: Addresses::default(),
            containers: containers.collect(),
            initialized: false,
            restart_all: None,
            stop: None,
            restart_wait_max: Backoff::MAX,
        }
    }

    /// Limits how long a container that crashes waits for its restart (kubelet:
    /// `crashLoopBackOff.maxContainerRestartPeriod`); five minutes if never called.
    pub fn set_restart_wait_max(&mut self, max: Duration) {
        self.restart_wait_max = max;
    }

    /// Returns whether the pod is over: nothing of it is left, and nothing will come.
    pub fn is_over(&self) -> bool {
        self.sandbox == Sandbox::Removed
    }

    /// Returns why the pod is being stopped, if it is.
    pub fn stop_cause(&self) -> Option<&StopCause> {
        self.stop.as_ref().map(|stop| &stop.cause)
    }

    /// Returns what is known about a container.
    ///
    /// # Panics
    ///
    /// If the pod has no such container.
    pub fn container(&self, name: &ContainerName) -> &ContainerState {
        self.containers.get(name).expect("every container of the spec has a state")
    }

    fn container_mut(&mut self, name: &ContainerName) -> &mut ContainerState {
        self.containers.get_mut(name).expect("every container of the spec has a state")
    }

    fn container_mut_if(
        &mut self,
        name: &ContainerName,
        expected: impl FnOnce(&ContainerState) -> bool,
    ) -> Option<&mut ContainerState> {
        self.containers.get_mut(name).filter(|state| expected(state))
    }
}

impl ContainerState {
    /// Returns how often it was started again.
    pub fn restarts(&self) -> u32 {
        self.created.saturating_sub(1)
    }

    /// Returns whether something is under way: it runs, or is about to.
    pub fn is_active(&self) -> bool {
        self.stage != Stage::Idle
    }

    /// Returns why the last try to start it came to nothing, if nothing came of it since.
    pub fn problem(&self) -> Option<&Problem> {
        self.failed.as_ref().map(|failure| &failure.problem)
    }

    /// Returns the run that goes on.
    pub fn running(&self) -> Option<&Running> {
        match &self.stage {
            Stage::Running(running) => Some(running),
            _ => None,
        }
    }

    fn running_mut(&mut self) -> Option<&mut Running> {
        match &mut self.stage {
            Stage::Running(running) => Some(running),
            _ => None,
        }
    }

    /// Returns the number of the run that goes on.
    pub(super) fn attempt(&self) -> u32 {
        self.attempts.saturating_sub(1)
    }

    /// Returns whether it has started: it runs, its postStart hook is done, and its startup probe
    /// has succeeded.
    pub(super) fn has_started(&self) -> bool {
        self.running().is_some_and(Running::has_started)
    }

    fn is_at(&self, attempt: u32) -> bool {
        matches!(self.stage, Stage::Starting | Stage::Running(_)) && self.attempts == attempt + 1
    }
}

impl Running {
    fn new(container: &Container, started: Now) -> Self {
        let hook = container.post_start.is_some().then_some(HookKind::PostStart);
        Self {
            started,
            // Begun with the run: the next start waits for it.
            hook,
            hook_failed: false,
            probes: Probes::new(container, started.monotonic),
            ending: None,
        }
    }

    /// Returns whether its postStart hook is under way.
    pub(super) fn is_starting(&self) -> bool {
        self.hook == Some(HookKind::PostStart)
    }

    /// Returns whether its startup is over, and well.
    pub(super) fn has_started(&self) -> bool {
        !self.is_starting() && !self.hook_failed && self.probes.has_started()
    }

    /// Returns whether it can serve.
    pub(super) fn is_ready(&self) -> bool {
        self.has_started() && self.probes.is_ready()
    }

    /// Returns whether it was killed already.
    pub(super) fn is_killed(&self) -> bool {
        self.ending.is_some_and(|ending| ending.step == Step::Killed)
    }
}
