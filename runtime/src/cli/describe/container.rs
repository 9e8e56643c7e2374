//! A container: what it should run, and how it fares.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus};

use super::block::Block;
use super::{probe, time_of_day};
use crate::spec::quantity::Quantity;
use crate::spec::{
    Container, EnvFromSource, EnvValue, EnvVar, FieldRef, KeyRef, NodeResource, Protocol,
    ResourceRef,
};

/// Returns the description of a container.
pub(super) fn describe(container: &Container, status: Option<&ContainerStatus>) -> String {
    let mut text = format!("  {}:\n", container.name);
    text += &image(container, status).text(4);
    text += &words("Command", &container.command);
    text += &words("Args", &container.args);
    text += &state(status).text(4);
    text += &amounts("Limits", &container.resources.limits);
    text += &amounts("Requests", &container.resources.requests);
    text += &probes(container).text(4);
    text += &variables_from(container);
    text += &variables(container);
    text += &mounts(container);
    text
}

fn image(container: &Container, status: Option<&ContainerStatus>) -> Block {
    let number = |port: &crate::spec::ContainerPort, number: u16| {
        let protocol = match port.protocol {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        };
        format!("{number}/{protocol}")
    };
    let (mut ports, mut host_ports) = (Vec::new(), Vec::new());
    for port in &container.ports {
        let name = port.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        ports.push(number(port, port.container_port) + &name);
        host_ports.push(number(port, port.host_port.unwrap_or(0)));
    }
    let plural = if ports.len() > 1 { "s" } else { "" };
    let list = |ports: &[String]| match ports {
        [] => "<none>".to_owned(),
        ports => ports.join(", "),
    };
    let id = |id: Option<&String>| id.cloned().unwrap_or_default();
    Block::new()
        .field("Container ID", id(status.and_then(|status| status.container_id.as_ref())))
        .field("Image", &container.image)
        .field("Image ID", id(status.map(|status| &status.image_id)))
        .field(&format!("Port{plural}"), list(&ports))
        .field(&format!("Host Port{plural}"), list(&host_ports))
}

/// Returns words, one in a line.
fn words(title: &str, words: &[String]) -> String {
    if words.is_empty() {
        return String::new();
    }
    let lines = words.iter().flat_map(|word| word.lines()).map(|line| format!("      {line}\n"));
    format!("    {title}:\n{}", lines.collect::<String>())
}

fn state(status: Option<&ContainerStatus>) -> Block {
    let Some(status) = status else {
        return Block::new().field("State", "Waiting").field("Ready", "False");
    };
    let block = one_state(Block::new(), "State", status.state.as_ref());
    let is_told = |state: &&ContainerState| state.terminated.is_some();
    let block = match status.last_state.as_ref().filter(is_told) {
        Some(last) => one_state(block, "Last State", Some(last)),
        None => block,
    };
    let ready = if status.ready { "True" } else { "False" };
    block.field("Ready", ready).field("Restart Count", status.restart_count)
}

fn one_state(block: Block, title: &str, state: Option<&ContainerState>) -> Block {
    let Some(state) = state else { return block.field(title, "Waiting") };
    if let Some(running) = &state.running {
        let started = running.started_at.as_ref().map(|time| time_of_day(time.0));
        return block.field(title, "Running").some_below("Started", started);
    }
    if let Some(ended) = &state.terminated {
        return block
            .field(title, "Terminated")
            .some_below("Reason", ended.reason.as_ref())
            .some_below("Message", ended.message.as_ref().map(|message| message.trim_end()))
            .below("Exit Code", ended.exit_code)
            .some_below("Started", ended.started_at.as_ref().map(|time| time_of_day(time.0)))
            .some_below("Finished", ended.finished_at.as_ref().map(|time| time_of_day(time.0)));
    }
    let waiting = state.waiting.as_ref();
    block
        .field(title, "Waiting")
        .some_below("Reason", waiting.and_then(|waiting| waiting.reason.as_ref()))
        .some_below("Message", waiting.and_then(|waiting| waiting.message.as_ref()))
}

