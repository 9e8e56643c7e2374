//! `wasi:sockets/network` and `instance-network`: the right to use the network, which every guest
//! has.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::SocketError as Trappable;
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::{instance_network, network::HostNetwork};

use super::super::{SocketsView, handle};
use super::code;
use crate::network::{Family, SocketError};

/// The pod's network, as a resource.
pub(super) struct Network;

impl SocketsView<'_> {
    /// Checks that a guest has the network that it names.
    pub(super) fn check_network(
        &self,
        network: &Resource<network::Network>,
    ) -> Result<(), wasmtime::Error> {
        self.table.get::<Network>(&handle::borrow(network))?;
        Ok(())
    }
}

impl instance_network::Host for SocketsView<'_> {
    fn instance_network(&mut self) -> wasmtime::Result<Resource<network::Network>> {
        Ok(handle::own(&self.table.push(Network)?))
    }
}

impl HostNetwork for SocketsView<'_> {
    fn drop(&mut self, network: Resource<network::Network>) -> wasmtime::Result<()> {
        self.table.delete::<Network>(handle::own(&network))?;
        Ok(())
    }
}

impl network::Host for SocketsView<'_> {
    fn convert_error_code(&mut self, error: Trappable) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(self.table.get(&error)?.downcast_ref::<SocketError>().map(|error| code(*error)))
    }
}

/// Returns the family that a guest names.
pub(super) fn family(family: IpAddressFamily) -> Family {
    match family {
        IpAddressFamily::Ipv4 => Family::V4,
        IpAddressFamily::Ipv6 => Family::V6,
    }
}
