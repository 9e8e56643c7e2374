//! Sends one request, and waits for the head of its response.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::connect::connect;
use super::response::ResponseBody;
use super::target::Target;
use super::tls::Tls;
use super::{Sent, error};
use crate::network::{Member, PodStream, TcpSocket};

/// How long is waited where the guest does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(600);

/// How long the head of a response may be.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// A connection that goes on, until dropped.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request over a connection of its own.
pub(super) async fn send(
    member: Arc<Member>,
    tls: Arc<Tls>,
    mut request: Request<WasiBody>,
    options: RequestOptions,
) -> Sent {
    let target = Target::of(request.uri())?;
    name_host(&mut request)?;
    let connected =
        timeout(options.connect_timeout.unwrap_or(CONNECT_TIMEOUT), open(&member, &tls, &target));
    let (mut sender, driver) = connected.await.map_err(|_| Error::ConnectionTimeout)??;
    let first_byte = options.first_byte_timeout.unwrap_or(RESPONSE_TIMEOUT);
    let response = timeout(first_byte, sender.send_request(request)).await;
    let response = response.map_err(|_| Error::ConnectionReadTimeout)?;
    let response = response.map_err(|error| error::of_hyper(&error))?;
    let between_bytes = options.between_bytes_timeout.unwrap_or(RESPONSE_TIMEOUT);
    let response = response.map(|body| ResponseBody::new(body, between_bytes).boxed_unsync());
    let rest = async move {
        let mut driver = driver;
        // What goes wrong with it is told by the body.
        let _ = (&mut driver.0).await;
        Ok(())
    };
    Ok((response, Box::new(rest)))
}

/// Writes the host into the head, and out of the request line, where only a proxy wants it.
fn name_host(request: &mut Request<WasiBody>) -> Result<(), Error> {
    let invalid = |_| Error::HttpRequestUriInvalid;
    if let Some(authority) = request.uri().authority()
        && !request.headers().contains_key(HOST)
    {
        let port = authority.port().map_or(String::new(), |port| format!(":{port}"));
        let host = HeaderValue::try_from(format!("{}{port}", authority.host()));
        request.headers_mut().insert(HOST, host.map_err(|_| Error::HttpRequestUriInvalid)?);
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::builder().path_and_query(path).build().map_err(invalid)?;
    Ok(())
}

async fn open(
    member: &Arc<Member>,
    tls: &Tls,
    target: &Target,
) -> Result<(SendRequest<WasiBody>, Driver), Error> {
    let socket = connect(member, target).await?;
    let stream = socket.stream().map_err(error::of_socket)?;
    let stream = PodStream::from(Arc::clone(stream));
    if target.is_secure {
        let stream = tls.connect(&target.host, stream).await?;
        handshake(stream, socket).await
    } else {
        handshake(stream, socket).await
    }
}

async fn handshake<S>(
    stream: S,
    socket: TcpSocket,
) -> Result<(SendRequest<WasiBody>, Driver), Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX);
    let handshake = builder.handshake(TokioIo::new(stream)).await;
    let (sender, connection) = handshake.map_err(|error| error::of_hyper(&error))?;
    let driver = tokio::spawn(async move {
        // It counts among the container's sockets as long as it lasts.
        let _socket = socket;
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection of a guest failed");
        }
    });
    Ok((sender, Driver(driver)))
}
