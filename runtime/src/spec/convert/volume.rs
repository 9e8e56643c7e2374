//! The volumes of a pod.

use super::{env, owned, pull_policy};
use crate::spec::node::Node;
use crate::spec::{
    DownwardFile, DownwardValue, EmptyDirMedium, FileSource, FileVolume, HostPathType, KeyToPath,
    ObjectFiles, Volume, VolumeSource,
};

/// The permission bits of files when nobody says otherwise.
const DEFAULT_MODE: u32 = 0o644;

/// Returns a volume of a pod of this spec.
pub(super) fn volume(node: &Node<'_>, spec: &Node<'_>) -> Volume {
    let (host_path, projected) = (node.get("hostPath"), node.get("projected"));
    let source = if host_path.is_set() {
        VolumeSource::HostPath {
            path: host_path.get("path").str().to_owned(),
            kind: host_path_type(host_path.get("type").str()),
        }
    } else if projected.is_set() {
        let sources = projected.get("sources").items();
        let sources = sources.filter_map(|source| file_source(&source, "name", spec)).collect();
        files(&projected, sources, true)
    } else if node.get("image").is_set() {
        let image = node.get("image");
        VolumeSource::Image {
            reference: image.get("reference").str().to_owned(),
            pull_policy: pull_policy(&image.get("pullPolicy")),
        }
    } else if node.get("ephemeral").is_set() {
        VolumeSource::EphemeralClaim
    } else if node.get("persistentVolumeClaim").is_set() {
        let claim = node.get("persistentVolumeClaim");
        let name = claim.get("claimName").str().to_owned();
        VolumeSource::Claim { name, read_only: claim.get("readOnly").is_true() }
    } else if let Some(source) = file_source(node, "secretName", spec) {
        let kinds = ["configMap", "secret", "downwardAPI"].map(|kind| node.get(kind));
        let own = kinds.iter().find(|kind| kind.is_set()).unwrap_or(node);
        files(own, vec![source], false)
    } else {
        empty_dir(&node.get("emptyDir"))
    };
    Volume { name: node.get("name").str().to_owned(), source }
}

fn empty_dir(source: &Node<'_>) -> VolumeSource {
    VolumeSource::EmptyDir {
        medium: match source.get("medium").str() {
            "" => EmptyDirMedium::Disk,
            "Memory" => EmptyDirMedium::Memory,
            other => EmptyDirMedium::Other(other.to_owned()),
        },
        size_limit: source.get("sizeLimit").quantity().filter(|limit| !limit.is_zero()),
    }
}

fn files(source: &Node<'_>, sources: Vec<FileSource>, is_projected: bool) -> VolumeSource {
    let default_mode = mode(&source.get("defaultMode")).unwrap_or(DEFAULT_MODE);
    VolumeSource::Files(FileVolume { is_projected, default_mode, sources })
}

/// Returns where the files of a volume, or of a part of a projected one, come from. A volume has
/// another word for the name of a Secret than a part.
fn file_source(node: &Node<'_>, secret_name: &'static str, spec: &Node<'_>) -> Option<FileSource> {
    let kinds = ["configMap", "secret", "downwardAPI"].map(|kind| node.get(kind));
    let [config_map, secret, downward] = kinds;
    if config_map.is_set() {
        Some(FileSource::ConfigMap(object_files(&config_map, "name")))
    } else if secret.is_set() {
        Some(FileSource::Secret(object_files(&secret, secret_name)))
    } else if downward.is_set() {
        let items = downward.get("items").items();
        Some(FileSource::DownwardApi(items.filter_map(|item| downward_file(&item, spec)).collect()))
    } else {
        None
    }
}

fn object_files(source: &Node<'_>, name: &'static str) -> ObjectFiles {
    let key_to_path = |item: Node<'_>| KeyToPath {
        key: item.get("key").str().to_owned(),
        path: item.get("path").str().to_owned(),
        mode: mode(&item.get("mode")),
    };
    ObjectFiles {
        name: source.get(name).str().to_owned(),
        items: source.get("items").items().map(key_to_path).collect(),
        optional: source.get("optional").is_true(),
    }
}

fn downward_file(item: &Node<'_>, spec: &Node<'_>) -> Option<DownwardFile> {
    let (field, resource) = (item.get("fieldRef"), item.get("resourceFieldRef"));
    let value = if field.is_set() {
        match field.get("fieldPath").str() {
            "metadata.labels" => DownwardValue::Labels,
            "metadata.annotations" => DownwardValue::Annotations,
            path => DownwardValue::Field(env::field_ref(path)?),
        }
    } else {
        DownwardValue::Resource(env::resource_field_ref(&resource, None, spec)?)
    };
    let path = owned(&item.get("path"))?;
    Some(DownwardFile { path, mode: mode(&item.get("mode")), value })
}

fn mode(mode: &Node<'_>) -> Option<u32> {
    mode.int().and_then(|bits| u32::try_from(bits).ok())
}

fn host_path_type(name: &str) -> HostPathType {
    match name {
        "DirectoryOrCreate" => HostPathType::DirectoryOrCreate,
        "Directory" => HostPathType::Directory,
        "FileOrCreate" => HostPathType::FileOrCreate,
        "File" => HostPathType::File,
        "Socket" => HostPathType::Socket,
        "CharDevice" => HostPathType::CharDevice,
        "BlockDevice" => HostPathType::BlockDevice,
        _ => HostPathType::Unset,
    }
}
