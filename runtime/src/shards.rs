//! The threads that carry what must not be held to one core: the connections of http services.
//!
//! A pod lives on one thread, and its containers hand over to each other without leaving it, since to
//! wake another core takes longer than most of what they do. An http service has a store for each
//! request, and its connections know nothing of each other; so each is carried, from the socket of the
//! host to the instance, by one of these threads, and never leaves that either.
//!
//! What must hold: what runs here yields as on the pod's own thread; the threads start when the first
//! service does and end with the last who holds this.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, available_parallelism};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// One thread for each core, with the one that everything else runs on.
#[derive(Debug, Default)]
pub struct Shards {
    started: OnceLock<Vec<Shard>>,
    /// Held while the threads are started, so that they are once.
    starting: Mutex<()>,
    turn: AtomicUsize,
}

#[derive(Debug)]
struct Shard {
    handle: Handle,
    /// The thread ends when this is dropped.
    _until: Option<oneshot::Sender<()>>,
}

impl Shards {
    /// Starts the threads, unless they run. To be called within the runtime that is the first of them.
    ///
    /// # Errors
    ///
    /// If the system gives us none.
    pub fn start(&self) -> io::Result<()> {
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.started.get().is_none() {
            let further = available_parallelism().map_or(1, usize::from) - 1;
            let home = Shard { handle: Handle::current(), _until: None };
            let shards = std::iter::once(Ok(home)).chain((0..further).map(|_| Shard::start()));
            let shards = shards.collect::<io::Result<_>>()?;
            self.started.get_or_init(|| shards);
        }
        Ok(())
    }

    /// Returns whose turn it is; nobody's before they are started.
    pub fn next(&self) -> Option<Handle> {
        let shards = self.started.get()?;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        Some(shards[turn % shards.len()].handle.clone())
    }
}

impl Shard {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (until, ended) = oneshot::channel();
        thread::Builder::new().name("shard".to_owned()).spawn(move || {
            // Nothing is ever sent.
            let _ = runtime.block_on(ended);
        })?;
        Ok(Self { handle, _until: Some(until) })
    }
}

#[cfg(test)]
mod tests {
    use std::thread::current;

    use super::*;

    #[tokio::test]
    async fn each_has_its_turn() {
        let shards = Shards::default();
        assert!(shards.next().is_none());
        shards.start().unwrap();
        shards.start().unwrap();
        let count = available_parallelism().unwrap().get();
        let mut threads = Vec::new();
        for _ in 0..2 * count {
            let shard = shards.next().unwrap();
            threads.push(shard.spawn(async { current().id() }).await.unwrap());
        }
        assert_eq!(threads[..count], threads[count..]);
        assert_eq!(threads[0], current().id());
        threads.truncate(count);
        threads.dedup();
        assert_eq!(threads.len(), count);
    }
}
