//! TLS to a server that has to prove who it is, to what the host trusts.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wasmtime_wasi_http::Error;

use super::error;
use crate::wasm::compile::in_thread;

/// What all containers of the process connect with. The host's certificates are read when a guest
/// first needs them.
#[derive(Default)]
pub(in crate::wasm) struct Tls(OnceCell<TlsConnector>);

impl Tls {
    /// Agrees on TLS with the server at `host`.
    pub(super) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        host: &str,
        stream: S,
    ) -> Result<TlsStream<S>, Error> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| Error::HttpRequestUriInvalid)?;
        let connector = self.connector().await?;
        connector.connect(name, stream).await.map_err(|error: io::Error| {
            tracing::debug!(host, %error, "no TLS");
            error::of_tls(&error)
        })
    }

    async fn connector(&self) -> Result<&TlsConnector, Error> {
        self.0.get_or_try_init(|| in_thread(connector)).await.map_err(|error| {
            tracing::warn!("there is no TLS for guests: {error}");
            Error::ConfigurationError
        })
    }
}

fn connector() -> Result<TlsConnector, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?;
    Ok(Arc::new(config.with_no_client_auth()).into())
}

#[cfg(test)]
mod tests {
    use rustls::{RootCertStore, ServerConfig};
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// Returns what a client that trusts the server's certificate, or one that trusts what the
    /// host trusts, is told of a server that calls itself `localhost`.
    async fn connect(host: &str, is_trusted: bool) -> Result<(), Error> {
        let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(signed.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.cert.der().clone()], key.unwrap())
            .unwrap();
        let tls = if is_trusted {
            let mut roots = RootCertStore::empty();
            roots.add(signed.cert.der().clone()).unwrap();
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            Tls(OnceCell::new_with(Some(Arc::new(config).into())))
        } else {
            Tls::default()
        };
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let accept = TlsAcceptor::from(Arc::new(server)).accept(theirs);
        let (connected, _) = tokio::join!(tls.connect(host, ours), accept);
        connected.map(drop)
    }

    #[tokio::test]
    async fn who_is_trusted() {
        for (host, is_trusted, expected) in [
            ("localhost", true, "Ok(())"),
            ("other", true, "Err(TlsCertificateError)"),
            ("localhost", false, "Err(TlsCertificateError)"),
            ("a b", true, "Err(HttpRequestUriInvalid)"),
        ] {
            let found = format!("{:?}", connect(host, is_trusted).await);
            assert_eq!(found, expected, "{host}, {is_trusted}");
        }
    }
}
