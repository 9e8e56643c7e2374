//! Probes that get a URL.

use super::*;

const URL: &str = "http://10.88.0.2:8080/";

/// Checks the answer to a request for `/`.
async fn check(pieces: &[&str], stays: bool, expected: Answer) {
    let host = Host::new();
    let pieces = pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect();
    host.answers_bytes(PORT, pieces, stays);
    let answer = host.probe(ProbeHandler::HttpGet(http_get())).await;
    assert_eq!(answer, expected);
}

async fn check_failure(pieces: &[&str], stays: bool, why: &str) {
    check(pieces, stays, Answer::Failure(format!("Get \"{URL}\": {why}"))).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_sent() {
    let host = Host::new();
    let requests = host.answers(PORT, "HTTP/1.1 200 OK\r\n\r\n");
    let mut get = http_get();
    get.path = "/healthz?full=1".to_owned();
    let headers = [("X-Token", "a"), ("X-Token", "b"), ("host", "example.com")];
    get.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    assert_eq!(host.probe(ProbeHandler::HttpGet(get)).await, Answer::Success);
    let expected = "GET /healthz?full=1 HTTP/1.1\r\nHost: example.com\r\nX-Token: a\r\nX-Token: b\r\n\
                    User-Agent: kube-probe/1.36\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    assert_eq!(*requests.lock().unwrap(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn statuses() {
    for status in [200, 204, 299] {
        let response = format!("HTTP/1.1 {status} Whatever\r\ncontent-length: 0\r\n\r\n");
        check(&[&response], false, Answer::Success).await;
    }
    for status in [400, 404, 500, 503] {
        let response = format!("HTTP/1.0 {status}\r\n\r\nsecret");
        let why = format!("HTTP probe failed with statuscode: {status}");
        check(&[&response], false, Answer::Failure(why)).await;
    }
    let early = "HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n";
    check(&[early], false, Answer::Success).await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_is_the_node() {
    let host = Host::new();
    let mut socket = TcpSocket::new(host.run.member(), Family::V4).unwrap();
    socket.bind((Family::V4.unspecified(), PORT).into()).unwrap();
    let acceptor = socket.listen().unwrap();
    let accept = std::future::poll_fn(|cx| acceptor.poll_accept(cx));
    let probe = host.probe(ProbeHandler::HttpGet(http_get()));
    let (accepted, _) = tokio::join!(accept, probe);
    let peer = accepted.unwrap().peer_address().unwrap();
    assert_eq!(peer.ip(), host.network.addresses().node_v4);
    assert_ne!(peer.port(), 0);
}

#[tokio::test(start_paused = true)]
async fn redirects_on_the_host_are_followed() {
    let host = Host::new();
    let first = host.answers(PORT, "HTTP/1.1 302 Found\r\nLocation: //10.88.0.2:81/b\r\n\r\n");
    let second = host.answers(81, "HTTP/1.1 308 Moved\r\nlocation: http://10.88.0.2:82/c\r\n\r\n");
    let third = host.answers(82, "HTTP/1.1 200 OK\r\n\r\n");
    let answer = host.probe(ProbeHandler::HttpGet(http_get())).await;
    assert_eq!(answer, Answer::Success);
    for (requests, line) in [(first, "GET / "), (second, "GET /b "), (third, "GET /c ")] {
        let requests = requests.lock().unwrap();
        assert!(requests.len() == 1 && requests[0].starts_with(line), "{requests:?}");
    }
    let host = Host::new();
    host.answers(PORT, "HTTP/1.1 301 Moved\r\nLocation: http://10.88.0.2:81/\r\n\r\n");
    let why = "Get \"http://10.88.0.2:81/\": dial tcp 10.88.0.2:81: connect: connection refused";
    let answer = host.probe(ProbeHandler::HttpGet(http_get())).await;
    assert_eq!(answer, Answer::Failure(why.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn other_redirects_are_told() {
    for location in ["Location: http://localhost:8080/\r\n", "Location: //10.88.0.3/\r\n", ""] {
        let response = format!("HTTP/1.1 302 Found\r\n{location}content-length: 5\r\n\r\nthere");
        let told = "Probe terminated redirects, Response body: there".to_owned();
        check(&[&response], false, Answer::Warning(told)).await;
    }
    let unchanged = "HTTP/1.1 304 Not Modified\r\nLocation: /a\r\n\r\n";
    let told = "Probe terminated redirects, Response body: ".to_owned();
    check(&[unchanged], false, Answer::Warning(told)).await;
}

#[tokio::test(start_paused = true)]
async fn redirects_end() {
    let host = Host::new();
    let requests = host.answers(PORT, "HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n");
    let answer = host.probe(ProbeHandler::HttpGet(http_get())).await;
    let why = "Get \"/again\": stopped after 10 redirects".to_owned();
    assert_eq!(answer, Answer::Failure(why));
    assert_eq!(requests.lock().unwrap().len(), 10);
    check_failure(
        &["HTTP/1.1 302 Found\r\nLocation: ftp://10.88.0.2/\r\n\r\n"],
        false,
        "unsupported protocol scheme \"ftp\"",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_server_or_a_bad_one() {
    let answer = Host::new().probe(ProbeHandler::HttpGet(http_get())).await;
    let refused = "dial tcp 10.88.0.2:8080: connect: connection refused";
    assert_eq!(answer, Answer::Failure(format!("Get \"{URL}\": {refused}")));

    let late = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    let broken = "net/http: HTTP/1.x transport connection broken";
    check_failure(&[], false, "EOF").await;
    check_failure(&["HTTP/1.1 200 OK\r\n"], false, "unexpected EOF").await;
    check_failure(&[], true, late).await;
    check_failure(&["HTTP/1.1 200 OK\r\n", "a: b\r\n", "c: d\r\n"], true, late).await;
    let malformed = format!("{broken}: malformed HTTP response \"220 mail \\\"ready\\\"\"");
    check_failure(&["220 mail \"ready\"\r\n"], true, &malformed).await;
    let endless = "a".repeat(1 << 20);
    let long = format!("{broken}: message head is too large");
    check_failure(&[&format!("HTTP/1.1 200 OK\r\na: {endless}")], true, &long).await;
    let many: String = (0..1000).map(|number| format!("a{number}: b\r\n")).collect();
    check_failure(&[&format!("HTTP/1.1 200 OK\r\n{many}\r\n")], true, &long).await;
    let hints = "HTTP/1.1 103 Early Hints\r\n\r\n";
    check_failure(&[hints, hints, hints, hints], true, late).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_reset() {
    let host = Host::new();
    // Gone with the request unread.
    host.serve(PORT, |mut stream| async move {
        stream.read_u8().await.unwrap();
    });
    let answer = host.probe(ProbeHandler::HttpGet(http_get())).await;
    let why = "read tcp 10.88.0.1:32768->10.88.0.2:8080: read: connection reset by peer";
    assert_eq!(answer, Answer::Failure(format!("Get \"{URL}\": {why}")));
}

#[tokio::test(start_paused = true)]
async fn bodies() {
    let error = |why: &str| Answer::Error(why.to_owned());
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    check(&[head, "short"], false, error("unexpected EOF")).await;
    check(
        &[head, "a", "b", "c", "d"],
        true,
        error(
            "context deadline exceeded (Client.Timeout or context cancellation while reading body)",
        ),
    )
    .await;
    // Nobody reads more than that.
    let enough = "x".repeat(OUTPUT_MAX);
    check(&[&format!("{head}{enough}")], true, Answer::Success).await;
    let redirect = "HTTP/1.1 302 Found\r\ncontent-length: 100000\r\n\r\n";
    let told = format!("Probe terminated redirects, Response body: {enough}");
    check(&[&format!("{redirect}{enough}{enough}")], true, Answer::Warning(told)).await;
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    check(&[&format!("{chunked}2\r\nab\r\n0\r\n\r\n")], true, Answer::Success).await;
    let Answer::Error(why) = ({
        let host = Host::new();
        host.answers(PORT, &format!("{chunked}zz\r\n"));
        host.probe(ProbeHandler::HttpGet(http_get())).await
    }) else {
        panic!("a chunk has a length");
    };
    assert!(why.starts_with("net/http: HTTP/1.x transport connection broken: "), "{why}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_asked() {
    let host = Host::new();
    let mut get = http_get();
    get.port = PortRef::Name("admin".to_owned());
    let answer = host.probe(ProbeHandler::HttpGet(get)).await;
    let expected = "container \"main\" has no port named \"admin\"".to_owned();
    assert_eq!(answer, Answer::Error(expected));
    let mut get = http_get();
    get.headers = vec![("X-A".to_owned(), "a\nb".to_owned())];
    let answer = host.probe(ProbeHandler::HttpGet(get)).await;
    let why = "net/http: invalid header field value for \"X-A\"";
    assert_eq!(answer, Answer::Failure(format!("Get \"{URL}\": {why}")));
}

#[tokio::test(start_paused = true)]
async fn a_probe_leaves_nothing_behind() {
    let host = Host::new();
    let (ends, mut seen) = tokio::sync::mpsc::unbounded_channel();
    host.serve(PORT, move |mut stream| {
        let ends = ends.clone();
        async move {
            read_head(&mut stream).await;
            ends.send(stream.read(&mut [0]).await.is_ok_and(|read| read == 0)).unwrap();
        }
    });
    let answer = host.probe(ProbeHandler::HttpGet(http_get())).await;
    assert!(matches!(answer, Answer::Failure(_)), "{answer:?}");
    assert_eq!(seen.recv().await, Some(true), "the server sees the end");
}
