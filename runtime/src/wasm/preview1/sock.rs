//! `sock_accept`, `sock_recv`, `sock_send` and `sock_shutdown`, and what the functions of files do
//! with a socket.

use wasmtime::Linker;

use super::descriptors::Descriptor;
use super::errno::{Errno, Outcome};
use super::memory::{self, Buffers, write, write_u32};
use super::socket::{Kind, Socket};
use super::transfer::{self, ReceiveFlags};
use super::{Caller, define};
use crate::wasm::context::ContainerContext;

/// The flag of a descriptor whose operations do not wait.
const NONBLOCK: u32 = 1 << 2;

/// Flags of `sock_recv`: into it, and out of it.
const RECV_PEEK: u32 = 1 << 0;
const RECV_WAITALL: u32 = 1 << 1;
const RECV_DATA_TRUNCATED: u16 = 1 << 0;

/// Flags of `sock_shutdown`.
const SHUT_READ: u32 = 1 << 0;
const SHUT_WRITE: u32 = 1 << 1;

const FILETYPE_SOCKET_DGRAM: u8 = 5;
const FILETYPE_SOCKET_STREAM: u8 = 6;

/// What may be done with a socket: `fd_read`, `fd_fdstat_set_flags`, `fd_write`, `fd_filestat_get`,
/// `poll_fd_readwrite`, `sock_shutdown`, `sock_accept`.
const RIGHTS: u64 = 1 << 1 | 1 << 3 | 1 << 6 | 1 << 21 | 1 << 27 | 1 << 28 | 1 << 29;

/// Adds the functions to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    define! { linker;
        "sock_accept" = sock_accept(fd, flags, accepted);
        "sock_recv" = sock_recv(fd, buffers, count, flags, len, out_flags);
        "sock_send" = sock_send(fd, buffers, count, flags, len);
        "sock_shutdown" = sock_shutdown(fd, how);
    }
    Ok(())
}

pub(super) async fn sock_accept(
    caller: &mut Caller<'_>,
    fd: u32,
    flags: u32,
    accepted: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let listening = context.descriptors.socket(fd)?;
    memory::slice(memory, accepted, 4)?;
    check_flags(flags)?;
    let mut socket = listening.accept().await?;
    set_flags(&mut socket, flags)?;
    let number = context.descriptors.add(Descriptor::from(socket));
    Ok(write_u32(memory, accepted, number)?)
}

pub(super) async fn sock_recv(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    flags: u32,
    len: u32,
    out_flags: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let socket = context.descriptors.socket(fd)?;
    let buffers = Buffers::read(memory, list, count)?;
    let filled = transfer::receive(socket, memory, &buffers, receive_flags(flags)?).await?;
    write_u32(memory, len, filled.len as u32)?;
    Ok(write(memory, out_flags, &out(filled.is_truncated))?)
}

/// Reads as from a file.
pub(super) async fn sock_read(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    read: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let socket = context.descriptors.socket(fd)?;
    let buffers = Buffers::read(memory, list, count)?;
    let filled = transfer::receive(socket, memory, &buffers, ReceiveFlags::default()).await?;
    Ok(write_u32(memory, read, filled.len as u32)?)
}

pub(super) async fn sock_send(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    flags: u32,
    len: u32,
) -> Outcome {
    if flags != 0 {
        return Err(Errno::INVAL.into());
    }
    sock_write(caller, fd, list, count, len).await
}

/// Writes as to a file.
pub(super) async fn sock_write(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    written: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let socket = context.descriptors.socket(fd)?;
    let buffers = Buffers::read(memory, list, count)?;
    let len = transfer::send(socket, memory, &buffers, None).await?;
    Ok(write_u32(memory, written, len as u32)?)
}

async fn sock_shutdown(caller: &mut Caller<'_>, fd: u32, how: u32) -> Outcome {
    let socket = caller.data_mut().descriptors.socket(fd)?;
    let (read, write) = (how & SHUT_READ != 0, how & SHUT_WRITE != 0);
    if how & !(SHUT_READ | SHUT_WRITE) != 0 || !(read || write) {
        return Err(Errno::INVAL.into());
    }
    Ok(socket.shut_down(read, write).await?)
}

/// Reads the flags of `sock_recv`.
pub(super) fn receive_flags(flags: u32) -> Result<ReceiveFlags, Errno> {
    if flags & !(RECV_PEEK | RECV_WAITALL) != 0 {
        return Err(Errno::INVAL);
    }
    Ok(ReceiveFlags { peek: flags & RECV_PEEK != 0, wait_all: flags & RECV_WAITALL != 0 })
}

/// Returns the flags that say what `sock_recv` did.
pub(super) fn out(is_truncated: bool) -> [u8; 2] {
    if is_truncated { RECV_DATA_TRUNCATED.to_le_bytes() } else { [0; 2] }
}

fn check_flags(flags: u32) -> Result<(), Errno> {
    if flags & !NONBLOCK == 0 { Ok(()) } else { Err(Errno::INVAL) }
}

/// Sets the flags of a socket, as `fd_fdstat_set_flags` does.
pub(super) fn set_flags(socket: &mut Socket, flags: u32) -> Result<(), Errno> {
    check_flags(flags)?;
    socket.nonblocking = flags & NONBLOCK != 0;
    Ok(())
}

/// Returns what `fd_fdstat_get` says of a socket.
pub(super) fn fdstat(socket: &Socket) -> [u8; 24] {
    let flags = if socket.nonblocking { NONBLOCK as u16 } else { 0 };
    let mut stat = [0; 24];
    stat[0] = filetype(socket);
    stat[2..4].copy_from_slice(&flags.to_le_bytes());
    stat[8..16].copy_from_slice(&RIGHTS.to_le_bytes());
    stat[16..24].copy_from_slice(&RIGHTS.to_le_bytes());
    stat
}

/// Returns what `fd_filestat_get` says of a socket: little more than that it is one.
pub(super) fn filestat(socket: &Socket) -> [u8; 64] {
    let mut stat = [0; 64];
    stat[16] = filetype(socket);
    stat[24] = 1;
    stat
}

fn filetype(socket: &Socket) -> u8 {
    match socket.kind {
        Kind::Tcp(_) => FILETYPE_SOCKET_STREAM,
        Kind::Udp(_) => FILETYPE_SOCKET_DGRAM,
    }
}
