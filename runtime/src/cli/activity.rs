//! What the containers of a pod wait for, at the foot of the terminal: pulls with their bar and
//! rate, and compilations. Nothing anywhere else.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::foot::{self, Foot};
use super::transfer::Transfer;
use crate::pod::{Step, Steps, Work};
use crate::spec::printable;

/// More often nobody can read.
const BETWEEN_DRAWINGS: Duration = Duration::from_millis(100);

/// What is over sooner is not worth a line.
const BEFORE_SHOWN: Duration = Duration::from_millis(200);

/// How many lines are redrawn in place: what scrolls out of a terminal cannot be.
const LINES_MAX: usize = 8;

/// Shows what containers wait for.
pub(super) struct ActivityView {
    is_shown: bool,
    steps: watch::Receiver<Steps>,
    foot: Foot,
    drawings: Interval,
}

impl ActivityView {
    pub(super) fn new(steps: watch::Receiver<Steps>, foot: Foot) -> Self {
        let mut drawings = interval(BETWEEN_DRAWINGS);
        drawings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { is_shown: foot::is_there(), steps, foot, drawings }
    }

    /// Waits until there may be something else to see, and draws it.
    pub(super) async fn advance(&mut self) {
        if !self.is_shown {
            return std::future::pending().await;
        }
        let is_busy = !self.steps.borrow_and_update().is_empty();
        let is_drawn = !self.foot.borrow().activity.is_empty();
        if !is_busy && !is_drawn && self.steps.changed().await.is_err() {
            // The pod is over.
            return std::future::pending().await;
        }
        self.drawings.tick().await;
        let text = text(&self.steps.borrow());
        self.foot.send_if_modified(|foot| {
            let is_new = foot.activity != text;
            foot.activity = text;
            is_new
        });
    }
}

/// Returns a line for each container that has waited for a while.
fn text(steps: &Steps) -> String {
    let lines = steps.values().filter_map(|step| line(step, step.clock.monotonic()));
    lines.take(LINES_MAX).collect()
}

fn line(step: &Step, since_start: Duration) -> Option<String> {
    if since_start < BEFORE_SHOWN {
        return None;
    }
    let image = printable(&step.image);
    Some(match step.work {
        Work::Pulling { came, announced } => {
            format!("pulling {image} {}\n", Transfer { came, announced }.text(since_start))
        }
        Work::Unpacking => format!("unpacking {image}\n"),
        Work::Compiling => format!("compiling {image}\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn lines() {
        let check = |image: &str, work, ms, expected: Option<&str>| {
            let step = Step { image: image.to_owned(), work, clock: Clock::start() };
            assert_eq!(line(&step, Duration::from_millis(ms)).as_deref(), expected);
        };
        let pulling = Work::Pulling { came: 1 << 20, announced: 2 << 20 };
        let half = "pulling app:v1 [==========>         ]  50% 1.0 MiB of 2.0 MiB, 1.0 MiB/s\n";
        check("app:v1", pulling, 100, None);
        check("app:v1", pulling, 1000, Some(half));
        check("app:v1", Work::Unpacking, 1000, Some("unpacking app:v1\n"));
        check("app:v1", Work::Compiling, 199, None);
        check("app:v1", Work::Compiling, 200, Some("compiling app:v1\n"));
        check("a\u{1b}[2J\n", Work::Compiling, 200, Some("compiling a\\u001b[2J\\n\n"));
    }
}
