//! Images as a pod wants them: by the name and the pull policy that its manifest says.
//!
//! An image that is in the store is found without the network unless the policy is `Always`. One
//! that was asked for before is found without the disk, as long as no process changed the index of
//! the store. Of all who want one name, one looks for it and one pulls it, for all of them.

mod files;
mod turns;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use self::turns::Turns;
use super::module::{self, InvalidModule};
use super::registry::{Keyring, Progress, PullError, PullEvent, Pulled, Registry, RegistryConfig};
use super::store::{Busy, ImageStore, InUse, IndexStamp, Lookup, StoreError};
use super::{Image, ImageConfig, InvalidReference, ModuleBlob, Reference};
use crate::spec::ImagePullPolicy;

/// How many images are kept in memory. They are small, and looked up again when they are gone.
const FOUND_MAX: usize = 10_000;

/// The images of this process.
pub struct Images {
    directory: PathBuf,
    registry: Registry,
    /// Opened when an image is first asked for: a bare file needs none.
    store: OnceLock<ImageStore>,
    /// Held for a moment, by whoever looks something up or notes it.
    shared: Mutex<Shared>,
    /// Of those who look for a name in the store.
    lookups: Turns,
    /// Of those who pull a name.
    pulls: Turns,
}

#[derive(Default)]
struct Shared {
    /// Bare files, by the name that the pod knows them by.
    files: HashMap<String, Arc<Image>>,
    /// What was found in the store and is used, and the index that it was found in. An image that
    /// nobody uses is looked up again: it is not leased any more.
    found: HashMap<String, (IndexStamp, Weak<Image>)>,
}

/// How an image came to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It was.
    AlreadyPresent,
    /// It was fetched.
    Pulled {
        /// How much was.
        fetched_bytes: u64,
    },
}

impl Images {
    /// Takes the directory of the store. Nothing is opened yet.
    pub fn new(directory: impl Into<PathBuf>, registries: RegistryConfig) -> Self {
        Self {
            directory: directory.into(),
            registry: Registry::new(registries),
            store: OnceLock::new(),
            shared: Mutex::default(),
            lookups: Turns::default(),
            pulls: Turns::default(),
        }
    }

    /// Makes a bare `.wasm` file an image with this name, in this process alone. Nothing is copied.
    ///
    /// It reads the whole file, once, for its digest.
    pub fn with_file(&self, name: &str, file: &Path) -> Result<Arc<Image>, ImageError> {
        let (mut opened, _kind) = module::open(file)?;
        let digest = module::digest(&mut opened)
            .map_err(|source| ImageError::from_store(name, StoreError::io("read", file, source)))?;
        let file_name = file.file_name().unwrap_or(file.as_os_str());
        let image = Arc::new(Image {
            digest: digest.clone(),
            module: ModuleBlob { digest, path: file.to_owned() },
            config: ImageConfig {
                entrypoint: vec![file_name.to_string_lossy().into_owned()],
                ..ImageConfig::default()
            },
            rootfs: None,
            lease: None,
        });
        self.shared().files.insert(name.to_owned(), image.clone());
        Ok(image)
    }

    /// Sees to it that an image can be run, by the policy of its container and with the credentials
    /// of its pod. Those of this user are tried after them.
    pub async fn ensure(
        &self,
        image: &str,
        policy: ImagePullPolicy,
        keyring: &Keyring,
        progress: Progress<'_>,
    ) -> Result<(Arc<Image>, Presence), ImageError> {
        if let Some(file) = self.shared().files.get(image) {
            return Ok((file.clone(), Presence::AlreadyPresent));
        }
        let reference: Reference = image
            .parse()
            .map_err(|source| ImageError::InvalidName { image: image.to_owned(), source })?;
        let wanted = Wanted { image, reference: &reference, policy, keyring, progress };
        if policy != ImagePullPolicy::Always
            && let Some(found) = self.find(&wanted).await?
        {
            return Ok((found, Presence::AlreadyPresent));
        }
        match policy {
            ImagePullPolicy::Never => Err(ImageError::NeverPull { image: image.to_owned() }),
            ImagePullPolicy::IfNotPresent | ImagePullPolicy::Always => {
                self.pull_alone(&wanted).await
            }
        }
    }

