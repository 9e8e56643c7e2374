//! Probes that connect.

use super::*;
use crate::spec::TcpSocket as Socket;

fn handler(port: PortRef) -> ProbeHandler {
    ProbeHandler::TcpSocket(Socket { host: None, port })
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_enough() {
    let host = Host::new();
    let (peers, mut seen) = tokio::sync::mpsc::unbounded_channel();
    host.serve(PORT, move |mut stream| {
        let peers = peers.clone();
        async move {
            let read = stream.read(&mut [0]).await;
            peers.send(read.unwrap()).unwrap();
        }
    });
    assert_eq!(host.probe(handler(PortRef::Name("web".to_owned()))).await, Answer::Success);
    assert_eq!(seen.recv().await, Some(0), "nothing was sent, and the end was seen");
}

#[tokio::test(start_paused = true)]
async fn nobody_listens() {
    let refused = "dial tcp 10.88.0.2:8080: connect: connection refused";
    let answer = Host::new().probe(handler(PortRef::Number(PORT))).await;
    assert_eq!(answer, Answer::Failure(refused.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn nobody_accepts() {
    let host = Host::new();
    let mut socket = TcpSocket::new(host.run.member(), Family::V4).unwrap();
    socket.bind((Family::V4.unspecified(), PORT).into()).unwrap();
    socket.set_backlog(1).unwrap();
    let _acceptor = socket.listen().unwrap();
    // One more than the backlog says.
    let _queued = [
        host.network.connect_from_host(PORT, None).await.unwrap(),
        host.network.connect_from_host(PORT, None).await.unwrap(),
    ];
    let answer = host.probe(handler(PortRef::Number(PORT))).await;
    assert_eq!(answer, Answer::Failure("dial tcp 10.88.0.2:8080: i/o timeout".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn no_such_port() {
    let answer = Host::new().probe(handler(PortRef::Name("admin".to_owned()))).await;
    let expected = "container \"main\" has no port named \"admin\"";
    assert_eq!(answer, Answer::Error(expected.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_loopback_of_the_pod_is_not_reached() {
    let host = Host::new();
    let mut socket = TcpSocket::new(host.run.member(), Family::V4).unwrap();
    socket.bind(([127, 0, 0, 1], PORT).into()).unwrap();
    let _acceptor = socket.listen().unwrap();
    let answer = host.probe(handler(PortRef::Number(PORT))).await;
    assert!(matches!(answer, Answer::Failure(_)), "{answer:?}");
}
