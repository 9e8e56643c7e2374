//! `wasi:sockets/types.udp-socket`.

use wasmtime::component::{Accessor, Resource};
use wasmtime_wasi::p3::bindings::sockets::types::{
    HostUdpSocket, HostUdpSocketWithStore, IpAddressFamily, IpSocketAddress, UdpSocket as Theirs,
};
use wasmtime_wasi::p3::sockets::{SocketError as Trappable, SocketResult};

use super::super::{PodSockets, SocketsView, handle};
use super::failed;
use crate::network::{Family, UdpSocket};

fn udp<'a>(
    view: &'a mut SocketsView<'_>,
    this: &Resource<Theirs>,
) -> SocketResult<&'a mut UdpSocket> {
    view.table.get_mut(&handle::borrow(this)).map_err(Trappable::trap)
}

impl<T: Send> HostUdpSocketWithStore<T> for PodSockets {
    async fn send(
        store: &Accessor<T, Self>,
        this: Resource<Theirs>,
        data: Vec<u8>,
        to: Option<IpSocketAddress>,
    ) -> SocketResult<()> {
        store.with(|mut store| {
            udp(&mut store.get(), &this)?.send(data, to.map(Into::into)).map_err(failed)
        })
    }

    async fn receive(
        store: &Accessor<T, Self>,
        this: Resource<Theirs>,
    ) -> SocketResult<(Vec<u8>, IpSocketAddress)> {
        let receiver =
            store.with(|mut store| udp(&mut store.get(), &this)?.receiver().map_err(failed))?;
        let received = std::future::poll_fn(|cx| receiver.poll_receive(cx)).await;
        let datagram = received.map_err(failed)?;
        Ok((datagram.bytes, datagram.from.into()))
    }
}

impl HostUdpSocket for SocketsView<'_> {
    async fn create(&mut self, family: IpAddressFamily) -> SocketResult<Resource<Theirs>> {
        let family = match family {
            IpAddressFamily::Ipv4 => Family::V4,
            IpAddressFamily::Ipv6 => Family::V6,
        };
        let udp = UdpSocket::new(self.member, family).map_err(failed)?;
        Ok(handle::own(&self.table.push(udp).map_err(Trappable::trap)?))
    }

    async fn bind(&mut self, this: Resource<Theirs>, address: IpSocketAddress) -> SocketResult<()> {
        udp(self, &this)?.bind(address.into()).map_err(failed)
    }

    async fn connect(&mut self, this: Resource<Theirs>, to: IpSocketAddress) -> SocketResult<()> {
        udp(self, &this)?.connect(to.into()).map_err(failed)
    }

    fn disconnect(&mut self, this: Resource<Theirs>) -> SocketResult<()> {
        udp(self, &this)?.disconnect().map_err(failed)
    }

    fn get_local_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        Ok(udp(self, &this)?.local_address().map_err(failed)?.into())
    }

    fn get_remote_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        Ok(udp(self, &this)?.peer_address().map_err(failed)?.into())
    }

    fn get_address_family(&mut self, this: Resource<Theirs>) -> wasmtime::Result<IpAddressFamily> {
        let udp: &UdpSocket = self.table.get(&handle::borrow(&this))?;
        Ok(match udp.family() {
            Family::V4 => IpAddressFamily::Ipv4,
            Family::V6 => IpAddressFamily::Ipv6,
        })
    }

    fn get_unicast_hop_limit(&mut self, this: Resource<Theirs>) -> SocketResult<u8> {
        Ok(udp(self, &this)?.options().hop_limit())
    }

    fn set_unicast_hop_limit(&mut self, this: Resource<Theirs>, value: u8) -> SocketResult<()> {
        udp(self, &this)?.options().set_hop_limit(value).map_err(failed)
    }

    fn get_receive_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(udp(self, &this)?.options().receive_buffer_bytes())
    }

    fn set_receive_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        udp(self, &this)?.options().set_receive_buffer_bytes(value).map_err(failed)
    }

    fn get_send_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(udp(self, &this)?.options().send_buffer_bytes())
    }

    fn set_send_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        udp(self, &this)?.options().set_send_buffer_bytes(value).map_err(failed)
    }

    fn drop(&mut self, this: Resource<Theirs>) -> wasmtime::Result<()> {
        self.table.delete::<UdpSocket>(handle::own(&this))?;
        Ok(())
    }
}
