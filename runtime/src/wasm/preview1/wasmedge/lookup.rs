//! `sock_getaddrinfo`: *node, length, *service, length, *hints, **list, how many, *found.
//!
//! The guest gives a list of as many entries as it has room for, and what is found is written into
//! them:
//!
//! | entry (28 bytes) | at | | socket address (12 bytes) | at |
//! |---|---|---|---|---|
//! | flags (2 bytes), family, type, protocol | 0, 2, 3, 4 | | family | 0 |
//! | length of the address, as the system counts it | 8 | | length of what follows | 4 |
//! | *socket address, *name, length of the name | 12, 16, 20 | | *port, address, of the system's layout | 8 |
//! | *next entry | 24 | | | |

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use wasmtime::Linker;

use super::super::errno::{Errno, Outcome};
use super::super::memory::{self, read, read_u32, slice, write, write_u32};
use super::super::{Caller, define};
use super::address::{UNSPECIFIED, family, number};
use super::{TYPE_DATAGRAM, TYPE_STREAM};
use crate::network::Family;
use crate::wasm::context::ContainerContext;

/// How long a node or a service may be called.
const NAME_MAX: u32 = 1024;

const PASSIVE: u16 = 1 << 0;
const CANONICAL_NAME: u16 = 1 << 1;
const NUMERIC_HOST: u16 = 1 << 2;
const NUMERIC_SERVICE: u16 = 1 << 3;
const FLAGS: u16 = (1 << 7) - 1;

const TYPE_ANY: u32 = 0;
const PROTOCOL_TCP: u8 = 1;
const PROTOCOL_UDP: u8 = 2;

/// The services that have names here.
const SERVICES: [(&str, u16); 5] =
    [("domain", 53), ("http", 80), ("https", 443), ("smtp", 25), ("ssh", 22)];

/// Adds the function to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    define! { linker;
        "sock_getaddrinfo" = sock_getaddrinfo(
            node, node_len, service, service_len, hints, list, room, found
        );
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "those of the interface")]
async fn sock_getaddrinfo(
    caller: &mut Caller<'_>,
    node: u32,
    node_len: u32,
    service: u32,
    service_len: u32,
    hints: u32,
    list: u32,
    room: u32,
    found: u32,
) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    let node = text(memory, node, node_len)?;
    let service = text(memory, service, service_len)?;
    let hints = Hints::read(memory, hints)?;
    let mut at = read_u32(memory, list)?;
    slice(memory, found, 4)?;
    match (node.is_empty() && service.is_empty(), room) {
        (true, _) => return Err(Errno::AINONAME.into()),
        (_, 0) => return Err(Errno::AIMEMORY.into()),
        _ => {}
    }
    let port = port(&service, hints.flags)?;
    let addresses = addresses(context, &node, &hints).await?;
    let mut count = 0;
    for entry in addresses.iter().flat_map(|&ip| hints.entries(ip)).take(room as usize) {
        at = entry.write(memory, at, port)?;
        count += 1;
    }
    if count == 0 {
        return Err(Errno::AINONAME.into());
    }
    Ok(write_u32(memory, found, count)?)
}

/// Reads a name, with the 0 behind it or without.
fn text(memory: &[u8], at: u32, len: u32) -> Result<String, Errno> {
    let bytes = slice(memory, at, len)?;
    let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    if bytes.len() > NAME_MAX as usize {
        return Err(Errno::AINONAME);
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| Errno::AINONAME)
}

fn port(service: &str, flags: u16) -> Result<u16, Errno> {
    match service.parse() {
        Ok(port) => Ok(port),
        Err(_) if service.is_empty() => Ok(0),
        Err(_) if flags & NUMERIC_SERVICE != 0 => Err(Errno::AINONAME),
        Err(_) => {
            let known = SERVICES.iter().find(|(name, _)| *name == service);
            known.map(|(_, port)| *port).ok_or(Errno::AISERVICE)
        }
    }
}

