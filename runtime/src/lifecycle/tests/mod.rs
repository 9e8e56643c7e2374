//! The lifecycle as data: a pod, what happens to it, the exact plan.

mod hook;
mod phase;
mod probe;
mod restart;
mod simulation;
mod start;
mod stop;
mod story;

use std::collections::BTreeMap;

use crate::spec::{
    Container, ContainerKind, Metadata, Pod, PodSpec, Probe, ProbeHandler, RestartPolicy,
};

/// Returns a pod of these containers: `i:NAME` is an init container, `s:NAME` a sidecar, the rest
/// are regular.
pub(crate) fn pod(restart_policy: RestartPolicy, containers: &[&str]) -> Pod {
    let (mut init_containers, mut regular) = (Vec::new(), Vec::new());
    for name in containers {
        match name.split_once(':') {
            Some(("i", name)) => init_containers.push(container(name, ContainerKind::Init)),
            Some(("s", name)) => init_containers.push(container(name, ContainerKind::Sidecar)),
            _ => regular.push(container(name, ContainerKind::Regular)),
        }
    }
    let metadata = Metadata {
        name: "web".to_owned(),
        namespace: "default".to_owned(),
        uid: "1234".to_owned(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
    };
    let spec = PodSpec::new(init_containers, regular, restart_policy);
    Pod { metadata, spec }
}

/// Returns a probe with Kubernetes' defaults.
pub(crate) fn probe() -> Probe {
    Probe {
        handler: ProbeHandler::Exec(vec!["check".to_owned()]),
        initial_delay_seconds: 0,
        timeout_seconds: 1,
        period_seconds: 10,
        success_threshold: 1,
        failure_threshold: 3,
        termination_grace_seconds: None,
    }
}

fn container(name: &str, kind: ContainerKind) -> Container {
    Container::new(name.into(), kind, "example/image:1".to_owned())
}
