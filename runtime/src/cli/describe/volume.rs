//! The volumes of a pod.

use super::block::Block;
use crate::spec::{EmptyDirMedium, HostPathType, Volume, VolumeSource};

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
        VolumeSource::EmptyDir { medium, size_limit_bytes } => {
            let medium = match medium {
                EmptyDirMedium::Disk => "",
                EmptyDirMedium::Memory => "Memory",
                EmptyDirMedium::Other(name) => name,
            };
            let limit = size_limit_bytes.map_or_else(|| "<unset>".to_owned(), |n| n.to_string());
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
    }
}
