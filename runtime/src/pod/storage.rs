//! Looks how much a pod stores, if there is a limit to that.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::actions::Outcome;
use crate::lifecycle::{self, StorageUsage};
use crate::runtime::Runtime;
use crate::sandbox::{self, PodSandbox};
use crate::spec::Pod;
use crate::volume;

/// How long between two looks, as the kubelet's.
const PERIOD: Duration = Duration::from_secs(10);

/// Looks once, after a while. A pod without a limit is never looked at.
pub(super) async fn watch(
    sandbox: Arc<PodSandbox>,
    pod: Arc<Pod>,
    runtime: Arc<Runtime>,
) -> Outcome {
    if !lifecycle::limits_storage(&pod.spec) {
        return Outcome::Nothing;
    }
    tokio::time::sleep(PERIOD).await;
    let logs = runtime.data.logs().join(sandbox::log_directory_name(&pod.metadata));
    let look = move || lifecycle::storage_excess(&pod.spec, &usage(&sandbox, &pod, &logs));
    // A panic there was printed there.
    Outcome::StorageSeen { excess: tokio::task::spawn_blocking(look).await.ok().flatten() }
}

fn usage(sandbox: &PodSandbox, pod: &Pod, logs: &Path) -> StorageUsage {
    let bytes_in = |path: &Path| {
        volume::bytes_in(path).unwrap_or_else(|error| {
            tracing::warn!(path = %path.display(), %error, "cannot tell how much is in there");
            0
        })
    };
    let empty_dirs = sandbox.empty_dirs().map(|(name, path)| (name.to_owned(), bytes_in(path)));
    let containers = pod.spec.all_containers().map(|container| {
        let own = sandbox.container_directories(&container.name);
        let own = own.iter().map(|path| bytes_in(path)).fold(0, u64::saturating_add);
        let logs = bytes_in(&logs.join(container.name.as_str()));
        (container.name.clone(), logs.saturating_add(own))
    });
    let total = bytes_in(logs).saturating_add(bytes_in(sandbox.directory()));
    StorageUsage { empty_dirs: empty_dirs.collect(), containers: containers.collect(), total }
}
