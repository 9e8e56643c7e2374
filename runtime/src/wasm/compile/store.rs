//! Compiled code on disk, by the digest of the module and the fingerprint of the engine.
//!
//! Compiled code is native code, so a file is run only if this user wrote it and it is whole. The
//! first is the directory's permissions and the file's owner. The second is a trailer: a file ends
//! with its length and a checksum over the digest, the fingerprint and the code. A trailer, not a
//! file beside it, is one file less to open and cannot belong to another file; and since it is
//! checked, a file is not synced to the disk when it is written: what a crash leaves cut off or full
//! of zeros is compiled again. The checksum is CRC-32 (some 60 µs a megabyte), for it guards against
//! accidents; against people there are the permissions.
//!
//! Files appear by renaming and are never written again, so several processes share the directory,
//! and the mapped pages. A file that is half written is garbage once `writers.lock` is free.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::blob::Kind;
use super::private;
use crate::image::Digest;

/// The first bytes of a trailer; another layout gets another number.
const MAGIC: [u8; 8] = *b"wasmpod\x01";

/// What a file is called while it is written.
pub(super) const NEW_PREFIX: &str = ".new-";

/// The file whose lock those share who write.
pub(super) const WRITERS: &str = "writers.lock";

/// Magic, length of the code, kind, checksum.
const TRAILER_BYTES: usize = 8 + 8 + 4 + 4;

/// Compiled code is larger than its module, by little; this bounds what a broken trailer can say.
const CODE_BYTES_MAX: u64 = 8 << 30;

/// The directory of compiled code.
pub(in crate::wasm) struct CompiledStore {
    directory: PathBuf,
    fingerprint: u64,
    /// Whether the directory is used, found out once.
    usable: OnceLock<bool>,
}

/// A file of the store, not yet verified.
pub(super) struct Opened {
    file: File,
    path: PathBuf,
    len: u64,
    fingerprint: u64,
}

/// A file of the store that may be run.
pub(super) struct Verified {
    pub(super) kind: Kind,
    pub(super) path: PathBuf,
}

impl CompiledStore {
    /// Takes a directory. Nothing is read or made yet.
    pub(in crate::wasm) fn new(directory: PathBuf, fingerprint: u64) -> Self {
        Self { directory, fingerprint, usable: OnceLock::new() }
    }

    /// Opens what was compiled from a module, if it is there.
    pub(super) fn open(&self, digest: &Digest) -> Option<Opened> {
        if !self.is_usable() {
            return None;
        }
        let path = self.path(digest);
        let file = File::open(&path).ok()?;
        let metadata = file.metadata().ok()?;
        if let Some(objection) = private::objection(&metadata) {
            tracing::warn!("`{}` is not run: {objection}", path.display());
            return None;
        }
        Some(Opened { file, path, len: metadata.len(), fingerprint: self.fingerprint })
    }

    /// Stores what was compiled from a module. Returns nothing, and has warned, if that failed.
    pub(super) fn save(&self, digest: &Digest, kind: Kind, code: &[u8]) -> Option<()> {
        if !self.is_usable() {
            return None;
        }
        let path = self.path(digest);
        match self.write(&path, &trailer(digest, self.fingerprint, kind, code), code) {
            Ok(()) => Some(()),
            Err(error) => {
                tracing::warn!(
                    "cannot store compiled code in `{}`, it will be compiled again: {error}",
                    self.directory.display()
                );
                None
            }
        }
    }

    fn write(&self, path: &Path, trailer: &[u8], code: &[u8]) -> io::Result<()> {
        let _writing = self.lock_writers()?;
        let mut file = tempfile::Builder::new().prefix(NEW_PREFIX).tempfile_in(&self.directory)?;
        file.write_all(code)?;
        file.write_all(trailer)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    /// Takes the right to leave a file half written for a while.
    pub(super) fn lock_writers(&self) -> io::Result<File> {
        let path = self.directory.join(WRITERS);
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        file.lock_shared()?;
        Ok(file)
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.directory.join(format!("{}-{:016x}.cwasm", digest.hex(), self.fingerprint))
    }

    /// Returns whether the directory is used. It is made when first asked for.
    fn is_usable(&self) -> bool {
        *self.usable.get_or_init(|| match self.check_directory() {
            Ok(()) => true,
            Err(reason) => {
                let directory = self.directory.display();
                tracing::warn!("compiled code is not kept in `{directory}`: {reason}");
                false
            }
        })
    }

    fn check_directory(&self) -> Result<(), String> {
        let metadata = match self.directory.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                private::create_directory(&self.directory).map_err(|error| error.to_string())?;
                self.directory.metadata()
            }
            found => found,
        };
        let metadata = metadata.map_err(|error| error.to_string())?;
        if !metadata.is_dir() {
            return Err("it is not a directory".to_owned());
        }
        match private::objection(&metadata) {
            Some(objection) => Err(format!("{objection}; remove it, or run `chmod 700` on it")),
            None => Ok(()),
        }
    }
}

impl Opened {
    /// Returns the length of the file.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Returns the file if it is whole, and made from that module for this engine.
    pub(super) fn verify(mut self, digest: &Digest) -> Option<Verified> {
        match self.check(digest) {
            Ok(Some(kind)) => Some(Verified { kind, path: self.path }),
            Ok(None) => {
                tracing::warn!("compiled code of {digest} is damaged, it is compiled again");
                None
            }
            Err(error) => {
                tracing::warn!("compiled code of {digest} cannot be read: {error}");
                None
            }
        }
    }

