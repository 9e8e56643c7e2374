//! Rules of the kinds that make Pods, one change at a time.

use serde_json::{Value, json};

use super::check_in;

/// An object of a kind whose spec has a template of Pods, and nothing wrong.
fn workload(restart_policy: &str) -> Value {
    json!({
        "metadata": {"name": "a"},
        "spec": {
            "selector": {"matchLabels": {"app": "a"}},
            "template": {
                "metadata": {"labels": {"app": "a"}},
                "spec": {
                    "restartPolicy": restart_policy,
                    "containers": [{"name": "main", "image": "i"}],
                },
            },
        },
    })
}

#[test]
fn all_kinds() {
    for kind in ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"] {
        let check = |path: &str, value: Value, expected: &[&str]| {
            check_in(kind, workload("Always"), &[(path, value)], expected);
        };
        check("metadata.labels", json!({}), &[]);
        check(
            "spec.template.metadata.labels",
            json!({"app": "b"}),
            &["spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: `selector` does not"],
        );
        check(
            "spec.template.spec.restartPolicy",
            json!("Never"),
            &["spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values"],
        );
        check(
            "spec.template.spec.activeDeadlineSeconds",
            json!(1),
            &["spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in"],
        );
    }
}

#[test]
fn deployments() {
    let check = |path: &str, value: Value, expected: &[&str]| {
        check_in("Deployment", workload("Always"), &[(path, value)], expected);
    };
    check("spec.selector", json!({}), &["spec.selector: Invalid value: {}: empty selector is"]);
    check(
        "spec.selector.matchExpressions",
        json!([{"key": "app", "operator": "in", "values": ["b"]}]),
        &[
            "spec.selector.matchExpressions[0].operator: Invalid value: \"in\": not a valid selector",
            "spec.selector: Invalid value: {",
        ],
    );
    check("spec.replicas", json!(-1), &["spec.replicas: Invalid value: -1: must be greater than"]);
    check(
        "spec.strategy",
        json!({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}),
        &["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when"],
    );
    check(
        "spec.strategy",
        json!({"rollingUpdate": {"maxSurge": "x", "maxUnavailable": "101%"}}),
        &[
            "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string",
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"101%\": must not be",
        ],
    );
    check(
        "spec.strategy",
        json!({"type": "Recreate", "rollingUpdate": {}}),
        &["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type`"],
    );
}

#[test]
fn stateful_sets_add_volumes() {
    check_in(
        "StatefulSet",
        workload("Always"),
        &[
            ("spec.volumeClaimTemplates", json!([{"metadata": {"name": "data"}}])),
            (
                "spec.template.spec.containers.0.volumeMounts",
                json!([{"name": "data", "mountPath": "/a"}, {"name": "none", "mountPath": "/b"}]),
            ),
        ],
        &["spec.template.spec.containers[0].volumeMounts[1].name: Not found: \"none\""],
    );
}

#[test]
fn jobs() {
    let mut job = workload("Never");
    job["spec"]["selector"].take();
    let check = |path: &str, value: Value, expected: &[&str]| {
        check_in("Job", job.clone(), &[(path, value)], expected);
    };
    check("spec.completions", json!(3), &[]);
    check(
        "spec.template.spec.restartPolicy",
        json!("Always"),
        &["spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\""],
    );
    check("spec.maxFailedIndexes", json!(1), &["spec.backoffLimitPerIndex: Required value: when"]);
    check(
        "spec.podFailurePolicy.rules",
        json!([{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [2, 0, 2]}}, {"action": "x"}]),
        &[
            "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0",
            "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2",
            "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be",
            "spec.podFailurePolicy.rules[1].action: Unsupported value: \"x\"",
            "spec.podFailurePolicy.rules[1]: Invalid value: {\"action\":\"x\"}: specifying one of",
        ],
    );
    for (indexes, expected) in [
        ("0,2", None),
        ("2,0", Some("non-increasing order")),
        ("0-9", Some("too large index")),
        ("a", Some("cannot convert")),
    ] {
        let message = expected.map(|detail| {
            format!(
                "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"{indexes}\": error \
                 parsing succeededIndexes: {detail}"
            )
        });
        let expected: Vec<_> = message.iter().map(String::as_str).collect();
        let changes = [
            ("spec.completionMode", json!("Indexed")),
            ("spec.completions", json!(3)),
            ("spec.successPolicy.rules", json!([{"succeededIndexes": indexes}])),
        ];
        check_in("Job", job.clone(), &changes, &expected);
    }
}

