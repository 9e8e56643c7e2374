//! What has happened to a pod so far, and what is under way.

use std::collections::BTreeMap;
use std::time::Duration;

use super::backoff::Backoff;
use super::event::{Ended, Event, Notice, NoticeKind, Problem};
use super::plan::{Action, due_at, has_ended_for_good};
use super::time::Now;
use crate::spec::{ContainerName, Pod};

/// How long a failed sandbox or container creation waits before it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What is told of a pod that outlived `activeDeadlineSeconds`.
pub(super) const DEADLINE_EXCEEDED: &str =
    "Pod was active on the node longer than the specified deadline";

/// Everything that is known about a pod besides its spec.
#[derive(Clone, Debug)]
pub struct PodState {
    /// When the pod was accepted.
    pub(super) started: Now,
    pub(super) sandbox: Sandbox,
    pub(super) containers: BTreeMap<ContainerName, ContainerState>,
    pub(super) stop: Option<Stop>,
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
    /// There. Leads to `Removing` once nothing runs and nothing will.
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
    /// Its last finished run.
    pub last: Option<Run>,
    /// The finished run before that.
    pub previous: Option<Run>,
    /// Why the last try to start it came to nothing, and when the next is due.
    pub(super) failed: Option<(Problem, Duration)>,
    pub(super) crash: Backoff,
    pub(super) pull: Backoff,
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
    /// When it is killed, once it was asked to end.
    pub(super) kill_at: Option<Duration>,
    pub(super) killed: bool,
}

/// A run that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// When it started; none if its program could not be started.
    pub started: Option<Now>,
    /// When it ended.
    pub finished: Now,
    /// How.
    pub ended: Ended,
}

/// Why and since when a pod is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) cause: StopCause,
    pub(super) since: Duration,
    pub(super) grace: Duration,
}

/// Why a pod is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// It has done what it had to, or has failed for good.
    Finished,
    /// Somebody asked for it.
    Requested,
    /// `activeDeadlineSeconds` has passed.
    DeadlineExceeded,
}

impl PodState {
    /// Returns the state of a pod that was accepted now.
    pub fn new(pod: &Pod, now: Now) -> Self {
        let containers =
            pod.spec.all_containers().map(|c| (c.name.clone(), ContainerState::default()));
        Self {
            started: now,
            sandbox: Sandbox::Absent,
            containers: containers.collect(),
            stop: None,
        }
    }

    /// Returns whether the pod is over: nothing of it is left, and nothing will come.
    pub fn is_over(&self) -> bool {
        self.sandbox == Sandbox::Removed
    }

