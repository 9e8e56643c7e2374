//! The files of an image or an artifact, for who wants no more than these: an image volume.
//!
//! Any image will do, whatever it is for. What a layer becomes is told from its descriptor:
//!
//! | layer                                             | becomes                              |
//! |---------------------------------------------------|--------------------------------------|
//! | a tar archive without a title                     | its files, over those of layers below |
//! | a tar archive that is to be unpacked (ORAS)       | its files                            |
//! | anything with a title                             | a file of that name                  |

use std::path::{Component, Path, PathBuf};

use super::artifact::{TITLE_ANNOTATION, is_tar};
use super::manifest::{Descriptor, Manifest, shortened};

/// Says of a layer with a title that it is an archive of a directory of that name.
const UNPACK_ANNOTATION: &str = "io.deis.oras.content.unpack";

/// The files of an image, in the store, yet to be unpacked.
#[derive(Debug)]
pub struct PackedFiles(pub(super) Vec<Packed>);

/// What a layer becomes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packed {
    /// Files.
    Archive(Descriptor),
    /// One file, at this path.
    File(Descriptor, PathBuf),
}

/// Why an image has no files to mount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFiles {
    /// Nobody says what a layer is.
    #[error(
        "a layer has media type `{0}` and no title: want tar layers, or layers with the annotation \
         {TITLE_ANNOTATION}"
    )]
    Layer(String),
    /// A file would be elsewhere.
    #[error("a layer has the title {0:?}, which is no path within a volume")]
    Title(String),
}

/// Tells from a manifest what is in the volume.
pub(super) fn layers(manifest: &Manifest) -> Result<Vec<Packed>, NoFiles> {
    manifest.layers.iter().map(packed).collect()
}

fn packed(layer: &Descriptor) -> Result<Packed, NoFiles> {
    let is_archive = is_tar(&layer.media_type);
    let is_unpacked = layer.annotations.get(UNPACK_ANNOTATION).is_some_and(|text| text == "true");
    match layer.annotations.get(TITLE_ANNOTATION) {
        Some(title) if !(is_archive && is_unpacked) => {
            let path = Path::new(title);
            let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
            if title.is_empty() || title.contains('\0') || !is_inside {
                return Err(NoFiles::Title(shortened(title)));
            }
            Ok(Packed::File(layer.clone(), path.to_owned()))
        }
        _ if is_archive => Ok(Packed::Archive(layer.clone())),
        _ => Err(NoFiles::Layer(shortened(&layer.media_type))),
    }
}

impl Packed {
    /// Returns the layer.
    pub(super) fn layer(&self) -> &Descriptor {
        match self {
            Self::Archive(layer) | Self::File(layer, _) => layer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_layers_become() {
        let check = |media_type: &str, annotations: &[(&str, &str)], expected: &str| {
            let mut layer = Descriptor::of(media_type, b"");
            let pairs = annotations.iter().map(|(key, value)| ((*key).into(), (*value).into()));
            layer.annotations.extend(pairs);
            let found = match packed(&layer) {
                Ok(Packed::Archive(_)) => "archive".to_owned(),
                Ok(Packed::File(_, path)) => format!("file {}", path.display()),
                Err(error) => error.to_string(),
            };
            assert!(found.starts_with(expected), "{media_type} {annotations:?}: {found}");
        };
        let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
        let title = |title| (TITLE_ANNOTATION, title);
        check(tar, &[], "archive");
        check(tar, &[title("a"), (UNPACK_ANNOTATION, "true")], "archive");
        check(tar, &[title("a.tgz")], "file a.tgz");
        check("text/plain", &[title("a/b.txt")], "file a/b.txt");
        check("text/plain", &[(UNPACK_ANNOTATION, "true"), title("a")], "file a");
        check("text/plain", &[], "a layer has media type `text/plain` and no title");
        for outside in ["", "/a", "..", "a/../b", "a\0"] {
            check("text/plain", &[title(outside)], "a layer has the title");
        }
    }
}
