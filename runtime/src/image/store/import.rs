//! Makes an image of a bare `.wasm` file: the CNCF's Wasm OCI artifact.
//!
//! The same file, name of the file and configuration give the same image, byte for byte: no time
//! and nothing of this machine is in it.

use std::io::{Seek, SeekFrom};
use std::path::Path;

use serde::Serialize;
use wasmparser::{Parser, Payload};

use super::layout::read_bounded;
use super::{ImageStore, InUse, StoreError};
use crate::image::ImageConfig;
use crate::image::artifact::{RUN_CONFIG_ANNOTATION, TITLE_ANNOTATION};
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, Manifest, RunConfig, media_type};
use crate::image::module::{self, ModuleKind};
use crate::image::reference::Reference;

/// The names of larger components are not noted: for that they have to be in memory.
const COMPONENT_MAX_BYTES: u64 = 256 << 20;

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
        let component = match kind {
            ModuleKind::Core => None,
            ModuleKind::Component => Component::read(&self.blob_path(&layer.digest)),
        };
        let wasm_config = WasmConfig::new(kind, &layer.digest, component);
        let wasm_config = self.put_json(&in_use, media_type::WASM_CONFIG, &wasm_config)?;
        let mut manifest = Manifest::new(wasm_config, vec![layer]);
        manifest.annotations.extend(run_config_annotation(config));
        let manifest = self.put_json(&in_use, media_type::MANIFEST, &manifest)?;
        self.tag(&in_use, reference, &manifest, None)?;
        Ok(manifest.digest)
    }

    pub(super) fn put_json(
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

/// The names of a component's world.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Component {
    exports: Vec<String>,
    imports: Vec<String>,
}

impl Component {
    /// Reads the names. None if there is something that cannot be read: it is for the compiler to
    /// refuse a component, and for nobody to run by these names.
    fn read(path: &Path) -> Option<Self> {
        let bytes = read_bounded(path, COMPONENT_MAX_BYTES).ok()??;
        Self::parse(&bytes).ok()
    }

    fn parse(bytes: &[u8]) -> wasmparser::Result<Self> {
        let mut component = Self::default();
        // Modules and components within have imports and exports of their own.
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        component.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        component.exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(component)
    }
}

impl WasmConfig {
    fn new(kind: ModuleKind, layer: &Digest, component: Option<Component>) -> Self {
        Self {
            created: "1970-01-01T00:00:00Z",
            architecture: "wasm",
            os: match kind {
                ModuleKind::Core => "wasip1",
                ModuleKind::Component => "wasip2",
            },
            layer_digests: vec![layer.clone()],
            component,
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

#[cfg(test)]
mod tests {
    use super::Component;

    fn check(text: &str, imports: &[&str], exports: &[&str]) {
        let bytes = wat::parse_str(text).unwrap();
        let component = Component::parse(&bytes).unwrap();
        assert_eq!(component.imports, imports, "{text}");
        assert_eq!(component.exports, exports, "{text}");
    }

    #[test]
    fn names_of_the_world() {
        check("(component)", &[], &[]);
        check(
            r#"(component
                (import "wasi:cli/environment@0.2.3" (instance $env))
                (core module (import "inner" "import" (func)) (func (export "inner-export")))
                (component $inner (import "inner" (func)) (export "outer" (func 0)))
                (export "wasi:cli/run@0.2.3" (instance $env)))"#,
            &["wasi:cli/environment@0.2.3"],
            &["wasi:cli/run@0.2.3"],
        );
    }

    #[test]
    fn what_cannot_be_read_has_no_names() {
        assert!(Component::parse(b"\0asm\x0d\0\x01\0\x0b\x05\x01").is_err());
    }
}
