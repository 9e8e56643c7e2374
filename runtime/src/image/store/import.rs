//! Makes an image of a bare `.wasm` file: the CNCF's Wasm OCI artifact.
//!
//! The same file, name of the file and configuration give the same image, byte for byte: no time
//! and nothing of this machine is in it.

use std::io::{Seek, SeekFrom};
use std::path::Path;

use serde::Serialize;

use super::{ImageStore, InUse, StoreError};
use crate::image::ImageConfig;
use crate::image::artifact::{RUN_CONFIG_ANNOTATION, TITLE_ANNOTATION};
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, Manifest, RunConfig, media_type};
use crate::image::module::{self, ModuleKind};
use crate::image::reference::Reference;

impl ImageStore {
    /// Stores a module under a name and returns the digest of the manifest.
    pub fn import_wasm(
        &self,
        file: &Path,
        reference: &Reference,
        config: &ImageConfig,
    ) -> Result<Digest, StoreError> {
        let (mut module, kind) = module::open(file)?;
        let read_error = |source| StoreError::io("read", file, source);
        let size = module.metadata().map_err(read_error)?.len();
        let digest = module::digest(&mut module).map_err(read_error)?;
        let mut layer = Descriptor::new(media_type::WASM, digest, size);
        if let Some(name) = file.file_name() {
            layer
                .annotations
                .insert(TITLE_ANNOTATION.to_owned(), name.to_string_lossy().into_owned());
        }

        let in_use = self.hold_for_writing()?;
        module.seek(SeekFrom::Start(0)).map_err(read_error)?;
        self.put_blob(&in_use, module, &layer)?;
        let wasm_config = WasmConfig::new(kind, &layer.digest);
        let wasm_config = self.put_json(&in_use, media_type::WASM_CONFIG, &wasm_config)?;
        let mut manifest = Manifest::new(wasm_config, vec![layer]);
        manifest.annotations.extend(run_config_annotation(config));
        let manifest = self.put_json(&in_use, media_type::MANIFEST, &manifest)?;
        self.tag(&in_use, reference, &manifest, None)?;
        Ok(manifest.digest)
    }

    fn put_json(
        &self,
        in_use: &InUse,
        media_type: &str,
        document: &impl Serialize,
    ) -> Result<Descriptor, StoreError> {
        let bytes = serde_json::to_vec(document).expect("a document of ours has a JSON form");
        let descriptor = Descriptor::of(media_type, &bytes);
        self.put_blob(in_use, bytes.as_slice(), &descriptor)?;
        Ok(descriptor)
    }
}

/// The configuration of the CNCF's Wasm OCI artifact.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WasmConfig {
    /// Required. The beginning of Unix time, as reproducible builds have it.
    created: &'static str,
    architecture: &'static str,
    os: &'static str,
    layer_digests: Vec<Digest>,
    /// What kind of component it is; readers tell by its presence that it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<Component>,
}

#[derive(Serialize)]
struct Component {
    exports: Vec<String>,
    imports: Vec<String>,
}

impl WasmConfig {
    fn new(kind: ModuleKind, layer: &Digest) -> Self {
        Self {
            created: "1970-01-01T00:00:00Z",
            architecture: "wasm",
            os: match kind {
                ModuleKind::Core => "wasip1",
                ModuleKind::Component => "wasip2",
            },
            layer_digests: vec![layer.clone()],
            component: None,
        }
    }
}

/// Notes how to run the module where the artifact has a place for it.
fn run_config_annotation(config: &ImageConfig) -> Option<(String, String)> {
    if *config == ImageConfig::default() {
        return None;
    }
    let note = RunConfig {
        entrypoint: config.entrypoint.clone(),
        cmd: config.cmd.clone(),
        env: config.env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        working_dir: config.working_dir.clone().unwrap_or_default(),
    };
    let note = serde_json::to_string(&note).expect("a run configuration has a JSON form");
    Some((RUN_CONFIG_ANNOTATION.to_owned(), note))
}
