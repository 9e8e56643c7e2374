//! From one pod of a node to another.

use super::*;

#[test]
fn pods_reach_each_other_by_their_addresses() {
    let ranges = Arc::default();
    let [first, second] = [(); 2].map(|()| pod(&ranges, EgressPolicy::Allow));
    let (server, client) = (first.join(), second.join());
    for (listening, connecting, from) in [
        ("0.0.0.0:80", "10.88.0.2:80", "10.88.0.3"),
        ("10.88.0.2:80", "10.88.0.2:80", "10.88.0.3"),
        ("[::]:80", "[fd88::2]:80", "fd88::3"),
    ] {
        let (_server, acceptor) = listen(&server, listening);
        let connected = connect(&client, connecting).unwrap();
        let accepted = acceptor.try_accept().unwrap().unwrap();
        let peer = accepted.peer_address().unwrap();
        assert_eq!(peer, connected.local_address().unwrap(), "{listening}");
        assert_eq!(peer.ip().to_string(), from, "{listening}");
        connected.stream().unwrap().write(Bytes::from_static(b"hi")).unwrap();
        let read = accepted.stream().unwrap().try_read(9);
        assert_eq!(read, Ok(Some(Bytes::from_static(b"hi"))), "{listening}");
    }
    let (_local, _) = listen(&server, "127.0.0.1:81");
    for (address, expected) in [
        ("127.0.0.1:81", SocketError::ConnectionRefused),
        ("10.88.0.2:81", SocketError::ConnectionRefused),
        ("10.88.0.4:81", SocketError::RemoteUnreachable),
    ] {
        assert_eq!(connect(&client, address).map(drop), Err(expected), "{address}");
    }
    let mut bound = bind(&client, "127.0.0.1:0").unwrap();
    bound.start_connect(at("10.88.0.2:81")).unwrap();
    assert_eq!(finish(&mut bound), Some(Err(SocketError::InvalidArgument)));
}

#[test]
fn datagrams_go_to_neighbours() {
    let ranges = Arc::default();
    let [first, second] = [(); 2].map(|()| pod(&ranges, EgressPolicy::Allow));
    let (server, client) = (first.join(), second.join());
    let open = |run: &Incarnation, address: &str| {
        let mut socket = UdpSocket::new(run.member(), Family::V4).unwrap();
        socket.bind(at(address)).map(|()| socket).unwrap()
    };
    let (mut server, mut client) = (open(&server, "0.0.0.0:53"), open(&client, "0.0.0.0:54"));
    client.send(b"question".to_vec(), Some(at("10.88.0.2:53"))).unwrap();
    let question = server.receiver().unwrap().try_receive().unwrap().unwrap();
    assert_eq!(question, Datagram { bytes: b"question".to_vec(), from: at("10.88.0.3:54") });
    server.send(b"answer".to_vec(), Some(question.from)).unwrap();
    let answer = client.receiver().unwrap().try_receive().unwrap().unwrap();
    assert_eq!(answer, Datagram { bytes: b"answer".to_vec(), from: at("10.88.0.2:53") });
}

#[test]
fn who_may_not_leave_has_no_neighbours() {
    let ranges = Arc::default();
    let [first, second] =
        [EgressPolicy::Allow, EgressPolicy::Deny].map(|egress| pod(&ranges, egress));
    let (server, client) = (first.join(), second.join());
    let _server = listen(&server, "0.0.0.0:80");
    let denied = connect(&client, "10.88.0.2:80").map(drop);
    assert_eq!(denied, Err(SocketError::AccessDenied));
}

#[test]
fn an_address_that_was_given_back_is_nobodys() {
    let ranges = Arc::default();
    let [first, second] = [(); 2].map(|()| pod(&ranges, EgressPolicy::Allow));
    let client = second.join();
    let run = first.join();
    let server = listen(&run, "0.0.0.0:80");
    drop((server, run, first));
    let gone = connect(&client, "10.88.0.2:80").map(drop);
    assert_eq!(gone, Err(SocketError::RemoteUnreachable));
    let run = pod(&ranges, EgressPolicy::Allow).join();
    let _server = listen(&run, "0.0.0.0:80");
    assert!(connect(&client, "10.88.0.2:80").is_ok());
}
