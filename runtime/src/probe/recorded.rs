//! A byte stream that remembers how what is read from it began, so that an error can say who was
//! met: a server of another protocol, or nobody.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is remembered.
const OPENING_MAX: usize = 64;

/// A byte stream whose opening is recorded.
pub(super) struct Recorded<S> {
    stream: S,
    opening: Opening,
}

/// The first bytes that were read, as far as they have come. Clones are of the same stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening(Arc<Mutex<Vec<u8>>>);

impl Opening {
    /// Returns the bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the first line, or as much of it as is remembered.
    pub(super) fn line(&self) -> String {
        let bytes = self.bytes();
        let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        String::from_utf8_lossy(line.trim_ascii_end()).into_owned()
    }

    fn record(&self, bytes: &[u8]) {
        let mut opening = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let len = bytes.len().min(OPENING_MAX - opening.len());
        opening.extend_from_slice(&bytes[..len]);
    }
}

impl<S> Recorded<S> {
    /// Records a stream; what was read before is not remembered.
    pub(super) fn new(stream: S) -> (Self, Opening) {
        let opening = Opening::default();
        (Self { stream, opening: opening.clone() }, opening)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.opening.record(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
