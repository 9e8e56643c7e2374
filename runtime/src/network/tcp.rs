//! A TCP socket from its making to its connection, whatever version of WASI it is seen through.
//!
//! ```text
//! Open ── bind ──► Bound ── listen ──► Listening
//!   │                │
//!   └── connect ─────┴──► Connecting ──► Connected
//!                              └───────► Failed
//! ```
//!
//! A socket never goes back, but where somebody wants the rules of Linux. Else they are those of
//! WASI, which are POSIX's without the choices.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::address::{Family, is_remote, is_unicast};
use super::error::SocketError;
use super::lease::{Lease, Member, SocketSlot};
use super::listener::{Listener, Offered};
use super::options::SocketOptions;
use super::stream::{Origin, TcpStream};
use super::{Route, relay};
use crate::shards::Shards;

/// How many connections wait to be accepted, if the guest does not say.
const BACKLOG: usize = 128;

/// A TCP socket of a container.
#[derive(Debug)]
pub struct TcpSocket {
    member: Arc<Member>,
    family: Family,
    options: SocketOptions,
    backlog: usize,
    /// Over whom the connections that it accepts may be spread.
    shards: Option<Arc<Shards>>,
    /// Of one that was accepted from a listener whose connections are spread: where its peer runs.
    shard: Option<Handle>,
    state: State,
    _slot: SocketSlot,
}

#[derive(Debug)]
enum State {
    /// New. Left by `bind`, `listen` and `connect`.
    Open,
    /// Has a local address. Left by `listen` and `connect`.
    Bound(Arc<Lease>),
    /// For ever.
    Listening(Arc<Listener>),
    /// On its way. Left when the peer has answered.
    Connecting(Connecting),
    /// For ever.
    Connected(Arc<TcpStream>),
    /// The connection was not made, for ever.
    Failed(SocketError),
}

/// A connection that is being made.
pub(super) enum Connecting {
    /// It is clear what came of it; taken once.
    Done(Option<Result<TcpStream, SocketError>>),
    /// Waits: for a place in the peer's queue, or for the real network.
    UnderWay(BoxFuture<'static, Result<TcpStream, SocketError>>),
}

impl std::fmt::Debug for Connecting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Done(_) => "Done",
            Self::UnderWay(_) => "UnderWay",
        })
    }
}

impl Connecting {
    fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::UnderWay(future) = self {
            let result = ready!(future.as_mut().poll(cx));
            *self = Self::Done(Some(result));
        }
        Poll::Ready(())
    }
}

impl Future for Connecting {
    type Output = Result<TcpStream, SocketError>;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(self.poll_done(cx));
        match &mut *self {
            Self::Done(result) => Poll::Ready(result.take().expect("polled once after its end")),
            Self::UnderWay(_) => Poll::Pending,
        }
    }
}

