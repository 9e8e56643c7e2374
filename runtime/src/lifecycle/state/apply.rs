//! What follows from what happened.

use std::time::Duration;

use super::{ContainerState, Failure, PodState, Run, Running, Sandbox, Stage, StopCause};
use crate::lifecycle::event::{Answer, Ended, Event, HookKind, Problem};
use crate::lifecycle::notice::{Notice, NoticeKind, full_name};
use crate::lifecycle::probe::ProbeKind;
use crate::lifecycle::restart;
use crate::lifecycle::start::{due_at, has_ended_for_good};
use crate::lifecycle::time::Now;
use crate::spec::{ContainerKind, ContainerName, Pod, RestartAction, RestartPolicy};

/// How long a failed sandbox or container creation waits before it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What is told of a container whose sandbox was lost.
const LOST: &str = "The container could not be located when its sandbox was lost";

impl PodState {
    /// Records what happened. An event of an attempt that is over changes nothing.
    ///
    /// Returns what there is to tell.
    pub fn apply(&mut self, pod: &Pod, event: Event, now: Now) -> Vec<Notice> {
        match event {
            Event::SandboxReady(addresses) => {
                if self.sandbox == Sandbox::Preparing {
                    self.sandbox = Sandbox::Ready;
                    self.addresses = addresses;
                }
                Vec::new()
            }
            Event::SandboxFailed(problem) => {
                if self.sandbox == Sandbox::Preparing {
                    self.sandbox = Sandbox::Failed { retry_at: now.monotonic + RETRY_AFTER };
                }
                vec![Notice::of_pod(NoticeKind::Warning, problem.reason, problem.message)]
            }
            Event::SandboxLost => self.sandbox_lost(pod, now),
            Event::SandboxRemoved => {
                if self.sandbox == Sandbox::Removing {
                    self.sandbox = Sandbox::Removed;
                }
                Vec::new()
            }
            Event::ImageReady { container, image_id, message } => {
                self.image_ready(&container, image_id, message)
            }
            Event::ImageFailed { container, problem } => {
                self.image_failed(&container, problem, now)
            }
            Event::CreateFailed { container, attempt, problem } => {
                self.create_failed(&container, attempt, problem, now)
            }
            Event::Started { container, attempt } => self.started(pod, &container, attempt, now),
            Event::HookEnded { container, attempt, hook, failure } => {
                self.hook_ended(&container, attempt, hook, failure)
            }
            Event::Probed { container, attempt, probe, answer } => {
                self.probed(pod, &container, attempt, probe, &answer, now)
            }
            Event::Exited { container, attempt, ended } => {
                self.exited(pod, &container, attempt, ended, now)
            }
            Event::Updated => {
                self.updated(pod);
                Vec::new()
            }
            Event::StopRequested { grace_seconds } => {
                self.begin_stop(pod, StopCause::Requested, grace_seconds, now).into_iter().collect()
            }
            Event::KillRequested => {
                let notice = self.begin_stop(pod, StopCause::Requested, Some(0), now);
                self.stop.iter_mut().for_each(|stop| stop.kill = true);
                notice.into_iter().collect()
            }
            Event::Evicted { message, grace_seconds } => {
                let cause = StopCause::Evicted(message);
                self.begin_stop(pod, cause, Some(grace_seconds), now).into_iter().collect()
            }
            Event::Rejected(problem) => {
                let cause = StopCause::Rejected(problem);
                self.begin_stop(pod, cause, None, now).into_iter().collect()
            }
        }
    }