fn amounts(title: &str, amounts: &BTreeMap<String, Quantity>) -> String {
    let block =
        amounts.iter().fold(Block::new(), |block, (name, amount)| block.field(name, amount));
    match block.text(6) {
        text if text.is_empty() => text,
        text => format!("    {title}:\n{text}"),
    }
}

fn probes(container: &Container) -> Block {
    Block::new()
        .some("Liveness", container.liveness_probe.as_ref().map(probe::describe))
        .some("Readiness", container.readiness_probe.as_ref().map(probe::describe))
        .some("Startup", container.startup_probe.as_ref().map(probe::describe))
}

fn variables_from(container: &Container) -> String {
    if container.env_from.is_empty() {
        return String::new();
    }
    let lines = container.env_from.iter().map(|from| {
        let (name, kind) = match &from.source {
            EnvFromSource::ConfigMap(name) => (name, "ConfigMap"),
            EnvFromSource::Secret(name) => (name, "Secret"),
        };
        let prefix = match from.prefix.as_str() {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        format!("      {name}  {kind}{prefix}  Optional: {}\n", from.optional)
    });
    format!("    Environment Variables from:\n{}", lines.collect::<String>())
}

fn variables(container: &Container) -> String {
    if container.env.is_empty() {
        return "    Environment:  <none>\n".to_owned();
    }
    let add = |block: Block, variable: &EnvVar| block.field(&variable.name, value(&variable.value));
    let block = container.env.iter().fold(Block::new(), add);
    format!("    Environment:\n{}", block.text(6))
}

fn value(value: &EnvValue) -> String {
    let set = |what: &str, KeyRef { name, key, optional }: &KeyRef| {
        format!("<set to the key '{key}' {what} '{name}'>  Optional: {optional}")
    };
    match value {
        EnvValue::Literal(text) => text.clone(),
        EnvValue::Field(field) => format!(" (v1:{})", path(field)),
        EnvValue::Resource(resource) => amount(resource),
        EnvValue::ConfigMapKey(key) => set("of config map", key),
        EnvValue::SecretKey(key) => set("in secret", key),
        EnvValue::FileKey(file) => format!(
            "<set to the key '{}' of file '{}' in volume '{}'>  Optional: {}",
            file.key, file.path, file.volume, file.optional
        ),
    }
}

fn amount(resource: &ResourceRef) -> String {
    match resource {
        ResourceRef::Amount(amount) => amount.clone(),
        ResourceRef::Allocatable { resource, .. } => {
            let limit = match resource {
                NodeResource::Cpu => "cpu",
                NodeResource::Memory => "memory",
                NodeResource::EphemeralStorage => "ephemeral-storage",
            };
            format!("node allocatable (limits.{limit})")
        }
        ResourceRef::UnknownContainer(name) => format!("<no container '{name}'>"),
    }
}

fn path(field: &FieldRef) -> String {
    match field {
        FieldRef::Name => "metadata.name".to_owned(),
        FieldRef::Namespace => "metadata.namespace".to_owned(),
        FieldRef::Uid => "metadata.uid".to_owned(),
        FieldRef::Label(key) => format!("metadata.labels['{key}']"),
        FieldRef::Annotation(key) => format!("metadata.annotations['{key}']"),
        FieldRef::NodeName => "spec.nodeName".to_owned(),
        FieldRef::ServiceAccountName => "spec.serviceAccountName".to_owned(),
        FieldRef::HostIp => "status.hostIP".to_owned(),
        FieldRef::HostIps => "status.hostIPs".to_owned(),
        FieldRef::PodIp => "status.podIP".to_owned(),
        FieldRef::PodIps => "status.podIPs".to_owned(),
    }
}

fn mounts(container: &Container) -> String {
    if container.volume_mounts.is_empty() {
        return "    Mounts:  <none>\n".to_owned();
    }
    let lines = container.volume_mounts.iter().map(|mount| {
        let access = if mount.read_only { "ro" } else { "rw" };
        let sub_path = match &mount.sub_path {
            None => String::new(),
            Some(path) => format!(",path={:?}", path.text()),
        };
        format!("      {} from {} ({access}{sub_path})\n", mount.mount_path, mount.name)
    });
    format!("    Mounts:\n{}", lines.collect::<String>())
}
