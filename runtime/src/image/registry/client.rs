//! The HTTP clients: one for registries that speak TLS, one for those on loopback that do not.
//!
//! Each is made when it is first needed: reading the system's certificates takes longer than a
//! container's whole start.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;

use super::error::{PullError, innermost};

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

const REDIRECTS_MAX: usize = 10;

/// The clients of one process.
#[derive(Debug)]
pub(super) struct Clients {
    read_timeout: Duration,
    secure: OnceLock<Client>,
    plain: OnceLock<Client>,
}

impl Clients {
    pub(super) fn new(read_timeout: Duration) -> Self {
        Self { read_timeout, secure: OnceLock::new(), plain: OnceLock::new() }
    }

    /// Returns the client that speaks TLS.
    pub(super) fn secure(&self) -> Result<&Client, PullError> {
        self.get_or_build(&self.secure, |builder| {
            // A redirect must not make a secure download an insecure one.
            builder.https_only(true)
        })
    }

    /// Returns the client that need not. It trusts nobody, so it needs no certificates, and no proxy
    /// leads to this host.
    pub(super) fn plain(&self) -> Result<&Client, PullError> {
        self.get_or_build(&self.plain, |builder| builder.tls_certs_only([]).no_proxy())
    }

    fn get_or_build<'a>(
        &self,
        cell: &'a OnceLock<Client>,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<&'a Client, PullError> {
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        install_crypto();
        let builder = Client::builder()
            .user_agent(concat!("wasmpod/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(self.read_timeout)
            .referer(false)
            .redirect(Policy::limited(REDIRECTS_MAX));
        let client =
            configure(builder).build().map_err(|error| PullError::Client(innermost(&error)))?;
        Ok(cell.get_or_init(|| client))
    }
}

/// Chooses *ring* for TLS, unless the embedding program chose already.
pub(super) fn install_crypto() {
    // An error says that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Whether a registry, by name or address and perhaps a port, is on this host.
pub(super) fn is_loopback(registry: &str) -> bool {
    let host = match registry.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => registry.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback() {
        for (registry, expected) in [
            ("localhost", true),
            ("localhost:5000", true),
            ("127.0.0.1", true),
            ("127.9.9.9:80", true),
            ("[::1]:5000", true),
            ("[::1]", true),
            ("ghcr.io", false),
            ("localhost.example.org", false),
            ("10.0.0.1:5000", false),
            ("[2001:db8::1]:5000", false),
            ("127.0.0.1.example.org", false),
        ] {
            assert_eq!(is_loopback(registry), expected, "{registry}");
        }
    }
}
