//! Volumes of storage systems. None is mounted here, but a wrong one is still told.

use super::errors::Errors;
use super::names;
use crate::spec::node::Node;

/// The fields that must have a value, by kind of volume.
const REQUIRED: &[(&str, &[&str])] = &[
    ("awsElasticBlockStore", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("azureFile", &["secretName", "shareName"]),
    ("cephfs", &["monitors"]),
    ("cinder", &["volumeID"]),
    ("csi", &["driver"]),
    ("flexVolume", &["driver"]),
    ("gcePersistentDisk", &["pdName"]),
    ("gitRepo", &["repository"]),
    ("glusterfs", &["endpoints", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("nfs", &["server", "path"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("quobyte", &["volume"]),
    ("rbd", &["monitors", "image"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("vsphereVolume", &["volumePath"]),
];

/// Checks a volume of that kind.
pub(super) fn source(kind: &str, source: &Node<'_>, errors: &mut Errors) {
    for (_, fields) in REQUIRED.iter().filter(|(required_by, _)| *required_by == kind) {
        for field in *fields {
            errors.required_text(&source.get(field));
        }
    }
    match kind {
        "awsElasticBlockStore" | "gcePersistentDisk" => {
            errors.in_range(&source.get("partition"), 0, 255);
        }
        "azureDisk" => azure_disk(source, errors),
        "cinder" | "scaleIO" => secret(source, errors),
        "flexVolume" => {
            secret(source, errors);
            for (key, value) in source.get("options").entries() {
                let namespace = key.split('/').next().unwrap_or_default().to_lowercase();
                if namespace == "kubernetes.io" || namespace.ends_with(".kubernetes.io") {
                    errors.invalid_part(
                        &value,
                        key,
                        "\"kubernetes.io\" and *.\"kubernetes.io\" namespaces are reserved",
                    );
                }
            }
        }
        "storageos" => {
            secret(source, errors);
            errors.required_name(&source.get("volumeName"), names::dns_label);
            errors.optional_name(&source.get("volumeNamespace"), names::dns_label);
        }
        "csi" => csi(source, errors),
        "fc" => fibre_channel(source, errors),
        "flocker" => flocker(source, errors),
        "gitRepo" => {
            let directory = source.get("directory");
            errors.broken(&directory, names::local_path(directory.str()));
        }
        "iscsi" => iscsi(source, errors),
        "nfs" => {
            let path = source.get("path");
            if !path.is_empty() && !path.str().starts_with('/') {
                errors.invalid(&path, "must be an absolute path");
            }
        }
        "quobyte" => quobyte(source, errors),
        _ => {}
    }
}

fn azure_disk(source: &Node<'_>, errors: &mut Errors) {
    let uri = source.get("diskURI");
    let managed = source.get("kind").str() == "Managed";
    errors.optional_one_of(&source.get("cachingMode"), &["None", "ReadOnly", "ReadWrite"]);
    errors.optional_one_of(&source.get("kind"), &["Dedicated", "Managed", "Shared"]);
    if managed && !uri.str().starts_with("/subscriptions/") {
        errors.not_supported(
            &uri,
            &["/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"],
        );
    }
    if !managed && !uri.str().starts_with("https://") {
        errors.not_supported(
            &uri,
            &["https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"],
        );
    }
}

fn secret(source: &Node<'_>, errors: &mut Errors) {
    let reference = source.get("secretRef");
    if reference.is_set() {
        errors.required_text(&reference.get("name"));
    }
}

fn csi(source: &Node<'_>, errors: &mut Errors) {
    let driver = source.get("driver");
    if driver.str().len() > 63 {
        errors.too_long(&driver, 63);
    }
    errors.optional_name(&driver, |name| names::dns_subdomain(&name.to_lowercase()));
    let secret = source.get("nodePublishSecretRef");
    if secret.is_set() {
        errors.required_name(&secret.get("name"), names::dns_subdomain);
    }
}

fn fibre_channel(source: &Node<'_>, errors: &mut Errors) {
    let (targets, ids) = (source.get("targetWWNs"), source.get("wwids"));
    match (targets.len(), ids.len()) {
        (0, 0) => {
            errors.required(&targets, "must specify either targetWWNs or wwids, but not both");
        }
        (0, _) => {}
        (_, 0) => {
            let lun = source.get("lun");
            if !lun.is_set() {
                errors.required(&lun, "lun is required if targetWWNs is specified");
            }
            errors.in_range(&lun, 0, 255);
        }
        _ => errors.invalid(&targets, "targetWWNs and wwids can not be specified simultaneously"),
    }
}

fn flocker(source: &Node<'_>, errors: &mut Errors) {
    let (name, uuid) = (source.get("datasetName"), source.get("datasetUUID"));
    if name.is_empty() && uuid.is_empty() {
        errors.required(source, "one of datasetName and datasetUUID is required");
    }
    if !name.is_empty() && !uuid.is_empty() {
        errors.invalid_part(
            source,
            "resource",
            "datasetName and datasetUUID can not be specified simultaneously",
        );
    }
    if name.str().contains('/') {
        errors.invalid(&name, "must not contain '/'");
    }
}

fn iscsi(source: &Node<'_>, errors: &mut Errors) {
    let iqn = source.get("iqn");
    if !iqn.is_empty() && !is_iqn(iqn.str()) {
        errors.invalid(&iqn, "must be valid format");
    }
    errors.in_range(&source.get("lun"), 0, 255);
    let authenticates =
        source.get("chapAuthDiscovery").is_true() || source.get("chapAuthSession").is_true();
    let secret = source.get("secretRef");
    if authenticates && !secret.is_set() {
        errors.required(&secret, "");
    }
    if secret.is_set() {
        errors.required_text(&secret.get("name"));
    }
    let initiator = source.get("initiatorName");
    if initiator.is_set() && !is_iqn(initiator.str()) {
        errors.invalid(
            &initiator.at(source.path().field("initiatorname")),
            "must be valid format starting with iqn, eui, or naa",
        );
    }
}

/// Whether text is an iSCSI name: `iqn.2001-04.com.example:x`, `eui.` or `naa.` and hex digits.
fn is_iqn(name: &str) -> bool {
    let hex = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if let Some(id) = name.strip_prefix("eui.") {
        return hex(id, &[16]);
    }
    if let Some(id) = name.strip_prefix("naa.") {
        return hex(id, &[16, 32]);
    }
    let Some(rest) = name.strip_prefix("iqn.") else { return false };
    let Some((date, authority)) = rest.split_once('.') else { return false };
    let is_date = matches!(date.split_once('-'), Some((year, month))
        if year.len() == 4 && month.len() == 2 && (year.to_owned() + month).bytes().all(|byte| byte.is_ascii_digit()));
    let Some((domain, target)) = authority.split_once(':') else { return false };
    is_date
        && domain.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && domain.bytes().all(|byte| matches!(byte, b'.' | b'-') || byte.is_ascii_alphanumeric())
        && !target.is_empty()
        && !target.contains([',', ';', '*', '&', '$', '|'])
        && !target.contains(char::is_whitespace)
}

fn quobyte(source: &Node<'_>, errors: &mut Errors) {
    const DETAIL: &str = "must be a host:port pair or multiple pairs separated by commas";
    let registry = source.get("registry");
    if registry.is_empty() {
        errors.required(&registry, DETAIL);
    } else if registry.str().len() >= 65 {
        errors.too_long(&registry, 64);
    } else {
        for pair in registry.str().split(',') {
            let is_pair = pair.rsplit_once(':').is_some_and(|(host, port)| {
                !host.is_empty() && !host.contains(':') && !port.is_empty()
            });
            if !is_pair {
                errors.invalid(&registry, DETAIL);
            }
        }
    }
    for (field, max) in [("tenant", 64), ("volume", 64)] {
        if source.get(field).str().len() > max {
            errors.too_long(&source.get(field), max);
        }
    }
}
