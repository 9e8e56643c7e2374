//! Does what its command line says with sockets that it finds itself listening with: each argument
//! is a step, or several with `;` between them. Listeners and streams have numbers, in the order in
//! which they were taken up or accepted.
//!
//! What a step gave is a line of standard output. An error is one, too, and no end.

mod raw;

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd};

#[derive(Default)]
struct Sockets {
    listeners: Vec<Option<TcpListener>>,
    streams: Vec<Option<TcpStream>>,
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
        match verb {
            "env" => Ok(std::env::var(word(0)).unwrap_or_else(|_| "not set".to_owned())),
            "cat" => std::fs::read_to_string(word(0)),
            "write-file" => std::fs::write(word(0), words[1..].join(" ")).map(ok),
            // From descriptor 3 on.
            "take" => {
                let fd = 3 + number(0)? as i32;
                // SAFETY: the host has opened it for us, and nothing else has it.
                self.listeners.push(Some(unsafe { TcpListener::from_raw_fd(fd) }));
                Ok("ok".to_owned())
            }
            "accept" => {
                let (stream, _) = self.listener(number(0)?)?.accept()?;
                self.streams.push(Some(stream));
                Ok("ok".to_owned())
            }
            "try-accept" => {
                let listener = self.listener(number(0)?)?;
                listener.set_nonblocking(true)?;
                let accepted = listener.accept();
                listener.set_nonblocking(false)?;
                self.streams.push(Some(accepted?.0));
                Ok("ok".to_owned())
            }
            "read" => {
                let mut bytes = vec![0; number(1)?];
                let len = self.stream(number(0)?)?.read(&mut bytes)?;
                Ok(if len == 0 { "end".to_owned() } else { text(&bytes[..len]) })
            }
            "try-read" => {
                let mut stream = self.stream(number(0)?)?;
                stream.set_nonblocking(true)?;
                let result = stream.read(&mut [0; 100]);
                stream.set_nonblocking(false)?;
                Ok(result?.to_string())
            }
            "read-all" => {
                let mut bytes = Vec::new();
                self.stream(number(0)?)?.read_to_end(&mut bytes)?;
                Ok(text(&bytes))
            }
            "send" => {
                let bytes = words[1..].join(" ");
                self.stream(number(0)?)?.write_all(bytes.as_bytes()).map(ok)
            }
            "fill" => {
                let mut stream = self.stream(number(0)?)?;
                stream.set_nonblocking(true)?;
                let result = loop {
                    if let Err(error) = stream.write(&[b'x'; 10_000]) {
                        break error;
                    }
                };
                stream.set_nonblocking(false)?;
                Err(result)
            }
            "echo" => {
                let (mut from, mut to) = (self.stream(number(0)?)?, self.stream(number(0)?)?);
                io::copy(&mut from, &mut to).map(|len| len.to_string())
            }
            "finish" => self.stream(number(0)?)?.shutdown(Shutdown::Write).map(ok),
            "deafen" => self.stream(number(0)?)?.shutdown(Shutdown::Read).map(ok),
            "close" => {
                self.streams[number(0)?] = None;
                Ok("ok".to_owned())
            }
            "close-listener" => {
                self.listeners[number(0)?] = None;
                Ok("ok".to_owned())
            }
            "peek" => raw::receive(self.fd(number(0)?)?, number(1)?, wasi::RIFLAGS_RECV_PEEK),
            "wait-all" => {
                raw::receive(self.fd(number(0)?)?, number(1)?, wasi::RIFLAGS_RECV_WAITALL)
            }
            "recv-flags" => raw::receive(self.fd(number(0)?)?, 9, number(1)? as u16),
            // By descriptor, whatever is behind it; `s1` is that of stream 1.
            "type" => raw::filetype(self.descriptor(word(0))?),
            "seek" => raw::seek(self.descriptor(word(0))?),
            "renumber" => raw::renumber(self.descriptor(word(0))?, self.descriptor(word(1))?),
            "receive-fd" => raw::receive(self.descriptor(word(0))?, 9, 0),
            // `read:3`, `write:s1`, `clock:1000`.
            "poll" => raw::poll(words, |word| self.descriptor(word)),
            other => panic!("there is no step {other:?}"),
        }
    }

    fn listener(&self, number: usize) -> io::Result<&TcpListener> {
        self.listeners.get(number).and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound.into())
    }

    fn stream(&self, number: usize) -> io::Result<&TcpStream> {
        self.streams.get(number).and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound.into())
    }

    fn descriptor(&self, word: &str) -> io::Result<u32> {
        match word.strip_prefix('s') {
            Some(stream) => self.fd(stream.parse().map_err(io::Error::other)?),
            None => word.parse().map_err(io::Error::other),
        }
    }

    fn fd(&self, stream: usize) -> io::Result<u32> {
        self.stream(stream).map(|stream| stream.as_raw_fd() as u32)
    }
}

fn ok(_: ()) -> String {
    "ok".to_owned()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
