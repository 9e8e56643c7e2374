//! Rules of containers, one change at a time.

use serde_json::json;

use super::{check, check_all};

#[test]
fn names_and_images() {
    check("spec.containers.0.name", json!(""), &["spec.containers[0].name: Required value"]);
    check(
        "spec.containers.0.name",
        json!("a.b"),
        &[r#"spec.containers[0].name: Invalid value: "a.b": must not contain dots"#],
    );
    check(
        "spec.containers.0.name",
        json!("first"),
        &[r#"spec.initContainers[0].name: Duplicate value: "first""#],
    );
    check("spec.containers.0.image", json!(""), &["spec.containers[0].image: Required value"]);
    check(
        "spec.containers.0.image",
        json!(" i"),
        &["spec.containers[0].image: Invalid value: \" i\": must not have leading or trailing"],
    );
    check(
        "spec.containers.0.imagePullPolicy",
        json!("Sometimes"),
        &[
            r#"spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never""#,
        ],
    );
    check("spec.containers", json!([]), &["spec.containers: Required value"]);
}

#[test]
fn environment() {
    let env = "spec.containers.0.env";
    let at = "spec.containers[0].env[0]";
    check(env, json!([{"name": ""}]), &[&format!("{at}.name: Required value")]);
    check(env, json!([{"name": "a=b"}]), &[&format!("{at}.name: Invalid value: \"a=b\"")]);
    check(
        env,
        json!([{"name": "a", "valueFrom": {}}]),
        &[&format!("{at}.valueFrom: Invalid value: \"\": must specify one of: `fieldRef`")],
    );
    let field = |path: &str| json!([{"name": "a", "valueFrom": {"fieldRef": {"fieldPath": path}}}]);
    check(env, field("metadata.labels['a']"), &[]);
    for (path, detail) in [
        ("", "Required value"),
        ("spec.x", "Invalid value: \"spec.x\": error converting fieldPath: field label not supp"),
        (
            "status.phase",
            "Unsupported value: \"status.phase\": supported values: \"metadata.name\"",
        ),
        ("metadata.name['a']", "Invalid value: \"metadata.name['a']\": error converting fieldPath"),
    ] {
        check(env, field(path), &[&format!("{at}.valueFrom.fieldRef.fieldPath: {detail}")]);
    }
    check(
        env,
        json!([{"name": "a", "value": "b", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}]),
        &[&format!("{at}.valueFrom: Invalid value: \"\": may not be specified when `value`")],
    );
    check(
        env,
        json!([{"name": "a", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "a/b"}}}]),
        &[&format!("{at}.valueFrom.configMapKeyRef.key: Invalid value: \"a/b\": a valid config")],
    );
    check(
        env,
        json!([{"name": "a", "valueFrom": {"resourceFieldRef": {"resource": "limits.gpu"}}}]),
        &[&format!("{at}.valueFrom.resourceFieldRef.resource: Unsupported value: \"limits.gpu\"")],
    );
    check(
        env,
        json!([{"name": "a", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "2"}}}]),
        &[&format!(
            "{at}.valueFrom.resourceFieldRef.divisor: Invalid value: \"2\": only divisor's"
        )],
    );
    check(
        "spec.containers.0.envFrom",
        json!([{}]),
        &["spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef`"],
    );
}

