//! The HTTP clients: one for registries that speak TLS, one for those on loopback that do not, and
//! one for each file of certificates that the configuration names.
//!
//! Each is made when it is first needed: reading the system's certificates takes longer than a
//! container's whole start.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder};

use super::error::{PullError, innermost};

const REDIRECTS_MAX: usize = 10;

/// The system's own file has a quarter of that.
const CA_MAX_BYTES: u64 = 1 << 20;

/// The clients of one process.
#[derive(Debug)]
pub(super) struct Clients {
    connect_timeout: Duration,
    read_timeout: Duration,
    secure: OnceLock<Client>,
    plain: OnceLock<Client>,
    /// By the file of certificates.
    with_ca: Mutex<BTreeMap<PathBuf, Client>>,
}

impl Clients {
    pub(super) fn new(connect_timeout: Duration, read_timeout: Duration) -> Self {
        let (secure, plain) = (OnceLock::new(), OnceLock::new());
        Self { connect_timeout, read_timeout, secure, plain, with_ca: Mutex::default() }
    }

    /// Returns the client that speaks TLS, and trusts these authorities besides the system's.
    pub(super) fn secure(&self, ca: Option<&Path>) -> Result<Client, PullError> {
        // A redirect must not make a secure download an insecure one.
        let Some(ca) = ca else {
            return self.get_or_build(&self.secure, |builder| builder.https_only(true));
        };
        let mut with_ca = self.with_ca.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = with_ca.get(ca) {
            return Ok(client.clone());
        }
        let fail = |why| PullError::Ca { path: ca.to_owned(), why };
        let certificates = Certificate::from_pem_bundle(&read_ca(ca)?);
        let certificates = certificates.map_err(|error| fail(innermost(&error)))?;
        if certificates.is_empty() {
            return Err(fail("it has no certificate in PEM".to_owned()));
        }
        let builder = self.builder().https_only(true).tls_certs_merge(certificates);
        let client = builder.build().map_err(|error| fail(innermost(&error)))?;
        with_ca.insert(ca.to_owned(), client.clone());
        Ok(client)
    }

    /// Returns the client that need not. It trusts nobody, so it needs no certificates, and no proxy
    /// leads to this host.
    pub(super) fn plain(&self) -> Result<Client, PullError> {
        self.get_or_build(&self.plain, |builder| builder.tls_certs_only([]).no_proxy())
    }

    fn get_or_build(
        &self,
        cell: &OnceLock<Client>,
        configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, PullError> {
        if let Some(client) = cell.get() {
            return Ok(client.clone());
        }
        let client = configure(self.builder()).build();
        let client = client.map_err(|error| PullError::Client(innermost(&error)))?;
        Ok(cell.get_or_init(|| client).clone())
    }

    fn builder(&self) -> ClientBuilder {
        install_crypto();
        Client::builder()
            .user_agent(concat!("wasmpod/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            .referer(false)
            .redirect(Policy::limited(REDIRECTS_MAX))
    }
}

/// Reads a file of certificates.
pub(super) fn read_ca(path: &Path) -> Result<Vec<u8>, PullError> {
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(CA_MAX_BYTES).read_to_end(&mut pem))
        .map_err(|error| PullError::Ca { path: path.to_owned(), why: error.to_string() })?;
    Ok(pem)
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
