//! The form of an image that containerd's CRI runs: one manifest for the platform `wasip1/wasm`, also
//! for components, one ordinary tar layer with the module in it, an entrypoint.
//!
//! The image id that containerd gives is the digest of the configuration. The digests of the layer
//! and of the module are in it, so two modules never share an image id. The same module and
//! configuration give the same image, byte for byte.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use serde::Serialize;

use super::{ImageStore, InUse, StoreError};
use crate::image::ImageConfig;
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, Manifest, RunConfig, media_type};
use crate::image::module;
use crate::image::reference::Reference;

/// Where the module is in the layer.
const MODULE: &str = "app.wasm";

const TAR: &str = "application/vnd.oci.image.layer.v1.tar";

/// What a tar archive is a multiple of.
const BLOCK_BYTES: u64 = 512;

/// Notes the digest of the module in the configuration.
const MODULE_LABEL: &str = "wasmpod.dev/module";

impl ImageStore {
    /// Stores a module under a name in containerd's form, and returns the digest of the manifest.
    pub fn import_for_containerd(
        &self,
        file: &Path,
        reference: &Reference,
        config: &ImageConfig,
    ) -> Result<Digest, StoreError> {
        let in_use = self.hold_for_writing()?;
        let manifest = self.put_for_containerd(&in_use, file, config)?;
        self.tag(&in_use, reference, &manifest, None)?;
        Ok(manifest.digest)
    }

    /// Stores an image that is there in containerd's form too, without a name.
    pub(in crate::image) fn convert_for_containerd(
        &self,
        in_use: &InUse,
        reference: &Reference,
    ) -> Result<(Descriptor, Manifest), StoreError> {
        let no_image = || StoreError::NoImage(reference.stored_name());
        let image = self.resolve(reference)?.ok_or_else(no_image)?;
        let manifest = self.put_for_containerd(in_use, &image.module.path, &image.config)?;
        self.read_manifest(&manifest)?.ok_or_else(no_image)
    }

    fn put_for_containerd(
        &self,
        in_use: &InUse,
        file: &Path,
        config: &ImageConfig,
    ) -> Result<Descriptor, StoreError> {
        let read_error = |source| StoreError::io("read", file, source);
        let (mut module, _kind) = module::open(file)?;
        let size = module.metadata().map_err(read_error)?.len();
        let module_digest = module::digest(&mut module).map_err(read_error)?;
        let digest = Digest::of_reader(&mut archive(&mut module, size).map_err(read_error)?);
        let layer_size = size.next_multiple_of(BLOCK_BYTES) + 3 * BLOCK_BYTES;
        let layer = Descriptor::new(TAR, digest.map_err(read_error)?, layer_size);
        self.put_blob(in_use, archive(&mut module, size).map_err(read_error)?, &layer)?;
        let file = ConfigFile::new(&layer.digest, &module_digest, config);
        let file = self.put_json(in_use, media_type::IMAGE_CONFIG, &file)?;
        self.put_json(in_use, media_type::MANIFEST, &Manifest::new(file, vec![layer]))
    }
}

/// Reads as the archive that has this file alone. Nothing of the file but its bytes is in it.
fn archive(module: &mut File, size: u64) -> io::Result<impl Read> {
    module.seek(SeekFrom::Start(0))?;
    let mut header = tar::Header::new_ustar();
    header.set_path(MODULE)?;
    header.set_size(size);
    header.set_mode(0o755);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    // To the end of the block, and two empty ones.
    let padding = size.next_multiple_of(BLOCK_BYTES) - size + 2 * BLOCK_BYTES;
    let header = io::Cursor::new(*header.as_bytes());
    Ok(header.chain(module.take(size)).chain(io::repeat(0).take(padding)))
}

/// An image configuration, `application/vnd.oci.image.config.v1+json`.
#[derive(Serialize)]
struct ConfigFile {
    created: &'static str,
    architecture: &'static str,
    os: &'static str,
    config: RunConfigWithLabels,
    rootfs: RootFs,
}

#[derive(Serialize)]
struct RunConfigWithLabels {
    #[serde(flatten)]
    run: RunConfig,
    #[serde(rename = "Labels")]
    labels: BTreeMap<&'static str, Digest>,
}

#[derive(Serialize)]
struct RootFs {
    #[serde(rename = "type")]
    kind: &'static str,
    diff_ids: [Digest; 1],
}

impl ConfigFile {
    fn new(layer: &Digest, module: &Digest, config: &ImageConfig) -> Self {
        // The first word is the program for containerd, so what the image says comes after it.
        let arguments = config.entrypoint.iter().skip(1).cloned();
        let run = RunConfig {
            entrypoint: std::iter::once(format!("/{MODULE}")).chain(arguments).collect(),
            cmd: config.cmd.clone(),
            env: config.env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            working_dir: config.working_dir.clone().unwrap_or_default(),
        };
        Self {
            created: "1970-01-01T00:00:00Z",
            architecture: "wasm",
            os: "wasip1",
            config: RunConfigWithLabels {
                run,
                labels: BTreeMap::from([(MODULE_LABEL, module.clone())]),
            },
            rootfs: RootFs { kind: "layers", diff_ids: [layer.clone()] },
        }
    }
}
