//! What follows from taking up an action.

use std::time::Duration;

use super::{ContainerState, PodState, Sandbox, Stage, Stop, StopCause};
use crate::lifecycle::ending::{self, EndCause, Ending, Step};
use crate::lifecycle::event::{Ended, HookKind};
use crate::lifecycle::notice::{Notice, NoticeKind, full_name};
use crate::lifecycle::plan::Action;
use crate::lifecycle::restart;
use crate::lifecycle::status::DEADLINE_EXCEEDED;
use crate::lifecycle::time::Now;
use crate::spec::{Container, ContainerKind, ContainerName, Pod, RestartPolicy};

impl PodState {
    /// Records that an action is under way. To be called for each action of a plan, in order,
    /// when it is taken up.
    ///
    /// Returns what there is to tell.
    pub fn begin(&mut self, pod: &Pod, action: &Action, now: Now) -> Vec<Notice> {
        let mut notices = Vec::from_iter(self.take_up(pod, action, now));
        if let Action::BackOff { container } = action {
            let message = "Error: ImagePullBackOff".to_owned();
            notices.push(Notice::warning(container, "Failed", message));
        }
        notices
    }

    fn take_up(&mut self, pod: &Pod, action: &Action, now: Now) -> Option<Notice> {
        match action {
            Action::PrepareSandbox => self.sandbox = Sandbox::Preparing,
            Action::RemoveSandbox => self.sandbox = Sandbox::Removing,
            Action::Stop { cause } => return self.begin_stop(pod, cause.clone(), None, now),
            Action::PullImage { container } => self.container_mut(container).stage = Stage::Pulling,
            Action::BackOff { container } => {
                self.container_mut(container).failed.as_mut()?.backs_off = true;
                let image = &pod.spec.container(container)?.image;
                let message = format!("Back-off pulling image {image:?}");
                return Some(Notice::normal(container, "BackOff", message));
            }
            Action::Start { container, attempt, .. } => {
                let image = pod.spec.container(container)?.image.clone();
                let state = self.containers.get_mut(container)?;
                if state.has_crashed() {
                    state.crash.raise(now.monotonic, self.restart_wait_max);
                }
                state.attempts = attempt + 1;
                state.is_anew = false;
                state.image = image;
                state.stage = Stage::Starting;
            }
            Action::Abandon { container } => self.container_mut(container).stage = Stage::Idle,
            Action::RunHook { container, hook, .. } => {
                self.container_mut(container).running_mut()?.hook = Some(*hook);
            }
            Action::AbandonHook { container, hook, .. } => {
                let running = self.container_mut(container).running_mut()?;
                running.hook = None;
                if let (HookKind::PreStop, Some(ending)) = (hook, &mut running.ending) {
                    ending.hook_ended();
                }
            }
            Action::Probe { container, probe: kind, .. } => {
                let probe = kind.of(pod.spec.container(container)?)?;
                let running = self.container_mut(container).running_mut()?;
                running.probes.begin(*kind, probe, now.monotonic);
            }
            Action::End { container, cause, .. } => {
                return self.begin_end(pod, container, *cause, now);
            }
            Action::Terminate { container, grace, .. } => {
                let running = self.container_mut(container).running_mut()?;
                running.ending.as_mut()?.asked(*grace, now.monotonic);
            }
            Action::Kill { container, .. } => {
                let running = self.container_mut(container).running_mut()?;
                running.hook = None;
                let deadline = now.monotonic;
                let ending = Ending { cause: EndCause::PodStopped, deadline, step: Step::Killed };
                running.ending.get_or_insert(ending).step = Step::Killed;
            }
            Action::RestartAllContainers => self.forget_runs(pod),
        }
        None
    }

    fn begin_end(
        &mut self,
        pod: &Pod,
        name: &ContainerName,
        cause: EndCause,
        now: Now,
    ) -> Option<Notice> {
        let container = pod.spec.container(name)?;
        let deadline = self.stop.as_ref().map(|stop| stop.deadline);
        let running = self.containers.get_mut(name)?.running_mut()?;
        running.hook = None;
        let ending = Ending::new(&pod.spec, container, cause, deadline, now.monotonic);
        running.ending = Some(ending);
        let message = killing_message(pod, container, cause);
        Some(Notice::normal(name, "Killing", message))
    }

