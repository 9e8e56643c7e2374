//! Names.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use wasmedge_wasi_socket::socket::{AddressFamily, WasiAddrinfo};

/// How many addresses there is room for.
const ROOM: usize = 4;

/// Returns the addresses of a name, with the port of a service.
pub fn resolve(node: &str, service: &str) -> io::Result<String> {
    let (mut addresses, mut data, mut names) = Default::default();
    let hints = WasiAddrinfo { ai_family: AddressFamily::Unspec, ..WasiAddrinfo::default() };
    let found = WasiAddrinfo::get_addrinfo(
        node,
        service,
        &hints,
        ROOM,
        &mut addresses,
        &mut data,
        &mut names,
    )?;
    let found = found.iter().zip(&addresses).zip(&data).map(|((_, address), data)| {
        let port = u16::from_be_bytes([data[0], data[1]]);
        let ip = match address.family {
            AddressFamily::Inet4 => Ipv4Addr::new(data[2], data[3], data[4], data[5]).into(),
            _ => Ipv6Addr::from(<[u8; 16]>::try_from(&data[6..22]).expect("16 bytes")).into(),
        };
        SocketAddr::new(ip, port).to_string()
    });
    Ok(found.collect::<Vec<_>>().join(" "))
}