async fn addresses(
    context: &mut ContainerContext,
    node: &str,
    hints: &Hints,
) -> Result<Vec<IpAddr>, Errno> {
    let found = match node.parse() {
        Ok(ip) => vec![ip],
        Err(_) if node.is_empty() && hints.flags & PASSIVE != 0 => {
            vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()]
        }
        Err(_) if node.is_empty() => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        Err(_) if hints.flags & NUMERIC_HOST != 0 => return Err(Errno::AINONAME),
        Err(_) => {
            let network = Arc::clone(context.sockets().member.network());
            network.lookup(node.to_owned()).await?
        }
    };
    let is_wanted = |ip: &IpAddr| hints.family.is_none_or(|family| family == Family::of(*ip));
    Ok(found.into_iter().filter(is_wanted).collect())
}

/// What the guest wants to have.
struct Hints {
    flags: u16,
    family: Option<Family>,
    /// Types, with their protocols.
    types: &'static [(u8, u8)],
}

impl Hints {
    fn read(memory: &[u8], at: u32) -> Result<Self, Errno> {
        const STREAM: (u8, u8) = (TYPE_STREAM as u8, PROTOCOL_TCP);
        const DATAGRAM: (u8, u8) = (TYPE_DATAGRAM as u8, PROTOCOL_UDP);
        let [low, high, wanted, kind, protocol] = read(memory, at)?;
        let flags = u16::from_le_bytes([low, high]);
        if flags & !FLAGS != 0 {
            return Err(Errno::AIBADFLAG);
        }
        let family = match wanted.into() {
            UNSPECIFIED => None,
            number => Some(family(number).ok_or(Errno::AIFAMILY)?),
        };
        let types: &[_] = match (kind.into(), protocol) {
            (TYPE_ANY, 0) => &[STREAM, DATAGRAM],
            (TYPE_ANY | TYPE_STREAM, 0 | PROTOCOL_TCP) => &[STREAM],
            (TYPE_ANY | TYPE_DATAGRAM, 0 | PROTOCOL_UDP) => &[DATAGRAM],
            _ => return Err(Errno::AISOCKTYPE),
        };
        Ok(Self { flags, family, types })
    }

    fn entries(&self, ip: IpAddr) -> impl Iterator<Item = Entry> {
        let flags = self.flags & !CANONICAL_NAME;
        self.types.iter().map(move |&(kind, protocol)| Entry { flags, ip, kind, protocol })
    }
}

/// What is written into one entry of the list.
struct Entry {
    flags: u16,
    ip: IpAddr,
    kind: u8,
    protocol: u8,
}

impl Entry {
    /// Writes it; returns where the next one is.
    fn write(&self, memory: &mut [u8], at: u32, port: u16) -> Result<u32, Errno> {
        let entry: [u8; 28] = read(memory, at)?;
        let word = |place| read_u32(&entry, place);
        let (socket_address, next) = (word(12)?, word(24)?);
        let family = number(Family::of(self.ip));
        let data = self.data(port);
        let [low, high] = self.flags.to_le_bytes();
        write(memory, at, &[low, high, family, self.kind, self.protocol])?;
        // The system counts the family, which is not among the data.
        let field = |place: u32| at.checked_add(place).ok_or(Errno::FAULT);
        write_u32(memory, field(8)?, data.len() as u32 + 2)?;
        write_u32(memory, field(20)?, 0)?;
        let data_at = read::<12>(memory, socket_address).and_then(|old| read_u32(&old, 8))?;
        write(memory, socket_address, &[family])?;
        write_u32(memory, socket_address.checked_add(4).ok_or(Errno::FAULT)?, data.len() as u32)?;
        write(memory, data_at, &data)?;
        Ok(next)
    }

    /// Returns the port and the address, as in a `sockaddr_in` or `sockaddr_in6` of C.
    fn data(&self, port: u16) -> Vec<u8> {
        let port = port.to_be_bytes();
        match self.ip {
            IpAddr::V4(v4) => [&port[..], &v4.octets(), &[0; 8]].concat(),
            IpAddr::V6(v6) => [&port[..], &[0; 4], &v6.octets(), &[0; 4]].concat(),
        }
    }
}
