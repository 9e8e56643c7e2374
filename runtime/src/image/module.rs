//! Tells whether a file is a Wasm module or component, and if not, what it looks like.
//!
//! Only the header and the lengths of the sections are read, so that a file of any size is told at
//! once. What is inside the sections is for the compiler to judge.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::manifest::shortened;

/// No module that can be compiled is larger: offsets in a module have 32 bits, and half of that is
/// a hundred times what is usual.
pub(super) const MODULE_MAX_BYTES: u64 = 2 << 30;

/// The header: magic number, then version and layer.
const HEADER_BYTES: usize = 8;

/// A file with more sections is no compiler's output; it bounds the work on a hostile one.
const SECTIONS_MAX: usize = 100_000;

/// What a Wasm file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// A core module, for WASI it is preview 1.
    Core,
    /// A component.
    Component,
}

/// Opens a file that should be a Wasm module and checks its frame.
pub(super) fn open(path: &Path) -> Result<(File, ModuleKind), InvalidModule> {
    open_regular(path)
        .and_then(|mut file| check_frame(&mut file).map(|kind| (file, kind)))
        .map_err(|problem| InvalidModule { path: path.to_owned(), problem })
}

/// Returns the digest of a file, read from its start.
pub(super) fn digest(file: &mut File) -> io::Result<Digest> {
    file.seek(SeekFrom::Start(0))?;
    Digest::of_reader(file)
}

/// A file that is no Wasm module, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", .path.display())]
pub struct InvalidModule {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("there is no such file")]
    Missing,
    #[error("this is a directory: name the .wasm file in it")]
    Directory,
    #[error("this is no regular file")]
    Special,
    #[error("the file is empty: was its build or its download interrupted?")]
    Empty,
    #[error("the file has {0} bytes, more than the 2 GiB that a module may have")]
    TooLarge(u64),
    #[error("this is {0}, not a WebAssembly module")]
    Other(String),
    #[error(
        "the file ends in the middle of a section, {missing} bytes are missing: was its download \
         interrupted?"
    )]
    Truncated { missing: u64 },
    #[error("its section at byte {0} has no valid length: the file is damaged")]
    Damaged(u64),
    #[error("its version {0} of the Wasm binary format is not known here")]
    Version(u32),
    #[error("it cannot be read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::IsADirectory => Self::Directory,
            _ => Self::Io(error),
        }
    }
}

/// Opens a regular file; opening a FIFO would wait for its writer.
fn open_regular(path: &Path) -> Result<File, Problem> {
    let metadata = std::fs::metadata(path)?;
    match metadata.is_file() {
        true => Ok(File::open(path)?),
        false if metadata.is_dir() => Err(Problem::Directory),
        false => Err(Problem::Special),
    }
}

fn check_frame(file: &mut File) -> Result<ModuleKind, Problem> {
    let length = match file.metadata()?.len() {
        0 => return Err(Problem::Empty),
        length if length > MODULE_MAX_BYTES => return Err(Problem::TooLarge(length)),
        length => length,
    };
    let kind = check_header(&read_up_to(file, 256)?)?;
    check_sections(file, length)?;
    Ok(kind)
}

fn check_header(head: &[u8]) -> Result<ModuleKind, Problem> {
    if !head.starts_with(b"\0asm") {
        return Err(match b"\0asm".starts_with(head) {
            true => Problem::Truncated { missing: (HEADER_BYTES - head.len()) as u64 },
            false => Problem::Other(looks_like(head)),
        });
    }
    let Some([_, _, _, _, a, b, c, d]) = head.first_chunk::<HEADER_BYTES>() else {
        return Err(Problem::Truncated { missing: (HEADER_BYTES - head.len()) as u64 });
    };
    match [*a, *b, *c, *d] {
        [1, 0, 0, 0] => Ok(ModuleKind::Core),
        [_, _, 1, 0] => Ok(ModuleKind::Component),
        version => Err(Problem::Version(u32::from_le_bytes(version))),
    }
}

/// Steps from section to section: each is an id, a length and that many bytes.
fn check_sections(file: &mut File, length: u64) -> Result<(), Problem> {
    // Small sections stand close together: through a buffer, many are one read.
    let mut file = BufReader::new(file);
    file.seek(SeekFrom::Start(HEADER_BYTES as u64))?;
    let (mut at, mut read_to) = (HEADER_BYTES as u64, HEADER_BYTES as u64);
    for _ in 0..SECTIONS_MAX {
        if at == length {
            return Ok(());
        }
        // Neither is beyond the length of a module, which is small.
        file.seek_relative(at.cast_signed() - read_to.cast_signed())?;
        let head = read_up_to(&mut file, 6)?;
        read_to = at + head.len() as u64;
        let Some((size, size_bytes)) = read_leb128(&head[1..]) else {
            return Err(match at + (head.len() as u64) < length {
                true => Problem::Damaged(at),
                false => Problem::Truncated { missing: 1 },
            });
        };
        at += 1 + size_bytes + u64::from(size);
        if at > length {
            return Err(Problem::Truncated { missing: at - length });
        }
    }
    Err(Problem::Damaged(at))
}

fn read_up_to(file: &mut impl Read, count: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count as usize);
    file.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns a number of at most 32 bits in Wasm's variable-length form, and how many bytes it takes.
fn read_leb128(bytes: &[u8]) -> Option<(u32, u64)> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, index as u64 + 1));
        }
    }
    None
}

