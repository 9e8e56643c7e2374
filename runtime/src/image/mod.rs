//! Images: OCI artifacts and images that hold a Wasm module, in a store on disk.
//!
//! A pod asks [`Images`] for the name in its manifest and gets an [`Image`]: where the program is and
//! how to run it. On the way a text becomes a [`Reference`]; the [`ImageStore`] is asked, then, if
//! the policy says so, the [`Registry`], which fills the store; a manifest tells the shape.
//!
//! ```text
//! service → registry → store → artifact, manifest, module, layer → reference, digest
//! ```
//!
//! Everything that comes from a registry or lies in the store is a stranger's: bounded before it is
//! read, believed after its digest was checked.

mod artifact;
mod digest;
mod layer;
mod manifest;
mod module;
mod reference;
mod registry;
mod service;
mod store;
mod volume;

use std::path::PathBuf;
use std::sync::Arc;

pub use self::artifact::NotWasm;
pub use self::digest::{Digest, InvalidDigest};
pub use self::layer::UnpackError;
pub use self::manifest::{Descriptor, InvalidDocument, Manifest, Platform};
pub use self::module::{InvalidModule, ModuleKind};
pub use self::reference::{InvalidReference, Reference};
pub use self::registry::{
    HostConfig, InvalidDockerConfig, Keyring, Progress, PullError, PullEvent, Pulled, Registry,
    RegistryConfig,
};
pub use self::service::{ImageError, ImageReason, Images, Presence};
pub use self::store::{
    CollectPolicy, Collected, ForeignLayout, ImageStore, InUse, Lease, Lookup, PackedImage,
    Removed, StoreError, StoredImage,
};
pub use self::volume::{NoFiles, PackedFiles};

/// A runnable image, complete in the store.
#[derive(Clone, Debug)]
pub struct Image {
    /// The digest of its manifest; of the module itself where there is no manifest.
    pub digest: Digest,
    /// The program.
    pub module: ModuleBlob,
    /// How to run it.
    pub config: ImageConfig,
    /// The unpacked file tree, if the image has one.
    pub rootfs: Option<PathBuf>,
    /// Keeps its files where they are, if they are in a store from which some may be removed.
    pub lease: Option<Arc<Lease>>,
}

/// A Wasm module or component on disk. Which of the two is told from the bytes, never from a label.
#[derive(Clone, Debug)]
pub struct ModuleBlob {
    /// What its bytes must hash to.
    pub digest: Digest,
    /// Where they are.
    pub path: PathBuf,
}

/// What an image says about running it (OCI image configuration, `config`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// `Entrypoint`; of an artifact without one, the name of the module.
    pub entrypoint: Vec<String>,
    /// `Cmd`
    pub cmd: Vec<String>,
    /// `Env`, split at the first `=`.
    pub env: Vec<(String, String)>,
    /// `WorkingDir`, unless empty.
    pub working_dir: Option<String>,
}

impl ImageConfig {
    /// Returns the name of the image's program: what it runs when nothing else is asked for.
    pub fn program(&self) -> Option<&str> {
        self.entrypoint.iter().chain(&self.cmd).next().map(String::as_str)
    }
}
