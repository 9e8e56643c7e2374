//! The processor limit, `resources.limits.cpu`: so much time per period of 100 ms, as CFS does it.
//!
//! Time counts while the container's future is polled, which is while its guest or a host function
//! on its behalf runs; waiting is free. A guest that has used its share is put to sleep where the
//! epoch interrupts it, and what it ran too long is taken off the next periods.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::UpdateDeadline;

/// What a share is measured by.
const PERIOD: Duration = Duration::from_millis(100);

/// The limit of one container, shared by its future and the epoch's callback in its store.
///
/// The lock is held for a few instructions, and both run on one thread at a time.
pub(super) struct CpuLimit(Mutex<State>);

struct State {
    budget: Budget,
    /// Since when its future is being polled.
    entered: Option<Instant>,
}

/// What is left of the time, without a clock.
struct Budget {
    share: Duration,
    used: Duration,
    period_end: Instant,
}

impl CpuLimit {
    /// Takes a limit in thousandths of a processor.
    pub(super) fn new(limit_millis: u64) -> Self {
        let share = PERIOD.saturating_mul(u32::try_from(limit_millis).unwrap_or(u32::MAX)) / 1000;
        let share = share.max(Duration::from_micros(1));
        let budget = Budget { share, used: Duration::ZERO, period_end: Instant::now() + PERIOD };
        Self(Mutex::new(State { budget, entered: None }))
    }

    /// Starts to count.
    pub(super) fn enter(&self) {
        self.state().entered = Some(Instant::now());
    }

    /// Stops to count.
    pub(super) fn leave(&self) {
        let mut state = self.state();
        state.charge();
        state.entered = None;
    }

    /// Decides at a tick whether the guest may go on.
    pub(super) fn at_tick(&self) -> UpdateDeadline {
        let mut state = self.state();
        state.charge();
        match state.budget.refilled_at() {
            None => UpdateDeadline::Yield(1),
            Some(at) => UpdateDeadline::YieldCustom(1, Box::pin(tokio::time::sleep_until(at))),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn charge(&mut self) {
        let now = Instant::now();
        let ran = self.entered.replace(now).map_or(Duration::ZERO, |since| now - since);
        self.budget.charge(now, ran);
    }
}

impl Budget {
    /// Counts time that has been used until `now`.
    fn charge(&mut self, now: Instant, ran: Duration) {
        self.used += ran;
        if now >= self.period_end {
            let periods = (now - self.period_end).div_duration_f64(PERIOD) as u32 + 1;
            self.period_end += PERIOD.saturating_mul(periods);
            self.used = self.used.saturating_sub(self.share.saturating_mul(periods));
        }
    }

    /// Returns when there is time again, if there is none now.
    fn refilled_at(&self) -> Option<Instant> {
        if self.used < self.share {
            return None;
        }
        // Whole shares that are used up, beyond the one of this period.
        let debt = self.used.div_duration_f64(self.share) as u32 - 1;
        Some(self.period_end + PERIOD.saturating_mul(debt))
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Duration, Instant, PERIOD};

    /// Runs for `ran` until `now`, in ms; returns when it may go on.
    fn check(budget: &mut Budget, start: Instant, now: u64, ran: u64, expected: Option<u64>) {
        budget.charge(start + Duration::from_millis(now), Duration::from_millis(ran));
        let refilled = budget.refilled_at().map(|at| (at - start).as_millis() as u64);
        assert_eq!(refilled, expected, "at {now} ms");
    }

    fn budget(share: u64) -> (Budget, Instant) {
        let start = Instant::now();
        let share = Duration::from_millis(share);
        (Budget { share, used: Duration::ZERO, period_end: start + PERIOD }, start)
    }

    #[test]
    fn half_a_processor() {
        let (mut budget, start) = budget(50);
        check(&mut budget, start, 30, 30, None);
        check(&mut budget, start, 50, 20, Some(100));
        check(&mut budget, start, 100, 0, None);
        check(&mut budget, start, 149, 49, None);
        check(&mut budget, start, 155, 6, Some(200));
        check(&mut budget, start, 200, 0, None);
        check(&mut budget, start, 245, 45, Some(300));
    }

    #[test]
    fn a_tick_longer_than_the_share_is_paid_back() {
        let (mut budget, start) = budget(1);
        check(&mut budget, start, 5, 5, Some(500));
        check(&mut budget, start, 500, 0, None);
    }

    #[test]
    fn time_not_used_is_not_saved_up() {
        let (mut budget, start) = budget(50);
        check(&mut budget, start, 10_000, 0, None);
        check(&mut budget, start, 10_060, 60, Some(10_100));
    }
}
