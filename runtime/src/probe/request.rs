//! The request of an `httpGet`, and the one that a redirect makes of it.
//!
//! Pure. What is sent, and which redirects are followed, is as Go's client has it when the kubelet
//! uses it.

use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{self, HeaderName, HeaderValue};
use url::Url;

use super::VERSION;
use super::dial::join_host_port;
use crate::spec::{Container, HttpGet, PortRef, Scheme};

/// What Go writes itself, whatever the user says.
const RESERVED: [HeaderName; 4] =
    [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::TRAILER];

/// Why there is no request to make.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    /// The port is a name that the container does not have.
    #[error("container {container:?} has no port named {port:?}")]
    Port { container: String, port: String },
    /// The host is neither a name nor an address.
    #[error("invalid host {host:?}: {source}")]
    Host { host: String, source: url::ParseError },
}

/// Returns the number of a port.
///
/// # Errors
///
/// If it is a name that the container does not have.
pub(super) fn resolve(port: &PortRef, container: &Container) -> Result<u16, RequestError> {
    port.resolve(container).ok_or_else(|| RequestError::Port {
        container: container.name.to_string(),
        port: match port {
            PortRef::Name(name) => name.clone(),
            PortRef::Number(number) => number.to_string(),
        },
    })
}

/// A request that gets a URL.
#[derive(Clone, Debug)]
pub(super) struct Get {
    scheme: Scheme,
    /// As it is dialled.
    host: String,
    port: u16,
    /// As it stands in the URL.
    authority: String,
    path_and_query: String,
    /// What the user wants to be in `Host`.
    host_header: Option<String>,
    headers: Vec<(String, String)>,
}

/// Where a redirect leads.
#[derive(Debug)]
pub(super) enum Redirect {
    /// To the same host.
    Followed(Get),
    /// To another one, which is none of our business.
    Elsewhere,
}

/// Why a redirect leads nowhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RedirectError {
    /// It is not a URL.
    #[error("failed to parse Location header {location:?}: {source}")]
    Location { location: String, source: url::ParseError },
    /// It is not one of HTTP.
    #[error("unsupported protocol scheme {0:?}")]
    Protocol(String),
}

impl Get {
    /// Returns the first request; `purpose` is what the server is told of who asks.
    ///
    /// # Errors
    ///
    /// [`RequestError`]
    pub(super) fn new(
        get: &HttpGet,
        container: &Container,
        pod_ip: &str,
        purpose: &str,
    ) -> Result<Self, RequestError> {
        let host = get.host.as_deref().filter(|host| !host.is_empty()).unwrap_or(pod_ip);
        let port = resolve(&get.port, container)?;
        let authority = join_host_port(host, port);
        // It goes into a URL: `a/b` or `a@b` would be another host there.
        let in_url = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        url::Host::parse(&in_url)
            .map_err(|source| RequestError::Host { host: host.to_owned(), source })?;
        let mut headers = get.headers.clone();
        complete(&mut headers, purpose);
        let host_header = first(&headers, "host").filter(|host| !host.is_empty());
        let host_header = host_header.map(str::to_owned);
        Ok(Self {
            scheme: get.scheme,
            host: host.to_owned(),
            port,
            authority,
            path_and_query: path_and_query(&get.path),
            host_header,
            headers,
        })
    }

    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the whole URL.
    pub(super) fn url(&self) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        format!("{scheme}://{}{}", self.authority, self.path_and_query)
    }

    /// Returns the same request in the clear, without what must not be seen there.
    pub(super) fn in_the_clear(&self) -> Self {
        let mut clear = Self { scheme: Scheme::Http, ..self.clone() };
        clear.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        clear
    }

    /// Returns the request as it is sent.
    ///
    /// # Errors
    ///
    /// The name of what cannot be in a header.
    pub(super) fn to_http(&self) -> Result<hyper::Request<Empty<Bytes>>, String> {
        let mut request = hyper::Request::new(Empty::new());
        let path = self.path_and_query.parse().map_err(|_| "URL".to_owned())?;
        *request.uri_mut() = path;
        let host = self.host_header.as_ref().unwrap_or(&self.authority);
        request.headers_mut().insert(header::HOST, value("Host", host)?);
        for (name, text) in &self.headers {
            let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| name.clone())?;
            if !RESERVED.contains(&parsed) {
                request.headers_mut().append(parsed, value(name, text)?);
            }
        }
        Ok(request)
    }

    /// Returns where a redirect to `location` leads.
    ///
    /// # Errors
    ///
    /// [`RedirectError`]
    pub(super) fn redirect(&self, location: &str) -> Result<Redirect, RedirectError> {
        let unreadable = |source| RedirectError::Location { location: location.to_owned(), source };
        let here = Url::parse(&self.url()).map_err(unreadable)?;
        let there = here.join(location).map_err(unreadable)?;
        if there.host_str() != here.host_str() {
            return Ok(Redirect::Elsewhere);
        }
        let scheme = match there.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(RedirectError::Protocol(other.to_owned())),
        };
        let port = there.port_or_known_default().unwrap_or(self.port);
        let stays = scheme == self.scheme && port == self.port;
        let authority = if stays { self.authority.clone() } else { there.authority().to_owned() };
        let is_relative = Url::parse(location).is_err();
        let mut followed = Self {
            scheme,
            host: self.host.clone(),
            port,
            authority,
            path_and_query: there[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
            host_header: self.host_header.clone().filter(|_| is_relative),
            headers: self.headers.clone(),
        };
        followed.come_from(self);
        Ok(Redirect::Followed(followed))
    }

    /// Says who led here, unless that was said in confidence.
    fn come_from(&mut self, from: &Self) {
        if from.scheme == Scheme::Https && self.scheme == Scheme::Http {
            return;
        }
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("referer"));
        self.headers.push(("Referer".to_owned(), from.url()));
    }
}

