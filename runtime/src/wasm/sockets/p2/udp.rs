//! `wasi:sockets/udp` and `udp-create-socket`.

use std::net::SocketAddr;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Network,
};
use wasmtime_wasi::p2::bindings::sockets::udp::{
    self, HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagram,
    IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket as Theirs,
};
use wasmtime_wasi::p2::bindings::sockets::udp_create_socket;
use wasmtime_wasi::p2::{DynPollable, Pollable, SocketError as Trappable, SocketResult, subscribe};

use super::super::{SocketsView, handle};
use super::network::family;
use super::{OrCode as _, failed};
use crate::network::{Family, Receiver, UdpSocket};

/// How many datagrams go through one call.
const DATAGRAMS_MAX: usize = 16;

/// How much is received by one call, but for the last datagram of it.
const RECEIVED_BYTES_MAX: usize = 64 << 10;

/// A socket, and whether it is in the midst of being bound.
struct Socket {
    udp: UdpSocket,
    is_binding: bool,
}

/// The datagrams that come.
struct Incoming {
    receiver: Receiver,
    /// Whom alone it hears. What others have sent before may still be waiting.
    remote: Option<SocketAddr>,
}

/// The datagrams that go, through the socket of which this is a child.
struct Outgoing {
    socket: u32,
    /// How many may be sent now.
    permitted: usize,
}

#[async_trait::async_trait]
impl Pollable for Socket {
    async fn ready(&mut self) {
        // Nothing that is asked of a socket has to wait.
    }
}

#[async_trait::async_trait]
impl Pollable for Incoming {
    async fn ready(&mut self) {
        std::future::poll_fn(|cx| self.receiver.poll_receivable(cx)).await;
    }
}

#[async_trait::async_trait]
impl Pollable for Outgoing {
    async fn ready(&mut self) {
        // Who sends a datagram never waits.
    }
}

impl SocketsView<'_> {
    fn udp_socket(&mut self, socket: &Resource<Theirs>) -> SocketResult<&mut Socket> {
        Ok(self.table.get_mut(&handle::borrow(socket))?)
    }

    fn has_streams(&self, socket: &Resource<Theirs>) -> SocketResult<bool> {
        let mut children = self.table.iter_children(&handle::borrow::<Socket, _>(socket))?;
        Ok(children.any(|child| child.is::<Incoming>() || child.is::<Outgoing>()))
    }
}

impl udp_create_socket::Host for SocketsView<'_> {
    async fn create_udp_socket(&mut self, of: IpAddressFamily) -> SocketResult<Resource<Theirs>> {
        let udp = UdpSocket::new(self.member, family(of)).or_code()?;
        Ok(handle::own(&self.table.push(Socket { udp, is_binding: false })?))
    }
}

impl udp::Host for SocketsView<'_> {}

impl HostUdpSocket for SocketsView<'_> {
    async fn start_bind(
        &mut self,
        this: Resource<Theirs>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        self.check_network(&network).map_err(Trappable::trap)?;
        let socket = self.udp_socket(&this)?;
        if socket.is_binding {
            return Err(ErrorCode::ConcurrencyConflict.into());
        }
        socket.udp.bind(address.into()).or_code()?;
        socket.is_binding = true;
        Ok(())
    }

    fn finish_bind(&mut self, this: Resource<Theirs>) -> SocketResult<()> {
        let was_binding = std::mem::take(&mut self.udp_socket(&this)?.is_binding);
        if was_binding { Ok(()) } else { Err(ErrorCode::NotInProgress.into()) }
    }

    async fn stream(
        &mut self,
        this: Resource<Theirs>,
        remote: Option<IpSocketAddress>,
    ) -> SocketResult<(Resource<IncomingDatagramStream>, Resource<OutgoingDatagramStream>)> {
        if self.has_streams(&this)? {
            let problem = wasmtime::Error::msg("the datagram streams of the socket still exist");
            return Err(Trappable::trap(problem));
        }
        let udp = &mut self.udp_socket(&this)?.udp;
        let receiver = udp.receiver().or_code()?;
        let remote = remote.map(SocketAddr::from);
        match remote {
            Some(remote) => udp.connect(remote).or_code()?,
            None if udp.peer_address().is_ok() => udp.disconnect().or_code()?,
            None => {}
        }
        let socket = handle::borrow::<Socket, _>(&this);
        let incoming = self.table.push_child(Incoming { receiver, remote }, &socket)?;
        let outgoing = Outgoing { socket: this.rep(), permitted: 0 };
        let outgoing = self.table.push_child(outgoing, &socket)?;
        Ok((handle::own(&incoming), handle::own(&outgoing)))
    }

    fn local_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        Ok(self.udp_socket(&this)?.udp.local_address().or_code()?.into())
    }

    fn remote_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        Ok(self.udp_socket(&this)?.udp.peer_address().or_code()?.into())
    }

    fn address_family(&mut self, this: Resource<Theirs>) -> wasmtime::Result<IpAddressFamily> {
        let socket: &Socket = self.table.get(&handle::borrow(&this))?;
        Ok(match socket.udp.family() {
            Family::V4 => IpAddressFamily::Ipv4,
            Family::V6 => IpAddressFamily::Ipv6,
        })
    }

    fn unicast_hop_limit(&mut self, this: Resource<Theirs>) -> SocketResult<u8> {
        Ok(self.udp_socket(&this)?.udp.options().hop_limit())
    }

    fn set_unicast_hop_limit(&mut self, this: Resource<Theirs>, value: u8) -> SocketResult<()> {
        self.udp_socket(&this)?.udp.options().set_hop_limit(value).or_code()
    }

    fn receive_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(self.udp_socket(&this)?.udp.options().receive_buffer_bytes())
    }

    fn set_receive_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        self.udp_socket(&this)?.udp.options().set_receive_buffer_bytes(value).or_code()
    }

    fn send_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(self.udp_socket(&this)?.udp.options().send_buffer_bytes())
    }

    fn set_send_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        self.udp_socket(&this)?.udp.options().set_send_buffer_bytes(value).or_code()
    }

    fn subscribe(&mut self, this: Resource<Theirs>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, handle::borrow::<Socket, _>(&this))
    }

    fn drop(&mut self, this: Resource<Theirs>) -> wasmtime::Result<()> {
        self.table.delete::<Socket>(handle::own(&this))?;
        Ok(())
    }
}

