//! A module's bytes: read within bounds, and what they must be.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::PathBuf;
use std::sync::Arc;

use crate::image::{Digest, ModuleBlob};

/// How large a module may be. The largest in the wild, language runtimes with their libraries,
/// have some 60 MiB.
pub(super) const MODULE_BYTES_MAX: u64 = 512 << 20;

/// A module that is to be had: what its bytes must hash to, and where they are.
#[derive(Clone)]
pub(in crate::wasm) struct Source {
    pub(super) digest: Digest,
    place: Place,
}

#[derive(Clone)]
enum Place {
    /// In the image store.
    Store(PathBuf),
    /// In the file tree of a container.
    Guest { path: String, file: Arc<File>, writable: bool },
}

impl From<&ModuleBlob> for Source {
    fn from(module: &ModuleBlob) -> Self {
        Self { digest: module.digest.clone(), place: Place::Store(module.path.clone()) }
    }
}

impl Source {
    /// Takes a file that a guest can see, under the name that it has there, and perhaps write to.
    /// Reads all of it, for its digest.
    pub(in crate::wasm) fn of_guest(
        path: String,
        file: File,
        writable: bool,
    ) -> Result<Self, BlobError> {
        let place = Place::Guest { path, file: Arc::new(file), writable };
        let mut reader = place.open()?;
        let digest = Digest::of_reader(&mut reader).map_err(|reason| place.unreadable(reason))?;
        // It may grow while it is read.
        if reader.limit() == 0 {
            return Err(BlobError::TooLarge { bytes: MODULE_BYTES_MAX + 1 });
        }
        Ok(Self { digest, place })
    }

    /// Returns whether what is compiled of it may be kept on disk. A guest that writes its own
    /// programs would fill it.
    pub(super) fn may_be_stored(&self) -> bool {
        !matches!(self.place, Place::Guest { writable: true, .. })
    }
}

impl Place {
    /// Opens it at its start, to be read up to one byte more than a module may have.
    fn open(&self) -> Result<io::Take<File>, BlobError> {
        let failed = |reason| self.unreadable(reason);
        let file = match self {
            Self::Store(path) => File::open(path).map_err(failed)?,
            Self::Guest { file, .. } => {
                let mut file = file.try_clone().map_err(failed)?;
                file.rewind().map_err(failed)?;
                file
            }
        };
        match file.metadata().map_err(failed)?.len() {
            bytes if bytes > MODULE_BYTES_MAX => Err(BlobError::TooLarge { bytes }),
            _ => Ok(file.take(MODULE_BYTES_MAX + 1)),
        }
    }

    fn unreadable(&self, reason: io::Error) -> BlobError {
        let path = match self {
            Self::Store(path) => path.clone(),
            Self::Guest { path, .. } => path.into(),
        };
        BlobError::Read { path, reason }
    }
}

/// Told from the bytes, never from a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A core module.
    Module,
    /// A component.
    Component,
}

/// Why the bytes of a module cannot be had, or are none.
#[derive(Debug, thiserror::Error)]
pub(in crate::wasm) enum BlobError {
    /// The file is missing, or may not be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    Read { path: PathBuf, reason: io::Error },
    /// The file is not what the image says.
    #[error(
        "`{}` has changed: its digest is {found}, not {expected}; remove the image and pull it again",
        path.display()
    )]
    Changed { path: PathBuf, expected: Digest, found: Digest },
    /// The file was written to between one look at it and the next.
    #[error("it was changed while it was read: try again")]
    Altered,
    /// The file is too large.
    #[error("it has {bytes} bytes, more than the {MODULE_BYTES_MAX} that a module may have")]
    TooLarge { bytes: u64 },
    /// The file is empty.
    #[error("it is empty (0 bytes)")]
    Empty,
    /// The file ends within the first eight bytes.
    #[error("it is cut off after {0} bytes")]
    Truncated(usize),
    /// The file is WebAssembly of another version.
    #[error("it is WebAssembly of a version that is not known here ({0:02x?})")]
    UnknownVersion([u8; 4]),
    /// The file is something else.
    #[error("it is not WebAssembly, but {0}")]
    NotWasm(&'static str),
}

