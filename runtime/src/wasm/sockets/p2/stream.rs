//! The two streams of a connection.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use crate::network::{SocketError, TcpStream};

/// How much one call may read or write: the guest's side of it is allocated anew each time.
const CHUNK_MAX: usize = 64 << 10;

/// What comes from the peer.
pub(super) struct Input(pub(super) Arc<TcpStream>);

/// What goes to the peer.
pub(super) struct Output {
    stream: Arc<TcpStream>,
    /// How much may be written, as was said last.
    permit: usize,
    /// Whether writing has failed.
    is_closed: bool,
}

impl Output {
    pub(super) fn new(stream: Arc<TcpStream>) -> Self {
        Self { stream, permit: 0, is_closed: false }
    }
}

/// A broken pipe is a stream that is closed; everything else went wrong.
fn failed(error: SocketError) -> StreamError {
    match error {
        SocketError::ConnectionBroken => StreamError::Closed,
        other => StreamError::LastOperationFailed(wasmtime::Error::new(other)),
    }
}

#[async_trait::async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        std::future::poll_fn(|cx| self.0.poll_readable(cx)).await;
    }
}

#[async_trait::async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        match self.0.try_read(size.min(CHUNK_MAX)).map_err(failed)? {
            None => Ok(Bytes::new()),
            Some(bytes) if bytes.is_empty() => Err(StreamError::Closed),
            Some(bytes) => Ok(bytes),
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        std::future::poll_fn(|cx| self.stream.poll_writable(cx)).await;
    }
}

#[async_trait::async_trait]
impl OutputStream for Output {
    fn check_write(&mut self) -> StreamResult<usize> {
        if self.is_closed {
            return Err(StreamError::Closed);
        }
        self.permit = self.stream.room().map_err(failed)?.min(CHUNK_MAX);
        Ok(self.permit)
    }

    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.len() > self.permit {
            let (len, permit) = (bytes.len(), self.permit);
            let message = format!("a guest writes {len} bytes where it may write {permit}");
            return Err(StreamError::Trap(wasmtime::Error::msg(message)));
        }
        self.permit -= bytes.len();
        if bytes.is_empty() {
            return Ok(());
        }
        self.stream.write(bytes).map_err(|error| {
            self.is_closed = true;
            failed(error)
        })
    }

    /// There is nothing between us and the peer.
    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }
}
