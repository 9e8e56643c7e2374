//! The port table of a pod: who is bound where, and who listens.
//!
//! Pure. The rules are those of Linux for sockets with `SO_REUSEADDR`, which WASI prescribes: any
//! number of sockets may be *bound* to an address, but where one *listens* no other may bind or
//! listen. A wildcard overlaps with every address of its family, and with none of the other.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use super::address::Family;
use super::error::SocketError;

/// Where ports come from that nobody asked for by number, as on Linux.
pub(super) const EPHEMERAL: RangeInclusive<u16> = 32768..=60999;

/// Who holds a binding: one run of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner(pub(super) u64);

/// One binding in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BindingId {
    port: u16,
    number: u64,
}

impl BindingId {
    /// Returns the port.
    pub(super) fn port(self) -> u16 {
        self.port
    }
}

#[derive(Debug)]
struct Binding<L> {
    number: u64,
    owner: Owner,
    address: IpAddr,
    listener: Option<L>,
}

/// The table; `L` is what listens.
#[derive(Debug)]
pub(super) struct PortTable<L> {
    bindings: BTreeMap<u16, Vec<Binding<L>>>,
    last_number: u64,
    next_ephemeral: u16,
}

impl<L> Default for PortTable<L> {
    fn default() -> Self {
        Self { bindings: BTreeMap::new(), last_number: 0, next_ephemeral: *EPHEMERAL.start() }
    }
}

impl<L> PortTable<L> {
    /// Binds; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// [`SocketError::AddressInUse`]: somebody listens there, or no port is free.
    pub(super) fn bind(
        &mut self,
        owner: Owner,
        address: IpAddr,
        port: u16,
    ) -> Result<BindingId, SocketError> {
        let port = match port {
            0 => self.free_port(address).ok_or(SocketError::AddressInUse)?,
            port if self.listens_at(address, port) => return Err(SocketError::AddressInUse),
            port => port,
        };
        self.last_number += 1;
        let number = self.last_number;
        let binding = Binding { number, owner, address, listener: None };
        self.bindings.entry(port).or_default().push(binding);
        Ok(BindingId { port, number })
    }

    /// Lets `listener` listen where a binding is.
    ///
    /// # Errors
    ///
    /// [`SocketError::AddressInUse`]: another one listens there.
    /// [`SocketError::InvalidState`]: the binding is gone.
    pub(super) fn listen(&mut self, id: BindingId, listener: L) -> Result<(), SocketError> {
        let address = self.find(id).ok_or(SocketError::InvalidState)?.address;
        if self.listens_at(address, id.port) {
            return Err(SocketError::AddressInUse);
        }
        self.find(id).ok_or(SocketError::InvalidState)?.listener = Some(listener);
        Ok(())
    }

    /// Returns who takes a connection to `address`: who listens on just that before who listens
    /// on all.
    pub(super) fn listener(&self, address: SocketAddr) -> Option<&L> {
        let all = Family::of(address.ip()).unspecified();
        let at = |wanted: IpAddr| {
            let bindings = self.bindings.get(&address.port())?;
            bindings
                .iter()
                .filter(|binding| binding.address == wanted)
                .find_map(|b| b.listener.as_ref())
        };
        at(address.ip()).or_else(|| at(all))
    }

    /// Gives a binding up. One that is gone already is no harm.
    pub(super) fn release(&mut self, id: BindingId) {
        if let Some(bindings) = self.bindings.get_mut(&id.port) {
            bindings.retain(|binding| binding.number != id.number);
            if bindings.is_empty() {
                self.bindings.remove(&id.port);
            }
        }
    }

    /// Gives up all that `owner` holds; returns what listened.
    pub(super) fn release_all(&mut self, owner: Owner) -> Vec<L> {
        let mut listeners = Vec::new();
        self.bindings.retain(|_, bindings| {
            let gone = bindings.extract_if(.., |binding| binding.owner == owner);
            listeners.extend(gone.filter_map(|binding| binding.listener));
            !bindings.is_empty()
        });
        listeners
    }

    fn find(&mut self, id: BindingId) -> Option<&mut Binding<L>> {
        let bindings = self.bindings.get_mut(&id.port)?;
        bindings.iter_mut().find(|binding| binding.number == id.number)
    }

