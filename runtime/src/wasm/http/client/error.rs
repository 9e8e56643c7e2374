//! What goes wrong with a request, in the words of `wasi:http`.

use std::io;

use wasmtime_wasi_http::Error;

use crate::network::{LookupError, SocketError};

pub(super) fn of_lookup(error: LookupError) -> Error {
    match error {
        LookupError::InvalidName => Error::HttpRequestUriInvalid,
        LookupError::Unresolvable => {
            Error::DnsError { rcode: Some("address not available".to_owned()), info_code: None }
        }
        LookupError::AccessDenied => Error::HttpRequestDenied,
    }
}

pub(super) fn of_socket(error: SocketError) -> Error {
    match error {
        SocketError::ConnectionRefused => Error::ConnectionRefused,
        SocketError::ConnectionReset | SocketError::ConnectionBroken => Error::ConnectionTerminated,
        SocketError::AccessDenied => Error::DestinationIpProhibited,
        SocketError::RemoteUnreachable => Error::DestinationIpUnroutable,
        SocketError::InvalidArgument => Error::DestinationNotFound,
        SocketError::TimedOut => Error::ConnectionTimeout,
        SocketError::TooManySockets
        | SocketError::AddressInUse
        | SocketError::AddressNotBindable => Error::ConnectionLimitReached,
        SocketError::InvalidState
        | SocketError::NotSupported
        | SocketError::DatagramTooLarge
        | SocketError::Host(_) => Error::DestinationUnavailable,
    }
}

pub(super) fn of_tls(error: &io::Error) -> Error {
    let rustls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match rustls {
        Some(rustls::Error::InvalidCertificate(_)) => Error::TlsCertificateError,
        Some(rustls::Error::AlertReceived(alert)) => Error::TlsAlertReceived {
            alert_id: Some(u8::from(*alert)),
            alert_message: Some(format!("{alert:?}")),
        },
        Some(_) => Error::TlsProtocolError,
        None => Error::ConnectionTerminated,
    }
}

pub(super) fn of_hyper(error: &hyper::Error) -> Error {
    if error.is_incomplete_message() {
        Error::HttpResponseIncomplete
    } else if error.is_parse_too_large() {
        Error::HttpResponseHeaderSectionSize(None)
    } else if error.is_timeout() {
        Error::HttpResponseTimeout
    } else if is_of_io(error) {
        Error::ConnectionTerminated
    } else if error.is_user() {
        // The guest's body failed or was given up.
        Error::InternalError(Some(error.to_string()))
    } else {
        Error::HttpProtocolError
    }
}

fn is_of_io(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error);
    error.is_closed()
        || error.is_canceled()
        || error.is_body_write_aborted()
        || source.is_some_and(|source| source.is::<io::Error>())
}

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, CertificateError};

    use super::*;

    #[test]
    fn of_the_network() {
        for (error, expected) in [
            (SocketError::ConnectionRefused, "ConnectionRefused"),
            (SocketError::AccessDenied, "DestinationIpProhibited"),
            (SocketError::RemoteUnreachable, "DestinationIpUnroutable"),
            (SocketError::TimedOut, "ConnectionTimeout"),
            (SocketError::TooManySockets, "ConnectionLimitReached"),
        ] {
            assert_eq!(format!("{:?}", of_socket(error)), expected);
        }
        for (error, expected) in [
            (LookupError::InvalidName, "HttpRequestUriInvalid"),
            (LookupError::AccessDenied, "HttpRequestDenied"),
        ] {
            assert_eq!(format!("{:?}", of_lookup(error)), expected);
        }
    }

    #[test]
    fn of_tls_libraries() {
        for (error, expected) in [
            (rustls::Error::InvalidCertificate(CertificateError::Expired), "TlsCertificateError"),
            (
                rustls::Error::AlertReceived(AlertDescription::HandshakeFailure),
                "TlsAlertReceived { alert_id: Some(40), alert_message: Some(\"HandshakeFailure\") }",
            ),
            (rustls::Error::DecryptError, "TlsProtocolError"),
        ] {
            assert_eq!(format!("{:?}", of_tls(&io::Error::other(error))), expected);
        }
        let end = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(format!("{:?}", of_tls(&end)), "ConnectionTerminated");
    }
}
