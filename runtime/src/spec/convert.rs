//! From a decoded, defaulted, checked document to the small types that the engine works with.
//!
//! Nothing is checked here again. What the engine cannot do was refused before.

mod dns;
mod env;
mod object;
mod probe;
mod volume;

pub(super) use self::object::{claim, config_map, secret};
use super::node::Node;
use super::{
    Container, ContainerKind, ContainerName, ContainerPort, ContainerRestartPolicy,
    ImagePullPolicy, Metadata, Pod, PodSpec, Protocol, Resources, RestartPolicy,
    TerminationMessagePolicy, VolumeMount,
};
use crate::spec::parse::Identity;
use crate::spec::qos::QosClass;
use crate::spec::{SubPath, totals};

/// The resource that logs and volumes on the disk count against.
const EPHEMERAL_STORAGE: &str = "ephemeral-storage";

/// Returns the Pod of a checked document.
pub(super) fn pod(pod: &Node<'_>, identity: &Identity) -> Pod {
    let spec = pod.get("spec");
    Pod {
        metadata: metadata(&pod.get("metadata"), identity),
        spec: PodSpec {
            init_containers: spec
                .get("initContainers")
                .items()
                .map(|node| init_container(&node, &spec))
                .collect(),
            containers: spec
                .get("containers")
                .items()
                .map(|node| container(&node, ContainerKind::Regular, &spec))
                .collect(),
            ephemeral_containers: spec
                .get("ephemeralContainers")
                .items()
                .map(|node| container(&node, ContainerKind::Ephemeral, &spec))
                .collect(),
            restart_policy: match spec.get("restartPolicy").str() {
                "OnFailure" => RestartPolicy::OnFailure,
                "Never" => RestartPolicy::Never,
                _ => RestartPolicy::Always,
            },
            // A negative value is allowed and counts as one second.
            termination_grace_seconds: match spec.get("terminationGracePeriodSeconds").int() {
                None => 30,
                Some(seconds) => u64::try_from(seconds).unwrap_or(1),
            },
            active_deadline_seconds: unsigned(&spec.get("activeDeadlineSeconds")),
            volumes: spec.get("volumes").items().map(|node| volume::volume(&node, &spec)).collect(),
            hostname: owned(&spec.get("hostname")),
            hostname_override: owned(&spec.get("hostnameOverride")),
            subdomain: owned(&spec.get("subdomain")),
            set_hostname_as_fqdn: spec.get("setHostnameAsFQDN").is_true(),
            host_aliases: spec
                .get("hostAliases")
                .items()
                .filter_map(|alias| dns::alias(&alias))
                .collect(),
            dns_policy: dns::policy(&spec.get("dnsPolicy")),
            dns_config: dns::config(&spec.get("dnsConfig")),
            readiness_gates: spec
                .get("readinessGates")
                .items()
                .map(|gate| gate.get("conditionType").str().to_owned())
                .collect(),
            resources: spec.get("resources").is_set().then(|| resources(&spec.get("resources"))),
            ephemeral_storage_limit: totals::of_containers(&spec, "limits", EPHEMERAL_STORAGE),
            qos_class: QosClass::of(&pod.value()),
            os: owned(&spec.get("os").get("name")),
            image_pull_secrets: spec
                .get("imagePullSecrets")
                .items()
                .map(|secret| secret.get("name").str().to_owned())
                .filter(|name| !name.is_empty())
                .collect(),
            service_account_name: owned(&spec.get("serviceAccountName"))
                .unwrap_or_else(|| "default".to_owned()),
        },
    }
}

fn metadata(metadata: &Node<'_>, identity: &Identity) -> Metadata {
    let pairs = |field: &'static str| {
        metadata
            .get(field)
            .entries()
            .map(|(key, value)| (key.to_owned(), value.str().to_owned()))
            .collect()
    };
    Metadata {
        name: match metadata.get("name").text() {
            Some(name) => name.to_owned(),
            None => identity.generated_name(metadata.get("generateName").str()),
        },
        namespace: metadata.get("namespace").str().to_owned(),
        uid: identity.uid.clone(),
        labels: pairs("labels"),
        annotations: pairs("annotations"),
    }
}

