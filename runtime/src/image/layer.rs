//! Unpacks a layer of an ordinary image, a tar archive, into a directory.
//!
//! The archive is a stranger's. Everything goes through a [`Dir`], below which no path, link or
//! rename leads out; absolute links are made relative to it. Devices and other special files are
//! left out. Bytes, entries and names are bounded, before anything is allocated for them, over all
//! layers of an image together. Owners are not kept, of the modes only the permissions.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions};
use flate2::bufread::MultiGzDecoder;
use tar::EntryType;

/// Names and link targets, as Linux bounds them.
const PATH_MAX_BYTES: usize = 4096;

/// The extended header of one entry.
const EXTENSION_MAX_BYTES: u64 = 1 << 20;

const WHITEOUT: &str = ".wh.";
const OPAQUE_WHITEOUT: &str = ".wh..wh..opq";

/// What the layers of an image may take together once they are unpacked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    bytes: u64,
    entries: u64,
    name_bytes: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 8 << 30, entries: 500_000, name_bytes: 64 << 20 }
    }
}

/// Unpacks an archive over what is in the directory already.
pub(super) fn unpack(
    archive: impl Read,
    root: &Dir,
    budget: &mut Budget,
) -> Result<(), UnpackError> {
    let mut archive = BufReader::with_capacity(64 << 10, archive);
    match archive.fill_buf()? {
        [0x1f, 0x8b, ..] => unpack_tar(MultiGzDecoder::new(archive), root, budget),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Err(UnpackError::Zstd),
        [] => Ok(()),
        _ => unpack_tar(archive, root, budget),
    }
}

/// Why a layer cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is compressed in a way that is not known here.
    #[error("it is compressed with zstd, which is not supported: build the image with gzip layers")]
    Zstd,
    /// It unpacks to more than is accepted.
    #[error("its contents are larger than is accepted: more than {0}")]
    TooLarge(&'static str),
    /// A name is not one.
    #[error("it has an entry with the name {0:?}, which leads out of the image")]
    Escapes(String),
    /// A name is not one.
    #[error("it has a name or a link longer than {PATH_MAX_BYTES} bytes, or not of UTF-8")]
    Name,
    /// An entry could not be made.
    #[error("entry {path:?}: {source}")]
    Entry {
        /// Which.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The archive is damaged, or the disk is.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl UnpackError {
    /// Returns the system's error if the disk and not the archive is to blame.
    pub(super) fn into_disk_error(self) -> Result<io::Error, Self> {
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let is_disk = |error: &io::Error| {
            matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
        };
        match self {
            Self::Io(source) | Self::Entry { source, .. }
                if is_disk(&source)
                    || source.kind() == PermissionDenied && source.raw_os_error().is_some() =>
            {
                Ok(source)
            }
            other => Err(other),
        }
    }
}

fn unpack_tar(archive: impl Read, root: &Dir, budget: &mut Budget) -> Result<(), UnpackError> {
    // The headers count too; a byte over the budget is the sign that there was too much.
    let limit = budget.bytes.saturating_add(1);
    let mut limited = archive.take(limit);
    let outcome = unpack_entries(&mut limited, root, budget);
    let left = limited.limit();
    budget.bytes = budget.bytes.saturating_sub(limit - left);
    if left == 0 { Err(UnpackError::TooLarge("8 GiB")) } else { outcome }
}

fn unpack_entries(
    archive: &mut impl Read,
    root: &Dir,
    budget: &mut Budget,
) -> Result<(), UnpackError> {
    let mut layer = Layer { root, written: HashSet::new() };
    let mut extension = Extension::default();
    let mut archive = tar::Archive::new(archive);
    // Raw, because the long names that precede an entry would be read without a bound.
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        budget.entries =
            budget.entries.checked_sub(1).ok_or(UnpackError::TooLarge("500,000 entries"))?;
        if extension.read(&mut entry)? {
            continue;
        }
        let extension = std::mem::take(&mut extension);
        let name = match extension.path {
            Some(path) => path,
            None => text(&entry.path_bytes())?,
        };
        let target = match extension.link {
            Some(link) => Some(link),
            None => entry.link_name_bytes().map(|link| text(&link)).transpose()?,
        };
        let path = relative(&name)?;
        let name_bytes = path.as_os_str().len() as u64;
        budget.name_bytes = budget
            .name_bytes
            .checked_sub(name_bytes)
            .ok_or(UnpackError::TooLarge("64 MiB of names"))?;
        layer.put(&mut entry, &path, target.as_deref()).map_err(|error| match error {
            UnpackError::Io(source) => UnpackError::Entry { path: name, source },
            other => other,
        })?;
    }
    Ok(())
}

