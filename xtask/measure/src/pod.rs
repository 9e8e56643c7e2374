//! The pod that is measured: one container, nothing beside it.

use std::collections::BTreeMap;

use wasmpod::spec::{
    Container, ContainerKind, ContainerName, ImagePullPolicy, Metadata, Pod, PodSpec, Resources,
    RestartPolicy, TerminationMessagePolicy,
};

use crate::IMAGE;

/// Returns the pod with this number.
pub(crate) fn pod(number: usize) -> Pod {
    let container = Container {
        name: ContainerName::new("measured"),
        kind: ContainerKind::Regular,
        image: IMAGE.to_owned(),
        image_pull_policy: ImagePullPolicy::Never,
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
    };
    Pod {
        metadata: Metadata {
            name: format!("measured-{number}"),
            namespace: "default".to_owned(),
            uid: format!("00000000-0000-4000-8000-{number:012}"),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        },
        spec: PodSpec {
            init_containers: Vec::new(),
            containers: vec![container],
            restart_policy: RestartPolicy::Never,
            termination_grace_seconds: 30,
            active_deadline_seconds: None,
            volumes: Vec::new(),
            hostname: None,
        },
    }
}
