//! Datagrams: within a pod, to the outside, and from the host.

use super::*;

fn open(incarnation: &Incarnation, address: &str) -> UdpSocket {
    let family = Family::of(at(address).ip());
    let mut socket = UdpSocket::new(incarnation.member(), family).unwrap();
    socket.bind(at(address)).unwrap();
    socket
}

fn receive(socket: &UdpSocket) -> Option<(String, SocketAddr)> {
    let datagram = socket.receiver().unwrap().try_receive().unwrap()?;
    Some((String::from_utf8(datagram.bytes).unwrap(), datagram.from))
}

#[test]
fn ports_are_free_when_their_holder_has_ended() {
    let network = network();
    let (first, second) = (network.join(), network.join());
    let socket = open(&first, "0.0.0.0:53");
    let mut other = UdpSocket::new(second.member(), Family::V4).unwrap();
    assert_eq!(other.bind(at("127.0.0.1:53")), Err(SocketError::AddressInUse));
    drop(first);
    assert_eq!(other.bind(at("127.0.0.1:53")), Ok(()));
    other.send(b"late".to_vec(), Some(at("10.88.0.2:53"))).unwrap();
    assert_eq!(receive(&socket), None);
}

#[test]
fn what_finds_no_room_is_lost() {
    let run = network().join();
    let reader = open(&run, "127.0.0.1:53");
    let mut writer = open(&run, "127.0.0.1:0");
    let mut sent = |bytes: Vec<u8>| writer.send(bytes, Some(at("127.0.0.1:53"))).unwrap();
    (0..1000).for_each(|_| sent(Vec::new()));
    let count = std::iter::from_fn(|| receive(&reader)).count();
    assert_eq!(count, (208 << 10) / 512);
    (0..10).for_each(|_| sent(vec![b'x'; 65507]));
    assert_eq!(std::iter::from_fn(|| receive(&reader)).count(), 3);
    sent(b"again".to_vec());
    assert_eq!(receive(&reader).unwrap().0, "again");
}

#[tokio::test]
async fn who_waits_is_woken() {
    let run = network().join();
    let reader = open(&run, "127.0.0.1:53");
    let mut writer = open(&run, "127.0.0.1:0");
    let receiver = reader.receiver().unwrap();
    let received = std::future::poll_fn(|cx| receiver.poll_receive(cx));
    let sent = async { writer.send(b"hi".to_vec(), Some(at("127.0.0.1:53"))) };
    let (received, sent) = tokio::join!(received, sent);
    assert_eq!((received.unwrap().bytes, sent), (b"hi".to_vec(), Ok(())));
}

/// The outside is the loopback of this machine, which no pod can reach by itself.
#[tokio::test]
async fn a_published_port_is_answered_whatever_the_policy() {
    let network = network();
    let publication = publish(&network, "127.0.0.1::53/udp".parse().unwrap()).unwrap();
    let run = network.join();
    let mut server = open(&run, "0.0.0.0:53");
    let client = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = client.local_addr().unwrap().port();
    client.send_to(b"question", publication.port().host).await.unwrap();
    let receiver = server.receiver().unwrap();
    let datagram = std::future::poll_fn(|cx| receiver.poll_receive(cx)).await.unwrap();
    // As whom the pod sees the node.
    assert_eq!(datagram.from, SocketAddr::from(([10, 88, 0, 1], port)));
    server.connect(datagram.from).unwrap();
    server.send(b"answer".to_vec(), None).unwrap();
    let mut buffer = [0; 99];
    let (len, from) = client.recv_from(&mut buffer).await.unwrap();
    assert_eq!((&buffer[..len], from), (&b"answer"[..], publication.port().host));
    server.disconnect().unwrap();
    let stranger = at(&format!("10.88.0.1:{}", port ^ 1));
    let refused = server.send(b"?".to_vec(), Some(stranger));
    assert_eq!(refused, Err(SocketError::AccessDenied));
}
