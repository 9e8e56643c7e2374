//! A pod with something of everything, and its whole description.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodStatus;

use super::{Subject, describe};
use crate::lifecycle::{Notice, NoticeKind, NoticeLog, Now};
use crate::spec::{Identity, Pod, parse};

const MANIFEST: &str = r#"
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web, tier: front}
spec:
  initContainers:
    - {name: setup, image: example.com/setup:1, args: ["init", "--all"]}
  containers:
    - name: main
      image: example.com/main:1
      ports: [{name: http, containerPort: 80, hostPort: 8080}]
      resources: {limits: {cpu: 250m, memory: 64Mi}}
      livenessProbe: {httpGet: {port: http, path: /up}}
      env:
        - {name: MODE, value: fast}
        - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: keys, key: main}}}
      envFrom: [{configMapRef: {name: settings}}]
      volumeMounts: [{name: data, mountPath: /d, readOnly: true, subPath: a}]
  volumes:
    - {name: data, emptyDir: {}}
"#;

const STATUS: &str = r#"{
    "phase": "Running", "podIP": "10.88.0.2", "hostIP": "10.88.0.1",
    "podIPs": [{"ip": "10.88.0.2"}, {"ip": "fd88::2"}],
    "startTime": "2026-01-02T03:04:05Z",
    "conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "False"}],
    "initContainerStatuses": [{
        "name": "setup", "image": "", "imageID": "", "ready": true, "restartCount": 0,
        "containerID": "wasmpod://1.setup.0",
        "state": {"terminated": {"exitCode": 0, "reason": "Completed",
            "startedAt": "2026-01-02T03:04:06Z", "finishedAt": "2026-01-02T03:04:07Z"}}
    }],
    "containerStatuses": [{
        "name": "main", "image": "", "imageID": "example.com/main@sha256:12", "ready": false,
        "restartCount": 2, "containerID": "wasmpod://1.main.2",
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
        "lastState": {"terminated": {"exitCode": 3, "reason": "Error", "message": "one\ntwo\n",
            "startedAt": "2026-01-02T03:04:08Z", "finishedAt": "2026-01-02T03:04:09Z"}}
    }]
}"#;

fn pod() -> Pod {
    let identity = Identity { uid: "1".to_owned(), name_suffix: "x".to_owned() };
    parse(MANIFEST.as_bytes())[0].pod(&identity).unwrap()
}

#[test]
fn a_pod_is_described_as_by_kubectl() {
    let (pod, status) = (pod(), serde_json::from_str::<PodStatus>(STATUS).unwrap());
    let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let at = |seconds| {
        let monotonic = Duration::from_secs(seconds);
        Now { monotonic, wall: start + monotonic }
    };
    let mut log = NoticeLog::default();
    let started = Notice::about(
        &"main".into(),
        NoticeKind::Normal,
        "Started",
        "Container started".to_owned(),
    );
    let (kind, message) = (NoticeKind::Warning, "Liveness probe failed: no\nroute".to_owned());
    let unhealthy = Notice::about(&"main".into(), kind, "Unhealthy", message);
    log.record(&started, at(3));
    [10, 20, 30].iter().for_each(|second| drop(log.record(&unhealthy, at(*second)).clone()));
    let (status, events) = (&status, log.visible().collect());
    let subject = Subject { pod: &pod, status, node: "here", events, now: at(40).wall };
    assert_eq!(describe(&subject), include_str!("tests/web.txt"));
}

#[test]
fn a_pod_of_which_nothing_is_known_yet_is_described() {
    let (pod, status) = (pod(), PodStatus::default());
    let now = Timestamp::UNIX_EPOCH;
    let subject = Subject { pod: &pod, status: &status, node: "", events: Vec::new(), now };
    let text = describe(&subject);
    assert!(text.contains("    State:  Waiting\n"), "{text}");
    assert!(text.ends_with("Events:  <none>\n"), "{text}");
}