    /// Pulls when nobody else pulls the same, and looks first whether somebody just did.
    async fn pull_alone(&self, wanted: &Wanted<'_>) -> Result<(Arc<Image>, Presence), ImageError> {
        let name = wanted.reference.stored_name();
        let _turn = self.pulls.take(&name).await;
        self.pull_in_turn(wanted).await
    }

    async fn pull_in_turn(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<(Arc<Image>, Presence), ImageError> {
        let found = self.find(wanted).await?;
        if let Some(found) = found
            && (wanted.policy != ImagePullPolicy::Always || self.is_current(wanted).await?)
        {
            return Ok((found, Presence::AlreadyPresent));
        }
        (wanted.progress)(PullEvent::Begin);
        let store = self.open(wanted.image)?;
        let pulled =
            self.registry.pull(store, wanted.reference, wanted.keyring, wanted.progress).await;
        // What was pulled is held until it is leased.
        let Pulled { fetched_bytes, in_use: _in_use, .. } = pulled.map_err(|source| {
            ImageError::Pull { image: wanted.image.to_owned(), source: Box::new(source) }
        })?;
        let found = self.find(wanted).await?;
        let image = found.ok_or_else(|| {
            ImageError::from_store(
                wanted.image,
                StoreError::NoImage(wanted.reference.stored_name()),
            )
        })?;
        Ok((image, Presence::Pulled { fetched_bytes }))
    }

    /// Whether the store has what the registry has under this name.
    async fn is_current(&self, wanted: &Wanted<'_>) -> Result<bool, ImageError> {
        let store = self.open(wanted.image)?;
        let stored = store
            .remote_digest(wanted.reference)
            .map_err(|source| ImageError::from_store(wanted.image, source))?;
        match self.registry.digest(wanted.reference, wanted.keyring).await {
            Ok(current) => Ok(stored == Some(current)),
            Err(source) => Err(ImageError::Refresh {
                image: wanted.image.to_owned(),
                source: Box::new(source),
            }),
        }
    }

    /// Finds an image in memory or in the store.
    async fn find(&self, wanted: &Wanted<'_>) -> Result<Option<Arc<Image>>, ImageError> {
        let store = self.open(wanted.image)?;
        let name = wanted.reference.stored_name();
        if let Some(image) = self.recall(store, &name) {
            return Ok(Some(image));
        }
        let _turn = self.lookups.take(&name).await;
        match self.recall(store, &name) {
            Some(image) => Ok(Some(image)),
            None => self.look_up(store, &name, wanted).await,
        }
    }

    /// Returns an image that is in use, if the store has not changed since it was found.
    fn recall(&self, store: &ImageStore, name: &str) -> Option<Arc<Image>> {
        let stamp = store.stamp()?;
        let shared = self.shared();
        let (noted, image) = shared.found.get(name)?;
        image.upgrade().filter(|_| *noted == stamp)
    }

    /// Finds an image in the store, and notes it.
    async fn look_up(
        &self,
        store: &ImageStore,
        name: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Option<Arc<Image>>, ImageError> {
        let Some(stamp) = store.stamp() else { return Ok(None) };
        let in_use = hold(store).await;
        let image = match find_in_store(store, wanted).await {
            Ok(Some(mut image)) => {
                let lease = in_use.and_then(|in_use| store.lease(&in_use, &image.digest));
                image.lease = lease.map(Arc::new);
                Arc::new(image)
            }
            Ok(None) => return Ok(None),
            Err(error) if error.is_damage() && wanted.policy != ImagePullPolicy::Never => {
                tracing::warn!(image = wanted.image, %error, "pulling the image again");
                return Ok(None);
            }
            Err(error) => return Err(ImageError::from_store(wanted.image, error)),
        };
        let mut shared = self.shared();
        if shared.found.len() >= FOUND_MAX {
            shared.found.clear();
        }
        shared.found.insert(name.to_owned(), (stamp, Arc::downgrade(&image)));
        Ok(Some(image))
    }

    fn open(&self, image: &str) -> Result<&ImageStore, ImageError> {
        if let Some(opened) = self.store.get() {
            return Ok(opened);
        }
        let store = ImageStore::open(&self.directory)
            .map_err(|source| ImageError::from_store(image, source))?;
        Ok(self.store.get_or_init(|| store))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds the store; beside the runtime if it has to be waited for, because garbage is collected.
async fn hold(store: &ImageStore) -> Option<InUse> {
    match store.try_hold() {
        Ok(held) => held,
        Err(Busy) => {
            let store = store.clone();
            let held = tokio::task::spawn_blocking(move || store.hold()).await;
            held.expect("holding does not panic")
        }
    }
}

async fn find_in_store(
    store: &ImageStore,
    wanted: &Wanted<'_>,
) -> Result<Option<Image>, StoreError> {
    match store.lookup(wanted.reference)? {
        Lookup::Absent => Ok(None),
        Lookup::Ready(image) => Ok(Some(image)),
        Lookup::Packed(packed) => {
            (wanted.progress)(PullEvent::Unpacking);
            let store = store.clone();
            let unpacked = tokio::task::spawn_blocking(move || store.unpack(&packed)).await;
            unpacked.expect("unpacking does not panic").map(Some)
        }
    }
}

struct Wanted<'a> {
    image: &'a str,
    reference: &'a Reference,
    policy: ImagePullPolicy,
    keyring: &'a Keyring,
    progress: Progress<'a>,
}

/// Why an image cannot be run. The words are the kubelet's where it has some.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The name is none.
    #[error("Failed to apply default image tag {image:?}")]
    InvalidName {
        /// As the user wrote it.
        image: String,
        /// What is wrong with it.
        source: InvalidReference,
    },
    /// It may not be pulled.
    #[error("Container image {image:?} is not present with pull policy of Never")]
    NeverPull {
        /// As the user wrote it.
        image: String,
    },
    /// It could not be pulled.
    #[error("failed to pull image {image:?}")]
    Pull {
        /// As the user wrote it.
        image: String,
        /// What went wrong.
        source: Box<PullError>,
    },
    /// It is there, but the registry must be asked whether it is the newest, and that failed.
    #[error(
        "failed to ask whether image {image:?} in the store is the newest (imagePullPolicy \
         IfNotPresent runs it without asking)"
    )]
    Refresh {
        /// As the user wrote it.
        image: String,
        /// What went wrong.
        source: Box<PullError>,
    },
    /// The store could not be read, or the image in it cannot be run.
    #[error("failed to inspect image {image:?}")]
    Store {
        /// As the user wrote it.
        image: String,
        /// What went wrong.
        source: Box<StoreError>,
    },
    /// A bare file is no module.
    #[error(transparent)]
    File(#[from] InvalidModule),
}

/// What a container waits with, in the kubelet's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageReason {
    /// The name is none.
    InvalidImageName,
    /// It is not there and may not be pulled.
    ErrImageNeverPull,
    /// It could not be pulled.
    ErrImagePull,
    /// The registry is at fault.
    RegistryUnavailable,
    /// The store is at fault.
    ImageInspectError,
}

