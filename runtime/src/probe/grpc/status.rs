//! The status with which a call ends.

use std::fmt;

use hyper::{HeaderMap, StatusCode};

/// How much of a message is kept.
const MESSAGE_MAX: usize = 4 << 10;

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: Code,
    pub(super) message: String,
}

/// What a call ended with: gRPC's word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(u32);

impl Code {
    pub(super) const OK: Self = Self(0);
    pub(super) const UNKNOWN: Self = Self(2);
    pub(super) const DEADLINE_EXCEEDED: Self = Self(4);
    pub(super) const PERMISSION_DENIED: Self = Self(7);
    pub(super) const RESOURCE_EXHAUSTED: Self = Self(8);
    pub(super) const UNIMPLEMENTED: Self = Self(12);
    pub(super) const INTERNAL: Self = Self(13);
    pub(super) const UNAVAILABLE: Self = Self(14);
    pub(super) const UNAUTHENTICATED: Self = Self(16);
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 17] = [
            "OK",
            "Canceled",
            "Unknown",
            "InvalidArgument",
            "DeadlineExceeded",
            "NotFound",
            "AlreadyExists",
            "PermissionDenied",
            "ResourceExhausted",
            "FailedPrecondition",
            "Aborted",
            "OutOfRange",
            "Unimplemented",
            "Internal",
            "Unavailable",
            "DataLoss",
            "Unauthenticated",
        ];
        match NAMES.get(self.0 as usize) {
            Some(name) => f.write_str(name),
            None => write!(f, "Code({})", self.0),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rpc error: code = {} desc = {}", self.code, self.message)
    }
}

impl Status {
    pub(super) fn new(code: Code, message: &str) -> Self {
        Self { code, message: message.to_owned() }
    }

    /// Returns what a server means that answers a call as if it were any request.
    pub(super) fn of_http(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            400 => Code::INTERNAL,
            401 => Code::UNAUTHENTICATED,
            403 => Code::PERMISSION_DENIED,
            404 => Code::UNIMPLEMENTED,
            429 | 502 | 503 | 504 => Code::UNAVAILABLE,
            _ => Code::UNKNOWN,
        };
        let reason = status.canonical_reason().unwrap_or_default();
        let status = status.as_u16();
        let message =
            format!("unexpected HTTP status code received from server: {status} ({reason})");
        Self { code, message }
    }

    /// Returns what headers or trailers say, if they say it.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?.to_str().ok().and_then(|code| code.parse().ok());
        let Some(code) = code else {
            return Some(Self::new(Code::INTERNAL, "malformed grpc-status"));
        };
        let message = headers.get("grpc-message").map_or(&[][..], |text| text.as_bytes());
        Some(Self { code: Code(code), message: decode(message) })
    }

    /// Returns a status that is an error in any case: there is nothing but it.
    pub(super) fn expect_error(self) -> Self {
        match self.code {
            Code::OK => Self::new(Code::INTERNAL, "the server sent no answer"),
            _ => self,
        }
    }
}

impl From<h2::Error> for Status {
    fn from(error: h2::Error) -> Self {
        match error.reason() {
            Some(reason) if error.is_reset() => Self {
                code: Code::INTERNAL,
                message: format!("stream terminated by RST_STREAM with error code: {reason:?}"),
            },
            _ => Self {
                code: Code::UNAVAILABLE,
                message: format!("error reading from server: {error}"),
            },
        }
    }
}

/// Decodes `%XX`; what is no such escape stays.
fn decode(text: &[u8]) -> String {
    let mut rest = &text[..text.len().min(MESSAGE_MAX)];
    let mut decoded = Vec::with_capacity(rest.len());
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.first_chunk::<2>().filter(|_| byte == b'%').and_then(|digits| {
            let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
            u8::try_from(high? << 4 | low?).ok()
        });
        decoded.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        fn check(headers: &[(&'static str, &str)], expected: Option<&str>) {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, text)| (name.parse().unwrap(), text.parse().unwrap()))
                .collect();
            let found = Status::of_headers(&headers).map(|status| status.to_string());
            assert_eq!(found.as_deref(), expected, "{headers:?}");
        }
        check(&[], None);
        check(&[("grpc-message", "a")], None);
        check(&[("grpc-status", "0")], Some("rpc error: code = OK desc = "));
        check(
            &[("grpc-status", "5"), ("grpc-message", "no%20such %C3%A4 100% %zz")],
            Some("rpc error: code = NotFound desc = no such ä 100% %zz"),
        );
        check(&[("grpc-status", "99")], Some("rpc error: code = Code(99) desc = "));
        let malformed = "rpc error: code = Internal desc = malformed grpc-status";
        check(&[("grpc-status", "-1")], Some(malformed));
        check(&[("grpc-status", "x")], Some(malformed));
    }

    #[test]
    fn statuses_of_http() {
        for (status, code) in [
            (400, "Internal"),
            (401, "Unauthenticated"),
            (403, "PermissionDenied"),
            (404, "Unimplemented"),
            (418, "Unknown"),
            (500, "Unknown"),
            (503, "Unavailable"),
        ] {
            let found = Status::of_http(StatusCode::from_u16(status).unwrap()).to_string();
            let start = format!(
                "rpc error: code = {code} desc = unexpected HTTP status code received from server: {status} ("
            );
            assert!(found.starts_with(&start), "{found}");
        }
    }
}
