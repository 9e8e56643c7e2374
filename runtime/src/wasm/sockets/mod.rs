//! The sockets of guests: `wasi:sockets` of 0.2 and 0.3, as two fronts of the pod's network.
//!
//! Nothing is generated for them a second time. The traits and the types of the wire are the
//! bindings' own; what the bindings call a `TcpSocket` is a number of a resource in the store's
//! table, and behind that number lies ours ([`handle`]). Therefore all interfaces that make or take
//! such a resource are ours, or none of them. See `docs/decisions/0008-sockets.md`.

mod handle;
mod p2;
mod p3;

use std::sync::Arc;

use wasmtime::component::{HasData, ResourceTable};

use super::context::ContainerContext;
use super::linker::ComponentLinker;
use crate::network::Member;

/// What the functions of the interfaces work on.
pub(super) struct SocketsView<'a> {
    pub(super) table: &'a mut ResourceTable,
    /// Who opens the sockets.
    pub(super) member: &'a Arc<Member>,
}

/// Says of which type the data of the interfaces is.
struct PodSockets;

impl HasData for PodSockets {
    type Data<'a> = SocketsView<'a>;
}

/// Puts our sockets in the place of those that the linker has.
pub(super) fn replace_in_linker(linker: &mut ComponentLinker) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    p2::add_to_linker(linker)?;
    p3::add_to_linker(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn view(context: &mut ContainerContext) -> SocketsView<'_> {
    context.sockets()
}
