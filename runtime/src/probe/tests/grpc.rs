//! Probes that ask for health: a real server, and some that are none.

use std::convert::Infallible;

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use hyper::{HeaderMap, Response};
use tokio::sync::mpsc;
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tonic_health::ServingStatus;
use tonic_health::server::health_reporter;

use super::*;

impl Connected for PodStream {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

async fn check(host: &Host, service: &str, expected: Result<(), &str>) {
    let service = service.to_owned();
    let answer = host.probe(ProbeHandler::Grpc { port: PORT, service }).await;
    let expected =
        expected.map_or_else(|why| Answer::Failure(why.to_owned()), |()| Answer::Success);
    assert_eq!(answer, expected);
}

/// Serves calls as `answer` has it; with nothing in return the call stays open.
fn calls(answer: impl Fn(&mut SendResponse<Bytes>) + Send + Copy + 'static) -> Host {
    let host = Host::new();
    host.serve(PORT, move |stream| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut open = Vec::new();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            assert_eq!(request.uri().path(), "/grpc.health.v1.Health/Check");
            assert_eq!(request.headers()["user-agent"], "kube-probe/1.36");
            answer(&mut respond);
            open.push(respond);
        }
    });
    host
}

fn head(status: u16) -> Response<()> {
    let head = Response::builder().status(status).header("content-type", "application/grpc");
    head.body(()).unwrap()
}

/// Answers with a message, and a status after it.
fn respond(respond: &mut SendResponse<Bytes>, message: &'static [u8], status: &str) {
    let mut body = respond.send_response(head(200), false).unwrap();
    body.send_data(Bytes::from_static(message), false).unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", status.parse().unwrap());
    body.send_trailers(trailers).unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_real_server() {
    let host = Host::new();
    let (reporter, health) = health_reporter();
    let (connections, mut incoming) = mpsc::unbounded_channel();
    host.serve(PORT, move |stream| {
        connections.send(Ok::<_, Infallible>(stream)).unwrap();
        std::future::ready(())
    });
    let incoming = futures_util::stream::poll_fn(move |cx| incoming.poll_recv(cx));
    tokio::spawn(Server::builder().serve_with_incoming(health, incoming));
    reporter.set_service_status("web", ServingStatus::NotServing).await;
    check(&host, "", Ok(())).await;
    check(&host, "web", Err("service unhealthy (responded with \"NOT_SERVING\")")).await;
    let unknown =
        "error: health rpc probe failed: rpc error: code = NotFound desc = service not registered";
    check(&host, "other", Err(unknown)).await;
    reporter.set_service_status("web", ServingStatus::Serving).await;
    check(&host, "web", Ok(())).await;
}

#[tokio::test(start_paused = true)]
async fn answers() {
    async fn check_calls(
        answer: impl Fn(&mut SendResponse<Bytes>) + Send + Copy + 'static,
        expected: Result<(), &str>,
    ) {
        check(&calls(answer), "", expected).await;
    }
    check_calls(|call| respond(call, &[0, 0, 0, 0, 2, 8, 1], "0"), Ok(())).await;
    let unhealthy = "service unhealthy (responded with \"UNKNOWN\")";
    check_calls(|call| respond(call, &[0, 0, 0, 0, 0], "0"), Err(unhealthy)).await;
    check_calls(|_| {}, Err("timeout: health rpc did not complete within 2s")).await;
    let failed = |status: &str| format!("error: health rpc probe failed: rpc error: {status}");
    let internal = |why: &str| failed(&format!("code = Internal desc = {why}"));
    check_calls(|call| respond(call, &[0, 0, 0, 0, 2, 8, 1], "13"), Err(&internal(""))).await;
    check_calls(
        |call| respond(call, b"garbage", "0"),
        Err(&internal("the answer is not one message of the length that it says")),
    )
    .await;
    check_calls(
        |call| respond(call, &[0; 70_000], "0"),
        Err(&failed("code = ResourceExhausted desc = grpc: received message larger than max")),
    )
    .await;
    check_calls(
        |call| call.send_reset(Reason::REFUSED_STREAM),
        Err(&internal("stream terminated by RST_STREAM with error code: REFUSED_STREAM")),
    )
    .await;
    check_calls(
        |call| _ = call.send_response(head(503), true).unwrap(),
        Err(&failed(
            "code = Unavailable desc = unexpected HTTP status code received from server: 503 \
             (Service Unavailable)",
        )),
    )
    .await;
    check_calls(
        |call| _ = call.send_response(head(200), true).unwrap(),
        Err(&internal("server closed the stream without sending trailers")),
    )
    .await;
    check_calls(
        |call| {
            let mut head = head(200);
            head.headers_mut().insert("grpc-status", "12".parse().unwrap());
            head.headers_mut().insert("grpc-message", "no%20such".parse().unwrap());
            call.send_response(head, true).unwrap();
        },
        Err("error: this server does not implement the grpc health protocol \
             (grpc.health.v1.Health): no such"),
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_is_not_there_is_waited_for() {
    let late = "timeout: failed to connect service \"10.88.0.2:8080\" within 2s: \
                context deadline exceeded";
    check(&Host::new(), "", Err(late)).await;
    for (pieces, stays) in [
        (vec![], true),
        (vec![], false),
        (vec!["HTTP/1.1 400 Bad Request\r\n\r\n"], false),
        (vec!["HTTP/1.1 400 Bad Request\r\n\r\n"], true),
        (vec!["\0\0\0\u{9}\0\0\0\0\0"], true),
    ] {
        let host = Host::new();
        host.answers_bytes(PORT, pieces.iter().map(|p| p.as_bytes().to_vec()).collect(), stays);
        check(&host, "", Err(late)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_late_is_met() {
    let host = calls(|call| respond(call, &[0, 0, 0, 0, 2, 8, 1], "0"));
    let empty = Host::new();
    let late = async {
        tokio::time::sleep_until(tokio::time::Instant::now() + std::time::Duration::from_millis(1))
            .await;
        empty.serve(PORT, {
            let network = Arc::clone(&host.network);
            move |mut stream| {
                let network = Arc::clone(&network);
                async move {
                    let behind = network.connect_from_host(PORT, None).await.unwrap();
                    let mut behind = PodStream::from(behind);
                    // Ends with the probe.
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
                }
            }
        });
    };
    tokio::join!(late, check(&empty, "", Ok(())));
}
