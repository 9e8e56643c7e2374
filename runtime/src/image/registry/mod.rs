//! Registries: images come from there and go there (OCI distribution specification).
//!
//! Whatever a registry sends is read up to a bound and believed only after its digest was checked;
//! a blob goes to the store piece by piece and is never held in memory. Nothing is sent before an
//! image is asked for, and no client is made before that either.

mod auth;
mod client;
mod credentials;
mod error;
mod places;
mod push;
mod retry;
mod session;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use reqwest::Method;
use tokio::sync::mpsc;

use self::client::Clients;
use self::credentials::Credentials;
pub use self::credentials::{InvalidDockerConfig, Keyring};
pub use self::error::PullError;
use self::session::Session;
use super::artifact::{self, NotWasm, Shape};
use super::digest::Digest;
use super::manifest::{DOCUMENT_MAX_BYTES, Descriptor, Document, Manifest, media_type};
use super::module::MODULE_MAX_BYTES;
use super::reference::Reference;
use super::store::{BlobWriter, ImageStore, InUse, StoreError, parse_config};
use super::volume;

/// All layers of an image together.
const IMAGE_MAX_BYTES: u64 = 16 << 30;

/// Layers that are fetched at the same time.
const DOWNLOADS_MAX: usize = 3;

/// Pieces of a blob that wait for the disk.
const QUEUE_LENGTH: usize = 16;

const INDEX_DEPTH_MAX: usize = 3;

const MANIFEST_MEDIA_TYPES: [&str; 4] = [
    media_type::MANIFEST,
    media_type::INDEX,
    media_type::DOCKER_MANIFEST,
    media_type::DOCKER_INDEX,
];

/// How registries are spoken to.
#[derive(Clone, Debug)]
pub struct RegistryConfig {
    /// What is special about some registries, by their names.
    pub hosts: BTreeMap<String, HostConfig>,
    /// The configuration of `docker login`; none to be nobody.
    pub docker_config: Option<PathBuf>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a registry may be silent in the middle of an answer.
    pub read_timeout: Duration,
    /// After how long one that is unavailable is asked again; then after twice as long.
    pub retry_wait: Duration,
}

/// What is special about one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostConfig {
    /// Who is asked first for what this registry has: a registry each, perhaps with the beginning of
    /// a path.
    pub mirrors: Vec<String>,
    /// Whether it is spoken to without TLS, as are those on loopback that have no `ca`.
    pub plain_http: bool,
    /// A file of certificates, PEM, of authorities that are trusted for it, besides the system's.
    pub ca: Option<PathBuf>,
}

impl Default for RegistryConfig {
    /// Returns what is the same for every user: no credentials.
    fn default() -> Self {
        Self {
            hosts: BTreeMap::new(),
            docker_config: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            retry_wait: Duration::from_millis(500),
        }
    }
}

impl RegistryConfig {
    /// Returns what this user's environment says.
    pub fn from_environment() -> Self {
        Self { docker_config: credentials::default_path(), ..Self::default() }
    }
}

/// Something to tell whoever waits for a pull.
#[derive(Clone, Copy, Debug)]
pub enum PullEvent<'a> {
    /// The registry is about to be asked.
    Begin,
    /// A blob is about to be fetched.
    Blob {
        /// Which.
        digest: &'a Digest,
        /// How long it is.
        size_bytes: u64,
    },
    /// More of a blob came.
    Bytes {
        /// Which.
        digest: &'a Digest,
        /// How many more.
        count: u64,
    },
    /// Everything is there, and the file tree is being unpacked.
    Unpacking,
}

