//! A UDP socket, whatever version of WASI it is seen through.
//!
//! ```text
//! Open ── bind ──► Bound ◄─ disconnect ── connect ─► Connected
//! ```
//!
//! The rules are those of Linux. Nothing is lost on the way between two sockets of a pod, but what
//! finds no room at its end is.

mod mailbox;
mod outside;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

use super::address::{Family, is_of_family, is_remote, is_unicast};
use super::error::SocketError;
use super::lease::{Member, SocketSlot};
use super::options::SocketOptions;
use super::ports::BindingId;
use super::{PodNetwork, Route};

pub use self::mailbox::Datagram;
pub(super) use self::mailbox::{Mailbox, Waiting};
pub(super) use self::outside::{DATAGRAM_BYTES_MAX, Outside};

/// A UDP socket of a container.
#[derive(Debug)]
pub struct UdpSocket {
    member: Arc<Member>,
    family: Family,
    options: SocketOptions,
    /// There once it is bound, for ever.
    port: Option<Arc<UdpPort>>,
    remote: Option<SocketAddr>,
    _slot: SocketSlot,
}

/// A port that is held, until dropped, and what is sent to it.
#[derive(Debug)]
pub(super) struct UdpPort {
    network: Arc<PodNetwork>,
    address: IpAddr,
    id: BindingId,
    mailbox: Arc<Mailbox>,
    outside: Arc<Outside>,
}

/// What can be reached at a port, as the port table knows it.
#[derive(Clone, Debug)]
pub(super) struct Reachable {
    pub(super) mailbox: Weak<Mailbox>,
    pub(super) outside: Weak<Outside>,
}

impl UdpPort {
    /// Takes a port, and is there for datagrams from then on.
    pub(super) fn bind(
        member: &Arc<Member>,
        address: IpAddr,
        port: u16,
    ) -> Result<Self, SocketError> {
        let network = Arc::clone(member.network());
        let mailbox = Arc::new(Mailbox::new(&network.datagrams_waiting));
        let outside = Arc::default();
        let reachable =
            Reachable { mailbox: Arc::downgrade(&mailbox), outside: Arc::downgrade(&outside) };
        let mut ports = network.udp_ports();
        let id = ports.bind(member.owner()?, address, port)?;
        ports.listen(id, reachable)?;
        drop(ports);
        Ok(Self { network, address, id, mailbox, outside })
    }

    fn address(&self) -> SocketAddr {
        (self.address, self.id.port()).into()
    }
}

impl Drop for UdpPort {
    fn drop(&mut self) {
        self.network.udp_ports().release(self.id);
    }
}

impl UdpSocket {
    /// Opens a socket.
    ///
    /// # Errors
    ///
    /// [`SocketError::TooManySockets`]
    pub fn new(member: &Arc<Member>, family: Family) -> Result<Self, SocketError> {
        Ok(Self {
            _slot: member.open_socket()?,
            member: Arc::clone(member),
            family,
            options: SocketOptions::default(),
            port: None,
            remote: None,
        })
    }

    /// Returns the family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Returns whether it has a local address.
    pub fn is_bound(&self) -> bool {
        self.port.is_some()
    }

    /// Returns the options.
    pub fn options(&mut self) -> &mut SocketOptions {
        &mut self.options
    }

    /// Gives it a local address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// As `bind` of POSIX: [`SocketError::AddressInUse`], [`SocketError::AddressNotBindable`],
    /// [`SocketError::InvalidArgument`], [`SocketError::InvalidState`].
    pub fn bind(&mut self, address: SocketAddr) -> Result<(), SocketError> {
        if self.is_bound() {
            return Err(SocketError::InvalidState);
        }
        if !is_of_family(address.ip(), self.family) {
            return Err(SocketError::InvalidArgument);
        }
        let is_own = self.member.network().addresses().contains(address.ip());
        if !is_own && !address.ip().is_unspecified() {
            return Err(SocketError::AddressNotBindable);
        }
        self.port = Some(Arc::new(UdpPort::bind(&self.member, address.ip(), address.port())?));
        Ok(())
    }

    fn bound(&mut self) -> Result<Arc<UdpPort>, SocketError> {
        if self.port.is_none() {
            self.bind((self.family.unspecified(), 0).into())?;
        }
        self.port.clone().ok_or(SocketError::InvalidState)
    }

    /// Sets whom it speaks to, and whom alone it hears. A socket without a local address gets one.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidArgument`]; as [`UdpSocket::send`], if it cannot go there.
    pub fn connect(&mut self, to: SocketAddr) -> Result<(), SocketError> {
        if !is_of_family(to.ip(), self.family) || !is_remote(to) {
            return Err(SocketError::InvalidArgument);
        }
        let port = self.bound()?;
        if !port.outside.has_client(&to) {
            self.check_way(&port, to)?;
        }
        port.mailbox.set_remote(Some(to));
        self.remote = Some(to);
        Ok(())
    }

    /// Lets it hear everybody.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidState`] if it is not connected.
    pub fn disconnect(&mut self) -> Result<(), SocketError> {
        self.remote.take().ok_or(SocketError::InvalidState)?;
        self.port.iter().for_each(|port| port.mailbox.set_remote(None));
        Ok(())
    }