impl ImageReason {
    /// Returns the reason as a status has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidImageName => "InvalidImageName",
            Self::ErrImageNeverPull => "ErrImageNeverPull",
            Self::ErrImagePull => "ErrImagePull",
            Self::RegistryUnavailable => "RegistryUnavailable",
            Self::ImageInspectError => "ImageInspectError",
        }
    }
}

impl ImageError {
    /// Returns what a container waits with.
    pub fn reason(&self) -> ImageReason {
        match self {
            Self::InvalidName { .. } => ImageReason::InvalidImageName,
            Self::NeverPull { .. } => ImageReason::ErrImageNeverPull,
            Self::Pull { source, .. } | Self::Refresh { source, .. }
                if source.is_registry_unavailable() =>
            {
                ImageReason::RegistryUnavailable
            }
            Self::Pull { .. } | Self::Refresh { .. } => ImageReason::ErrImagePull,
            Self::Store { .. } | Self::File(_) => ImageReason::ImageInspectError,
        }
    }

    /// Returns all there is to say, as a status has it.
    pub fn message(&self) -> String {
        let mut message = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            message.push_str(": ");
            message.push_str(&error.to_string());
            source = error.source();
        }
        message
    }

    fn from_store(image: &str, source: StoreError) -> Self {
        Self::Store { image: image.to_owned(), source: Box::new(source) }
    }
}
