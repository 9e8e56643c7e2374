//! Rules of the Pod as a whole, one change at a time.

use serde_json::json;

use super::{check, check_all};

#[test]
fn metadata() {
    check("metadata.name", json!(""), &["metadata.name: Required value: name or generateName"]);
    check_all(&[("metadata.name", json!("")), ("metadata.generateName", json!("a-"))], &[]);
    check("metadata.name", json!("A"), &[r#"metadata.name: Invalid value: "A": a lowercase RFC"#]);
    check("metadata.namespace", json!("a.b"), &["metadata.namespace: Invalid value"]);
    check(
        "metadata.labels",
        json!({"a b": "c d"}),
        &[
            r#"metadata.labels: Invalid value: "a b": name part must consist of"#,
            r#"metadata.labels: Invalid value: "c d": a valid label must be"#,
        ],
    );
    check(
        "metadata.annotations",
        json!({"a": "x".repeat(256 * 1024)}),
        &["metadata.annotations: Too long: may not be more than 262144 bytes"],
    );
    check(
        "metadata.ownerReferences",
        json!([{"kind": "A", "name": "a", "uid": ""}]),
        &[
            "metadata.ownerReferences[0].apiVersion: Invalid value: \"\": version must not be empty",
            "metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty",
        ],
    );
}

#[test]
fn policies() {
    check("spec.restartPolicy", json!("always"), &["spec.restartPolicy: Unsupported value"]);
    check("spec.dnsPolicy", json!("None"), &["spec.dnsConfig: Required value: must provide"]);
    check("spec.preemptionPolicy", json!("x"), &["spec.preemptionPolicy: Unsupported value"]);
    check(
        "spec.activeDeadlineSeconds",
        json!(0),
        &["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647"],
    );
    check("spec.terminationGracePeriodSeconds", json!(-1), &[]);
    check_all(
        &[("spec.schedulingGates", json!([{"name": "g"}])), ("spec.nodeName", json!("n"))],
        &["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
    );
}

#[test]
fn names() {
    check("spec.hostname", json!("a.b"), &["spec.hostname: Invalid value: \"a.b\": must not"]);
    check("spec.subdomain", json!("A"), &["spec.subdomain: Invalid value"]);
    check("spec.nodeName", json!("A"), &["spec.nodeName: Invalid value"]);
    check_all(
        &[("spec.hostnameOverride", json!("a")), ("spec.setHostnameAsFQDN", json!(true))],
        &["spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN"],
    );
    for (ip, detail) in [
        ("10.0.0.01", "must not have leading 0s"),
        ("x", "must be a valid IP address"),
        ("::ffff:10.0.0.1", "must not be an IPv4-mapped IPv6 address"),
    ] {
        check(
            "spec.hostAliases",
            json!([{"ip": ip, "hostnames": ["a.b"]}]),
            &[&format!("spec.hostAliases[0].ip: Invalid value: \"{ip}\": {detail}")],
        );
    }
    check(
        "spec.dnsConfig",
        json!({"nameservers": ["1.1.1.1", "1.1.1.2", "1.1.1.3", "x"], "searches": [".", "a_b.c", "-"], "options": [{}]}),
        &[
            "spec.dnsConfig.nameservers: Invalid value: [",
            "spec.dnsConfig.nameservers[3]: Invalid value: \"x\": must be a valid IP address",
            "spec.dnsConfig.searches[2]: Invalid value: \"-\": a lowercase RFC 1123 subdomain",
            "spec.dnsConfig.options[0]: Required value: must not be empty",
        ],
    );
}

#[test]
fn security() {
    check(
        "spec.securityContext",
        json!({"runAsUser": -1, "seccompProfile": {"type": "Localhost"}, "appArmorProfile": {}}),
        &[
            "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647",
            "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when",
            "spec.securityContext.appArmorProfile.type: Required value: type is required when",
        ],
    );
    check(
        "spec.securityContext.sysctls",
        json!([{"name": "a.b"}, {"name": "a.b"}, {"name": "A"}]),
        &[
            "spec.securityContext.sysctls[1].name: Duplicate value: \"a.b\"",
            "spec.securityContext.sysctls[2].name: Invalid value: \"A\": must have at most 253",
        ],
    );
    check(
        "spec.containers.0.securityContext",
        json!({"allowPrivilegeEscalation": false, "privileged": true}),
        &["spec.containers[0].securityContext: Invalid value: {"],
    );
    check_all(
        &[("spec.os", json!({"name": "windows"})), ("spec.securityContext.fsGroup", json!(1))],
        &["spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod"],
    );
    check_all(
        &[("spec.shareProcessNamespace", json!(true)), ("spec.hostPID", json!(true))],
        &["spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace"],
    );
    check_all(
        &[("spec.hostUsers", json!(false)), ("spec.hostNetwork", json!(true))],
        &["spec.hostNetwork: Forbidden: when `hostUsers` is false"],
    );
    for user in [r"a\b\c", "", "a\u{1}", "...", "a:b"] {
        let path = "spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value";
        check(
            "spec.containers.0.securityContext.windowsOptions.runAsUserName",
            json!(user),
            &[path],
        );
    }
}

#[test]
fn old_annotations_agree_with_fields() {
    check_all(
        &[
            (
                "metadata.annotations",
                json!({"container.seccomp.security.alpha.kubernetes.io/main": "unconfined"}),
            ),
            ("spec.containers.0.securityContext.seccompProfile", json!({"type": "RuntimeDefault"})),
        ],
        &["spec.containers[0].securityContext.seccompProfile.type: Forbidden: seccomp type in"],
    );
    check(
        "metadata.annotations",
        json!({"container.apparmor.security.beta.kubernetes.io/other": "unconfined"}),
        &["metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid"],
    );
}

#[test]
fn scheduling() {
    check(
        "spec.tolerations",
        json!([{"operator": "Equal"}, {"key": "a", "operator": "Near"}, {"key": "a", "tolerationSeconds": 1}]),
        &[
            "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when",
            "spec.tolerations[1].operator: Unsupported value: \"Near\": supported values: \"Equal\"",
            "spec.tolerations[2].effect: Invalid value: null: effect must be 'NoExecute'",
        ],
    );
    check(
        "spec.topologySpreadConstraints",
        json!([{"maxSkew": 0, "topologyKey": "", "whenUnsatisfiable": "Never"}]),
        &[
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
            "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
            "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"Never\"",
        ],
    );
    let required = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    check(
        required,
        json!({"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "a", "operator": "In"},
            {"key": "a", "operator": "Exists", "values": ["b"]},
            {"key": "a", "operator": "Near"},
        ]}]}),
        &[
            &format!("{required}.nodeSelectorTerms[0].matchExpressions[0].values: Required value"),
            &format!("{required}.nodeSelectorTerms[0].matchExpressions[1].values: Forbidden"),
            &format!("{required}.nodeSelectorTerms[0].matchExpressions[2].operator: Invalid value"),
        ],
    );
    check(
        "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution",
        json!([{"weight": 101, "podAffinityTerm": {"topologyKey": "a"}}]),
        &[
            "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Inva",
        ],
    );
}
