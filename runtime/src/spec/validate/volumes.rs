//! Volumes.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::{claim, env, names, plugins, projected};
use crate::spec::node::Node;

/// The kinds of volumes, in the order in which Kubernetes looks for them.
const KINDS: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// Checks the volumes of a Pod; the name is empty in a template.
pub(super) fn all(spec: &Node<'_>, pod_name: &str, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    let mut made_claims = BTreeSet::new();
    for volume in spec.get("volumes").items() {
        let name = volume.get("name");
        errors.required_name(&name, names::dns_label_without_dots);
        if !name.is_empty() && !seen.insert(name.str()) {
            errors.duplicate(&name);
        }
        source(&volume, errors);
        if volume.get("ephemeral").is_set() && !pod_name.is_empty() {
            let claim = format!("{pod_name}-{}", name.str());
            for rule in names::dns_subdomain(&claim) {
                errors.invalid(&name, format!("PVC name \"{claim}\": {rule}"));
            }
            made_claims.insert(claim);
        }
    }
    for volume in spec.get("volumes").items() {
        let claim = volume.get("persistentVolumeClaim").get("claimName");
        if made_claims.contains(claim.str()) {
            errors.invalid(
                &claim,
                "must not reference a PVC that gets created for an ephemeral volume",
            );
        }
    }
}

/// Checks that no volume has the token of a service account, as the Pod has none.
pub(super) fn no_tokens(spec: &Node<'_>, errors: &mut Errors) {
    let volumes = spec.get("volumes").items();
    for source in volumes.flat_map(|volume| volume.get("projected").get("sources").items()) {
        let token = source.get("serviceAccountToken");
        if token.is_set() {
            errors.forbidden(&token, "must not be specified when serviceAccountName is not set");
        }
    }
}

fn source(volume: &Node<'_>, errors: &mut Errors) {
    let mut kinds = KINDS.iter().filter(|kind| volume.get(kind).is_set());
    let Some(kind) = kinds.next() else {
        errors.required(volume, "must specify a volume type");
        return;
    };
    for extra in kinds {
        errors.forbidden(&volume.get(extra), "may not specify more than 1 volume type");
    }
    let source = volume.get(kind);
    match *kind {
        "emptyDir" => empty_dir(&source, errors),
        "hostPath" => host_path(&source, errors),
        "configMap" => {
            errors.required_text(&source.get("name"));
            files(&source, errors);
        }
        "secret" => {
            errors.required_text(&source.get("secretName"));
            files(&source, errors);
        }
        "downwardAPI" => {
            mode(&source.get("defaultMode"), errors);
            for item in source.get("items").items() {
                downward_item(&source, &item, errors);
            }
        }
        "projected" => projected::volume(&source, errors),
        "persistentVolumeClaim" => errors.required_text(&source.get("claimName")),
        "ephemeral" => claim::template(&source.get("volumeClaimTemplate"), errors),
        "image" => {
            errors.required_text(&source.get("reference"));
            errors.optional_one_of(&source.get("pullPolicy"), &["Always", "IfNotPresent", "Never"]);
        }
        _ => plugins::source(kind, &source, errors),
    }
}

fn empty_dir(source: &Node<'_>, errors: &mut Errors) {
    let limit = source.get("sizeLimit");
    if limit.quantity().is_some_and(super::Quantity::is_negative) {
        errors.forbidden(&limit, "SizeLimit field must be a valid resource quantity");
    }
}

fn host_path(source: &Node<'_>, errors: &mut Errors) {
    let path = source.get("path");
    if path.is_empty() {
        errors.required(&path, "");
    } else {
        errors.broken(&path, names::without_backsteps(path.str()));
    }
    errors.optional_one_of(
        &source.get("type"),
        &[
            "",
            "BlockDevice",
            "CharDevice",
            "Directory",
            "DirectoryOrCreate",
            "File",
            "FileOrCreate",
            "Socket",
        ],
    );
}

/// Checks the files that a config map or a secret becomes.
pub(super) fn files(source: &Node<'_>, errors: &mut Errors) {
    mode(&source.get("defaultMode"), errors);
    for item in source.get("items").items() {
        errors.required_text(&item.get("key"));
        required_local_path(&item.get("path"), errors);
        mode(&item.get("mode"), errors);
    }
}

/// Checks one file of the downward API; its place is told without the list, as Kubernetes does.
pub(super) fn downward_item(source: &Node<'_>, item: &Node<'_>, errors: &mut Errors) {
    let at = |field: &'static str| item.get(field).at(source.path().field(field));
    required_local_path(&at("path"), errors);
    let (field, resource) = (item.get("fieldRef"), item.get("resourceFieldRef"));
    if field.is_set() {
        env::field_ref(&field, VOLUME_FIELDS, &["annotations", "labels"], errors);
        if resource.is_set() {
            errors.invalid_part(
                source,
                "resource",
                "fieldRef and resourceFieldRef can not be specified simultaneously",
            );
        }
    } else if resource.is_set() {
        env::resource_field_ref(&resource, true, errors);
    } else {
        errors.required(source, "one of fieldRef and resourceFieldRef is required");
    }
    mode(&at("mode"), errors);
}

/// The fields of a Pod that can become a file.
const VOLUME_FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

/// Checks a path below a volume that the host itself fills.
pub(super) fn required_local_path(path: &Node<'_>, errors: &mut Errors) {
    if path.is_empty() {
        errors.required(path, "");
    } else {
        errors.broken(path, names::local_visible_path(path.str()));
    }
}

/// Checks the permission bits of files.
pub(super) fn mode(mode: &Node<'_>, errors: &mut Errors) {
    if mode.int().is_some_and(|bits| !(0..=0o777).contains(&bits)) {
        errors.invalid(mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}
