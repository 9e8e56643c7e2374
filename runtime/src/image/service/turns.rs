//! Turns: of those who want to do the same, one does it and the others wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Lock, OwnedMutexGuard};

/// One lock for each name that somebody has, or waits for; whoever holds it is in turn.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, Arc<Lock<()>>>>);

/// A turn, or the wait for it. It passes on when it is dropped.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    name: &'a str,
    lock: Arc<Lock<()>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits until nobody else has the turn for this name.
    pub(super) async fn take<'a>(&'a self, name: &'a str) -> Turn<'a> {
        let lock = self.locks().entry(name.to_owned()).or_default().clone();
        let mut turn = Turn { turns: self, name, lock, held: None };
        turn.held = Some(turn.lock.clone().lock_owned().await);
        turn
    }

    fn locks(&self) -> MutexGuard<'_, HashMap<String, Arc<Lock<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.held = None;
        let mut locks = self.turns.locks();
        // The map's and ours: nobody else waits.
        if Arc::strong_count(&self.lock) == 2 {
            locks.remove(self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_after_the_other_and_nothing_is_left() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        let other = turns.take("b").await;
        let mut second = Box::pin(turns.take("a"));
        let mut given_up = Box::pin(turns.take("a"));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(given_up.as_mut().now_or_never().is_none());
        drop(first);
        let second = second.await;
        assert!(given_up.as_mut().now_or_never().is_none());
        drop((second, other));
        assert_eq!(turns.locks().len(), 1, "somebody waits");
        drop(given_up);
        assert_eq!(turns.locks().len(), 0);
    }
}
