//! The pod's sandbox: made, and removed.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{HOST_PORT_CONFLICT, Outcome};
use crate::lifecycle::{Addresses, Event, Notice, NoticeKind, Problem};
use crate::network::{DnsNotice, Family};
use crate::pod::volumes::{self, Content};
use crate::runtime::Runtime;
use crate::sandbox::{Places, PodSandbox, SandboxError};
use crate::spec::Pod;

pub(in crate::pod) async fn prepare_sandbox(
    runtime: Arc<Runtime>,
    content: Content,
    notices: mpsc::UnboundedSender<Notice>,
) -> Outcome {
    let may_take_long = volumes::writes_files(&content.pod);
    let create = move || {
        let (pods, claims) = (runtime.data.pods(), runtime.data.claims());
        let places = Places { pods: &pods, claims: &claims };
        PodSandbox::create(places, &runtime.network, &content.sources())
    };
    let created = if may_take_long {
        match tokio::task::spawn_blocking(create).await {
            Ok(created) => created,
            Err(panic) => {
                let (reason, message) = ("FailedCreatePodSandBox", panic.to_string());
                return Outcome::Event(Event::SandboxFailed(Problem { reason, message }));
            }
        }
    } else {
        create()
    };
    match created {
        Ok(sandbox) => {
            for notice in &sandbox.dns_notices {
                // Who did not ask for a cluster need not be worried that there is none.
                let kind = match notice {
                    DnsNotice::NoClusterDns => NoticeKind::Normal,
                    DnsNotice::Nameservers(_) | DnsNotice::Searches(_) => NoticeKind::Warning,
                };
                // Nobody listens any more; the pod goes on.
                let _ = notices.send(Notice::of_pod(kind, notice.reason(), notice.to_string()));
            }
            if sandbox.lacks_memory() {
                let (reason, message) = ("MediumIgnored", "no medium Memory here: on the disk");
                let notice = Notice::of_pod(NoticeKind::Warning, reason, message.to_owned());
                let _ = notices.send(notice);
            }
            Outcome::Sandbox(Box::new(sandbox))
        }
        Err(error) => {
            let (reason, message) = match error {
                SandboxError::Volume(_) => ("FailedMount", error.to_string()),
                SandboxError::Publish(_) => (HOST_PORT_CONFLICT, error.to_string()),
                SandboxError::Directory { .. }
                | SandboxError::HostName(_)
                | SandboxError::Address(_) => {
                    ("FailedCreatePodSandBox", format!("Failed to create pod sandbox: {error}"))
                }
            };
            Outcome::Event(Event::SandboxFailed(Problem { reason, message }))
        }
    }
}

/// Returns where the pod and its node can be reached.
pub(in crate::pod) fn addresses(sandbox: &PodSandbox) -> Addresses {
    let addresses = sandbox.network.addresses();
    let families = [Family::V4, Family::V6];
    Addresses {
        host: families.map(|family| addresses.node(family)).to_vec(),
        pod: families.map(|family| addresses.of(family)).to_vec(),
    }
}

/// Returns why this node does not take a pod, if it does not.
pub(in crate::pod) fn rejection(pod: &Pod) -> Option<Event> {
    let os = pod.spec.os.as_deref().filter(|os| *os != "linux")?;
    let message = format!("cannot run a pod for {os}: WebAssembly programs are for linux");
    Some(Event::Rejected(Problem { reason: "PodOSNotSupported", message }))
}

/// Removes the sandbox. What cannot be removed now is said, and left to the next process, which
/// finds it without an owner.
pub(in crate::pod) async fn remove_sandbox(sandbox: Option<Arc<PodSandbox>>) -> Outcome {
    if let Some(sandbox) = sandbox {
        let holds_files = sandbox.holds_files();
        let remove = move || {
            if let Err(error) = sandbox.remove() {
                tracing::warn!(pod = sandbox.uid, %error, "cannot remove the pod's directory");
            }
        };
        if holds_files {
            // A panic there was printed there.
            let _ = tokio::task::spawn_blocking(remove).await;
        } else {
            remove();
        }
    }
    Outcome::Event(Event::SandboxRemoved)
}
