//! What a UDP socket has been sent and has not received yet.
//!
//! What finds no room is lost, as in a kernel: a sender never waits.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::super::error::SocketError;

/// How much waits for one socket, with what the host needs for it (`net.core.rmem_default`).
const SOCKET_BYTES_MAX: usize = 208 << 10;

/// How much waits in a pod.
const POD_BYTES_MAX: usize = 32 << 20;

/// What the host needs for each datagram, however short.
const OVERHEAD: usize = 512;

/// How many may wait for a datagram at a time.
const RECEIVERS_MAX: usize = 64;

/// A message, and whom it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// What it says.
    pub bytes: Vec<u8>,
    /// Who has sent it.
    pub from: SocketAddr,
}

impl Datagram {
    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

/// How much waits in the whole pod.
#[derive(Debug, Default)]
pub(crate) struct Waiting(AtomicUsize);

/// The queue of one socket.
#[derive(Debug)]
pub(crate) struct Mailbox {
    /// Held for the time of one operation, by who sends or who receives.
    state: Mutex<State>,
    waiting: Arc<Waiting>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Datagram>,
    cost: usize,
    /// Whom alone it hears.
    remote: Option<SocketAddr>,
    /// Told once, by the next operation.
    error: Option<SocketError>,
    receivers: Vec<Waker>,
    is_closed: bool,
}

impl Mailbox {
    pub(super) fn new(waiting: &Arc<Waiting>) -> Self {
        Self { state: Mutex::default(), waiting: Arc::clone(waiting) }
    }

    /// Takes a datagram in, or loses it. Says whether there is somebody to take it at all.
    pub(crate) fn deliver(&self, datagram: Datagram) -> bool {
        let mut state = self.lock();
        if state.is_closed || state.remote.is_some_and(|remote| remote != datagram.from) {
            return false;
        }
        let cost = datagram.cost();
        if state.cost + cost > SOCKET_BYTES_MAX || !self.waiting.take(cost) {
            return true;
        }
        state.cost += cost;
        state.queue.push_back(datagram);
        wake(state);
        true
    }

    /// Lets the next operation fail: nobody was there to take what was sent.
    pub(super) fn refuse(&self) {
        let mut state = self.lock();
        state.error = Some(SocketError::ConnectionRefused);
        wake(state);
    }

    /// Returns what went wrong since it was last asked.
    pub(super) fn take_error(&self) -> Result<(), SocketError> {
        self.lock().error.take().map_or(Ok(()), Err)
    }

    pub(super) fn set_remote(&self, remote: Option<SocketAddr>) {
        self.lock().remote = remote;
    }

    /// Takes the oldest datagram, if there is one.
    pub(super) fn try_receive(&self) -> Result<Option<Datagram>, SocketError> {
        let mut state = self.lock();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        let datagram = state.queue.pop_front();
        if let Some(datagram) = &datagram {
            state.cost -= datagram.cost();
            self.waiting.give_back(datagram.cost());
        }
        Ok(datagram)
    }

    /// Returns the oldest datagram, if there is one, and leaves it there.
    pub(super) fn peek(&self) -> Option<Datagram> {
        self.lock().queue.front().cloned()
    }

    /// Returns how long the oldest datagram is; 0 if there is none.
    pub(super) fn first_len(&self) -> usize {
        self.lock().queue.front().map_or(0, |datagram| datagram.bytes.len())
    }

    /// Waits until there is something to receive.
    pub(super) fn poll_receivable(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.queue.is_empty() || state.error.is_some() {
            return Poll::Ready(());
        }
        if !state.receivers.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.receivers.push(cx.waker().clone());
            // Who has gone away is still among them. The others come again.
            if state.receivers.len() > RECEIVERS_MAX {
                wake(state);
            }
        }
        Poll::Pending
    }

    /// Takes in nothing more.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        self.waiting.give_back(std::mem::take(&mut state.cost));
        state.queue.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes who waits; not under the lock, for which it may come back at once.
fn wake(mut state: MutexGuard<'_, State>) {
    let receivers = std::mem::take(&mut state.receivers);
    drop(state);
    receivers.into_iter().for_each(Waker::wake);
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.close();
    }
}

impl Waiting {
    fn take(&self, cost: usize) -> bool {
        let has_room = self.0.fetch_add(cost, Ordering::Relaxed) + cost <= POD_BYTES_MAX;
        if !has_room {
            self.give_back(cost);
        }
        has_room
    }

    fn give_back(&self, cost: usize) {
        self.0.fetch_sub(cost, Ordering::Relaxed);
    }
}
