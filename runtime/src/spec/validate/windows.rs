//! What only Windows has, and what Windows and Linux exclude of each other.

use super::errors::Errors;
use super::names;
use crate::spec::node::Node;

const MAX_CREDENTIAL_SPEC: usize = 64 * 1024;

/// Checks the Windows options of a security context.
pub(super) fn options(options: &Node<'_>, errors: &mut Errors) {
    let spec_name = options.get("gmsaCredentialSpecName");
    if spec_name.is_set() {
        errors.broken(&spec_name, names::dns_subdomain(spec_name.str()));
    }
    let spec = options.get("gmsaCredentialSpec");
    if spec.is_set() && spec.is_empty() {
        errors.invalid(&spec, "gmsaCredentialSpec cannot be an empty string");
    } else if spec.str().len() > MAX_CREDENTIAL_SPEC {
        errors.invalid(&spec, "gmsaCredentialSpec size must be under 64 KiB");
    }
    let user = options.get("runAsUserName");
    if user.is_set() {
        user_name(&user, errors);
    }
}

fn user_name(node: &Node<'_>, errors: &mut Errors) {
    let name = node.str();
    if name.is_empty() {
        errors.invalid(node, "runAsUserName cannot be an empty string");
        return;
    }
    if name.chars().any(char::is_control) {
        errors.invalid(node, "runAsUserName cannot contain control characters");
        return;
    }
    let (domain, user) = match name.split('\\').collect::<Vec<_>>()[..] {
        [user] => (None, user),
        [domain, user] => (Some(domain), user),
        _ => {
            errors.invalid(node, "runAsUserName cannot contain more than one backslash");
            return;
        }
    };
    if let Some(domain) = domain {
        if domain.len() >= 256 {
            errors.invalid(node, "runAsUserName's Domain length must be under 256 characters");
        }
        if !is_net_bios_name(domain) && !is_domain_name(domain) {
            errors.invalid(
                node,
                "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
            );
        }
    }
    if user.is_empty() {
        errors.invalid(node, "runAsUserName's User cannot be empty");
    } else if user.len() > 104 {
        errors.invalid(node, "runAsUserName's User length must not be longer than 104 characters");
    }
    if !user.is_empty() && user.chars().all(|c| c == '.' || c == ' ') {
        errors.invalid(node, "runAsUserName's User cannot contain only periods or spaces");
    }
    if user.contains(['"', '/', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']']) {
        errors.invalid(
            node,
            "runAsUserName's User cannot contain the following characters: \
             \"/\\:;|=,+*?<>@[]",
        );
    }
}

fn is_net_bios_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 15
        && !name.starts_with('.')
        && !name.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|'])
}

fn is_domain_name(name: &str) -> bool {
    name.split('.').all(|label| {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(word)
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// Checks that containers with the privileges of a host process are alone among themselves.
pub(super) fn host_process(spec: &Node<'_>, errors: &mut Errors) {
    let flag = |context: &Node<'_>| context.get("windowsOptions").get("hostProcess").bool();
    let of_pod = flag(&spec.get("securityContext"));
    let (mut any, mut all) = (false, true);
    let lists = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    for container in lists.flat_map(|list| spec.get(list).items()) {
        let context = container.get("securityContext");
        let of_container = flag(&context);
        if let (Some(pod), Some(container)) = (of_pod, of_container)
            && pod != container
        {
            errors.invalid(
                &context.get("windowsOptions").get("hostProcess"),
                format!("pod hostProcess value must be identical if both are specified, was {pod}"),
            );
        }
        let is_host_process = of_container.or(of_pod) == Some(true);
        any |= is_host_process;
        all &= is_host_process;
    }
    if any && !all {
        errors.invalid_part(
            spec,
            "",
            "If pod contains any hostProcess containers then all containers must be HostProcess \
             containers",
        );
    }
    if any && !spec.get("hostNetwork").is_true() {
        errors.invalid_part(
            &spec.get("hostNetwork"),
            false,
            "hostNetwork must be true if pod contains any hostProcess containers",
        );
    }
}

/// Fields of a Pod that Windows does not have.
const NOT_ON_WINDOWS: &[&str] = &["hostPID", "hostIPC", "hostUsers"];

/// Fields of the Pod's security context that Windows does not have.
const NOT_IN_WINDOWS_POD: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
];

/// Fields of a container's security context that Windows does not have.
const NOT_IN_WINDOWS_CONTAINER: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// Checks that a Pod for one operating system has no fields of the other.
pub(super) fn operating_system(spec: &Node<'_>, errors: &mut Errors) {
    let os = spec.get("os");
    if !os.is_set() {
        return;
    }
    let name = os.get("name");
    errors.required_one_of(&name, &["linux", "windows"], "");
    let context = spec.get("securityContext");
    let lists = ["containers", "initContainers", "ephemeralContainers"].into_iter();
    let containers = lists.flat_map(|list| spec.get(list).items());
    let contexts = containers.map(|container| container.get("securityContext"));
    match name.str() {
        "windows" => {
            // This one stands in the security context in the API's own structures.
            let share = spec.get("shareProcessNamespace");
            forbid_on_windows(&share.at(context.path().field("shareProcessNamespace")), errors);
            for field in NOT_ON_WINDOWS {
                forbid_on_windows(&spec.get(field), errors);
            }
            for field in NOT_IN_WINDOWS_POD {
                forbid_on_windows(&context.get(field), errors);
            }
            for context in contexts {
                for field in NOT_IN_WINDOWS_CONTAINER {
                    forbid_on_windows(&context.get(field), errors);
                }
            }
        }
        "linux" => {
            for context in std::iter::once(context).chain(contexts) {
                if context.get("windowsOptions").is_set() {
                    errors.forbidden(
                        &context.get("windowsOptions"),
                        "windows options cannot be set for a linux pod",
                    );
                }
            }
        }
        _ => {}
    }
}

fn forbid_on_windows(node: &Node<'_>, errors: &mut Errors) {
    if node.is_set() && !(node.bool() == Some(false) && node.path().to_string().contains(".host")) {
        errors.forbidden(node, "cannot be set for a windows pod");
    }
}
