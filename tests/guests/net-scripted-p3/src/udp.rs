//! The steps of UDP sockets, `udp-…`.

use std::net::{IpAddr, SocketAddr};

use wasip3::sockets::types::{ErrorCode, UdpSocket};

use crate::{family, from_wasi, to_wasi};

#[derive(Default)]
pub(crate) struct Sockets(Vec<Option<UdpSocket>>);

impl Sockets {
    pub(crate) async fn run(&mut self, verb: &str, words: &[&str]) -> Result<String, ErrorCode> {
        let word = |place: usize| words.get(place).copied().unwrap_or("0");
        let number = |place: usize| word(place).parse::<usize>().expect("a number");
        let address = |place: usize| word(place).parse::<SocketAddr>().expect("an address");
        let rest = |place: usize| words.get(place..).unwrap_or_default().join(" ").into_bytes();
        let done = "ok".to_owned();
        if verb == "bind" {
            let socket = UdpSocket::create(family(&address(0)))?;
            socket.bind(to_wasi(address(0)))?;
            let bound = from_wasi(socket.get_local_address()?);
            self.0.push(Some(socket));
            let is_chosen = address(0).port() == 0;
            return Ok(if is_chosen { bound.ip().to_string() } else { bound.to_string() });
        }
        let socket = self.0[number(0)].as_ref().expect("a socket");
        match verb {
            "connect" => socket.connect(to_wasi(address(1))).map(|()| done),
            "send" => socket.send(rest(1), None).await.map(|()| done),
            "to" => socket.send(rest(2), Some(to_wasi(address(1)))).await.map(|()| done),
            "big" => {
                let bytes = vec![b'x'; number(2)];
                socket.send(bytes, Some(to_wasi(address(1)))).await.map(|()| done)
            }
            "recv" => {
                let (bytes, from) = socket.receive().await?;
                let len = bytes.len().min(number(1));
                Ok(told(&bytes[..len], from_wasi(from).ip()))
            }
            "echo" => {
                for _ in 0..number(1) {
                    let (bytes, from) = socket.receive().await?;
                    socket.send(bytes, Some(from)).await?;
                }
                Ok(done)
            }
            "local" => Ok(from_wasi(socket.get_local_address()?).ip().to_string()),
            "peer" => Ok(from_wasi(socket.get_remote_address()?).to_string()),
            "hop-limit" => {
                socket.set_unicast_hop_limit(number(1) as u8)?;
                Ok(socket.get_unicast_hop_limit()?.to_string())
            }
            "close" => {
                self.0[number(0)] = None;
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
