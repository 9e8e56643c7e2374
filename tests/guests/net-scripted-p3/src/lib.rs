//! Does with sockets what its command line says, with the functions of WASI 0.3: see
//! `net-scripted`.

mod udp;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;

use wasip3::cli::{environment, stdout};
use wasip3::clocks::monotonic_clock;
use wasip3::sockets::ip_name_lookup::resolve_addresses;
use wasip3::sockets::types::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
    TcpSocket,
};
use wasip3::wit_bindgen::{FutureReader, StreamReader, StreamResult, StreamWriter};

wasip3::cli::command::export!(Scripted);

/// How long is waited for what is done at once, if it is done.
const AT_ONCE_NANOS: u64 = 300_000_000;

struct Scripted;

impl wasip3::exports::cli::run::Guest for Scripted {
    async fn run() -> Result<(), ()> {
        let mut sockets = Sockets::default();
        let arguments = environment::get_arguments();
        for step in arguments.iter().skip(1).flat_map(|argument| argument.split(';')) {
            let words: Vec<&str> = step.split_whitespace().collect();
            let [verb, rest @ ..] = words.as_slice() else { continue };
            let text = match sockets.run(verb, rest).await {
                Ok(text) => text,
                Err(error) => format!("{error:?}").replace("ErrorCode::", ""),
            };
            print(format!("{verb}: {text}\n")).await?;
        }
        Ok(())
    }
}

async fn print(text: String) -> Result<(), ()> {
    let (mut sender, receiver) = wasip3::wit_stream::new();
    let written = stdout::write_via_stream(receiver);
    let left = sender.write_all(text.into_bytes()).await;
    drop(sender);
    if left.is_empty() { written.await.map_err(|_| ()) } else { Err(()) }
}

#[derive(Default)]
struct Sockets {
    listeners: Vec<(TcpSocket, StreamReader<TcpSocket>)>,
    streams: BTreeMap<usize, Stream>,
    last: usize,
    /// Waits for a place in the queue of who listens.
    connecting: Option<Pin<Box<dyn Future<Output = Result<TcpSocket, ErrorCode>>>>>,
    udp: udp::Sockets,
}

type Outcome = FutureReader<Result<(), ErrorCode>>;

/// A connected socket, with both of its directions begun.
struct Stream {
    socket: TcpSocket,
    sender: Option<StreamWriter<u8>>,
    sent: Option<Outcome>,
    receiver: Option<StreamReader<u8>>,
    received: Option<Outcome>,
}

impl Stream {
    fn new(socket: TcpSocket) -> Self {
        let (sender, to_send) = wasip3::wit_stream::new();
        let sent = socket.send(to_send);
        let (receiver, received) = socket.receive();
        Self {
            socket,
            sender: Some(sender),
            sent: Some(sent),
            receiver: Some(receiver),
            received: Some(received),
        }
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), ErrorCode> {
        let Some(sender) = &mut self.sender else { return Err(ErrorCode::ConnectionBroken) };
        let left = sender.write_all(bytes).await;
        if left.is_empty() {
            return Ok(());
        }
        self.sender = None;
        match self.sent.take() {
            Some(sent) => sent.await.and(Err(ErrorCode::Other(None))),
            None => Err(ErrorCode::ConnectionBroken),
        }
    }

    /// No bytes are the end.
    async fn read(&mut self, max: usize) -> Result<Vec<u8>, ErrorCode> {
        let Some(receiver) = &mut self.receiver else { return Ok(Vec::new()) };
        let (status, bytes) = receiver.read(Vec::with_capacity(max)).await;
        if status == StreamResult::Dropped && bytes.is_empty() {
            self.receiver = None;
            if let Some(received) = self.received.take() {
                received.await?;
            }
        }
        Ok(bytes)
    }
}

