//! The streams of a socket: connections to accept, bytes to receive, bytes to send.
//!
//! A stream that the guest drops shuts its direction down. What became of a direction is told by a
//! future beside its stream.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::oneshot;
use wasmtime::component::{
    Destination, Resource, Source, StreamConsumer, StreamProducer, StreamResult,
};
use wasmtime::{AsContextMut as _, StoreContextMut};
use wasmtime_wasi::p3::bindings::sockets::types::{ErrorCode, TcpSocket as Theirs};

use super::super::{SocketsView, handle};
use super::code;
use super::tcp::Socket;
use crate::network::{Acceptor, SocketError, TcpStream};

/// How much is received at once where the guest does not say.
const CHUNK: usize = 64 << 10;

/// What became of a direction.
pub(super) type Outcome = Result<(), ErrorCode>;

/// Waits for `ready`; a guest that gives up waiting is let go.
fn unless_cancelled<T>(ready: Poll<T>, is_cancelled: bool) -> Poll<Result<T, StreamResult>> {
    match ready {
        Poll::Ready(value) => Poll::Ready(Ok(value)),
        Poll::Pending if is_cancelled => Poll::Ready(Err(StreamResult::Cancelled)),
        Poll::Pending => Poll::Pending,
    }
}

/// Yields the connections that a listening socket accepts.
pub(super) struct Connections<T> {
    pub(super) acceptor: Acceptor,
    pub(super) view: for<'a> fn(&'a mut T) -> SocketsView<'a>,
}

impl<T: 'static> StreamProducer<T> for Connections<T> {
    type Item = Resource<Theirs>;
    type Buffer = Option<Resource<Theirs>>;

    fn poll_produce<'a>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, T>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(&mut store) == Some(0) {
            let ready = unless_cancelled(self.acceptor.poll_acceptable(cx), finish);
            return ready.map(|ready| Ok(ready.err().unwrap_or(StreamResult::Completed)));
        }
        unless_cancelled(self.acceptor.poll_accept(cx), finish).map(|accepted| match accepted {
            Ok(Some(tcp)) => {
                let socket = (self.view)(store.data_mut()).table.push(Socket::new(tcp))?;
                destination.set_buffer(Some(handle::own(&socket)));
                Ok(StreamResult::Completed)
            }
            Ok(None) => Ok(StreamResult::Dropped),
            Err(cancelled) => Ok(cancelled),
        })
    }
}

/// One direction of a connection, and whom to tell what became of it.
struct Direction {
    stream: Arc<TcpStream>,
    outcome: Option<oneshot::Sender<Outcome>>,
}

impl Direction {
    fn end(&mut self, result: Result<(), SocketError>) -> StreamResult {
        if let Some(outcome) = self.outcome.take() {
            // A guest that dropped the future does not want to know.
            let _ = outcome.send(result.map_err(code));
        }
        StreamResult::Dropped
    }
}

/// Yields the bytes that a socket receives.
pub(super) struct Receiving(Direction);

impl Receiving {
    pub(super) fn new(stream: Arc<TcpStream>, outcome: oneshot::Sender<Outcome>) -> Self {
        Self(Direction { stream, outcome: Some(outcome) })
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.stream.stop_reading();
        self.0.end(Ok(()));
    }
}

impl<T: 'static> StreamProducer<T> for Receiving {
    type Item = u8;
    type Buffer = bytes::BytesMut;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut store: StoreContextMut<'a, T>,
        destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store.as_context_mut()) == Some(0) {
            let ready = unless_cancelled(self.0.stream.poll_readable(cx), finish);
            return ready.map(|ready| Ok(ready.err().unwrap_or(StreamResult::Completed)));
        }
        let mut destination = destination.as_direct(store, CHUNK);
        let max = destination.remaining().len();
        let read = unless_cancelled(self.0.stream.poll_read(cx, max), finish);
        read.map(|read| {
            Ok(match read {
                Ok(Ok(bytes)) if bytes.is_empty() => self.0.end(Ok(())),
                Ok(Ok(bytes)) => {
                    destination.remaining()[..bytes.len()].copy_from_slice(&bytes);
                    destination.mark_written(bytes.len());
                    StreamResult::Completed
                }
                Ok(Err(error)) => self.0.end(Err(error)),
                Err(cancelled) => cancelled,
            })
        })
    }
}

/// Takes the bytes that a socket sends.
pub(super) struct Sending(Direction);

impl Sending {
    pub(super) fn new(stream: Arc<TcpStream>, outcome: oneshot::Sender<Outcome>) -> Self {
        Self(Direction { stream, outcome: Some(outcome) })
    }

    /// Writes as much of `bytes` as there is room for.
    fn write(&self, bytes: &[u8]) -> Result<usize, SocketError> {
        let len = self.0.stream.room()?.min(bytes.len());
        self.0.stream.write(Bytes::copy_from_slice(&bytes[..len]))?;
        Ok(len)
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.stream.finish();
        self.0.end(Ok(()));
    }
}

impl<T: 'static> StreamConsumer<T> for Sending {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'_, T>,
        source: Source<'_, u8>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut source = source.as_direct(store);
        let writable = unless_cancelled(self.0.stream.poll_writable(cx), finish);
        writable.map(|writable| {
            if let Err(cancelled) = writable {
                return Ok(cancelled);
            }
            if source.remaining().is_empty() {
                return Ok(StreamResult::Completed);
            }
            Ok(match self.write(source.remaining()) {
                Ok(len) => {
                    source.mark_read(len);
                    StreamResult::Completed
                }
                Err(error) => self.0.end(Err(error)),
            })
        })
    }
}
