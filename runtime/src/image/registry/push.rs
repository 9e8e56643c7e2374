//! Sends an image of the store to its registry.
//!
//! The protocol of uploads is the client library's; a registry that one pushes to is one's own, so
//! its answers need not be bounded as those of a pull.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::Stream;
use oci_distribution::client::{Certificate, CertificateEncoding, ClientConfig, ClientProtocol};
use oci_distribution::errors::OciDistributionError;
use oci_distribution::secrets::RegistryAuth;
use oci_distribution::{Client, Reference as OciReference, RegistryOperation};
use reqwest::header::HeaderValue;

use super::credentials::{self, Credentials};
use super::error::{PullError, innermost};
use super::{Progress, PullEvent, Registry, client};
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, Manifest, media_type};
use crate::image::reference::Reference;
use crate::image::store::{ImageStore, StoreError};

/// How much is read from the disk at once.
const PIECE_BYTES: u64 = 1 << 20;

impl Registry {
    /// Pushes what the store has under this name and returns the digest of its manifest.
    pub async fn push(
        &self,
        store: &ImageStore,
        reference: &Reference,
        progress: Progress<'_>,
    ) -> Result<Digest, PullError> {
        let _in_use = store.hold();
        let (descriptor, manifest) = store.manifest(reference)?;
        self.push_manifest(store, reference, &descriptor, &manifest, progress).await
    }

    /// Pushes the same in the form that containerd's CRI runs.
    pub async fn push_for_containerd(
        &self,
        store: &ImageStore,
        reference: &Reference,
        progress: Progress<'_>,
    ) -> Result<Digest, PullError> {
        let in_use = store.hold_for_writing()?;
        let (descriptor, manifest) = store.convert_for_containerd(&in_use, reference)?;
        self.push_manifest(store, reference, &descriptor, &manifest, progress).await
    }

    async fn push_manifest(
        &self,
        store: &ImageStore,
        reference: &Reference,
        descriptor: &Descriptor,
        manifest: &Manifest,
        progress: Progress<'_>,
    ) -> Result<Digest, PullError> {
        let upload = self.upload(reference)?;
        upload.log_in().await?;
        for blob in manifest.layers.iter().chain([&manifest.config]) {
            progress(PullEvent::Blob { digest: &blob.digest, size_bytes: blob.size });
            upload.blob(store, blob).await?;
            progress(PullEvent::Bytes { digest: &blob.digest, count: blob.size });
        }
        upload.manifest(store, descriptor).await?;
        Ok(descriptor.digest.clone())
    }

    fn upload<'a>(&self, reference: &'a Reference) -> Result<Upload<'a>, PullError> {
        client::install_crypto();
        let registry = reference.registry().to_owned();
        let protocol = match self.is_plain(&registry) {
            true => ClientProtocol::Http,
            false => ClientProtocol::Https,
        };
        let certificates = match self.ca(&registry).filter(|_| !self.is_plain(&registry)) {
            Some(ca) => {
                vec![Certificate { encoding: CertificateEncoding::Pem, data: client::read_ca(ca)? }]
            }
            None => Vec::new(),
        };
        let config = ClientConfig {
            protocol,
            connect_timeout: Some(self.config.connect_timeout),
            extra_root_certificates: certificates,
            // One request for a blob. In pieces it would be two requests for each.
            use_monolithic_push: true,
            ..ClientConfig::default()
        };
        let client =
            Client::try_from(config).map_err(|error| PullError::Client(innermost(&error)))?;
        let credentials = match &self.config.docker_config {
            Some(path) => credentials::find(path, reference)
                .map_err(|why| PullError::Credentials { registry: registry.clone(), why })?
                .into_iter()
                .next(),
            None => None,
        };
        let repository = reference.repository().to_owned();
        let target = match (reference.tag(), reference.digest()) {
            (Some(tag), _) => OciReference::with_tag(registry, repository, tag.to_owned()),
            (None, Some(digest)) => {
                OciReference::with_digest(registry, repository, digest.to_string())
            }
            (None, None) => OciReference::with_tag(registry, repository, "latest".to_owned()),
        };
        Ok(Upload { client, target, reference, credentials })
    }
}

