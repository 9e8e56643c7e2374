//! Who holds what on a pod's network.
//!
//! Everything is held by one run of a container, its [`Incarnation`]. A socket gives up what it has
//! when it is closed; the end of the incarnation gives up everything, closed or not, so that a
//! container which is killed leaves no port behind.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::PodNetwork;
use super::error::SocketError;
use super::ports::{BindingId, Owner};

/// How many sockets one container may have open.
const SOCKETS_MAX: usize = 4096;

/// One run of a container on the network. Dropping it frees all that it holds there.
#[derive(Debug)]
pub struct Incarnation(Arc<Member>);

/// An incarnation, as its sockets know it.
#[derive(Debug)]
pub struct Member {
    network: Arc<PodNetwork>,
    owner: Owner,
    is_over: AtomicBool,
    sockets: AtomicUsize,
}

impl Incarnation {
    pub(super) fn new(network: Arc<PodNetwork>, owner: Owner) -> Self {
        Self(Arc::new(Member {
            network,
            owner,
            is_over: AtomicBool::new(false),
            sockets: AtomicUsize::new(0),
        }))
    }

    /// Returns who opens its sockets.
    pub fn member(&self) -> &Arc<Member> {
        &self.0
    }
}

impl Drop for Incarnation {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
        self.0.network.release_all(self.0.owner);
    }
}

impl Member {
    /// Returns the network.
    pub fn network(&self) -> &Arc<PodNetwork> {
        &self.network
    }

    /// Returns who holds what it binds, until it is over.
    pub(super) fn owner(&self) -> Result<Owner, SocketError> {
        if self.is_over.load(Ordering::SeqCst) {
            return Err(SocketError::InvalidState);
        }
        Ok(self.owner)
    }

    pub(super) fn bind(self: &Arc<Self>, address: IpAddr, port: u16) -> Result<Lease, SocketError> {
        let id = self.network.ports().bind(self.owner()?, address, port)?;
        Ok(Lease { network: Arc::clone(&self.network), address, id })
    }

    pub(super) fn open_socket(self: &Arc<Self>) -> Result<SocketSlot, SocketError> {
        if self.sockets.fetch_add(1, Ordering::Relaxed) < SOCKETS_MAX {
            return Ok(SocketSlot(Arc::clone(self)));
        }
        self.sockets.fetch_sub(1, Ordering::Relaxed);
        Err(SocketError::TooManySockets)
    }
}

/// The place of a socket among those that a container may have.
#[derive(Debug)]
pub(super) struct SocketSlot(Arc<Member>);

impl Drop for SocketSlot {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A port that is held, until dropped.
#[derive(Debug)]
pub(super) struct Lease {
    network: Arc<PodNetwork>,
    address: IpAddr,
    id: BindingId,
}

impl Lease {
    pub(super) fn id(&self) -> BindingId {
        self.id
    }

    /// Returns what it was bound to; may be a wildcard.
    pub(super) fn address(&self) -> std::net::SocketAddr {
        (self.address, self.id.port()).into()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.network.ports().release(self.id);
    }
}
