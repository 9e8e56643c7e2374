//! The network as its sockets see it: what the kernel's loopback would answer.

mod neighbours;
mod udp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::spec::{HostName, Protocol};

fn network() -> Arc<PodNetwork> {
    pod(&Arc::default(), EgressPolicy::Deny)
}

fn pod(ranges: &Arc<NodeRanges>, egress: EgressPolicy) -> Arc<PodNetwork> {
    let lease = ranges.lease().unwrap();
    let hosts = Hosts::new(&lease.addresses(), &HostName::default(), &[]);
    PodNetwork::new(lease, hosts, egress)
}

fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

fn open(incarnation: &Incarnation, address: &str) -> TcpSocket {
    TcpSocket::new(incarnation.member(), Family::of(at(address).ip())).unwrap()
}

fn bind(incarnation: &Incarnation, address: &str) -> Result<TcpSocket, SocketError> {
    let mut socket = open(incarnation, address);
    socket.bind(at(address)).map(|()| socket)
}

fn listen(incarnation: &Incarnation, address: &str) -> (TcpSocket, Acceptor) {
    let mut socket = bind(incarnation, address).unwrap();
    let acceptor = socket.listen().unwrap();
    (socket, acceptor)
}

/// Connects; `None` is "not yet".
fn finish(socket: &mut TcpSocket) -> Option<Result<(), SocketError>> {
    match socket.poll_connected(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

fn connect(incarnation: &Incarnation, address: &str) -> Result<TcpSocket, SocketError> {
    let mut socket = open(incarnation, address);
    socket.start_connect(at(address))?;
    finish(&mut socket).expect("there is a place in the queue").map(|()| socket)
}

#[test]
fn who_can_be_reached_where() {
    for (listening, connecting, expected) in [
        ("127.0.0.1:80", "127.0.0.1:80", Ok("127.0.0.1")),
        ("0.0.0.0:80", "127.0.0.1:80", Ok("127.0.0.1")),
        ("0.0.0.0:80", "127.0.0.7:80", Ok("127.0.0.1")),
        ("0.0.0.0:80", "10.88.0.2:80", Ok("10.88.0.2")),
        ("127.0.0.1:80", "10.88.0.2:80", Err(SocketError::ConnectionRefused)),
        ("127.0.0.1:80", "127.0.0.1:81", Err(SocketError::ConnectionRefused)),
        ("[::]:80", "[::1]:80", Ok("::1")),
        ("[::]:80", "[fd88::2]:80", Ok("fd88::2")),
        ("[::]:80", "127.0.0.1:80", Err(SocketError::ConnectionRefused)),
        ("0.0.0.0:80", "[::1]:80", Err(SocketError::ConnectionRefused)),
        ("0.0.0.0:80", "10.88.0.1:80", Err(SocketError::AccessDenied)),
        ("0.0.0.0:80", "10.88.0.9:80", Err(SocketError::AccessDenied)),
        ("0.0.0.0:80", "169.254.169.254:80", Err(SocketError::AccessDenied)),
        ("0.0.0.0:80", "1.1.1.1:80", Err(SocketError::AccessDenied)),
        ("0.0.0.0:80", "0.0.0.0:80", Err(SocketError::InvalidArgument)),
        ("0.0.0.0:80", "127.0.0.1:0", Err(SocketError::InvalidArgument)),
        ("0.0.0.0:80", "224.0.0.1:80", Err(SocketError::InvalidArgument)),
        ("[::]:80", "[::ffff:127.0.0.1]:80", Err(SocketError::InvalidArgument)),
    ] {
        let network = network();
        let (server, client) = (network.join(), network.join());
        let (_socket, acceptor) = listen(&server, listening);
        let connected = connect(&client, connecting);
        let source = connected.as_ref().map(|socket| socket.local_address().unwrap());
        let expected = expected.map(|ip| ip.parse().unwrap());
        assert_eq!(source.map(|a| a.ip()).map_err(|e| *e), expected, "{listening} {connecting}");
        if let Ok(client) = connected {
            let accepted = acceptor.try_accept().unwrap().unwrap();
            assert_eq!(accepted.peer_address(), client.local_address());
            assert_eq!(accepted.local_address(), Ok(at(connecting)));
        }
    }
}

#[test]
fn what_can_be_bound() {
    for (address, expected) in [
        ("127.0.0.1:80", Ok(())),
        ("127.1.2.3:80", Ok(())),
        ("10.88.0.2:80", Ok(())),
        ("[fd88::2]:80", Ok(())),
        ("10.88.0.3:80", Err(SocketError::AddressNotBindable)),
        ("8.8.8.8:80", Err(SocketError::AddressNotBindable)),
        ("[fd88::3]:80", Err(SocketError::AddressNotBindable)),
        ("224.0.0.1:80", Err(SocketError::InvalidArgument)),
        ("255.255.255.255:80", Err(SocketError::InvalidArgument)),
    ] {
        assert_eq!(bind(&network().join(), address).map(drop), expected, "{address}");
    }
    let run = network().join();
    let mut v6 = TcpSocket::new(run.member(), Family::V6).unwrap();
    assert_eq!(v6.bind(at("127.0.0.1:80")), Err(SocketError::InvalidArgument));
}

#[test]
fn a_socket_never_goes_back() {
    let network = network();
    let run = network.join();
    let state = Err(SocketError::InvalidState);
    let mut socket = open(&run, "127.0.0.1:80");
    assert_eq!(socket.local_address(), Err(SocketError::InvalidState));
    assert_eq!(finish(&mut socket), Some(state));
    socket.bind(at("127.0.0.1:80")).unwrap();
    assert_eq!(socket.bind(at("127.0.0.1:81")), state);
    socket.listen().unwrap();
    assert!(socket.is_listening());
    assert_eq!(socket.listen().map(drop), state);
    assert_eq!(socket.start_connect(at("127.0.0.1:80")), state);

    let mut client = connect(&run, "127.0.0.1:80").unwrap();
    assert_eq!(client.listen().map(drop), state);
    assert_eq!(client.start_connect(at("127.0.0.1:80")), state);

    let refused = Err(SocketError::ConnectionRefused);
    let mut failed = open(&run, "127.0.0.1:81");
    failed.start_connect(at("127.0.0.1:81")).unwrap();
    assert_eq!(finish(&mut failed), Some(refused));
    assert_eq!(failed.local_address().map(drop), refused);
    assert_eq!(failed.start_connect(at("127.0.0.1:80")), state);
}

#[test]
fn a_failed_listen_leaves_it_bound() {
    let network = network();
    let run = network.join();
    let mut second = bind(&run, "127.0.0.1:80").unwrap();
    let first = listen(&run, "127.0.0.1:80");
    assert_eq!(second.listen().map(drop), Err(SocketError::AddressInUse));
    assert_eq!(second.local_address(), Ok(at("127.0.0.1:80")));
    drop(first);
    second.listen().unwrap();
}

#[test]
fn the_end_of_a_run_frees_its_ports() {
    let network = network();
    let (crashed, client) = (network.join(), network.join());
    // Something of it is still around, e.g. in a task that was not yet dropped.
    let (mut socket, acceptor) = listen(&crashed, "0.0.0.0:80");
    let waiting = connect(&client, "127.0.0.1:80").unwrap();
    drop(crashed);
    let again = network.join();
    listen(&again, "0.0.0.0:80");
    assert_eq!(waiting.stream().unwrap().try_read(1), Err(SocketError::ConnectionReset));
    assert!(acceptor.poll_acceptable(&Context::from_waker(Waker::noop())).is_ready());
    assert!(acceptor.try_accept().unwrap().is_none());
    assert_eq!(socket.bind(at("127.0.0.1:81")), Err(SocketError::InvalidState));
}

#[test]
fn who_finds_no_place_waits() {
    let network = network();
    let run = network.join();
    let mut server = bind(&run, "127.0.0.1:80").unwrap();
    server.set_backlog(1).unwrap();
    let acceptor = server.listen().unwrap();
    let _queued = [connect(&run, "127.0.0.1:80").unwrap(), connect(&run, "127.0.0.1:80").unwrap()];
    let mut late: Vec<_> = (0..3).map(|_| open(&run, "127.0.0.1:80")).collect();
    for socket in &mut late {
        socket.start_connect(at("127.0.0.1:80")).unwrap();
        assert_eq!(finish(socket), None);
    }
    acceptor.try_accept().unwrap().unwrap();
    assert_eq!(finish(&mut late[1]), None, "in the order in which they came");
    assert_eq!(finish(&mut late[0]), Some(Ok(())));
    server.set_backlog(2).unwrap();
    assert_eq!(finish(&mut late[1]), Some(Ok(())));
    assert_eq!(finish(&mut late[2]), None);
    drop((server, acceptor));
    assert_eq!(finish(&mut late[2]), Some(Err(SocketError::ConnectionRefused)));
}

#[test]
fn sockets_are_counted() {
    let network = network();
    let (greedy, other) = (network.join(), network.join());
    let mut sockets = Vec::new();
    let error = loop {
        match TcpSocket::new(greedy.member(), Family::V4) {
            Ok(socket) => sockets.push(socket),
            Err(error) => break error,
        }
    };
    assert_eq!((error, sockets.len()), (SocketError::TooManySockets, 4096));
    open(&other, "127.0.0.1:80");
    sockets.pop();
    open(&greedy, "127.0.0.1:80");
}

#[test]
fn a_socket_connects_to_itself() {
    let run = network().join();
    let mut socket = bind(&run, "127.0.0.1:4000").unwrap();
    socket.start_connect(at("127.0.0.1:4000")).unwrap();
    assert_eq!(finish(&mut socket), Some(Ok(())));
    let stream = socket.stream().unwrap();
    stream.write(Bytes::from_static(b"me")).unwrap();
    assert_eq!(stream.try_read(9), Ok(Some(Bytes::from_static(b"me"))));
}

/// Publishes port 80 of a new pod on a port that the system chooses.
fn published(network: &Arc<PodNetwork>) -> Publication {
    publish(network, "127.0.0.1::80".parse().unwrap()).unwrap()
}

async fn accept(acceptor: &Acceptor) -> TcpSocket {
    std::future::poll_fn(|cx| acceptor.poll_acceptable(cx)).await;
    acceptor.try_accept().unwrap().unwrap()
}

async fn read_to_end(stream: &TcpStream) -> Result<Vec<u8>, SocketError> {
    let mut all = Vec::new();
    loop {
        let bytes = std::future::poll_fn(|cx| stream.poll_read(cx, 1 << 20)).await?;
        if bytes.is_empty() {
            return Ok(all);
        }
        all.extend_from_slice(&bytes);
    }
}

#[tokio::test]
async fn a_published_port_leads_into_the_pod() {
    let network = network();
    let publication = published(&network);
    let run = network.join();
    let (_server, acceptor) = listen(&run, "0.0.0.0:80");
    let mut client = tokio::net::TcpStream::connect(publication.port().host).await.unwrap();
    let accepted = accept(&acceptor).await;
    assert_eq!(accepted.peer_address(), Ok(client.local_addr().unwrap()));
    assert_eq!(accepted.local_address(), Ok(at("10.88.0.2:80")));

    client.write_all(b"request").await.unwrap();
    client.shutdown().await.unwrap();
    let stream = accepted.stream().unwrap();
    assert_eq!(read_to_end(stream).await.unwrap(), b"request");
    stream.write(Bytes::from_static(b"response")).unwrap();
    stream.finish();
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    assert_eq!(response, "response");
}

#[tokio::test]
async fn a_published_port_that_nobody_serves_resets() {
    let network = network();
    let publication = published(&network);
    let run = network.join();
    // Not on the pod's own address.
    let _server = listen(&run, "127.0.0.1:80");
    let mut client = tokio::net::TcpStream::connect(publication.port().host).await.unwrap();
    let error = client.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_reset_goes_through_both_ways() {
    let network = network();
    let publication = published(&network);
    let run = network.join();
    let (_server, acceptor) = listen(&run, "0.0.0.0:80");
    for is_in_pod in [true, false] {
        let mut client = tokio::net::TcpStream::connect(publication.port().host).await.unwrap();
        let accepted = accept(&acceptor).await;
        let error = if is_in_pod {
            client.write_all(b"unread").await.unwrap();
            let stream = accepted.stream().unwrap();
            std::future::poll_fn(|cx| stream.poll_readable(cx)).await;
            drop(accepted);
            client.read_u8().await.unwrap_err()
        } else {
            client.set_zero_linger().unwrap();
            drop(client);
            read_to_end(accepted.stream().unwrap()).await.unwrap_err().into()
        };
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "in the pod: {is_in_pod}");
    }
}

#[tokio::test]
async fn much_goes_through_a_slow_reader() {
    const LEN: usize = 8 << 20;
    let network = network();
    let publication = published(&network);
    let run = network.join();
    let (_server, acceptor) = listen(&run, "0.0.0.0:80");
    let mut client = tokio::net::TcpStream::connect(publication.port().host).await.unwrap();
    let sender = tokio::spawn(async move {
        client.write_all(&vec![7; LEN]).await.unwrap();
        client
    });
    let accepted = accept(&acceptor).await;
    let stream = accepted.stream().unwrap();
    let mut read = 0;
    while read < LEN {
        let bytes = std::future::poll_fn(|cx| stream.poll_read(cx, 1000)).await.unwrap();
        assert!(bytes.iter().all(|&byte| byte == 7));
        read += bytes.len();
        if read % 64_000 == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(read, LEN);
    drop(sender.await.unwrap());
}

#[tokio::test]
async fn a_port_is_published_once_and_ends_with_its_publication() {
    let network = network();
    let publication = published(&network);
    let host = publication.port().host;
    let port = PublishedPort { host, container_port: 80, protocol: Protocol::Tcp };
    let error = publish(&network, port).unwrap_err().to_string();
    assert_eq!(error, format!("cannot publish port 80 on {host}: address already in use"));
    let run = network.join();
    let (_server, acceptor) = listen(&run, "0.0.0.0:80");
    let mut client = tokio::net::TcpStream::connect(host).await.unwrap();
    let accepted = accept(&acceptor).await;
    drop(publication);
    assert_eq!(read_to_end(accepted.stream().unwrap()).await.unwrap(), b"");
    assert!(client.read_u8().await.is_err());
    publish(&network, port).unwrap();
}

#[tokio::test]
async fn the_host_speaks_to_a_port() {
    let network = network();
    let run = network.join();
    let refused = network.connect_from_host(80, None).await.unwrap_err();
    assert_eq!(refused, SocketError::ConnectionRefused);
    let (_server, acceptor) = listen(&run, "[::]:80");
    let mut stream = PodStream::from(network.connect_from_host(80, None).await.unwrap());
    let accepted = accept(&acceptor).await;
    let node = SocketAddr::from((network.addresses().node_v6, 32768));
    assert_eq!(accepted.peer_address(), Ok(node));
    stream.write_all(b"ping").await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(accepted.stream().unwrap()).await.unwrap(), b"ping");
    accepted.stream().unwrap().write(Bytes::from_static(b"pong")).unwrap();
    drop(accepted);
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "pong");
}

/// Past the policy, which lets no test out: what is reached is a server of the test's own.
#[tokio::test]
async fn a_connection_to_the_outside_is_relayed() {
    let outside = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = outside.local_addr().unwrap();
    let connect = |to| {
        let origin = stream::Origin { address: at("10.88.0.2:40000"), port: None };
        relay::connect_outside(origin, to, Arc::default())
    };
    let inside = connect(to).await.unwrap();
    assert_eq!((inside.local_address(), inside.peer_address()), (at("10.88.0.2:40000"), to));
    let (mut server, _) = outside.accept().await.unwrap();

    inside.write(Bytes::from_static(b"request")).unwrap();
    inside.finish();
    let mut request = String::new();
    server.read_to_string(&mut request).await.unwrap();
    assert_eq!(request, "request");
    server.write_all(b"response").await.unwrap();
    drop(server);
    assert_eq!(read_to_end(&inside).await.unwrap(), b"response");

    let inside = connect(to).await.unwrap();
    let (mut server, _) = outside.accept().await.unwrap();
    drop(inside);
    assert_eq!(server.read(&mut [0]).await.unwrap(), 0, "the end of the container is seen");

    drop(outside);
    assert_eq!(connect(to).await.unwrap_err(), SocketError::ConnectionRefused);
}
