//! The documents of an image: descriptor, manifest, index, configuration (OCI image specification;
//! Docker's version 2 schemas are the same but for their media types).
//!
//! They come from strangers. Their size is bounded before they are parsed, their counts and the
//! sizes that they promise right after, and only what is used is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::digest::Digest;

/// The most that a manifest, an index or a configuration may take. Registries set the same bound.
pub(super) const DOCUMENT_MAX_BYTES: u64 = 4 << 20;

/// More layers than any builder can make.
const LAYERS_MAX: usize = 512;

/// More platforms than exist.
const PLATFORMS_MAX: usize = 1024;

/// Media types that occur in more than one place.
pub(super) mod media_type {
    /// A manifest of the OCI.
    pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An index of the OCI: one image, several platforms.
    pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// A manifest of Docker.
    pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// An index of Docker.
    pub(crate) const DOCKER_INDEX: &str =
        "application/vnd.docker.distribution.manifest.list.v2+json";
    /// The configuration of an ordinary image.
    pub(crate) const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// The same, of Docker.
    pub(crate) const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
    /// The configuration of the CNCF's Wasm artifact.
    pub(crate) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
    /// The layer of the CNCF's Wasm artifact.
    pub(crate) const WASM: &str = "application/wasm";
}

/// Points to a blob and promises its digest and size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the blob is said to be.
    pub media_type: String,
    /// What it must hash to.
    pub digest: Digest,
    /// How long it must be.
    pub size: u64,
    /// What an artifact is, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Which platform the image is for, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Whatever else is said of it.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// Returns the descriptor of these bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }

    /// Returns a descriptor without annotations.
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest,
            size,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// An operating system and an architecture, in Go's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// `wasip1`, `wasi`, `linux`, …
    #[serde(default)]
    pub os: String,
    /// `wasm`, `amd64`, …
    #[serde(default)]
    pub architecture: String,
    /// `v8` of `arm64`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// One image or artifact: a configuration and layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    schema_version: u32,
    /// Optional in the OCI's own manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What an artifact is, if its configuration does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// How to run it.
    pub config: Descriptor,
    /// What it consists of; a file tree is stacked in this order.
    pub layers: Vec<Descriptor>,
    /// Whatever else is said of it.
    #[serde(
        default,
        deserialize_with = "null_is_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// Returns a manifest as the OCI writes it.
    pub fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media_type::MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            annotations: BTreeMap::new(),
        }
    }
}

/// One image for several platforms, or the names of an image layout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    schema_version: u32,
    /// Optional in the OCI's own indexes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The manifests, or further indexes.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub manifests: Vec<Descriptor>,
}

impl Index {
    /// Returns an index as the OCI writes it.
    pub(super) fn of(manifests: Vec<Descriptor>) -> Self {
        Self { schema_version: 2, media_type: Some(media_type::INDEX.to_owned()), manifests }
    }
}

impl Default for Index {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

/// What a manifest's or an index's digest can lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// One image.
    Manifest(Box<Manifest>),
    /// A choice of images.
    Index(Index),
}

impl Document {
    /// Reads a manifest or an index, told apart by what it holds.
    ///
    /// Its own `mediaType` counts more than what the registry said of it: only the former is
    /// covered by the digest.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, InvalidDocument> {
        let head: Head = parse(bytes)?;
        match head.schema_version {
            Some(2) => {}
            Some(1) => return Err(InvalidDocument::SchemaVersion1),
            version => return Err(InvalidDocument::SchemaVersion(version.unwrap_or(0))),
        }
        match head.media_type.as_deref() {
            Some(media_type::MANIFEST | media_type::DOCKER_MANIFEST) => manifest(bytes),
            Some(media_type::INDEX | media_type::DOCKER_INDEX) => index(bytes),
            Some(other) => Err(InvalidDocument::MediaType(shortened(other))),
            None if head.manifests.is_some() => index(bytes),
            None => manifest(bytes),
        }
    }
}

/// Reads the index of an image layout.
pub(super) fn parse_layout_index(bytes: &[u8]) -> Result<Index, InvalidDocument> {
    serde_json::from_slice(bytes).map_err(|source| InvalidDocument::Json(source.to_string()))
}

/// The configuration of an ordinary image or of a Wasm artifact: the fields that both may have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct ConfigFile {
    /// `wasm`, `amd64`, …
    #[serde(default)]
    pub architecture: String,
    /// `wasip1`, `linux`, …
    #[serde(default)]
    pub os: String,
    /// How to run it.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub config: RunConfig,
}

impl ConfigFile {
    /// Reads a configuration.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, InvalidDocument> {
        parse(bytes)
    }
}

/// How to run an image. Every field may be missing or null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RunConfig {
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub(super) entrypoint: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub(super) cmd: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    pub(super) env: Vec<String>,
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "String::is_empty")]
    pub(super) working_dir: String,
}

/// Why a document of an image cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDocument {
    /// It is longer than such a document may be.
    #[error("is longer than {DOCUMENT_MAX_BYTES} bytes")]
    TooLong,
    /// It is not JSON, or a field is missing or mistyped.
    #[error("is not a document of an image: {0}")]
    Json(String),
    /// It is of the format that Docker used until 2017.
    #[error("has schema version 1, which no longer is in use: push the image again")]
    SchemaVersion1,
    /// It is of no known version.
    #[error("has schema version {0}, want 2")]
    SchemaVersion(u64),
    /// It is something else.
    #[error("has media type `{0}`, want a manifest or an index")]
    MediaType(String),
    /// It is something else.
    #[error("has media type `{0}`, want the configuration of an image")]
    ConfigMediaType(String),
    /// It lists too many layers.
    #[error("has {0} layers, at most {LAYERS_MAX} are accepted")]
    Layers(usize),
    /// It lists too many platforms.
    #[error("has {0} entries, at most {PLATFORMS_MAX} are accepted")]
    Platforms(usize),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    schema_version: Option<u64>,
    media_type: Option<String>,
    manifests: Option<serde::de::IgnoredAny>,
}

