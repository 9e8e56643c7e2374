//! The lifecycle as data: a pod, what happens to it, the exact plan.

mod scenario;
mod simulation;

use std::collections::BTreeMap;

use crate::spec::{
    Container, ContainerKind, ImagePullPolicy, Metadata, Pod, PodSpec, Resources, RestartPolicy,
    TerminationMessagePolicy,
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
    let spec = PodSpec {
        init_containers,
        containers: regular,
        restart_policy,
        termination_grace_seconds: 30,
        active_deadline_seconds: None,
        volumes: Vec::new(),
        hostname: None,
    };
    Pod { metadata, spec }
}

fn container(name: &str, kind: ContainerKind) -> Container {
    Container {
        name: name.into(),
        kind,
        image: "example/image:1".to_owned(),
        image_pull_policy: ImagePullPolicy::IfNotPresent,
        command: Vec::new(),
        args: Vec::new(),
        working_dir: None,
        env: Vec::new(),
        ports: Vec::new(),
        volume_mounts: Vec::new(),
        resources: Resources::default(),
        stdin: false,
        stdin_once: false,
        tty: false,
        termination_message_path: "/dev/termination-log".to_owned(),
        termination_message_policy: TerminationMessagePolicy::File,
        restart_policy: None,
    }
}
