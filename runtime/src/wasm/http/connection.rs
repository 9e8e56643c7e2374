//! One connection of a client: HTTP/1.1, or HTTP/2 from its first byte (h2c).

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::time::timeout;

use super::service::Service;
use crate::network::{PodStream, TcpSocket};
use crate::wasm::stop::StopRequest;

/// How long the head of a request may be, and how many fields it may have.
const HEAD_BYTES_MAX: usize = 64 << 10;
const FIELDS_MAX: usize = 100;

/// How long a client may take for the head of a request, and between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// How many requests a client may send at once over one connection, and what it may send ahead.
const STREAMS_MAX: u32 = 100;
const WINDOW_BYTES: u32 = 256 << 10;
const SEND_BUFFER_BYTES: usize = 64 << 10;

/// Serves a connection to its end: until its client closes it, or, when the service is to stop,
/// until the requests under way are answered.
pub(super) async fn serve(socket: TcpSocket, service: Arc<Service>, stop: StopRequest) {
    let Ok(stream) = socket.stream().map(Arc::clone) else { return };
    // The client speaks first. Until then nothing else counts the time.
    let first_byte = timeout(HEAD_TIMEOUT, poll_fn(|cx| stream.poll_readable(cx)));
    tokio::select! {
        readable = first_byte => if readable.is_err() { return },
        () = stop.made() => return,
    }
    let io = TokioIo::new(PodStream::from(Arc::clone(&stream)));
    let respond = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { Ok::<_, Infallible>(service.respond(request).await) }
    });
    let builder = builder();
    let mut connection = pin!(builder.serve_connection(io, respond));
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stop.made() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection to an http service failed");
        // A response that was broken off must not look like one that ended.
        stream.abort();
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(FIELDS_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(4 * WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .keep_alive_interval(HEAD_TIMEOUT);
    builder
}