    fn listens_at(&self, address: IpAddr, port: u16) -> bool {
        let bindings = self.bindings.get(&port).into_iter().flatten();
        bindings
            .filter(|binding| binding.listener.is_some())
            .any(|binding| overlap(binding.address, address))
    }

    /// Goes around the range, so that a port that was just given up rests for a while.
    fn free_port(&mut self, address: IpAddr) -> Option<u16> {
        let (first, last) = (*EPHEMERAL.start(), *EPHEMERAL.end());
        let from_here = (self.next_ephemeral..=last).chain(first..self.next_ephemeral);
        let is_free = |port: &u16| {
            let bindings = self.bindings.get(port).into_iter().flatten();
            !bindings.into_iter().any(|binding| overlap(binding.address, address))
        };
        let port = from_here.into_iter().find(is_free)?;
        self.next_ephemeral = if port == last { first } else { port + 1 };
        Some(port)
    }
}

fn overlap(one: IpAddr, other: IpAddr) -> bool {
    Family::of(one) == Family::of(other)
        && (one == other || one.is_unspecified() || other.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Owner = Owner(1);
    const TWO: Owner = Owner(2);

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Listens at `first`; says what binding and what listening at `second` gives then.
    #[test]
    fn conflicts() {
        for (first, second, is_free) in [
            ("0.0.0.0", "0.0.0.0", false),
            ("0.0.0.0", "127.0.0.1", false),
            ("127.0.0.1", "0.0.0.0", false),
            ("127.0.0.1", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.2", true),
            ("127.0.0.1", "10.88.0.2", true),
            ("0.0.0.0", "::", true),
            ("::", "::", false),
            ("::", "::1", false),
            ("::1", "127.0.0.1", true),
        ] {
            let mut table = PortTable::default();
            let bound = table.bind(ONE, ip(first), 80).unwrap();
            let also_bound = table.bind(TWO, ip(second), 80).unwrap();
            table.listen(bound, "first").unwrap();
            let expected = if is_free { Ok(()) } else { Err(SocketError::AddressInUse) };
            assert_eq!(table.listen(also_bound, "second"), expected, "{first} {second}");
            let again = table.bind(TWO, ip(second), 80).map(drop);
            assert_eq!(again, Err(SocketError::AddressInUse), "{first} {second}");
        }
    }

    #[test]
    fn the_more_specific_listens() {
        let mut table = PortTable::default();
        for (address, name) in [("127.0.0.1", "one"), ("::", "six")] {
            let id = table.bind(ONE, ip(address), 80).unwrap();
            table.listen(id, name).unwrap();
        }
        for (address, expected) in [
            ("127.0.0.1:80", Some("one")),
            ("127.0.0.2:80", None),
            ("127.0.0.1:81", None),
            ("[::1]:80", Some("six")),
            ("[fd88::2]:80", Some("six")),
        ] {
            let found = table.listener(address.parse().unwrap()).copied();
            assert_eq!(found, expected, "{address}");
        }
    }

    #[test]
    fn what_is_released_is_free() {
        let mut table = PortTable::default();
        let id = table.bind(ONE, ip("0.0.0.0"), 80).unwrap();
        table.listen(id, "one").unwrap();
        table.release(id);
        table.release(id);
        assert_eq!(table.listen(id, "one"), Err(SocketError::InvalidState));
        let id = table.bind(TWO, ip("0.0.0.0"), 80).unwrap();
        table.listen(id, "two").unwrap();
        assert!(table.release_all(ONE).is_empty());
        assert_eq!(table.release_all(TWO), ["two"]);
        assert!(table.bindings.is_empty());
    }

    #[test]
    fn ephemeral_ports() {
        let mut table: PortTable<()> = PortTable::default();
        let first = table.bind(ONE, ip("127.0.0.1"), 0).unwrap();
        assert_eq!(first.port(), 32768);
        table.release(first);
        assert_eq!(table.bind(ONE, ip("127.0.0.1"), 0).unwrap().port(), 32769, "not at once");
        while table.bind(ONE, ip("0.0.0.0"), 0).is_ok() {}
        assert_eq!(table.bind(ONE, ip("127.0.0.1"), 0), Err(SocketError::AddressInUse));
        assert!(table.bind(ONE, ip("::1"), 0).is_ok(), "the other family has its own");
        assert!(table.bind(ONE, ip("0.0.0.0"), 80).is_ok(), "by number");
    }
}
