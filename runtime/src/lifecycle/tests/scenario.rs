//! Stories with an exact plan at each step.

use std::time::Duration;

use jiff::Timestamp;

use super::pod;
use crate::lifecycle::{
    Action, EndReason, Ended, Event, Now, Plan, PodState, Problem, plan, status,
};
use crate::spec::{Pod, RestartPolicy};

/// A pod and the world around it, stopped clock included.
struct Story {
    pod: Pod,
    state: PodState,
    now: Now,
    wake_at: Option<Duration>,
}

impl Story {
    fn new(pod: Pod) -> Self {
        let now = Now { monotonic: Duration::from_secs(1000), wall: Timestamp::UNIX_EPOCH };
        let state = PodState::new(&pod, now);
        Self { pod, state, now, wake_at: None }
    }

    /// Plans until nothing more is to do; returns the actions taken up, in short form.
    fn plan(&mut self) -> String {
        let mut taken = Vec::new();
        loop {
            let Plan { actions, wake_at } = plan(&self.pod, &self.state, self.now);
            self.wake_at = wake_at;
            if actions.is_empty() {
                return taken.join(" ");
            }
            assert!(taken.len() < 100, "the plan never settles: {taken:?}");
            for action in actions {
                self.state.begin(&self.pod, &action, self.now);
                taken.push(short(&action));
            }
        }
    }

    /// Makes these events happen, then checks the actions that follow.
    fn then(&mut self, events: &str, expected: &str) -> &mut Self {
        for event in events.split_whitespace() {
            let event = self.event(event);
            self.state.apply(&self.pod, event, self.now);
        }
        let actions = self.plan();
        assert_eq!(actions, expected, "after `{events}`");
        self
    }

    /// Lets time pass, then checks the actions that follow.
    fn after(&mut self, seconds: u64, expected: &str) -> &mut Self {
        let passed = Duration::from_secs(seconds);
        self.now.monotonic += passed;
        self.now.wall += passed;
        assert_eq!(self.plan(), expected, "after {seconds} s");
        self
    }

    /// Checks in how many seconds it wants to be asked again.
    fn wakes_in(&mut self, seconds: Option<u64>) -> &mut Self {
        let wake = self.wake_at.map(|at| (at - self.now.monotonic).as_secs());
        assert_eq!(wake, seconds);
        self
    }

    /// Checks the phase and each container's state: `NAME=running`, `NAME=REASON`.
    fn shows(&mut self, expected: &str) -> &mut Self {
        let status = status(&self.pod, &self.state, self.now);
        let mut words = vec![status.phase.expect("there is always a phase")];
        let init = status.init_container_statuses.into_iter().flatten();
        for container in init.chain(status.container_statuses.into_iter().flatten()) {
            let state = container.state.expect("there is always a state");
            let reason = state.waiting.and_then(|waiting| waiting.reason);
            let reason = reason.or(state.terminated.and_then(|ended| ended.reason));
            let reason = reason.unwrap_or_else(|| "running".to_owned());
            words.push(format!("{}={reason}/{}", container.name, container.restart_count));
        }
        assert_eq!(words.join(" "), expected);
        self
    }

    /// `ready`, `removed`, `stop`, `stop:N`, `pulled:C`, `unpulled:C`, `started:C`, `uncreated:C`,
    /// `C:exit N`.
    fn event(&self, text: &str) -> Event {
        let (verb, name) = text.split_once(':').unwrap_or((text, ""));
        let container = name.into();
        let attempt = || self.state.container(&name.into()).attempts - 1;
        match verb {
            "ready" => Event::SandboxReady,
            "removed" => Event::SandboxRemoved,
            "stop" => Event::StopRequested { grace_seconds: name.parse().ok() },
            "pulled" => Event::ImageReady { container, message: String::new() },
            "unpulled" => Event::ImageFailed { container, problem: problem("ErrImagePull") },
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
        Action::Terminate { container, kill_after, .. } => {
            format!("term:{container}/{}", kill_after.as_secs())
        }
        Action::Kill { container, .. } => format!("kill:{container}"),
    }
}

#[test]
fn containers_start_one_after_another() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .then("", "prepare")
        .shows("Pending a=ContainerCreating/0 b=ContainerCreating/0")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "pull:b")
        .then("pulled:b", "start:b#0")
        .shows("Pending a=running/0 b=ContainerCreating/0")
        .then("started:b", "")
        .wakes_in(None)
        .shows("Running a=running/0 b=running/0");
}

