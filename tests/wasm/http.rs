//! Http services of WASI 0.2 and 0.3, served on the pod's network.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;
use wasmpod::executor::{ContainerConfig, ExitCause, Signal};
use wasmpod::network::PodStream;

use super::{DEADLINE, Host, P2, Running};

const HTTP_P2: (&str, &str) = ("wasm32-wasip2", "http_scripted");
const HTTP_P3: (&str, &str) = ("wasm32-wasip2", "http_scripted_p3");
const BOTH: [(&str, &str); 2] = [HTTP_P2, HTTP_P3];

type AnyBody = UnsyncBoxBody<Bytes, hyper::Error>;
type Client = hyper::client::conn::http1::SendRequest<AnyBody>;

/// A service that runs.
struct Served {
    host: Host,
    running: Running,
}

/// A whole response.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: HeaderMap,
    text: String,
    trailers: Option<HeaderMap>,
}

/// How a response may end.
type Ended = Result<Answer, hyper::Error>;

impl Served {
    async fn new(guest: (&str, &str)) -> Self {
        Self::with(guest, |_| {}).await
    }

    async fn with(guest: (&str, &str), change: impl FnOnce(&mut ContainerConfig)) -> Self {
        let host = Host::new();
        let mut config = host.scripted(guest, &[]);
        change(&mut config);
        let running = host.start(config).await;
        Self { host, running }
    }

    async fn connect(&self) -> PodStream {
        self.host.sandbox.network.connect_from_host(80, None).await.unwrap().into()
    }

