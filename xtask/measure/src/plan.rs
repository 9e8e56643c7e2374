//! A pod of ten containers with probes, decided event by event, with nothing to carry out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::ensure;
use wasmpod::clock;
use wasmpod::lifecycle::{self, Action, Addresses, Answer, Event, Now, PodState};
use wasmpod::spec::Pod;

use crate::Input;
use crate::pod::pod_of_ten;

/// How many events are decided for one answer.
const EVENTS: u32 = 10_000;

pub(crate) async fn answer() -> anyhow::Result<()> {
    let mut input = Input::new();
    while input.line().await.is_some() {
        let mut decided = Decided::new();
        // Until everything runs, and is probed once a second.
        decided.events(100)?;
        let start = Instant::now();
        decided.events(EVENTS)?;
        crate::answer(start.elapsed().as_secs_f64() * 1e6 / f64::from(EVENTS))?;
    }
    Ok(())
}

/// A pod of which everything comes out well.
struct Decided {
    pod: Pod,
    state: PodState,
    now: Now,
    events: VecDeque<Event>,
}

impl Decided {
    fn new() -> Self {
        let (pod, now) = (pod_of_ten(), Now { monotonic: Duration::ZERO, wall: clock::wall() });
        let mut decided =
            Self { state: PodState::new(&pod, now), pod, now, events: VecDeque::new() };
        decided.plan();
        decided
    }

    /// Lets so many events happen; time passes when nothing else is to happen.
    fn events(&mut self, count: u32) -> anyhow::Result<()> {
        for _ in 0..count {
            while self.events.is_empty() {
                self.now.monotonic += Duration::from_secs(1);
                self.plan();
                ensure!(!self.state.is_over(), "the pod that is measured has ended");
            }
            if let Some(event) = self.events.pop_front() {
                self.state.apply(&self.pod, event, self.now);
                self.plan();
            }
        }
        Ok(())
    }

    /// Takes up what is to do, and notes what comes of it.
    fn plan(&mut self) {
        loop {
            let plan = lifecycle::plan(&self.pod, &self.state, self.now);
            if plan.actions.is_empty() {
                return;
            }
            for action in plan.actions {
                self.state.begin(&self.pod, &action, self.now);
                self.events.extend(outcome(action));
            }
        }
    }
}

fn outcome(action: Action) -> Option<Event> {
    match action {
        Action::PrepareSandbox => Some(Event::SandboxReady(Addresses::default())),
        Action::PullImage { container } => {
            let (image_id, message) = (String::new(), String::new());
            Some(Event::ImageReady { container, image_id, message })
        }
        Action::Start { container, attempt, .. } => Some(Event::Started { container, attempt }),
        Action::Probe { container, attempt, probe } => {
            Some(Event::Probed { container, attempt, probe, answer: Answer::Success })
        }
        _ => None,
    }
}
