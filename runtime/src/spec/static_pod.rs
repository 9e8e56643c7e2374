//! What a static Pod may not refer to: everything that is kept by an API server.

use serde_json::Value;

use super::node::Node;

/// Returns the kind of object that keeps a Pod from being a static one, if there is any.
pub fn refers_to(pod: &Value) -> Option<&'static str> {
    let spec = Node::root(pod).get("spec");
    if !spec.get("serviceAccountName").is_empty() {
        return Some("serviceaccounts");
    }
    let volumes = || spec.get("volumes").items();
    if !spec.get("imagePullSecrets").is_empty()
        || in_environment(&spec, "secretKeyRef", "secretRef")
        || volumes().any(|volume| has_secret(&volume))
    {
        return Some("secrets");
    }
    if in_environment(&spec, "configMapKeyRef", "configMapRef")
        || volumes()
            .any(|volume| volume.get("configMap").is_set() || projects(&volume, "configMap"))
    {
        return Some("configmaps");
    }
    if !spec.get("resourceClaims").is_empty() {
        return Some("resourceclaims");
    }
    volumes().find_map(|volume| volume_refers_to(&volume))
}

fn volume_refers_to(volume: &Node<'_>) -> Option<&'static str> {
    let kinds = [
        ("persistentVolumeClaim", "persistentvolumeclaims"),
        ("ephemeral", "persistentvolumeclaims (via ephemeral volumes)"),
        ("csi", "csidrivers"),
        ("glusterfs", "endpoints"),
    ];
    let kind = kinds.into_iter().find(|(kind, _)| volume.get(kind).is_set());
    if kind.is_none() && projects(volume, "serviceAccountToken") {
        return Some("serviceaccounts (via projected volumes)");
    }
    kind.map(|(_, name)| name)
}

fn in_environment(spec: &Node<'_>, key: &'static str, whole: &'static str) -> bool {
    let lists = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    lists.flat_map(|list| spec.get(list).items()).any(|container| {
        container.get("env").items().any(|variable| variable.get("valueFrom").get(key).is_set())
            || container.get("envFrom").items().any(|source| source.get(whole).is_set())
    })
}

/// Storage systems whose credentials are a Secret.
const WITH_SECRET: &[&str] =
    &["cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"];

fn has_secret(volume: &Node<'_>) -> bool {
    volume.get("secret").is_set()
        || volume.get("azureFile").is_set()
        || projects(volume, "secret")
        || volume.get("csi").get("nodePublishSecretRef").is_set()
        || WITH_SECRET.iter().any(|kind| volume.get(kind).get("secretRef").is_set())
}

fn projects(volume: &Node<'_>, kind: &'static str) -> bool {
    volume.get("projected").get("sources").items().any(|source| source.get(kind).is_set())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::refers_to;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check(spec: Value, expected: Option<&str>) {
        assert_eq!(refers_to(&json!({ "spec": spec })), expected, "{spec}");
    }

    #[test]
    fn references() {
        check(json!({"volumes": [{"emptyDir": {}}, {"hostPath": {}}]}), None);
        check(json!({"serviceAccountName": "a"}), Some("serviceaccounts"));
        check(json!({"imagePullSecrets": [{"name": "a"}]}), Some("secrets"));
        check(
            json!({"containers": [{"envFrom": [{"configMapRef": {"name": "a"}}]}]}),
            Some("configmaps"),
        );
        check(
            json!({"initContainers": [{"env": [{"valueFrom": {"secretKeyRef": {}}}]}]}),
            Some("secrets"),
        );
        check(
            json!({"volumes": [{"projected": {"sources": [{"configMap": {}}]}}]}),
            Some("configmaps"),
        );
        check(json!({"resourceClaims": [{}]}), Some("resourceclaims"));
        check(json!({"volumes": [{"persistentVolumeClaim": {}}]}), Some("persistentvolumeclaims"));
        check(json!({"volumes": [{"csi": {}}]}), Some("csidrivers"));
        check(
            json!({"volumes": [{"projected": {"sources": [{"serviceAccountToken": {}}]}}]}),
            Some("serviceaccounts (via projected volumes)"),
        );
    }
}
