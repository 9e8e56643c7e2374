//! A pod, what happens to it, and the exact plan at each step.

use std::time::Duration;

use jiff::Timestamp;

use k8s_openapi::api::core::v1::{ContainerState, PodCondition, PodStatus};

use crate::lifecycle::{
    Action, Addresses, Answer, EndReason, Ended, Event, HookKind, Notice, Now, Plan, PodState,
    ProbeKind, Problem, plan, status,
};
use crate::spec::{Container, ContainerKind, ContainerName, Pod};

/// A pod and the world around it, stopped clock included.
pub(super) struct Story {
    pub(super) pod: Pod,
    state: PodState,
    now: Now,
    wake_at: Option<Duration>,
    conditions: Vec<PodCondition>,
    /// What was told since it was last looked at.
    told: Vec<Notice>,
}

impl Story {
    pub(super) fn new(pod: Pod) -> Self {
        let now = Now { monotonic: Duration::from_secs(1000), wall: Timestamp::UNIX_EPOCH };
        let state = PodState::new(&pod, now);
        Self { pod, state, now, wake_at: None, conditions: Vec::new(), told: Vec::new() }
    }

    /// Changes a container before the story begins.
    pub(super) fn with(mut self, name: &str, change: impl FnOnce(&mut Container)) -> Self {
        let spec = &mut self.pod.spec;
        let mut all = spec.init_containers.iter_mut().chain(&mut spec.containers);
        change(all.find(|container| container.name.as_str() == name).expect("it is in the pod"));
        self
    }

    /// Begins: all images are there, and every container starts when its turn comes, up to `last`.
    pub(super) fn runs(mut self, last: &str) -> Self {
        self.plan();
        self.happens("ready");
        for _ in 0..100 {
            let actions = self.plan();
            let Some((verb, name)) = actions.split_whitespace().find_map(|a| a.split_once(':'))
            else {
                break;
            };
            let name = name.split('#').next().unwrap().to_owned();
            match verb {
                "pull" => self.happens(&format!("pulled:{name}")),
                "start" => {
                    self.happens(&format!("started:{name}"));
                    let kind = self.pod.spec.container(&name.as_str().into()).unwrap().kind;
                    if kind == ContainerKind::Init {
                        self.happens(&format!("0:{name}"));
                    }
                    if name == last {
                        break;
                    }
                }
                verb => panic!("{verb} is no part of a start"),
            }
        }
        self.told.clear();
        self
    }

    pub(super) fn happens(&mut self, event: &str) {
        let event = self.event(event);
        self.told.extend(self.state.apply(&self.pod, event, self.now));
        self.status();
    }

    pub(super) fn status(&mut self) -> PodStatus {
        let status = status(&self.pod, &self.state, &self.conditions, self.now);
        self.conditions = status.conditions.clone().unwrap_or_default();
        status
    }

    /// Plans until nothing more is to do; returns the actions taken up, in short form.
    pub(super) fn plan(&mut self) -> String {
        let mut taken = Vec::new();
        loop {
            let Plan { actions, wake_at } = plan(&self.pod, &self.state, self.now);
            self.wake_at = wake_at;
            if actions.is_empty() {
                return taken.join(" ");
            }
            assert!(taken.len() < 100, "the plan never settles: {taken:?}");
            for action in actions {
                self.told.extend(self.state.begin(&self.pod, &action, self.now));
                taken.push(short(&action));
            }
        }
    }

    /// Makes these events happen, then checks the actions that follow.
    pub(super) fn then(&mut self, events: &str, expected: &str) -> &mut Self {
        for event in events.split_whitespace() {
            self.happens(event);
        }
        let actions = self.plan();
        assert_eq!(actions, expected, "after `{events}`");
        self
    }

    /// Lets time pass, then checks the actions that follow.
    pub(super) fn after(&mut self, seconds: u64, expected: &str) -> &mut Self {
        let passed = Duration::from_secs(seconds);
        self.now.monotonic += passed;
        self.now.wall += passed;
        assert_eq!(self.plan(), expected, "after {seconds} s");
        self
    }

    /// Checks in how many seconds it wants to be asked again.
    pub(super) fn wakes_in(&mut self, seconds: Option<u64>) -> &mut Self {
        let wake = self.wake_at.map(|at| (at - self.now.monotonic).as_secs());
        assert_eq!(wake, seconds);
        self
    }

    /// Checks the phase and each container's state: `NAME=running`, `NAME=REASON`.
    pub(super) fn shows(&mut self, expected: &str) -> &mut Self {
        let status = self.status();
        let mut words = vec![status.phase.expect("there is always a phase")];
        let init = status.init_container_statuses.into_iter().flatten();
        let main = status.container_statuses.into_iter().flatten();
        let ephemeral = status.ephemeral_container_statuses.into_iter().flatten();
        for container in init.chain(main).chain(ephemeral) {
            let state = container.state.expect("there is always a state");
            let reason = state.waiting.and_then(|waiting| waiting.reason);
            let reason = reason.or(state.terminated.and_then(|ended| ended.reason));
            let reason = reason.unwrap_or_else(|| "running".to_owned());
            words.push(format!("{}={reason}/{}", container.name, container.restart_count));
        }
        assert_eq!(words.join(" "), expected);
        self
    }