impl TcpSocket {
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
            backlog: BACKLOG,
            shards: None,
            shard: None,
            state: State::Open,
        })
    }

    /// Returns the family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Returns whether it has a local address.
    pub fn is_bound(&self) -> bool {
        !matches!(self.state, State::Open)
    }

    /// Returns whether it listens.
    pub fn is_listening(&self) -> bool {
        matches!(self.state, State::Listening(_))
    }

    /// Gives it a local address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// As `bind` of POSIX: [`SocketError::AddressInUse`], [`SocketError::AddressNotBindable`],
    /// [`SocketError::InvalidArgument`], [`SocketError::InvalidState`].
    pub fn bind(&mut self, address: SocketAddr) -> Result<(), SocketError> {
        let State::Open = self.state else { return Err(SocketError::InvalidState) };
        if !is_unicast(address.ip(), self.family) {
            return Err(SocketError::InvalidArgument);
        }
        let is_own = self.member.network().addresses().contains(address.ip());
        if !is_own && !address.ip().is_unspecified() {
            return Err(SocketError::AddressNotBindable);
        }
        self.state = State::Bound(Arc::new(self.member.bind(address.ip(), address.port())?));
        Ok(())
    }

    /// Lets the connections that it will accept be spread over these.
    pub fn spread_over(&mut self, shards: Arc<Shards>) {
        self.shards = Some(shards);
    }

    /// Returns where its peer runs, if it was accepted from a listener whose connections are spread.
    pub fn shard(&self) -> Option<&Handle> {
        self.shard.as_ref()
    }

    /// Listens; a socket without a local address gets one.
    ///
    /// # Errors
    ///
    /// [`SocketError::AddressInUse`]; [`SocketError::InvalidState`] if it listens already, or is
    /// or was to be connected.
    pub fn listen(&mut self) -> Result<Acceptor, SocketError> {
        if let State::Open = self.state {
            self.bind((self.family.unspecified(), 0).into())?;
        }
        let State::Bound(port) = &self.state else { return Err(SocketError::InvalidState) };
        let ports = vec![Arc::clone(port)];
        let (network, shards) = (self.member.network(), self.shards.clone());
        let listener = Listener::open(network, ports, self.backlog, shards)?;
        self.state = State::Listening(listener);
        self.acceptor()
    }

    /// As [`TcpSocket::listen`]; who listens on all addresses of version 6 does so on those of
    /// version 4, too, as a socket of Linux does that is not told otherwise.
    ///
    /// # Errors
    ///
    /// As [`TcpSocket::listen`]
    pub fn listen_on_both_families(&mut self) -> Result<(), SocketError> {
        if let State::Open = self.state {
            self.bind((self.family.unspecified(), 0).into())?;
        }
        let State::Bound(port) = &self.state else { return Err(SocketError::InvalidState) };
        let mut ports = vec![Arc::clone(port)];
        if port.address().ip() == Family::V6.unspecified() {
            let other = self.member.bind(Family::V4.unspecified(), port.address().port())?;
            ports.push(Arc::new(other));
        }
        let listener = Listener::open(self.member.network(), ports, self.backlog, None)?;
        self.state = State::Listening(listener);
        Ok(())
    }

    /// Opens a socket that listens on a port of all addresses, of both families.
    ///
    /// # Errors
    ///
    /// [`SocketError::AddressInUse`], [`SocketError::TooManySockets`]
    pub fn listening(member: &Arc<Member>, port: u16) -> Result<Self, SocketError> {
        let mut socket = Self::new(member, Family::V4)?;
        let lease = |family: Family| member.bind(family.unspecified(), port).map(Arc::new);
        let ports = vec![lease(Family::V4)?, lease(Family::V6)?];
        socket.state = State::Listening(Listener::open(member.network(), ports, BACKLOG, None)?);
        Ok(socket)
    }

    /// Returns what accepts connections.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidState`] if it does not listen.
    pub fn acceptor(&self) -> Result<Acceptor, SocketError> {
        let State::Listening(listener) = &self.state else {
            return Err(SocketError::InvalidState);
        };
        Ok(Acceptor {
            listener: Arc::clone(listener),
            member: Arc::clone(&self.member),
            options: self.options.clone(),
        })
    }

    /// Sets how many connections may wait to be accepted.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidArgument`] for 0, [`SocketError::InvalidState`] once it is or was to
    /// be connected.
    pub fn set_backlog(&mut self, backlog: u64) -> Result<(), SocketError> {
        let backlog = usize::try_from(backlog).unwrap_or(usize::MAX);
        match &self.state {
            _ if backlog == 0 => return Err(SocketError::InvalidArgument),
            State::Open | State::Bound(_) => {}
            State::Listening(listener) => listener.set_backlog(backlog),
            State::Failed(error) => return Err(*error),
            State::Connecting(_) | State::Connected(_) => return Err(SocketError::InvalidState),
        }
        self.backlog = backlog;
        Ok(())
    }

    /// Begins to connect. What came of it says [`TcpSocket::poll_connected`].
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidArgument`], [`SocketError::InvalidState`].
    pub fn start_connect(&mut self, to: SocketAddr) -> Result<(), SocketError> {
        let (State::Open | State::Bound(_)) = self.state else {
            return Err(SocketError::InvalidState);
        };
        if !is_unicast(to.ip(), self.family) || !is_remote(to) {
            return Err(SocketError::InvalidArgument);
        }
        let port = match std::mem::replace(&mut self.state, State::Open) {
            State::Bound(port) => Some(port),
            _ => None,
        };
        self.state = State::Connecting(self.connecting(port, to));
        Ok(())
    }

    /// Makes a socket that could not be connected one that may try again, as those of Linux may.
    pub fn forget_failure(&mut self) {
        if let State::Failed(_) = self.state {
            self.state = State::Open;
        }
    }

    fn connecting(&self, port: Option<Arc<Lease>>, to: SocketAddr) -> Connecting {
        let network = self.member.network();
        let failed = |error| Connecting::Done(Some(Err(error)));
        match network.route(to.ip()) {
            Route::Pod(pod) => match self.origin(port, to) {
                Ok(origin) if origin.address == to && !self.is_taken(to) => {
                    let stream = TcpStream::to_itself(origin, &network.share);
                    Connecting::Done(Some(Ok(stream)))
                }
                // The loopback leads nowhere else.
                Ok(origin) if origin.address.ip().is_loopback() && !Arc::ptr_eq(&pod, network) => {
                    failed(SocketError::InvalidArgument)
                }
                Ok(origin) => pod.connect(origin, to),
                Err(error) => failed(error),
            },
            Route::Nowhere => failed(SocketError::RemoteUnreachable),
            Route::Denied(reason) => {
                // Not a warning: a guest could fill the log with them.
                tracing::info!(%to, "connection denied: {reason}");
                failed(SocketError::AccessDenied)
            }
            Route::Outside => match self.origin(port, to) {
                Ok(origin) => {
                    let share = Arc::clone(&network.share);
                    Connecting::UnderWay(Box::pin(relay::connect_outside(origin, to, share)))
                }
                Err(error) => failed(error),
            },
        }
    }

    fn is_taken(&self, address: SocketAddr) -> bool {
        self.member.network().listener(address).is_some()
    }

    /// Returns where a connection comes from: the address that the socket is bound to, or what the
    /// kernel would choose.
    fn origin(&self, port: Option<Arc<Lease>>, to: SocketAddr) -> Result<Origin, SocketError> {
        let source = self.member.network().addresses().source_for(to.ip());
        let port = match port {
            Some(port) => port,
            None => Arc::new(self.member.bind(source, 0).map_err(|error| match error {
                SocketError::AddressInUse => SocketError::AddressNotBindable,
                other => other,
            })?),
        };
        let bound = port.address();
        let ip = if bound.ip().is_unspecified() { source } else { bound.ip() };
        Ok(Origin { address: (ip, bound.port()).into(), port: Some(port) })
    }

    /// Waits until a connection is made or failed.
    ///
    /// # Errors
    ///
    /// Why it failed, which is told again and again. [`SocketError::InvalidState`] if none was
    /// begun.
    pub fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SocketError>> {
        if let State::Connecting(connecting) = &mut self.state {
            let result = ready!(std::pin::Pin::new(connecting).poll(cx));
            self.state = match result {
                Ok(stream) => State::Connected(Arc::new(stream)),
                Err(error) => State::Failed(error),
            };
        }
        Poll::Ready(match &self.state {
            State::Connected(_) => Ok(()),
            State::Failed(error) => Err(*error),
            _ => Err(SocketError::InvalidState),
        })
    }

    /// Returns the connection.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidState`] if there is none; why it failed, if it did.
    pub fn stream(&self) -> Result<&Arc<TcpStream>, SocketError> {
        match &self.state {
            State::Connected(stream) => Ok(stream),
            State::Failed(error) => Err(*error),
            _ => Err(SocketError::InvalidState),
        }
    }

    /// Returns the local address.
    ///
    /// # Errors
    ///
    /// [`SocketError::InvalidState`] if there is none yet.
    pub fn local_address(&self) -> Result<SocketAddr, SocketError> {
        match &self.state {
            State::Bound(port) => Ok(port.address()),
            State::Listening(listener) => Ok(listener.address()),
            State::Connected(stream) => Ok(stream.local_address()),
            State::Failed(error) => Err(*error),
            State::Open | State::Connecting(_) => Err(SocketError::InvalidState),
        }
    }

    /// Returns the peer's address.
    ///
    /// # Errors
    ///
    /// As [`TcpSocket::stream`].
    pub fn peer_address(&self) -> Result<SocketAddr, SocketError> {
        self.stream().map(|stream| stream.peer_address())
    }

    /// Returns the options.
    ///
    /// # Errors
    ///
    /// While it connects, and after that failed.
    pub fn options(&mut self) -> Result<&mut SocketOptions, SocketError> {
        match &self.state {
            State::Connecting(_) => Err(SocketError::InvalidState),
            State::Failed(error) => Err(*error),
            _ => Ok(&mut self.options),
        }
    }
}