    /// Begins to stop, or shortens what is left of a stop that has begun.
    pub(super) fn begin_stop(
        &mut self,
        pod: &Pod,
        cause: StopCause,
        grace_seconds: Option<u64>,
        now: Now,
    ) -> Option<Notice> {
        let seconds = grace_seconds.unwrap_or(pod.spec.termination_grace_seconds);
        // The node takes at least a second.
        let deadline = now.monotonic + ending::grace(seconds.max(1));
        let notice = self.stop.is_none().then(|| stop_notice(&cause)).flatten();
        match &mut self.stop {
            None => self.stop = Some(Stop { cause, deadline, kill: false }),
            Some(stop) => {
                stop.deadline = stop.deadline.min(deadline);
                if stop.cause == StopCause::Finished {
                    stop.cause = cause;
                }
            }
        }
        self.shorten_ends(deadline, now.monotonic);
        notice
    }

    /// Brings the ends of containers that are being ended forward.
    fn shorten_ends(&mut self, deadline: Duration, now: Duration) {
        let running = self.containers.values_mut().filter_map(ContainerState::running_mut);
        for ending in running.filter_map(|running| running.ending.as_mut()) {
            ending.shorten(deadline, now);
            ending.cause = EndCause::PodStopped;
        }
    }

    /// Begins anew, in the same sandbox: what ran before is history.
    fn forget_runs(&mut self, pod: &Pod) {
        let trigger = self.restart_all.take();
        self.initialized = false;
        let ephemeral = |name: &ContainerName| {
            pod.spec.container(name).is_none_or(|c| c.kind == ContainerKind::Ephemeral)
        };
        for (name, state) in self.containers.iter_mut().filter(|(name, _)| !ephemeral(name)) {
            state.created_here = 0;
            // Who brought it about has crashed, and waits longer each time.
            state.is_anew = trigger.as_ref() != Some(name);
            if let Some(run) = &mut state.last {
                run.ended = Ended::removed_for_restart();
                run.cause = Some(EndCause::RestartAllContainers);
            }
            state.failed = None;
        }
    }
}

impl ContainerState {
    /// Returns whether its last run counts towards the crash back-off.
    pub(in crate::lifecycle) fn has_crashed(&self) -> bool {
        self.last.is_some() && !self.is_anew
    }
}

/// Returns what is told when a pod stops for a reason of its own.
fn stop_notice(cause: &StopCause) -> Option<Notice> {
    match cause {
        StopCause::Finished | StopCause::Requested => None,
        StopCause::DeadlineExceeded => {
            let message = DEADLINE_EXCEEDED.to_owned();
            Some(Notice::of_pod(NoticeKind::Normal, "DeadlineExceeded", message))
        }
        StopCause::Evicted(message) => {
            Some(Notice::of_pod(NoticeKind::Warning, "Evicted", message.clone()))
        }
        StopCause::Rejected(problem) => {
            Some(Notice::of_pod(NoticeKind::Warning, problem.reason, problem.message.clone()))
        }
    }
}

/// Returns what is told when a container is ended, in the kubelet's words.
fn killing_message(pod: &Pod, container: &Container, cause: EndCause) -> String {
    let name = &container.name;
    let message = match cause {
        EndCause::PodStopped => return format!("Stopping container {name}"),
        EndCause::PostStartHook => return "FailedPostStartHook".to_owned(),
        EndCause::RestartAllContainers => {
            let pod = full_name(pod);
            return format!("Stopping container {name}: all containers of {pod} are restarted");
        }
        EndCause::StartupProbe => format!("Container {name} failed startup probe"),
        EndCause::LivenessProbe => format!("Container {name} failed liveness probe"),
        EndCause::DefinitionChanged => format!("Container {name} definition changed"),
    };
    let policy = restart::policy(&pod.spec, container);
    if cause == EndCause::DefinitionChanged || policy != RestartPolicy::Never {
        format!("{message}, will be restarted")
    } else {
        message
    }
}
