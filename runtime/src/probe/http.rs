//! Probes that get a URL, and what they share with hooks that do: the exchange.
//!
//! HTTP/1.1, one request on each connection, no proxy, no cookies. The kubelet would also speak
//! HTTP/2 with a server that offers it over TLS; there is none that has nothing else and answers a
//! probe.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Fuse};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::LOCATION;
use hyper_util::rt::TokioIo;
use tokio::time::timeout_at;

use super::dial::{Connection, DialError, Stream, dial};
use super::recorded::{Opening, Recorded};
use super::request::{Get, Redirect, RedirectError};
use super::tls::{self, TlsError};
use super::{Answer, OUTPUT_MAX, Target, alongside};
use crate::clock::Clock;
use crate::network::{PodNetwork, SocketError};
use crate::spec::{HttpGet, Scheme};

/// How long the head of a response may be.
const HEAD_MAX: usize = 256 << 10;

/// How many requests are made for one.
const REQUESTS_MAX: usize = 10;

/// Asks once.
pub(super) async fn probe(get: &HttpGet, target: &Target<'_>, timeout: Duration) -> Answer {
    let deadline = Clock::start().instant(timeout);
    let get = match Get::new(get, target.container, &target.pod_ip(), "probe") {
        Ok(get) => get,
        Err(error) => return Answer::Error(error.to_string()),
    };
    let mut reply = match timeout_at(deadline, fetch(get.clone(), target.network)).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => return Answer::Failure(error.to_string()),
        Err(_) => {
            return Answer::Failure(format!(
                "Get {:?}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
                get.url()
            ));
        }
    };
    // The kubelet takes a body that breaks off for a probe that could not be carried out.
    match timeout_at(deadline, reply.body()).await {
        Ok(Ok(body)) => verdict(reply.status, &body),
        Ok(Err(error)) => Answer::Error(error.to_string()),
        Err(_) => Answer::Error(
            "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
                .to_owned(),
        ),
    }
}

