//! Images from OCI image layouts that others made, as directories or in tar archives.
//!
//! A layout is a stranger's: its documents are bounded, and every blob goes through the store's own
//! writer, which believes no digest. An archive is never unpacked: blobs are read from where they
//! are in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::layout::{Layout, NAME_ANNOTATION, read_bounded};
use super::{INDEX_DEPTH_MAX, ImageStore, StoreError, parse_document};
use crate::image::artifact;
use crate::image::digest::Digest;
use crate::image::manifest::{
    DOCUMENT_MAX_BYTES, Descriptor, Document, Index, Manifest, parse_layout_index,
};
use crate::image::reference::Reference;

/// What containerd calls an image that it imports.
pub(super) const CONTAINERD_NAME_ANNOTATION: &str = "io.containerd.image.name";

/// More files than any layout of one's own has.
const ENTRIES_MAX: usize = 100_000;

/// An image layout that is somebody else's.
#[derive(Debug)]
pub struct ForeignLayout {
    path: PathBuf,
    source: Source,
    index: Index,
}

#[derive(Debug)]
enum Source {
    Directory,
    /// Where the blobs are in the archive, and how long.
    Archive(BTreeMap<Digest, (u64, u64)>),
}

impl ForeignLayout {
    /// Opens a layout; none if the path is neither a directory nor a tar archive.
    pub fn open(path: &Path) -> Result<Option<Self>, StoreError> {
        let fail = |error| StoreError::io("read", path, error);
        let (source, index) = if fs::metadata(path).map_err(fail)?.is_dir() {
            Layout { root: path.to_owned() }.check()?;
            let index = read_bounded(&path.join("index.json"), DOCUMENT_MAX_BYTES).map_err(fail)?;
            (Source::Directory, index)
        } else if is_archive(path).map_err(fail)? {
            let (blobs, index) = scan(path).map_err(fail)?;
            (Source::Archive(blobs), index)
        } else {
            return Ok(None);
        };
        let bytes = index.ok_or_else(|| StoreError::NoLayout(path.to_owned()))?;
        let index = parse_layout_index(&bytes)
            .map_err(|why| StoreError::Index { path: path.join("index.json"), why })?;
        Ok(Some(Self { path: path.to_owned(), source, index }))
    }

    /// Opens a blob, whatever it may hold.
    fn blob(&self, digest: &Digest) -> Result<Box<dyn Read>, StoreError> {
        let fail = |error| StoreError::io("read", &self.path, error);
        let missing = || StoreError::NoBlob(digest.clone());
        match &self.source {
            Source::Directory => {
                let file = File::open(self.path.join("blobs/sha256").join(digest.hex()));
                Ok(Box::new(file.map_err(|_| missing())?))
            }
            Source::Archive(blobs) => {
                let (offset, length) = *blobs.get(digest).ok_or_else(missing)?;
                let mut file = File::open(&self.path).map_err(fail)?;
                file.seek(SeekFrom::Start(offset)).map_err(fail)?;
                Ok(Box::new(file.take(length)))
            }
        }
    }

