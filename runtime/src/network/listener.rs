//! A listening socket: connections wait in it to be accepted.
//!
//! A connection counts as established when it has a place in the queue, before anybody accepts it.
//! Who finds no place waits for one.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::PodNetwork;
use super::error::SocketError;
use super::lease::Lease;
use super::stream::TcpStream;
use crate::shards::Shards;

/// How many connections may wait, whatever was asked for (`net.core.somaxconn`).
const BACKLOG_MAX: usize = 4096;

/// The queue of one listening socket.
#[derive(Debug)]
pub(super) struct Listener {
    /// One permit for each free place; closed with the listener.
    places: Arc<Semaphore>,
    /// Held for the time of one operation, by who connects or who accepts.
    state: Mutex<State>,
    /// The first is the address that it shows.
    ports: Vec<Arc<Lease>>,
    /// Over whom its connections may be spread, if they may.
    shards: Option<Arc<Shards>>,
}

/// A connection that waits to be accepted.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) stream: TcpStream,
    /// Where who connected runs.
    pub(super) shard: Option<Handle>,
}

#[derive(Debug)]
struct State {
    queue: VecDeque<Offered>,
    acceptor: Option<Waker>,
    backlog: usize,
    is_closed: bool,
}

impl Listener {
    pub(super) fn new(ports: Vec<Arc<Lease>>, backlog: usize, shards: Option<Arc<Shards>>) -> Self {
        let backlog = backlog.clamp(1, BACKLOG_MAX);
        let state = State { queue: VecDeque::new(), acceptor: None, backlog, is_closed: false };
        // One more than it says, as Linux has it.
        let places = Arc::new(Semaphore::new(backlog + 1));
        Self { places, state: Mutex::new(state), ports, shards }
    }

    /// Listens at its ports, or at none of them.
    pub(super) fn open(
        network: &PodNetwork,
        ports: Vec<Arc<Lease>>,
        backlog: usize,
        shards: Option<Arc<Shards>>,
    ) -> Result<Arc<Self>, SocketError> {
        let listener = Arc::new(Self::new(ports, backlog, shards));
        let mut table = network.ports();
        for port in &listener.ports {
            table.listen(port.id(), Arc::downgrade(&listener))?;
        }
        drop(table);
        Ok(listener)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.ports[0].address()
    }

    /// Returns where the next connection may be carried, if not where all else of the pod runs.
    pub(super) fn shard(&self) -> Option<Handle> {
        self.shards.as_ref().and_then(|shards| shards.next())
    }

    /// Takes a place if there is one.
    pub(super) fn try_take_place(&self) -> Result<bool, SocketError> {
        match self.places.try_acquire() {
            Ok(place) => {
                place.forget();
                Ok(true)
            }
            Err(tokio::sync::TryAcquireError::NoPermits) => Ok(false),
            Err(tokio::sync::TryAcquireError::Closed) => Err(SocketError::ConnectionRefused),
        }
    }

    /// Returns what to wait on for a place.
    pub(super) fn places(&self) -> Arc<Semaphore> {
        Arc::clone(&self.places)
    }

    /// Puts a connection, for which a place was taken, into the queue.
    pub(super) fn offer(&self, stream: TcpStream) {
        let mut state = self.lock();
        if state.is_closed {
            drop(state);
            stream.abort();
            return;
        }
        let shard = self.shards.as_ref().and_then(|_| Handle::try_current().ok());
        state.queue.push_back(Offered { stream, shard });
        let acceptor = state.acceptor.take();
        drop(state);
        acceptor.into_iter().for_each(Waker::wake);
    }

    pub(super) fn poll_acceptable(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.queue.is_empty() || state.is_closed {
            return Poll::Ready(());
        }
        state.acceptor = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Takes the connection that waits longest.
    pub(super) fn accept(&self) -> Option<Offered> {
        let offered = self.lock().queue.pop_front()?;
        self.places.add_permits(1);
        Some(offered)
    }

    pub(super) fn set_backlog(&self, backlog: usize) {
        let backlog = backlog.clamp(1, BACKLOG_MAX);
        let before = std::mem::replace(&mut self.lock().backlog, backlog);
        if backlog > before {
            self.places.add_permits(backlog - before);
        } else {
            self.places.forget_permits(before - backlog);
        }
    }

    /// Refuses everybody who waits, and resets who was not accepted yet.
    pub(super) fn close(&self) {
        self.places.close();
        let mut state = self.lock();
        state.is_closed = true;
        let queue = std::mem::take(&mut state.queue);
        let acceptor = state.acceptor.take();
        drop(state);
        queue.iter().for_each(|offered| offered.stream.abort());
        acceptor.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.close();
    }
}
