//! How long to wait before something that failed is tried again.
//!
//! The kubelet's series: 10 seconds, doubling to 300, forgotten after 600 seconds without a
//! failure. The crash series starts with an immediate restart, the image-pull series does not.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(10);
const FORGET_AFTER: Duration = Duration::from_secs(600);

/// Where a series of delays stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    /// The delay in force, and when it was last raised; none before the first failure.
    step: Option<(Duration, Duration)>,
}

impl Backoff {
    /// The longest delay, unless another is configured.
    pub(super) const MAX: Duration = Duration::from_secs(300);

    /// Returns when a container that ended at `ended` may be started again.
    pub(super) fn restart_at(&self, ended: Duration) -> Duration {
        match self.step {
            Some((delay, raised)) if ended.saturating_sub(raised) <= FORGET_AFTER => ended + delay,
            _ => ended,
        }
    }

    /// Returns when an action that failed may be tried again: its delay after the last failure.
    pub(super) fn retry_at(&self) -> Duration {
        self.step.map_or(Duration::ZERO, |(delay, raised)| raised + delay)
    }

    /// Returns the delay in force.
    pub(super) fn delay(&self) -> Duration {
        self.step.map_or(Duration::ZERO, |(delay, _)| delay)
    }

    /// Goes on to the next delay, at a restart or at a failure; to `max` at the most.
    pub(super) fn raise(&mut self, now: Duration, max: Duration) {
        let delay = match self.step {
            Some((delay, raised)) if now.saturating_sub(raised) <= FORGET_AFTER => {
                (delay * 2).min(max)
            }
            _ => FIRST.min(max),
        };
        self.step = Some((delay, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a container that runs for so many seconds each time; returns its waits.
    fn crash_waits(run_seconds: &[u64]) -> Vec<u64> {
        let mut backoff = Backoff::default();
        let mut now = Duration::ZERO;
        let mut waits = Vec::new();
        for seconds in run_seconds {
            let ended = now + Duration::from_secs(*seconds);
            now = backoff.restart_at(ended);
            waits.push((now - ended).as_secs());
            backoff.raise(now, Backoff::MAX);
        }
        waits
    }

    #[test]
    fn crash_series() {
        assert_eq!(crash_waits(&[1; 9]), [0, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(crash_waits(&[0, 590, 0]), [0, 10, 20], "not yet forgotten");
        assert_eq!(crash_waits(&[0, 0, 0, 601, 0]), [0, 10, 20, 0, 10], "starts over");
    }

    #[test]
    fn pull_series() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.retry_at(), Duration::ZERO, "the first try is immediate");
        let mut now = Duration::from_secs(5);
        for wait in [10, 20, 40, 80, 160, 300, 300] {
            backoff.raise(now, Backoff::MAX);
            assert_eq!(backoff.retry_at() - now, Duration::from_secs(wait));
            now = backoff.retry_at();
        }
        now += FORGET_AFTER + Duration::from_secs(1);
        backoff.raise(now, Backoff::MAX);
        assert_eq!(backoff.delay(), FIRST, "forgotten");
    }
}