/// Guesses what a file is, in the words of somebody who took it for Wasm.
fn looks_like(head: &[u8]) -> String {
    let magic: [(&[u8], &str); 12] = [
        (b"\x7fELF", "an ELF program for Linux"),
        (b"\x1f\x8b", "gzip-compressed data, perhaps a layer or a tarball"),
        (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
        (b"PK\x03\x04", "a zip archive"),
        (b"MZ", "a Windows program"),
        (b"\xcf\xfa\xed\xfe", "a macOS program"),
        (b"\xca\xfe\xba\xbe", "a macOS program or a Java class"),
        (b"!<arch>", "a library archive"),
        (b"BC\xc0\xde", "LLVM bitcode"),
        (b"#!", "a script"),
        (b"%PDF", "a PDF document"),
        (
            b"version https://git-lfs",
            "a Git LFS pointer: fetch the file itself with `git lfs pull`",
        ),
    ];
    if let Some((_, name)) = magic.iter().find(|(magic, _)| head.starts_with(magic)) {
        return (*name).to_owned();
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end within a letter.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return "binary data of an unknown kind".to_owned(),
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        _ if lower.starts_with("(module")
            || lower.starts_with("(component")
            || lower.starts_with(";;") =>
        {
            "WebAssembly text (`wasm-tools parse` assembles it)".to_owned()
        }
        _ if lower.starts_with("<!doctype") || lower.starts_with("<html") => {
            "an HTML page, perhaps a download's error message".to_owned()
        }
        _ if lower.starts_with('{') => "JSON text".to_owned(),
        _ if lower.starts_with("apiversion:") || lower.starts_with("---") => {
            "a YAML document".to_owned()
        }
        _ => {
            let line = text.lines().next().unwrap_or_default();
            let start: String = line.chars().take(40).collect();
            format!("text (it starts with {:?})", shortened(&start))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::{MODULE_MAX_BYTES, ModuleKind, digest, open};
    use crate::image::Digest;

    fn check(bytes: &[u8], expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.wasm");
        std::fs::write(&path, bytes).unwrap();
        let outcome = match open(&path) {
            Ok((_, ModuleKind::Core)) => "core module".to_owned(),
            Ok((_, ModuleKind::Component)) => "component".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(outcome.contains(expected), "{bytes:?}: {outcome}, want {expected}");
    }

    #[test]
    fn frames() {
        let core = b"\0asm\x01\0\0\0";
        check(core, "core module");
        check(b"\0asm\x0d\0\x01\0", "component");
        check(&[core.as_slice(), b"\x01\x01\x00", b"\x00\x02\x01a"].concat(), "core module");
        check(&[core.as_slice(), b"\x01\x05\x00"].concat(), "4 bytes are missing");
        check(&[core.as_slice(), b"\x01"].concat(), "1 bytes are missing");
        check(&[core.as_slice(), b"\x01\x80\x80"].concat(), "bytes are missing");
        check(&[core.as_slice(), b"\x01\xff\xff\xff\xff\xff\xff"].concat(), "at byte 8");
        check(&[core.as_slice(), b"\x01\xff\xff\xff\xff\x0f"].concat(), "are missing");
        check(b"\0asm\x02\0\0\0", "version 2");
        check(b"\0as", "5 bytes are missing");
        check(b"\0asm\x01", "3 bytes are missing");
    }

    #[test]
    fn other_files() {
        for (bytes, expected) in [
            (b"".as_slice(), "the file is empty"),
            (b"\x7fELF\x02\x01\x01", "an ELF program"),
            (b"\x1f\x8b\x08\0", "gzip-compressed"),
            (b"\x28\xb5\x2f\xfd\0", "zstd"),
            (b"PK\x03\x04", "zip archive"),
            (b"MZ\x90", "Windows program"),
            (b"#!/bin/sh\nexit", "a script"),
            (b"  (module\n)", "WebAssembly text"),
            (b"(component)", "WebAssembly text"),
            (b"<!DOCTYPE html>", "HTML page"),
            (b"{\"errors\":[]}", "JSON text"),
            (b"apiVersion: v1\n", "YAML"),
            (b"404: \x1b[1mNot Found", "text (it starts with \"404: [1mNot Found"),
            (b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
            (b"\xff\xfe\x00\x01", "unknown kind"),
        ] {
            check(bytes, expected);
        }
    }

    #[test]
    fn no_file() {
        let dir = tempfile::tempdir().unwrap();
        let missing = open(&dir.path().join("no.wasm")).unwrap_err().to_string();
        assert!(missing.ends_with("no.wasm: there is no such file"), "{missing}");
        let directory = open(dir.path()).unwrap_err().to_string();
        assert!(directory.ends_with("name the .wasm file in it"), "{directory}");
    }

    #[test]
    fn sizes_are_judged_unread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sparse.wasm");
        File::create(&path).unwrap().set_len(4 << 30).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains("has 4294967296 bytes, more than the 2 GiB"), "{error}");
        assert_eq!(MODULE_MAX_BYTES, 2 << 30, "as the message says");
    }

    #[test]
    fn digests() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bytes");
        let bytes: Vec<u8> = (0..1_000_000u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mut file = File::open(&path).unwrap();
        assert_eq!(digest(&mut file).unwrap(), Digest::of(&bytes));
        assert_eq!(digest(&mut file).unwrap(), Digest::of(&bytes));
    }
}
