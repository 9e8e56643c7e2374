//! The processor limit, `resources.limits.cpu`: so much time per period of 100 ms, as CFS does it.
//!
//! What counts is the processor time of the thread while it polls the container's future, which is
//! while the guest or a host function on its behalf runs; waiting is free. A guest that has used
//! its share is put to sleep where the epoch interrupts it, and what it ran too long is taken off
//! the next periods.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::UpdateDeadline;

use super::ticker::give_way;
use crate::clock::Clock;

/// What a share is measured by.
const PERIOD: Duration = Duration::from_millis(100);

/// The limit of one container, shared by all programs in it.
pub(super) struct CpuLimit {
    clock: Clock,
    /// Held for a few instructions.
    budget: Mutex<Budget>,
}

/// Charges what one run uses, shared by its future and the epoch's callback in its store.
pub(super) struct CpuMeter {
    limit: Arc<CpuLimit>,
    /// The processor time of the polling thread up to which was charged, while it polls. Held for
    /// a few instructions; future and callback run on one thread at a time.
    charged: Mutex<Option<Duration>>,
}

/// What is left of the time. Moments are counted from the start of the clock.
struct Budget {
    share: Duration,
    used: Duration,
    period_end: Duration,
}

impl CpuLimit {
    /// Takes a limit in thousandths of a processor.
    pub(super) fn new(limit_millis: u64) -> Self {
        let share = PERIOD.saturating_mul(u32::try_from(limit_millis).unwrap_or(u32::MAX)) / 1000;
        let share = share.max(Duration::from_micros(1));
        let budget = Budget { share, used: Duration::ZERO, period_end: PERIOD };
        Self { clock: Clock::start(), budget: Mutex::new(budget) }
    }

    /// Returns what charges one more run to this limit.
    pub(super) fn meter(self: &Arc<Self>) -> CpuMeter {
        CpuMeter { limit: Arc::clone(self), charged: Mutex::new(None) }
    }
}

impl CpuMeter {
    /// Starts to count.
    pub(super) fn enter(&self) {
        *lock(&self.charged) = Some(self.limit.clock.thread_processor_time());
    }

    /// Stops to count.
    pub(super) fn leave(&self) {
        self.charge();
        *lock(&self.charged) = None;
    }

    /// Decides at a tick whether the guest may go on.
    pub(super) fn at_tick(&self) -> UpdateDeadline {
        match self.charge() {
            None => give_way(),
            Some(at) => {
                let refilled = tokio::time::sleep_until(self.limit.clock.instant(at));
                UpdateDeadline::YieldCustom(1, Box::pin(refilled))
            }
        }
    }

    /// Charges what was used since the last time; returns when there is time again, if there is
    /// none now.
    fn charge(&self) -> Option<Duration> {
        let until = self.limit.clock.thread_processor_time();
        let ran = lock(&self.charged).replace(until).map_or(Duration::ZERO, |since| {
            // Not to panic if a thread's clock should ever run backwards.
            until.saturating_sub(since)
        });
        let mut budget = lock(&self.limit.budget);
        budget.charge(self.limit.clock.monotonic(), ran);
        budget.refilled_at()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Budget {
    /// Counts time that has been used until `now`.
    fn charge(&mut self, now: Duration, ran: Duration) {
        self.used += ran;
        if now >= self.period_end {
            let periods = (now - self.period_end).div_duration_f64(PERIOD) as u32 + 1;
            self.period_end += PERIOD.saturating_mul(periods);
            self.used = self.used.saturating_sub(self.share.saturating_mul(periods));
        }
    }

    /// Returns when there is time again, if there is none now.
    fn refilled_at(&self) -> Option<Duration> {
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
    use super::{Budget, Duration, PERIOD};

    /// Has run for `ran` until `now`, in ms; returns when it may go on.
    fn check(budget: &mut Budget, now: u64, ran: u64, expected: Option<u64>) {
        budget.charge(Duration::from_millis(now), Duration::from_millis(ran));
        assert_eq!(budget.refilled_at(), expected.map(Duration::from_millis), "at {now} ms");
    }

    fn budget(share: u64) -> Budget {
        let share = Duration::from_millis(share);
        Budget { share, used: Duration::ZERO, period_end: PERIOD }
    }

    #[test]
    fn half_a_processor() {
        let mut budget = budget(50);
        check(&mut budget, 30, 30, None);
        check(&mut budget, 50, 20, Some(100));
        check(&mut budget, 100, 0, None);
        check(&mut budget, 149, 49, None);
        check(&mut budget, 155, 6, Some(200));
        check(&mut budget, 200, 0, None);
        check(&mut budget, 245, 45, Some(300));
    }

    #[test]
    fn a_tick_longer_than_the_share_is_paid_back() {
        let mut budget = budget(1);
        check(&mut budget, 5, 5, Some(500));
        check(&mut budget, 500, 0, None);
    }

    #[test]
    fn time_not_used_is_not_saved_up() {
        let mut budget = budget(50);
        check(&mut budget, 10_000, 0, None);
        check(&mut budget, 10_060, 60, Some(10_100));
    }
}