    /// Checks the conditions that are true, in order.
    pub(super) fn is(&mut self, expected: &str) -> &mut Self {
        self.status();
        let is_true = |condition: &&PodCondition| condition.status == "True";
        let names: Vec<_> = self
            .conditions
            .iter()
            .filter(is_true)
            .map(|condition| condition.type_.as_str())
            .collect();
        assert_eq!(names.join(" "), expected);
        self
    }

    /// Checks the exit codes of the last states: `CONTAINER=code` of those that have one.
    pub(super) fn ended_last_with(&mut self, expected: &str) -> &mut Self {
        let status = self.status();
        let init = status.init_container_statuses.into_iter().flatten();
        let all = init.chain(status.container_statuses.into_iter().flatten());
        let code = |state: ContainerState| Some(state.terminated?.exit_code);
        let words: Vec<_> = all
            .filter_map(|one| Some(format!("{}={}", one.name, one.last_state.and_then(code)?)))
            .collect();
        assert_eq!(words.join(" "), expected);
        self
    }

    /// Checks what was told since it was last looked at: `REASON: message`.
    pub(super) fn tells(&mut self, expected: &[&str]) -> &mut Self {
        let told: Vec<_> = self
            .told
            .drain(..)
            .map(|notice| format!("{}: {}", notice.reason, notice.message))
            .collect();
        assert_eq!(told, expected);
        self
    }

    /// `ready`, `removed`, `stop`, `stop:N`, `pulled:C`, `unpulled:C`, `started:C`, `uncreated:C`,
    /// `N:C` (it exits with N), `hooked:C`, `unhooked:C`, `prestopped:C`, `up:C`, `live:C`,
    /// `serving:C` and, of a bad answer, `un-` before it; `lost`, `kill`, `evict`, `updated`.
    fn event(&self, text: &str) -> Event {
        let (verb, name) = text.split_once(':').unwrap_or((text, ""));
        let container = name.into();
        let attempt = || self.state.container(&name.into()).attempts - 1;
        match verb {
            "ready" => Event::SandboxReady(Addresses::default()),
            "lost" => Event::SandboxLost,
            "kill" => Event::KillRequested,
            "updated" => Event::Updated,
            "evict" => Event::Evicted { message: "too much".to_owned(), grace_seconds: 1 },
            "hooked" => hook(container, attempt(), HookKind::PostStart, None),
            "unhooked" => hook(container, attempt(), HookKind::PostStart, Some("no".to_owned())),
            "prestopped" => hook(container, attempt(), HookKind::PreStop, None),
            "unprestopped" => hook(container, attempt(), HookKind::PreStop, Some("no".to_owned())),
            "up" => probed(container, attempt(), ProbeKind::Startup, true),
            "un-up" => probed(container, attempt(), ProbeKind::Startup, false),
            "live" => probed(container, attempt(), ProbeKind::Liveness, true),
            "un-live" => probed(container, attempt(), ProbeKind::Liveness, false),
            "serving" => probed(container, attempt(), ProbeKind::Readiness, true),
            "un-serving" => probed(container, attempt(), ProbeKind::Readiness, false),
            "removed" => Event::SandboxRemoved,
            "stop" => Event::StopRequested { grace_seconds: name.parse().ok() },
            "pulled" => {
                Event::ImageReady { container, image_id: String::new(), message: String::new() }
            }
            "unpulled" => Event::ImageFailed { container, problem: problem("ErrImagePull") },
            "unreachable" => {
                Event::ImageFailed { container, problem: problem("RegistryUnavailable") }
            }
            "started" => Event::Started { container, attempt: attempt() },
            "uncreated" => Event::CreateFailed {
                container,
                attempt: attempt(),
                problem: problem("CreateContainerError"),
            },
            code => {
                let exit_code = code.parse().expect("an exit code");
                let reason = if exit_code == 0 { EndReason::Completed } else { EndReason::Error };
                let ended = Ended { exit_code, reason, message: None };
                Event::Exited { container, attempt: attempt(), ended }
            }
        }
    }
}

fn hook(container: ContainerName, attempt: u32, hook: HookKind, failure: Option<String>) -> Event {
    Event::HookEnded { container, attempt, hook, failure }
}

fn probed(container: ContainerName, attempt: u32, probe: ProbeKind, good: bool) -> Event {
    let answer = if good { Answer::Success } else { Answer::Failure("no".to_owned()) };
    Event::Probed { container, attempt, probe, answer }
}

fn problem(reason: &'static str) -> Problem {
    Problem { reason, message: "no such thing".to_owned() }
}

fn short(action: &Action) -> String {
    match action {
        Action::PrepareSandbox => "prepare".to_owned(),
        Action::RemoveSandbox => "remove".to_owned(),
        Action::Stop { cause } => format!("stop:{cause:?}"),
        Action::PullImage { container } => format!("pull:{container}"),
        Action::Start { container, restart_count, .. } => {
            format!("start:{container}#{restart_count}")
        }
        Action::Abandon { container } => format!("abandon:{container}"),
        Action::BackOff { container } => format!("back-off:{container}"),
        Action::RunHook { container, hook, .. } => format!("{hook:?}:{container}"),
        Action::AbandonHook { container, .. } => format!("unhook:{container}"),
        Action::Probe { container, probe, .. } => format!("{probe:?}?{container}"),
        Action::End { container, cause, .. } => format!("end:{container}/{cause:?}"),
        Action::RestartAllContainers => "anew".to_owned(),
        Action::Terminate { container, grace, .. } => {
            format!("term:{container}/{}", grace.as_secs())
        }
        Action::Kill { container, .. } => format!("kill:{container}"),
    }
}
