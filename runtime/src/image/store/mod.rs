//! The image store: an OCI image layout on disk, shared by all wasmpod processes of a user.
//!
//! What always holds:
//! - A blob is in its place only whole, with the digest of its name, and on the disk; a kill at any
//!   moment leaves at most a file in `ingest/`, which the next writer removes.
//! - A name is in the index only after everything that it leads to.
//! - Reading writes nothing and takes no lock that a reader could wait for, so a read-only store
//!   runs what is in it. It costs three small files and never touches the module: whoever compiles
//!   that verifies it.

mod collect;
mod containerd;
mod error;
mod export;
mod files;
mod foreign;
mod import;
mod ingest;
mod layout;
mod lease;
mod os;
mod remove;
mod rootfs;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use self::collect::{CollectPolicy, Collected};
pub use self::error::StoreError;
pub use self::foreign::ForeignLayout;
pub(super) use self::ingest::BlobWriter;
use self::ingest::Ingest;
use self::layout::{Layout, NAME_ANNOTATION, read_bounded};
pub use self::lease::Lease;
pub use self::remove::Removed;
use self::rootfs::Unpacked;
use super::artifact::{self, NotWasm, Shape};
use super::digest::Digest;
use super::manifest::{
    ConfigFile, DOCUMENT_MAX_BYTES, Descriptor, Document, InvalidDocument, Manifest, media_type,
};
use super::module;
use super::reference::Reference;
use super::{Image, ImageConfig, ModuleBlob};

/// Notes the digest of the index that an entry was chosen from.
const CHOSEN_FROM_ANNOTATION: &str = "wasmpod.dev/chosen-from";

/// Indexes in indexes are followed so deep.
const INDEX_DEPTH_MAX: usize = 3;

/// The image store of a data directory.
#[derive(Clone, Debug)]
pub struct ImageStore {
    layout: Layout,
}

/// What the store knows of a name.
#[derive(Debug)]
pub enum Lookup {
    /// Nothing, or not everything: blobs are missing.
    Absent,
    /// All there is to run it.
    Ready(Image),
    /// All, but its file tree has to be unpacked first.
    Packed(PackedImage),
}

/// An image whose file tree is still in its layers.
#[derive(Debug)]
pub struct PackedImage {
    digest: Digest,
    layers: Vec<Descriptor>,
    config: ImageConfig,
    program: String,
}

/// One name in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    /// The full, normalised reference.
    pub name: String,
    /// Of its manifest.
    pub digest: Digest,
    /// Of all of its blobs together; none if some are missing or it is no Wasm image.
    pub size_bytes: Option<u64>,
}

/// A right to rely on all blobs: none is removed while anybody has one. It is for the time of a pull
/// or a search; who runs an image has a [`Lease`] of it.
#[derive(Debug)]
pub struct InUse {
    file: File,
}

/// Somebody removes blobs.
pub(in crate::image) struct Busy;

/// Changes whenever the index does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexStamp {
    modified: SystemTime,
    length: u64,
    file_id: u64,
}