impl HostIncomingDatagramStream for SocketsView<'_> {
    fn receive(
        &mut self,
        this: Resource<IncomingDatagramStream>,
        max: u64,
    ) -> SocketResult<Vec<IncomingDatagram>> {
        let incoming: &Incoming = self.table.get(&handle::borrow(&this))?;
        let max = usize::try_from(max).unwrap_or(usize::MAX).min(DATAGRAMS_MAX);
        let (mut datagrams, mut received) = (Vec::new(), 0);
        while datagrams.len() < max && received < RECEIVED_BYTES_MAX {
            match incoming.receiver.try_receive() {
                Ok(Some(datagram)) if incoming.remote.is_none_or(|it| it == datagram.from) => {
                    received += datagram.bytes.len();
                    let remote_address = datagram.from.into();
                    datagrams.push(IncomingDatagram { data: datagram.bytes, remote_address });
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) if datagrams.is_empty() => return Err(failed(error)),
                // What came before it is received first; the next to be sent tells the same.
                Err(_) => break,
            }
        }
        Ok(datagrams)
    }

    fn subscribe(
        &mut self,
        this: Resource<IncomingDatagramStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, handle::borrow::<Incoming, _>(&this))
    }

    fn drop(&mut self, this: Resource<IncomingDatagramStream>) -> wasmtime::Result<()> {
        self.table.delete::<Incoming>(handle::own(&this))?;
        Ok(())
    }
}

impl HostOutgoingDatagramStream for SocketsView<'_> {
    fn check_send(&mut self, this: Resource<OutgoingDatagramStream>) -> SocketResult<u64> {
        let outgoing: &mut Outgoing = self.table.get_mut(&handle::borrow(&this))?;
        outgoing.permitted = DATAGRAMS_MAX;
        Ok(DATAGRAMS_MAX as u64)
    }

    fn send(
        &mut self,
        this: Resource<OutgoingDatagramStream>,
        datagrams: Vec<OutgoingDatagram>,
    ) -> SocketResult<u64> {
        if datagrams.is_empty() {
            return Ok(0);
        }
        let outgoing: &mut Outgoing = self.table.get_mut(&handle::borrow(&this))?;
        if datagrams.len() > std::mem::take(&mut outgoing.permitted) {
            let problem = wasmtime::Error::msg("more datagrams than check-send has permitted");
            return Err(Trappable::trap(problem));
        }
        let socket = Resource::<Theirs>::new_borrow(outgoing.socket);
        let udp = &mut self.udp_socket(&socket)?.udp;
        let mut sent = 0;
        for OutgoingDatagram { data, remote_address } in datagrams {
            match udp.send(data, remote_address.map(SocketAddr::from)) {
                Ok(()) => sent += 1,
                Err(error) if sent == 0 => return Err(failed(error)),
                Err(_) => break,
            }
        }
        Ok(sent)
    }

    fn subscribe(
        &mut self,
        this: Resource<OutgoingDatagramStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, handle::borrow::<Outgoing, _>(&this))
    }

    async fn drop(&mut self, this: Resource<OutgoingDatagramStream>) -> wasmtime::Result<()> {
        self.table.delete::<Outgoing>(handle::own(&this))?;
        Ok(())
    }
}
