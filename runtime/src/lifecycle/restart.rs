//! Whether a container that ended is started again.

use super::ending::EndCause;
use super::state::Run;
use crate::spec::{
    Container, ContainerKind, ContainerRestartPolicy, PodSpec, RestartAction, RestartPolicy,
};

/// Returns whether `container` is started again after this run, if its pod goes on.
///
/// One that a probe ended is, unless its policy is `Never`, whatever its exit code. One whose
/// definition has changed always is.
pub(super) fn restarts(spec: &PodSpec, container: &Container, run: &Run) -> bool {
    let is_asked = match run.cause {
        Some(EndCause::DefinitionChanged | EndCause::RestartAllContainers) => true,
        Some(EndCause::StartupProbe | EndCause::LivenessProbe) => {
            policy(spec, container) != RestartPolicy::Never
        }
        Some(EndCause::PostStartHook | EndCause::PodStopped) | None => false,
    };
    container.kind != ContainerKind::Ephemeral
        && (is_asked || restarts_after(spec, container, run.ended.exit_code))
}

/// Returns whether `container` is started again after this exit code.
///
/// The first rule that matches decides, then the container's own policy, then the pod's. For an
/// init container `Always` of the pod means `OnFailure`: one that succeeded is done. A sidecar is
/// always started again.
pub(super) fn restarts_after(spec: &PodSpec, container: &Container, exit_code: i32) -> bool {
    if container.kind == ContainerKind::Ephemeral {
        return false;
    }
    if rule(container, exit_code).is_some() {
        return true;
    }
    let failed = exit_code != 0;
    match policy(spec, container) {
        RestartPolicy::Never => false,
        RestartPolicy::OnFailure => failed,
        RestartPolicy::Always => failed || container.kind != ContainerKind::Init,
    }
}

/// Returns the policy that holds for a container.
pub(super) fn policy(spec: &PodSpec, container: &Container) -> RestartPolicy {
    match container.restart_policy {
        _ if container.kind == ContainerKind::Sidecar => RestartPolicy::Always,
        Some(ContainerRestartPolicy::Always) => RestartPolicy::Always,
        Some(ContainerRestartPolicy::OnFailure) => RestartPolicy::OnFailure,
        Some(ContainerRestartPolicy::Never) => RestartPolicy::Never,
        None => spec.restart_policy,
    }
}

/// Returns what the container's rules say of this exit code, if they do.
pub(super) fn rule(container: &Container, exit_code: i32) -> Option<RestartAction> {
    let mut rules = container.restart_policy_rules.iter();
    rules.find(|rule| rule.matches(exit_code)).map(|rule| rule.action)
}

/// Returns whether an end of one of its containers may start all of them again.
pub(super) fn may_restart_all(spec: &PodSpec) -> bool {
    let mut rules = spec.all_containers().flat_map(|container| &container.restart_policy_rules);
    rules.any(|rule| rule.action == RestartAction::RestartAllContainers)
}
