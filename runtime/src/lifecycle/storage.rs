//! Whether a pod has to go because it stores more than it may, in the order and the words of the
//! kubelet.

use std::collections::BTreeMap;

use crate::spec::quantity::Quantity;
use crate::spec::{ContainerName, PodSpec, VolumeSource};

/// What a pod stores on its node, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageUsage {
    /// In each emptyDir.
    pub empty_dirs: BTreeMap<String, u64>,
    /// Of each container: its logs, and what it writes beside its volumes.
    pub containers: BTreeMap<ContainerName, u64>,
    /// All of it that is on the disk.
    pub total: u64,
}

/// Returns whether there is any limit to what the pod stores.
pub fn limits_storage(spec: &PodSpec) -> bool {
    let is_limited = |source: &VolumeSource| match source {
        VolumeSource::EmptyDir { size_limit, .. } => size_limit.is_some(),
        _ => false,
    };
    spec.ephemeral_storage_limit.is_some()
        || spec.volumes.iter().any(|volume| is_limited(&volume.source))
}

/// Returns why the pod has to go, if it stores too much.
pub fn storage_excess(spec: &PodSpec, usage: &StorageUsage) -> Option<String> {
    let exceeds = |bytes: u64, limit: Quantity| Quantity::from(bytes) > limit;
    for volume in &spec.volumes {
        let VolumeSource::EmptyDir { size_limit: Some(limit), .. } = volume.source else {
            continue;
        };
        let bytes = usage.empty_dirs.get(&volume.name).copied().unwrap_or_default();
        if exceeds(bytes, limit) {
            let name = &volume.name;
            return Some(format!(
                "Usage of EmptyDir volume {name:?} exceeds the limit \"{limit}\". "
            ));
        }
    }
    if let Some(limit) = spec.ephemeral_storage_limit.filter(|limit| exceeds(usage.total, *limit)) {
        return Some(format!(
            "Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
        ));
    }
    spec.containers.iter().find_map(|container| {
        let limit = container.resources.ephemeral_storage_limit()?;
        let bytes = usage.containers.get(&container.name).copied().unwrap_or_default();
        let name = &container.name;
        exceeds(bytes, limit).then(|| {
            format!("Container {name} exceeded its local ephemeral storage limit \"{limit}\". ")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{StorageUsage, limits_storage, storage_excess};
    use crate::lifecycle::tests::pod;
    use crate::spec::quantity::Quantity;
    use crate::spec::{EmptyDirMedium, PodSpec, RestartPolicy, Volume, VolumeSource};

    fn volume(name: &str, size_limit: Option<u64>) -> Volume {
        let size_limit = size_limit.map(Quantity::from);
        let source = VolumeSource::EmptyDir { medium: EmptyDirMedium::Disk, size_limit };
        Volume { name: name.to_owned(), source }
    }

    fn spec() -> PodSpec {
        let mut spec = pod(RestartPolicy::Always, &["a", "b"]).spec;
        spec.volumes = vec![volume("free", None), volume("small", Some(1_000))];
        let limit = ("ephemeral-storage".to_owned(), Quantity::from(2_000));
        spec.containers[1].resources.limits = [limit].into();
        spec.ephemeral_storage_limit = Some(Quantity::from(5_000));
        spec
    }

    #[test]
    fn who_stores_too_much() {
        let check = |small: u64, b: u64, total: u64, expected: Option<&str>| {
            let usage = StorageUsage {
                empty_dirs: [("free".to_owned(), 9_000), ("small".to_owned(), small)].into(),
                containers: [("a".into(), 9_000), ("b".into(), b)].into(),
                total,
            };
            let expected = expected.map(str::to_owned);
            assert_eq!(storage_excess(&spec(), &usage), expected);
        };
        check(1_000, 2_000, 5_000, None);
        let volume = "Usage of EmptyDir volume \"small\" exceeds the limit \"1k\". ";
        check(1_001, 2_001, 5_001, Some(volume));
        let pod = "Pod ephemeral local storage usage exceeds the total limit of containers 5k. ";
        check(1_000, 2_001, 5_001, Some(pod));
        let container = "Container b exceeded its local ephemeral storage limit \"2k\". ";
        check(1_000, 2_001, 5_000, Some(container));
    }

    #[test]
    fn what_has_no_limit_is_not_looked_at() {
        let mut spec = spec();
        assert!(limits_storage(&spec));
        spec.ephemeral_storage_limit = None;
        assert!(limits_storage(&spec));
        spec.volumes.pop();
        assert!(!limits_storage(&spec));
    }
}
