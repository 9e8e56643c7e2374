//! Bytes between a guest's buffers and a socket.

use std::net::SocketAddr;

use super::errno::Errno;
use super::memory::Buffers;
use super::socket::{Kind, Received, Socket};
use crate::network::UdpSocket;

/// One more than the longest datagram, which is an error.
const DATAGRAM_BYTES_MAX: usize = 64 << 10;

/// How something is to be received.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ReceiveFlags {
    /// It stays to be received again.
    pub(super) peek: bool,
    /// All of the buffers are to be filled, of a connection.
    pub(super) wait_all: bool,
}

/// What was written into the buffers.
pub(super) struct Filled {
    pub(super) len: usize,
    /// Whether a datagram was longer than the buffers.
    pub(super) is_truncated: bool,
    /// Who has sent it, if it is a datagram.
    pub(super) from: Option<SocketAddr>,
}

/// Sends what is in the buffers: to that address, or to whom the socket is connected. Of a
/// connection that waits, all of it.
pub(super) async fn send(
    socket: &mut Socket,
    memory: &[u8],
    buffers: &Buffers,
    to: Option<SocketAddr>,
) -> Result<usize, Errno> {
    match &mut socket.kind {
        Kind::Udp(udp) => send_datagram(udp, memory, buffers, to),
        Kind::Tcp(_) => send_bytes(socket, memory, buffers).await,
    }
}

fn send_datagram(
    udp: &mut UdpSocket,
    memory: &[u8],
    buffers: &Buffers,
    to: Option<SocketAddr>,
) -> Result<usize, Errno> {
    if to.is_none() && udp.peer_address().is_err() {
        return Err(Errno::DESTADDRREQ);
    }
    let bytes = buffers.gather(memory, 0, DATAGRAM_BYTES_MAX);
    let len = bytes.len();
    udp.send(bytes.into(), to)?;
    Ok(len)
}

async fn send_bytes(socket: &mut Socket, memory: &[u8], buffers: &Buffers) -> Result<usize, Errno> {
    let (len, mut sent) = (buffers.len(), 0);
    loop {
        match send_some(socket, memory, buffers, sent).await {
            Ok(more) => sent += more,
            // What was sent was sent. The next call will tell.
            Err(_) if sent > 0 => return Ok(sent),
            Err(error) => return Err(error),
        }
        if sent == len {
            return Ok(sent);
        }
    }
}

/// Sends as much as there is room for, from the `start`th byte on; waits if there is none.
async fn send_some(
    socket: &mut Socket,
    memory: &[u8],
    buffers: &Buffers,
    start: usize,
) -> Result<usize, Errno> {
    let stream = socket.stream().await?;
    let room = stream.room()?;
    if start == buffers.len() {
        return Ok(0);
    }
    if room == 0 {
        socket.writable().await?;
        return Ok(0);
    }
    let bytes = buffers.gather(memory, start, room);
    let len = bytes.len();
    stream.write(bytes)?;
    Ok(len)
}

/// Receives into the buffers.
pub(super) async fn receive(
    socket: &mut Socket,
    memory: &mut [u8],
    buffers: &Buffers,
    flags: ReceiveFlags,
) -> Result<Filled, Errno> {
    let len = buffers.len();
    if flags.peek && flags.wait_all {
        return Err(Errno::NOTSUP);
    }
    let Received { bytes, from } = socket.receive(len, flags.peek).await?;
    buffers.scatter(memory, 0, &bytes);
    let mut filled = Filled { len: bytes.len().min(len), is_truncated: bytes.len() > len, from };
    let mut is_end = bytes.is_empty() || from.is_some() || !flags.wait_all;
    while !is_end && filled.len < len {
        // Of an error there is no word yet: there is something to be returned.
        let Ok(more) = socket.receive(len - filled.len, false).await else { break };
        buffers.scatter(memory, filled.len, &more.bytes);
        filled.len += more.bytes.len();
        is_end = more.bytes.is_empty();
    }
    Ok(filled)
}