#[test]
fn ports() {
    let ports = "spec.containers.0.ports";
    let at = "spec.containers[0].ports[0]";
    check(ports, json!([{"containerPort": 80}, {"containerPort": 80}]), &[]);
    check(ports, json!([{}]), &[&format!("{at}.containerPort: Required value")]);
    check(
        ports,
        json!([{"containerPort": 65536}]),
        &[&format!("{at}.containerPort: Invalid value: 65536: must be between 1 and 65535, incl")],
    );
    check(
        ports,
        json!([{"containerPort": 1, "protocol": "tcp"}]),
        &[&format!("{at}.protocol: Unsupported value: \"tcp\": supported values: \"SCTP\"")],
    );
    check(
        ports,
        json!([{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]),
        &[r#"spec.containers[0].ports[1].name: Duplicate value: "a""#],
    );
    let published = |protocol: &str| {
        json!([
            {"containerPort": 1, "hostPort": 9},
            {"containerPort": 2, "hostPort": 9, "protocol": protocol},
        ])
    };
    check(ports, published("UDP"), &[]);
    check(
        ports,
        published("TCP"),
        &["spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//9\""],
    );
    check_all(
        &[("spec.hostNetwork", json!(true)), (ports, json!([{"containerPort": 1, "hostPort": 2}]))],
        &[&format!("{at}.containerPort: Invalid value: 1: must match `hostPort`")],
    );
}

#[test]
fn mounts() {
    let mounts = "spec.containers.0.volumeMounts";
    let at = "spec.containers[0].volumeMounts";
    let mount = json!({"name": "v", "mountPath": "/v"});
    check(mounts, json!([mount]), &[]);
    check(
        mounts,
        json!([{"name": "x", "mountPath": "/v"}]),
        &[&format!("{at}[0].name: Not found: \"x\"")],
    );
    check(mounts, json!([{"name": "v"}]), &[&format!("{at}[0].mountPath: Required value")]);
    check(
        mounts,
        json!([mount, mount]),
        &[&format!("{at}[1].mountPath: Invalid value: \"/v\": must be unique")],
    );
    for (sub_path, detail) in
        [("/a", "must be a relative path"), ("a/../b", "must not contain '..'")]
    {
        check(
            mounts,
            json!([{"name": "v", "mountPath": "/v", "subPath": sub_path}]),
            &[&format!("{at}.subPath: Invalid value: \"{sub_path}\": {detail}")],
        );
    }
    check(
        mounts,
        json!([{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}]),
        &[&format!("{at}.mountPropagation: Forbidden: Bidirectional mount propagation is")],
    );
    check(
        "spec.containers.0.volumeDevices",
        json!([{"name": "v", "devicePath": "/dev/v"}]),
        &["spec.containers[0].volumeDevices[0].name: Invalid value: \"v\": can only use volume"],
    );
}

#[test]
fn resources() {
    let resources = "spec.containers.0.resources";
    let at = "spec.containers[0].resources";
    check(resources, json!({"limits": {"cpu": "1"}, "requests": {"cpu": "500m"}}), &[]);
    check(
        resources,
        json!({"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}),
        &[&format!(
            "{at}.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"
        )],
    );
    check(
        resources,
        json!({"requests": {"memory": "-1"}}),
        &[&format!(
            "{at}.requests[memory]: Invalid value: \"-1\": must be greater than or equal to 0"
        )],
    );
    check(
        resources,
        json!({"limits": {"example.com/a": "1.5"}}),
        &[
            &format!("{at}.limits[example.com/a]: Invalid value: \"1500m\": must be an integer"),
            &format!("{at}.requests[example.com/a]: Invalid value: \"1500m\": must be an integer"),
        ],
    );
    check(
        resources,
        json!({"requests": {"example.com/a": "1"}}),
        &[&format!("{at}.limits: Required value: Limit must be set for non overcommitable")],
    );
    check(
        resources,
        json!({"limits": {"hugepages-2Mi": "4Mi"}}),
        &[&format!("{at}: Forbidden: HugePages require cpu or memory")],
    );
    check(
        resources,
        json!({"claims": [{"name": "c"}]}),
        &[&format!("{at}.claims[0]: Not found: ")],
    );
}

#[test]
fn probes_and_hooks() {
    let at = "spec.containers[0].livenessProbe";
    let probe = "spec.containers.0.livenessProbe";
    check(probe, json!({"exec": {"command": ["a"]}}), &[]);
    check(probe, json!({}), &[&format!("{at}: Required value: must specify a handler type")]);
    check(
        probe,
        json!({"exec": {"command": ["a"]}, "tcpSocket": {"port": 1}}),
        &[&format!("{at}.tcpSocket: Forbidden: may not specify more than 1 handler type")],
    );
    check(
        probe,
        json!({"tcpSocket": {"port": 0}, "successThreshold": 2, "periodSeconds": -1}),
        &[
            &format!("{at}.tcpSocket.port: Invalid value: 0: must be between 1 and 65535"),
            &format!("{at}.periodSeconds: Invalid value: -1: must be greater than or equal to 0"),
            &format!("{at}.successThreshold: Invalid value: 2: must be 1"),
        ],
    );
    check(
        "spec.containers.0.readinessProbe",
        json!({"exec": {"command": []}, "terminationGracePeriodSeconds": 1}),
        &[
            "spec.containers[0].readinessProbe.exec.command: Required value",
            "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 1: must",
        ],
    );
    check(
        "spec.containers.0.lifecycle",
        json!({"preStop": {"sleep": {"seconds": 31}}}),
        &["spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative"],
    );
}

#[test]
fn init_containers() {
    let at = "spec.initContainers[0]";
    let probe = json!({"exec": {"command": ["a"]}});
    check(
        "spec.initContainers.0.startupProbe",
        probe.clone(),
        &[&format!("{at}.startupProbe: Forbidden: may not be set for init containers without")],
    );
    check_all(
        &[
            ("spec.initContainers.0.startupProbe", probe),
            ("spec.initContainers.0.restartPolicy", json!("Always")),
        ],
        &[],
    );
    check(
        "spec.initContainers.0.restartPolicy",
        json!("Often"),
        &[&format!(
            "{at}.restartPolicy: Unsupported value: \"Often\": supported values: \"Always\""
        )],
    );
    let rule = json!({"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}});
    check(
        "spec.initContainers.0.restartPolicyRules",
        json!([rule]),
        &[&format!("{at}.restartPolicy: Required value: must specify restartPolicy when")],
    );
    check_all(
        &[
            ("spec.containers.0.restartPolicy", json!("Never")),
            ("spec.containers.0.restartPolicyRules", json!(vec![rule; 21])),
        ],
        &["spec.containers[0].restartPolicyRules: Too many: 21: must have at most 20 items"],
    );
    check(
        "spec.ephemeralContainers",
        json!([{"name": "e", "image": "i", "ports": [{"containerPort": 1}]}]),
        &[
            "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral",
            "spec.ephemeralContainers: Forbidden: cannot be set on create",
        ],
    );
}