    /// Makes a connection of HTTP/1.1.
    async fn client(&self) -> Client {
        let io = TokioIo::new(self.connect().await);
        let (client, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Asks over a connection of its own.
    async fn ask(&self, request: Request<AnyBody>) -> Ended {
        whole(self.client().await.send_request(request).await?).await
    }

    async fn get(&self, path: &str) -> Ended {
        self.ask(get(path)).await
    }

    /// Checks the status and the body of an answer.
    async fn gives(&self, path: &str, status: u16, text: &str) {
        let answer = self.get(path).await.unwrap();
        assert_eq!((answer.status, answer.text.as_str()), (status, text), "{path}");
    }

    async fn killed(self) -> super::Ended {
        let mut running = self.running;
        running.container.signal(Signal::Kill, None);
        running.end().await
    }
}

fn get(path: &str) -> Request<AnyBody> {
    request("GET", path, Full::default().map_err(|never| match never {}).boxed_unsync())
}

fn request(method: &str, path: &str, body: AnyBody) -> Request<AnyBody> {
    Request::builder().method(method).uri(path).header("host", "pod").body(body).unwrap()
}

async fn whole(response: Response<Incoming>) -> Ended {
    let (head, body) = response.into_parts();
    let body = tokio::time::timeout(DEADLINE, body.collect()).await.expect("it ends")?;
    let trailers = body.trailers().cloned();
    let text = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    Ok(Answer { status: head.status.as_u16(), head: head.headers, text, trailers })
}

/// Reads the next piece of a body.
async fn piece(body: &mut Incoming) -> Option<String> {
    let frame = tokio::time::timeout(DEADLINE, body.frame()).await.unwrap()?;
    Some(String::from_utf8_lossy(frame.unwrap().data_ref().unwrap()).into_owned())
}

/// A body that is sent as it is put in.
fn streamed() -> (mpsc::Sender<&'static str>, AnyBody) {
    struct Received(mpsc::Receiver<&'static str>);
    impl futures_util::Stream for Received {
        type Item = Result<Frame<Bytes>, hyper::Error>;
        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0.poll_recv(cx).map(|text| Some(Ok(Frame::data(Bytes::from(text?)))))
        }
    }
    let (sender, receiver) = mpsc::channel(1);
    (sender, StreamBody::new(Received(receiver)).boxed_unsync())
}

#[tokio::test]
async fn answers() {
    for guest in BOTH {
        let served = Served::with(guest, |config| {
            config.env = vec![("COLOUR".into(), "blue".into())];
        });
        let served = served.await;
        for (path, status, text) in [
            ("/hello", 200, "hello\n"),
            ("/none", 404, "no such step\n"),
            ("/authority", 200, "pod"),
            ("/env/COLOUR", 200, "blue"),
            ("/sleep/1", 200, "slept\n"),
        ] {
            served.gives(path, status, text).await;
        }
        let answer = served.get("/trailers").await.unwrap();
        assert_eq!(answer.text, "body\n");
        let end = served.killed().await.exit;
        assert_eq!((end.code, end.cause), (137, ExitCause::Signalled(Signal::Kill)));
    }
}

#[tokio::test]
async fn http2_from_the_first_byte() {
    for guest in BOTH {
        let served = Served::new(guest).await;
        let io = TokioIo::new(served.connect().await);
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await;
        let (mut client, connection) = handshake.unwrap();
        tokio::spawn(connection);
        for _ in 0..2 {
            let response = client.send_request(get("http://pod/trailers")).await.unwrap();
            let answer = whole(response).await.unwrap();
            assert_eq!((answer.status, answer.text.as_str()), (200, "body\n"));
            assert_eq!(answer.trailers.unwrap()["sum"], "42");
        }
        // The stream is reset, perhaps before the head was sent; the connection is not.
        let broken = match client.send_request(get("http://pod/trap-mid-body")).await {
            Ok(response) => whole(response).await,
            Err(error) => Err(error),
        };
        assert!(broken.is_err(), "{broken:?}");
        let response = client.send_request(get("http://pod/hello")).await.unwrap();
        assert_eq!(whole(response).await.unwrap().text, "hello\n");
    }
}

#[tokio::test]
async fn bodies_stream_both_ways() {
    for guest in BOTH {
        let served = Served::new(guest).await;
        let (sender, body) = streamed();
        let mut client = served.client().await;
        let asked = tokio::spawn(client.send_request(request("POST", "/echo", body)));
        let mut body = None;
        let mut asked = Some(asked);
        for text in ["one", "two", "three"] {
            sender.send(text).await.unwrap();
            if let Some(asked) = asked.take() {
                body = Some(asked.await.unwrap().unwrap().into_body());
            }
            assert_eq!(piece(body.as_mut().unwrap()).await.unwrap(), text, "{guest:?}");
        }
        drop(sender);
        assert_eq!(piece(body.as_mut().unwrap()).await, None);
    }
}

#[tokio::test]
async fn each_request_has_an_instance_unless_they_are_reused() {
    for guest in BOTH {
        let served = Served::new(guest).await;
        for _ in 0..3 {
            served.gives("/count", 200, "1\n").await;
        }
        let served = Served::with(guest, |config| config.http.reuse_max = 2).await;
        for expected in ["1\n", "2\n", "1\n", "2\n"] {
            served.gives("/count", 200, expected).await;
        }
        served.gives("/count", 200, "1\n").await;
        assert_eq!(served.get("/trap").await.unwrap().status, 500);
        served.gives("/count", 200, "1\n").await;
    }
}

#[tokio::test]
async fn a_guest_that_fails_is_answered_for() {
    for guest in BOTH {
        let mut served = Served::new(guest).await;
        for (path, said) in [("/trap", "at the disco"), ("/error", "LoopDetected")] {
            served.gives(path, 500, "the service failed\n").await;
            served.running.until_complained(said).await;
        }
        served.gives("/hello", 200, "hello\n").await;
        let broken = served.get("/trap-mid-body").await;
        assert!(broken.is_err(), "it looks whole: {broken:?}");
        served.running.until_complained("in the middle").await;
    }
    let mut served = Served::new(HTTP_P2).await;
    for (path, said) in [("/exit", "exited with"), ("/nothing", "has not answered")] {
        served.gives(path, 500, "the service failed\n").await;
        served.running.until_complained(said).await;
    }
}

#[tokio::test]
async fn who_finds_no_place_is_told_when_to_ask_again() {
    let served = Served::with(HTTP_P2, |config| {
        config.http.concurrency_max = 1;
        config.http.queue_max = 1;
    });
    let served = served.await;
    let mut first = served.client().await;
    let mut body = first.send_request(get("/flood")).await.unwrap().into_body();
    assert!(piece(&mut body).await.is_some());
    let mut second = served.client().await;
    let second = tokio::spawn(async move { second.send_request(get("/hello")).await });
    // The second waits in the queue, or the third does; one of the two is turned away.
    let mut third = served.client().await;
    let third = tokio::spawn(async move { third.send_request(get("/hello")).await });
    let (early, late) = match futures_util::future::select(second, third).await {
        futures_util::future::Either::Left(both) | futures_util::future::Either::Right(both) => {
            both
        }
    };
    let early = whole(early.unwrap().unwrap()).await.unwrap();
    assert_eq!((early.status, early.text.as_str()), (503, "the service is busy\n"));
    assert_eq!(early.head["retry-after"], "1");
    // The first client goes away, and its instance with it.
    drop((body, first));
    let late = tokio::time::timeout(DEADLINE, late).await.unwrap();
    assert_eq!(whole(late.unwrap().unwrap()).await.unwrap().text, "hello\n");
}

#[tokio::test]
async fn what_stands_still_is_given_up() {
    for (guest, path) in
        [(HTTP_P2, "/sleep/86400000"), (HTTP_P3, "/sleep/86400000"), (HTTP_P2, "/spin")]
    {
        let mut served = Served::with(guest, |config| {
            config.http.request_timeout = Duration::from_millis(200);
        })
        .await;
        served.gives(path, 504, "the service did not answer in time\n").await;
        served.running.until_complained("nothing moved").await;
    }
    let served = Served::with(HTTP_P2, |config| {
        config.http.request_timeout = Duration::from_millis(200);
    });
    assert!(served.await.get("/stall").await.is_err(), "a response that began is broken");
}

#[tokio::test]
async fn bounds() {
    let served = Served::with(HTTP_P2, |config| {
        config.http.request_bytes_max = Some(4);
        config.memory_limit_bytes = Some(64 << 20);
    });
    let served = served.await;
    let text = |text: &'static str| Full::from(text).map_err(|never| match never {}).boxed_unsync();
    let small = served.ask(request("POST", "/echo", text("four"))).await.unwrap();
    assert_eq!(small.text, "four");
    let large = served.ask(request("POST", "/echo", text("fives"))).await.unwrap();
    assert_eq!((large.status, large.text.as_str()), (413, "the request is too large\n"));
    let mut long = get("/hello");
    long.headers_mut().insert("x", "y".repeat(100_000).parse().unwrap());
    assert_eq!(served.ask(long).await.unwrap().status, 431);
    served.gives("/memory/16", 200, "16777216\n").await;
    served.gives("/memory/128", 500, "the service failed\n").await;
    served.gives("/memory/16", 200, "16777216\n").await;
    let mut nameless = get("/hello");
    nameless.headers_mut().remove("host");
    assert_eq!(served.ask(nameless).await.unwrap().status, 400);
}

#[tokio::test]
async fn heads_alone_and_lengths() {
    let served = Served::new(HTTP_P2).await;
    let empty = || Full::default().map_err(|never| match never {}).boxed_unsync();
    let head = served.ask(request("HEAD", "/length/5", empty())).await.unwrap();
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.head["content-length"], "5");
    served.gives("/length/100000", 200, &"x".repeat(100_000)).await;
    let answer = served.ask(request("GET", "/status/204", empty())).await.unwrap();
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn it_drains_when_it_is_asked_to_end() {
    for guest in BOTH {
        let mut served = Served::new(guest).await;
        let (sender, body) = streamed();
        let mut client = served.client().await;
        let asked = client.send_request(request("POST", "/echo", body));
        sender.send("one").await.unwrap();
        let mut body = asked.await.unwrap().into_body();
        assert_eq!(piece(&mut body).await.unwrap(), "one");
        served.running.container.signal(Signal::Terminate, Some(DEADLINE));
        let network = &served.host.sandbox.network;
        while network.connect_from_host(80, None).await.is_ok() {
            tokio::task::yield_now().await;
        }
        sender.send("two").await.unwrap();
        assert_eq!(piece(&mut body).await.unwrap(), "two");
        drop(sender);
        assert_eq!(piece(&mut body).await, None);
        served.running.end().await.exits(0);
    }
}

#[tokio::test]
async fn what_it_does_after_it_has_answered_is_waited_for() {
    let mut served = Served::new(HTTP_P2).await;
    served.gives("/linger/50", 200, "answered\n").await;
    served.running.container.signal(Signal::Terminate, Some(DEADLINE));
    served.running.end().await.exits(0).prints("lingered\n");
}

#[tokio::test]
async fn a_kill_breaks_what_is_under_way() {
    for guest in BOTH {
        let mut served = Served::new(guest).await;
        let mut client = served.client().await;
        let asked = tokio::spawn(client.send_request(get("/spin")));
        tokio::task::yield_now().await;
        served.running.container.signal(Signal::Kill, None);
        assert_eq!(served.running.end().await.exit.code, 137);
        assert!(asked.await.unwrap().is_err());
        let network = &served.host.sandbox.network;
        assert!(network.connect_from_host(80, None).await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_left() {
    let served = Served::new(HTTP_P2).await;
    let mut stream = served.connect().await;
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    served.gives("/hello", 200, "hello\n").await;
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let served = Served::new(HTTP_P2).await;
    let mut second = served.host.create(served.host.scripted(HTTP_P2, &[])).await.unwrap();
    let error = second.start().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot serve http on port 80: address already in use");
}

#[tokio::test]
async fn guests_send_requests() {
    let served = Served::new(HTTP_P2).await;
    for (place, status, text) in [
        ("localhost/hello", 200, "hello\n"),
        ("localhost:80/status/418", 418, ""),
        ("10.88.0.2/authority", 200, "10.88.0.2"),
        ("[::1]/authority", 200, "[::1]"),
        ("localhost/trap", 500, "the service failed\n"),
    ] {
        served.gives(&format!("/get/{place}"), status, text).await;
        let expected = format!("{status} {}\n", text.trim_end());
        let script = format!("get {place}");
        served.host.script(P2, &[&script]).await.exits(0).prints(&expected);
    }
    for (place, error) in [
        ("localhost:81/", "ConnectionRefused"),
        ("169.254.169.254/", "DestinationIpProhibited"),
        ("10.88.7.7/", "DestinationIpUnroutable"),
        ("https:localhost:80/", "TlsProtocolError"),
    ] {
        let script = format!("get {place}");
        let told = served.host.script(P2, &[&script]).await;
        assert!(told.stdout.contains(error), "{place}: {told:?}");
    }
    // The guest has the head by then, or it has not.
    let told = served.host.script(P2, &["get localhost/trap-mid-body"]).await;
    let is_told = |error| told.stdout.contains(error);
    assert!(is_told("ConnectionTerminated") || is_told("connection terminated"), "{told:?}");
}

#[tokio::test]
async fn guests_of_03_send_requests() {
    let served = Served::new(HTTP_P3).await;
    for (place, status, text) in [
        ("localhost/hello", 200, "hello\n"),
        ("localhost/none", 404, "no such step\n"),
        ("localhost:81/", 502, "ErrorCode::ConnectionRefused"),
        ("169.254.169.254/", 502, "ErrorCode::DestinationIpProhibited"),
    ] {
        served.gives(&format!("/get/{place}"), status, text).await;
    }
}

#[tokio::test]
async fn it_is_no_command() {
    let served = Served::new(HTTP_P2).await;
    let mut program = served.running.create(&["guest"]).await.unwrap();
    let error = program.container.start().await.unwrap_err();
    assert_eq!(error.to_string(), "it is an http service, which cannot be run as a command");
}
