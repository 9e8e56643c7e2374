//! Probes that ask a gRPC server for its health (`grpc.health.v1.Health/Check`), without TLS.
//!
//! Until the server has shown that it speaks HTTP/2 it counts as not connected, and is tried again
//! until the time is up, as gRPC's own client does.

mod message;
mod status;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Connection, SendRequest};
use hyper::Request;
use tokio::time::{sleep, timeout_at};

use self::message::ServingStatus;
use self::status::{Code, Status};
use super::dial::{Stream, dial, join_host_port};
use super::recorded::Recorded;
use super::{Answer, Target, VERSION, alongside};
use crate::clock::Clock;
use crate::network::PodNetwork;

/// How large the headers of an answer may be.
const HEADERS_MAX: u32 = 64 << 10;

/// How large an answer may be; the one that there should be has four bytes.
const ANSWER_MAX: usize = 64 << 10;

/// How long is waited before a second attempt to connect; each further one waits longer.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_FACTOR: f64 = 1.6;

/// The type of the frame that a server of HTTP/2 sends first, in the fourth byte of it.
const SETTINGS: u8 = 4;

type Server = Connection<Recorded<Box<dyn Stream>>>;

/// Asks once.
pub(super) async fn probe(
    port: u16,
    service: &str,
    target: &Target<'_>,
    timeout: Duration,
) -> Answer {
    let deadline = Clock::start().instant(timeout);
    let host = target.pod_ip();
    let address = join_host_port(&host, port);
    let within = seconds(timeout.as_secs());
    let connected = connect_patiently(target.network, &host, port);
    let Ok((client, server)) = timeout_at(deadline, connected).await else {
        return Answer::Failure(format!(
            "timeout: failed to connect service {address:?} within {within}: context deadline exceeded"
        ));
    };
    let asked = alongside(server, check(client, &address, service, timeout));
    let late = || Status { code: Code::DEADLINE_EXCEEDED, message: String::new() };
    let answer = timeout_at(deadline, asked).await.unwrap_or_else(|_| Err(late()));
    match answer {
        Ok(ServingStatus::SERVING) => Answer::Success,
        Ok(other) => {
            Answer::Failure(format!("service unhealthy (responded with {:?})", other.to_string()))
        }
        Err(Status { code: Code::UNIMPLEMENTED, message }) => Answer::Failure(format!(
            "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): {message}"
        )),
        Err(Status { code: Code::DEADLINE_EXCEEDED, .. }) => {
            Answer::Failure(format!("timeout: health rpc did not complete within {within}"))
        }
        Err(status) => Answer::Failure(format!("error: health rpc probe failed: {status}")),
    }
}

/// Connects, for as long as it takes.
async fn connect_patiently(
    network: &Arc<PodNetwork>,
    host: &str,
    port: u16,
) -> (SendRequest<Bytes>, Server) {
    let mut pause = RETRY_FIRST;
    loop {
        if let Some(connected) = connect(network, host, port).await {
            return connected;
        }
        sleep(pause).await;
        pause = pause.mul_f64(RETRY_FACTOR);
    }
}

/// Connects to a server of HTTP/2, if there is one.
async fn connect(
    network: &Arc<PodNetwork>,
    host: &str,
    port: u16,
) -> Option<(SendRequest<Bytes>, Server)> {
    let connection = dial(network, host, port).await.ok()?;
    let (stream, opening) = Recorded::new(connection.stream);
    let mut builder = h2::client::Builder::new();
    builder.enable_push(false).max_header_list_size(HEADERS_MAX);
    let (client, mut server) = builder.handshake(stream).await.ok()?;
    poll_fn(|cx| match Pin::new(&mut server).poll(cx) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => match opening.bytes().get(3) {
            Some(&SETTINGS) => Poll::Ready(Some(())),
            Some(_) => Poll::Ready(None),
            None => Poll::Pending,
        },
    })
    .await?;
    Some((client, server))
}

/// Calls `Check`.
async fn check(
    client: SendRequest<Bytes>,
    address: &str,
    service: &str,
    timeout: Duration,
) -> Result<ServingStatus, Status> {
    let mut client = client.ready().await?;
    let (response, mut sending) = client.send_request(request(address, timeout), false)?;
    sending.send_data(message::request(service), true)?;
    let (head, mut body) = response.await?.into_parts();
    if !head.status.is_success() {
        return Err(Status::of_http(head.status));
    }
    if let Some(status) = Status::of_headers(&head.headers) {
        // All is said in the headers.
        return Err(status.expect_error());
    }
    let mut answer = Vec::new();
    while let Some(data) = body.data().await.transpose()? {
        if answer.len() + data.len() > ANSWER_MAX {
            return Err(Status::new(
                Code::RESOURCE_EXHAUSTED,
                "grpc: received message larger than max",
            ));
        }
        answer.extend_from_slice(&data);
        body.flow_control().release_capacity(data.len())?;
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    let status = Status::of_headers(&trailers).unwrap_or_else(|| {
        Status::new(Code::INTERNAL, "server closed the stream without sending trailers")
    });
    if status.code != Code::OK {
        return Err(status);
    }
    message::response(&answer).map_err(|error| Status::new(Code::INTERNAL, &error.to_string()))
}

fn request(address: &str, timeout: Duration) -> Request<()> {
    // The protocol has room for eight digits; that is three years.
    let timeout = timeout.as_secs().min(99_999_999);
    Request::post(format!("http://{address}/grpc.health.v1.Health/Check"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("user-agent", format!("kube-probe/{VERSION}"))
        .header("grpc-timeout", format!("{timeout}S"))
        .body(())
        .expect("an address and a number are fit for a request")
}

/// Returns a time as Go writes it.
fn seconds(all: u64) -> String {
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_as_go_writes_them() {
        for (all, expected) in
            [(1, "1s"), (59, "59s"), (60, "1m0s"), (3600, "1h0m0s"), (86_461, "24h1m1s")]
        {
            assert_eq!(seconds(all), expected);
        }
    }
}
