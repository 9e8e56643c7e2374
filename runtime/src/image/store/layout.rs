//! The directory of the store: an OCI image layout, and beside it what is ours.
//!
//! ```text
//! oci-layout         {"imageLayoutVersion":"1.0.0"}
//! index.json         names, each with the manifest that it stands for
//! blobs/sha256/HEX   manifests, configurations, layers
//! rootfs/HEX/        file trees, unpacked, by the digest of their manifest
//! leases/HEX         locked by who runs the image with this manifest; its time is the last use's
//! ingest/            what is being written
//! index.lock         held while index.json changes
//! users.lock         shared by all who use blobs, exclusive for who removes some
//! ```
//!
//! Nothing is made before something is written, and nothing is written to read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{StoreError, ingest, os};
use crate::image::digest::Digest;
use crate::image::manifest::{Index, InvalidDocument, parse_layout_index};

/// Annotates an entry of the index with its name.
pub(super) const NAME_ANNOTATION: &str = "org.opencontainers.image.ref.name";

/// A store with a hundred thousand names.
const INDEX_MAX_BYTES: u64 = 64 << 20;

/// All that is in a store.
const OURS: [&str; 10] = [
    "blobs",
    "index.json",
    "index.json.new",
    "index.lock",
    "ingest",
    "leases",
    "oci-layout",
    "oci-layout.new",
    "rootfs",
    "users.lock",
];

pub(super) const LAYOUT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;

/// Where everything is.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) root: PathBuf,
}

/// The right to change the index. Let go by dropping it.
pub(super) struct IndexLock {
    _file: File,
}

impl Layout {
    /// Checks that the directory is a store or can become one.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let path = self.root.join("oci-layout");
        match read_bounded(&path, 1024) {
            Ok(Some(text)) => check_version(&text).ok_or(StoreError::Layout(path)),
            Ok(None) => Err(StoreError::Layout(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.check_empty(),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Err(StoreError::NotADirectory(self.root.clone()))
            }
            Err(error) => Err(StoreError::io("read", &path, error)),
        }
    }

    /// Another program's directory must not become a store.
    fn check_empty(&self) -> Result<(), StoreError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(StoreError::io("read", &self.root, error)),
        };
        // A process that died while it made the store left some of these; one that makes it now has
        // made more of them since we looked for the layout.
        let is_ours = |name: &str| OURS.contains(&name);
        let has_others = entries
            .filter_map(Result::ok)
            .any(|entry| !entry.file_name().to_str().is_some_and(is_ours));
        if has_others { Err(StoreError::NotAStore(self.root.clone())) } else { Ok(()) }
    }

    /// Makes what is missing, so that something can be written.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        for directory in [self.blobs(), self.ingest()] {
            fs::create_dir_all(&directory)
                .map_err(|error| StoreError::io("create", &directory, error))?;
        }
        let lock = self.lock_index()?;
        if !self.root.join("oci-layout").exists() {
            self.write_file("oci-layout", LAYOUT.as_bytes())?;
        }
        if !self.root.join("index.json").exists() {
            self.write_index(&lock, &Index::default())?;
        }
        ingest::clean(&self.ingest())
    }

    pub(super) fn blobs(&self) -> PathBuf {
        self.root.join("blobs").join("sha256")
    }

    pub(super) fn blob(&self, digest: &Digest) -> PathBuf {
        self.blobs().join(digest.hex())
    }

    pub(super) fn ingest(&self) -> PathBuf {
        self.root.join("ingest")
    }

    pub(super) fn leases(&self) -> PathBuf {
        self.root.join("leases")
    }

    pub(super) fn lease(&self, manifest: &Digest) -> PathBuf {
        self.leases().join(manifest.hex())
    }

    pub(super) fn trees(&self) -> PathBuf {
        self.root.join("rootfs")
    }

    pub(super) fn rootfs(&self, manifest: &Digest) -> PathBuf {
        self.trees().join(manifest.hex())
    }

    /// Returns the digests by which things in this directory are named. What has another name is not
    /// ours; a directory that is not there is empty.
    pub(super) fn digests_in(&self, directory: &Path) -> Result<Vec<Digest>, StoreError> {
        let fail = |error| StoreError::io("read", directory, error);
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(fail)?,
        };
        let mut digests = Vec::new();
        for entry in entries {
            let name = entry.map_err(fail)?.file_name();
            let digest = name.to_str().and_then(|hex| format!("sha256:{hex}").parse().ok());
            digests.extend(digest);
        }
        digests.sort();
        Ok(digests)
    }

    pub(super) fn index(&self) -> PathBuf {
        self.root.join("index.json")
    }

    pub(super) fn read_index(&self) -> Result<Index, StoreError> {
        let path = self.index();
        let bytes = match read_bounded(&path, INDEX_MAX_BYTES) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(StoreError::Index { path, why: InvalidDocument::TooLong }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Index::default()),
            Err(error) => return Err(StoreError::io("read", &path, error)),
        };
        parse_layout_index(&bytes).map_err(|why| StoreError::Index { path, why })
    }

    pub(super) fn lock_index(&self) -> Result<IndexLock, StoreError> {
        let file = self.open_lock("index.lock")?;
        file.lock()
            .map_err(|error| StoreError::io("lock", &self.root.join("index.lock"), error))?;
        Ok(IndexLock { _file: file })
    }

    /// Replaces the index: whoever reads it at the same time sees the old one or the new one.
    pub(super) fn write_index(&self, _lock: &IndexLock, index: &Index) -> Result<(), StoreError> {
        let json = serde_json::to_vec_pretty(index).expect("an index has a JSON form");
        self.write_file("index.json", &json)
    }

    /// Opens a file that is there for its lock alone.
    pub(super) fn open_lock(&self, name: &str) -> Result<File, StoreError> {
        let path = self.root.join(name);
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| StoreError::io("write", &path, error))
    }

    /// Writes a file that is never seen half. The index lock is held, so the new name is ours.
    fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.root.join(name);
        let new = self.root.join(format!("{name}.new"));
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            os::sync_directory(&self.root)
        };
        write().map_err(|error| StoreError::io("write", &path, error))
    }
}

/// Reads a file of at most so many bytes; none if it has more.
pub(super) fn read_bounded(path: &Path, max_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > max_bytes {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(max_bytes + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= max_bytes).then_some(bytes))
}

fn check_version(text: &[u8]) -> Option<()> {
    let json: serde_json::Value = serde_json::from_slice(text).ok()?;
    let version = json.get("imageLayoutVersion")?.as_str()?;
    version.starts_with("1.").then_some(())
}
