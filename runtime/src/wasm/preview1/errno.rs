//! The error numbers of WASI 0.1, and what a host function comes to.

use crate::network::{LookupError, SocketError};

/// An error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Errno(u16);

impl Errno {
    pub(super) const ACCES: Self = Self(2);
    pub(super) const ADDRINUSE: Self = Self(3);
    pub(super) const ADDRNOTAVAIL: Self = Self(4);
    pub(super) const AFNOSUPPORT: Self = Self(5);
    pub(super) const AGAIN: Self = Self(6);
    pub(super) const ALREADY: Self = Self(7);
    pub(super) const BADF: Self = Self(8);
    pub(super) const CONNABORTED: Self = Self(13);
    pub(super) const CONNREFUSED: Self = Self(14);
    pub(super) const CONNRESET: Self = Self(15);
    pub(super) const DESTADDRREQ: Self = Self(17);
    pub(super) const FAULT: Self = Self(21);
    pub(super) const INPROGRESS: Self = Self(26);
    pub(super) const INVAL: Self = Self(28);
    pub(super) const IO: Self = Self(29);
    pub(super) const ISCONN: Self = Self(30);
    pub(super) const MFILE: Self = Self(33);
    pub(super) const MSGSIZE: Self = Self(35);
    pub(super) const NETUNREACH: Self = Self(40);
    pub(super) const NOPROTOOPT: Self = Self(50);
    pub(super) const NOTCONN: Self = Self(53);
    pub(super) const NOTDIR: Self = Self(54);
    pub(super) const NOTSOCK: Self = Self(57);
    pub(super) const NOTSUP: Self = Self(58);
    pub(super) const PIPE: Self = Self(64);
    pub(super) const SPIPE: Self = Self(70);
    pub(super) const TIMEDOUT: Self = Self(73);

    // Of `getaddrinfo`, by WasmEdge.
    pub(super) const AIBADFLAG: Self = Self(79);
    pub(super) const AIFAMILY: Self = Self(81);
    pub(super) const AIMEMORY: Self = Self(82);
    pub(super) const AINONAME: Self = Self(84);
    pub(super) const AISERVICE: Self = Self(85);
    pub(super) const AISOCKTYPE: Self = Self(86);

    /// Returns it as it is written to memory.
    pub(super) fn number(self) -> u16 {
        self.0
    }
}

impl From<SocketError> for Errno {
    fn from(error: SocketError) -> Self {
        match error {
            SocketError::AddressInUse => Self::ADDRINUSE,
            SocketError::AddressNotBindable => Self::ADDRNOTAVAIL,
            SocketError::InvalidArgument | SocketError::InvalidState => Self::INVAL,
            SocketError::AccessDenied => Self::ACCES,
            SocketError::ConnectionRefused => Self::CONNREFUSED,
            SocketError::ConnectionReset => Self::CONNRESET,
            SocketError::ConnectionBroken => Self::PIPE,
            SocketError::RemoteUnreachable => Self::NETUNREACH,
            SocketError::TimedOut => Self::TIMEDOUT,
            SocketError::DatagramTooLarge => Self::MSGSIZE,
            SocketError::TooManySockets => Self::MFILE,
            SocketError::NotSupported => Self::NOTSUP,
            SocketError::Host(_) => Self::IO,
        }
    }
}

/// Why a host function did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The guest is told.
    Errno(Errno),
    /// The guest ends.
    Trap(wasmtime::Error),
}

impl<E: Into<Errno>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Errno(error.into())
    }
}

/// What a host function comes to.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// Returns what the guest sees of it.
pub(super) fn returned(outcome: Outcome) -> wasmtime::Result<i32> {
    match outcome {
        Ok(()) => Ok(0),
        Err(Failure::Errno(errno)) => Ok(errno.0.into()),
        Err(Failure::Trap(error)) => Err(error),
    }
}

/// Takes what a stock function returns to the guest.
pub(super) fn of_stock(returned: wasmtime::Result<i32>) -> Outcome {
    match returned.map_err(Failure::Trap)? {
        0 => Ok(()),
        number => Err(Errno(number as u16).into()),
    }
}

impl From<LookupError> for Errno {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::InvalidName | LookupError::Unresolvable => Self::AINONAME,
            LookupError::AccessDenied => Self::ACCES,
        }
    }
}
