//! The body of a response: what a server sends, as long as it does not fall silent.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};
use wasmtime_wasi_http::Error;

use super::error;

/// A body whose pieces follow each other within a time.
pub(super) struct ResponseBody {
    incoming: Incoming,
    between_bytes: Duration,
    /// Runs while nothing comes.
    silence: Option<Pin<Box<Sleep>>>,
}

impl ResponseBody {
    pub(super) fn new(incoming: Incoming, between_bytes: Duration) -> Self {
        Self { incoming, between_bytes, silence: None }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Self { incoming, between_bytes, silence } = &mut *self;
        match Pin::new(incoming).poll_frame(cx) {
            Poll::Ready(frame) => {
                *silence = None;
                Poll::Ready(frame.map(|frame| frame.map_err(|error| error::of_hyper(&error))))
            }
            Poll::Pending => silence
                .get_or_insert_with(|| Box::pin(sleep(*between_bytes)))
                .as_mut()
                .poll(cx)
                .map(|()| Some(Err(Error::ConnectionReadTimeout))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
