//! The volumes of a pod.

use super::block::Block;
use crate::spec::{
    EmptyDirMedium, FileSource, FileVolume, HostPathType, ObjectFiles, Volume, VolumeSource,
};

/// Returns the description of the volumes.
pub(super) fn describe(volumes: &[Volume]) -> String {
    if volumes.is_empty() {
        return "Volumes:  <none>\n".to_owned();
    }
    let one = |volume: &Volume| format!("  {}:\n{}", volume.name, source(&volume.source).text(4));
    format!("Volumes:\n{}", volumes.iter().map(one).collect::<String>())
}

fn source(source: &VolumeSource) -> Block {
    match source {
        VolumeSource::EmptyDir { medium, size_limit } => {
            let medium = match medium {
                EmptyDirMedium::Disk => "",
                EmptyDirMedium::Memory => "Memory",
                EmptyDirMedium::Other(name) => name,
            };
            let limit = size_limit.map_or_else(|| "<unset>".to_owned(), |n| n.to_string());
            Block::new()
                .field("Type", "EmptyDir (a temporary directory that lives as long as the pod)")
                .field("Medium", medium)
                .field("SizeLimit", limit)
        }
        VolumeSource::HostPath { path, kind } => {
            let kind = match kind {
                HostPathType::Unset => "",
                HostPathType::DirectoryOrCreate => "DirectoryOrCreate",
                HostPathType::Directory => "Directory",
                HostPathType::FileOrCreate => "FileOrCreate",
                HostPathType::File => "File",
                HostPathType::Socket => "Socket",
                HostPathType::CharDevice => "CharDevice",
                HostPathType::BlockDevice => "BlockDevice",
            };
            Block::new()
                .field("Type", "HostPath (a path of the host)")
                .field("Path", path)
                .field("HostPathType", kind)
        }
        VolumeSource::Claim { name, read_only } => Block::new()
            .field("Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim)")
            .field("ClaimName", name)
            .field("ReadOnly", read_only),
        VolumeSource::Image { reference, pull_policy } => Block::new()
            .field("Type", "Image (a container image or OCI artifact)")
            .field("Reference", reference)
            .field("PullPolicy", format!("{pull_policy:?}")),
        VolumeSource::EphemeralClaim => {
            Block::new().field("Type", "EphemeralVolume (a claim that goes with the pod)")
        }
        VolumeSource::Files(files) => describe_files(files),
    }
}

fn describe_files(volume: &FileVolume) -> Block {
    let block = match volume.sources.as_slice() {
        [FileSource::ConfigMap(_)] if !volume.is_projected => {
            Block::new().field("Type", "ConfigMap (a volume populated by a ConfigMap)")
        }
        [FileSource::Secret(_)] if !volume.is_projected => {
            Block::new().field("Type", "Secret (a volume populated by a Secret)")
        }
        [FileSource::DownwardApi(_)] if !volume.is_projected => Block::new()
            .field("Type", "DownwardAPI (a volume populated by information about the pod)"),
        _ => Block::new().field(
            "Type",
            "Projected (a volume that contains injected data from multiple sources)",
        ),
    };
    volume.sources.iter().fold(block, |block, source| match source {
        FileSource::ConfigMap(ObjectFiles { name, optional, .. }) => {
            block.field("ConfigMapName", name).field("Optional", optional)
        }
        FileSource::Secret(ObjectFiles { name, optional, .. }) => {
            block.field("SecretName", name).field("Optional", optional)
        }
        FileSource::DownwardApi(items) => {
            let paths: Vec<_> = items.iter().map(|item| item.path.as_str()).collect();
            block.field("DownwardAPI", paths.join(", "))
        }
    })
}
