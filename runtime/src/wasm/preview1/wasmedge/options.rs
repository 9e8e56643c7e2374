//! `sock_setsockopt` and `sock_getsockopt`: socket, level, name, *value, length.
//!
//! A value is a number of four bytes, but for timeouts (seconds and microseconds, eight bytes each)
//! and lingering (whether, and for how many seconds, four bytes each).

use std::time::Duration;

use wasmtime::Linker;

use super::super::errno::{Errno, Outcome};
use super::super::memory::{self, read, read_u32, slice, write, write_u32};
use super::super::socket::{Kind, Socket};
use super::super::{Caller, define};
use super::{TYPE_DATAGRAM, TYPE_STREAM};
use crate::network::SocketOptions;
use crate::wasm::context::ContainerContext;

const SOL_SOCKET: u32 = 0;

const SO_REUSEADDR: u32 = 0;
const SO_TYPE: u32 = 1;
const SO_ERROR: u32 = 2;
const SO_BROADCAST: u32 = 4;
const SO_SNDBUF: u32 = 5;
const SO_RCVBUF: u32 = 6;
const SO_KEEPALIVE: u32 = 7;
const SO_LINGER: u32 = 9;
const SO_RCVTIMEO: u32 = 11;
const SO_SNDTIMEO: u32 = 12;
const SO_ACCEPTCONN: u32 = 13;
const SO_BINDTODEVICE: u32 = 14;

/// Adds the functions to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    define! { linker;
        "sock_setsockopt" = sock_setsockopt(fd, level, name, value, len);
        "sock_getsockopt" = sock_getsockopt(fd, level, name, value, len);
    }
    Ok(())
}

async fn sock_setsockopt(
    caller: &mut Caller<'_>,
    fd: u32,
    level: u32,
    name: u32,
    value: u32,
    len: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let socket = context.descriptors.socket(fd)?;
    if level != SOL_SOCKET {
        return Err(Errno::NOPROTOOPT.into());
    }
    socket.settle().await;
    Ok(set(socket, name, slice(memory, value, len)?)?)
}

async fn sock_getsockopt(
    caller: &mut Caller<'_>,
    fd: u32,
    level: u32,
    name: u32,
    value: u32,
    len: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let socket = context.descriptors.socket(fd)?;
    if level != SOL_SOCKET {
        return Err(Errno::NOPROTOOPT.into());
    }
    let room = read_u32(memory, len)?;
    slice(memory, value, room)?;
    socket.settle().await;
    let bytes = get(socket, name)?;
    if room < bytes.len() as u32 {
        return Err(Errno::INVAL.into());
    }
    write(memory, value, &bytes)?;
    Ok(write_u32(memory, len, bytes.len() as u32)?)
}

fn set(socket: &mut Socket, name: u32, value: &[u8]) -> Result<(), Errno> {
    let number = || read_u32(value, 0).map_err(|_| Errno::INVAL);
    let flag = || number().map(|number| number != 0);
    match name {
        // All sockets share their addresses, and may speak to whom they may speak to.
        SO_REUSEADDR => socket.options.reuse_address = flag()?,
        SO_BROADCAST => socket.options.broadcast = flag()?,
        SO_SNDBUF => tcp_options(socket)?.set_send_buffer_bytes(number()?.max(1).into())?,
        SO_RCVBUF => tcp_options(socket)?.set_receive_buffer_bytes(number()?.max(1).into())?,
        SO_KEEPALIVE => tcp_options(socket)?.keep_alive = flag()?,
        SO_LINGER => {
            let seconds = read_u32(value, 4).map_err(|_| Errno::INVAL)?;
            socket.options.linger_seconds = flag()?.then_some(seconds);
        }
        SO_RCVTIMEO => socket.timeouts.receive = timeout(value)?,
        SO_SNDTIMEO => socket.timeouts.send = timeout(value)?,
        // There is one device, which needs no name.
        SO_BINDTODEVICE if value.is_empty() => {}
        SO_TYPE | SO_ERROR | SO_ACCEPTCONN | SO_BINDTODEVICE => return Err(Errno::INVAL),
        _ => return Err(Errno::NOPROTOOPT),
    }
    Ok(())
}

fn get(socket: &mut Socket, name: u32) -> Result<Vec<u8>, Errno> {
    let number = match name {
        SO_REUSEADDR => socket.options.reuse_address.into(),
        SO_BROADCAST => socket.options.broadcast.into(),
        SO_TYPE => match socket.kind {
            Kind::Tcp(_) => TYPE_STREAM,
            Kind::Udp(_) => TYPE_DATAGRAM,
        },
        SO_ERROR => socket.take_error().map_or_else(|errno| errno.number().into(), |()| 0),
        SO_SNDBUF => tcp_options(socket)?.send_buffer_bytes() as u32,
        SO_RCVBUF => tcp_options(socket)?.receive_buffer_bytes() as u32,
        SO_KEEPALIVE => tcp_options(socket)?.keep_alive.into(),
        SO_ACCEPTCONN => match &socket.kind {
            Kind::Tcp(tcp) => tcp.is_listening().into(),
            Kind::Udp(_) => 0,
        },
        SO_LINGER => {
            let linger = socket.options.linger_seconds;
            let words = [u32::from(linger.is_some()), linger.unwrap_or(0)];
            return Ok(words.map(u32::to_le_bytes).concat());
        }
        SO_RCVTIMEO => return Ok(timeval(socket.timeouts.receive)),
        SO_SNDTIMEO => return Ok(timeval(socket.timeouts.send)),
        SO_BINDTODEVICE => return Ok(Vec::new()),
        _ => return Err(Errno::NOPROTOOPT),
    };
    Ok(number.to_le_bytes().to_vec())
}

fn tcp_options(socket: &mut Socket) -> Result<&mut SocketOptions, Errno> {
    match &mut socket.kind {
        Kind::Tcp(tcp) => Ok(tcp.options()?),
        Kind::Udp(udp) => Ok(udp.options()),
    }
}

/// Reads how long is waited: 0 is for ever.
fn timeout(value: &[u8]) -> Result<Option<Duration>, Errno> {
    let number = |at| read(value, at).map(u64::from_le_bytes).map_err(|_| Errno::INVAL);
    let (seconds, micros) = (number(0)?, number(8)?);
    if micros >= 1_000_000 {
        return Err(Errno::INVAL);
    }
    let timeout = Duration::new(seconds, micros as u32 * 1000);
    Ok((!timeout.is_zero()).then_some(timeout))
}

fn timeval(timeout: Option<Duration>) -> Vec<u8> {
    let timeout = timeout.unwrap_or_default();
    [timeout.as_secs(), timeout.subsec_micros().into()].map(u64::to_le_bytes).concat()
}