impl Sockets {
    async fn run(&mut self, verb: &str, words: &[&str]) -> Result<String, ErrorCode> {
        let word = |place: usize| words.get(place).copied().unwrap_or("0");
        let number = |place: usize| word(place).parse::<usize>().expect("a number");
        if let Some(verb) = verb.strip_prefix("udp-") {
            return self.udp.run(verb, words).await;
        }
        match verb {
            "listen" => {
                let address: SocketAddr = word(0).parse().expect("an address");
                let socket = TcpSocket::create(family(&address))?;
                socket.bind(to_wasi(address))?;
                if words.len() > 1 {
                    socket.set_listen_backlog_size(number(1) as u64)?;
                }
                let connections = socket.listen()?;
                let address = from_wasi(socket.get_local_address()?);
                self.listeners.push((socket, connections));
                Ok(address.to_string())
            }
            "accept" => {
                let (_, connections) = &mut self.listeners[number(0)];
                let socket = connections.next().await.ok_or(ErrorCode::InvalidState)?;
                let peer = from_wasi(socket.get_remote_address()?).ip().to_string();
                self.add(socket);
                Ok(peer)
            }
            "connect" => {
                let socket = connect(word(0)).await?;
                Ok(self.add(socket))
            }
            "connect-from" => {
                let address: SocketAddr = word(0).parse().expect("an address");
                let socket = TcpSocket::create(family(&address))?;
                socket.bind(to_wasi(address))?;
                socket.connect(to_wasi(word(1).parse().expect("an address"))).await?;
                Ok(self.add(socket))
            }
            // Whether there is a place for it at once.
            "begin" => {
                let address = word(0).to_owned();
                let mut connecting = Box::pin(async move { connect(&address).await });
                match at_once(connecting.as_mut()).await {
                    Some(socket) => Ok(self.add(socket?)),
                    None => {
                        self.connecting = Some(connecting);
                        Ok("waits".to_owned())
                    }
                }
            }
            "connected" => {
                let socket = self.connecting.take().expect("one was begun").await?;
                Ok(self.add(socket))
            }
            // How many connections are made that nobody accepts.
            "fill" => {
                let mut count = 0;
                while let Some(socket) = at_once(pin!(connect(word(0)))).await {
                    self.add(socket?);
                    count += 1;
                }
                Ok(count.to_string())
            }
            // So many connections, all at a time; then a byte goes through each.
            "pairs" => {
                let first = self.last;
                for _ in 0..number(1) {
                    let socket = connect(word(0)).await?;
                    self.add(socket);
                    let accepted =
                        self.listeners[0].1.next().await.ok_or(ErrorCode::InvalidState)?;
                    self.add(accepted);
                }
                let mut through = 0;
                for at in (first..self.last).step_by(2) {
                    self.stream(at).send(b"x".to_vec()).await?;
                    through += self.stream(at + 1).read(9).await?.len();
                }
                Ok(through.to_string())
            }
            "reach" => loop {
                if let Ok(socket) = connect(word(0)).await {
                    return Ok(self.add(socket));
                }
                monotonic_clock::wait_for(1_000_000).await;
            },
            "send" => {
                self.stream(number(0)).send(words[1..].join(" ").into_bytes()).await?;
                Ok("ok".to_owned())
            }
            "send-bytes" => {
                let (mut left, stream) = (number(1), self.stream(number(0)));
                while left > 0 {
                    let len = left.min(64 << 10);
                    stream.send(vec![b'x'; len]).await?;
                    left -= len;
                }
                Ok("ok".to_owned())
            }
            "read" => {
                let bytes = self.stream(number(0)).read(number(1)).await?;
                Ok(if bytes.is_empty() { "end".to_owned() } else { text(bytes) })
            }
            "read-all" => {
                let mut all = Vec::new();
                loop {
                    let bytes = self.stream(number(0)).read(4096).await?;
                    if bytes.is_empty() {
                        return Ok(text(all));
                    }
                    all.extend(bytes);
                }
            }
            "count" => {
                let mut count = 0;
                loop {
                    match self.stream(number(0)).read(4000).await?.len() {
                        0 => return Ok(count.to_string()),
                        len => count += len,
                    }
                }
            }
            "finish" => {
                self.stream(number(0)).sender = None;
                Ok("ok".to_owned())
            }
            "deafen" => {
                self.stream(number(0)).receiver = None;
                Ok("ok".to_owned())
            }
            "local" => {
                let address = self.stream(number(0)).socket.get_local_address()?;
                Ok(from_wasi(address).ip().to_string())
            }
            "peer" => {
                let address = self.stream(number(0)).socket.get_remote_address()?;
                Ok(from_wasi(address).to_string())
            }
            "again" => {
                let (_, received) = self.stream(number(0)).socket.receive();
                received.await.map(|()| "ok".to_owned())
            }
            "close" => {
                self.streams.remove(&number(0));
                Ok("ok".to_owned())
            }
            "close-listener" => {
                self.listeners.remove(number(0));
                Ok("ok".to_owned())
            }
            "hop-limit" => {
                let socket = &self.stream(number(0)).socket;
                socket.set_hop_limit(number(1) as u8)?;
                Ok(socket.get_hop_limit()?.to_string())
            }
            "resolve" => match resolve_addresses(word(0).to_owned()).await {
                Ok(all) => {
                    let all: Vec<_> = all.into_iter().map(|ip| ip_text(ip)).collect();
                    Ok(all.join(" "))
                }
                Err(error) => Ok(format!("{error:?}").replace("ErrorCode::", "")),
            },
            "trap" => core::arch::wasm32::unreachable(),
            other => panic!("there is no step {other:?}"),
        }
    }

    fn add(&mut self, socket: TcpSocket) -> String {
        self.streams.insert(self.last, Stream::new(socket));
        self.last += 1;
        "ok".to_owned()
    }

    fn stream(&mut self, number: usize) -> &mut Stream {
        self.streams.get_mut(&number).expect("there is such a stream")
    }
}

/// Returns what comes of it, unless that takes a while.
async fn at_once<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    let mut timer = pin!(monotonic_clock::wait_for(AT_ONCE_NANOS));
    let mut both = |cx: &mut std::task::Context<'_>| match future.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => timer.as_mut().poll(cx).map(|()| None),
    };
    poll_fn(|cx| both(cx)).await
}

async fn connect(address: &str) -> Result<TcpSocket, ErrorCode> {
    let address: SocketAddr = address.parse().expect("an address");
    let socket = TcpSocket::create(family(&address))?;
    socket.connect(to_wasi(address)).await?;
    Ok(socket)
}

fn family(address: &SocketAddr) -> IpAddressFamily {
    if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 }
}

fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(v4) => {
            let [a, b, c, d] = v4.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: v6.port(),
                flow_info: 0,
                address: (a, b, c, d, e, f, g, h),
                scope_id: 0,
            })
        }
    }
}

fn from_wasi(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(v4) => {
            let (a, b, c, d) = v4.address;
            ([a, b, c, d], v4.port).into()
        }
        IpSocketAddress::Ipv6(v6) => {
            let (a, b, c, d, e, f, g, h) = v6.address;
            ([a, b, c, d, e, f, g, h], v6.port).into()
        }
    }
}

fn ip_text(address: IpAddress) -> String {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => std::net::Ipv4Addr::new(a, b, c, d).to_string(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            std::net::Ipv6Addr::new(a, b, c, d, e, f, g, h).to_string()
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
