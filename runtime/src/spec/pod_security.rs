//! The Pod Security Standards: what a Pod may ask of its host, in three levels.
//!
//! The levels are Kubernetes' policies of v1.36. A policy is a question to a valid Pod, not a rule
//! of the API: a Pod that violates one is still a right Pod.

use std::fmt;

use serde_json::Value;

use super::node::Node;
use super::path::FieldPath;

/// How much a policy forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Privileged,
    /// The known ways to gain the host's privileges.
    Baseline,
    /// All that a Pod can do without.
    Restricted,
}

/// A field that a policy forbids, or misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The control, in the words of the standard.
    pub control: &'static str,
    /// The field.
    pub field: FieldPath,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.control)
    }
}

/// Returns what in a Pod violates the policy of a level.
pub fn violations(pod: &Value, level: Level) -> Vec<Violation> {
    let pod = Node::root(pod);
    let mut found = Found(Vec::new());
    if level >= Level::Baseline {
        baseline(&pod, &mut found);
    }
    if level >= Level::Restricted {
        restricted(&pod.get("spec"), &mut found);
    }
    found.0
}

struct Found(Vec<Violation>);

impl Found {
    /// Adds the node to what is found, if it is forbidden.
    fn forbid(&mut self, control: &'static str, node: &Node<'_>, is_forbidden: bool) {
        if is_forbidden {
            self.0.push(Violation { control, field: node.path().clone() });
        }
    }

    /// Adds the node if its text is none of these; no text is fine.
    fn allow(&mut self, control: &'static str, node: &Node<'_>, allowed: &[&str]) {
        self.forbid(control, node, !node.is_empty() && !allowed.contains(&node.str()));
    }
}

fn containers<'a>(spec: &Node<'a>) -> Vec<Node<'a>> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|list| spec.get(list).items())
        .collect()
}

/// Returns the security contexts of the Pod and of its containers.
fn contexts<'a>(spec: &Node<'a>) -> Vec<Node<'a>> {
    let of_pod = spec.get("securityContext");
    let of_containers = containers(spec).into_iter().map(|node| node.get("securityContext"));
    std::iter::once(of_pod).chain(of_containers).collect()
}

const BASELINE_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

