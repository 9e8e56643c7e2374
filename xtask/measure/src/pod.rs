//! The pods that are measured: of one container and nothing beside it, and of ten.

use wasmpod::spec::Pod;
use wasmpod::spec::parse::{Identity, parse};

use crate::IMAGE;

/// Returns the pod with this number.
pub(crate) fn pod(number: usize) -> Pod {
    let manifest = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: measured-{number}}}, spec: {{\
         restartPolicy: Never, containers: [{{name: measured, image: {IMAGE:?}, \
         imagePullPolicy: Never}}]}}}}"
    );
    parsed(&manifest, &format!("00000000-0000-4000-8000-{number:012}"))
}

/// Returns a pod of ten containers, each with a probe every second.
pub(crate) fn pod_of_ten() -> Pod {
    let container = |number: usize| {
        format!(
            "{{name: c{number}, image: {IMAGE:?}, \
             readinessProbe: {{periodSeconds: 1, tcpSocket: {{port: 80}}}}}}"
        )
    };
    let containers: Vec<_> = (0..10).map(container).collect();
    let manifest = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: ten}}, spec: {{containers: [{}]}}}}",
        containers.join(", ")
    );
    parsed(&manifest, "00000000-0000-4000-8000-000000000010")
}

fn parsed(manifest: &str, uid: &str) -> Pod {
    let identity = Identity { uid: uid.to_owned(), name_suffix: String::new() };
    let parsed = parse(manifest.as_bytes());
    let pod = parsed.first().and_then(|document| document.pod(&identity));
    pod.expect("the manifest is a Pod that can be run")
}