#[test]
fn a_deployment_to_go_back() {
    let check = |revision: &str, expected: &[&str]| {
        let annotations = json!({"deprecated.deployment.rollback.to": revision});
        let change = ("metadata.annotations", annotations);
        check_in("Deployment", workload("Always"), &[change], expected);
    };
    check("0", &[]);
    check("3", &[]);
    check("last", &[]);
    let expected = "spec.rollback.version: Invalid value: -3: must be greater than or equal to 0";
    check("-3", &[expected]);
}

#[test]
fn cron_jobs() {
    let mut job = workload("Never");
    job["spec"]["selector"].take();
    let cron_job = json!({
        "metadata": {"name": "a"},
        "spec": {"schedule": "0 * * * *", "jobTemplate": {"spec": job["spec"]}},
    });
    let check = |path: &str, value: Value, expected: &[&str]| {
        check_in("CronJob", cron_job.clone(), &[(path, value)], expected);
    };
    for zone in ["UTC", "Etc/GMT+1", "Europe/Rome", "America/Argentina/ComodRivadavia"] {
        check("spec.timeZone", json!(zone), &[]);
    }
    for zone in ["../x", "Europe/InvalidRome", "europe/rome", "Europe", "Europe/Rome/", "+01:00"] {
        let expected =
            format!("spec.timeZone: Invalid value: \"{zone}\": unknown time zone {zone}");
        check("spec.timeZone", json!(zone), &[&expected]);
    }
    let explicit = "must be an explicit time zone as defined in https://www.iana.org/time-zones";
    let local = |name| format!("spec.timeZone: Invalid value: \"{name}\": timeZone {explicit}");
    check("spec.timeZone", json!("Local"), &[&local("Local")]);
    check(
        "spec.timeZone",
        json!("local"),
        &[&local("local"), "spec.timeZone: Invalid value: \"local\": unknown time zone local"],
    );
    check(
        "spec.timeZone",
        json!(""),
        &["spec.timeZone: Invalid value: \"\": timeZone must be nil or non-empty string"],
    );
    check("spec.schedule", json!("* * *"), &["spec.schedule: Invalid value: \"* * *\": expected"]);
    check(
        "spec.schedule",
        json!("TZ=UTC 0 * * * *"),
        &["spec.schedule: Invalid value: \"TZ=UTC 0 * * * *\": cannot use TZ"],
    );
    check("metadata.name", json!("a".repeat(53)), &["metadata.name: Invalid value"]);
}

#[test]
fn configuration() {
    let named = json!({"metadata": {"name": "a"}});
    check_in(
        "ConfigMap",
        named.clone(),
        &[("data", json!({"a/b": "c"}))],
        &["data[a/b]: Invalid value"],
    );
    check_in(
        "Secret",
        named.clone(),
        &[("type", json!("kubernetes.io/tls")), ("stringData", json!({"tls.crt": "x"}))],
        &["data[tls.key]: Required value"],
    );
    for (kind, key) in [("dockercfg", ".dockercfg"), ("dockerconfigjson", ".dockerconfigjson")] {
        let kind = ("type", json!(format!("kubernetes.io/{kind}")));
        let check = |field, value: &str, expected: &[&str]| {
            check_in(
                "Secret",
                named.clone(),
                &[kind.clone(), (field, json!({ key: value }))],
                expected,
            );
        };
        let expected = format!(
            "data[{key}]: Invalid value: \"<secret contents redacted>\": invalid character 'h' \
             looking for beginning of value"
        );
        check("data", "aGk=", &[&expected]);
        check("stringData", "hi", &[&expected]);
        check("data", "e30=", &[]);
        check("stringData", "{}", &[]);
    }
    check_in("Service", named.clone(), &[("spec.ports", json!([{"port": 80}]))], &[]);
    check_in(
        "Service",
        named.clone(),
        &[("spec.ports", json!([{"port": 80, "name": "a"}, {"port": 80}]))],
        &["spec.ports[1].name: Required value", "spec.ports[1]: Duplicate value"],
    );
    check_in(
        "PersistentVolumeClaim",
        named,
        &[(
            "spec",
            json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "0"}}}),
        )],
        &["spec.resources[storage]: Invalid value: \"0\": must be greater than zero"],
    );
}