#[test]
fn a_failed_pull_does_not_hold_up_the_next() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("unpulled:a", "pull:b")
        .wakes_in(Some(10))
        .shows("Pending a=ImagePullBackOff/0 b=ContainerCreating/0")
        .then("pulled:b", "start:b#0")
        .then("started:b", "")
        .after(10, "pull:a")
        .then("unpulled:a", "")
        .wakes_in(Some(20))
        .after(20, "pull:a")
        .then("pulled:a", "start:a#0");
}

#[test]
fn init_containers_run_to_their_end_in_order() {
    Story::new(pod(RestartPolicy::Always, &["i:x", "i:y", "a"]))
        .then("", "prepare")
        .then("ready", "pull:x")
        .shows("Pending x=PodInitializing/0 y=PodInitializing/0 a=PodInitializing/0")
        .then("pulled:x", "start:x#0")
        .then("started:x", "")
        .then("1:x", "pull:x")
        .then("pulled:x", "start:x#1")
        .then("started:x", "")
        .then("1:x", "")
        .wakes_in(Some(10))
        .shows("Pending x=CrashLoopBackOff/1 y=PodInitializing/0 a=PodInitializing/0")
        .after(10, "pull:x")
        .then("pulled:x", "start:x#2")
        .then("started:x", "")
        .then("0:x", "pull:y")
        .then("pulled:y", "start:y#0")
        .then("started:y", "")
        .then("0:y", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .shows("Running x=Completed/2 y=Completed/0 a=running/0");
}

#[test]
fn an_init_container_that_may_not_restart_fails_the_pod() {
    Story::new(pod(RestartPolicy::Never, &["s:log", "i:x", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:x")
        .then("pulled:x", "start:x#0")
        .then("started:x", "")
        .then("7:x", "stop:Finished term:log/30")
        .then("143:log", "remove")
        .then("removed", "")
        .shows("Failed log=Error/0 x=Error/0 a=PodInitializing/0");
}

#[test]
fn a_sidecar_outlives_the_regular_containers_and_restarts_on_any_exit() {
    Story::new(pod(RestartPolicy::Never, &["s:log", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("0:log", "pull:log")
        .then("pulled:log", "start:log#1")
        .then("started:log", "")
        .shows("Running log=running/1 a=running/0")
        .then("0:a", "stop:Finished term:log/30")
        .shows("Running log=running/1 a=Completed/0")
        .then("137:log", "remove")
        .then("removed", "")
        .shows("Succeeded log=Error/1 a=Completed/0");
}

#[test]
fn an_earlier_sidecar_that_crashes_does_not_hold_up_the_initialisation() {
    Story::new(pod(RestartPolicy::Always, &["s:log", "i:x", "i:y", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:x")
        .then("pulled:x", "start:x#0")
        .then("started:x 1:log", "pull:log")
        .then("pulled:log", "start:log#1")
        .then("started:log 1:log", "")
        .wakes_in(Some(10))
        .then("0:x", "pull:y");
}

#[test]
fn crash_loop() {
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("0:a", "pull:a")
        .then("pulled:a", "start:a#1")
        .then("started:a", "")
        .then("3:a", "")
        .wakes_in(Some(10))
        .shows("Running a=CrashLoopBackOff/1")
        .after(9, "")
        .after(1, "pull:a")
        .then("pulled:a", "start:a#2")
        .then("started:a", "")
        .then("3:a", "")
        .wakes_in(Some(20));
}

#[test]
fn restart_policies() {
    for (policy, code, expected, shows) in [
        (RestartPolicy::Never, 0, "stop:Finished remove", "Succeeded a=Completed/0"),
        (RestartPolicy::Never, 1, "stop:Finished remove", "Failed a=Error/0"),
        (RestartPolicy::OnFailure, 0, "stop:Finished remove", "Succeeded a=Completed/0"),
        (RestartPolicy::OnFailure, 1, "pull:a", "Running a=ContainerCreating/0"),
        (RestartPolicy::Always, 0, "pull:a", "Running a=ContainerCreating/0"),
    ] {
        Story::new(pod(policy, &["a"]))
            .then("", "prepare")
            .then("ready", "pull:a")
            .then("pulled:a", "start:a#0")
            .then("started:a", "")
            .then(&format!("{code}:a"), expected)
            .shows(shows);
    }
}

#[test]
fn a_stop_ends_sidecars_last_and_in_reverse() {
    Story::new(pod(RestartPolicy::Always, &["s:one", "s:two", "a", "b"]))
        .then("", "prepare")
        .then("ready", "pull:one")
        .then("pulled:one", "start:one#0")
        .then("started:one", "pull:two")
        .then("pulled:two", "start:two#0")
        .then("started:two", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "pull:b")
        .then("pulled:b", "start:b#0")
        .then("started:b", "")
        .then("stop", "term:a/30 term:b/30")
        .wakes_in(Some(30))
        .then("143:a", "")
        .after(5, "")
        .then("0:b", "term:two/25")
        .after(24, "")
        .then("143:two", "term:one/2")
        .wakes_in(Some(2))
        .after(2, "kill:one")
        .then("137:one", "remove")
        .then("removed", "")
        .shows("Failed one=Error/0 two=Error/0 a=Error/0 b=Completed/0");
}

#[test]
fn a_stop_kills_when_the_grace_is_over() {
    Story::new(pod(RestartPolicy::Always, &["s:log", "a"]))
        .then("", "prepare")
        .then("ready", "pull:log")
        .then("pulled:log", "start:log#0")
        .then("started:log", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("stop:7", "term:a/7")
        .after(6, "")
        .after(1, "kill:a term:log/2")
        .after(2, "kill:log")
        .then("stop:0", "")
        .then("137:a 137:log", "remove");
}

#[test]
fn a_second_stop_may_only_shorten_the_grace() {
    let mut story = Story::new(pod(RestartPolicy::Always, &["a"]));
    story
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .then("stop:10", "term:a/10")
        .then("stop:3600", "")
        .wakes_in(Some(10))
        .then("stop:4", "")
        .wakes_in(Some(4))
        .then("stop:0", "kill:a");
}

#[test]
fn a_stop_abandons_what_is_under_way() {
    Story::new(pod(RestartPolicy::Always, &["a", "b"]))
        .then("", "prepare")
        .then("stop", "")
        .then("ready", "remove")
        .then("removed", "")
        .shows("Failed a=ContainerCreating/0 b=ContainerCreating/0");
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("stop", "abandon:a remove")
        .then("pulled:a", "");
    Story::new(pod(RestartPolicy::Always, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("stop", "abandon:a remove");
}

#[test]
fn a_container_that_cannot_be_made_is_tried_again_whatever_the_policy() {
    Story::new(pod(RestartPolicy::Never, &["a"]))
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("uncreated:a", "")
        .shows("Pending a=CreateContainerError/0")
        .after(10, "pull:a")
        .then("pulled:a", "start:a#0");
}

#[test]
fn the_deadline_fails_the_pod() {
    let mut pod = pod(RestartPolicy::Never, &["a"]);
    pod.spec.active_deadline_seconds = Some(60);
    Story::new(pod)
        .then("", "prepare")
        .then("ready", "pull:a")
        .then("pulled:a", "start:a#0")
        .then("started:a", "")
        .wakes_in(Some(60))
        .after(60, "stop:DeadlineExceeded term:a/30")
        .then("0:a", "remove")
        .then("removed", "")
        .shows("Failed a=Completed/0");
}