fn resources(node: &Node<'_>) -> Resources {
    let amounts = |field: &'static str| {
        let entries = node.get(field).entries();
        let amounts = entries.map(|(name, amount)| Some((name.to_owned(), amount.quantity()?)));
        amounts.flatten().collect()
    };
    Resources { requests: amounts("requests"), limits: amounts("limits") }
}

fn init_container(node: &Node<'_>, spec: &Node<'_>) -> Container {
    let kind = match node.get("restartPolicy").str() {
        "Always" => ContainerKind::Sidecar,
        _ => ContainerKind::Init,
    };
    container(node, kind, spec)
}

fn container(node: &Node<'_>, kind: ContainerKind, spec: &Node<'_>) -> Container {
    let texts = |field: &'static str| {
        node.get(field).texts().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    Container {
        name: ContainerName::new(node.get("name").str()),
        kind,
        image: node.get("image").str().to_owned(),
        image_pull_policy: pull_policy(&node.get("imagePullPolicy")),
        command: texts("command"),
        args: texts("args"),
        working_dir: owned(&node.get("workingDir")),
        env: node
            .get("env")
            .items()
            .filter_map(|variable| env::variable(&variable, node, spec))
            .collect(),
        env_from: node.get("envFrom").items().map(|source| env::from(&source)).collect(),
        ports: node.get("ports").items().map(|node| port(&node)).collect(),
        volume_mounts: node.get("volumeMounts").items().map(|node| volume_mount(&node)).collect(),
        resources: resources(&node.get("resources")),
        stdin: node.get("stdin").is_true(),
        stdin_once: node.get("stdinOnce").is_true(),
        tty: node.get("tty").is_true(),
        termination_message_path: node.get("terminationMessagePath").str().to_owned(),
        termination_message_policy: match node.get("terminationMessagePolicy").str() {
            "FallbackToLogsOnError" => TerminationMessagePolicy::FallbackToLogsOnError,
            _ => TerminationMessagePolicy::File,
        },
        restart_policy: match node.get("restartPolicy").str() {
            "Always" => Some(ContainerRestartPolicy::Always),
            "OnFailure" => Some(ContainerRestartPolicy::OnFailure),
            "Never" => Some(ContainerRestartPolicy::Never),
            _ => None,
        },
        restart_policy_rules: node
            .get("restartPolicyRules")
            .items()
            .map(|rule| probe::restart_rule(&rule))
            .collect(),
        startup_probe: probe::probe(&node.get("startupProbe")),
        liveness_probe: probe::probe(&node.get("livenessProbe")),
        readiness_probe: probe::probe(&node.get("readinessProbe")),
        post_start: probe::hook(&node.get("lifecycle").get("postStart")),
        pre_stop: probe::hook(&node.get("lifecycle").get("preStop")),
        target: node.get("targetContainerName").text().map(ContainerName::new),
    }
}

fn pull_policy(policy: &Node<'_>) -> ImagePullPolicy {
    match policy.str() {
        "Always" => ImagePullPolicy::Always,
        "Never" => ImagePullPolicy::Never,
        _ => ImagePullPolicy::IfNotPresent,
    }
}

fn port(node: &Node<'_>) -> ContainerPort {
    let number = |field: &'static str| {
        node.get(field)
            .int()
            .and_then(|number| u16::try_from(number).ok())
            .filter(|port| *port != 0)
    };
    ContainerPort {
        name: owned(&node.get("name")),
        container_port: number("containerPort").unwrap_or_default(),
        host_port: number("hostPort"),
        host_ip: owned(&node.get("hostIP")),
        protocol: match node.get("protocol").str() {
            "UDP" => Protocol::Udp,
            _ => Protocol::Tcp,
        },
    }
}

fn volume_mount(node: &Node<'_>) -> VolumeMount {
    VolumeMount {
        name: node.get("name").str().to_owned(),
        mount_path: node.get("mountPath").str().to_owned(),
        sub_path: owned(&node.get("subPath"))
            .map(SubPath::Literal)
            .or_else(|| owned(&node.get("subPathExpr")).map(SubPath::Expression)),
        read_only: node.get("readOnly").is_true(),
    }
}

fn owned(node: &Node<'_>) -> Option<String> {
    node.text().map(str::to_owned)
}

fn unsigned(node: &Node<'_>) -> Option<u64> {
    node.int().and_then(|number| u64::try_from(number).ok())
}
