//! The sockets that WasmEdge adds to WASI 0.1, so that programs which were made for it run here.
//!
//! | function | parameters | |
//! |---|---|---|
//! | `sock_open` | family, type, *socket | |
//! | `sock_bind`, `sock_connect` | socket, *address, port | |
//! | `sock_listen` | socket, backlog | |
//! | `sock_accept` | socket, *accepted | WASI's own has flags between them |
//! | `sock_recv_from` | socket, *buffers, count, *address, flags, *port, *len, *flags | the first version had no port |
//! | `sock_send_to` | socket, *buffers, count, *address, port, flags, *len | |
//! | `sock_getlocaladdr`, `sock_getpeeraddr` | socket, *address, *kind, *port | the second version has no kind |
//! | `sock_setsockopt`, `sock_getsockopt` | [`options`] | |
//! | `sock_getaddrinfo` | [`lookup`] | |
//!
//! Of some there are two versions under one name. Which of them a module means is told from the
//! type of its import, as WasmEdge does; the second version has the name with `_v2`, too.
//!
//! `sock_recv_from` of WasmEdge forgets to turn the bytes of the port, which the library for Rust
//! does not know. So it has the port as everywhere under that name, and under the name with `_v2`,
//! which only those use who have looked, as WasmEdge writes it.

mod address;
mod lookup;
mod options;

use std::net::SocketAddr;

use wasmtime::{ExternType, Linker, Module};

use self::address::AddressBuffer;
use super::descriptors::Descriptor;
use super::errno::{Errno, Outcome};
use super::memory::{self, Buffers, slice, write, write_u32};
use super::sock::{out, receive_flags, sock_accept, sock_recv, sock_send};
use super::socket::{Kind, Socket};
use super::transfer;
use super::{Caller, MODULE, define};
use crate::network::{SocketError, TcpSocket, UdpSocket};
use crate::wasm::context::ContainerContext;

/// What `sock_open` makes.
const TYPE_DATAGRAM: u32 = 1;
const TYPE_STREAM: u32 = 2;

/// Adds the functions to a linker: of those with two versions the one that is used by now.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    define! { linker;
        "sock_open" = sock_open(family, kind, opened);
        "sock_bind" = sock_bind(fd, address, port);
        "sock_connect" = sock_connect(fd, address, port);
        "sock_listen" = sock_listen(fd, backlog);
        "sock_recv_from" = sock_recv_from(fd, buffers, count, address, flags, port, len, out);
        "sock_send_to" = sock_send_to(fd, buffers, count, address, port, flags, len);
        "sock_getlocaladdr" = sock_getlocaladdr(fd, address, kind, port);
        "sock_getpeeraddr" = sock_getpeeraddr(fd, address, kind, port);
        "sock_open_v2" = sock_open(family, kind, opened);
        "sock_bind_v2" = sock_bind(fd, address, port);
        "sock_connect_v2" = sock_connect(fd, address, port);
        "sock_listen_v2" = sock_listen(fd, backlog);
        "sock_accept_v2" = sock_accept(fd, flags, accepted);
        "sock_recv_v2" = sock_recv(fd, buffers, count, flags, len, out);
        "sock_recv_from_v2" = sock_recv_from_v2(
            fd, buffers, count, address, flags, port, len, out
        );
        "sock_send_v2" = sock_send(fd, buffers, count, flags, len);
        "sock_send_to_v2" = sock_send_to(fd, buffers, count, address, port, flags, len);
        "sock_getlocaladdr_v2" = sock_getlocaladdr_v2(fd, address, port);
        "sock_getpeeraddr_v2" = sock_getpeeraddr_v2(fd, address, port);
    }
    options::add_to_linker(linker)?;
    lookup::add_to_linker(linker)
}

/// The functions of another version than the linker has, by name and number of parameters.
const OTHER_VERSIONS: [(&str, usize); 4] =
    [("sock_accept", 2), ("sock_recv_from", 7), ("sock_getlocaladdr", 3), ("sock_getpeeraddr", 3)];