impl BlobError {
    /// Returns whether this is about the host's files, not about the module in them.
    pub(in crate::wasm) fn is_of_host(&self) -> bool {
        matches!(self, Self::Read { .. } | Self::Changed { .. })
    }
}

/// Reads a module, and checks that it is the one that was asked for.
pub(super) fn read(source: &Source) -> Result<(Kind, Vec<u8>), BlobError> {
    let mut reader = source.place.open()?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|reason| source.place.unreadable(reason))?;
    if bytes.len() as u64 > MODULE_BYTES_MAX {
        return Err(BlobError::TooLarge { bytes: bytes.len() as u64 });
    }
    let found = Digest::of(&bytes);
    if found != source.digest {
        return Err(match &source.place {
            Place::Store(path) => {
                let (path, expected) = (path.clone(), source.digest.clone());
                BlobError::Changed { path, expected, found }
            }
            Place::Guest { .. } => BlobError::Altered,
        });
    }
    Ok((kind_of(&bytes)?, bytes))
}

fn kind_of(bytes: &[u8]) -> Result<Kind, BlobError> {
    match bytes {
        [] => Err(BlobError::Empty),
        [b'\0', b'a', b's', b'm', 1, 0, 0, 0, ..] => Ok(Kind::Module),
        [b'\0', b'a', b's', b'm', 13, 0, 1, 0, ..] => Ok(Kind::Component),
        [b'\0', b'a', b's', b'm', a, b, c, d, ..] => {
            Err(BlobError::UnknownVersion([*a, *b, *c, *d]))
        }
        short if b"\0asm".starts_with(short) || short.starts_with(b"\0asm") => {
            Err(BlobError::Truncated(short.len()))
        }
        other => Err(BlobError::NotWasm(guess(other))),
    }
}

/// Says what a file is that should be a module: what people have given so far.
fn guess(bytes: &[u8]) -> &'static str {
    let signatures: [(&[u8], _); 6] = [
        (b"\x7fELF", "a native program, or code that was compiled elsewhere: give the .wasm"),
        (b"\x1f\x8b", "compressed (gzip)"),
        (b"PK\x03\x04", "a zip archive"),
        (b"#!", "a script"),
        (b"{", "JSON"),
        (b"<", "a web page, as of a failed download"),
    ];
    let text = bytes.trim_ascii_start();
    if text.starts_with(b"(module") || text.starts_with(b"(component") || text.starts_with(b";;") {
        return "WebAssembly text: convert it with `wasm-tools parse`";
    }
    signatures
        .iter()
        .find(|(signature, _)| bytes.starts_with(signature))
        .map_or("something else", |(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::kind_of;

    fn check(bytes: &[u8], expected: &str) {
        let found = kind_of(bytes).map(|kind| format!("{kind:?}"));
        assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected, "{bytes:?}");
    }

    #[test]
    fn kinds() {
        check(b"\0asm\x01\0\0\0", "Module");
        check(b"\0asm\x0d\0\x01\0", "Component");
        check(b"", "it is empty (0 bytes)");
        check(b"\0as", "it is cut off after 3 bytes");
        check(b"\0asm\x01\0\0", "it is cut off after 7 bytes");
        check(
            b"\0asm\x0a\0\x01\0",
            "it is WebAssembly of a version that is not known here ([0a, 00, 01, 00])",
        );
        check(
            b"\n (module)",
            "it is not WebAssembly, but WebAssembly text: convert it with `wasm-tools parse`",
        );
        check(
            b"\x7fELF\x02",
            "it is not WebAssembly, but a native program, or code that was compiled elsewhere: \
             give the .wasm",
        );
        check(b"hello", "it is not WebAssembly, but something else");
    }
}
