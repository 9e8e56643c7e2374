//! A pod that runs, by the script in the arguments of its containers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::PodStatus;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::script::{Journal, Script};
use crate::config::DataDir;
use crate::image::{Images, RegistryConfig};
use crate::lifecycle::{self, Notice};
use crate::machine::Machine;
use crate::network::NodeNetwork;
use crate::objects::ObjectStore;
use crate::pod::{PodEnd, PodRequest, PodWatch, PodWorker};
use crate::runtime::Runtime;
use crate::spec::{EmptyDirMedium, Pod, RestartPolicy, Volume, VolumeSource};

/// Returns a pod of containers `NAME: WORD, WORD …`; `i:` and `s:` before the name as in the
/// lifecycle's own tests.
pub(super) fn pod(restart_policy: RestartPolicy, containers: &[&str]) -> Pod {
    let names: Vec<&str> = containers.iter().map(|text| split_container(text).0).collect();
    let mut pod = lifecycle::tests::pod(restart_policy, &names);
    for text in containers {
        let (name, words) = split_container(text);
        let name = name.rsplit(':').next().unwrap();
        let spec = &mut pod.spec;
        let mut all = spec.init_containers.iter_mut().chain(&mut spec.containers);
        let container = all.find(|container| container.name.as_str() == name).unwrap();
        container.args = words.split(", ").map(str::to_owned).collect();
    }
    let medium = EmptyDirMedium::Disk;
    let source = VolumeSource::EmptyDir { medium, size_limit: None };
    pod.spec.volumes.push(Volume { name: "data".to_owned(), source });
    pod
}

fn split_container(text: &str) -> (&str, &str) {
    text.split_once(": ").unwrap()
}

/// A pod that runs.
pub(super) struct Play {
    pub(super) data: tempfile::TempDir,
    pub(super) journal: Journal,
    pub(super) started: Instant,
    pub(super) runtime: Arc<Runtime>,
    pub(super) requests: mpsc::Sender<PodRequest>,
    notices: mpsc::UnboundedReceiver<Notice>,
    pub(super) status: watch::Receiver<Arc<PodStatus>>,
    worker: tokio::task::JoinHandle<PodEnd>,
}

impl Play {
    pub(super) fn start(pod: Pod) -> Self {
        let data = tempfile::tempdir().unwrap();
        let module = data.path().join("app.wasm");
        std::fs::write(&module, b"\0asm\x01\0\0\0").unwrap();
        let journal = Journal::default();
        let started = Instant::now();
        let script = Script { journal: journal.clone(), origin: started };
        let images = Images::new(data.path().join("images"), RegistryConfig::default());
        images.with_file("example/image:1", &module).unwrap();
        let runtime = Runtime {
            data: DataDir::new(data.path()),
            machine: Machine::read(data.path()),
            images,
            objects: ObjectStore::default(),
            network: NodeNetwork::default(),
            executor: Box::new(script),
        };
        let (requests, receiver) = mpsc::channel(8);
        let (notices_sender, notices) = mpsc::unbounded_channel();
        let (status_sender, status) = watch::channel(Arc::new(PodStatus::default()));
        let watch = PodWatch {
            logs: None,
            notices: notices_sender,
            activity: None,
            status: status_sender,
            stdin: None,
        };
        let runtime = Arc::new(runtime);
        let worker = PodWorker::new(Arc::new(pod), runtime.clone(), watch, receiver);
        let worker = tokio::spawn(worker.run());
        Self { data, journal, started, runtime, requests, notices, status, worker }
    }

    /// Asks for the end when the clock, which nobody waits for in earnest, has gone on so far.
    pub(super) async fn stop_after(&self, seconds: u64, grace_seconds: Option<u64>) {
        self.ask_after(seconds, PodRequest::Stop { grace_seconds }).await;
    }

    pub(super) async fn ask_after(&self, seconds: u64, request: PodRequest) {
        tokio::time::sleep_until(Instant::now() + Duration::from_secs(seconds)).await;
        self.requests.send(request).await.unwrap();
    }

    /// Waits for the end; checks the phase and the journal, `; ` between its entries.
    pub(super) async fn ends(mut self, phase: &str, journal: &str) -> Self {
        let end = tokio::time::timeout(Duration::from_secs(100_000), &mut self.worker).await;
        let end = end.expect("every pod ends").unwrap();
        assert_eq!(end.status.phase.as_deref(), Some(phase));
        assert_eq!(self.journal.lock().unwrap().join("; "), journal);
        let left = std::fs::read_dir(self.data.path().join("pods")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "nothing of the pod is left");
        self
    }

    pub(super) fn log(&self, container: &str, restart_count: u32) -> Option<String> {
        let pod = Path::new("logs/pods/default_web_1234");
        let file = pod.join(container).join(format!("{restart_count}.log"));
        std::fs::read_to_string(self.data.path().join(file)).ok()
    }

    pub(super) fn notices(&mut self, reason: &str) -> Vec<String> {
        let notices = std::iter::from_fn(|| self.notices.try_recv().ok());
        notices.filter(|notice| notice.reason == reason).map(|notice| notice.message).collect()
    }
}
