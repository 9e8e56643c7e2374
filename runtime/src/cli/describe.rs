//! `wasmpod run --describe`: all there is to say about a pod, as `kubectl describe pod` has it.
//!
//! What a Secret holds is not in it.

mod block;
mod container;
mod probe;
#[cfg(test)]
mod tests;
mod volume;

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

use self::block::Block;
use crate::cli::table::table;
use crate::lifecycle::{COMPONENT, Told, age};
use crate::spec::{Container, Pod};

/// What is to be described.
pub(super) struct Subject<'a> {
    pub(super) pod: &'a Pod,
    pub(super) status: &'a PodStatus,
    /// The name of the node.
    pub(super) node: &'a str,
    /// What was told of it.
    pub(super) events: Vec<&'a Told>,
    pub(super) now: Timestamp,
}

/// Returns the description.
pub(super) fn describe(subject: &Subject<'_>) -> String {
    let Subject { pod, status, .. } = subject;
    let mut text = head(subject);
    let lists = [
        ("Init Containers", &pod.spec.init_containers, &status.init_container_statuses),
        ("Containers", &pod.spec.containers, &status.container_statuses),
        (
            "Ephemeral Containers",
            &pod.spec.ephemeral_containers,
            &status.ephemeral_container_statuses,
        ),
    ];
    for (title, containers, statuses) in lists {
        text += &list(title, containers, statuses.as_deref().unwrap_or_default());
    }
    text += &conditions(status);
    text += &volume::describe(&pod.spec.volumes);
    text += &Block::new().field("QoS Class", pod.spec.qos_class).text(0);
    text += &events(subject);
    text
}

fn head(subject: &Subject<'_>) -> String {
    let Subject { pod, status, node, .. } = subject;
    let metadata = &pod.metadata;
    let host = status.host_ip.as_deref().unwrap_or_default();
    let start = status.start_time.as_ref().map(|time| time_of_day(time.0));
    let ips: Vec<_> = status.pod_ips.iter().flatten().map(|ip| ip.ip.as_str()).collect();
    let head = Block::new()
        .field("Name", &metadata.name)
        .field("Namespace", &metadata.namespace)
        .field("Service Account", &pod.spec.service_account_name)
        .field("Node", format!("{node}/{host}").trim_end_matches('/'))
        .some("Start Time", start)
        .field("Labels", pairs(&metadata.labels, "="))
        .field("Annotations", pairs(&metadata.annotations, ": "))
        .field("Status", status.phase.as_deref().unwrap_or_default())
        .some("Reason", status.reason.as_ref())
        .some("Message", status.message.as_ref())
        .field("IP", status.pod_ip.as_deref().unwrap_or_default());
    let ips = match ips.as_slice() {
        [] => "IPs:  <none>\n".to_owned(),
        ips => ips.iter().fold("IPs:\n".to_owned(), |text, ip| text + &format!("  IP:  {ip}\n")),
    };
    head.text(0) + &ips
}

fn list(title: &str, containers: &[Container], statuses: &[ContainerStatus]) -> String {
    if containers.is_empty() {
        return String::new();
    }
    let described = containers.iter().map(|container| {
        let status = statuses.iter().find(|status| status.name == container.name.as_str());
        container::describe(container, status)
    });
    format!("{title}:\n{}", described.collect::<String>())
}

fn conditions(status: &PodStatus) -> String {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    if conditions.is_empty() {
        return String::new();
    }
    let mut rows = vec![["Type", "Status"].map(str::to_owned)];
    rows.extend(conditions.iter().map(|c| [c.type_.clone(), c.status.clone()]));
    format!("Conditions:\n{}", indented(&table(&rows, "  ")))
}

fn events(subject: &Subject<'_>) -> String {
    if subject.events.is_empty() {
        return "Events:  <none>\n".to_owned();
    }
    let mut rows = vec![
        ["Type", "Reason", "Age", "From", "Message"].map(str::to_owned),
        ["----", "------", "----", "----", "-------"].map(str::to_owned),
    ];
    for told in &subject.events {
        let last = age(told.last, subject.now);
        let when = match told.count {
            1 => last,
            count => format!("{last} (x{count} over {})", age(told.first, subject.now)),
        };
        let notice = &told.notice;
        let message = notice.message_line();
        let message = match told.field_path(subject.pod) {
            Some(path) => format!("{path}: {message}"),
            None => message,
        };
        let kind = notice.kind.as_str().to_owned();
        rows.push([kind, notice.reason.to_owned(), when, COMPONENT.to_owned(), message]);
    }
    format!("Events:\n{}", indented(&table(&rows, "  ")))
}

/// Returns pairs, one in a line.
fn pairs(map: &BTreeMap<String, String>, between: &str) -> String {
    if map.is_empty() {
        return "<none>".to_owned();
    }
    let lines: Vec<_> = map.iter().map(|(key, value)| format!("{key}{between}{value}")).collect();
    lines.join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Returns a time as mail has it (RFC 1123), in UTC.
fn time_of_day(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
