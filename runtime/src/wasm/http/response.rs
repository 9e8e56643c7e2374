//! The body of a response: what an instance writes, taken as the client reads it.
//!
//! It owns the instance's task as long as it is not whole: a client that goes away takes the
//! instance with it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::task::{AbortHandle, JoinHandle};
use wasmtime_wasi_http::WasiBody;

use super::exchange::Exchange;

/// How much of a response is read that nobody gets, for the sake of a guest that does not expect
/// that.
const UNWANTED_BYTES_MAX: usize = 1 << 20;

/// The body that a guest writes.
pub(super) struct GuestBody {
    inner: WasiBody,
    exchange: Exchange,
    instance: Ending,
    /// How much has to come, if the head says so.
    left: Option<u64>,
}

/// Ends a task when it is dropped.
pub(super) struct Ending(Option<AbortHandle>);

/// The instance did not finish its response.
#[derive(Debug, thiserror::Error)]
#[error("the service failed in the middle of its response")]
pub(super) struct Broken;

impl Ending {
    pub(super) fn of<T>(task: &JoinHandle<T>) -> Self {
        Self(Some(task.abort_handle()))
    }

    /// Lets the task go on.
    fn release(&mut self) {
        self.0 = None;
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl GuestBody {
    pub(super) fn new(
        inner: WasiBody,
        exchange: Exchange,
        instance: Ending,
        length: Option<u64>,
    ) -> Self {
        Self { inner, exchange, instance, left: length }
    }

    /// Reads what no client wants, as of a response to HEAD, within bounds.
    pub(super) async fn discard(mut self) {
        let mut taken = 0;
        while taken < UNWANTED_BYTES_MAX {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await;
            let Some(Ok(frame)) = frame else { break };
            taken += frame.data_ref().map_or(0, Bytes::len);
        }
        self.finish();
    }

    /// Lets the instance go on: what it does now is its own affair, within the limits of all.
    fn finish(&mut self) {
        self.instance.release();
    }
}

impl Body for GuestBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                self.exchange.moved();
                let taken = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.left = self.left.map(|left| left.saturating_sub(taken));
                Some(Ok(frame))
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "a response is broken");
                Some(Err(Broken))
            }
            None if self.exchange.is_broken() => Some(Err(Broken)),
            None => {
                self.finish();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for GuestBody {
    fn drop(&mut self) {
        // The rest of a body whose length was told is not asked for.
        if self.left == Some(0) || self.inner.is_end_stream() {
            self.finish();
        }
    }
}