/// What GNU and POSIX archives put before an entry whose names do not fit its header.
#[derive(Default)]
struct Extension {
    path: Option<String>,
    link: Option<String>,
}

impl Extension {
    /// Reads an entry of this kind; false if it is an ordinary one.
    fn read<R: Read>(&mut self, entry: &mut tar::Entry<'_, R>) -> Result<bool, UnpackError> {
        match entry.header().entry_type() {
            EntryType::GNULongName => self.path = Some(long_name(entry)?),
            EntryType::GNULongLink => self.link = Some(long_name(entry)?),
            EntryType::XHeader => self.read_pax(&extension_bytes(entry)?)?,
            EntryType::XGlobalHeader => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_pax(&mut self, records: &[u8]) -> Result<(), UnpackError> {
        for record in tar::PaxExtensions::new(records) {
            let record = record?;
            match record.key_bytes() {
                b"path" => self.path = Some(text(record.value_bytes())?),
                b"linkpath" => self.link = Some(text(record.value_bytes())?),
                // Only files of 8 GiB and more, or sparse ones, cannot do without.
                b"size" | b"GNU.sparse.major" | b"GNU.sparse.name" => {
                    return Err(UnpackError::TooLarge("8 GiB, or sparse"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn long_name<R: Read>(entry: &mut tar::Entry<'_, R>) -> Result<String, UnpackError> {
    let bytes = extension_bytes(entry)?;
    text(bytes.split(|byte| *byte == 0).next().unwrap_or_default())
}

fn extension_bytes<R: Read>(entry: &mut tar::Entry<'_, R>) -> Result<Vec<u8>, UnpackError> {
    let mut bytes = Vec::new();
    entry.take(EXTENSION_MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > EXTENSION_MAX_BYTES { Err(UnpackError::Name) } else { Ok(bytes) }
}

fn text(bytes: &[u8]) -> Result<String, UnpackError> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.len() <= PATH_MAX_BYTES && !text.contains('\0') => Ok(text.to_owned()),
        _ => Err(UnpackError::Name),
    }
}

/// Returns the path of an entry below the root. Every builder writes it without `..`.
fn relative(name: &str) -> Result<PathBuf, UnpackError> {
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => {
                return Err(UnpackError::Escapes(name.to_owned()));
            }
        }
    }
    Ok(path)
}

/// One layer on its way into the tree.
struct Layer<'a> {
    root: &'a Dir,
    /// What this layer made, and the directories that led there: an opaque whiteout hides only what
    /// layers below it made.
    written: HashSet<PathBuf>,
}

impl Layer<'_> {
    fn put<R: Read>(
        &mut self,
        entry: &mut tar::Entry<'_, R>,
        path: &Path,
        target: Option<&str>,
    ) -> Result<(), UnpackError> {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Ok(()); // the root itself
        };
        let parent = path.parent().unwrap_or(Path::new(""));
        if name == OPAQUE_WHITEOUT {
            return self.hide_children(parent);
        }
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            // `.wh..` and `.wh...` would name the directory itself and the one above.
            let is_name = !matches!(hidden, "" | "." | "..");
            return if is_name { Ok(remove(self.root, &parent.join(hidden))?) } else { Ok(()) };
        }
        if parent != Path::new("") {
            self.root.create_dir_all(parent)?;
        }
        match entry.header().entry_type() {
            EntryType::Directory => self.make_directory(path)?,
            EntryType::Regular | EntryType::Continuous => self.make_file(entry, path)?,
            EntryType::Symlink => self.make_symlink(path, target.ok_or(UnpackError::Name)?)?,
            EntryType::Link => self.make_link(path, target.ok_or(UnpackError::Name)?)?,
            EntryType::GNUSparse => return Err(UnpackError::TooLarge("a sparse file")),
            _ => return Ok(()), // devices, FIFOs
        }
        for made in path.ancestors() {
            if !self.written.insert(made.to_owned()) {
                break;
            }
        }
        Ok(())
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        let is_directory = self.root.symlink_metadata(path).is_ok_and(|found| found.is_dir());
        if is_directory {
            return Ok(());
        }
        remove(self.root, path)?;
        self.root.create_dir(path)
    }

    fn make_file<R: Read>(&self, entry: &mut tar::Entry<'_, R>, path: &Path) -> io::Result<()> {
        remove(self.root, path)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, entry.header().mode().unwrap_or(0o644));
        let mut file = self.root.open_with(path, &options)?;
        io::copy(entry, &mut file).map(drop)
    }

    fn make_symlink(&self, path: &Path, target: &str) -> Result<(), UnpackError> {
        remove(self.root, path)?;
        let target = contained_target(path, target);
        Ok(make_symlink(self.root, &target, path)?)
    }

    fn make_link(&self, path: &Path, target: &str) -> Result<(), UnpackError> {
        let target = relative(target)?;
        if target == path {
            return Ok(());
        }
        remove(self.root, path)?;
        Ok(self.root.hard_link(&target, self.root, path)?)
    }

    fn hide_children(&self, directory: &Path) -> Result<(), UnpackError> {
        let listed = if directory == Path::new("") { Path::new(".") } else { directory };
        let entries = match self.root.read_dir(listed) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let path = directory.join(entry?.file_name());
            if !self.written.contains(&path) {
                remove(self.root, &path)?;
            }
        }
        Ok(())
    }
}

