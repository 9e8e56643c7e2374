//! What a container mounts, and its block devices.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::names;
use super::pod::PodContext;
use crate::spec::node::Node;

/// Checks the mounts of volumes.
pub(super) fn volume_mounts(container: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let mounts = container.get("volumeMounts");
    let devices = container.get("volumeDevices");
    let device_names: BTreeSet<_> =
        devices.items().map(|device| device.get("name").str()).collect();
    let device_paths: BTreeSet<_> =
        devices.items().map(|device| device.get("devicePath").str()).collect();
    let mut paths = BTreeSet::new();
    for mount in mounts.items() {
        let name = mount.get("name");
        if name.is_empty() {
            errors.required(&name, "");
        }
        if !pod.volumes.contains_key(name.str()) && !pod.added_volumes.contains(name.str()) {
            errors.not_found(&name);
        }
        let path = mount.get("mountPath");
        if path.is_empty() {
            errors.required(&path, "");
        } else if !paths.insert(path.str()) {
            errors.invalid(&path, "must be unique");
        }
        if device_names.contains(name.str()) && !name.is_empty() {
            errors.invalid(&name, "must not already exist in volumeDevices");
        }
        if device_paths.contains(path.str()) && !path.is_empty() {
            errors.invalid(&path, "must not already exist as a path in volumeDevices");
        }
        sub_path(&mounts, &mount, errors);
        propagation(container, &mounts, &mount, errors);
        recursive_read_only(&mounts, &mount, errors);
    }
}

fn sub_path(mounts: &Node<'_>, mount: &Node<'_>, errors: &mut Errors) {
    for field in ["subPath", "subPathExpr"] {
        let path = mount.get(field);
        if !path.is_empty() {
            let path = path.at(mounts.path().field(field));
            errors.broken(&path, names::local_path(path.str()));
        }
    }
    let expression = mount.get("subPathExpr");
    if !expression.is_empty() && !mount.get("subPath").is_empty() {
        errors.invalid(&expression, "subPathExpr and subPath are mutually exclusive");
    }
}

fn propagation(container: &Node<'_>, mounts: &Node<'_>, mount: &Node<'_>, errors: &mut Errors) {
    let mode = mount.get("mountPropagation");
    if !mode.is_set() {
        return;
    }
    let mode = mode.at(mounts.path().field("mountPropagation"));
    errors.one_of(&mode, &["Bidirectional", "HostToContainer", "None"]);
    if mode.str() == "Bidirectional"
        && !container.get("securityContext").get("privileged").is_true()
    {
        errors.forbidden(
            &mode,
            "Bidirectional mount propagation is available only to privileged containers",
        );
    }
}

fn recursive_read_only(mounts: &Node<'_>, mount: &Node<'_>, errors: &mut Errors) {
    let mode = mount.get("recursiveReadOnly");
    if !mode.is_set() {
        return;
    }
    let mode = mode.at(mounts.path().field("recursiveReadOnly"));
    match mode.str() {
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.get("readOnly").is_true() {
                errors.forbidden(&mode, "may only be specified when readOnly is true");
            }
            if !matches!(mount.get("mountPropagation").str(), "" | "None") {
                errors.forbidden(
                    &mode,
                    "may only be specified when mountPropagation is None or not specified",
                );
            }
        }
        _ => errors.not_supported(&mode, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// Checks the block devices.
pub(super) fn volume_devices(container: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    let mounts = container.get("volumeMounts");
    let mounted: BTreeSet<_> = mounts.items().map(|mount| mount.get("name").str()).collect();
    let mounted_paths: BTreeSet<_> =
        mounts.items().map(|mount| mount.get("mountPath").str()).collect();
    let (mut names, mut paths) = (BTreeSet::new(), BTreeSet::new());
    let devices = container.get("volumeDevices");
    if !devices.is_empty() && pod.host_users == Some(false) {
        errors.forbidden(&devices, "when `hostUsers` is false");
    }
    for device in devices.items() {
        let name = device.get("name");
        let path = device.get("devicePath");
        if name.is_empty() {
            errors.required(&name, "");
        }
        if !names.insert(name.str()) {
            errors.invalid(&name, "must be unique");
        }
        match pod.volumes.get(name.str()) {
            None if pod.added_volumes.contains(name.str()) => {}
            None => errors.not_found(&name),
            Some(source)
                if !source.get("persistentVolumeClaim").is_set()
                    && !source.get("ephemeral").is_set() =>
            {
                errors.invalid(
                    &name,
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for \
                     block mode",
                );
            }
            Some(_) => {}
        }
        if path.is_empty() {
            errors.required(&path, "");
        }
        if !paths.insert(path.str()) {
            errors.invalid(&path, "must be unique");
        }
        if path.str().split('/').any(|element| element == "..") {
            errors.invalid(&path, "can not contain backsteps ('..')");
        } else if mounted_paths.contains(path.str()) {
            errors.invalid(&path, "must not already exist as a path in volumeMounts");
        }
        if mounted.contains(name.str()) {
            errors.invalid(&name, "must not already exist in volumeMounts");
        }
    }
}
