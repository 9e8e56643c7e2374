//! Does with sockets what its command line says: each argument is a step, or several with `;`
//! between them. Sockets have numbers, in the order in which they were made.
//!
//! What a step gave is a line of standard output. An error is one, too, and no end: what comes
//! after it is what is to be seen.

mod udp;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

/// How long is waited for a server that is yet to come.
const PATIENCE: Duration = Duration::from_secs(60);

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
                let listener = TcpListener::bind(word(0))?;
                let address = listener.local_addr()?;
                self.listeners.push(Some(listener));
                Ok(address.to_string())
            }
            "accept" => {
                let (stream, peer) = self.listener(number(0)?)?.accept()?;
                self.streams.push(Some(stream));
                Ok(peer.ip().to_string())
            }
            "connect" => {
                let stream = TcpStream::connect(word(0))?;
                self.add(stream)
            }
            // The server may be yet to listen.
            "reach" => {
                let stream = reach(word(0))?;
                self.add(stream)
            }
            "send" => {
                self.stream(number(0)?)?.write_all(words[1..].join(" ").as_bytes())?;
                Ok("ok".to_owned())
            }
            "send-bytes" => {
                let (mut left, chunk) = (number(1)?, vec![b'x'; 64 << 10]);
                while left > 0 {
                    let len = left.min(chunk.len());
                    self.stream(number(0)?)?.write_all(&chunk[..len])?;
                    left -= len;
                }
                Ok("ok".to_owned())
            }
            "read" => {
                let mut bytes = vec![0; number(1)?];
                let len = self.stream(number(0)?)?.read(&mut bytes)?;
                Ok(if len == 0 { "end".to_owned() } else { text(&bytes[..len]) })
            }
            "read-all" => {
                let mut bytes = Vec::new();
                self.stream(number(0)?)?.read_to_end(&mut bytes)?;
                Ok(text(&bytes))
            }
            // In small pieces.
            "count" => {
                let (mut bytes, mut count) = ([0; 4000], 0);
                loop {
                    match self.stream(number(0)?)?.read(&mut bytes)? {
                        0 => return Ok(count.to_string()),
                        len => count += len,
                    }
                }
            }
            "echo" => {
                let (mut from, mut to) = (self.stream(number(0)?)?, self.stream(number(0)?)?);
                io::copy(&mut from, &mut to).map(|len| len.to_string())
            }
            // So many messages, each sent when the answer to the one before has come.
            "ping" => {
                let (mut stream, mut message) = (self.stream(number(0)?)?, [b'x'; 64]);
                for _ in 0..number(1)? {
                    stream.write_all(&message)?;
                    stream.read_exact(&mut message)?;
                }
                Ok("ok".to_owned())
            }
            "try-read" => {
                let mut stream = self.stream(number(0)?)?;
                stream.set_nonblocking(true)?;
                let result = stream.read(&mut [0; 100]);
                stream.set_nonblocking(false)?;
                Ok(result?.to_string())
            }
            // So many connections, all at a time; then a byte goes through each.
            "pairs" => {
                let first = self.streams.len();
                for _ in 0..number(1)? {
                    self.streams.push(Some(TcpStream::connect(word(0))?));
                    let accepted = self.listener(0)?.accept()?.0;
                    self.streams.push(Some(accepted));
                }
                let mut through = 0;
                for at in (first..self.streams.len()).step_by(2) {
                    self.stream(at)?.write_all(b"x")?;
                    through += self.stream(at + 1)?.read(&mut [0; 9])?;
                }
                Ok(through.to_string())
            }
            "finish" => self.shut(number(0)?, Shutdown::Write),
            "deafen" => self.shut(number(0)?, Shutdown::Read),
            "shut" => self.shut(number(0)?, Shutdown::Both),
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
            "hop-limit" => {
                let stream = self.stream(number(0)?)?;
                stream.set_ttl(number(1)? as u32)?;
                Ok(stream.ttl()?.to_string())
            }
            "resolve" => {
                let addresses = (word(0), 1).to_socket_addrs()?;
                let addresses: Vec<_> = addresses.map(|a: SocketAddr| a.ip().to_string()).collect();
                Ok(addresses.join(" "))
            }
            "sleep-for-ever" => loop {
                std::thread::sleep(Duration::from_secs(3600));
            },
            "trap" => core::arch::wasm32::unreachable(),
            other => panic!("there is no step {other:?}"),
        }
    }

    fn add(&mut self, stream: TcpStream) -> io::Result<String> {
        self.streams.push(Some(stream));
        Ok("ok".to_owned())
    }

    fn listener(&self, number: usize) -> io::Result<&TcpListener> {
        self.listeners.get(number).and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound.into())
    }

    fn stream(&self, number: usize) -> io::Result<&TcpStream> {
        self.streams.get(number).and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound.into())
    }

    fn shut(&self, number: usize, how: Shutdown) -> io::Result<String> {
        self.stream(number)?.shutdown(how).map(|()| "ok".to_owned())
    }
}

fn reach(address: &str) -> io::Result<TcpStream> {
    let start = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Err(_) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(1)),
            result => return result,
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