fn value(name: &str, text: &str) -> Result<HeaderValue, String> {
    let text = text.trim_matches([' ', '\t']);
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| name.to_owned())
}

fn first<'a>(headers: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    let mut all = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    all.next().map(|(_, value)| value.as_str())
}

/// Adds what is sent if the user says nothing about it; `""` takes it away.
fn complete(headers: &mut Vec<(String, String)>, purpose: &str) {
    let agent = format!("kube-{purpose}/{VERSION}");
    for (name, default) in [("User-Agent", agent.as_str()), ("Accept", "*/*")] {
        match first(headers, name) {
            None => headers.push((name.to_owned(), default.to_owned())),
            Some("") => headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name)),
            Some(_) => {}
        }
    }
    if first(headers, "Connection").is_none() {
        headers.push(("Connection".to_owned(), "close".to_owned()));
    }
}

/// Returns a path as it can be sent: without a fragment, and with all that is no part of a URL as
/// `%XX`.
fn path_and_query(text: &str) -> String {
    let text = text.split('#').next().unwrap_or_default();
    let mut sent = String::with_capacity(text.len() + 1);
    if !text.starts_with('/') {
        sent.push('/');
    }
    let bytes = text.as_bytes();
    for (place, &byte) in bytes.iter().enumerate() {
        let is_escape = || {
            let digits = bytes.get(place + 1..place + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        match byte {
            b'%' if is_escape() => sent.push('%'),
            b'%' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                sent.push_str(&format!("%{byte:02X}"));
            }
            b'!'..=b'~' => sent.push(byte.into()),
            _ => sent.push_str(&format!("%{byte:02X}")),
        }
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{ContainerKind, ContainerPort, Protocol};

    fn container() -> Container {
        let mut container =
            Container::new("web".into(), ContainerKind::Regular, "example/web".to_owned());
        container.ports.push(ContainerPort {
            name: Some("metrics".to_owned()),
            container_port: 9090,
            host_port: Some(1),
            host_ip: None,
            protocol: Protocol::Tcp,
        });
        container
    }

    fn http_get(port: PortRef) -> HttpGet {
        HttpGet {
            host: None,
            port,
            path: "/".to_owned(),
            scheme: Scheme::Http,
            headers: Vec::new(),
        }
    }

    fn get(change: impl Fn(&mut HttpGet)) -> Result<Get, RequestError> {
        let mut get = http_get(PortRef::Number(80));
        change(&mut get);
        Get::new(&get, &container(), "10.88.0.2", "probe")
    }

    /// Returns the headers as they are sent, in the order of their names.
    fn sent(headers: &[(&str, &str)]) -> Result<String, String> {
        let headers: Vec<_> =
            headers.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let request = get(|get| get.headers = headers.clone()).unwrap().to_http()?;
        let headers = request.headers().iter();
        let mut lines: Vec<_> =
            headers.map(|(name, text)| format!("{name}: {}", text.to_str().unwrap())).collect();
        lines.sort_unstable();
        Ok(lines.join("; "))
    }

    #[test]
    fn urls() {
        let check = |change: &dyn Fn(&mut HttpGet), expected: &str| {
            assert_eq!(get(change).unwrap().url(), expected);
        };
        check(&|_| {}, "http://10.88.0.2:80/");
        check(&|get| get.scheme = Scheme::Https, "https://10.88.0.2:80/");
        check(&|get| get.port = PortRef::Name("metrics".to_owned()), "http://10.88.0.2:9090/");
        check(&|get| get.host = Some("example.com".to_owned()), "http://example.com:80/");
        check(&|get| get.host = Some("::1".to_owned()), "http://[::1]:80/");
        check(&|get| get.host = Some(String::new()), "http://10.88.0.2:80/");
    }

    #[test]
    fn paths() {
        for (path, expected) in [
            ("", "/"),
            ("healthz", "/healthz"),
            ("/a?b=c&d=%20#e", "/a?b=c&d=%20"),
            ("/a b/ä", "/a%20b/%C3%A4"),
            ("/%zz%", "/%25zz%25"),
            ("/a\r\nHost: b", "/a%0D%0AHost:%20b"),
            ("/?q={\"a\":[1]}", "/?q=%7B%22a%22:[1]%7D"),
        ] {
            assert_eq!(path_and_query(path), expected, "{path}");
            assert!(get(|get| get.path = path.to_owned()).unwrap().to_http().is_ok(), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_asked() {
        let error = get(|get| get.port = PortRef::Name("web".to_owned())).unwrap_err();
        assert_eq!(error.to_string(), "container \"web\" has no port named \"web\"");
        for host in ["a/b", "a@b", "a?b", "a#b", "a b", "[::1", "a:b"] {
            let error = get(|get| get.host = Some(host.to_owned())).unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid host {host:?}: ")), "{error}");
        }
    }

    #[test]
    fn headers() {
        let check = |headers: &[(&str, &str)], expected: &str| {
            assert_eq!(sent(headers).unwrap(), expected, "{headers:?}");
        };
        let rest = "connection: close; host: 10.88.0.2:80; user-agent: kube-probe/1.36";
        check(&[], &format!("accept: */*; {rest}"));
        check(&[("ACCEPT", "text/html")], &format!("accept: text/html; {rest}"));
        check(&[("Accept", "")], rest);
        check(
            &[("User-Agent", ""), ("Host", " example.com ")],
            "accept: */*; connection: close; host: example.com",
        );
        check(&[("Host", "")], &format!("accept: */*; {rest}"));
        check(&[("X-A", "2"), ("X-A", "1")], &format!("accept: */*; {rest}; x-a: 1; x-a: 2"));
        check(&[("X-Empty", "")], &format!("accept: */*; {rest}; x-empty: "));
        check(
            &[("Content-Length", "5"), ("Transfer-Encoding", "chunked"), ("Trailer", "x")],
            &format!("accept: */*; {rest}"),
        );
        assert_eq!(sent(&[("X-A", "a\r\nb: c")]), Err("X-A".to_owned()));
        assert_eq!(sent(&[("Host", "a\nb")]), Err("Host".to_owned()));
        assert_eq!(sent(&[("a b", "c")]), Err("a b".to_owned()));
    }

    #[test]
    fn redirects() {
        let base = get(|get| get.path = "/a/b?c".to_owned()).unwrap();
        for (location, expected) in [
            ("/d", Some("http://10.88.0.2:80/d")),
            ("d?e#f", Some("http://10.88.0.2:80/a/d?e")),
            ("http://10.88.0.2/d", Some("http://10.88.0.2:80/d")),
            ("//10.88.0.2:81/d", Some("http://10.88.0.2:81/d")),
            ("https://10.88.0.2:443", Some("https://10.88.0.2/")),
            ("http://localhost/", None),
            ("//10.88.0.3/", None),
            ("mailto:a", None),
        ] {
            let found = match base.redirect(location).unwrap() {
                Redirect::Followed(get) => Some(get.url()),
                Redirect::Elsewhere => None,
            };
            assert_eq!(found.as_deref(), expected, "{location}");
        }
        let error = base.redirect("ftp://10.88.0.2/").unwrap_err();
        assert_eq!(error.to_string(), "unsupported protocol scheme \"ftp\"");
        let error = base.redirect("http://[").unwrap_err().to_string();
        assert!(error.starts_with("failed to parse Location header \"http://[\": "), "{error}");
    }

    #[test]
    fn what_a_redirect_keeps() {
        let check = |scheme: Scheme, location: &str, host: &str, referer: Option<&str>| {
            let first = get(|get| {
                get.scheme = scheme;
                get.headers = vec![("Host".to_owned(), "example.com".to_owned())];
            });
            let Ok(Redirect::Followed(followed)) = first.unwrap().redirect(location) else {
                panic!("{location} is not followed");
            };
            let request = followed.to_http().unwrap();
            assert_eq!(request.headers()["host"], host, "{location}");
            let found = request.headers().get("referer").map(|referer| referer.to_str().unwrap());
            assert_eq!(found, referer, "{location}");
        };
        check(Scheme::Http, "/b", "example.com", Some("http://10.88.0.2:80/"));
        check(Scheme::Http, "http://10.88.0.2:81/b", "10.88.0.2:81", Some("http://10.88.0.2:80/"));
        check(Scheme::Https, "http://10.88.0.2:81/b", "10.88.0.2:81", None);
    }
}