/// Returns a linker with the versions of the functions that a module means, if it is another one.
pub(in crate::wasm) fn linker_for(
    module: &Module,
    linker: &Linker<ContainerContext>,
) -> wasmtime::Result<Option<Linker<ContainerContext>>> {
    let imports = |name: &str, parameters: usize| {
        module.imports().any(|import| {
            let ExternType::Func(function) = import.ty() else { return false };
            let is_it = import.module() == MODULE && import.name() == name;
            is_it && function.params().len() == parameters
        })
    };
    let wanted = OTHER_VERSIONS.map(|(name, parameters)| imports(name, parameters));
    if wanted == [false; 4] {
        return Ok(None);
    }
    let mut other = linker.clone();
    let linker = &mut other;
    linker.allow_shadowing(true);
    if wanted[0] {
        define! { linker; "sock_accept" = sock_accept_v1(fd, accepted); }
    }
    if wanted[1] {
        define! { linker;
            "sock_recv_from" = sock_recv_from_v1(fd, buffers, count, address, flags, len, out);
        }
    }
    if wanted[2] {
        define! { linker; "sock_getlocaladdr" = sock_getlocaladdr_v2(fd, address, port); }
    }
    if wanted[3] {
        define! { linker; "sock_getpeeraddr" = sock_getpeeraddr_v2(fd, address, port); }
    }
    linker.allow_shadowing(false);
    Ok(Some(other))
}

async fn sock_open(caller: &mut Caller<'_>, family: u32, kind: u32, opened: u32) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    slice(memory, opened, 4)?;
    let family = address::family(family).ok_or(Errno::AFNOSUPPORT)?;
    let member = context.sockets().member;
    let socket: Socket = match kind {
        TYPE_STREAM => TcpSocket::new(member, family)?.into(),
        TYPE_DATAGRAM => UdpSocket::new(member, family)?.into(),
        _ => return Err(Errno::INVAL.into()),
    };
    let fd = context.descriptors.add(Descriptor::from(socket));
    Ok(write_u32(memory, opened, fd)?)
}

async fn sock_bind(caller: &mut Caller<'_>, fd: u32, address: u32, port: u32) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let address = AddressBuffer::read(memory, address)?.address(memory, port)?;
    match &mut context.descriptors.socket(fd)?.kind {
        Kind::Tcp(tcp) => tcp.bind(address)?,
        Kind::Udp(udp) => udp.bind(address)?,
    }
    Ok(())
}

async fn sock_connect(caller: &mut Caller<'_>, fd: u32, address: u32, port: u32) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let address = AddressBuffer::read(memory, address)?.address(memory, port)?;
    Ok(context.descriptors.socket(fd)?.connect(address).await?)
}

async fn sock_listen(caller: &mut Caller<'_>, fd: u32, backlog: u32) -> Outcome {
    let Kind::Tcp(tcp) = &mut caller.data_mut().descriptors.socket(fd)?.kind else {
        return Err(Errno::NOTSUP.into());
    };
    // A negative one is as many as there may be.
    tcp.set_backlog(u64::from(backlog.max(1)))?;
    if !tcp.is_listening() {
        tcp.listen_on_both_families()?;
    }
    Ok(())
}

async fn sock_accept_v1(caller: &mut Caller<'_>, fd: u32, accepted: u32) -> Outcome {
    sock_accept(caller, fd, 0, accepted).await
}

/// Receives, and tells whom it is from; in which order the bytes of a port stand, the versions
/// differ.
async fn receive_with_port(
    caller: &mut Caller<'_>,
    receiving: (u32, u32, u32, u32),
    out: (u32, u32),
    (address, port): (u32, u32),
    order: fn(u16) -> [u8; 2],
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    slice(memory, port, 2)?;
    let from = receive_from(memory, context, receiving, out).await?;
    tell_sender(memory, from, address, port, order)
}

#[expect(clippy::too_many_arguments, reason = "those of the interface")]
async fn sock_recv_from(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    address: u32,
    flags: u32,
    port: u32,
    len: u32,
    out_flags: u32,
) -> Outcome {
    let (receiving, out) = ((fd, list, count, flags), (len, out_flags));
    receive_with_port(caller, receiving, out, (address, port), u16::to_le_bytes).await
}

#[expect(clippy::too_many_arguments, reason = "those of the interface")]
async fn sock_recv_from_v2(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    address: u32,
    flags: u32,
    port: u32,
    len: u32,
    out_flags: u32,
) -> Outcome {
    let (receiving, out) = ((fd, list, count, flags), (len, out_flags));
    receive_with_port(caller, receiving, out, (address, port), u16::to_be_bytes).await
}

