//! What a document leaves open, filled in as the API does, before anything is checked.

use serde_json::{Map, Value, json};

use super::container::DEFAULT_TERMINATION_MESSAGE_PATH;
use super::node::Node;
use super::quantity::Quantity;
use super::totals;

mod workloads;

/// Fills in an object of that kind.
pub(super) fn object(kind: &str, object: &mut Value) {
    metadata(object);
    match kind {
        "Pod" => pod(object),
        kind => workloads::object(kind, object),
    }
}

/// Fills in a Pod.
pub(super) fn pod(pod: &mut Value) {
    let spec = child(pod, "spec");
    pod_spec(spec);
    set_if_absent(spec, "enableServiceLinks", json!(true));
    let host_network = spec.get("hostNetwork").and_then(Value::as_bool) == Some(true);
    for list in ["containers", "initContainers"] {
        for container in items(spec, list) {
            let Some(resources) = container.get_mut("resources") else { continue };
            requests_from_limits(resources);
        }
        if host_network {
            items(spec, list).flat_map(|container| items(container, "ports")).for_each(host_port);
        }
    }
    pod_resources(spec);
}

fn metadata(object: &mut Value) {
    set(child(object, "metadata"), "namespace", json!("default"));
}

/// Fills in the spec of a Pod or of a template of Pods.
fn pod_spec(spec: &mut Value) {
    drop_gated(spec);
    set(spec, "dnsPolicy", json!("ClusterFirst"));
    set(spec, "restartPolicy", json!("Always"));
    set_if_absent(spec, "terminationGracePeriodSeconds", json!(30));
    set(spec, "schedulerName", json!("default-scheduler"));
    set_if_absent(spec, "securityContext", json!({}));
    account_name(spec);
    canonical_amounts(spec, "overhead");
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        items(spec, list).for_each(container);
    }
    items(spec, "volumes").for_each(volume);
}

/// Removes the fields that Kubernetes passes over as long as their feature is off, as it is unless
/// the cluster turns it on.
fn drop_gated(spec: &mut Value) {
    remove(spec, "schedulingGroup");
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in items(spec, list) {
            if let Some(lifecycle) = container.get_mut("lifecycle") {
                remove(lifecycle, "stopSignal");
            }
        }
    }
    for volume in items(spec, "volumes") {
        if let Some(projected) = volume.get_mut("projected") {
            for source in items(projected, "sources") {
                remove(source, "clusterTrustBundle");
                remove(source, "podCertificate");
            }
        }
    }
}

/// `serviceAccount` is the old name of `serviceAccountName`, and both are always there together.
fn account_name(spec: &mut Value) {
    let name = ["serviceAccountName", "serviceAccount"]
        .into_iter()
        .find_map(|field| spec.get(field).filter(|name| !is_zero(name)).cloned());
    if let Some(name) = name {
        set(spec, "serviceAccountName", name.clone());
        set(spec, "serviceAccount", name);
    }
}

fn container(container: &mut Value) {
    let policy = pull_policy(text(container, "image"));
    set(container, "imagePullPolicy", json!(policy));
    set(container, "terminationMessagePath", json!(DEFAULT_TERMINATION_MESSAGE_PATH));
    set(container, "terminationMessagePolicy", json!("File"));
    for port in items(container, "ports") {
        set(port, "protocol", json!("TCP"));
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            self::probe(probe);
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(hook) = container.get_mut("lifecycle").and_then(|hooks| hooks.get_mut(hook)) {
            http_get(hook);
        }
    }
    for variable in items(container, "env") {
        if let Some(field) = variable.get_mut("valueFrom").and_then(|from| from.get_mut("fieldRef"))
        {
            set(field, "apiVersion", json!("v1"));
        }
    }
    if let Some(resources) = container.get_mut("resources") {
        canonical_amounts(resources, "limits");
        canonical_amounts(resources, "requests");
    }
}

/// Returns when the registry is asked for an image, if the document does not say.
fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let last = name.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((_, "latest")) => "Always",
        None if !digest && !image.is_empty() => "Always",
        _ => "IfNotPresent",
    }
}

fn probe(probe: &mut Value) {
    set(probe, "timeoutSeconds", json!(1));
    set(probe, "periodSeconds", json!(10));
    set(probe, "successThreshold", json!(1));
    set(probe, "failureThreshold", json!(3));
    http_get(probe);
    if let Some(grpc) = probe.get_mut("grpc") {
        set_if_absent(grpc, "service", json!(""));
    }
}

fn http_get(handler: &mut Value) {
    if let Some(action) = handler.get_mut("httpGet") {
        set(action, "path", json!("/"));
        set(action, "scheme", json!("HTTP"));
    }
}

fn host_port(port: &mut Value) {
    if let Some(number) = port.get("containerPort").cloned() {
        set(port, "hostPort", number);
    }
}

fn requests_from_limits(resources: &mut Value) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else { return };
    if limits.is_empty() {
        return;
    }
    for (name, limit) in limits {
        set_if_absent(child(resources, "requests"), &name, limit);
    }
}

