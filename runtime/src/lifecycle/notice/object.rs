//! A notice as a Kubernetes Event (`core/v1`).

use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use super::log::Told;
use crate::spec::{ContainerKind, ContainerName, Pod};

/// Who says so.
pub const COMPONENT: &str = "wasmpod";

impl Told {
    /// Returns the Event that stands for it in the API of the node of that name.
    pub fn event(&self, pod: &Pod, node: &str) -> Event {
        let metadata = &pod.metadata;
        let notice = &self.notice;
        Event {
            metadata: ObjectMeta {
                name: Some(format!("{}.{:x}", metadata.name, self.first.as_nanosecond())),
                namespace: Some(metadata.namespace.clone()),
                creation_timestamp: Some(Time(self.first)),
                ..ObjectMeta::default()
            },
            involved_object: ObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("Pod".to_owned()),
                name: Some(metadata.name.clone()),
                namespace: Some(metadata.namespace.clone()),
                uid: Some(metadata.uid.clone()),
                field_path: self.field_path(pod),
                ..ObjectReference::default()
            },
            type_: Some(notice.kind.as_str().to_owned()),
            reason: Some(notice.reason.to_owned()),
            message: Some(notice.message.clone()),
            count: Some(i32::try_from(self.count).unwrap_or(i32::MAX)),
            first_timestamp: Some(Time(self.first)),
            last_timestamp: Some(Time(self.last)),
            source: Some(EventSource {
                component: Some(COMPONENT.to_owned()),
                host: Some(node.to_owned()),
            }),
            reporting_component: Some(COMPONENT.to_owned()),
            reporting_instance: Some(node.to_owned()),
            ..Event::default()
        }
    }

    /// Returns where the container that it is about stands in its pod.
    pub fn field_path(&self, pod: &Pod) -> Option<String> {
        self.notice.container.as_ref().and_then(|name| field_path(pod, name))
    }
}

/// Returns where a container stands in its pod.
fn field_path(pod: &Pod, name: &ContainerName) -> Option<String> {
    let list = match pod.spec.container(name)?.kind {
        ContainerKind::Init | ContainerKind::Sidecar => "initContainers",
        ContainerKind::Regular => "containers",
        ContainerKind::Ephemeral => "ephemeralContainers",
    };
    Some(format!("spec.{list}{{{name}}}"))
}
