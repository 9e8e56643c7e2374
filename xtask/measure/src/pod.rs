//! The pod that is measured: one container, nothing beside it.

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
    let identity = Identity {
        uid: format!("00000000-0000-4000-8000-{number:012}"),
        name_suffix: String::new(),
    };
    let parsed = parse(manifest.as_bytes());
    let pod = parsed.first().and_then(|document| document.pod(&identity));
    pod.expect("the manifest is a Pod that can be run")
}
