//! What a running container is asked: its probes, and its hooks.

use std::sync::Arc;

use super::Outcome;
use crate::executor::Exec;
use crate::lifecycle::{Answer, Event, HookKind, ProbeKind};
use crate::network::PodNetwork;
use crate::probe::{self, Target};
use crate::spec::{ContainerName, Pod};

/// How often a probe is tried that comes to nothing.
const PROBE_TRIES: u32 = 3;

/// A container that hooks and probes are about.
pub(in crate::pod) struct Asked {
    pub(in crate::pod) pod: Arc<Pod>,
    pub(in crate::pod) container: ContainerName,
    pub(in crate::pod) network: Arc<PodNetwork>,
    pub(in crate::pod) exec: Arc<dyn Exec>,
}

impl Asked {
    fn target(&self) -> Option<Target<'_>> {
        let container = self.pod.spec.container(&self.container)?;
        let (network, exec) = (&self.network, self.exec.as_ref());
        Some(Target { pod: &self.pod, container, network, exec })
    }
}

/// Asks a container by one of its probes. What cannot be found out is tried three times.
pub(in crate::pod) async fn probe(asked: Asked, attempt: u32, kind: ProbeKind) -> Outcome {
    let Some(target) = asked.target() else { return Outcome::Nothing };
    let Some(probe) = kind.of(target.container) else { return Outcome::Nothing };
    let mut answer = probe::Answer::Success;
    for _ in 0..PROBE_TRIES {
        answer = probe::probe(probe, &target).await;
        if !matches!(answer, probe::Answer::Error(_)) {
            break;
        }
    }
    let answer = match answer {
        probe::Answer::Success => Answer::Success,
        probe::Answer::Warning(text) => Answer::Warning(text),
        probe::Answer::Failure(text) => Answer::Failure(text),
        probe::Answer::Error(text) => Answer::Error(text),
    };
    Outcome::Event(Event::Probed { container: asked.container, attempt, probe: kind, answer })
}

/// Runs a hook of a container to its end.
pub(in crate::pod) async fn run_hook(asked: Asked, attempt: u32, hook: HookKind) -> Outcome {
    let Some(target) = asked.target() else { return Outcome::Nothing };
    let handler = match hook {
        HookKind::PostStart => &target.container.post_start,
        HookKind::PreStop => &target.container.pre_stop,
    };
    let Some(handler) = handler else { return Outcome::Nothing };
    let failure = probe::run_hook(handler, &target).await.err();
    if let Some(failure) = &failure {
        // The notice does not say it, as the kubelet's event: it may hold secrets.
        tracing::info!(container = %asked.container, ?hook, failure, "a hook has failed");
    }
    Outcome::Event(Event::HookEnded { container: asked.container, attempt, hook, failure })
}
