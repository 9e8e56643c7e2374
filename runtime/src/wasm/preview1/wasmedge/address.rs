//! Addresses in a guest's memory: `{ buffer, length }`, and in a buffer of
//!
//! | length | what is there |
//! |---|---|
//! | 4, 16 | the bytes of an address of IPv4, of IPv6 |
//! | 128 | the family in two bytes, then the bytes of the address |
//!
//! The port is always beside it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::super::errno::Errno;
use super::super::memory::{read, read_u32, slice, write};
use crate::network::Family;

/// How families are numbered.
pub(super) const UNSPECIFIED: u32 = 0;
const INET4: u32 = 1;
const INET6: u32 = 2;

const STORAGE_LEN: u32 = 128;

/// Returns the family of that number, if there is such a one.
pub(super) fn family(number: u32) -> Option<Family> {
    match number {
        INET4 => Some(Family::V4),
        INET6 => Some(Family::V6),
        _ => None,
    }
}

/// Returns the number of a family.
pub(super) fn number(family: Family) -> u8 {
    match family {
        Family::V4 => INET4 as u8,
        Family::V6 => INET6 as u8,
    }
}

/// Where an address is, or is to be written.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressBuffer {
    at: u32,
    len: u32,
}

impl AddressBuffer {
    /// Reads where it is.
    pub(super) fn read(memory: &[u8], at: u32) -> Result<Self, Errno> {
        let [at, len] = read::<8>(memory, at).map(|words| {
            [0, 4].map(|word| u32::from_le_bytes(words[word..][..4].try_into().expect("four")))
        })?;
        slice(memory, at, len)?;
        match len {
            4 | 16 | STORAGE_LEN => Ok(Self { at, len }),
            _ => Err(Errno::INVAL),
        }
    }

    /// Returns the address that is there.
    pub(super) fn address(self, memory: &[u8], port: u32) -> Result<SocketAddr, Errno> {
        let port = u16::try_from(port).map_err(|_| Errno::INVAL)?;
        let v4 = |at| read(memory, at).map(|bytes| IpAddr::V4(Ipv4Addr::from_octets(bytes)));
        let v6 = |at| read(memory, at).map(|bytes| IpAddr::V6(Ipv6Addr::from_octets(bytes)));
        let ip = match self.len {
            4 => v4(self.at)?,
            16 => v6(self.at)?,
            _ => match read_u32(memory, self.at)? & 0xffff {
                INET4 => v4(self.at + 2)?,
                INET6 => v6(self.at + 2)?,
                _ => return Err(Errno::AFNOSUPPORT),
            },
        };
        Ok((ip, port).into())
    }

    /// Writes an address there.
    pub(super) fn write(self, memory: &mut [u8], ip: IpAddr) -> Result<(), Errno> {
        if self.len != STORAGE_LEN {
            return self.write_bare(memory, ip);
        }
        write(memory, self.at, &u16::from(number(Family::of(ip))).to_le_bytes())?;
        Self { at: self.at + 2, len: self.len - 2 }.write_bare(memory, ip)
    }

    /// Writes the bytes of an address there, and nothing else, however long it is.
    pub(super) fn write_bare(self, memory: &mut [u8], ip: IpAddr) -> Result<(), Errno> {
        match ip {
            IpAddr::V4(v4) => write(memory, self.at, &v4.octets()),
            IpAddr::V6(_) if self.len < 16 => Err(Errno::INVAL),
            IpAddr::V6(v6) => write(memory, self.at, &v6.octets()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressBuffer, Errno};

    /// A memory with a buffer of that length at 16, and where that is at 0.
    fn memory(len: u32) -> Vec<u8> {
        let mut memory = [16_u32.to_le_bytes(), len.to_le_bytes()].concat();
        memory.resize(16 + 128, 0);
        memory
    }

    #[test]
    fn what_is_written_is_read() {
        for (len, ip, expected) in [
            (4, "1.2.3.4", Ok("1.2.3.4")),
            (4, "fd88::2", Err(Errno::INVAL)),
            // The family is told beside it.
            (16, "1.2.3.4", Ok("102:304::")),
            (16, "fd88::2", Ok("fd88::2")),
            (128, "1.2.3.4", Ok("1.2.3.4")),
            (128, "fd88::2", Ok("fd88::2")),
        ] {
            let mut memory = memory(len);
            let buffer = AddressBuffer::read(&memory, 0).unwrap();
            let written = buffer.write(&mut memory, ip.parse().unwrap());
            let found = written.and_then(|()| buffer.address(&memory, 80));
            let expected = expected.map(|ip| (ip.parse::<std::net::IpAddr>().unwrap(), 80).into());
            assert_eq!(found, expected, "{len} {ip}");
        }
    }

    #[test]
    fn what_is_none_is_an_error() {
        for (len, expected) in
            [(0, Errno::INVAL), (5, Errno::INVAL), (129, Errno::FAULT), (u32::MAX, Errno::FAULT)]
        {
            assert_eq!(AddressBuffer::read(&memory(len), 0).unwrap_err(), expected, "{len}");
        }
        let memory = memory(128);
        assert_eq!(AddressBuffer::read(&memory, u32::MAX).unwrap_err(), Errno::FAULT);
        let buffer = AddressBuffer::read(&memory, 0).unwrap();
        assert_eq!(buffer.address(&memory, 80), Err(Errno::AFNOSUPPORT));
        assert_eq!(buffer.address(&memory, 65536), Err(Errno::INVAL));
    }
}
