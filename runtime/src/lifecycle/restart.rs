//! Whether a container that ended is started again.

use crate::spec::{Container, ContainerKind, ContainerRestartPolicy, PodSpec, RestartPolicy};

/// Returns whether `container` is started again after this exit code, if its pod goes on.
///
/// The container's own policy comes before the pod's. For an init container `Always` of the pod
/// means `OnFailure`: one that succeeded is done. A sidecar is always started again.
pub(super) fn restarts(spec: &PodSpec, container: &Container, exit_code: i32) -> bool {
    let failed = exit_code != 0;
    if container.kind == ContainerKind::Sidecar {
        return true;
    }
    let policy = match container.restart_policy {
        Some(ContainerRestartPolicy::Always) => RestartPolicy::Always,
        Some(ContainerRestartPolicy::OnFailure) => RestartPolicy::OnFailure,
        Some(ContainerRestartPolicy::Never) => RestartPolicy::Never,
        None => spec.restart_policy,
    };
    match policy {
        RestartPolicy::Never => false,
        RestartPolicy::OnFailure => failed,
        RestartPolicy::Always => failed || container.kind == ContainerKind::Regular,
    }
}
