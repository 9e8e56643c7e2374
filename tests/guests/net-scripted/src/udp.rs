//! The steps of UDP sockets, `udp-…`.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// How long is waited for an answer of a server that is yet to come.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Sockets(Vec<Option<UdpSocket>>);

impl Sockets {
    pub(crate) fn run(&mut self, verb: &str, words: &[&str]) -> io::Result<String> {
        let word = |place: usize| words.get(place).copied().unwrap_or("0");
        let number = |place: usize| word(place).parse::<usize>().map_err(io::Error::other);
        let rest = |place: usize| words.get(place..).unwrap_or_default().join(" ");
        let done = "ok".to_owned();
        if verb == "bind" {
            let socket = UdpSocket::bind(word(0))?;
            let address = socket.local_addr()?;
            self.0.push(Some(socket));
            let is_chosen = word(0).ends_with(":0");
            return Ok(if is_chosen { address.ip().to_string() } else { address.to_string() });
        }
        let socket = self.0.get(number(0)?).and_then(Option::as_ref);
        let socket = socket.ok_or(io::ErrorKind::NotFound)?;
        match verb {
            "connect" => socket.connect(word(1)).map(|()| done),
            "send" => socket.send(rest(1).as_bytes()).map(|_| done),
            "to" => socket.send_to(rest(2).as_bytes(), word(1)).map(|_| done),
            "big" => socket.send_to(&vec![b'x'; number(2)?], word(1)).map(|_| done),
            // What is sent is lost until somebody is there.
            "reach" => {
                let end = Instant::now() + PATIENCE;
                socket.set_nonblocking(true)?;
                while Instant::now() < end {
                    socket.send_to(b"anybody?", word(1))?;
                    if socket.recv_from(&mut [0; 9]).is_ok() {
                        socket.set_nonblocking(false)?;
                        return Ok(done);
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(io::ErrorKind::TimedOut.into())
            }
            "recv" => {
                let mut buffer = vec![0; number(1)?];
                let (len, from) = socket.recv_from(&mut buffer)?;
                Ok(told(&buffer[..len], from.ip()))
            }
            // Answers so many datagrams with what they say.
            "echo" => {
                let mut buffer = vec![0; 65536];
                for _ in 0..number(1)? {
                    let (len, from) = socket.recv_from(&mut buffer)?;
                    socket.send_to(&buffer[..len], from)?;
                }
                Ok(done)
            }
            "try" => {
                socket.set_nonblocking(true)?;
                let result = socket.recv_from(&mut [0; 100]);
                socket.set_nonblocking(false)?;
                Ok(result?.0.to_string())
            }
            "local" => Ok(socket.local_addr()?.ip().to_string()),
            "peer" => Ok(socket.peer_addr()?.to_string()),
            "hop-limit" => {
                socket.set_ttl(number(1)? as u32)?;
                Ok(socket.ttl()?.to_string())
            }
            "close" => {
                self.0[number(0)?] = None;
                Ok(done)
            }
            other => panic!("there is no step udp-{other}"),
        }
    }
}

fn told(bytes: &[u8], from: std::net::IpAddr) -> String {
    let text = match bytes.len() {
        0 => "nothing".to_owned(),
        len if len > 100 => format!("{len} bytes"),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    format!("{text} from {from}")
}
