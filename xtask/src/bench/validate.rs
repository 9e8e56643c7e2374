//! A thousand Pods, decoded, defaulted and checked by one process.

use std::process::Command;

use super::sample::alternate;
use super::start::milliseconds;
use super::{Bench, Measurement};

const PODS: usize = 1000;
const RUNS: usize = 10;

/// Two containers that share a volume, with what most Pods have.
const POD: &str = "\
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web, tier: front}
spec:
  containers:
  - name: web
    image: registry.example.com/web:1.2.3
    args: [--port, \"80\"]
    env:
    - {name: LEVEL, value: info}
    - name: ADDRESS
      valueFrom: {fieldRef: {fieldPath: status.podIP}}
    ports:
    - {containerPort: 80, name: http}
    resources:
      limits: {cpu: 500m, memory: 128Mi}
    volumeMounts:
    - {name: data, mountPath: /data}
  - name: log
    image: registry.example.com/log:1.0
    volumeMounts:
    - {name: data, mountPath: /data, readOnly: true}
  volumes:
  - name: data
    emptyDir: {sizeLimit: 1Gi}
";

/// All in one file.
pub(crate) fn thousand(bench: &Bench) -> anyhow::Result<Measurement> {
    let file = bench.folder("validate")?.join("pods.yaml");
    std::fs::write(&file, POD.repeat(PODS))?;
    let mut ours = || {
        let mut command = Command::new(&bench.wasmpod);
        command.arg("validate").arg(&file);
        milliseconds(&mut [command])
    };
    let medians = alternate(1, RUNS, &mut ours, None)?;
    Ok(Measurement::new("validate/1000", "ms", medians.ours, None, RUNS))
}
