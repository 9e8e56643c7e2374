//! Why an operation on a socket failed, in the words that POSIX has for it.

use std::io;

/// Why an operation on a socket failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SocketError {
    /// Another socket listens there, or there is no free port left.
    #[error("address already in use")]
    AddressInUse,
    /// The address is not one of the pod's.
    #[error("cannot assign requested address")]
    AddressNotBindable,
    /// The address can never be used for this.
    #[error("invalid argument")]
    InvalidArgument,
    /// The socket is not in a state for this.
    #[error("the socket is in another state")]
    InvalidState,
    /// A policy forbids it.
    #[error("permission denied")]
    AccessDenied,
    /// Nobody listens there.
    #[error("connection refused")]
    ConnectionRefused,
    /// The peer went away with our bytes unread.
    #[error("connection reset by peer")]
    ConnectionReset,
    /// This side has no way to send any more.
    #[error("broken pipe")]
    ConnectionBroken,
    /// There is no way to the address.
    #[error("network is unreachable")]
    RemoteUnreachable,
    /// There was no answer.
    #[error("connection timed out")]
    TimedOut,
    /// No datagram can be so long.
    #[error("message too long")]
    DatagramTooLarge,
    /// The container has as many sockets as it may have.
    #[error("too many open sockets")]
    TooManySockets,
    /// There is no such thing here.
    #[error("operation not supported")]
    NotSupported,
    /// The host's network said something else.
    #[error("{0}")]
    Host(io::ErrorKind),
}

impl From<io::Error> for SocketError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::AddrInUse => Self::AddressInUse,
            Kind::AddrNotAvailable => Self::AddressNotBindable,
            Kind::InvalidInput => Self::InvalidArgument,
            Kind::NotConnected => Self::InvalidState,
            Kind::PermissionDenied => Self::AccessDenied,
            Kind::ConnectionRefused => Self::ConnectionRefused,
            Kind::ConnectionReset | Kind::ConnectionAborted => Self::ConnectionReset,
            Kind::BrokenPipe => Self::ConnectionBroken,
            Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
                Self::RemoteUnreachable
            }
            Kind::TimedOut => Self::TimedOut,
            Kind::Unsupported => Self::NotSupported,
            other => Self::Host(other),
        }
    }
}

impl From<SocketError> for io::Error {
    fn from(error: SocketError) -> Self {
        use io::ErrorKind as Kind;
        let kind = match error {
            SocketError::AddressInUse => Kind::AddrInUse,
            SocketError::AddressNotBindable => Kind::AddrNotAvailable,
            SocketError::InvalidArgument | SocketError::DatagramTooLarge => Kind::InvalidInput,
            SocketError::InvalidState => Kind::NotConnected,
            SocketError::AccessDenied => Kind::PermissionDenied,
            SocketError::ConnectionRefused => Kind::ConnectionRefused,
            SocketError::ConnectionReset => Kind::ConnectionReset,
            SocketError::ConnectionBroken => Kind::BrokenPipe,
            SocketError::RemoteUnreachable => Kind::NetworkUnreachable,
            SocketError::TimedOut => Kind::TimedOut,
            SocketError::TooManySockets => Kind::QuotaExceeded,
            SocketError::NotSupported => Kind::Unsupported,
            SocketError::Host(kind) => kind,
        };
        Self::new(kind, error)
    }
}
