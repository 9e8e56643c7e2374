//! The way of a UDP socket to the real network: a socket of the host, made when it is first needed.
//!
//! As behind the address translation of a node, only those are heard who were spoken to. Who has
//! come in through a published port is answered through that port, whatever the policy says.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::task::AbortHandle;

use super::super::address::Family;
use super::super::error::SocketError;
use super::mailbox::{Datagram, Mailbox};

/// How many others a socket may be in touch with; the one who came first is forgotten.
const PEERS_MAX: usize = 1024;

/// The longest datagram there is.
pub(in crate::network) const DATAGRAM_BYTES_MAX: usize = 65535;

/// What one socket of the pod has of the real network.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    /// Held for the time of one operation.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    socket: Option<HostSocket>,
    peers: BTreeMap<SocketAddr, Peer>,
    /// The peers by age.
    order: VecDeque<SocketAddr>,
}

/// How somebody outside is spoken to.
#[derive(Clone, Debug)]
enum Peer {
    /// Through a socket of our own.
    Spoken,
    /// Through the published port by which it came, by its real address.
    Client(Weak<UdpSocket>, SocketAddr),
}

/// A socket of the host, until dropped.
#[derive(Debug)]
struct HostSocket {
    socket: UdpSocket,
    task: AbortHandle,
}

impl Drop for HostSocket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Outside {
    /// Sends to somebody who came in through a published port, if that is who it is.
    pub(super) fn answer(&self, bytes: &[u8], to: SocketAddr) -> Option<Result<(), SocketError>> {
        let peer = self.lock().peers.get(&to).cloned();
        let Some(Peer::Client(socket, address)) = peer else { return None };
        Some(send(&*socket.upgrade()?, bytes, address))
    }

    /// Remembers who came in through a published port, and how it can be answered.
    pub(in crate::network) fn came_in(
        &self,
        shown: SocketAddr,
        socket: &Arc<UdpSocket>,
        address: SocketAddr,
    ) {
        self.lock().remember(shown, Peer::Client(Arc::downgrade(socket), address));
    }

    /// Returns whether this is somebody who came in through a published port.
    pub(super) fn has_client(&self, address: &SocketAddr) -> bool {
        matches!(self.lock().peers.get(address), Some(Peer::Client(..)))
    }

    /// Sends to the real network. What comes back goes to the mailbox.
    pub(super) fn send(
        self: &Arc<Self>,
        bytes: &[u8],
        to: SocketAddr,
        mailbox: &Arc<Mailbox>,
    ) -> Result<(), SocketError> {
        let mut state = self.lock();
        if state.socket.is_none() {
            let (inside, mailbox) = (Arc::downgrade(self), Arc::downgrade(mailbox));
            state.socket = Some(HostSocket::open(Family::of(to.ip()), inside, mailbox)?);
        }
        state.remember(to, Peer::Spoken);
        let socket = state.socket.as_ref().expect("it was just made");
        send(&socket.socket, bytes, to)
    }

    fn knows(&self, address: &SocketAddr) -> bool {
        matches!(self.lock().peers.get(address), Some(Peer::Spoken))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remember(&mut self, address: SocketAddr, peer: Peer) {
        if self.peers.insert(address, peer).is_none() {
            self.order.push_back(address);
        }
        if self.order.len() > PEERS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.peers.remove(&oldest);
        }
    }
}

impl HostSocket {
    fn open(family: Family, inside: Weak<Outside>, mailbox: Weak<Mailbox>) -> io::Result<Self> {
        let socket = UdpSocket::bind((family.unspecified(), 0))?;
        socket.set_nonblocking(true)?;
        let receiver = tokio::net::UdpSocket::from_std(socket.try_clone()?)?;
        let task = tokio::spawn(receive(receiver, inside, mailbox)).abort_handle();
        Ok(Self { socket, task })
    }
}

/// Sends, or loses it where the host has no room just now.
fn send(socket: &UdpSocket, bytes: &[u8], to: SocketAddr) -> Result<(), SocketError> {
    match socket.send_to(bytes, to) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error.into()),
        _ => Ok(()),
    }
}

/// Carries what comes from the real network into the pod, for as long as the socket is there.
async fn receive(socket: tokio::net::UdpSocket, inside: Weak<Outside>, mailbox: Weak<Mailbox>) {
    loop {
        // Made when there is something to receive, so that an idle socket holds no memory.
        if socket.readable().await.is_err() {
            return;
        }
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        let (Some(inside), Some(mailbox)) = (inside.upgrade(), mailbox.upgrade()) else { return };
        // What went wrong with an earlier datagram concerns nobody any more.
        if let Ok((len, from)) = socket.try_recv_from(&mut buffer)
            && inside.knows(&from)
        {
            mailbox.deliver(Datagram { bytes: buffer[..len].to_vec(), from });
        }
    }
}