    fn check(&mut self, digest: &Digest) -> io::Result<Option<Kind>> {
        let Some(code_len) = self.len.checked_sub(TRAILER_BYTES as u64) else {
            return Ok(None);
        };
        if code_len > CODE_BYTES_MAX {
            return Ok(None);
        }
        let mut found = [0; TRAILER_BYTES];
        self.file.seek(SeekFrom::Start(code_len))?;
        self.file.read_exact(&mut found)?;
        let kind = match found[16] {
            0 => Kind::Module,
            1 => Kind::Component,
            _ => return Ok(None),
        };
        self.file.seek(SeekFrom::Start(0))?;
        let mut checksum = checksum(digest, self.fingerprint, kind);
        let mut buffer = vec![0; 128 << 10];
        let mut left = code_len;
        while left > 0 {
            let piece = &mut buffer[..left.min(128 << 10) as usize];
            self.file.read_exact(piece)?;
            checksum.update(piece);
            left -= piece.len() as u64;
        }
        let expected = trailer_of(code_len, kind, checksum.finalize());
        Ok((found == expected).then_some(kind))
    }
}

/// Starts the checksum of a file: it is not valid under another name.
fn checksum(digest: &Digest, fingerprint: u64, kind: Kind) -> crc32fast::Hasher {
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(digest.as_str().as_bytes());
    checksum.update(&fingerprint.to_le_bytes());
    checksum.update(&[kind as u8]);
    checksum
}

fn trailer(digest: &Digest, fingerprint: u64, kind: Kind, code: &[u8]) -> [u8; TRAILER_BYTES] {
    let mut checksum = checksum(digest, fingerprint, kind);
    checksum.update(code);
    trailer_of(code.len() as u64, kind, checksum.finalize())
}

fn trailer_of(code_len: u64, kind: Kind, checksum: u32) -> [u8; TRAILER_BYTES] {
    let mut trailer = [0; TRAILER_BYTES];
    trailer[..8].copy_from_slice(&MAGIC);
    trailer[8..16].copy_from_slice(&code_len.to_le_bytes());
    trailer[16] = kind as u8;
    trailer[20..].copy_from_slice(&checksum.to_le_bytes());
    trailer
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{CompiledStore, Digest, Kind, TRAILER_BYTES};

    const CODE: &[u8] = b"native code";

    fn opens(store: &CompiledStore, digest: &Digest) -> bool {
        store.open(digest).and_then(|file| file.verify(digest)).is_some()
    }

    /// Stores some code, spoils the file, and looks whether it still opens.
    fn check(what: &str, spoil: impl FnOnce(&mut Vec<u8>), expected: bool) {
        let directory = tempfile::tempdir().unwrap();
        let store = CompiledStore::new(directory.path().join("compiled"), 7);
        let digest = Digest::of(b"module");
        store.save(&digest, Kind::Component, CODE).unwrap();
        let path = store.path(&digest);
        let mut bytes = fs::read(&path).unwrap();
        spoil(&mut bytes);
        fs::write(&path, bytes).unwrap();
        assert_eq!(opens(&store, &digest), expected, "{what}");
    }

    #[test]
    fn only_whole_files_are_opened() {
        check("as it was written", |_| {}, true);
        check("empty", Vec::clear, false);
        check("no trailer", |bytes| bytes.truncate(CODE.len()), false);
        check("one byte short", |bytes| bytes.truncate(bytes.len() - 1), false);
        check("one byte more", |bytes| bytes.push(0), false);
        check("the code cut", |bytes| drop(bytes.drain(3..4)), false);
        check("zeros", |bytes| bytes.fill(0), false);
        for at in 0..CODE.len() + TRAILER_BYTES {
            check(&format!("byte {at}"), |bytes| bytes[at] ^= 1, false);
        }
    }

    #[test]
    fn a_file_is_not_valid_under_another_name() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join("compiled");
        let [one, other] = [b"one" as &[u8], b"other"].map(Digest::of);
        let store = CompiledStore::new(directory.clone(), 7);
        store.save(&one, Kind::Module, CODE).unwrap();
        fs::copy(store.path(&one), store.path(&other)).unwrap();
        assert!(opens(&store, &one) && !opens(&store, &other), "of another module");
        let newer = CompiledStore::new(directory, 8);
        fs::copy(store.path(&one), newer.path(&one)).unwrap();
        assert!(!opens(&newer, &one), "of another engine");
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"module");
        let path = directory.path().join("compiled");
        let store = CompiledStore::new(path.clone(), 7);
        store.save(&digest, Kind::Module, CODE).unwrap();
        let mode = |path: &_, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        mode(&store.path(&digest), 0o620);
        assert!(!opens(&store, &digest), "a file that the group can write to");
        mode(&store.path(&digest), 0o600);
        assert!(opens(&store, &digest));
        mode(&path, 0o770);
        assert!(!opens(&CompiledStore::new(path.clone(), 7), &digest), "the directory");
        mode(&path, 0o755);
        assert!(opens(&CompiledStore::new(path, 7), &digest), "others may read");
    }

    #[test]
    fn without_a_directory_nothing_is_stored() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let digest = Digest::of(b"module");
        for path in [file.clone(), file.join("compiled")] {
            let store = CompiledStore::new(path, 7);
            assert_eq!(store.save(&digest, Kind::Module, CODE), None);
            assert!(!opens(&store, &digest));
        }
    }
}
