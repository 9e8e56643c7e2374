//! TLS to a server whose certificate nobody looks at: a container signs its own, and it may be old.
//!
//! It hides nothing from whoever is in between, and need not: between the node and its pod is
//! nobody.

use std::io;
use std::sync::{Arc, LazyLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::dial::Stream;
use super::recorded::Recorded;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    /// The server speaks HTTP in the clear.
    #[error("http: server gave HTTP response to HTTPS client")]
    PlainHttp,
    /// The host can be in no certificate.
    #[error("tls: {0:?} is not a server name")]
    Name(String),
    /// The connection ended.
    #[error("EOF")]
    Closed,
    /// The server did something that TLS forbids, or did not agree with us.
    #[error("tls: {0}")]
    Handshake(io::Error),
}

static CONFIG: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the ciphers of TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting));
    Arc::new(config.with_no_client_auth())
});

/// Agrees on TLS with the server at `host`.
pub(super) async fn connect<S: Stream>(
    stream: S,
    host: &str,
) -> Result<TlsStream<Recorded<S>>, TlsError> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| TlsError::Name(host.to_owned()))?;
    let (stream, opening) = Recorded::new(stream);
    let connected = TlsConnector::from(Arc::clone(&CONFIG)).connect(name, stream).await;
    connected.map_err(|error| match error.kind() {
        _ if opening.bytes().starts_with(b"HTTP/") => TlsError::PlainHttp,
        io::ErrorKind::UnexpectedEof => TlsError::Closed,
        _ => TlsError::Handshake(error),
    })
}

/// Takes any certificate, and any signature with it.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    /// Names all that a server may have, also what `ring` could not verify.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
        ]
    }
}
