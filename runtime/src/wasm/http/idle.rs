//! Instances that have answered and wait for their next request: no longer than a while.
//!
//! The one that has waited least is taken first, so that of more than are needed the rest ends.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Clock;

/// How long one waits before it ends.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// What waits; `T` is an instance.
pub(super) struct Idle<T> {
    clock: Clock,
    /// With the time at which each ends, the first to end before the others. Held to put one in or to
    /// take one out.
    waiting: Mutex<Vec<(Duration, T)>>,
    came: Notify,
}

impl<T> Idle<T> {
    pub(super) fn new() -> Self {
        Self { clock: Clock::start(), waiting: Mutex::default(), came: Notify::new() }
    }

    pub(super) fn put(&self, instance: T) {
        let end = self.clock.monotonic() + IDLE_MAX;
        self.lock().push((end, instance));
        self.came.notify_one();
    }

    pub(super) fn take(&self) -> Option<T> {
        self.lock().pop().map(|(_, instance)| instance)
    }

    /// Ends those whose time has come, for ever.
    pub(super) async fn expire(&self) {
        loop {
            let first = self.lock().first().map(|(end, _)| *end);
            match first {
                Some(end) => tokio::time::sleep_until(self.clock.instant(end)).await,
                None => self.came.notified().await,
            }
            let now = self.clock.monotonic();
            let mut waiting = self.lock();
            let ended = waiting.iter().take_while(|(end, _)| *end <= now).count();
            let ended: Vec<_> = waiting.drain(..ended).collect();
            // Not under the lock: what an instance holds may be much.
            drop(waiting);
            drop(ended);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Duration, T)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_waits_too_long_ends() {
        let idle = Idle::new();
        let expire = idle.expire();
        tokio::pin!(expire);
        assert!(poll!(&mut expire).is_pending());
        idle.put("first");
        tokio::time::advance(IDLE_MAX / 2).await;
        idle.put("second");
        assert!(poll!(&mut expire).is_pending());
        tokio::time::advance(IDLE_MAX / 2).await;
        assert!(poll!(&mut expire).is_pending());
        assert_eq!((idle.take(), idle.take()), (Some("second"), None), "the first has ended");
    }

    #[test]
    fn the_last_to_come_is_the_first_to_go() {
        let idle = Idle::new();
        idle.put(1);
        idle.put(2);
        assert_eq!((idle.take(), idle.take(), idle.take()), (Some(2), Some(1), None));
    }
}
