//! Carries bytes between a connection of the pod and one of the real network.
//!
//! What must hold: each direction waits for its slower end; a half close arrives as a half close
//! and a reset as a reset; when the pod's side is gone, so is the real connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::error::SocketError;
use super::stream::{Origin, Share, TcpStream};

/// How much is read from the real network at once: at first, and when that much comes at a time.
const CHUNK_MIN: usize = 8 << 10;
const CHUNK_MAX: usize = 64 << 10;

/// The part of a chunk's room below which it is copied, rather than kept with all of that.
const SMALL_PART: usize = 4;

/// Connects to the real network; what is returned is the pod's side.
pub(super) async fn connect_outside(
    origin: Origin,
    to: SocketAddr,
    share: Arc<Share>,
) -> Result<TcpStream, SocketError> {
    let outside = tokio::net::TcpStream::connect(to).await?;
    let (connected, relayed) = TcpStream::pair(origin, to, &share);
    // Ends when the pod's side is dropped, which the end of the container does.
    tokio::spawn(relay(outside, relayed));
    Ok(connected)
}

/// Carries bytes both ways until both ends are done.
pub(super) async fn relay(mut outside: tokio::net::TcpStream, pod: TcpStream) {
    // Whoever wants to send small pieces late says so at the other end.
    let _ = outside.set_nodelay(true);
    let (reader, writer) = outside.split();
    let inwards = async {
        match copy_in(reader, &pod).await {
            Ok(()) => pod.finish(),
            // The reset goes on; or the pod's side is gone, which the other direction sees.
            Err(_) => pod.abort(),
        }
        std::future::pending().await
    };
    let result = tokio::select! {
        result = copy_out(&pod, writer) => result,
        never = inwards => never,
    };
    if result.is_err() {
        // What was in between is lost, and both shall know.
        pod.abort();
        let _ = outside.set_zero_linger();
    }
}

/// Carries from the real network into the pod, to the end.
async fn copy_in(mut outside: ReadHalf<'_>, pod: &TcpStream) -> io::Result<()> {
    let mut chunk_max = CHUNK_MIN;
    loop {
        std::future::poll_fn(|cx| pod.poll_writable(cx)).await;
        let room = pod.room()?.min(chunk_max);
        outside.readable().await?;
        // Made when there is something to read, so that an idle connection holds no memory.
        let mut buffer = BytesMut::with_capacity(room);
        match outside.read_buf(&mut (&mut buffer).limit(room)).now_or_never() {
            Some(Ok(0)) => return Ok(()),
            Some(Ok(len)) => {
                // Requests are short, and what is long has more where it comes from.
                chunk_max = if len == chunk_max { CHUNK_MAX } else { CHUNK_MIN.max(len) };
                pod.write(chunk(buffer))?;
            }
            Some(Err(error)) => return Err(error),
            None => {}
        }
    }
}

fn chunk(buffer: BytesMut) -> Bytes {
    if buffer.len() < buffer.capacity() / SMALL_PART {
        Bytes::copy_from_slice(&buffer)
    } else {
        buffer.freeze()
    }
}

/// Carries from the pod to the real network, to the end, and until the pod's side is gone.
async fn copy_out(pod: &TcpStream, mut outside: WriteHalf<'_>) -> io::Result<()> {
    loop {
        let bytes = std::future::poll_fn(|cx| pod.poll_read(cx, CHUNK_MAX)).await?;
        if bytes.is_empty() {
            break;
        }
        outside.write_all(&bytes).await?;
    }
    outside.shutdown().await?;
    std::future::poll_fn(|cx| pod.poll_gone(cx)).await;
    Ok(())
}
