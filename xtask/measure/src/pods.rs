//! As many pods as were asked for, each with its own task as in a node.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::PodStatus;
use tokio::sync::{mpsc, watch};
use wasmpod::pod::{PodRequest, PodWatch, PodWorker};
use wasmpod::runtime::Runtime;

use crate::Input;
use crate::pod::pod;

/// A pod that runs until this is dropped.
struct Running {
    status: watch::Receiver<Arc<PodStatus>>,
    _requests: mpsc::Sender<PodRequest>,
}

pub(crate) async fn answer(runtime: &Arc<Runtime>) -> anyhow::Result<()> {
    let (mut input, mut pods) = (Input::new(), Vec::new());
    while let Some(line) = input.line().await {
        let count: usize =
            line.trim().parse().with_context(|| format!("{line:?}: want a number"))?;
        let from = pods.len();
        pods.extend((from..count).map(|number| start(runtime, number)));
        for pod in &mut pods[from..] {
            runs(pod).await?;
        }
        crate::answer(count)?;
    }
    Ok(())
}

fn start(runtime: &Arc<Runtime>, number: usize) -> Running {
    let (requests, receiver) = mpsc::channel(1);
    let (sender, status) = watch::channel(Arc::new(PodStatus::default()));
    // Nobody reads them: what a pod of a node would keep for its watchers is not measured.
    let (notices, _) = mpsc::unbounded_channel();
    let watch = PodWatch { logs: None, notices, activity: None, status: sender, stdin: None };
    let worker = PodWorker::new(Arc::new(pod(number)), runtime.clone(), watch, receiver);
    tokio::task::spawn_local(worker.run());
    Running { status, _requests: requests }
}

/// Waits until the pod runs.
async fn runs(pod: &mut Running) -> anyhow::Result<()> {
    let phase = |status: &Arc<PodStatus>| status.phase.clone().unwrap_or_default();
    let is_settled = |status: &Arc<PodStatus>| {
        !matches!(phase(status).as_str(), "" | "Pending") || has_failed(status)
    };
    let status = pod.status.wait_for(is_settled).await?;
    if phase(&status) != "Running" {
        bail!("the pod does not run: {:?}", **status);
    }
    Ok(())
}

/// Whether something could not be made: it would be tried again for ever.
fn has_failed(status: &PodStatus) -> bool {
    let states = status.container_statuses.iter().flatten().filter_map(|c| c.state.as_ref());
    let mut reasons = states.filter_map(|state| state.waiting.as_ref()?.reason.as_deref());
    reasons.any(|reason| reason != "ContainerCreating")
}
