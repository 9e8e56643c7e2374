//! The steps of UDP sockets, `udp-…`.

use std::io;
use std::net::{IpAddr, SocketAddr};

use wasmedge_wasi_socket::socket::{AddressFamily, Socket, SocketType};

#[derive(Default)]
pub struct Sockets(Vec<Option<Socket>>);

impl Sockets {
    pub fn run(&mut self, verb: &str, words: &[&str]) -> io::Result<String> {
        let word = |place: usize| words.get(place).copied().unwrap_or("0");
        let number = |place: usize| word(place).parse::<usize>().map_err(io::Error::other);
        let address = |place: usize| word(place).parse::<SocketAddr>().map_err(io::Error::other);
        let rest = |place: usize| words.get(place..).unwrap_or_default().join(" ");
        let done = "ok".to_owned();
        if verb == "bind" {
            let socket = Socket::new(AddressFamily::from(&address(0)?), SocketType::Datagram)?;
            socket.bind(&address(0)?)?;
            let bound = socket.get_local()?;
            self.0.push(Some(socket));
            let is_chosen = word(0).ends_with(":0");
            return Ok(if is_chosen { bound.ip().to_string() } else { bound.to_string() });
        }
        let socket = self.0.get(number(0)?).and_then(Option::as_ref);
        let socket = socket.ok_or(io::ErrorKind::NotFound)?;
        match verb {
            "connect" => socket.connect(&address(1)?).map(|()| done),
            "send" => socket.send(rest(1).as_bytes()).map(|_| done),
            "to" => socket.send_to(rest(2).as_bytes(), address(1)?).map(|_| done),
            "big" => socket.send_to(&vec![b'x'; number(2)?], address(1)?).map(|_| done),
            "recv" => {
                let mut buffer = vec![0; number(1)?];
                let (len, from) = socket.recv_from(&mut buffer)?;
                Ok(told(&buffer[..len], from.ip()))
            }
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
            "local" => Ok(socket.get_local()?.ip().to_string()),
            "peer" => Ok(socket.get_peer()?.to_string()),
            "close" => {
                self.0[number(0)?] = None;
                Ok(done)
            }
            other => panic!("there is no step udp-{other}"),
        }
    }
}

fn told(bytes: &[u8], from: IpAddr) -> String {
    let text = match bytes.len() {
        0 => "nothing".to_owned(),
        len if len > 100 => format!("{len} bytes"),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    format!("{text} from {from}")
}