    /// Returns why the pod is being stopped, if it is.
    pub fn stop_cause(&self) -> Option<StopCause> {
        self.stop.map(|stop| stop.cause)
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

    /// Records that an action is under way. To be called for each action of a plan, in order,
    /// when it is taken up.
    pub fn begin(&mut self, pod: &Pod, action: &Action, now: Now) -> Option<Notice> {
        match action {
            Action::PrepareSandbox => self.sandbox = Sandbox::Preparing,
            Action::RemoveSandbox => self.sandbox = Sandbox::Removing,
            Action::Stop { cause } => {
                self.begin_stop(pod, *cause, None, now);
                if *cause == StopCause::DeadlineExceeded {
                    let message = DEADLINE_EXCEEDED.to_owned();
                    return Some(Notice::of_pod(NoticeKind::Normal, "DeadlineExceeded", message));
                }
            }
            Action::PullImage { container } => self.container_mut(container).stage = Stage::Pulling,
            Action::Start { container, attempt, .. } => {
                let state = self.container_mut(container);
                if state.last.is_some() {
                    state.crash.raise(now.monotonic);
                }
                state.attempts = attempt + 1;
                state.stage = Stage::Starting;
            }
            Action::Abandon { container } => {
                self.container_mut(container).stage = Stage::Idle;
            }
            Action::Terminate { container, kill_after, .. } => {
                if let Stage::Running(running) = &mut self.container_mut(container).stage {
                    running.kill_at = Some(now.monotonic + *kill_after);
                }
                let message = format!("Stopping container {container}");
                return Some(Notice::about(container, NoticeKind::Normal, "Killing", message));
            }
            Action::Kill { container, .. } => {
                if let Stage::Running(running) = &mut self.container_mut(container).stage {
                    running.kill_at = running.kill_at.or(Some(now.monotonic));
                    running.killed = true;
                }
            }
        }
        None
    }

    /// Records what happened. An event of an attempt that is over changes nothing.
    pub fn apply(&mut self, pod: &Pod, event: Event, now: Now) -> Option<Notice> {
        match event {
            Event::SandboxReady => {
                if self.sandbox == Sandbox::Preparing {
                    self.sandbox = Sandbox::Ready;
                }
                None
            }
            Event::SandboxFailed(problem) => {
                if self.sandbox == Sandbox::Preparing {
                    self.sandbox = Sandbox::Failed { retry_at: now.monotonic + RETRY_AFTER };
                }
                Some(Notice::of_pod(NoticeKind::Warning, problem.reason, problem.message))
            }
            Event::SandboxRemoved => {
                if self.sandbox == Sandbox::Removing {
                    self.sandbox = Sandbox::Removed;
                }
                None
            }
            Event::ImageReady { container, message } => {
                self.container_mut_if(&container, |state| state.stage == Stage::Pulling)?.pulled();
                Some(Notice::about(&container, NoticeKind::Normal, "Pulled", message))
            }
            Event::ImageFailed { container, problem } => {
                let state =
                    self.container_mut_if(&container, |state| state.stage == Stage::Pulling)?;
                state.pull.raise(now.monotonic);
                let retry_at = state.pull.retry_at();
                let (reason, message) = match problem.reason {
                    "ErrImagePull" | "RegistryUnavailable" => {
                        ("Failed", format!("Failed to pull image: {}", problem.message))
                    }
                    "InvalidImageName" => ("InspectFailed", problem.message.clone()),
                    reason => (reason, problem.message.clone()),
                };
                state.fail(problem, retry_at);
                Some(Notice::about(&container, NoticeKind::Warning, reason, message))
            }
            Event::CreateFailed { container, attempt, problem } => {
                let state = self.container_mut_if(&container, |state| state.is_at(attempt))?;
                let message = format!("Error: {}", problem.message);
                state.fail(problem, now.monotonic + RETRY_AFTER);
                Some(Notice::about(&container, NoticeKind::Warning, "Failed", message))
            }
            Event::Started { container, attempt } => {
                let state = self.container_mut_if(&container, |state| {
                    state.is_at(attempt) && state.stage == Stage::Starting
                })?;
                state.failed = None;
                state.created += 1;
                state.stage =
                    Stage::Running(Running { started: now, kill_at: None, killed: false });
                let message = "Container started".to_owned();
                Some(Notice::about(&container, NoticeKind::Normal, "Started", message))
            }
            Event::Exited { container, attempt, ended } => {
                let state = self.container_mut_if(&container, |state| state.is_at(attempt))?;
                let start_error = state.exited(&container, ended, now);
                start_error.or_else(|| self.back_off_notice(pod, &container, now))
            }
            Event::StopRequested { grace_seconds } => {
                self.begin_stop(pod, StopCause::Requested, grace_seconds, now);
                None
            }
        }
    }

    /// Begins to stop, or shortens what is left of a stop that has begun.
    fn begin_stop(&mut self, pod: &Pod, cause: StopCause, grace_seconds: Option<u64>, now: Now) {
        let seconds = grace_seconds.unwrap_or(pod.spec.termination_grace_seconds);
        // Longer than a year is for ever; it keeps the sums below from overflowing.
        let grace = Duration::from_secs(seconds.min(366 * 86_400));
        match &mut self.stop {
            None => self.stop = Some(Stop { cause, since: now.monotonic, grace }),
            Some(stop) => {
                let deadline = (now.monotonic + grace).min(stop.since + stop.grace);
                stop.grace = deadline.saturating_sub(stop.since);
                if grace.is_zero() {
                    stop.grace = Duration::ZERO;
                }
                if stop.cause == StopCause::Finished {
                    stop.cause = cause;
                }
            }
        }
        // One that was asked to end under the longer grace is killed under the shorter.
        for state in self.containers.values_mut() {
            if let Stage::Running(Running { kill_at: Some(kill_at), .. }) = &mut state.stage {
                *kill_at = (*kill_at).min(now.monotonic + grace);
            }
        }
    }

    /// Returns what is told when a container that just ended has to wait for its restart.
    fn back_off_notice(&self, pod: &Pod, name: &ContainerName, now: Now) -> Option<Notice> {
        let container = pod.spec.container(name)?;
        let is_over = self.stop.is_some() || has_ended_for_good(&pod.spec, self, container);
        if is_over || due_at(self.container(name)) <= now.monotonic {
            return None;
        }
        let message =
            format!("Back-off restarting failed container {name} in pod {}", full_name(pod));
        Some(Notice::about(name, NoticeKind::Warning, "BackOff", message))
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
        self.failed.as_ref().map(|(problem, _)| problem)
    }

    /// Returns the run that goes on.
    pub fn running(&self) -> Option<&Running> {
        match &self.stage {
            Stage::Running(running) => Some(running),
            _ => None,
        }
    }

    fn is_at(&self, attempt: u32) -> bool {
        matches!(self.stage, Stage::Starting | Stage::Running(_)) && self.attempts == attempt + 1
    }

    fn pulled(&mut self) {
        self.failed = None;
        self.stage = Stage::Pulled;
    }

    fn fail(&mut self, problem: Problem, retry_at: Duration) {
        self.failed = Some((problem, retry_at));
        self.stage = Stage::Idle;
    }

    fn exited(&mut self, name: &ContainerName, ended: Ended, now: Now) -> Option<Notice> {
        let started = self.running().map(|running| running.started);
        self.created += u32::from(started.is_none());
        let notice = started.is_none().then(|| {
            let message = format!("Error: {}", ended.message.as_deref().unwrap_or("did not start"));
            Notice::about(name, NoticeKind::Warning, "Failed", message)
        });
        self.previous = self.last.replace(Run { started, finished: now, ended });
        self.failed = None;
        self.stage = Stage::Idle;
        notice
    }
}

/// Returns `NAME_NAMESPACE(UID)`, as the kubelet's messages name a pod.
pub(super) fn full_name(pod: &Pod) -> String {
    let metadata = &pod.metadata;
    format!("{}_{}({})", metadata.name, metadata.namespace, metadata.uid)
}

impl Notice {
    /// Returns a notice about a container.
    pub fn about(
        container: &ContainerName,
        kind: NoticeKind,
        reason: &'static str,
        message: String,
    ) -> Self {
        Self { kind, reason, message, container: Some(container.clone()) }
    }

    /// Returns a notice about the pod.
    pub fn of_pod(kind: NoticeKind, reason: &'static str, message: String) -> Self {
        Self { kind, reason, message, container: None }
    }
}
