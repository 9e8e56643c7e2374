//! `wasi:sockets/tcp` and `tcp-create-socket`.

use std::task::{Context, Poll, Waker};

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Network,
};
use wasmtime_wasi::p2::bindings::sockets::tcp::{
    self, Duration, HostTcpSocket, ShutdownType, TcpSocket as Theirs,
};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, Pollable, SocketError as Trappable, SocketResult,
    subscribe,
};

use super::super::{SocketsView, handle};
use super::OrCode as _;
use super::network::family;
use super::stream::{Input, Output};
use crate::network::{Acceptor, Family, SocketOptions, TcpSocket};

/// A socket, and the act that it is in the midst of.
struct Socket {
    tcp: TcpSocket,
    begun: Option<Act>,
    /// There once it listens.
    acceptor: Option<Acceptor>,
}

/// An act with a start and a finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Bind,
    Connect,
    Listen,
}

type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);

impl Socket {
    fn new(tcp: TcpSocket) -> Self {
        Self { tcp, begun: None, acceptor: None }
    }

    /// Does what can be done at the start of an act, unless another is under way.
    fn start(
        &mut self,
        act: Act,
        begin: impl FnOnce(&mut Self) -> SocketResult<()>,
    ) -> SocketResult<()> {
        if self.begun.is_some() {
            return Err(ErrorCode::ConcurrencyConflict.into());
        }
        begin(self)?;
        self.begun = Some(act);
        Ok(())
    }

    fn check_begun(&self, act: Act) -> SocketResult<()> {
        if self.begun == Some(act) { Ok(()) } else { Err(ErrorCode::NotInProgress.into()) }
    }

    fn finish(&mut self, act: Act) -> SocketResult<()> {
        self.check_begun(act)?;
        self.begun = None;
        Ok(())
    }

    fn finish_connect(&mut self) -> SocketResult<()> {
        self.check_begun(Act::Connect)?;
        match self.tcp.poll_connected(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Err(ErrorCode::WouldBlock.into()),
            Poll::Ready(result) => {
                self.begun = None;
                result.or_code()
            }
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Socket {
    async fn ready(&mut self) {
        match (self.begun, &self.acceptor) {
            (Some(Act::Connect), _) => {
                // What came of it says `finish-connect`.
                let _ = std::future::poll_fn(|cx| self.tcp.poll_connected(cx)).await;
            }
            (None, Some(acceptor)) => {
                std::future::poll_fn(|cx| acceptor.poll_acceptable(cx)).await;
            }
            _ => {}
        }
    }
}

impl SocketsView<'_> {
    fn socket(&mut self, socket: &Resource<Theirs>) -> SocketResult<&mut Socket> {
        Ok(self.table.get_mut(&handle::borrow(socket))?)
    }

    fn options(&mut self, socket: &Resource<Theirs>) -> SocketResult<&mut SocketOptions> {
        self.socket(socket)?.tcp.options().or_code()
    }

    /// Makes the streams of a connected socket.
    fn streams(&mut self, socket: &Resource<Socket>) -> SocketResult<Streams> {
        let stream = self.table.get(socket)?.tcp.stream().or_code()?.clone();
        let input: DynInputStream = Box::new(Input(stream.clone()));
        let output: DynOutputStream = Box::new(Output::new(stream));
        let input = self.table.push_child(input, socket)?;
        Ok((input, self.table.push_child(output, socket)?))
    }
}

impl tcp_create_socket::Host for SocketsView<'_> {
    fn create_tcp_socket(&mut self, of: IpAddressFamily) -> SocketResult<Resource<Theirs>> {
        let tcp = TcpSocket::new(self.member, family(of)).or_code()?;
        Ok(handle::own(&self.table.push(Socket::new(tcp))?))
    }
}

impl tcp::Host for SocketsView<'_> {}

impl HostTcpSocket for SocketsView<'_> {
    async fn start_bind(
        &mut self,
        this: Resource<Theirs>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        self.check_network(&network).map_err(Trappable::trap)?;
        let bind = |socket: &mut Socket| socket.tcp.bind(address.into()).or_code();
        self.socket(&this)?.start(Act::Bind, bind)
    }

    fn finish_bind(&mut self, this: Resource<Theirs>) -> SocketResult<()> {
        self.socket(&this)?.finish(Act::Bind)
    }

    fn start_connect(
        &mut self,
        this: Resource<Theirs>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        self.check_network(&network).map_err(Trappable::trap)?;
        let connect = |socket: &mut Socket| socket.tcp.start_connect(address.into()).or_code();
        self.socket(&this)?.start(Act::Connect, connect)
    }

    fn finish_connect(&mut self, this: Resource<Theirs>) -> SocketResult<Streams> {
        self.socket(&this)?.finish_connect()?;
        self.streams(&handle::borrow(&this))
    }

