//! Security contexts.

use std::collections::BTreeSet;

use super::annotations::{APPARMOR_CONTAINER, SECCOMP_CONTAINER, SECCOMP_POD};
use super::errors::Errors;
use super::pod::PodContext;
use super::{names, windows};
use crate::spec::node::Node;

const MAX_ID: i64 = 2_147_483_647;
const MAX_APPARMOR_PROFILE: usize = 4095;

/// Checks the security context of a container.
pub(super) fn of_container(context: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    if !context.is_set() {
        return;
    }
    errors.in_range(&context.get("runAsUser"), 0, MAX_ID);
    errors.in_range(&context.get("runAsGroup"), 0, MAX_ID);
    let proc_mount = context.get("procMount");
    errors.optional_one_of(&proc_mount, &["Default", "Unmasked"]);
    if proc_mount.str() == "Unmasked" && pod.host_users != Some(false) {
        errors.invalid(&proc_mount, "`hostUsers` must be false to use `Unmasked`");
    }
    seccomp(&context.get("seccompProfile"), errors);
    if context.get("allowPrivilegeEscalation").bool() == Some(false) {
        if context.get("privileged").is_true() {
            errors.invalid(
                context,
                "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
            );
        }
        if context.get("capabilities").get("add").texts().contains(&"CAP_SYS_ADMIN") {
            errors.invalid(
                context,
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
            );
        }
    }
    windows::options(&context.get("windowsOptions"), errors);
    app_armor(&context.get("appArmorProfile"), errors);
}

/// Checks the security context of a Pod.
pub(super) fn of_pod(spec: &Node<'_>, errors: &mut Errors) {
    let context = spec.get("securityContext");
    for field in ["fsGroup", "runAsUser", "runAsGroup"] {
        errors.in_range(&context.get(field), 0, MAX_ID);
    }
    for group in context.get("supplementalGroups").items() {
        errors.in_range(&group, 0, MAX_ID);
    }
    errors.optional_one_of(&context.get("supplementalGroupsPolicy"), &["Merge", "Strict"]);
    if spec.get("shareProcessNamespace").is_true() && spec.get("hostPID").is_true() {
        let share = spec.get("shareProcessNamespace");
        errors.invalid(
            &share.at(context.path().field("shareProcessNamespace")),
            "ShareProcessNamespace and HostPID cannot both be enabled",
        );
    }
    sysctls(spec, &context.get("sysctls"), errors);
    errors.optional_one_of(&context.get("fsGroupChangePolicy"), &["OnRootMismatch", "Always"]);
    errors.optional_one_of(&context.get("seLinuxChangePolicy"), &["Recursive"]);
    seccomp(&context.get("seccompProfile"), errors);
    windows::options(&context.get("windowsOptions"), errors);
    app_armor(&context.get("appArmorProfile"), errors);
}

fn seccomp(profile: &Node<'_>, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    errors.required_one_of(
        &profile.get("type"),
        &["Localhost", "RuntimeDefault", "Unconfined"],
        "type is required when seccompProfile is set",
    );
    let path = profile.get("localhostProfile");
    match (profile.get("type").str(), path.is_set()) {
        ("Localhost", false) => {
            errors.required(&path, "must be set when seccomp type is Localhost");
        }
        ("Localhost", true) => errors.broken(&path, names::local_path(path.str())),
        (_, true) => errors.invalid(&path, "can only be set when seccomp type is Localhost"),
        (_, false) => {}
    }
}

fn app_armor(profile: &Node<'_>, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    errors.required_one_of(
        &profile.get("type"),
        &["Localhost", "RuntimeDefault", "Unconfined"],
        "type is required when appArmorProfile is set",
    );
    let name = profile.get("localhostProfile");
    match profile.get("type").str() {
        "Localhost" if name.str().trim().is_empty() => {
            errors.required(&name, "must be set when AppArmor type is Localhost");
        }
        "Localhost" if name.str().trim() != name.str() => {
            errors.invalid(&name, "must not be padded with whitespace");
        }
        "Localhost" if name.str().len() > MAX_APPARMOR_PROFILE => {
            errors.too_long(&name, MAX_APPARMOR_PROFILE);
        }
        "Localhost" => {}
        _ if name.is_set() => {
            errors.invalid(&name, "can only be set when AppArmor type is Localhost");
        }
        _ => {}
    }
}

