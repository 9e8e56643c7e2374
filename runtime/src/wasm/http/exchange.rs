//! One request and its response, as far as their bodies, the instance and its watch have to know of
//! each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// What the parts of an exchange share.
#[derive(Clone, Default)]
pub(super) struct Exchange(Arc<Shared>);

#[derive(Default)]
struct Shared {
    is_broken: AtomicBool,
    moved: Notify,
}

/// Breaks the exchange when it is dropped, unless it was kept.
pub(super) struct Breaker(Option<Exchange>);

impl Exchange {
    /// Tells that a piece of a body has moved.
    pub(super) fn moved(&self) {
        self.0.moved.notify_one();
    }

    /// Waits until nothing has moved for so long.
    pub(super) async fn stands_still(&self, patience: Duration) {
        while timeout(patience, self.0.moved.notified()).await.is_ok() {}
    }

    /// Returns what the instance holds while it is not done. It has to be dropped before the store
    /// is: what ends with the store then is no end, but an accident.
    pub(super) fn breaker(&self) -> Breaker {
        Breaker(Some(self.clone()))
    }

    /// Returns whether the instance came to an end before it was done.
    pub(super) fn is_broken(&self) -> bool {
        self.0.is_broken.load(Ordering::Acquire)
    }
}

impl Breaker {
    /// Keeps the exchange whole.
    pub(super) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Breaker {
    fn drop(&mut self) {
        if let Some(exchange) = &self.0 {
            exchange.0.is_broken.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_it() {
        let exchange = Exchange::default();
        exchange.breaker().disarm();
        assert!(!exchange.is_broken());
        drop(exchange.breaker());
        assert!(exchange.is_broken());
    }

    #[tokio::test(start_paused = true)]
    async fn standing_still_begins_anew_with_each_move() {
        let (exchange, clock) = (Exchange::default(), crate::clock::Clock::start());
        let patience = Duration::from_secs(60);
        let moves = async {
            for _ in 0..3 {
                tokio::time::advance(Duration::from_secs(40)).await;
                exchange.moved();
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(exchange.stands_still(patience), moves);
        assert_eq!(clock.monotonic().as_secs(), 180);
    }
}
