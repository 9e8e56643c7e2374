//! A status as a line of JSON.

use k8s_openapi::api::core::v1::{Pod, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use super::Shown;

/// Returns a `v1 Pod` with this status. What is in it stands where `kubectl get -o json` has it.
pub(super) fn line(shown: &Shown, status: &PodStatus) -> String {
    let metadata = &shown.pod.metadata;
    let some = |map: &std::collections::BTreeMap<_, _>| (!map.is_empty()).then(|| map.clone());
    let metadata = ObjectMeta {
        name: Some(metadata.name.clone()),
        namespace: Some(metadata.namespace.clone()),
        uid: Some(metadata.uid.clone()),
        labels: some(&metadata.labels),
        annotations: some(&metadata.annotations),
        creation_timestamp: Some(Time(shown.created)),
        deletion_timestamp: shown.deletion.map(|deletion| Time(deletion.at)),
        deletion_grace_period_seconds: shown.deletion.map(|deletion| deletion.grace_seconds),
        ..ObjectMeta::default()
    };
    let pod = Pod { metadata, spec: None, status: Some(status.clone()) };
    serde_json::to_string(&pod).expect("an object of the API is JSON")
}
