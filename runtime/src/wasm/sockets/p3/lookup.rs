//! `wasi:sockets/ip-name-lookup`: names to addresses.

use std::sync::Arc;

use wasmtime::component::Accessor;
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup::{ErrorCode, Host, HostWithStore};
use wasmtime_wasi::p3::bindings::sockets::types::IpAddress;

use super::super::{PodSockets, SocketsView};
use crate::network::LookupError;

impl Host for SocketsView<'_> {}

impl<T: Send> HostWithStore<T> for PodSockets {
    async fn resolve_addresses(
        store: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<Vec<IpAddress>, ErrorCode>> {
        let network = store.with(|mut store| Arc::clone(store.get().member.network()));
        let addresses = network.lookup(name).await;
        Ok(addresses.map(|all| all.into_iter().map(IpAddress::from).collect()).map_err(code))
    }
}

fn code(error: LookupError) -> ErrorCode {
    match error {
        LookupError::InvalidName => ErrorCode::InvalidArgument,
        LookupError::Unresolvable => ErrorCode::NameUnresolvable,
        LookupError::AccessDenied => ErrorCode::AccessDenied,
    }
}