impl ImageStore {
    /// Opens the store in this directory. Nothing is made before something is to be stored.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let layout = Layout { root: directory.into() };
        layout.check()?;
        Ok(Self { layout })
    }

    /// Returns its directory.
    pub fn directory(&self) -> &Path {
        &self.layout.root
    }

    /// Returns an image that can be run, unpacking its file tree if that was not done yet.
    pub fn resolve(&self, reference: &Reference) -> Result<Option<Image>, StoreError> {
        match self.lookup(reference)? {
            Lookup::Absent => Ok(None),
            Lookup::Ready(image) => Ok(Some(image)),
            Lookup::Packed(packed) => self.unpack(&packed).map(Some),
        }
    }

    /// Says what is there. Quick: it reads the index, a manifest and a configuration.
    pub fn lookup(&self, reference: &Reference) -> Result<Lookup, StoreError> {
        match self.find(reference)? {
            Some(entry) => self.lookup_manifest(&entry, reference),
            None => Ok(Lookup::Absent),
        }
    }

    /// Returns what the name was last found to stand for at its registry: the digest of a manifest,
    /// or of the index that it was chosen from.
    pub fn remote_digest(&self, reference: &Reference) -> Result<Option<Digest>, StoreError> {
        let from_index = |entry: &Descriptor| {
            entry.annotations.get(CHOSEN_FROM_ANNOTATION).and_then(|digest| digest.parse().ok())
        };
        Ok(self.find(reference)?.map(|entry| from_index(&entry).unwrap_or(entry.digest)))
    }

    /// Unpacks the file tree of an image, once for its digest, whoever asks. Takes its time.
    pub fn unpack(&self, packed: &PackedImage) -> Result<Image, StoreError> {
        let unpacked = rootfs::unpack(self, packed)?;
        Ok(unpacked.into_image(packed.digest.clone(), packed.config.clone()))
    }

    /// Returns the manifest that a name stands for, with its descriptor.
    pub fn manifest(&self, reference: &Reference) -> Result<(Descriptor, Manifest), StoreError> {
        let no_image = || StoreError::NoImage(reference.stored_name());
        let entry = self.find(reference)?.ok_or_else(no_image)?;
        self.read_manifest(&entry)?.ok_or_else(no_image)
    }

    /// Returns all names, sorted.
    pub fn list(&self) -> Result<Vec<StoredImage>, StoreError> {
        let entries = self.layout.read_index()?.manifests;
        let mut images: Vec<_> = entries
            .into_iter()
            .filter_map(|entry| {
                let name = entry.annotations.get(NAME_ANNOTATION)?.clone();
                let size_bytes = self.size_bytes(&entry);
                Some(StoredImage { name, digest: entry.digest, size_bytes })
            })
            .collect();
        images.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(images)
    }

    /// Returns something that changes whenever a name is added, changed or removed.
    pub fn stamp(&self) -> Option<IndexStamp> {
        let metadata = fs::metadata(self.layout.index()).ok()?;
        let modified = metadata.modified().ok()?;
        Some(IndexStamp { modified, length: metadata.len(), file_id: os::file_id(&metadata) })
    }

    /// Takes the right to rely on blobs. None where the store is not made yet or read-only: nothing
    /// is removed there.
    pub fn hold(&self) -> Option<InUse> {
        let file = File::open(self.layout.root.join("users.lock")).ok()?;
        file.lock_shared().ok()?;
        Some(InUse { file })
    }

    /// Takes the right to rely on blobs, if that is to be had at once.
    pub(in crate::image) fn try_hold(&self) -> Result<Option<InUse>, Busy> {
        let Ok(file) = File::open(self.layout.root.join("users.lock")) else { return Ok(None) };
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(InUse { file })),
            Err(TryLockError::WouldBlock) => Err(Busy),
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }

    /// Makes the store, if it is not made yet, and takes the right to rely on its blobs.
    pub fn hold_for_writing(&self) -> Result<InUse, StoreError> {
        self.layout.prepare()?;
        let file = self.layout.open_lock("users.lock")?;
        file.lock_shared()
            .map_err(|error| StoreError::io("lock", &self.layout.root.join("users.lock"), error))?;
        Ok(InUse { file })
    }

    /// Whether a blob is there, as far as its size tells.
    pub fn has_blob(&self, blob: &Descriptor) -> bool {
        fs::metadata(self.layout.blob(&blob.digest)).is_ok_and(|found| found.len() == blob.size)
    }

    /// Returns the place of a blob, which need not be there.
    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.layout.blob(digest)
    }

    /// Starts to write a blob. Waits while somebody else writes the same; none if it is there then.
    ///
    /// One that is there already is read once more, so that pulling or importing an image again
    /// repairs what was damaged on the disk.
    pub fn begin_blob(
        &self,
        _in_use: &InUse,
        blob: &Descriptor,
    ) -> Result<Option<BlobWriter>, StoreError> {
        if self.is_intact(blob) {
            return Ok(None);
        }
        let ingest = Ingest::begin(&self.layout.ingest(), blob.digest.hex())?;
        if self.is_intact(blob) {
            return Ok(None);
        }
        BlobWriter::new(ingest, blob, self.layout.blob(&blob.digest)).map(Some)
    }

    /// Writes a blob from a reader, if it is not there yet.
    pub fn put_blob(
        &self,
        in_use: &InUse,
        mut from: impl io::Read,
        blob: &Descriptor,
    ) -> Result<(), StoreError> {
        let Some(mut writer) = self.begin_blob(in_use, blob)? else { return Ok(()) };
        let mut chunk = vec![0; 128 << 10];
        loop {
            match from.read(&mut chunk) {
                Ok(0) => return writer.commit(),
                Ok(count) => writer.write(&chunk[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(StoreError::io(
                        "read the source of",
                        &self.blob_path(&blob.digest),
                        error,
                    ));
                }
            }
        }
    }

    /// Gives a manifest a name, which may have stood for another. All of its blobs must be there.
    pub fn tag(
        &self,
        _in_use: &InUse,
        reference: &Reference,
        manifest: &Descriptor,
        chosen_from: Option<&Digest>,
    ) -> Result<(), StoreError> {
        let name = reference.stored_name();
        let mut entry = manifest.clone();
        entry.annotations.insert(NAME_ANNOTATION.to_owned(), name.clone());
        entry.annotations.extend(
            chosen_from.map(|index| (CHOSEN_FROM_ANNOTATION.to_owned(), index.to_string())),
        );
        let lock = self.layout.lock_index()?;
        let mut index = self.layout.read_index()?;
        if index.manifests.contains(&entry) {
            return Ok(());
        }
        index.manifests.retain(|other| other.annotations.get(NAME_ANNOTATION) != Some(&name));
        index.manifests.push(entry);
        self.layout.write_index(&lock, &index)
    }

    /// Finds the entry of a name; of a digest also under another name of the same repository.
    fn find(&self, reference: &Reference) -> Result<Option<Descriptor>, StoreError> {
        let entries = self.layout.read_index()?.manifests;
        let name = reference.stored_name();
        let name_of = |entry: &Descriptor| entry.annotations.get(NAME_ANNOTATION).cloned();
        if let Some(entry) = entries.iter().find(|entry| name_of(entry).as_ref() == Some(&name)) {
            return Ok(Some(entry.clone()));
        }
        let is_meant = |entry: &&Descriptor| {
            let Some(other) = name_of(entry).and_then(|name| name.parse::<Reference>().ok()) else {
                return false;
            };
            // Other tools may write a short name.
            other.stored_name() == name
                || reference.digest().is_some_and(|digest| {
                    other.registry() == reference.registry()
                        && other.repository() == reference.repository()
                        && (entry.digest == *digest
                            || entry.annotations.get(CHOSEN_FROM_ANNOTATION).map(String::as_str)
                                == Some(digest.as_str()))
                })
        };
        Ok(entries.iter().find(is_meant).cloned())
    }

    fn lookup_manifest(
        &self,
        entry: &Descriptor,
        reference: &Reference,
    ) -> Result<Lookup, StoreError> {
        let Some((descriptor, manifest)) = self.read_manifest(entry)? else {
            return Ok(Lookup::Absent);
        };
        match artifact::shape(&manifest)? {
            Shape::Module(layer) => {
                if !self.has_blob(&layer) {
                    return Ok(Lookup::Absent);
                }
                let config = artifact::module_config(&manifest, &layer, reference.base_name());
                let module =
                    ModuleBlob { path: self.blob_path(&layer.digest), digest: layer.digest };
                let digest = descriptor.digest;
                Ok(Lookup::Ready(Image { digest, module, config, rootfs: None, lease: None }))
            }
            Shape::FileTree(layers) => {
                let Some(config) = self.read_document(&manifest.config)? else {
                    return Ok(Lookup::Absent);
                };
                let file = parse_config(&manifest.config, &config)?;
                let (config, program) = artifact::file_tree_config(&manifest, file)?;
                if let Some(unpacked) = Unpacked::read(&self.layout.rootfs(&descriptor.digest)) {
                    return Ok(Lookup::Ready(unpacked.into_image(descriptor.digest, config)));
                }
                if !layers.iter().all(|layer| self.has_blob(layer)) {
                    return Ok(Lookup::Absent);
                }
                let digest = descriptor.digest;
                Ok(Lookup::Packed(PackedImage { digest, layers, config, program }))
            }
        }
    }

    /// Reads a manifest, by way of an index that another tool may have stored.
    fn read_manifest(
        &self,
        entry: &Descriptor,
    ) -> Result<Option<(Descriptor, Manifest)>, StoreError> {
        let mut descriptor = entry.clone();
        for _ in 0..INDEX_DEPTH_MAX {
            let Some(bytes) = self.read_document(&descriptor)? else { return Ok(None) };
            match parse_document(&descriptor, &bytes)? {
                Document::Manifest(manifest) => return Ok(Some((descriptor, *manifest))),
                Document::Index(index) => descriptor = artifact::choose(&index)?.clone(),
            }
        }
        Err(NotWasm::NoPlatform("only indexes of indexes".to_owned()).into())
    }

    /// Reads a small blob and verifies it; none if it is not there.
    fn read_document(&self, blob: &Descriptor) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.layout.blob(&blob.digest);
        let bytes = match read_bounded(&path, DOCUMENT_MAX_BYTES) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                return Err(StoreError::TooLarge { digest: blob.digest.clone(), size: blob.size });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", &path, error)),
        };
        let actual = Digest::of(&bytes);
        if actual == blob.digest { Ok(Some(bytes)) } else { Err(StoreError::Damaged { path }) }
    }

    fn is_intact(&self, blob: &Descriptor) -> bool {
        let digest = || module::digest(&mut File::open(self.layout.blob(&blob.digest))?);
        self.has_blob(blob) && digest().is_ok_and(|digest| digest == blob.digest)
    }

    fn size_bytes(&self, entry: &Descriptor) -> Option<u64> {
        let (descriptor, manifest) = self.read_manifest(entry).ok()??;
        let mut blobs = manifest.layers.iter().chain([&manifest.config]);
        let size = descriptor.size.saturating_add(manifest.config.size);
        let is_complete = blobs.all(|blob| self.has_blob(blob));
        is_complete
            .then(|| manifest.layers.iter().fold(size, |sum, layer| sum.saturating_add(layer.size)))
    }
}

/// Reads a manifest or an index that has this descriptor.
pub(super) fn parse_document(blob: &Descriptor, bytes: &[u8]) -> Result<Document, StoreError> {
    Document::parse(bytes).map_err(|why| StoreError::Document { digest: blob.digest.clone(), why })
}

/// Reads a configuration that has this descriptor.
pub(super) fn parse_config(blob: &Descriptor, bytes: &[u8]) -> Result<ConfigFile, StoreError> {
    let fail = |why| StoreError::Document { digest: blob.digest.clone(), why };
    match blob.media_type.as_str() {
        media_type::IMAGE_CONFIG | media_type::DOCKER_CONFIG | media_type::WASM_CONFIG => {
            ConfigFile::parse(bytes).map_err(fail)
        }
        other => Err(fail(InvalidDocument::ConfigMediaType(super::manifest::shortened(other)))),
    }
}

#[cfg(test)]
mod tests;