    /// Everything that ran is gone. It begins anew, unless nothing of it may be started again.
    fn sandbox_lost(&mut self, pod: &Pod, now: Now) -> Vec<Notice> {
        if self.sandbox != Sandbox::Ready {
            return Vec::new();
        }
        self.sandbox = Sandbox::Absent;
        self.initialized = false;
        self.restart_all = None;
        let has_run = self.containers.values().any(|state| state.created > 0);
        for state in self.containers.values_mut() {
            if state.running().is_some() {
                state.over(Ended::unknown(LOST), now);
            }
            state.stage = Stage::Idle;
            state.created_here = 0;
        }
        if has_run && pod.spec.restart_policy == RestartPolicy::Never {
            self.begin_stop(pod, StopCause::Finished, None, now);
        }
        let message = "Pod sandbox changed, it will be killed and re-created.".to_owned();
        vec![Notice::of_pod(NoticeKind::Normal, "SandboxChanged", message)]
    }

    fn image_ready(&mut self, name: &ContainerName, id: String, message: String) -> Vec<Notice> {
        let is_pulling = |state: &ContainerState| state.stage == Stage::Pulling;
        let Some(state) = self.container_mut_if(name, is_pulling) else { return Vec::new() };
        state.failed = None;
        state.image_id = id;
        state.stage = Stage::Pulled;
        vec![Notice::normal(name, "Pulled", message)]
    }

    fn image_failed(&mut self, name: &ContainerName, problem: Problem, now: Now) -> Vec<Notice> {
        let is_pulling = |state: &ContainerState| state.stage == Stage::Pulling;
        let Some(state) = self.container_mut_if(name, is_pulling) else { return Vec::new() };
        state.pull.raise(now.monotonic, super::Backoff::MAX);
        let retry_at = state.pull.retry_at();
        let (reason, message) = match problem.reason {
            _ if problem.is_failed_pull() => {
                let cause = problem.message.strip_prefix("failed to pull image ");
                let cause =
                    cause.map_or_else(|| format!(": {}", problem.message), |c| format!(" {c}"));
                ("Failed", format!("Failed to pull image{cause}"))
            }
            "InvalidImageName" => ("InspectFailed", problem.message.clone()),
            reason => (reason, problem.message.clone()),
        };
        let error = format!("Error: {}", problem.reason);
        state.fail(problem, retry_at, now);
        vec![Notice::warning(name, reason, message), Notice::warning(name, "Failed", error)]
    }

    fn create_failed(
        &mut self,
        name: &ContainerName,
        attempt: u32,
        problem: Problem,
        now: Now,
    ) -> Vec<Notice> {
        let Some(state) = self.container_mut_if(name, |state| state.is_at(attempt)) else {
            return Vec::new();
        };
        let message = format!("Error: {}", problem.message);
        state.fail(problem, now.monotonic + RETRY_AFTER, now);
        vec![Notice::warning(name, "Failed", message)]
    }

    fn started(&mut self, pod: &Pod, name: &ContainerName, attempt: u32, now: Now) -> Vec<Notice> {
        let Some(container) = pod.spec.container(name) else { return Vec::new() };
        let is_starting =
            |state: &ContainerState| state.is_at(attempt) && state.stage == Stage::Starting;
        let Some(state) = self.container_mut_if(name, is_starting) else { return Vec::new() };
        state.failed = None;
        state.created += 1;
        state.created_here += 1;
        state.stage = Stage::Running(Running::new(container, now));
        self.initialized |= container.kind == ContainerKind::Regular;
        vec![
            Notice::normal(name, "Created", "Container created".to_owned()),
            Notice::normal(name, "Started", "Container started".to_owned()),
        ]
    }

    fn hook_ended(
        &mut self,
        name: &ContainerName,
        attempt: u32,
        hook: HookKind,
        failure: Option<String>,
    ) -> Vec<Notice> {
        let state = self.container_mut_if(name, |state| state.is_at(attempt));
        let Some(state) = state else { return Vec::new() };
        let Some(running) = state.running_mut() else { return Vec::new() };
        if running.hook != Some(hook) {
            return Vec::new();
        }
        running.hook = None;
        if hook == HookKind::PreStop {
            running.ending.iter_mut().for_each(super::Ending::hook_ended);
            // What a hook says may be secret: it is told in the log alone.
            let message = || "PreStopHook failed".to_owned();
            let warn = |_| Notice::warning(name, "FailedPreStopHook", message());
            return failure.map(warn).into_iter().collect();
        }
        running.hook_failed = failure.is_some();
        state.hook_failure = failure;
        if state.hook_failure.is_none() {
            return Vec::new();
        }
        vec![Notice::warning(name, "FailedPostStartHook", "PostStartHook failed".to_owned())]
    }