const SAFE_SYSCTLS: &[&str] = &[
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

const SELINUX_TYPES: &[&str] =
    &["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

fn baseline(pod: &Node<'_>, found: &mut Found) {
    let spec = pod.get("spec");
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        found.forbid("host namespaces", &spec.get(field), spec.get(field).is_true());
    }
    for volume in spec.get("volumes").items() {
        let path = volume.get("hostPath");
        found.forbid("hostPath volumes", &path, path.is_set());
    }
    for (key, profile) in pod.get("metadata").get("annotations").entries() {
        let is_profile = key.starts_with("container.apparmor.security.beta.kubernetes.io/");
        let is_allowed = matches!(profile.str(), "" | "runtime/default")
            || profile.str().starts_with("localhost/");
        found.forbid("AppArmor", &profile, is_profile && !is_allowed);
    }
    for sysctl in spec.get("securityContext").get("sysctls").items() {
        found.allow("sysctls", &sysctl.get("name"), SAFE_SYSCTLS);
    }
    for context in contexts(&spec) {
        baseline_context(&context, found);
        // A /proc without masks tells nothing of the host to a Pod with users of its own.
        if spec.get("hostUsers").bool() != Some(false) {
            found.allow("/proc mount type", &context.get("procMount"), &["Default"]);
        }
    }
    for container in containers(&spec) {
        for port in container.get("ports").items() {
            let host_port = port.get("hostPort");
            found.forbid("host ports", &host_port, host_port.int().unwrap_or_default() != 0);
        }
        hosts_of_handlers(&container, found);
    }
}

fn baseline_context(context: &Node<'_>, found: &mut Found) {
    let host_process = context.get("windowsOptions").get("hostProcess");
    found.forbid("hostProcess", &host_process, host_process.is_true());
    found.forbid("privileged", &context.get("privileged"), context.get("privileged").is_true());
    for capability in context.get("capabilities").get("add").items() {
        found.allow("capabilities", &capability, BASELINE_CAPABILITIES);
    }
    let profile = context.get("appArmorProfile").get("type");
    found.allow("AppArmor", &profile, &["RuntimeDefault", "Localhost"]);
    let selinux = context.get("seLinuxOptions");
    found.allow("SELinux", &selinux.get("type"), SELINUX_TYPES);
    for field in ["user", "role"] {
        found.allow("SELinux", &selinux.get(field), &[]);
    }
    let seccomp = context.get("seccompProfile").get("type");
    found.allow("seccomp", &seccomp, &["RuntimeDefault", "Localhost"]);
}

/// A probe or a hook that may name a host could be made to ask anything of the node's network.
fn hosts_of_handlers(container: &Node<'_>, found: &mut Found) {
    let lifecycle = container.get("lifecycle");
    let handlers = [
        container.get("livenessProbe"),
        container.get("readinessProbe"),
        container.get("startupProbe"),
        lifecycle.get("postStart"),
        lifecycle.get("preStop"),
    ];
    for handler in handlers {
        for action in ["httpGet", "tcpSocket"] {
            let host = handler.get(action).get("host");
            found.forbid("host probes", &host, !host.is_empty());
        }
    }
}

const RESTRICTED_VOLUMES: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn restricted(spec: &Node<'_>, found: &mut Found) {
    for volume in spec.get("volumes").items() {
        let known = RESTRICTED_VOLUMES.iter().any(|kind| volume.get(kind).is_set());
        let has_source = volume.entries().any(|(field, _)| field != "name");
        found.forbid("volume types", &volume, has_source && !known);
    }
    let windows = spec.get("os").get("name").str() == "windows";
    let of_pod = spec.get("securityContext");
    for context in contexts(spec) {
        let user = context.get("runAsUser");
        found.forbid("running as non-root user", &user, user.int() == Some(0));
        let non_root = context.get("runAsNonRoot");
        found.forbid("running as non-root", &non_root, non_root.bool() == Some(false));
    }
    for container in containers(spec) {
        let context = container.get("securityContext");
        let non_root = context.get("runAsNonRoot");
        let is_missing = !non_root.is_set() && !of_pod.get("runAsNonRoot").is_true();
        found.forbid("running as non-root", &non_root, is_missing);
        if !windows {
            restricted_on_linux(&context, &of_pod, found);
        }
    }
}

fn restricted_on_linux(context: &Node<'_>, of_pod: &Node<'_>, found: &mut Found) {
    let escalation = context.get("allowPrivilegeEscalation");
    found.forbid("privilege escalation", &escalation, escalation.bool() != Some(false));
    let seccomp = context.get("seccompProfile").get("type");
    let is_missing = !seccomp.is_set() && !of_pod.get("seccompProfile").get("type").is_set();
    found.forbid("seccomp", &seccomp, is_missing);
    let capabilities = context.get("capabilities");
    let drop = capabilities.get("drop");
    found.forbid("capabilities", &drop, !drop.texts().contains(&"ALL"));
    for capability in capabilities.get("add").items() {
        found.allow("capabilities", &capability, &["NET_BIND_SERVICE"]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Level, violations};

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check(level: Level, spec: Value, expected: &[&str]) {
        let found = violations(&json!({ "spec": spec }), level);
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{spec}");
    }

    fn hardened() -> Value {
        json!({
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "volumes": [{"name": "a", "emptyDir": {}}],
            "containers": [{"securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]},
            }}],
        })
    }

    #[test]
    fn levels() {
        let host = json!({"hostNetwork": true, "containers": [{}]});
        check(Level::Privileged, host.clone(), &[]);
        check(Level::Baseline, host, &["spec.hostNetwork: host namespaces"]);
        check(Level::Baseline, json!({"containers": [{}]}), &[]);
        check(Level::Restricted, hardened(), &[]);
        check(
            Level::Restricted,
            json!({"containers": [{}]}),
            &[
                "spec.containers[0].securityContext.runAsNonRoot: running as non-root",
                "spec.containers[0].securityContext.allowPrivilegeEscalation: privilege escalation",
                "spec.containers[0].securityContext.seccompProfile.type: seccomp",
                "spec.containers[0].securityContext.capabilities.drop: capabilities",
            ],
        );
    }

    #[test]
    fn baseline_controls() {
        let container = |container: Value| json!({ "containers": [container] });
        for (spec, expected) in [
            (json!({"volumes": [{"hostPath": {}}]}), "spec.volumes[0].hostPath: hostPath volumes"),
            (
                json!({"securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}),
                "spec.securityContext.sysctls[0].name: sysctls",
            ),
            (
                json!({"securityContext": {"seLinuxOptions": {"user": "root"}}}),
                "spec.securityContext.seLinuxOptions.user: SELinux",
            ),
            (
                container(json!({"ports": [{"hostPort": 1}]})),
                "spec.containers[0].ports[0].hostPort: host ports",
            ),
            (
                container(json!({"livenessProbe": {"tcpSocket": {"host": "a"}}})),
                "spec.containers[0].livenessProbe.tcpSocket.host: host probes",
            ),
            (
                container(json!({"securityContext": {"capabilities": {"add": ["NET_RAW"]}}})),
                "spec.containers[0].securityContext.capabilities.add[0]: capabilities",
            ),
            (
                container(json!({"securityContext": {"procMount": "Unmasked"}})),
                "spec.containers[0].securityContext.procMount: /proc mount type",
            ),
        ] {
            check(Level::Baseline, spec, &[expected]);
        }
    }

    #[test]
    fn a_container_may_not_take_back_what_the_pod_says() {
        let mut spec = hardened();
        spec["containers"][0]["securityContext"]["runAsNonRoot"] = json!(false);
        spec["containers"][0]["securityContext"]["runAsUser"] = json!(0);
        check(
            Level::Restricted,
            spec,
            &[
                "spec.containers[0].securityContext.runAsUser: running as non-root user",
                "spec.containers[0].securityContext.runAsNonRoot: running as non-root",
            ],
        );
    }

    #[test]
    fn windows_has_no_capabilities() {
        let spec = json!({
            "os": {"name": "windows"},
            "securityContext": {"runAsNonRoot": true},
            "containers": [{}],
        });
        check(Level::Restricted, spec, &[]);
    }
}