/// Fills in the requests of the Pod: what its containers request, or else its own limits.
fn pod_resources(spec: &mut Value) {
    if spec.get("resources").is_none() {
        return;
    }
    for field in ["limits", "requests"] {
        canonical_amounts(child(spec, "resources"), field);
    }
    let mut requests = Map::new();
    let root = Node::root(spec);
    let limits = root.get("resources").get("limits");
    let supported = |name: &str| matches!(name, "cpu" | "memory") || name.starts_with("hugepages-");
    for (name, limit) in limits.entries().filter(|(name, _)| supported(name)) {
        let request = totals::of_containers(&root, "requests", name);
        let request = request.map_or_else(|| limit.value(), |request| json!(request.to_string()));
        requests.insert(name.to_owned(), request);
    }
    for name in ["cpu", "memory"] {
        if let Some(request) = totals::of_containers(&root, "requests", name) {
            requests.insert(name.to_owned(), json!(request.to_string()));
        }
    }
    let resources = child(spec, "resources");
    for (name, request) in requests {
        set_if_absent(child(resources, "requests"), &name, request);
    }
}

/// Rounds amounts to thousandths, the finest that is reckoned with, and writes each in one form.
fn canonical_amounts(parent: &mut Value, field: &str) {
    let Some(amounts) = parent.get_mut(field).and_then(Value::as_object_mut) else { return };
    for amount in amounts.values_mut() {
        if let Some(quantity) = amount.as_str().and_then(|text| text.parse::<Quantity>().ok()) {
            *amount = json!(quantity.rounded_to_millis().to_string());
        }
    }
}

fn volume(volume: &mut Value) {
    let Some(fields) = volume.as_object() else { return };
    if fields.keys().all(|field| field == "name") {
        set_if_absent(volume, "emptyDir", json!({}));
    }
    for kind in ["configMap", "secret", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(kind) {
            set_if_absent(source, "defaultMode", json!(0o644));
            files(source);
        }
    }
    for (kind, field, default) in PLUGIN_DEFAULTS {
        if let Some(source) = volume.get_mut(kind) {
            set(source, field, json!(default));
        }
    }
    if let Some(disk) = volume.get_mut("azureDisk") {
        set_if_absent(disk, "readOnly", json!(false));
    }
    if let Some(path) = volume.get_mut("hostPath") {
        set_if_absent(path, "type", json!(""));
    }
    if let Some(image) = volume.get_mut("image") {
        let policy = pull_policy(text(image, "reference"));
        set(image, "pullPolicy", json!(policy));
    }
    if let Some(template) =
        volume.get_mut("ephemeral").and_then(|volume| volume.get_mut("volumeClaimTemplate"))
    {
        set(child(template, "spec"), "volumeMode", json!("Filesystem"));
    }
}

/// Fields of storage systems, and what they are if not set.
const PLUGIN_DEFAULTS: [(&str, &str, &str); 9] = [
    ("azureDisk", "cachingMode", "ReadWrite"),
    ("azureDisk", "fsType", "ext4"),
    ("azureDisk", "kind", "Shared"),
    ("iscsi", "iscsiInterface", "default"),
    ("rbd", "pool", "rbd"),
    ("rbd", "user", "admin"),
    ("rbd", "keyring", "/etc/ceph/keyring"),
    ("scaleIO", "storageMode", "ThinProvisioned"),
    ("scaleIO", "fsType", "xfs"),
];

fn files(source: &mut Value) {
    for item in items(source, "items") {
        if let Some(field) = item.get_mut("fieldRef") {
            set(field, "apiVersion", json!("v1"));
        }
    }
    for projection in items(source, "sources") {
        if let Some(token) = projection.get_mut("serviceAccountToken") {
            set_if_absent(token, "expirationSeconds", json!(3600));
        }
        if let Some(downward) = projection.get_mut("downwardAPI") {
            files(downward);
        }
    }
}

/// Returns a field that is a structure, made if it is not there.
fn child<'a>(parent: &'a mut Value, field: &str) -> &'a mut Value {
    if !parent.is_object() {
        *parent = json!({});
    }
    let fields = parent.as_object_mut().expect("it was just made one");
    fields.entry(field).or_insert_with(|| json!({}))
}

/// Returns the elements of a list, none if it is not there.
fn items<'a>(parent: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    parent.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Sets a field that is not there or is zero, where the API does not tell the two apart.
fn set(parent: &mut Value, field: &str, default: Value) {
    if parent.get(field).is_none_or(is_zero) {
        parent[field] = default;
    }
}

/// Sets a field that is not there.
fn set_if_absent(parent: &mut Value, field: &str, default: Value) {
    if parent.get(field).is_none() {
        parent[field] = default;
    }
}

fn remove(parent: &mut Value, field: &str) {
    if let Some(fields) = parent.as_object_mut() {
        fields.remove(field);
    }
}

fn is_zero(value: &Value) -> bool {
    value.is_null() || value == "" || value.as_i64() == Some(0)
}

fn text<'a>(parent: &'a Value, field: &str) -> &'a str {
    parent.get(field).and_then(Value::as_str).unwrap_or_default()
}