    async fn start_listen(&mut self, this: Resource<Theirs>) -> SocketResult<()> {
        self.socket(&this)?.start(Act::Listen, |socket| {
            if !socket.tcp.is_bound() {
                return Err(ErrorCode::InvalidState.into());
            }
            socket.acceptor = Some(socket.tcp.listen().or_code()?);
            Ok(())
        })
    }

    fn finish_listen(&mut self, this: Resource<Theirs>) -> SocketResult<()> {
        self.socket(&this)?.finish(Act::Listen)
    }

    fn accept(
        &mut self,
        this: Resource<Theirs>,
    ) -> SocketResult<(Resource<Theirs>, Resource<DynInputStream>, Resource<DynOutputStream>)> {
        let acceptor = self.socket(&this)?.acceptor.as_ref().ok_or(ErrorCode::InvalidState)?;
        let accepted = acceptor.try_accept().or_code()?.ok_or(ErrorCode::WouldBlock)?;
        let socket = self.table.push(Socket::new(accepted))?;
        let (input, output) = self.streams(&socket)?;
        Ok((handle::own(&socket), input, output))
    }

    fn local_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        self.socket(&this)?.tcp.local_address().map(IpSocketAddress::from).or_code()
    }

    fn remote_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        self.socket(&this)?.tcp.peer_address().map(IpSocketAddress::from).or_code()
    }

    fn is_listening(&mut self, this: Resource<Theirs>) -> wasmtime::Result<bool> {
        Ok(self.table.get::<Socket>(&handle::borrow(&this))?.tcp.is_listening())
    }

    fn address_family(&mut self, this: Resource<Theirs>) -> wasmtime::Result<IpAddressFamily> {
        let socket = self.table.get::<Socket>(&handle::borrow(&this))?;
        Ok(match socket.tcp.family() {
            Family::V4 => IpAddressFamily::Ipv4,
            Family::V6 => IpAddressFamily::Ipv6,
        })
    }

    fn set_listen_backlog_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        self.socket(&this)?.tcp.set_backlog(value).or_code()
    }

    fn keep_alive_enabled(&mut self, this: Resource<Theirs>) -> SocketResult<bool> {
        Ok(self.options(&this)?.keep_alive)
    }

    fn set_keep_alive_enabled(&mut self, this: Resource<Theirs>, value: bool) -> SocketResult<()> {
        self.options(&this)?.keep_alive = value;
        Ok(())
    }

    fn keep_alive_idle_time(&mut self, this: Resource<Theirs>) -> SocketResult<Duration> {
        Ok(self.options(&this)?.keep_alive_idle_nanos())
    }

    fn set_keep_alive_idle_time(
        &mut self,
        this: Resource<Theirs>,
        value: Duration,
    ) -> SocketResult<()> {
        self.options(&this)?.set_keep_alive_idle_nanos(value).or_code()
    }

    fn keep_alive_interval(&mut self, this: Resource<Theirs>) -> SocketResult<Duration> {
        Ok(self.options(&this)?.keep_alive_interval_nanos())
    }

    fn set_keep_alive_interval(
        &mut self,
        this: Resource<Theirs>,
        value: Duration,
    ) -> SocketResult<()> {
        self.options(&this)?.set_keep_alive_interval_nanos(value).or_code()
    }

    fn keep_alive_count(&mut self, this: Resource<Theirs>) -> SocketResult<u32> {
        Ok(self.options(&this)?.keep_alive_count())
    }

    fn set_keep_alive_count(&mut self, this: Resource<Theirs>, value: u32) -> SocketResult<()> {
        self.options(&this)?.set_keep_alive_count(value).or_code()
    }

    fn hop_limit(&mut self, this: Resource<Theirs>) -> SocketResult<u8> {
        Ok(self.options(&this)?.hop_limit())
    }

    fn set_hop_limit(&mut self, this: Resource<Theirs>, value: u8) -> SocketResult<()> {
        self.options(&this)?.set_hop_limit(value).or_code()
    }

    fn receive_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(self.options(&this)?.receive_buffer_bytes())
    }

    fn set_receive_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        self.options(&this)?.set_receive_buffer_bytes(value).or_code()
    }

    fn send_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(self.options(&this)?.send_buffer_bytes())
    }

    fn set_send_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        self.options(&this)?.set_send_buffer_bytes(value).or_code()
    }

    fn subscribe(&mut self, this: Resource<Theirs>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, handle::borrow::<Socket, _>(&this))
    }

    fn shutdown(&mut self, this: Resource<Theirs>, how: ShutdownType) -> SocketResult<()> {
        let stream = self.socket(&this)?.tcp.stream().or_code()?;
        if matches!(how, ShutdownType::Receive | ShutdownType::Both) {
            stream.stop_reading();
        }
        if matches!(how, ShutdownType::Send | ShutdownType::Both) {
            stream.finish();
        }
        Ok(())
    }

    fn drop(&mut self, this: Resource<Theirs>) -> wasmtime::Result<()> {
        self.table.delete::<Socket>(handle::own(&this))?;
        Ok(())
    }
}