#[expect(clippy::too_many_arguments, reason = "those of the interface")]
async fn sock_recv_from_v1(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    address: u32,
    flags: u32,
    len: u32,
    out_flags: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let receiving = (fd, list, count, flags);
    let from = receive_from(memory, context, receiving, (len, out_flags)).await?;
    if let Some(from) = from {
        AddressBuffer::read(memory, address)?.write_bare(memory, from.ip())?;
    }
    Ok(())
}

/// Receives, and returns whom it is from.
async fn receive_from(
    memory: &mut [u8],
    context: &mut ContainerContext,
    (fd, list, count, flags): (u32, u32, u32, u32),
    (len, out_flags): (u32, u32),
) -> Outcome<Option<SocketAddr>> {
    let socket = context.descriptors.socket(fd)?;
    let buffers = Buffers::read(memory, list, count)?;
    slice(memory, len, 4)?;
    slice(memory, out_flags, 2)?;
    let filled = transfer::receive(socket, memory, &buffers, receive_flags(flags)?).await?;
    write_u32(memory, len, filled.len as u32)?;
    write(memory, out_flags, &out(filled.is_truncated))?;
    Ok(filled.from.or_else(|| peer(socket).ok()))
}

/// Writes whom something is from.
fn tell_sender(
    memory: &mut [u8],
    from: Option<SocketAddr>,
    address: u32,
    port: u32,
    bytes: fn(u16) -> [u8; 2],
) -> Outcome {
    if let Some(from) = from {
        AddressBuffer::read(memory, address)?.write(memory, from.ip())?;
        write(memory, port, &bytes(from.port()))?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "those of the interface")]
async fn sock_send_to(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    address: u32,
    port: u32,
    flags: u32,
    len: u32,
) -> Outcome {
    if flags != 0 {
        return Err(Errno::INVAL.into());
    }
    let (memory, context) = memory::split(caller)?;
    let socket = context.descriptors.socket(fd)?;
    let buffers = Buffers::read(memory, list, count)?;
    let to = AddressBuffer::read(memory, address)?.address(memory, port)?;
    let sent = transfer::send(socket, memory, &buffers, Some(to)).await?;
    Ok(write_u32(memory, len, sent as u32)?)
}

async fn sock_getlocaladdr(
    caller: &mut Caller<'_>,
    fd: u32,
    address: u32,
    kind: u32,
    port: u32,
) -> Outcome {
    tell_address(caller, fd, local, address, Some(kind), port).await
}

async fn sock_getlocaladdr_v2(
    caller: &mut Caller<'_>,
    fd: u32,
    address: u32,
    port: u32,
) -> Outcome {
    tell_address(caller, fd, local, address, None, port).await
}

async fn sock_getpeeraddr(
    caller: &mut Caller<'_>,
    fd: u32,
    address: u32,
    kind: u32,
    port: u32,
) -> Outcome {
    tell_address(caller, fd, peer, address, Some(kind), port).await
}

async fn sock_getpeeraddr_v2(caller: &mut Caller<'_>, fd: u32, address: u32, port: u32) -> Outcome {
    tell_address(caller, fd, peer, address, None, port).await
}

async fn tell_address(
    caller: &mut Caller<'_>,
    fd: u32,
    which: fn(&Socket) -> Result<SocketAddr, Errno>,
    buffer: u32,
    kind: Option<u32>,
    port: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let socket = context.descriptors.socket(fd)?;
    socket.settle().await;
    let address = which(socket)?;
    AddressBuffer::read(memory, buffer)?.write(memory, address.ip())?;
    if let Some(kind) = kind {
        write_u32(memory, kind, if address.is_ipv4() { 4 } else { 6 })?;
    }
    Ok(write_u32(memory, port, address.port().into())?)
}

/// Returns the local address; the wildcard, if there is none yet.
fn local(socket: &Socket) -> Result<SocketAddr, Errno> {
    let (address, family) = match &socket.kind {
        Kind::Tcp(tcp) => (tcp.local_address(), tcp.family()),
        Kind::Udp(udp) => (udp.local_address(), udp.family()),
    };
    match address {
        Err(SocketError::InvalidState) => Ok((family.unspecified(), 0).into()),
        address => Ok(address?),
    }
}

fn peer(socket: &Socket) -> Result<SocketAddr, Errno> {
    let address = match &socket.kind {
        Kind::Tcp(tcp) => tcp.peer_address(),
        Kind::Udp(udp) => udp.peer_address(),
    };
    address.map_err(|_| Errno::NOTCONN)
}
