//! Why a service gives no response, and what its client gets instead.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

/// When a client may ask again, in seconds.
const RETRY_AFTER_SECONDS: &str = "1";

/// Why there is no response.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The request does not say to whom it is.
    #[error("the request has no valid host")]
    NoHost,
    /// Its body is larger than the service takes.
    #[error("the request is too large")]
    TooLarge,
    /// There are as many requests as the service takes, or as the host has room for.
    #[error("the service is busy")]
    Busy,
    /// Nothing moved for too long.
    #[error("the service did not answer in time")]
    TimedOut,
    /// The guest failed; what it said is in its log.
    #[error("the service failed")]
    Failed,
}

impl Failure {
    /// Returns what the client gets.
    pub(super) fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(format!("{self}\n")));
        *response.status_mut() = match self {
            Self::NoHost => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if *self == Self::Busy {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses() {
        for (failure, status, retry) in [
            (Failure::NoHost, 400, false),
            (Failure::TooLarge, 413, false),
            (Failure::Busy, 503, true),
            (Failure::TimedOut, 504, false),
            (Failure::Failed, 500, false),
        ] {
            let response = failure.response();
            assert_eq!(response.status().as_u16(), status, "{failure}");
            assert_eq!(response.headers().contains_key(RETRY_AFTER), retry, "{failure}");
        }
    }
}
