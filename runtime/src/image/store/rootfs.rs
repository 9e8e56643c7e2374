//! Unpacked file trees of ordinary images: `rootfs/HEX/tree` and beside it `image.json`.
//!
//! A tree is unpacked once for the digest of its manifest, aside, and put in its place by one
//! rename. It belongs to all containers of the image at once: nobody writes to it afterwards.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ingest::{self, Ingest};
use super::layout::read_bounded;
use super::{ImageStore, PackedImage, StoreError, os};
use crate::image::digest::Digest;
use crate::image::layer::{self, Budget};
use crate::image::manifest::Descriptor;
use crate::image::module;
use crate::image::{Image, ImageConfig, ModuleBlob};

const TREE: &str = "tree";
const RECORD: &str = "image.json";

/// A tree in its place.
#[derive(Debug)]
pub(super) struct Unpacked {
    directory: std::path::PathBuf,
    record: Record,
}

/// What was found out while unpacking, so that a start need not read the module.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    /// Where the module is in the tree, without links in the way.
    module_path: String,
    module_digest: Digest,
}

impl Unpacked {
    /// Returns the tree in this directory, if it was unpacked.
    pub(super) fn read(directory: &Path) -> Option<Self> {
        let bytes = read_bounded(&directory.join(RECORD), 64 << 10).ok()??;
        let record: Record = serde_json::from_slice(&bytes).ok()?;
        let unpacked = Self { directory: directory.to_owned(), record };
        unpacked.module().path.is_file().then_some(unpacked)
    }

    pub(super) fn into_image(self, digest: Digest, config: ImageConfig) -> Image {
        let module = self.module();
        Image { digest, module, config, rootfs: Some(self.directory.join(TREE)), lease: None }
    }

    pub(super) fn module_digest(&self) -> &Digest {
        &self.record.module_digest
    }

    fn module(&self) -> ModuleBlob {
        ModuleBlob {
            digest: self.record.module_digest.clone(),
            path: self.directory.join(TREE).join(&self.record.module_path),
        }
    }
}

/// Unpacks an image, or waits for somebody else who does.
pub(super) fn unpack(store: &ImageStore, packed: &PackedImage) -> Result<Unpacked, StoreError> {
    let destination = store.layout.rootfs(&packed.digest);
    let _in_use = store.hold_for_writing()?;
    let ingest = Ingest::begin(&store.layout.ingest(), &ingest::tree_name(&packed.digest))?;
    if let Some(unpacked) = Unpacked::read(&destination) {
        return Ok(unpacked);
    }
    let aside = ingest.directory()?;
    fill(store, packed, &aside)?;
    let fail = |source| StoreError::io("write", &destination, source);
    let parent = destination.parent().expect("a tree is in a directory");
    fs::create_dir_all(parent).map_err(fail)?;
    // What is there was damaged, or it would have been read above.
    match fs::remove_dir_all(&destination) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
        _ => {}
    }
    os::sync_tree(&aside).map_err(fail)?;
    fs::rename(&aside, &destination).map_err(fail)?;
    os::sync_directory(parent).map_err(fail)?;
    Unpacked::read(&destination)
        .ok_or_else(|| fail(io::Error::other("the tree that was just unpacked is gone")))
}

fn fill(store: &ImageStore, packed: &PackedImage, aside: &Path) -> Result<(), StoreError> {
    let tree = aside.join(TREE);
    let fail = |source| StoreError::io("write", &tree, source);
    fs::create_dir(&tree).map_err(fail)?;
    let root = Dir::open_ambient_dir(&tree, ambient_authority()).map_err(fail)?;
    let mut budget = Budget::default();
    for layer in &packed.layers {
        unpack_layer(store, layer, &root, &mut budget)?;
    }
    let record = find_module(packed, &root, &tree)?;
    let json = serde_json::to_vec(&record).expect("a record has a JSON form");
    let path = aside.join(RECORD);
    fs::write(&path, json).map_err(|source| StoreError::io("write", &path, source))
}

/// Unpacks one layer and verifies it while it is read: it may have changed on the disk.
pub(super) fn unpack_layer(
    store: &ImageStore,
    layer: &Descriptor,
    root: &Dir,
    budget: &mut Budget,
) -> Result<(), StoreError> {
    let path = store.blob_path(&layer.digest);
    let file = File::open(&path).map_err(|source| StoreError::io("read", &path, source))?;
    let mut hashing = Hashing::new(file);
    let outcome = layer::unpack(&mut hashing, root, budget);
    // What follows the archive counts for the digest too.
    let drained = io::copy(&mut hashing, &mut io::sink());
    drained.map_err(|source| StoreError::io("read", &path, source))?;
    if hashing.digest() != layer.digest {
        return Err(StoreError::Damaged { path });
    }
    outcome.map_err(|error| match error.into_disk_error() {
        Ok(disk) => StoreError::io("unpack a layer below", &store.layout.ingest(), disk),
        Err(error) => StoreError::Unpack { layer: layer.digest.clone(), why: error },
    })
}

/// Finds the program as a shell would: a path is taken from the working directory, a bare name also
/// from the directories of `PATH` and the root.
fn find_module(packed: &PackedImage, root: &Dir, tree: &Path) -> Result<Record, StoreError> {
    let not_found = || StoreError::NoProgram { program: packed.program.clone() };
    let candidates = program_candidates(&packed.program, &packed.config);
    let found = candidates.iter().find_map(|candidate| root.canonicalize(candidate).ok());
    let module_path = found.ok_or_else(not_found)?;
    let path = tree.join(&module_path);
    let (mut file, _kind) = module::open(&path)?;
    let module_digest =
        module::digest(&mut file).map_err(|source| StoreError::io("read", &path, source))?;
    let module_path = module_path.into_os_string().into_string().map_err(|_| not_found())?;
    Ok(Record { module_path, module_digest })
}

fn program_candidates(program: &str, config: &ImageConfig) -> Vec<String> {
    let relative = |path: &str| path.trim_start_matches('/').to_owned();
    if program.starts_with('/') {
        return vec![relative(program)];
    }
    let program = program.trim_start_matches("./");
    let search_path =
        config.env.iter().find(|(name, _)| name == "PATH").map(|(_, path)| path.as_str());
    let directories = config.working_dir.as_deref().into_iter().chain([""]);
    let directories = directories.chain(search_path.unwrap_or_default().split(':'));
    directories.map(|directory| relative(&format!("{directory}/{program}"))).collect()
}

/// Reads, and hashes what it reads.
pub(super) struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R> Hashing<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    /// Returns the digest of what was read.
    pub(super) fn digest(self) -> Digest {
        Digest::from_hash(&self.hash.finalize())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
