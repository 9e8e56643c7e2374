//! Does with the sockets of WasmEdge what its command line says, in the words of `net-scripted`:
//! each argument is a step, or several with `;` between them. Sockets have numbers, in the order in
//! which they were made.
//!
//! What a step gave is a line of standard output. An error is one, too, and no end.

mod lookup;
mod udp;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};
use std::time::Duration;

use wasmedge_wasi_socket::poll::{Subscription, poll};
use wasmedge_wasi_socket::socket::{
    AddressFamily, Socket, SocketOptLevel, SocketOptName, SocketType,
};
use wasmedge_wasi_socket::{TcpListener, TcpStream};

#[derive(Default)]
struct Sockets {
    listeners: Vec<Option<TcpListener>>,
    streams: Vec<Option<TcpStream>>,
    udp: udp::Sockets,
}

fn main() {
    let mut sockets = Sockets::default();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    for step in arguments.iter().flat_map(|argument| argument.split(';')) {
        let words: Vec<&str> = step.split_whitespace().collect();
        let [verb, rest @ ..] = words.as_slice() else { continue };
        match sockets.run(verb, rest) {
            Ok(text) => println!("{verb}: {text}"),
            Err(error) => println!("{verb}: {:?}", error.kind()),
        }
    }
}

impl Sockets {
    fn run(&mut self, verb: &str, words: &[&str]) -> io::Result<String> {
        let word = |place: usize| words.get(place).copied().unwrap_or("0");
        let number = |place: usize| word(place).parse::<usize>().map_err(io::Error::other);
        if let Some(verb) = verb.strip_prefix("udp-") {
            return self.udp.run(verb, words);
        }
        match verb {
            "listen" => {
                let listener = TcpListener::bind(word(0), false)?;
                let address = listener.local_addr()?;
                self.listeners.push(Some(listener));
                Ok(address.to_string())
            }
            "accept" => {
                let (stream, peer) = self.listener(number(0)?)?.accept(false)?;
                self.streams.push(Some(stream));
                Ok(peer.ip().to_string())
            }
            "connect" => {
                let address: SocketAddr = word(0).parse().map_err(io::Error::other)?;
                let socket = Socket::new(AddressFamily::from(&address), SocketType::Stream)?;
                socket.connect(&address)?;
                self.streams.push(Some(socket.into()));
                Ok("ok".to_owned())
            }
            // What is not done at once is waited for.
            "connect-polled" => {
                let address: SocketAddr = word(0).parse().map_err(io::Error::other)?;
                let socket = Socket::new(AddressFamily::Inet4, SocketType::Stream)?;
                socket.set_nonblocking(true)?;
                match socket.connect(&address) {
                    Err(error) if error.raw_os_error() != Some(26) => return Err(error),
                    _ => wait_for(&socket, false, true)?,
                }
                socket.take_error()?;
                socket.set_nonblocking(false)?;
                self.streams.push(Some(socket.into()));
                Ok("ok".to_owned())
            }
            "connect-twice" => {
                let address: SocketAddr = word(0).parse().map_err(io::Error::other)?;
                let socket = Socket::new(AddressFamily::Inet4, SocketType::Stream)?;
                socket.connect(&address)?;
                socket.connect(&address).map(ok)
            }
            // The server may be yet to listen; one socket tries again.
            "reach" => {
                let address: SocketAddr = word(0).parse().map_err(io::Error::other)?;
                let socket = Socket::new(AddressFamily::from(&address), SocketType::Stream)?;
                while let Err(error) = socket.connect(&address) {
                    if error.kind() != io::ErrorKind::ConnectionRefused {
                        return Err(error);
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                self.streams.push(Some(socket.into()));
                Ok("ok".to_owned())
            }
            "send" => {
                let bytes = words[1..].join(" ");
                self.stream(number(0)?)?.write_all(bytes.as_bytes()).map(ok)
            }
            "send-bytes" => {
                let mut left = vec![b'x'; number(1)?];
                self.stream(number(0)?)?.write_all(&left)?;
                left.clear();
                Ok("ok".to_owned())
            }
            "read" => {
                let mut bytes = vec![0; number(1)?];
                let len = self.stream(number(0)?)?.read(&mut bytes)?;
                Ok(if len == 0 { "end".to_owned() } else { text(&bytes[..len]) })
            }
            "read-some" => {
                let mut bytes = vec![0; number(1)?];
                self.stream(number(0)?)?.read_exact(&mut bytes).map(ok)
            }
            "read-all" => {
                let mut bytes = Vec::new();
                self.stream(number(0)?)?.read_to_end(&mut bytes)?;
                Ok(text(&bytes))
            }
            "count" => {
                let mut bytes = Vec::new();
                self.stream(number(0)?)?.read_to_end(&mut bytes).map(|len| len.to_string())
            }
            "echo" => {
                let (mut from, mut to) = (self.stream(number(0)?)?, self.stream(number(0)?)?);
                io::copy(&mut from, &mut to).map(|len| len.to_string())
            }
            "try-read" => {
                let mut stream = self.stream(number(0)?)?;
                stream.set_nonblocking(true)?;
                let result = stream.read(&mut [0; 100]);
                stream.set_nonblocking(false)?;
                Ok(result?.to_string())
            }
            "wait-to-read" => wait_for(self.stream(number(0)?)?.as_ref(), true, false).map(ok),
            "finish" => self.stream(number(0)?)?.shutdown(Shutdown::Write).map(ok),
            "deafen" => self.stream(number(0)?)?.shutdown(Shutdown::Read).map(ok),
            "shut" => self.stream(number(0)?)?.shutdown(Shutdown::Both).map(ok),
            "local" => Ok(self.stream(number(0)?)?.local_addr()?.ip().to_string()),
            "peer" => Ok(self.stream(number(0)?)?.peer_addr()?.to_string()),
            "close" => {
                self.streams[number(0)?] = None;
                Ok("ok".to_owned())
            }
            "close-listener" => {
                self.listeners[number(0)?] = None;
                Ok("ok".to_owned())
            }
            "options" => options(self.stream(number(0)?)?.as_ref()),
            "is-listener" => {
                self.listener(number(0)?)?.as_ref().is_listener().map(|is| is.to_string())
            }
            // Sets a limit, and waits for what does not come.
            "read-timeout" => {
                let mut stream = self.stream(number(0)?)?;
                let socket: &Socket = stream.as_ref();
                socket.set_recv_timeout(Some(Duration::from_millis(10)))?;
                let limit = socket.get_recv_timeout()?;
                let result = stream.read(&mut [0; 100]);
                Ok(format!("{limit:?} {:?}", result.map_err(|error| error.kind())))
            }
            "reset" => {
                let linger = [1_i32, 0];
                let stream = self.stream(number(0)?)?;
                let socket: &Socket = stream.as_ref();
                socket.setsockopt(SocketOptLevel::SolSocket, SocketOptName::SoLinger, linger)?;
                let fd =
                    self.streams[number(0)?].take().ok_or(io::ErrorKind::NotFound)?.into_raw_fd();
                // SAFETY: it is the socket's own. The library would shut it down first.
                drop(unsafe { OwnedFd::from_raw_fd(fd) });
                Ok("ok".to_owned())
            }
            "resolve" => lookup::resolve(word(0), word(1)),
            "trap" => core::arch::wasm32::unreachable(),
            other => panic!("there is no step {other:?}"),
        }
    }

    fn listener(&self, number: usize) -> io::Result<&TcpListener> {
        self.listeners.get(number).and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound.into())
    }

    fn stream(&self, number: usize) -> io::Result<&TcpStream> {
        self.streams.get(number).and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound.into())
    }
}

/// Sets options, and tells what they are then.
fn options(socket: &Socket) -> io::Result<String> {
    let level = SocketOptLevel::SolSocket;
    socket.setsockopt(level, SocketOptName::SoKeepalive, 1_i32)?;
    socket.setsockopt(level, SocketOptName::SoRcvbuf, 10_000_i32)?;
    socket.setsockopt(level, SocketOptName::SoSndbuf, 20_000_i32)?;
    Ok(format!(
        "{:?} {} {} {} {:?}",
        socket.r#type()?,
        socket.keepalive()?,
        socket.recv_buffer_size()?,
        socket.send_buffer_size()?,
        socket.device()?,
    ))
}

/// Waits until a socket is ready.
fn wait_for(socket: &Socket, read: bool, write: bool) -> io::Result<()> {
    poll(&[Subscription::io(0, socket, read, write, None)]).map(drop)
}

fn ok(_: ()) -> String {
    "ok".to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
