//! A socket as POSIX has it: an operation waits until it can be done, unless the socket is set not
//! to wait.
//!
//! One program alone has it, and that does one thing at a time.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;

use super::errno::Errno;
use crate::network::{Datagram, SocketError, TcpSocket, TcpStream, UdpSocket};

/// A socket of a program.
#[derive(Debug)]
pub(in crate::wasm) struct Socket {
    pub(super) kind: Kind,
    /// Whether an operation that would have to wait fails instead.
    pub(super) nonblocking: bool,
    /// How long is waited to receive and to send, if not for ever.
    pub(super) timeouts: Timeouts,
    pub(super) options: Options,
    /// Whether a connection was begun and nobody knows yet what came of it.
    is_connecting: bool,
    /// Why no connection was made, until it is asked for.
    failed: Option<SocketError>,
}

/// Of which kind it is.
#[derive(Debug)]
pub(super) enum Kind {
    Tcp(TcpSocket),
    Udp(UdpSocket),
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timeouts {
    pub(super) receive: Option<Duration>,
    pub(super) send: Option<Duration>,
}

/// What can be set and is remembered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    pub(super) reuse_address: bool,
    pub(super) broadcast: bool,
    /// What is sent is there at once, so that only 0 has a meaning: to close is to reset.
    pub(super) linger_seconds: Option<u32>,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interest {
    Read,
    Write,
}

/// What was received, and from whom.
pub(super) struct Received {
    pub(super) bytes: Bytes,
    /// Of a datagram.
    pub(super) from: Option<SocketAddr>,
}

impl From<TcpSocket> for Socket {
    fn from(socket: TcpSocket) -> Self {
        Self::new(Kind::Tcp(socket))
    }
}

impl From<UdpSocket> for Socket {
    fn from(socket: UdpSocket) -> Self {
        Self::new(Kind::Udp(socket))
    }
}

impl Socket {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            nonblocking: false,
            timeouts: Timeouts::default(),
            options: Options::default(),
            is_connecting: false,
            failed: None,
        }
    }

    /// Waits for a connection and accepts it.
    pub(super) async fn accept(&mut self) -> Result<Self, Errno> {
        let Kind::Tcp(tcp) = &self.kind else { return Err(Errno::NOTSUP) };
        let acceptor = tcp.acceptor()?;
        if let Some(accepted) = acceptor.try_accept()? {
            return Ok(accepted.into());
        }
        let acceptable = poll_fn(|cx| acceptor.poll_acceptable(cx));
        wait(self.nonblocking, self.timeouts.receive, acceptable).await?;
        acceptor.try_accept()?.map(Self::from).ok_or(Errno::CONNABORTED)
    }

    /// Connects; what does not wait is told by [`Socket::poll_ready`] when it is done.
    pub(super) async fn connect(&mut self, to: SocketAddr) -> Result<(), Errno> {
        self.settle().await;
        self.take_error()?;
        match &mut self.kind {
            Kind::Udp(udp) => return Ok(udp.connect(to)?),
            Kind::Tcp(_) if self.is_connecting => return Err(Errno::ALREADY),
            Kind::Tcp(tcp) if tcp.stream().is_ok() => return Err(Errno::ISCONN),
            Kind::Tcp(tcp) => {
                tcp.forget_failure();
                tcp.start_connect(to)?;
            }
        }
        self.is_connecting = true;
        self.settle().await;
        if self.is_connecting && self.nonblocking {
            return Err(Errno::INPROGRESS);
        }
        let timeout = self.timeouts.send;
        let connected = wait(false, timeout, poll_fn(|cx| self.poll_connected(cx))).await;
        connected.map_err(|_| Errno::INPROGRESS)?;
        self.take_error()
    }

    /// Returns, once, why no connection was made.
    pub(super) fn take_error(&mut self) -> Result<(), Errno> {
        self.failed.take().map_or(Ok(()), |error| Err(error.into()))
    }

    /// Returns why no connection was made, as long as it was not asked for.
    pub(super) fn error(&self) -> Option<Errno> {
        self.failed.map(Errno::from)
    }

    /// Receives at most `max` bytes of what is there. `peek` leaves it to be received again.
    pub(super) async fn receive(&mut self, max: usize, peek: bool) -> Result<Received, Errno> {
        self.settle().await;
        self.take_error()?;
        loop {
            if let Some(received) = self.try_receive(max, peek)? {
                return Ok(received);
            }
            let (nonblocking, timeout) = (self.nonblocking, self.timeouts.receive);
            let readable = poll_fn(|cx| self.poll_ready(Interest::Read, cx));
            wait(nonblocking, timeout, readable).await?;
        }
    }

    fn try_receive(&mut self, max: usize, peek: bool) -> Result<Option<Received>, Errno> {
        match &mut self.kind {
            Kind::Tcp(tcp) => {
                let stream = connected(tcp)?;
                let bytes = match max {
                    0 => Some(Bytes::new()),
                    _ if peek => stream.peek(max)?,
                    _ => stream.try_read(max)?,
                };
                Ok(bytes.map(|bytes| Received { bytes, from: None }))
            }
            Kind::Udp(udp) => {
                if !udp.is_bound() {
                    udp.bind((udp.family().unspecified(), 0).into())?;
                }
                let receiver = udp.receiver()?;
                let datagram = if peek { receiver.peek() } else { receiver.try_receive()? };
                let received =
                    |Datagram { bytes, from }| Received { bytes: bytes.into(), from: Some(from) };
                Ok(datagram.map(received))
            }
        }
    }

    /// Returns the connection.
    pub(super) async fn stream(&mut self) -> Result<&TcpStream, Errno> {
        self.settle().await;
        self.take_error()?;
        match &self.kind {
            Kind::Tcp(tcp) => connected(tcp),
            Kind::Udp(_) => Err(Errno::NOTCONN),
        }
    }

    /// Waits until there is room to write.
    pub(super) async fn writable(&mut self) -> Result<(), Errno> {
        let (nonblocking, timeout) = (self.nonblocking, self.timeouts.send);
        wait(nonblocking, timeout, poll_fn(|cx| self.poll_ready(Interest::Write, cx))).await
    }

    /// Closes one way of the connection, or both.
    pub(super) async fn shut_down(&mut self, read: bool, write: bool) -> Result<(), Errno> {
        let stream = self.stream().await?;
        if read {
            stream.stop_reading();
        }
        if write {
            stream.finish();
        }
        Ok(())
    }

    /// Waits until an operation would not have to wait. That it would fail counts.
    pub(super) fn poll_ready(&mut self, interest: Interest, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.poll_connected(cx));
        match (&self.kind, interest) {
            (Kind::Tcp(tcp), Interest::Read) => match (tcp.acceptor(), tcp.stream()) {
                (Ok(acceptor), _) => acceptor.poll_acceptable(cx),
                (_, Ok(stream)) => stream.poll_readable(cx),
                _ => Poll::Ready(()),
            },
            (Kind::Tcp(tcp), Interest::Write) => match tcp.stream() {
                Ok(stream) => stream.poll_writable(cx),
                Err(_) if tcp.is_listening() => Poll::Pending,
                Err(_) => Poll::Ready(()),
            },
            (Kind::Udp(udp), Interest::Read) => match udp.receiver() {
                Ok(receiver) => receiver.poll_receivable(cx),
                // Nobody can send to it.
                Err(_) => Poll::Pending,
            },
            (Kind::Udp(_), Interest::Write) => Poll::Ready(()),
        }
    }

    /// Returns how much there is to be received, and whether nothing goes either way any more.
    pub(super) fn pending(&self) -> (usize, bool) {
        match &self.kind {
            Kind::Tcp(tcp) => match tcp.stream() {
                Ok(stream) => (stream.unread(), stream.is_over()),
                Err(_) => (0, !tcp.is_listening()),
            },
            Kind::Udp(udp) => (udp.receiver().map_or(0, |receiver| receiver.first_len()), false),
        }
    }

    /// Waits until it is clear what came of a connection, if one was begun.
    fn poll_connected(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let (Kind::Tcp(tcp), true) = (&mut self.kind, self.is_connecting) {
            self.failed = ready!(tcp.poll_connected(cx)).err();
            self.is_connecting = false;
        }
        Poll::Ready(())
    }

    /// Takes note of a connection that has been made meanwhile.
    pub(super) async fn settle(&mut self) {
        poll_fn(|cx| {
            let _ = self.poll_connected(cx);
            Poll::Ready(())
        })
        .await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let (Kind::Tcp(tcp), Some(0)) = (&self.kind, self.options.linger_seconds)
            && let Ok(stream) = tcp.stream()
        {
            stream.abort();
        }
    }
}

/// Waits, unless that is not wanted, or for too long.
async fn wait(
    nonblocking: bool,
    timeout: Option<Duration>,
    until: impl Future<Output = ()>,
) -> Result<(), Errno> {
    match timeout {
        _ if nonblocking => Err(Errno::AGAIN),
        None => {
            until.await;
            Ok(())
        }
        Some(timeout) => tokio::time::timeout(timeout, until).await.map_err(|_| Errno::AGAIN),
    }
}

/// Returns the connection of a socket.
fn connected(tcp: &TcpSocket) -> Result<&TcpStream, Errno> {
    match tcp.stream() {
        Ok(stream) => Ok(stream),
        // Why there is none was told when it was not made.
        Err(_) => Err(Errno::NOTCONN),
    }
}
