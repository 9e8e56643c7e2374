//! Images as OCI image layouts, in directories or tar archives, for hosts without a registry.
//!
//! What changed on the disk is noticed while it is copied, and not passed on. The same image gives the
//! same archive, byte for byte.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, Write as _};
use std::path::Path;

use super::foreign::CONTAINERD_NAME_ANNOTATION;
use super::layout::{LAYOUT, NAME_ANNOTATION};
use super::{ImageStore, StoreError};
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, Index};
use crate::image::reference::Reference;

impl ImageStore {
    /// Writes an image as a layout: a tar archive if the name ends with `.tar`, else a directory,
    /// which must not be there yet.
    pub fn export(&self, reference: &Reference, to: &Path) -> Result<Digest, StoreError> {
        let (descriptor, manifest) = self.manifest(reference)?;
        let in_use = self.hold();
        let mut entry =
            Descriptor::new(&descriptor.media_type, descriptor.digest.clone(), descriptor.size);
        for key in [NAME_ANNOTATION, CONTAINERD_NAME_ANNOTATION] {
            entry.annotations.insert(key.to_owned(), reference.stored_name());
        }
        let index = serde_json::to_vec_pretty(&Index::of(vec![entry]));
        let index = index.expect("an index has a JSON form");
        let mut blobs: BTreeMap<_, _> =
            manifest.layers.iter().map(|layer| (&layer.digest, layer.size)).collect();
        blobs.extend([
            (&manifest.config.digest, manifest.config.size),
            (&descriptor.digest, descriptor.size),
        ]);
        let files = [("oci-layout", LAYOUT.as_bytes()), ("index.json", &index)];
        if to.extension().is_some_and(|extension| extension == "tar") {
            self.write_archive(to, files, &blobs)?;
        } else {
            self.write_directory(to, files, &blobs)?;
        }
        drop(in_use);
        Ok(descriptor.digest)
    }

    fn write_directory(
        &self,
        to: &Path,
        files: [(&str, &[u8]); 2],
        blobs: &BTreeMap<&Digest, u64>,
    ) -> Result<(), StoreError> {
        let fail = |error| StoreError::io("write", to, error);
        fs::create_dir(to).map_err(fail)?;
        let directory = to.join("blobs").join("sha256");
        fs::create_dir_all(&directory).map_err(fail)?;
        for digest in blobs.keys() {
            let mut file = File::create(directory.join(digest.hex())).map_err(fail)?;
            self.copy_verified(digest, &mut file, to)?;
        }
        for (name, bytes) in files {
            fs::write(to.join(name), bytes).map_err(fail)?;
        }
        Ok(())
    }

    fn write_archive(
        &self,
        to: &Path,
        files: [(&str, &[u8]); 2],
        blobs: &BTreeMap<&Digest, u64>,
    ) -> Result<(), StoreError> {
        let fail = |error| StoreError::io("write", to, error);
        let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        fs::metadata(directory).map_err(fail)?;
        // Half an archive is never seen under its name, nor is the name that it has until then.
        let new = tempfile::NamedTempFile::new_in(directory);
        let new = new.map_err(|error| fail(error.kind().into()))?;
        let mut archive = tar::Builder::new(BufWriter::new(new));
        for (name, bytes) in files {
            archive.append_data(&mut header(bytes.len() as u64), name, bytes).map_err(fail)?;
        }
        for (digest, size) in blobs {
            let mut blob = File::open(self.blob_path(digest)).map_err(fail)?;
            let name = format!("blobs/sha256/{}", digest.hex());
            archive.append_data(&mut header(*size), name, (&mut blob).take(*size)).map_err(fail)?;
            blob.rewind().map_err(fail)?;
            self.check_copied(digest, &Digest::of_reader(&mut blob).map_err(fail)?)?;
        }
        let mut new = archive.into_inner().map_err(fail)?;
        new.flush().map_err(fail)?;
        let new = new.into_inner().map_err(|error| fail(error.into_error()))?;
        new.persist_noclobber(to).map_err(|error| fail(error.error))?;
        Ok(())
    }

    fn copy_verified(&self, digest: &Digest, file: &mut File, to: &Path) -> Result<(), StoreError> {
        let path = self.blob_path(digest);
        let mut blob = File::open(&path).map_err(|error| StoreError::io("read", &path, error))?;
        io::copy(&mut blob, file).map_err(|error| StoreError::io("write", to, error))?;
        blob.rewind().map_err(|error| StoreError::io("read", &path, error))?;
        let actual = Digest::of_reader(&mut blob);
        self.check_copied(digest, &actual.map_err(|error| StoreError::io("read", &path, error))?)
    }

    fn check_copied(&self, digest: &Digest, actual: &Digest) -> Result<(), StoreError> {
        if actual == digest {
            Ok(())
        } else {
            Err(StoreError::Damaged { path: self.blob_path(digest) })
        }
    }
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    header
}
