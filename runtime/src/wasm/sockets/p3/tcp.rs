//! `wasi:sockets/types.tcp-socket`.

use std::sync::Arc;
use std::task::Poll;

use tokio::sync::oneshot;
use wasmtime::component::{Access, Accessor, FutureReader, Resource, StreamReader};
use wasmtime_wasi::p3::bindings::sockets::types::{
    Duration, ErrorCode, HostTcpSocket, HostTcpSocketWithStore, IpAddressFamily, IpSocketAddress,
    TcpSocket as Theirs,
};
use wasmtime_wasi::p3::sockets::{SocketError as Trappable, SocketResult};

use super::super::{PodSockets, SocketsView, handle};
use super::stream::{Connections, Outcome, Receiving, Sending};
use super::{code, failed};
use crate::network::{Family, SocketError, SocketOptions, TcpSocket, TcpStream};

/// A socket, and which of its streams were handed out: each is there once.
pub(super) struct Socket {
    tcp: TcpSocket,
    is_sending: bool,
    is_receiving: bool,
}

impl Socket {
    pub(super) fn new(tcp: TcpSocket) -> Self {
        Self { tcp, is_sending: false, is_receiving: false }
    }

    fn take_sending(&mut self) -> Result<Arc<TcpStream>, SocketError> {
        let stream = Arc::clone(self.tcp.stream()?);
        let was_taken = std::mem::replace(&mut self.is_sending, true);
        if was_taken { Err(SocketError::InvalidState) } else { Ok(stream) }
    }

    fn take_receiving(&mut self) -> Result<Arc<TcpStream>, SocketError> {
        let stream = Arc::clone(self.tcp.stream()?);
        let was_taken = std::mem::replace(&mut self.is_receiving, true);
        if was_taken { Err(SocketError::InvalidState) } else { Ok(stream) }
    }
}

fn socket<'a>(
    view: &'a mut SocketsView<'_>,
    this: &Resource<Theirs>,
) -> wasmtime::Result<&'a mut Socket> {
    Ok(view.table.get_mut(&handle::borrow(this))?)
}

fn tcp<'a>(
    view: &'a mut SocketsView<'_>,
    this: &Resource<Theirs>,
) -> SocketResult<&'a mut TcpSocket> {
    Ok(&mut socket(view, this).map_err(Trappable::trap)?.tcp)
}

fn options<'a>(
    view: &'a mut SocketsView<'_>,
    this: &Resource<Theirs>,
) -> SocketResult<&'a mut SocketOptions> {
    tcp(view, this)?.options().map_err(failed)
}

impl<T: Send + 'static> HostTcpSocketWithStore<T> for PodSockets {
    async fn connect(
        store: &Accessor<T, Self>,
        this: Resource<Theirs>,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        store.with(|mut store| {
            tcp(&mut store.get(), &this)?.start_connect(address.into()).map_err(failed)
        })?;
        std::future::poll_fn(|cx| {
            store.with(|mut store| match tcp(&mut store.get(), &this) {
                Ok(tcp) => tcp.poll_connected(cx).map_err(failed),
                Err(error) => Poll::Ready(Err(error)),
            })
        })
        .await
    }

    async fn listen(
        mut store: Access<'_, T, Self>,
        this: Resource<Theirs>,
    ) -> SocketResult<StreamReader<Resource<Theirs>>> {
        let acceptor = tcp(&mut store.get(), &this)?.listen().map_err(failed)?;
        let view = store.getter();
        StreamReader::new(&mut store, Connections { acceptor, view }).map_err(Trappable::trap)
    }

    fn send(
        mut store: Access<'_, T, Self>,
        this: Resource<Theirs>,
        mut data: StreamReader<u8>,
    ) -> wasmtime::Result<FutureReader<Outcome>> {
        match socket(&mut store.get(), &this)?.take_sending() {
            Ok(stream) => {
                let (outcome, told) = oneshot::channel();
                data.pipe(&mut store, Sending::new(stream, outcome))?;
                FutureReader::new(&mut store, told)
            }
            Err(error) => {
                data.close(&mut store)?;
                already(&mut store, code(error))
            }
        }
    }

    fn receive(
        mut store: Access<'_, T, Self>,
        this: Resource<Theirs>,
    ) -> wasmtime::Result<(StreamReader<u8>, FutureReader<Outcome>)> {
        match socket(&mut store.get(), &this)?.take_receiving() {
            Ok(stream) => {
                let (outcome, told) = oneshot::channel();
                let bytes = StreamReader::new(&mut store, Receiving::new(stream, outcome))?;
                Ok((bytes, FutureReader::new(&mut store, told)?))
            }
            Err(error) => {
                let nothing = StreamReader::new(&mut store, std::iter::empty())?;
                Ok((nothing, already(&mut store, code(error))?))
            }
        }
    }
}

