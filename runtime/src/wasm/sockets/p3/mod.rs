//! `wasi:sockets` 0.3: sockets whose bytes and connections come as streams.

mod lookup;
mod stream;
mod tcp;
mod udp;

use wasmtime_wasi::p3::bindings::sockets::types::{self, ErrorCode};
use wasmtime_wasi::p3::bindings::sockets::{ip_name_lookup, types::Host};
use wasmtime_wasi::p3::sockets::SocketError as Trappable;

use super::{PodSockets, SocketsView, view};
use crate::network::SocketError;
use crate::wasm::context::ContainerContext;
use crate::wasm::linker::ComponentLinker;

/// Adds both interfaces.
pub(super) fn add_to_linker(linker: &mut ComponentLinker) -> wasmtime::Result<()> {
    types::add_to_linker::<ContainerContext, PodSockets>(linker, view)?;
    ip_name_lookup::add_to_linker::<ContainerContext, PodSockets>(linker, view)
}

impl Host for SocketsView<'_> {
    fn convert_error_code(&mut self, error: Trappable) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }
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
        SocketError::ConnectionBroken => ErrorCode::ConnectionBroken,
        SocketError::RemoteUnreachable => ErrorCode::RemoteUnreachable,
        SocketError::TimedOut => ErrorCode::Timeout,
        SocketError::DatagramTooLarge => ErrorCode::DatagramTooLarge,
        SocketError::NotSupported => ErrorCode::NotSupported,
        SocketError::TooManySockets | SocketError::Host(_) => {
            ErrorCode::Other(Some(error.to_string()))
        }
    }
}

/// Turns an error into what the bindings return.
fn failed(error: SocketError) -> Trappable {
    code(error).into()
}