/// Who wants to be told.
pub type Progress<'a> = &'a (dyn Fn(PullEvent<'_>) + Send + Sync);

/// The registries of the world.
#[derive(Debug)]
pub struct Registry {
    config: RegistryConfig,
    clients: Clients,
}

/// What a pull brought.
#[derive(Debug)]
pub struct Pulled {
    /// The manifest that the name now stands for.
    pub manifest: Digest,
    /// How much was fetched; what was there already does not count.
    pub fetched_bytes: u64,
    /// Keeps it where it is.
    pub in_use: Arc<InUse>,
}

impl Registry {
    /// Takes the configuration. Nothing is done yet.
    pub fn new(config: RegistryConfig) -> Self {
        let clients = Clients::new(config.connect_timeout, config.read_timeout);
        Self { config, clients }
    }

    /// Asks which digest a name stands for now.
    pub async fn digest(
        &self,
        reference: &Reference,
        keyring: &Keyring,
    ) -> Result<Digest, PullError> {
        let mut attempts = Attempts::of(self.sessions(reference, keyring).await?);
        loop {
            let session = attempts.next()?;
            match self.digest_at(&session, reference).await {
                Err(error) => attempts.failed(&session, error)?,
                digest => return digest,
            }
        }
    }

    async fn digest_at(
        &self,
        session: &Session,
        reference: &Reference,
    ) -> Result<Digest, PullError> {
        let path = format!("manifests/{}", version(reference));
        let answer = session.request(Method::HEAD, &path, &MANIFEST_MEDIA_TYPES).await?;
        let header = answer.headers().get("Docker-Content-Digest");
        match header.and_then(|digest| digest.to_str().ok()?.parse().ok()) {
            Some(digest) => Ok(digest),
            None => Ok(fetch_document(session, &version(reference), None).await?.0.digest),
        }
    }

    /// Fetches an image into the store and names it there. What is there already is not fetched.
    pub async fn pull(
        &self,
        store: &ImageStore,
        reference: &Reference,
        keyring: &Keyring,
        progress: Progress<'_>,
    ) -> Result<Pulled, PullError> {
        self.pull_for(Purpose::Run, store, reference, keyring, progress).await
    }

    /// Fetches an image that need not be one that can be run, for its files.
    pub async fn pull_files(
        &self,
        store: &ImageStore,
        reference: &Reference,
        keyring: &Keyring,
        progress: Progress<'_>,
    ) -> Result<Pulled, PullError> {
        self.pull_for(Purpose::Files, store, reference, keyring, progress).await
    }

    async fn pull_for(
        &self,
        purpose: Purpose,
        store: &ImageStore,
        reference: &Reference,
        keyring: &Keyring,
        progress: Progress<'_>,
    ) -> Result<Pulled, PullError> {
        let mut attempts = Attempts::of(self.sessions(reference, keyring).await?);
        loop {
            let session = attempts.next()?;
            match self.pull_at(purpose, &session, store, reference, progress).await {
                Err(error) => attempts.failed(&session, error)?,
                pulled => return pulled,
            }
        }
    }

    async fn pull_at(
        &self,
        purpose: Purpose,
        session: &Session,
        store: &ImageStore,
        reference: &Reference,
        progress: Progress<'_>,
    ) -> Result<Pulled, PullError> {
        let (top, document, bytes) =
            fetch_document(session, &version(reference), reference.digest()).await?;
        let (descriptor, manifest, bytes) =
            choose_manifest(session, top.clone(), document, bytes).await?;
        let shape = match purpose {
            Purpose::Run => Some(artifact::shape(&manifest)?),
            Purpose::Files => volume::layers(&manifest).map(|_| None)?,
        };
        check_sizes(reference, &manifest, shape.as_ref())?;

        let download = Download { session, store, in_use: hold(store).await?, progress };
        let mut fetched_bytes = download.blob(&manifest.config).await?;
        if let Some(Shape::FileTree(_)) = shape {
            check_program(store, &manifest).await?; // before its layers are fetched for nothing
        }
        let layers = distinct(&manifest.layers).into_iter();
        // Collected, because a stream that borrows in its closure is not provably `Send`.
        let downloads: Vec<_> = layers.map(|layer| download.blob(layer)).collect();
        fetched_bytes += futures_util::stream::iter(downloads)
            .buffer_unordered(DOWNLOADS_MAX)
            .try_fold(0, async |sum, fetched| Ok(sum + fetched))
            .await?;

        let chosen_from = (top.digest != descriptor.digest).then_some(top.digest);
        let manifest = descriptor.digest.clone();
        let in_use = download.in_use.clone();
        let (store, reference, used) = (store.clone(), reference.clone(), in_use.clone());
        blocking(move || {
            store.put_blob(&used, bytes.as_slice(), &descriptor)?;
            store.tag(&used, &reference, &descriptor, chosen_from.as_ref())
        })
        .await?;
        Ok(Pulled { manifest, fetched_bytes, in_use })
    }

    fn session(
        &self,
        place: &Reference,
        credentials: Option<Credentials>,
    ) -> Result<Session, PullError> {
        let registry = place.registry();
        let host = match registry {
            "docker.io" => "registry-1.docker.io",
            other => other,
        };
        let (client, scheme) = match self.is_plain(registry) {
            true => (self.clients.plain()?, "http"),
            false => (self.clients.secure(self.ca(registry))?, "https"),
        };
        let base = format!("{scheme}://{host}");
        Ok(Session::new(client, base, place, credentials, self.config.retry_wait))
    }

    /// Returns the file of certificates of a registry, if it has one of its own.
    fn ca(&self, registry: &str) -> Option<&std::path::Path> {
        self.config.hosts.get(registry)?.ca.as_deref()
    }

    fn is_plain(&self, registry: &str) -> bool {
        match self.config.hosts.get(registry) {
            Some(host) if host.plain_http || host.ca.is_some() => host.plain_http,
            _ => client::is_loopback(registry),
        }
    }
}

/// What an image is fetched for.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// To be run: it has a program.
    Run,
    /// For its files.
    Files,
}

/// The conversations that are left to be tried.
struct Attempts {
    sessions: std::vec::IntoIter<Session>,
    last: Option<PullError>,
}

impl Attempts {
    fn of(sessions: Vec<Session>) -> Self {
        Self { sessions: sessions.into_iter(), last: None }
    }

    /// Returns the next; the last error if there is none.
    fn next(&mut self) -> Result<Session, PullError> {
        self.sessions.next().ok_or_else(|| {
            self.last.take().expect("there is a conversation, and none is left after an error")
        })
    }

    /// Goes on to the next, unless that would end the same.
    fn failed(&mut self, session: &Session, error: PullError) -> Result<(), PullError> {
        if !error.is_of_place() {
            return Err(error);
        }
        if !error.is_refusal() {
            // Somebody else would be told the same there.
            while self.sessions.as_slice().first().is_some_and(|next| next.base == session.base) {
                self.sessions.next();
            }
        }
        if !self.sessions.as_slice().is_empty() {
            tracing::info!("{error}; going on to the next mirror or credentials");
        }
        self.last = Some(error);
        Ok(())
    }
}

/// What the registry calls the version: the digest if one is pinned, else the tag.
fn version(reference: &Reference) -> String {
    match reference.digest() {
        Some(digest) => digest.to_string(),
        None => reference.tag().unwrap_or("latest").to_owned(),
    }
}

/// Fetches a manifest or an index, and checks it against the digest that was asked for.
async fn fetch_document(
    session: &Session,
    version: &str,
    expected: Option<&Digest>,
) -> Result<(Descriptor, Document, Vec<u8>), PullError> {
    let what = format!("manifest {version}");
    let answer = session
        .request(Method::GET, &format!("manifests/{version}"), &MANIFEST_MEDIA_TYPES)
        .await?;
    let claimed = answer.headers().get("Docker-Content-Digest").cloned();
    let claimed = claimed.and_then(|digest| digest.to_str().ok()?.parse::<Digest>().ok());
    let bytes = session.read(answer, DOCUMENT_MAX_BYTES as usize, &what).await?;
    let digest = Digest::of(&bytes);
    if let Some(wrong) =
        [expected, claimed.as_ref()].into_iter().flatten().find(|want| **want != digest)
    {
        let why =
            format!("has the digest {digest}, not {wrong}: it was damaged or forged on its way");
        return Err(session.bad_answer(&what, why));
    }
    let document = Document::parse(&bytes).map_err(|why| PullError::Document {
        what: format!("{}:{version}", session.repository),
        why,
    })?;
    let media_type = match &document {
        Document::Manifest(manifest) => {
            manifest.media_type.as_deref().unwrap_or(media_type::MANIFEST)
        }
        Document::Index(index) => index.media_type.as_deref().unwrap_or(media_type::INDEX),
    };
    Ok((Descriptor::new(media_type, digest, bytes.len() as u64), document, bytes))
}

/// Follows indexes to the manifest for us.
async fn choose_manifest(
    session: &Session,
    mut descriptor: Descriptor,
    mut document: Document,
    mut bytes: Vec<u8>,
) -> Result<(Descriptor, Manifest, Vec<u8>), PullError> {
    for _ in 0..INDEX_DEPTH_MAX {
        let chosen = match document {
            Document::Manifest(manifest) => return Ok((descriptor, *manifest, bytes)),
            Document::Index(index) => artifact::choose(&index)?.digest.clone(),
        };
        (descriptor, document, bytes) =
            fetch_document(session, chosen.as_str(), Some(&chosen)).await?;
    }
    Err(NotWasm::NoPlatform("only indexes of indexes".to_owned()).into())
}

/// Refuses by what it promises what would be refused in the end.
fn check_sizes(
    reference: &Reference,
    manifest: &Manifest,
    shape: Option<&Shape>,
) -> Result<(), PullError> {
    let too_large = |size_bytes, max_bytes| {
        Err(PullError::TooLarge { what: reference.to_string(), size_bytes, max_bytes })
    };
    let total = manifest.layers.iter().fold(0u64, |sum, layer| sum.saturating_add(layer.size));
    match shape {
        Some(Shape::Module(layer)) if layer.size > MODULE_MAX_BYTES => {
            too_large(layer.size, MODULE_MAX_BYTES)
        }
        _ if total > IMAGE_MAX_BYTES => too_large(total, IMAGE_MAX_BYTES),
        _ if manifest.config.size > DOCUMENT_MAX_BYTES => {
            too_large(manifest.config.size, DOCUMENT_MAX_BYTES)
        }
        _ => Ok(()),
    }
}

async fn check_program(store: &ImageStore, manifest: &Manifest) -> Result<(), PullError> {
    let path = store.blob_path(&manifest.config.digest);
    let bytes = std::fs::read(&path).map_err(|source| StoreError::io("read", &path, source))?;
    let file = parse_config(&manifest.config, &bytes)?;
    artifact::file_tree_config(manifest, file)?;
    Ok(())
}

/// Some images have the same, empty layer several times.
fn distinct(layers: &[Descriptor]) -> Vec<&Descriptor> {
    let mut seen = std::collections::BTreeSet::new();
    layers.iter().filter(|layer| seen.insert(&layer.digest)).collect()
}

/// The blobs of one image on their way into the store.
struct Download<'a> {
    session: &'a Session,
    store: &'a ImageStore,
    in_use: Arc<InUse>,
    progress: Progress<'a>,
}