    fn probed(
        &mut self,
        pod: &Pod,
        name: &ContainerName,
        attempt: u32,
        kind: ProbeKind,
        answer: &Answer,
        now: Now,
    ) -> Vec<Notice> {
        let probe = pod.spec.container(name).and_then(|container| kind.of(container));
        let state = self.container_mut_if(name, |state| state.is_at(attempt));
        let running = state.and_then(ContainerState::running_mut);
        let (Some(probe), Some(running)) = (probe, running) else { return Vec::new() };
        running.probes.answered(kind, probe, answer, now.monotonic);
        let kind = kind.as_str();
        let (reason, message) = match answer {
            Answer::Success => return Vec::new(),
            Answer::Warning(text) => ("ProbeWarning", format!("{kind} probe warning: {text}")),
            Answer::Failure(text) => ("Unhealthy", format!("{kind} probe failed: {text}")),
            Answer::Error(text) => {
                ("Unhealthy", format!("{kind} probe errored and resulted in unknown state: {text}"))
            }
        };
        vec![Notice::warning(name, reason, message)]
    }

    fn exited(
        &mut self,
        pod: &Pod,
        name: &ContainerName,
        attempt: u32,
        ended: Ended,
        now: Now,
    ) -> Vec<Notice> {
        let Some(state) = self.container_mut_if(name, |state| state.is_at(attempt)) else {
            return Vec::new();
        };
        let exit_code = ended.exit_code;
        let start_error = state.over(ended, now);
        let mut notices = Vec::new();
        if let Some(error) = start_error {
            notices.push(Notice::warning(name, "Failed", format!("Error: {error}")));
        }
        let ended_itself = state.last.as_ref().is_some_and(|run| run.cause.is_none());
        let rule = pod.spec.container(name).and_then(|c| restart::rule(c, exit_code));
        if self.stop.is_none() && ended_itself && rule == Some(RestartAction::RestartAllContainers)
        {
            self.restart_all.get_or_insert_with(|| name.clone());
        }
        notices.extend(self.back_off_notice(pod, name, now));
        notices
    }

    /// Takes in a changed spec: its containers may be more.
    fn updated(&mut self, pod: &Pod) {
        for container in pod.spec.all_containers() {
            let state = self.containers.entry(container.name.clone()).or_default();
            // Another image is another container: it has not crashed, and was not pulled in vain.
            if state.attempts > 0 && state.image != container.image {
                state.crash = super::Backoff::default();
            }
            state.pull = super::Backoff::default();
            if !state.is_active() && state.failed.take().is_some() {
                state.stage = Stage::Idle;
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
        Some(Notice::warning(name, "BackOff", message))
    }
}

impl ContainerState {
    fn fail(&mut self, problem: Problem, retry_at: Duration, now: Now) {
        self.failed = Some(Failure { problem, at: now.monotonic, retry_at, backs_off: false });
        self.stage = Stage::Idle;
    }

    /// Records the end of a run; returns why it could not even be started.
    fn over(&mut self, ended: Ended, now: Now) -> Option<String> {
        let running = self.running().copied();
        if running.is_none() {
            self.created += 1;
            self.created_here += 1;
        }
        let error = running.is_none().then(|| ended.message.clone()).flatten();
        self.failed = None;
        let run = Run {
            attempt: self.attempt(),
            image: self.image.clone(),
            started: running.map(|running| running.started),
            finished: now,
            ended,
            cause: running.and_then(|running| running.ending).map(|ending| ending.cause),
        };
        self.previous = self.last.replace(run);
        self.stage = Stage::Idle;
        error.or_else(|| running.is_none().then(|| "did not start".to_owned()))
    }
}
