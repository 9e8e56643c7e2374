//! A request as a guest gets it: with its host in the URI, and a body that is bounded and watched.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::HOST;
use hyper::http::uri::{Authority, Scheme};
use hyper::{Request, Uri};
use wasmtime_wasi_http::{Error, WasiBody};

use super::exchange::Exchange;
use super::failure::Failure;

/// Makes a request one for a guest.
pub(super) fn for_guest(
    request: Request<Incoming>,
    body_bytes_max: Option<u64>,
    exchange: &Exchange,
) -> Result<Request<WasiBody>, Failure> {
    let (mut parts, incoming) = request.into_parts();
    parts.uri = absolute(&parts.uri, parts.headers.get(HOST).map(|host| host.as_bytes()))?;
    let announced = incoming.size_hint().lower();
    if body_bytes_max.is_some_and(|max| announced > max) {
        return Err(Failure::TooLarge);
    }
    let body = RequestBody { incoming, taken: 0, max: body_bytes_max, exchange: exchange.clone() };
    Ok(Request::from_parts(parts, body.boxed_unsync()))
}

/// Returns a URI with the host that it, or else the header, names.
fn absolute(uri: &Uri, host: Option<&[u8]>) -> Result<Uri, Failure> {
    let authority = match (uri.authority(), host) {
        (Some(authority), _) => authority.clone(),
        (None, Some(host)) if !host.is_empty() => {
            Authority::try_from(host).map_err(|_| Failure::NoHost)?
        }
        (None, _) => return Err(Failure::NoHost),
    };
    let mut parts = uri.clone().into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    parts.path_and_query.get_or_insert_with(|| "/".parse().expect("it is a path"));
    Uri::from_parts(parts).map_err(|_| Failure::NoHost)
}

/// What a client sends.
struct RequestBody {
    incoming: Incoming,
    taken: u64,
    max: Option<u64>,
    exchange: Exchange,
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Self { incoming, taken, max, exchange } = &mut *self;
        Pin::new(incoming).poll_frame(cx).map(|frame| {
            let frame = match frame? {
                Ok(frame) => frame,
                Err(error) => {
                    tracing::debug!(%error, "a client did not send its whole request");
                    return Some(Err(Error::ConnectionTerminated));
                }
            };
            exchange.moved();
            *taken += frame.data_ref().map_or(0, |data| data.len() as u64);
            if max.is_some_and(|max| *taken > max) {
                return Some(Err(Error::HttpRequestBodySize(*max)));
            }
            Some(Ok(frame))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn hosts() {
        for (uri, host, expected) in [
            ("/a?b", Some("h:80"), Some("http://h:80/a?b")),
            ("http://u/a", Some("h"), Some("http://u/a")),
            ("https://u/a", None, Some("http://u/a")),
            ("*", Some("h"), Some("http://h*")),
            ("/a", None, None),
            ("/a", Some(""), None),
            ("/a", Some("a b"), None),
        ] {
            let found = absolute(&uri.parse().unwrap(), host.map(str::as_bytes));
            assert_eq!(
                found.ok().map(|uri| uri.to_string()).as_deref(),
                expected,
                "{uri} {host:?}"
            );
        }
    }
}
