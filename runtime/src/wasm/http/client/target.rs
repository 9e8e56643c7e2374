//! Where a request goes, as its URI says.

use hyper::Uri;
use wasmtime_wasi_http::Error;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_secure: bool,
}

impl Target {
    /// Reads it from a URI with a scheme.
    pub(super) fn of(uri: &Uri) -> Result<Self, Error> {
        let is_secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(Error::HttpProtocolError),
        };
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        let host = authority.host();
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let host = bare.unwrap_or(host).to_owned();
        let place = authority.as_str().rsplit('@').next().unwrap_or_default();
        let after = place.strip_prefix(authority.host());
        let port = match after.and_then(|rest| rest.strip_prefix(':')) {
            Some(port) if !port.is_empty() => {
                port.parse().map_err(|_| Error::HttpRequestUriInvalid)?
            }
            _ if is_secure => 443,
            _ => 80,
        };
        if host.is_empty() {
            Err(Error::HttpRequestUriInvalid)
        } else {
            Ok(Self { host, port, is_secure })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn targets() {
        for (uri, expected) in [
            ("http://a", Some(("a", 80, false))),
            ("https://a.b/c?d", Some(("a.b", 443, true))),
            ("http://a:8080/", Some(("a", 8080, false))),
            ("http://me:secret@a", Some(("a", 80, false))),
            ("http://[::1]:81/", Some(("::1", 81, false))),
            ("https://[fd88::2]/", Some(("fd88::2", 443, true))),
            ("http://a:99999/", None),
            ("ftp://a/", None),
            ("/a", None),
        ] {
            let found = Target::of(&uri.parse().unwrap()).ok();
            let found = found.as_ref().map(|t| (t.host.as_str(), t.port, t.is_secure));
            assert_eq!(found, expected, "{uri}");
        }
    }
}
