//! Measures a connection, with the functions of WASI 0.3: see `net-speed`.

use std::net::SocketAddrV4;

use wasip3::cli::{environment, stdout};
use wasip3::clocks::monotonic_clock;
use wasip3::sockets::types::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, TcpSocket};
use wasip3::wit_bindgen::{StreamReader, StreamWriter};

wasip3::cli::command::export!(Speed);

const CHUNK_BYTES: usize = 64 << 10;
const MESSAGE_BYTES: usize = 64;

/// How many messages go before those that count.
const WARM_UP: u64 = 1000;

struct Speed;

impl wasip3::exports::cli::run::Guest for Speed {
    async fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        let words: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
        match words[..] {
            ["sink", address] => sink(accept(address).await).await,
            ["echo", address] => echo(accept(address).await).await,
            ["pour", address, bytes] => {
                pour(reach(address).await, bytes.parse().expect("a number")).await;
            }
            ["ping", address, count] => {
                ping(reach(address).await, count.parse().expect("a number")).await;
            }
            _ => panic!("want sink, echo, pour or ping, found {words:?}"),
        }
        Ok(())
    }
}

/// Both directions of a connection.
struct Stream {
    sender: StreamWriter<u8>,
    receiver: StreamReader<u8>,
    _socket: TcpSocket,
}

impl Stream {
    fn new(socket: TcpSocket) -> Self {
        let (sender, to_send) = wasip3::wit_stream::new();
        // What becomes of the directions is seen in the streams.
        drop(socket.send(to_send));
        let (receiver, _) = socket.receive();
        Self { sender, receiver, _socket: socket }
    }

    /// Writes all of it; the buffer is there again, with what was in it.
    async fn write(&mut self, bytes: &mut Vec<u8>) {
        let len = bytes.len();
        let left = self.sender.write_all(std::mem::take(bytes)).await;
        assert!(left.is_empty(), "the peer has gone away");
        *bytes = left;
        // SAFETY: it is the buffer that was written, and all of that was initialised.
        unsafe { bytes.set_len(len) };
    }

    /// Reads into the buffer, no more than it has room for; says whether something came.
    async fn read(&mut self, buffer: &mut Vec<u8>) -> bool {
        buffer.clear();
        let (_, read) = self.receiver.read(std::mem::take(buffer)).await;
        *buffer = read;
        !buffer.is_empty()
    }

    /// Sends the end.
    fn finish(&mut self) {
        self.sender = wasip3::wit_stream::new().0;
    }
}

async fn accept(address: &str) -> Stream {
    let socket = TcpSocket::create(IpAddressFamily::Ipv4).expect("a socket");
    socket.bind(to_wasi(address)).expect("the address is free");
    let connection = socket.listen().expect("it listens").next().await;
    Stream::new(connection.expect("a connection"))
}

/// The server may be yet to listen.
async fn reach(address: &str) -> Stream {
    loop {
        let socket = TcpSocket::create(IpAddressFamily::Ipv4).expect("a socket");
        if socket.connect(to_wasi(address)).await.is_ok() {
            return Stream::new(socket);
        }
        monotonic_clock::wait_for(1_000_000).await;
    }
}

async fn sink(mut stream: Stream) {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    while stream.read(&mut chunk).await {}
    stream.write(&mut vec![b'!']).await;
}

async fn pour(mut stream: Stream, bytes: usize) {
    let mut chunk = vec![b'x'; CHUNK_BYTES];
    let start = monotonic_clock::now();
    for _ in 0..bytes / CHUNK_BYTES {
        stream.write(&mut chunk).await;
    }
    stream.finish();
    assert!(stream.read(&mut Vec::with_capacity(1)).await, "the server has all of it");
    tell(monotonic_clock::now() - start).await;
}

async fn echo(mut stream: Stream) {
    let mut message = Vec::with_capacity(MESSAGE_BYTES);
    while stream.read(&mut message).await {
        stream.write(&mut message).await;
    }
}

async fn ping(mut stream: Stream, count: u64) {
    let mut message = vec![b'x'; MESSAGE_BYTES];
    let mut start = 0;
    for number in 0..WARM_UP + count {
        if number == WARM_UP {
            start = monotonic_clock::now();
        }
        stream.write(&mut message).await;
        let mut read = 0;
        while read < MESSAGE_BYTES {
            assert!(stream.read(&mut message).await, "the server answers");
            read += message.len();
        }
        message.resize(MESSAGE_BYTES, b'x');
    }
    tell((monotonic_clock::now() - start) / count).await;
}

async fn tell(nanoseconds: u64) {
    let (mut sender, receiver) = wasip3::wit_stream::new();
    let written = stdout::write_via_stream(receiver);
    sender.write_all(format!("{nanoseconds}\n").into_bytes()).await;
    drop(sender);
    written.await.expect("it is printed");
}

fn to_wasi(address: &str) -> IpSocketAddress {
    let address: SocketAddrV4 = address.parse().expect("an address");
    let [a, b, c, d] = address.ip().octets();
    IpSocketAddress::Ipv4(Ipv4SocketAddress { port: address.port(), address: (a, b, c, d) })
}
