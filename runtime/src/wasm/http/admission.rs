//! How many requests a service handles at a time, and how many may wait for that.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The places of a service.
pub(super) struct Admission {
    places: Arc<Semaphore>,
    queue: Semaphore,
    concurrency_max: u32,
}

/// A request is handled as long as this is held.
pub(super) type Place = OwnedSemaphorePermit;

/// There is no place, and none will be soon.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

impl Admission {
    pub(super) fn new(concurrency_max: u32, queue_max: u32) -> Self {
        Self {
            places: Arc::new(Semaphore::new(concurrency_max as usize)),
            queue: Semaphore::new(queue_max as usize),
            concurrency_max,
        }
    }

    /// Takes a place, and waits for one in the queue if that is not full.
    pub(super) async fn enter(&self, patience: Duration) -> Result<Place, Busy> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = self.queue.try_acquire().map_err(|_| Busy)?;
        let place = timeout(patience, Arc::clone(&self.places).acquire_owned()).await;
        place.ok().and_then(Result::ok).ok_or(Busy)
    }

    /// Waits until nothing is handled.
    pub(super) async fn idle(&self) {
        // It is never closed.
        let _ = self.places.acquire_many(self.concurrency_max).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn who_gets_a_place() {
        let admission = Admission::new(2, 1);
        let first = admission.enter(PATIENCE).await.unwrap();
        let _second = admission.enter(PATIENCE).await.unwrap();
        let waits = async {
            let third = admission.enter(PATIENCE);
            tokio::pin!(third);
            assert!(futures_util::poll!(&mut third).is_pending());
            assert_eq!(admission.enter(PATIENCE).await.unwrap_err(), Busy, "the queue is full");
            drop(first);
            third.await.unwrap()
        };
        let _third = waits.await;
        assert_eq!(admission.enter(PATIENCE).await.unwrap_err(), Busy, "it waited long enough");
    }

    #[tokio::test]
    async fn idle_is_when_all_have_left() {
        let admission = Admission::new(3, 0);
        admission.idle().await;
        let place = admission.enter(PATIENCE).await.unwrap();
        let idle = admission.idle();
        tokio::pin!(idle);
        assert!(futures_util::poll!(&mut idle).is_pending());
        drop(place);
        idle.await;
    }
}