/// Returns a link's target such that it stays in the tree: the tree is the link's whole world, so
/// `/` is its root, and there is nothing above.
fn contained_target(link: &Path, target: &str) -> PathBuf {
    let directory: Vec<_> = link.parent().into_iter().flat_map(Path::components).collect();
    let mut resolved = if target.starts_with('/') { Vec::new() } else { directory.clone() };
    let mut is_contained = !target.starts_with('/');
    for component in Path::new(target).components() {
        match component {
            Component::ParentDir => is_contained &= resolved.pop().is_some(),
            Component::Normal(_) => resolved.push(component),
            _ => {}
        }
    }
    if is_contained {
        return PathBuf::from(target);
    }
    let mut contained: PathBuf = directory.iter().map(|_| Component::ParentDir).collect();
    contained.extend(resolved);
    if contained.as_os_str().is_empty() { PathBuf::from(".") } else { contained }
}

fn remove(root: &Dir, path: &Path) -> io::Result<()> {
    let removed = match root.symlink_metadata(path) {
        Ok(found) if found.is_dir() => root.remove_dir_all(path),
        Ok(_) => root.remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    use cap_std::fs::OpenOptionsExt;
    // This process has to be able to read and remove it, whatever the archive says.
    options.mode(mode & 0o777 | 0o600);
}

#[cfg(not(unix))]
fn set_mode(_options: &mut OpenOptions, _mode: u32) {}

#[cfg(not(windows))]
fn make_symlink(root: &Dir, target: &Path, link: &Path) -> io::Result<()> {
    root.symlink(target, link)
}

#[cfg(windows)]
fn make_symlink(root: &Dir, target: &Path, link: &Path) -> io::Result<()> {
    root.symlink_file(target, link)
}

#[cfg(test)]
mod tests;