    /// Sends a datagram: to that address, or to whom it is connected.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidArgument`]: there is no such address, or not while it is connected.
    /// [`SocketError::DatagramTooLarge`], [`SocketError::AccessDenied`],
    /// [`SocketError::RemoteUnreachable`]; [`SocketError::ConnectionRefused`]: nobody was there to
    /// take the one before.
    pub fn send(&mut self, bytes: Vec<u8>, to: Option<SocketAddr>) -> Result<(), SocketError> {
        if bytes.len() > longest(self.family) {
            return Err(SocketError::DatagramTooLarge);
        }
        let to = match (to, self.remote) {
            (Some(to), Some(remote)) if to != remote => return Err(SocketError::InvalidArgument),
            (to, remote) => to.or(remote).ok_or(SocketError::InvalidArgument)?,
        };
        if !is_of_family(to.ip(), self.family) || !is_remote(to) {
            return Err(SocketError::InvalidArgument);
        }
        let port = self.bound()?;
        port.mailbox.take_error()?;
        if let Some(answered) = port.outside.answer(&bytes, to) {
            return answered;
        }
        match self.check_way(&port, to)? {
            Way::Pod(pod, from) => {
                if !pod.deliver(Datagram { bytes, from }, to) && self.remote.is_some() {
                    port.mailbox.refuse();
                }
                Ok(())
            }
            Way::Outside => port.outside.send(&bytes, to, &port.mailbox),
        }
    }

    /// Returns how a datagram goes to an address.
    fn check_way(&self, port: &UdpPort, to: SocketAddr) -> Result<Way, SocketError> {
        if !is_unicast(to.ip(), self.family) {
            // Nobody may speak to all, and there are no groups.
            let is_broadcast = matches!(to.ip(), IpAddr::V4(v4) if v4.is_broadcast());
            let groups = SocketError::RemoteUnreachable;
            return Err(if is_broadcast { SocketError::AccessDenied } else { groups });
        }
        let network = self.member.network();
        match network.route(to.ip()) {
            // The loopback leads nowhere else.
            Route::Pod(pod) if port.address.is_loopback() && !Arc::ptr_eq(&pod, network) => {
                Err(SocketError::InvalidArgument)
            }
            Route::Outside if port.address.is_loopback() => Err(SocketError::InvalidArgument),
            Route::Pod(pod) => {
                let source = network.addresses().source_for(to.ip());
                let ip = if port.address.is_unspecified() { source } else { port.address };
                Ok(Way::Pod(pod, (ip, port.id.port()).into()))
            }
            Route::Nowhere => Err(SocketError::RemoteUnreachable),
            Route::Denied(reason) => {
                // Not a warning: a guest could fill the log with them.
                tracing::info!(%to, "datagram denied: {reason}");
                Err(SocketError::AccessDenied)
            }
            Route::Outside => Ok(Way::Outside),
        }
    }

    /// Returns what it receives from, whatever becomes of the socket.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidState`] if it has no local address.
    pub fn receiver(&self) -> Result<Receiver, SocketError> {
        let port = self.port.as_ref().ok_or(SocketError::InvalidState)?;
        Ok(Receiver(Arc::clone(port)))
    }

    /// Returns the local address.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidState`] if there is none yet.
    pub fn local_address(&self) -> Result<SocketAddr, SocketError> {
        let bound = self.port.as_ref().ok_or(SocketError::InvalidState)?.address();
        Ok(match self.remote {
            Some(remote) if bound.ip().is_unspecified() => {
                let source = self.member.network().addresses().source_for(remote.ip());
                (source, bound.port()).into()
            }
            _ => bound,
        })
    }

    /// Returns whom it is connected to.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidState`] if it is not.
    pub fn peer_address(&self) -> Result<SocketAddr, SocketError> {
        self.remote.ok_or(SocketError::InvalidState)
    }
}

/// How a datagram goes.
enum Way {
    /// To this pod or a neighbour, from this address.
    Pod(Arc<PodNetwork>, SocketAddr),
    /// By the real network.
    Outside,
}

/// The receiving side of a socket.
#[derive(Debug)]
pub struct Receiver(Arc<UdpPort>);

impl Receiver {
    /// Waits until there is something to receive.
    pub fn poll_receivable(&self, cx: &Context<'_>) -> Poll<()> {
        self.0.mailbox.poll_receivable(cx)
    }

    /// Takes the oldest datagram, if there is one.
    ///
    /// # Errors
    ///
    /// [`SocketError::ConnectionRefused`]: nobody was there to take what was sent.
    pub fn try_receive(&self) -> Result<Option<Datagram>, SocketError> {
        self.0.mailbox.try_receive()
    }

    /// Returns how long the oldest datagram is; 0 if there is none.
    pub fn first_len(&self) -> usize {
        self.0.mailbox.first_len()
    }

    /// Returns the oldest datagram, if there is one, and leaves it to be received.
    pub fn peek(&self) -> Option<Datagram> {
        self.0.mailbox.peek()
    }

    /// Waits for a datagram.
    ///
    /// # Errors
    ///
    /// As [`Receiver::try_receive`].
    pub fn poll_receive(&self, cx: &Context<'_>) -> Poll<Result<Datagram, SocketError>> {
        loop {
            ready!(self.poll_receivable(cx));
            // Another may have been faster.
            if let Some(result) = self.try_receive().transpose() {
                return Poll::Ready(result);
            }
        }
    }
}

/// Returns how long a datagram can be, without its headers.
fn longest(family: Family) -> usize {
    match family {
        Family::V4 => 65507,
        Family::V6 => 65527,
    }
}
