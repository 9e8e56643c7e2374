//! Random pods under random events and faults, and what must hold whatever happens.

use std::time::Duration;

use jiff::Timestamp;

use super::pod;
use crate::lifecycle::{
    Action, EndReason, Ended, Event, Now, Phase, PodState, Problem, Stage, plan, status,
};
use crate::spec::{ContainerKind, Pod, RestartPolicy};

/// A small generator of pseudo-random numbers (SplitMix64): the same seed, the same story.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn seconds(&mut self, bound: u64) -> Duration {
        Duration::from_millis(self.below(bound * 1000))
    }
}

/// A pod with a doing side that fails, dawdles and stutters.
struct World {
    random: Random,
    pod: Pod,
    state: PodState,
    now: Now,
    /// What will happen, and when.
    pending: Vec<(Duration, Event)>,
    stop_begun: bool,
    terminal: Option<Phase>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let policies = [RestartPolicy::Always, RestartPolicy::OnFailure, RestartPolicy::Never];
        let (inits, mains) = (random.below(4), 1 + random.below(4));
        let kind = |random: &mut Random| if random.one_in(2) { "i" } else { "s" };
        let inits = (0..inits).map(|n| format!("{}:init{n}", kind(&mut random)));
        let mut names: Vec<String> = inits.collect();
        names.extend((0..mains).map(|n| format!("main{n}")));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut pod = pod(policies[usize::try_from(random.below(3)).unwrap()], &names);
        pod.spec.termination_grace_seconds = random.below(60);
        pod.spec.active_deadline_seconds = random.one_in(3).then(|| 1 + random.below(600));
        let now = Now { monotonic: Duration::from_secs(5), wall: Timestamp::UNIX_EPOCH };
        let state = PodState::new(&pod, now);
        let stop_at = now.monotonic + random.seconds(3600);
        let grace_seconds = random.one_in(2).then(|| random.below(90));
        let pending = vec![(stop_at, Event::StopRequested { grace_seconds })];
        Self { random, pod, state, now, pending, stop_begun: false, terminal: None }
    }

    fn happens(&mut self, within: u64, event: Event) {
        let at = self.now.monotonic + self.random.seconds(within);
        if self.random.one_in(10) {
            self.pending.push((at + self.random.seconds(60), event.clone()));
        }
        self.pending.push((at, event));
    }

    /// Takes up an action: decides what will come of it.
    fn perform(&mut self, action: Action) {
        let problem = Problem { reason: "Broken", message: String::new() };
        match action {
            Action::PrepareSandbox if self.random.one_in(8) => {
                self.happens(5, Event::SandboxFailed(problem));
            }
            Action::PrepareSandbox => self.happens(5, Event::SandboxReady),
            Action::RemoveSandbox => {
                self.assert_nothing_runs();
                self.happens(5, Event::SandboxRemoved);
            }
            Action::PullImage { container } => {
                self.assert_not_stopping();
                if self.random.one_in(6) {
                    self.happens(30, Event::ImageFailed { container, problem });
                } else if !self.random.one_in(20) {
                    // Otherwise it hangs, until it is abandoned.
                    self.happens(30, Event::ImageReady { container, message: String::new() });
                }
            }
            Action::Start { container, attempt, .. } => {
                self.assert_not_stopping();
                self.assert_may_start(&container);
                if self.random.one_in(8) {
                    self.happens(2, Event::CreateFailed { container, attempt, problem });
                    return;
                }
                if !self.random.one_in(12) {
                    self.happens(2, Event::Started { container: container.clone(), attempt });
                }
                if !self.random.one_in(3) {
                    let exit_code = i32::try_from(self.random.below(3)).unwrap();
                    self.happens(900, exited(container, attempt, exit_code));
                }
            }
            Action::Terminate { container, attempt, .. } => {
                self.stop_begun = true;
                if self.random.one_in(2) {
                    self.happens(40, exited(container, attempt, 143));
                }
            }
            Action::Kill { container, attempt } => {
                self.stop_begun = true;
                self.happens(1, exited(container, attempt, 137));
            }
            Action::Abandon { .. } => {}
            Action::Stop { .. } => self.stop_begun = true,
        }
    }

    fn assert_not_stopping(&self) {
        assert!(!self.stop_begun, "nothing starts once a stop has begun");
        assert_eq!(self.terminal, None, "nothing starts in a terminal phase");
    }

    fn assert_nothing_runs(&self) {
        for container in self.pod.spec.all_containers() {
            assert!(!self.state.container(&container.name).is_active(), "removed under its feet");
        }
    }

    /// A regular container starts only after every init container is done, or started.
    fn assert_may_start(&self, name: &crate::spec::ContainerName) {
        let spec = &self.pod.spec;
        let own = spec.all_containers().position(|c| c.name == *name).unwrap();
        for container in spec.init_containers.iter().take(own) {
            let state = self.state.container(&container.name);
            assert!(state.created > 0, "{name} starts before {}", container.name);
            if container.kind == ContainerKind::Init {
                let code = state.last.as_ref().map(|run| run.ended.exit_code);
                assert_eq!(code, Some(0), "{name} starts before {} is done", container.name);
            }
        }
        let starting = |c: &&crate::spec::Container| {
            matches!(self.state.container(&c.name).stage, Stage::Starting | Stage::Pulling)
        };
        assert_eq!(spec.all_containers().filter(starting).count(), 1, "starts are serial");
    }

    fn settle(&mut self) -> Option<Duration> {
        for _ in 0..50 {
            let next = plan(&self.pod, &self.state, self.now);
            if next.actions.is_empty() {
                self.check_status();
                return next.wake_at;
            }
            for action in next.actions {
                self.state.begin(&self.pod, &action, self.now);
                self.perform(action);
            }
        }
        panic!("the plan never settles");
    }

    fn check_status(&mut self) {
        let status = status(&self.pod, &self.state, self.now);
        let phase = match status.phase.as_deref() {
            Some("Succeeded") => Phase::Succeeded,
            Some("Failed") => Phase::Failed,
            _ => {
                assert_eq!(self.terminal, None, "a terminal phase stays");
                return;
            }
        };
        // While it is being stopped for its deadline a pod is Failed already.
        assert_eq!(*self.terminal.get_or_insert(phase), phase, "a terminal phase stays");
    }

    /// Plays until the pod is over; returns the number of steps.
    fn play(&mut self) -> u32 {
        for step in 0..5000 {
            let wake_at = self.settle();
            if self.state.is_over() {
                assert!(self.terminal.is_some(), "a pod that is over has a terminal phase");
                return step;
            }
            let next = (0..self.pending.len()).min_by_key(|index| self.pending[*index].0);
            let event_at = next.map(|index| self.pending[index].0);
            let at = event_at.into_iter().chain(wake_at).min();
            let at = at.expect("a pod that is not over waits for something");
            let passed = at.saturating_sub(self.now.monotonic);
            self.now.monotonic += passed;
            self.now.wall += passed;
            if event_at == Some(at) {
                let (_, event) = self.pending.swap_remove(next.unwrap());
                self.stop_begun |= matches!(event, Event::StopRequested { .. });
                self.state.apply(&self.pod, event, self.now);
            }
        }
        panic!("the pod never ends: {:?}", self.state);
    }
}

fn exited(container: crate::spec::ContainerName, attempt: u32, exit_code: i32) -> Event {
    let reason = if exit_code == 0 { EndReason::Completed } else { EndReason::Error };
    Event::Exited { container, attempt, ended: Ended { exit_code, reason, message: None } }
}

#[test]
fn whatever_happens() {
    let mut steps = 0;
    let mut seed = 0;
    while steps < 100_000 {
        seed += 1;
        // Printed only if the test fails: it is all that is needed to play it again.
        println!("seed {seed}");
        steps += World::new(seed).play();
    }
}