fn sysctls(spec: &Node<'_>, sysctls: &Node<'_>, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for sysctl in sysctls.items() {
        let name = sysctl.get("name");
        if name.is_empty() {
            errors.required(&name, "");
        } else if !is_sysctl_name(name.str()) {
            errors.invalid(
                &name,
                "must have at most 253 characters and match regex \
                 ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9][-_a-z0-9]*[a-z0-9]?$",
            );
        } else if !seen.insert(name.str()) {
            errors.duplicate(&name);
        }
        let normal = name.str().replace('/', ".");
        if spec.get("hostNetwork").is_true() && normal.starts_with("net.") {
            errors.invalid(&name, "may not be specified when 'hostNetwork' is true");
        }
        let of_ipc = ["kernel.shm", "kernel.msg", "fs.mqueue."];
        if spec.get("hostIPC").is_true()
            && (normal == "kernel.sem" || of_ipc.iter().any(|prefix| normal.starts_with(prefix)))
        {
            errors.invalid(&name, "may not be specified when 'hostIPC' is true");
        }
    }
}

fn is_sysctl_name(name: &str) -> bool {
    let word = |byte: u8| {
        matches!(byte, b'-' | b'_') || byte.is_ascii_lowercase() || byte.is_ascii_digit()
    };
    let end = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let parts: Vec<_> = name.split(['.', '/']).collect();
    let (last, parents) = parts.split_last().expect("splitting gives at least one part");
    name.len() <= 253
        && parents.iter().all(|part| {
            part.bytes().all(word)
                && part.bytes().next().is_some_and(end)
                && part.bytes().last().is_some_and(end)
        })
        && last.bytes().all(word)
        && last.bytes().next().is_some_and(end)
}

/// Checks that annotations from before there were fields say the same as the fields.
pub(super) fn annotations_match(metadata: &Node<'_>, spec: &Node<'_>, errors: &mut Errors) {
    let annotations = metadata.get("annotations");
    let of_pod = spec.get("securityContext").get("seccompProfile");
    if annotations.key(SECCOMP_POD).is_set() {
        seccomp_matches(annotations.key(SECCOMP_POD).str(), &of_pod, errors);
    }
    let lists = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    for container in lists.flat_map(|list| spec.get(list).items()) {
        let name = container.get("name").str();
        let context = container.get("securityContext");
        let seccomp = annotations.key(&format!("{SECCOMP_CONTAINER}{name}"));
        if seccomp.is_set() {
            seccomp_matches(seccomp.str(), &context.get("seccompProfile"), errors);
        }
        let app_armor = annotations.key(&format!("{APPARMOR_CONTAINER}{name}"));
        if app_armor.is_set() {
            app_armor_matches(app_armor.str(), &context.get("appArmorProfile"), errors);
        }
    }
}

fn seccomp_matches(annotation: &str, field: &Node<'_>, errors: &mut Errors) {
    let matches = match field.get("type").str() {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => matches!(annotation, "runtime/default" | "docker/default"),
        "Localhost" => annotation.starts_with("localhost/"),
        _ => return,
    };
    if !matches {
        errors.forbidden(&field.get("type"), "seccomp type in annotation and field must match");
    } else if let Some(path) = annotation.strip_prefix("localhost/")
        && path != field.get("localhostProfile").str()
    {
        errors.forbidden(
            &field.get("localhostProfile"),
            "seccomp profile in annotation and field must match",
        );
    }
}

fn app_armor_matches(annotation: &str, field: &Node<'_>, errors: &mut Errors) {
    let expected = match annotation {
        "unconfined" => "Unconfined",
        "runtime/default" => "RuntimeDefault",
        _ if annotation.starts_with("localhost/") => "Localhost",
        _ => return,
    };
    let found = field.get("type");
    if !found.is_set() {
        return;
    }
    if found.str() != expected {
        errors.forbidden(&found, "apparmor type in annotation and field must match");
    } else if let Some(path) = annotation.strip_prefix("localhost/")
        && path != field.get("localhostProfile").str()
    {
        errors.forbidden(
            &field.get("localhostProfile"),
            "apparmor profile in annotation and field must match",
        );
    }
}