impl Download<'_> {
    /// Fetches a blob unless it is there, and returns how much was fetched.
    async fn blob(&self, blob: &Descriptor) -> Result<u64, PullError> {
        let (store, in_use, wanted) = (self.store.clone(), self.in_use.clone(), blob.clone());
        let writer = blocking(move || store.begin_blob(&in_use, &wanted)).await?;
        let Some(writer) = writer else { return Ok(0) };
        let what = format!("blob {}", blob.digest);
        let answer =
            self.session.request(Method::GET, &format!("blobs/{}", blob.digest), &[]).await?;
        if let Some(length) = answer.content_length().filter(|length| *length != blob.size) {
            let why = format!("has {length} bytes, the manifest promised {}", blob.size);
            return Err(self.session.bad_answer(&what, why));
        }
        (self.progress)(PullEvent::Blob { digest: &blob.digest, size_bytes: blob.size });

        let (pieces, queue) = mpsc::channel(QUEUE_LENGTH);
        let written = tokio::task::spawn_blocking(move || write_all(writer, queue));
        let mut stream = answer.bytes_stream();
        let mut broken = None;
        while let Some(piece) = stream.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    broken = Some(self.session.interrupted(&what, &error));
                    break;
                }
            };
            (self.progress)(PullEvent::Bytes { digest: &blob.digest, count: piece.len() as u64 });
            if pieces.send(piece).await.is_err() {
                break; // the writer failed, and says why
            }
        }
        drop(pieces);
        match (written.await.expect("the writer does not panic"), broken) {
            (Ok(()), _) => Ok(blob.size),
            (Err(_), Some(broken)) => Err(broken),
            (Err(error), None) => Err(error.into()),
        }
    }
}

/// Hashes and writes, beside the runtime, what the download brings. A download that ends early
/// leaves less than was promised, and nothing is committed.
fn write_all(
    mut writer: BlobWriter,
    mut queue: mpsc::Receiver<bytes::Bytes>,
) -> Result<(), StoreError> {
    while let Some(piece) = queue.blocking_recv() {
        writer.write(&piece)?;
    }
    writer.commit()
}

async fn hold(store: &ImageStore) -> Result<Arc<InUse>, PullError> {
    let store = store.clone();
    Ok(Arc::new(blocking(move || store.hold_for_writing()).await?))
}

/// Does something with the disk beside the runtime.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, PullError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.expect("the work does not panic and is not cancelled")?)
}

#[cfg(test)]
mod tests;