fn manifest(bytes: &[u8]) -> Result<Document, InvalidDocument> {
    let manifest: Manifest = parse(bytes)?;
    match manifest.layers.len() {
        0..=LAYERS_MAX => Ok(Document::Manifest(Box::new(manifest))),
        count => Err(InvalidDocument::Layers(count)),
    }
}

fn index(bytes: &[u8]) -> Result<Document, InvalidDocument> {
    let index: Index = parse(bytes)?;
    match index.manifests.len() {
        0..=PLATFORMS_MAX => Ok(Document::Index(index)),
        count => Err(InvalidDocument::Platforms(count)),
    }
}

fn parse<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, InvalidDocument> {
    if bytes.len() as u64 > DOCUMENT_MAX_BYTES {
        return Err(InvalidDocument::TooLong);
    }
    serde_json::from_slice(bytes).map_err(|source| InvalidDocument::Json(source.to_string()))
}

/// Cuts what a stranger wrote, and what it could do to a terminal, out of a message.
pub(super) fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{ConfigFile, DOCUMENT_MAX_BYTES, Document};

    const BLOB: &str = r#"{"mediaType":"m","size":2,"digest":
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#;

    fn check(json: &str, expected: &str) {
        let outcome = match Document::parse(json.as_bytes()) {
            Ok(Document::Manifest(manifest)) => format!("manifest of {}", manifest.layers.len()),
            Ok(Document::Index(index)) => format!("index of {}", index.manifests.len()),
            Err(error) => error.to_string(),
        };
        assert!(outcome.contains(expected), "{json}: {outcome}, want {expected}");
    }

    #[test]
    fn documents() {
        let kind = "application/vnd";
        for (json, expected) in [
            (
                format!(r#"{{"schemaVersion":2,"config":{BLOB},"layers":[{BLOB}]}}"#),
                "manifest of 1",
            ),
            (format!(r#"{{"schemaVersion":2,"manifests":[{BLOB},{BLOB}]}}"#), "index of 2"),
            (r#"{"schemaVersion":2,"manifests":[]}"#.into(), "index of 0"),
            (
                format!(
                    r#"{{"schemaVersion":2,"mediaType":"{kind}.docker.distribution.manifest.v2+json",
                    "config":{BLOB},"layers":[],"annotations":null}}"#
                ),
                "manifest of 0",
            ),
            (r#"{"schemaVersion":1,"fsLayers":[]}"#.into(), "schema version 1"),
            (r#"{"schemaVersion":3}"#.into(), "schema version 3"),
            (r#"{"schemaVersion":-2}"#.into(), "is not a document"),
            ("{}".into(), "schema version 0"),
            ("".into(), "is not a document"),
            ("[]".into(), "is not a document"),
            ("<html>".into(), "is not a document"),
            (r#"{"schemaVersion":2}"#.into(), "missing field `config`"),
            (r#"{"schemaVersion":2,"mediaType":"text/x"}"#.into(), "media type `text/x`"),
            (
                format!(
                    r#"{{"schemaVersion":2,"config":{},"layers":[]}}"#,
                    BLOB.replace("sha256", "md5")
                ),
                "is not a digest",
            ),
            (
                format!(
                    r#"{{"schemaVersion":2,"config":{},"layers":[]}}"#,
                    BLOB.replace(":2", ":-2")
                ),
                "invalid value",
            ),
            (
                format!(
                    r#"{{"schemaVersion":2,"config":{BLOB},"layers":[{BLOB}{}]}}"#,
                    format!(",{BLOB}").repeat(600)
                ),
                "has 601 layers",
            ),
            (
                format!(
                    r#"{{"schemaVersion":2,"manifests":[{BLOB}{}]}}"#,
                    format!(",{BLOB}").repeat(2000)
                ),
                "has 2001 entries",
            ),
            (" ".repeat(DOCUMENT_MAX_BYTES as usize + 1), "is longer than"),
            ("[".repeat(100_000), "is not a document"),
        ] {
            check(&json, expected);
        }
    }

    #[test]
    fn configurations() {
        let full = ConfigFile::parse(
            br#"{"os":"wasip1","architecture":"wasm","config":{"Entrypoint":["/a.wasm"],"Cmd":null,
            "Env":["A=1"],"WorkingDir":"/w","Other":7}}"#,
        )
        .unwrap();
        assert_eq!(full.config.entrypoint, ["/a.wasm"]);
        assert_eq!(full.config.cmd, [""; 0]);
        assert_eq!(full.config.working_dir, "/w");
        assert_eq!(ConfigFile::parse(b"{}"), Ok(ConfigFile::default()));
        assert_eq!(ConfigFile::parse(br#"{"config":null}"#), Ok(ConfigFile::default()));
        assert!(ConfigFile::parse(br#"{"config":{"Cmd":"sh"}}"#).is_err());
        assert!(ConfigFile::parse(b"").is_err());
    }
}