struct Upload<'a> {
    client: Client,
    target: OciReference,
    reference: &'a Reference,
    credentials: Option<Credentials>,
}

impl Upload<'_> {
    async fn log_in(&self) -> Result<(), PullError> {
        let auth = match &self.credentials {
            None => RegistryAuth::Anonymous,
            Some(Credentials::Password { user, password }) => {
                RegistryAuth::Basic(user.clone(), password.clone())
            }
            Some(Credentials::IdentityToken(_)) => {
                return Err(PullError::Credentials {
                    registry: self.reference.registry().to_owned(),
                    why: "identity tokens cannot be used for a push".to_owned(),
                });
            }
        };
        let token = self.client.auth(&self.target, &auth, RegistryOperation::Push).await;
        token.map(drop).map_err(|error| self.failed("a login", &error))
    }

    async fn blob(&self, store: &ImageStore, blob: &Descriptor) -> Result<(), PullError> {
        let what = format!("blob {}", blob.digest);
        let is_there = self.client.blob_exists(&self.target, blob.digest.as_str()).await;
        if is_there.map_err(|error| self.failed(&what, &error))? {
            return Ok(());
        }
        let path = store.blob_path(&blob.digest);
        let file = File::open(&path).map_err(|_| StoreError::NoBlob(blob.digest.clone()))?;
        let pieces = pieces(file, path);
        let pushed = self.client.push_blob_stream(
            &self.target,
            pieces,
            blob.digest.as_str(),
            Some(blob.size),
        );
        pushed.await.map(drop).map_err(|error| self.failed(&what, &error))
    }

    async fn manifest(&self, store: &ImageStore, manifest: &Descriptor) -> Result<(), PullError> {
        let path = store.blob_path(&manifest.digest);
        let bytes =
            std::fs::read(&path).map_err(|_| StoreError::NoBlob(manifest.digest.clone()))?;
        let kind = HeaderValue::from_str(&manifest.media_type)
            .unwrap_or(HeaderValue::from_static(media_type::MANIFEST));
        let pushed = self.client.push_manifest_raw(&self.target, bytes, kind).await;
        pushed.map(drop).map_err(|error| self.failed("the manifest", &error))
    }

    /// Says what the library's error means.
    fn failed(&self, what: &str, error: &OciDistributionError) -> PullError {
        let registry = self.reference.registry().to_owned();
        let repository = self.reference.repository().to_owned();
        let message = || format!(" ({})", innermost(error));
        match error {
            OciDistributionError::UnauthorizedError { .. }
            | OciDistributionError::AuthenticationFailure(_)
            | OciDistributionError::ServerError { code: 401 | 403, .. } => {
                match &self.credentials {
                    None => PullError::LoginRequired { registry, repository },
                    Some(credentials) => PullError::Denied {
                        registry,
                        repository,
                        user: credentials.user().to_owned(),
                    },
                }
            }
            OciDistributionError::ServerError { code: code @ (429 | 500..), .. } => {
                PullError::Unavailable { registry, status: *code, message: message() }
            }
            OciDistributionError::ServerError { code, .. } => PullError::Refused {
                registry,
                status: *code,
                message: message(),
                what: what.to_owned(),
            },
            OciDistributionError::RequestError(request) if request.is_connect() => {
                PullError::Unreachable { registry, why: innermost(error) }
            }
            _ => PullError::Answer {
                registry,
                what: what.to_owned(),
                why: format!("failed: {}", innermost(error)),
            },
        }
    }
}

/// Reads a file piece by piece, beside the runtime.
fn pieces(
    file: File,
    path: PathBuf,
) -> impl Stream<Item = Result<Bytes, OciDistributionError>> + Send + 'static {
    futures_util::stream::try_unfold((file, path), async |(file, path)| {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::new();
            let outcome = (&file).take(PIECE_BYTES).read_to_end(&mut piece);
            outcome.map(|_| (piece, (file, path)))
        });
        let (piece, rest) = read.await.expect("reading does not panic")?;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), rest)))
    })
}
