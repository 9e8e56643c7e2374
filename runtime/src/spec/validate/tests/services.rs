//! Rules of Services, one change at a time.

use serde_json::{Value, json};

use super::check_in;

/// Checks what is wrong with a Service of one port and these fields. Each expected text is the start
/// of a message below `spec`.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
fn check(fields: Value, expected: &[&str]) {
    let mut service = json!({"metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}]}});
    let fields = fields.as_object().expect("a spec is a map").clone();
    service["spec"].as_object_mut().expect("so is this").extend(fields);
    let expected: Vec<_> = expected.iter().map(|text| format!("spec.{text}")).collect();
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    check_in("Service", service, &[], &expected);
}

#[test]
fn addresses_in_the_cluster() {
    for fields in [
        json!({"clusterIP": "None"}),
        json!({"clusterIP": "10.0.0.1"}),
        json!({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1"]}),
        json!({"clusterIP": "10.0.0.1", "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack"}),
    ] {
        check(fields, &[]);
    }
    check(
        json!({"ipFamilies": ["IPv5"]}),
        &["ipFamilies[0]: Unsupported value: \"IPv5\": supported values: \"IPv4\", \"IPv6\""],
    );
    check(json!({"ipFamilies": ["IPv4", "IPv4"]}), &["ipFamilies[1]: Duplicate value: \"IPv4\""]);
    check(
        json!({"ipFamilyPolicy": "Foo"}),
        &["ipFamilyPolicy: Unsupported value: \"Foo\": supported values: \"PreferDualStack\", \
           \"RequireDualStack\", \"SingleStack\""],
    );
    check(
        json!({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]}),
        &["clusterIPs: Invalid value: [\"10.0.0.2\"]: first value must match `clusterIP`"],
    );
    check(
        json!({"clusterIPs": ["10.0.0.2"]}),
        &["clusterIPs: Invalid value: [\"10.0.0.2\"]: must be empty when `clusterIP` is not"],
    );
    check(
        json!({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "10.0.0.2"]}),
        &[
            "clusterIPs: Invalid value: [\"10.0.0.1\",\"10.0.0.2\"]: may specify no more than one IP",
        ],
    );
    check(
        json!({"clusterIP": "10.0.0.1", "ipFamilies": ["IPv6"]}),
        &["clusterIPs[0]: Invalid value: \"10.0.0.1\": expected an IPv6 value as indicated by"],
    );
    check(
        json!({"clusterIP": "x"}),
        &["clusterIPs[0]: Invalid value: \"x\": must be a valid IP address"],
    );
    check(
        json!({"clusterIP": "None", "type": "NodePort"}),
        &["clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
    );
    check(
        json!({"clusterIP": "None", "clusterIPs": ["None", "10.0.0.1"]}),
        &["clusterIPs: Invalid value: [\"None\",\"10.0.0.1\"]: 'None' must be the first and only"],
    );
}

#[test]
fn other_names() {
    check(json!({"type": "ExternalName", "externalName": "a.b."}), &[]);
    check(json!({"type": "ExternalName"}), &["externalName: Required value"]);
    check(
        json!({"type": "ExternalName", "externalName": "a.b", "clusterIP": "1.2.3.4"}),
        &["clusterIPs: Forbidden: may not be set for ExternalName services"],
    );
}

#[test]
fn addresses_outside() {
    check(json!({"externalIPs": ["1.2.3.4"]}), &[]);
    for (address, expected) in [
        ("0.0.0.0", "may not be unspecified (0.0.0.0)"),
        ("127.0.0.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        ("fe80::1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        ("224.0.0.1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
        ("a", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
    ] {
        let expected = format!("externalIPs[0]: Invalid value: \"{address}\": {expected}");
        check(json!({"externalIPs": [address]}), &[&expected]);
    }
}

#[test]
fn ports() {
    let ports = |ports: Value| json!({"type": "NodePort", "ports": ports});
    check(ports(json!([{"port": 1, "appProtocol": "kubernetes.io/h2c", "nodePort": 30_000}])), &[]);
    check(
        ports(json!([{"port": 1, "appProtocol": "a b"}])),
        &["ports[0].appProtocol: Invalid value: \"a b\": name part must consist of"],
    );
    check(
        ports(json!([
            {"name": "a", "port": 1, "nodePort": 30_000},
            {"name": "b", "port": 2, "nodePort": 30_000},
            {"name": "c", "port": 3, "nodePort": 30_000, "protocol": "UDP"},
        ])),
        &["ports[1].nodePort: Duplicate value: 30000"],
    );
}

#[test]
fn affinity() {
    check(json!({"sessionAffinity": "ClientIP"}), &[]);
    // It has no effect, and is dropped by the API, too.
    check(json!({"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 999_999}}}), &[]);
    check(
        json!({
            "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 999_999}},
        }),
        &["sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 999999: must be greater \
           than 0 and less than 86400"],
    );
}

#[test]
fn load_balancers() {
    check(
        json!({
            "type": "LoadBalancer", "loadBalancerSourceRanges": [" 10.0.0.0/8 ", "fd00::/8"],
            "loadBalancerClass": "x/q", "allocateLoadBalancerNodePorts": false,
            "externalTrafficPolicy": "Local", "healthCheckNodePort": 30_000,
        }),
        &[],
    );
    check(
        json!({"loadBalancerClass": "x/q", "allocateLoadBalancerNodePorts": true}),
        &[
            "allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is",
            "loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
        ],
    );
    for (range, expected) in [
        ("1.2.3.4", "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"),
        ("1.2.3.4/33", "must be a valid CIDR value"),
        ("1.2.3.4/+8", "must be a valid CIDR value"),
        ("1.2.3.0/024", "must not have leading 0s in IP or prefix length"),
        ("1.2.3.4/24", "must not have bits set beyond the prefix length"),
        ("::ffff:1.2.3.4/128", "must not have an IPv4-mapped IPv6 address"),
    ] {
        let expected =
            format!("loadBalancerSourceRanges[0]: Invalid value: \"{range}\": {expected}");
        check(json!({"type": "LoadBalancer", "loadBalancerSourceRanges": [range]}), &[&expected]);
    }
}

#[test]
fn traffic() {
    check(
        json!({"type": "LoadBalancer", "externalTrafficPolicy": "Foo"}),
        &[
            "externalTrafficPolicy: Unsupported value: \"Foo\": supported values: \"Cluster\", \"Local\"",
        ],
    );
    check(
        json!({"externalTrafficPolicy": "Local"}),
        &["externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-"],
    );
    check(
        json!({"healthCheckNodePort": 3}),
        &["healthCheckNodePort: Invalid value: 3: may only be set when `type` is 'LoadBalancer'"],
    );
    check(
        json!({"internalTrafficPolicy": "Foo"}),
        &[
            "internalTrafficPolicy: Unsupported value: \"Foo\": supported values: \"Cluster\", \"Local\"",
        ],
    );
    check(
        json!({"trafficDistribution": "z"}),
        &["trafficDistribution: Unsupported value: \"z\": supported values: \"PreferClose\", \
           \"PreferSameNode\", \"PreferSameZone\""],
    );
}
