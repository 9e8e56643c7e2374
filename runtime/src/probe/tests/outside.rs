//! Probes that name a host, on the real loopback. The clock runs: real sockets do not wait for it.

use std::net::SocketAddr;

use super::*;
use crate::spec::TcpSocket as Socket;

/// Serves one response after the other on the host itself.
async fn server(response: &'static str) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            // A probe that only connects has gone.
            let _ = stream.write_all(response.as_bytes()).await;
        }
    });
    address
}

/// Returns a port at which nobody listens.
async fn free_port() -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

fn get(host: &str, port: u16) -> ProbeHandler {
    let (host, port) = (Some(host.to_owned()), PortRef::Number(port));
    ProbeHandler::HttpGet(HttpGet { host, port, ..http_get() })
}

#[tokio::test]
async fn a_host_is_reached_over_the_real_network() {
    let port = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.port();
    let pod = Host::new();
    for host in ["127.0.0.1", "localhost"] {
        assert_eq!(pod.probe(get(host, port)).await, Answer::Success, "{host}");
        let socket = Socket { host: Some(host.to_owned()), port: PortRef::Number(port) };
        assert_eq!(pod.probe(ProbeHandler::TcpSocket(socket)).await, Answer::Success, "{host}");
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer() {
    let (pod, port) = (Host::new(), free_port().await);
    let answer = pod.probe(get("127.0.0.1", port)).await;
    let refused = format!("dial tcp 127.0.0.1:{port}: connect: connection refused");
    assert_eq!(answer, Answer::Failure(format!("Get \"http://127.0.0.1:{port}/\": {refused}")));
    let socket = Socket { host: Some("127.0.0.1".to_owned()), port: PortRef::Number(port) };
    let answer = pod.probe(ProbeHandler::TcpSocket(socket)).await;
    assert_eq!(answer, Answer::Failure(refused));
}

#[tokio::test]
async fn the_pods_own_address_is_in_the_pod() {
    let pod = Host::new();
    pod.answers(PORT, "HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(pod.probe(get("10.88.0.2", PORT)).await, Answer::Success);
}
