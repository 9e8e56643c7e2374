//! The files of an image, unpacked for one volume.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::rootfs::{Hashing, unpack_layer};
use super::{ImageStore, StoreError};
use crate::image::Reference;
use crate::image::layer::Budget;
use crate::image::manifest::Descriptor;
use crate::image::volume::{self, Packed, PackedFiles};

impl ImageStore {
    /// Says which files an image has, if all of it is there.
    pub fn packed_files(&self, reference: &Reference) -> Result<Option<PackedFiles>, StoreError> {
        let Some(entry) = self.find(reference)? else { return Ok(None) };
        let Some((_, manifest)) = self.read_manifest(&entry)? else { return Ok(None) };
        let layers = volume::layers(&manifest)?;
        let is_whole = layers.iter().all(|packed| self.has_blob(packed.layer()));
        Ok(is_whole.then_some(PackedFiles(layers)))
    }

    /// Unpacks files into a directory, which appears whole or not at all. Takes its time.
    pub fn unpack_files(&self, files: &PackedFiles, directory: &Path) -> Result<(), StoreError> {
        let fail = |source| StoreError::io("write", directory, source);
        let parent = directory.parent().unwrap_or(directory);
        fs::create_dir_all(parent).map_err(fail)?;
        let aside = tempfile::Builder::new().prefix("..").tempdir_in(parent).map_err(fail)?;
        let root = Dir::open_ambient_dir(aside.path(), ambient_authority()).map_err(fail)?;
        let mut budget = Budget::default();
        for packed in &files.0 {
            match packed {
                Packed::Archive(layer) => unpack_layer(self, layer, &root, &mut budget)?,
                Packed::File(layer, path) => self.copy_file(layer, &root, path)?,
            }
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(aside.path(), mode).map_err(fail)?;
        }
        fs::rename(aside.path(), directory).map_err(fail)?;
        // It is in its place, and is not removed any more.
        let _ = aside.keep();
        Ok(())
    }

    /// Copies one file and verifies it while it is read: it may have changed on the disk.
    fn copy_file(&self, layer: &Descriptor, root: &Dir, path: &Path) -> Result<(), StoreError> {
        let blob = self.blob_path(&layer.digest);
        let fail = |source| StoreError::io("copy", &blob, source);
        let mut from = Hashing::new(File::open(&blob).map_err(fail)?);
        if let Some(parent) = path.parent() {
            root.create_dir_all(parent).map_err(fail)?;
        }
        let mut to = root.create(path).map_err(fail)?;
        io::copy(&mut from, &mut to).map_err(fail)?;
        if from.digest() == layer.digest { Ok(()) } else { Err(StoreError::Damaged { path: blob }) }
    }
}