/// Returns a future that tells an error at once.
fn already<T: Send + 'static>(
    store: &mut Access<'_, T, PodSockets>,
    error: ErrorCode,
) -> wasmtime::Result<FutureReader<Outcome>> {
    FutureReader::new(store, async move { wasmtime::error::Ok(Err(error)) })
}

impl HostTcpSocket for SocketsView<'_> {
    fn create(&mut self, family: IpAddressFamily) -> SocketResult<Resource<Theirs>> {
        let family = match family {
            IpAddressFamily::Ipv4 => Family::V4,
            IpAddressFamily::Ipv6 => Family::V6,
        };
        let tcp = TcpSocket::new(self.member, family).map_err(failed)?;
        let socket = self.table.push(Socket::new(tcp)).map_err(Trappable::trap)?;
        Ok(handle::own(&socket))
    }

    async fn bind(&mut self, this: Resource<Theirs>, address: IpSocketAddress) -> SocketResult<()> {
        tcp(self, &this)?.bind(address.into()).map_err(failed)
    }

    fn get_local_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        Ok(tcp(self, &this)?.local_address().map_err(failed)?.into())
    }

    fn get_remote_address(&mut self, this: Resource<Theirs>) -> SocketResult<IpSocketAddress> {
        Ok(tcp(self, &this)?.peer_address().map_err(failed)?.into())
    }

    fn get_is_listening(&mut self, this: Resource<Theirs>) -> wasmtime::Result<bool> {
        Ok(socket(self, &this)?.tcp.is_listening())
    }

    fn get_address_family(&mut self, this: Resource<Theirs>) -> wasmtime::Result<IpAddressFamily> {
        Ok(match socket(self, &this)?.tcp.family() {
            Family::V4 => IpAddressFamily::Ipv4,
            Family::V6 => IpAddressFamily::Ipv6,
        })
    }

    fn set_listen_backlog_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        tcp(self, &this)?.set_backlog(value).map_err(failed)
    }

    fn get_keep_alive_enabled(&mut self, this: Resource<Theirs>) -> SocketResult<bool> {
        Ok(options(self, &this)?.keep_alive)
    }

    fn set_keep_alive_enabled(&mut self, this: Resource<Theirs>, value: bool) -> SocketResult<()> {
        options(self, &this)?.keep_alive = value;
        Ok(())
    }

    fn get_keep_alive_idle_time(&mut self, this: Resource<Theirs>) -> SocketResult<Duration> {
        Ok(options(self, &this)?.keep_alive_idle_nanos())
    }

    fn set_keep_alive_idle_time(
        &mut self,
        this: Resource<Theirs>,
        value: Duration,
    ) -> SocketResult<()> {
        options(self, &this)?.set_keep_alive_idle_nanos(value).map_err(failed)
    }

    fn get_keep_alive_interval(&mut self, this: Resource<Theirs>) -> SocketResult<Duration> {
        Ok(options(self, &this)?.keep_alive_interval_nanos())
    }

    fn set_keep_alive_interval(
        &mut self,
        this: Resource<Theirs>,
        value: Duration,
    ) -> SocketResult<()> {
        options(self, &this)?.set_keep_alive_interval_nanos(value).map_err(failed)
    }

    fn get_keep_alive_count(&mut self, this: Resource<Theirs>) -> SocketResult<u32> {
        Ok(options(self, &this)?.keep_alive_count())
    }

    fn set_keep_alive_count(&mut self, this: Resource<Theirs>, value: u32) -> SocketResult<()> {
        options(self, &this)?.set_keep_alive_count(value).map_err(failed)
    }

    fn get_hop_limit(&mut self, this: Resource<Theirs>) -> SocketResult<u8> {
        Ok(options(self, &this)?.hop_limit())
    }

    fn set_hop_limit(&mut self, this: Resource<Theirs>, value: u8) -> SocketResult<()> {
        options(self, &this)?.set_hop_limit(value).map_err(failed)
    }

    fn get_receive_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(options(self, &this)?.receive_buffer_bytes())
    }

    fn set_receive_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        options(self, &this)?.set_receive_buffer_bytes(value).map_err(failed)
    }

    fn get_send_buffer_size(&mut self, this: Resource<Theirs>) -> SocketResult<u64> {
        Ok(options(self, &this)?.send_buffer_bytes())
    }

    fn set_send_buffer_size(&mut self, this: Resource<Theirs>, value: u64) -> SocketResult<()> {
        options(self, &this)?.set_send_buffer_bytes(value).map_err(failed)
    }

    fn drop(&mut self, this: Resource<Theirs>) -> wasmtime::Result<()> {
        self.table.delete::<Socket>(handle::own(&this))?;
        Ok(())
    }
}
