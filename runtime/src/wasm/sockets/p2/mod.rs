//! `wasi:sockets` 0.2: sockets that are polled, with a start and a finish to every act.

mod lookup;
mod network;
mod stream;
mod tcp;
mod udp;

use wasmtime_wasi::p2::bindings::LinkOptions;
use wasmtime_wasi::p2::bindings::sockets;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::{SocketError as Trappable, SocketResult};

use super::{PodSockets, view};
use crate::network::SocketError;
use crate::wasm::context::ContainerContext;
use crate::wasm::linker::ComponentLinker;

/// Adds all interfaces.
pub(super) fn add_to_linker(linker: &mut ComponentLinker) -> wasmtime::Result<()> {
    let options = LinkOptions::default();
    type T = ContainerContext;
    sockets::network::add_to_linker::<T, PodSockets>(linker, &(&options).into(), view)?;
    sockets::instance_network::add_to_linker::<T, PodSockets>(linker, view)?;
    sockets::ip_name_lookup::add_to_linker::<T, PodSockets>(linker, view)?;
    sockets::tcp::add_to_linker::<T, PodSockets>(linker, view)?;
    sockets::tcp_create_socket::add_to_linker::<T, PodSockets>(linker, view)?;
    sockets::udp::add_to_linker::<T, PodSockets>(linker, view)?;
    sockets::udp_create_socket::add_to_linker::<T, PodSockets>(linker, view)
}

/// Returns the code for an error.
fn code(error: SocketError) -> ErrorCode {
    match error {
        SocketError::AddressInUse => ErrorCode::AddressInUse,
        SocketError::AddressNotBindable => ErrorCode::AddressNotBindable,
        SocketError::InvalidArgument => ErrorCode::InvalidArgument,
        SocketError::InvalidState => ErrorCode::InvalidState,
        SocketError::AccessDenied => ErrorCode::AccessDenied,
        SocketError::ConnectionRefused => ErrorCode::ConnectionRefused,
        SocketError::ConnectionReset => ErrorCode::ConnectionReset,
        SocketError::RemoteUnreachable => ErrorCode::RemoteUnreachable,
        SocketError::TimedOut => ErrorCode::Timeout,
        SocketError::DatagramTooLarge => ErrorCode::DatagramTooLarge,
        SocketError::TooManySockets => ErrorCode::NewSocketLimit,
        SocketError::NotSupported => ErrorCode::NotSupported,
        SocketError::ConnectionBroken | SocketError::Host(_) => ErrorCode::Unknown,
    }
}

/// Turns an error into what the bindings return.
fn failed(error: SocketError) -> Trappable {
    code(error).into()
}

/// Turns a result into what the bindings return.
trait OrCode<T> {
    fn or_code(self) -> SocketResult<T>;
}

impl<T> OrCode<T> for Result<T, SocketError> {
    fn or_code(self) -> SocketResult<T> {
        self.map_err(failed)
    }
}