/// Accepts the connections of a listening socket.
#[derive(Debug)]
pub struct Acceptor {
    listener: Arc<Listener>,
    member: Arc<Member>,
    options: SocketOptions,
}

impl Acceptor {
    /// Waits until there is a connection to accept.
    pub fn poll_acceptable(&self, cx: &Context<'_>) -> Poll<()> {
        self.listener.poll_acceptable(cx)
    }

    /// Waits for a socket that is connected; there is none when the listener was closed. A
    /// connection beyond what the container may have is reset.
    pub fn poll_accept(&self, cx: &Context<'_>) -> Poll<Option<TcpSocket>> {
        loop {
            ready!(self.poll_acceptable(cx));
            match self.try_accept() {
                Ok(accepted) => return Poll::Ready(accepted),
                Err(_) => self.listener.accept().iter().for_each(|offered| offered.stream.abort()),
            }
        }
    }

    /// Returns a socket that is connected, if there is one.
    ///
    /// # Errors
    ///
    /// [`SocketError::TooManySockets`]; the connection waits on.
    pub fn try_accept(&self) -> Result<Option<TcpSocket>, SocketError> {
        let slot = self.member.open_socket()?;
        Ok(self.listener.accept().map(|Offered { stream, shard }| TcpSocket {
            member: Arc::clone(&self.member),
            family: Family::of(stream.local_address().ip()),
            options: self.options.clone(),
            backlog: BACKLOG,
            shards: None,
            shard,
            state: State::Connected(Arc::new(stream)),
            _slot: slot,
        }))
    }
}
