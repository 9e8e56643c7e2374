//! Random pods under random events and faults, and what must hold whatever happens.

mod checks;
mod pods;
mod random;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodStatus;

use self::checks::Checks;
use self::random::Random;
use crate::lifecycle::{
    Action, Addresses, Answer, EndReason, Ended, Event, Now, PodState, Problem, plan, status,
};
use crate::spec::{Container, ContainerKind, ContainerName, Pod};

/// A pod with a doing side that fails, hangs, dawdles and stutters.
struct World {
    random: Random,
    pod: Pod,
    state: PodState,
    now: Now,
    /// What will happen, and when.
    pending: Vec<(Duration, Event)>,
    status: PodStatus,
    checks: Checks,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let pod = pods::random_pod(&mut random);
        let now = Now { monotonic: Duration::from_secs(5), wall: Timestamp::UNIX_EPOCH };
        let state = PodState::new(&pod, now);
        let (status, checks) = (PodStatus::default(), Checks::default());
        let mut world = Self { random, pod, state, now, pending: Vec::new(), status, checks };
        world.foresee();
        world
    }

    /// Decides what will come from outside.
    fn foresee(&mut self) {
        let grace_seconds = self.random.one_in(2).then(|| self.random.below(90));
        self.happens(3600, Event::StopRequested { grace_seconds });
        for _ in 0..self.random.below(3) {
            let message = "too much".to_owned();
            let grace_seconds = self.random.below(40);
            let event = match self.random.below(12) {
                0 => Event::KillRequested,
                1 => Event::Evicted { message, grace_seconds },
                2 | 3 => Event::SandboxLost,
                4 => Event::StopRequested { grace_seconds: Some(grace_seconds) },
                _ => Event::Updated,
            };
            self.happens(3600, event);
        }
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
            Action::Stop { .. }
            | Action::BackOff { .. }
            | Action::Abandon { .. }
            | Action::AbandonHook { .. }
            | Action::End { .. }
            | Action::RestartAllContainers => {}
            Action::PrepareSandbox if self.random.one_in(8) => {
                self.happens(5, Event::SandboxFailed(problem));
            }
            Action::PrepareSandbox => {
                self.happens(5, Event::SandboxReady(Addresses::default()));
            }
            Action::RemoveSandbox => self.happens(5, Event::SandboxRemoved),
            Action::PullImage { container } => self.pull(container, problem),
            Action::Start { container, attempt, .. } => self.start(container, attempt, problem),
            Action::RunHook { container, attempt, hook } => {
                let failure = self.random.one_in(4).then(|| "no".to_owned());
                self.sometime(40, Event::HookEnded { container, attempt, hook, failure });
            }
            Action::Probe { container, attempt, probe } => {
                let bad = Answer::Failure("no".to_owned());
                let unknown = Answer::Error("what?".to_owned());
                let good = Answer::Success;
                let choice = [good.clone(), good.clone(), good, bad.clone(), bad, unknown];
                let answer = self.random.pick(&choice);
                self.sometime(15, Event::Probed { container, attempt, probe, answer });
            }
            Action::Terminate { container, attempt, .. } => {
                let exit_code = self.random.pick(&[0, 1, 143]);
                if self.random.one_in(2) {
                    self.happens(40, exited(container, attempt, exit_code));
                }
            }
            Action::Kill { container, attempt } => {
                self.happens(1, exited(container, attempt, 137));
            }
        }
    }

    /// Makes something happen, or makes it hang for ever.
    fn sometime(&mut self, within: u64, event: Event) {
        if !self.random.one_in(15) {
            self.happens(within, event);
        }
    }

    fn pull(&mut self, container: ContainerName, problem: Problem) {
        if self.random.one_in(6) {
            self.happens(30, Event::ImageFailed { container, problem });
        } else {
            let (image_id, message) = (String::new(), String::new());
            self.happens(30, Event::ImageReady { container, image_id, message });
        }
    }

    fn start(&mut self, container: ContainerName, attempt: u32, problem: Problem) {
        if self.random.one_in(8) {
            self.happens(2, Event::CreateFailed { container, attempt, problem });
            return;
        }
        self.happens(2, Event::Started { container: container.clone(), attempt });
        let has_hook = |c: &Container| c.post_start.is_some();
        if self.pod.spec.container(&container).is_some_and(has_hook) {
            let failure = self.random.one_in(4).then(|| "no".to_owned());
            let (container, hook) = (container.clone(), crate::lifecycle::HookKind::PostStart);
            self.happens(20, Event::HookEnded { container, attempt, hook, failure });
        }
        if !self.random.one_in(3) {
            let exit_code = i32::try_from(self.random.below(4)).unwrap();
            self.happens(900, exited(container, attempt, exit_code));
        }
    }

    fn settle(&mut self) -> Option<Duration> {
        for _ in 0..60 {
            let next = plan(&self.pod, &self.state, self.now);
            if next.actions.is_empty() {
                self.observe();
                let wake_at = next.wake_at;
                assert!(wake_at.is_none_or(|at| at > self.now.monotonic), "it would spin");
                return wake_at;
            }
            for action in next.actions {
                self.checks.action(&self.pod, &self.state, &action, self.now);
                self.state.begin(&self.pod, &action, self.now);
                self.perform(action);
            }
        }
        panic!("the plan never settles: {:?}", self.state);
    }

    fn observe(&mut self) {
        let before = self.status.conditions.clone().unwrap_or_default();
        let status = status(&self.pod, &self.state, &before, self.now);
        self.checks.status(&self.state, &self.status, &status, self.now);
        self.status = status;
    }

    /// Plays until the pod is over; returns the number of steps.
    fn play(&mut self) -> u32 {
        for step in 0..20_000 {
            let wake_at = self.settle();
            if self.state.is_over() {
                self.checks.over(&self.state);
                return step;
            }
            let next = (0..self.pending.len()).min_by_key(|index| self.pending[*index].0);
            let event_at = next.map(|index| self.pending[index].0);
            let at = event_at.into_iter().chain(wake_at).min();
            let at = at.expect("a pod that is not over waits for something");
            self.pass(at.saturating_sub(self.now.monotonic));
            if event_at.is_some_and(|event_at| event_at <= self.now.monotonic) {
                let (_, event) = self.pending.swap_remove(next.unwrap());
                self.occur(event);
            }
        }
        panic!("the pod never ends: {:?}", self.state);
    }

    /// Lets time pass, sometimes more than was asked for; the time of day may be set.
    fn pass(&mut self, passed: Duration) {
        let oversleeps =
            if self.random.one_in(30) { self.random.seconds(90) } else { Duration::ZERO };
        self.now.monotonic += passed + oversleeps;
        self.now.wall = if self.random.one_in(50) {
            Timestamp::UNIX_EPOCH + self.random.seconds(1_000_000)
        } else {
            self.now.wall + passed
        };
    }

    fn occur(&mut self, event: Event) {
        if matches!(event, Event::Updated) {
            self.update();
        }
        self.checks.event(&event);
        self.state.apply(&self.pod, event, self.now);
    }

    /// Changes what may be changed in a pod that runs.
    fn update(&mut self) {
        if self.random.one_in(2) {
            let image = "example/debug:1".to_owned();
            let name = format!("debug{}", self.pod.spec.ephemeral_containers.len());
            let debug = Container::new(name.as_str().into(), ContainerKind::Ephemeral, image);
            self.pod.spec.ephemeral_containers.push(debug);
        }
        let image = format!("example/image:{}", self.random.below(3));
        let spec = &mut self.pod.spec;
        for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
            if self.random.one_in(2) {
                container.image.clone_from(&image);
            }
        }
    }
}

fn exited(container: ContainerName, attempt: u32, exit_code: i32) -> Event {
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
