//! Standard output and error of a guest: the container's log.
//!
//! A write is taken at once and never fails; a guest that is faster than the log waits for
//! [`ContainerLog::ready`] before the next one. All streams of a guest write to the same log, in the
//! order of the writes.

use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream as P2OutputStream, Pollable, StreamResult};

use crate::sandbox::{ContainerLog, OutputStream};

/// How much one write may be; a longer one is taken in pieces.
pub(super) const WRITE_BYTES_MAX: usize = 64 << 10;

/// One of the two streams, as WASI wants to have it.
#[derive(Clone)]
pub(super) struct LogStream {
    log: ContainerLog,
    stream: OutputStream,
    tty: bool,
}

impl LogStream {
    /// Makes the stream of that name; `tty` is what it says when asked whether it is a terminal.
    pub(super) fn new(log: ContainerLog, stream: OutputStream, tty: bool) -> Self {
        Self { log, stream, tty }
    }
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        self.tty
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(AsyncLogWriter { to: self.clone(), waiting: Mutex::new(None) })
    }

    fn p2_stream(&self) -> Box<dyn P2OutputStream> {
        Box::new(PolledLogWriter { to: self.clone(), permitted: false })
    }
}

/// The stream of WASI 0.2.
struct PolledLogWriter {
    to: LogStream,
    /// Whether `ready` has returned since the last write. Then the next write is taken even if
    /// another container of the pod was faster, for WASI traps a guest whose stream says too often
    /// that it is ready, and then is not.
    permitted: bool,
}

#[async_trait::async_trait]
impl P2OutputStream for PolledLogWriter {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if !bytes.is_empty() {
            self.permitted = false;
            self.to.log.write(self.to.stream, bytes);
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(if self.permitted || self.to.log.is_ready() { WRITE_BYTES_MAX } else { 0 })
    }
}

#[async_trait::async_trait]
impl Pollable for PolledLogWriter {
    async fn ready(&mut self) {
        self.to.log.ready().await;
        self.permitted = true;
    }
}

/// The stream of WASI 0.3.
struct AsyncLogWriter {
    to: LogStream,
    /// The wait for the log that is under way. Behind a lock only because WASI asks for `Sync`:
    /// nobody ever waits for it.
    waiting: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl AsyncWrite for AsyncLogWriter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let LogStream { log, stream, .. } = self.to.clone();
        let waiting = self.waiting.get_mut().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_some() || !log.is_ready() {
            let wait = waiting.get_or_insert_with(|| {
                let log = log.clone();
                Box::pin(async move { log.ready().await })
            });
            ready!(wait.as_mut().poll(cx));
            *waiting = None;
        }
        let taken = &bytes[..bytes.len().min(WRITE_BYTES_MAX)];
        log.write(stream, Bytes::copy_from_slice(taken));
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
