//! Valid objects in which most rules find something to look at.

use serde_json::{Value, json};

/// Returns an object of each kind, and a list of some.
pub(super) fn objects() -> Vec<Value> {
    let metadata = json!({"name": "a", "labels": {"app": "a"}});
    let object = |api_version: &str, kind: &str, spec: Value| json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec});
    let template = json!({"metadata": metadata, "spec": large_pod()["spec"]});
    let mut ending = template.clone();
    ending["spec"]["restartPolicy"] = json!("Never");
    let selector = json!({"matchLabels": {"app": "a"}});
    let claim =
        json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1"}}});
    let job = json!({
        "template": ending, "completions": 3, "completionMode": "Indexed", "podFailurePolicy": {"rules": [
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}},
        ]}, "successPolicy": {"rules": [{"succeededIndexes": "0-1"}]},
    });
    let mut objects = vec![
        large_pod(),
        object(
            "apps/v1",
            "Deployment",
            json!({
                "selector": selector, "template": template,
                "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
            }),
        ),
        object("apps/v1", "ReplicaSet", json!({"selector": selector, "template": template})),
        object("apps/v1", "DaemonSet", json!({"selector": selector, "template": template})),
        object(
            "apps/v1",
            "StatefulSet",
            json!({
                "selector": selector, "template": template,
                "volumeClaimTemplates": [{"metadata": {"name": "z"}, "spec": claim}],
            }),
        ),
        object("batch/v1", "Job", job.clone()),
        object(
            "batch/v1",
            "CronJob",
            json!({
                "schedule": "*/5 * * * mon-fri", "timeZone": "Europe/Rome", "jobTemplate": {"spec": job},
            }),
        ),
        object(
            "v1",
            "Service",
            json!({"ports": [{"port": 80, "targetPort": "http"}], "selector": {"a": "b"}}),
        ),
        object("v1", "PersistentVolumeClaim", claim),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"a": "YQ=="}}),
    ];
    let items = objects[objects.len() - 3..].to_vec();
    objects.push(json!({"apiVersion": "v1", "kind": "List", "items": items}));
    objects
}

/// A valid Pod in which most rules find something to look at.
fn large_pod() -> Value {
    let selector = json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]});
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "annotations": {"a": "b"}, "ownerReferences": [
            {"apiVersion": "v1", "kind": "A", "name": "a", "uid": "u"},
        ]},
        "spec": {
            "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
            "dnsConfig": {"nameservers": ["10.0.0.1"], "searches": ["a"], "options": [{"name": "a"}]},
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "topologySpreadConstraints": [{
                "maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": selector, "matchLabelKeys": ["c"],
            }],
            "affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "a", "labelSelector": selector, "matchLabelKeys": ["c"]},
            ]}},
            "resources": {"limits": {"cpu": "4", "memory": "4Gi"}},
            "securityContext": {"sysctls": [{"name": "a.b", "value": "c"}], "seccompProfile":
                {"type": "Localhost", "localhostProfile": "a"}},
            "initContainers": [{"name": "first", "image": "i", "restartPolicy": "Always"}],
            "containers": [{
                "name": "main",
                "image": "i@sha256:0",
                "env": [
                    {"name": "A", "value": "$(B)"},
                    {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a']"}}},
                    {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
                ],
                "ports": [{"containerPort": 80, "name": "http", "hostPort": 80}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
                "livenessProbe": {"httpGet": {"port": "http", "httpHeaders": [{"name": "A"}]}},
                "lifecycle": {"preStop": {"sleep": {"seconds": 1}}},
                "restartPolicy": "Never",
                "restartPolicyRules": [
                    {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}},
                ],
                "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "a"}],
            }],
            "volumes": [
                {"name": "v", "emptyDir": {"sizeLimit": "1Gi"}},
                {"name": "w", "iscsi": {"targetPortal": "a", "iqn": "iqn.2001-04.a:b"}},
                {"name": "x", "projected": {"sources": [
                    {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
                ]}},
                {"name": "y", "ephemeral": {"volumeClaimTemplate": {"spec": {
                    "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1"}},
                }}}},
            ],
        },
    })
}