fn verdict(status: u16, body: &[u8]) -> Answer {
    match status {
        200..=299 => Answer::Success,
        300..=399 => Answer::Warning(format!(
            "Probe terminated redirects, Response body: {}",
            String::from_utf8_lossy(body)
        )),
        // Without the body: events are for more eyes than the container's answers.
        _ => Answer::Failure(format!("HTTP probe failed with statuscode: {status}")),
    }
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
#[error("Get {url:?}: {reason}")]
pub(super) struct FetchError {
    url: String,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    #[error("stopped after {REQUESTS_MAX} redirects")]
    Redirects,
    #[error("net/http: invalid header field value for {0:?}")]
    Header(String),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// How an exchange broke off.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExchangeError {
    /// The server said nothing and left.
    #[error("EOF")]
    Closed,
    /// The server left while it spoke.
    #[error("unexpected EOF")]
    BrokenOff,
    /// The connection failed.
    #[error("read tcp {local}->{peer}: read: {error}")]
    Read { local: SocketAddr, peer: SocketAddr, error: SocketError },
    /// The server speaks something else.
    #[error("net/http: HTTP/1.x transport connection broken: malformed HTTP response {0:?}")]
    Malformed(String),
    /// A head that is wrong, or too long.
    #[error("net/http: HTTP/1.x transport connection broken: {0}")]
    Other(hyper::Error),
}

impl FetchError {
    /// Returns whether a server was asked for TLS that speaks HTTP in the clear.
    pub(super) fn is_plain_http(&self) -> bool {
        matches!(self.reason, Reason::Tls(TlsError::PlainHttp))
    }
}

/// A response whose body is yet to come.
pub(super) struct Reply {
    status: u16,
    location: Option<String>,
    body: Incoming,
    wire: Wire,
}

/// Who is at the other end, and the task of speaking to them.
struct Wire {
    connection: Fuse<BoxFuture<'static, ()>>,
    opening: Opening,
    local: SocketAddr,
    peer: SocketAddr,
}

/// Gets a URL, with the redirects that stay on the host.
///
/// # Errors
///
/// If there is no response. That it is a bad one is no error.
pub(super) async fn fetch(mut get: Get, network: &Arc<PodNetwork>) -> Result<Reply, FetchError> {
    for made in 1.. {
        let failed = |reason| FetchError { url: get.url(), reason };
        let reply = exchange(&get, network).await.map_err(failed)?;
        let Some(location) = reply.redirects_to() else { return Ok(reply) };
        match get.redirect(location).map_err(|error| failed(error.into()))? {
            Redirect::Elsewhere => return Ok(reply),
            Redirect::Followed(_) if made == REQUESTS_MAX => {
                return Err(FetchError { url: location.to_owned(), reason: Reason::Redirects });
            }
            Redirect::Followed(next) => get = next,
        }
    }
    unreachable!("it ends with the last request")
}

/// Makes one request.
async fn exchange(get: &Get, network: &Arc<PodNetwork>) -> Result<Reply, Reason> {
    let request = get.to_http().map_err(Reason::Header)?;
    let Connection { stream, local, peer } = dial(network, get.host(), get.port()).await?;
    let stream: Box<dyn Stream> = match get.scheme() {
        Scheme::Http => stream,
        Scheme::Https => Box::new(tls::connect(stream, get.host()).await?),
    };
    let (stream, opening) = Recorded::new(stream);
    let mut client = http1::Builder::new();
    client.max_buf_size(HEAD_MAX).title_case_headers(true);
    let handshake = client.handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(ExchangeError::Other)?;
    // What is wrong with it, the request or the body hears.
    let connection = connection.map(drop).boxed().fuse();
    let mut wire = Wire { connection, opening, local, peer };
    let response = alongside(&mut wire.connection, sender.send_request(request)).await;
    let response = response.map_err(|error| wire.error(error))?;
    let location = response.headers().get(LOCATION);
    Ok(Reply {
        status: response.status().as_u16(),
        location: location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        body: response.into_body(),
        wire,
    })
}

impl Reply {
    /// Returns where to look instead, if the response says so.
    fn redirects_to(&self) -> Option<&str> {
        match self.status {
            301 | 302 | 303 | 307 | 308 => self.location.as_deref(),
            _ => None,
        }
    }

    /// Reads the body, as far as anybody wants to know it.
    ///
    /// # Errors
    ///
    /// If it breaks off before that.
    pub(super) async fn body(&mut self) -> Result<Vec<u8>, ExchangeError> {
        let Self { body, wire, .. } = self;
        let read = async {
            let mut kept = Vec::new();
            while let Some(frame) = body.frame().await.transpose()? {
                let data = frame.into_data().unwrap_or_else(|_| Bytes::new());
                kept.extend_from_slice(&data[..data.len().min(OUTPUT_MAX - kept.len())]);
                if kept.len() == OUTPUT_MAX {
                    break;
                }
            }
            Ok(kept)
        };
        alongside(&mut wire.connection, read).await.map_err(|error| wire.error(error))
    }
}

impl Wire {
    fn error(&self, error: hyper::Error) -> ExchangeError {
        use io::ErrorKind as Kind;
        let source = std::error::Error::source(&error);
        let broken = source.and_then(|source| source.downcast_ref::<io::Error>());
        let left = error.is_incomplete_message() || error.is_canceled() || error.is_closed();
        match broken.map(io::Error::kind) {
            Some(kind @ (Kind::ConnectionReset | Kind::BrokenPipe | Kind::TimedOut)) => {
                let (local, peer) = (self.local, self.peer);
                ExchangeError::Read { local, peer, error: io::Error::from(kind).into() }
            }
            Some(Kind::UnexpectedEof) => ExchangeError::BrokenOff,
            _ if left && self.opening.bytes().is_empty() => ExchangeError::Closed,
            _ if left => ExchangeError::BrokenOff,
            _ if error.is_parse() && !self.opening.bytes().starts_with(b"HTTP/1.") => {
                ExchangeError::Malformed(self.opening.line())
            }
            _ => ExchangeError::Other(error),
        }
    }
}