    fn document(&self, blob: &Descriptor) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        let read = self.blob(&blob.digest)?.take(DOCUMENT_MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| StoreError::io("read", &self.path, error))?;
        if bytes.len() as u64 > DOCUMENT_MAX_BYTES {
            return Err(StoreError::TooLarge { digest: blob.digest.clone(), size: blob.size });
        }
        match Digest::of(&bytes) {
            actual if actual == blob.digest => Ok(bytes),
            actual => Err(StoreError::WrongDigest { expected: blob.digest.clone(), actual }),
        }
    }

    /// Follows indexes to the manifest for us.
    fn manifest(&self, entry: &Descriptor) -> Result<(Descriptor, Manifest, Vec<u8>), StoreError> {
        let mut descriptor = entry.clone();
        for _ in 0..INDEX_DEPTH_MAX {
            let bytes = self.document(&descriptor)?;
            match parse_document(&descriptor, &bytes)? {
                Document::Manifest(manifest) => return Ok((descriptor, *manifest, bytes)),
                Document::Index(index) => descriptor = artifact::choose(&index)?.clone(),
            }
        }
        Err(artifact::NotWasm::NoPlatform("only indexes of indexes".to_owned()).into())
    }

    /// Returns the entry that is meant: the only one, or the one of that name.
    fn entry(&self, reference: &Reference) -> Result<&Descriptor, StoreError> {
        let names = |entry: &Descriptor| {
            let keys = [CONTAINERD_NAME_ANNOTATION, NAME_ANNOTATION].into_iter();
            let names = keys.filter_map(|key| entry.annotations.get(key)).cloned();
            names.collect::<Vec<_>>()
        };
        let is_meant = |name: &String| {
            Some(name.as_str()) == reference.tag()
                || name.parse::<Reference>().is_ok_and(|name| name == *reference)
        };
        match self.index.manifests.as_slice() {
            [] => Err(StoreError::NoLayout(self.path.clone())),
            [entry] => Ok(entry),
            entries => {
                entries.iter().find(|entry| names(entry).iter().any(is_meant)).ok_or_else(|| {
                    let found: Vec<_> = entries.iter().flat_map(names).take(10).collect();
                    StoreError::SeveralImages { path: self.path.clone(), names: found.join(", ") }
                })
            }
        }
    }
}

impl ImageStore {
    /// Stores an image of a layout under a name, and returns the digest of its manifest.
    pub fn import_layout(
        &self,
        layout: &ForeignLayout,
        reference: &Reference,
    ) -> Result<Digest, StoreError> {
        let entry = layout.entry(reference)?;
        let (descriptor, manifest, bytes) = layout.manifest(entry)?;
        artifact::shape(&manifest)?;
        let in_use = self.hold_for_writing()?;
        for blob in manifest.layers.iter().chain([&manifest.config]) {
            self.put_blob(&in_use, layout.blob(&blob.digest)?, blob)?;
        }
        let descriptor =
            Descriptor::new(&descriptor.media_type, descriptor.digest, bytes.len() as u64);
        self.put_blob(&in_use, bytes.as_slice(), &descriptor)?;
        self.tag(&in_use, reference, &descriptor, None)?;
        Ok(descriptor.digest)
    }
}

/// Whether a file has the mark of a tar archive.
fn is_archive(path: &Path) -> io::Result<bool> {
    let mut mark = [0; 262];
    let mut file = File::open(path)?;
    let mut filled = 0;
    while filled < mark.len() {
        match file.read(&mut mark[filled..])? {
            0 => return Ok(false),
            count => filled += count,
        }
    }
    Ok(mark[257..262] == *b"ustar")
}

/// Where the blobs of an archive are, and its index.
type Scanned = (BTreeMap<Digest, (u64, u64)>, Option<Vec<u8>>);

/// Notes where the blobs are in an archive, and reads its index.
fn scan(path: &Path) -> io::Result<Scanned> {
    let mut archive = tar::Archive::new(File::open(path)?);
    let (mut blobs, mut index) = (BTreeMap::new(), None);
    for entry in archive.entries_with_seek()?.take(ENTRIES_MAX) {
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path()?.to_string_lossy().into_owned();
        let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
        let size = entry.size();
        if name == "index.json" && size <= DOCUMENT_MAX_BYTES {
            let mut bytes = Vec::new();
            entry.take(DOCUMENT_MAX_BYTES).read_to_end(&mut bytes)?;
            index = Some(bytes);
        } else if let Some(hex) = name.strip_prefix("blobs/sha256/")
            && let Ok(digest) = format!("sha256:{hex}").parse()
        {
            blobs.insert(digest, (entry.raw_file_position(), size));
        }
    }
    Ok((blobs, index))
}
