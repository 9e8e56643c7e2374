//! Plays a scenario: a Pod with the real executor, in this process, and an eye on it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::PodStatus;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use wasmpod::config::DataDir;
use wasmpod::image::{Images, RegistryConfig};
use wasmpod::lifecycle::Notice;
use wasmpod::machine::Machine;
use wasmpod::network::NodeNetwork;
use wasmpod::objects::ObjectStore;
use wasmpod::pod::{PodEnd, PodRequest, PodWatch, PodWorker};
use wasmpod::runtime::Runtime;
use wasmpod::sandbox::log_directory_name;
use wasmpod::spec::{self, ContainerKind, ContainerName, Identity, Object, Pod};
use wasmpod::wasm::WasmExecutor;

use super::case::Case;
use super::recorder::{Recorder, Timeline};
use super::seen::{LISTS, Seen, items};
use super::step::Step;
use crate::harness::guest;

/// The images of scenarios, and which guest each one is. `scripted` hears that it is asked to end,
/// and goes on unless it has a step for that; `unaware` does not hear it, which ends it.
const IMAGES: [(&str, &str, &str); 5] = [
    ("scripted:1", "wasm32-wasip2", "scripted-stop"),
    ("scripted:2", "wasm32-wasip2", "scripted-stop"),
    ("scripted-p1:1", "wasm32-wasip1", "scripted-stop"),
    ("unaware:1", "wasm32-wasip2", "scripted"),
    ("unaware-p1:1", "wasm32-wasip1", "scripted"),
];

/// For how long nothing has to change of what is settled.
const QUIET: Duration = Duration::from_secs(2);

/// How often something is looked at that tells nobody when it changes.
const GLANCE: Duration = Duration::from_millis(50);

/// Plays a scenario to its end; returns what is not as expected.
pub(super) async fn play(case: &Case, executor: &Arc<WasmExecutor>) -> anyhow::Result<Vec<String>> {
    let directory = tempfile::tempdir()?;
    let data = DataDir::new(directory.path());
    let mut play = Play::new(case, data, executor)?;
    for step in &case.steps {
        play.perform(step).await.with_context(|| format!("{step:?}"))?;
    }
    if play.seen.timeline.time("delete").is_some() {
        play.until(play.deadline, |_| false).await;
    }
    Ok(case.expect.differences(&play.seen))
}

struct Play<'a> {
    case: &'a Case,
    /// The Pod as its last document has it.
    manifest: Value,
    /// When the whole is given up.
    deadline: Instant,
    /// Taken when the Pod is taken on.
    worker: Option<PodWorker>,
    running: Option<Running>,
    is_over: bool,
    requests: mpsc::Sender<PodRequest>,
    notices: mpsc::UnboundedReceiver<Notice>,
    statuses: watch::Receiver<Arc<PodStatus>>,
    runtime: Arc<Runtime>,
    seen: Seen,
}

/// The task of the worker. It ends with its owner, and so does the Pod.
struct Running(JoinHandle<PodEnd>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<'a> Play<'a> {
    fn new(case: &'a Case, data: DataDir, executor: &Arc<WasmExecutor>) -> anyhow::Result<Self> {
        let pod = pod(&case.manifest, &case.id)?;
        let timeline = Timeline::default();
        let logs = data.logs().join(log_directory_name(&pod.metadata));
        let runtime = runtime(case, data, Recorder::new(executor.clone(), timeline.clone(), &pod))?;
        let (requests, receiver) = mpsc::channel(8);
        let (notices_sender, notices) = mpsc::unbounded_channel();
        let (status, statuses) = watch::channel(Arc::new(PodStatus::default()));
        let watch =
            PodWatch { logs: None, notices: notices_sender, activity: None, status, stdin: None };
        let runtime = Arc::new(runtime);
        let worker = PodWorker::new(Arc::new(pod), runtime.clone(), watch, receiver);
        Ok(Self {
            case,
            manifest: case.manifest.clone(),
            deadline: Instant::now() + Duration::from_secs(case.timeout_seconds),
            worker: Some(worker),
            running: None,
            is_over: false,
            requests,
            notices,
            statuses,
            runtime,
            seen: Seen::new(timeline, logs),
        })
    }

    async fn perform(&mut self, step: &Step) -> anyhow::Result<()> {
        match step {
            Step::Apply => {
                let worker = self.worker.take().context("the Pod is there already")?;
                self.running = Some(Running(tokio::spawn(worker.run())));
            }
            Step::Pass(time) => {
                self.until(Instant::now() + *time, |_| false).await;
            }
            Step::Settle => self.settle().await,
            Step::Until(what) => self.reach(|seen| is(what, &seen.status)).await?,
            Step::UntilLog(container, text) => {
                let written =
                    |seen: &Seen| seen.log(container, 0).is_some_and(|log| log.contains(text));
                self.reach(written).await?;
            }
            Step::Delete { force: true, .. } => self.end(PodRequest::Kill).await,
            &Step::Delete { grace_seconds, .. } => {
                self.end(PodRequest::Stop { grace_seconds }).await
            }
            Step::Evict { grace_seconds, message } => {
                let (grace_seconds, message) = (*grace_seconds, message.clone());
                self.end(PodRequest::Evict { message, grace_seconds }).await;
            }
            Step::Sample(after) => {
                let deleted = self.seen.timeline.time("delete").context("there was no delete")?;
                let case = self.case;
                let is_as_expected = |seen: &Seen| case.expect.is_sampled_well(seen);
                self.until(deleted + *after, is_as_expected).await;
                self.seen.sampled = Some(self.seen.status.clone());
            }
            Step::SetImage { container, image } => {
                let containers = self.manifest["spec"]["containers"].as_array_mut();
                let named = containers.into_iter().flatten().find(|c| c["name"] == **container);
                named.context("there is no such container")?["image"] = image.clone().into();
                self.update().await?;
            }
            Step::Patch(patch) => {
                merge(&mut self.manifest, patch);
                self.update().await?;
            }
            Step::SetObject(document) => {
                let object = object(document)?;
                self.runtime.objects.change(|known| known.insert(object));
            }
            Step::AddEphemeral(container) => {
                let list = &mut self.manifest["spec"]["ephemeralContainers"];
                if list.is_null() {
                    *list = Value::Array(Vec::new());
                }
                list.as_array_mut().context("want a list")?.push(container.clone());
                self.update().await?;
            }
        }
        Ok(())
    }

    async fn end(&mut self, request: PodRequest) {
        self.seen.timeline.note("delete");
        self.ask(request).await;
    }

    async fn update(&mut self) -> anyhow::Result<()> {
        let pod = pod(&self.manifest, &self.case.id)?;
        self.seen.timeline.note("update");
        self.ask(PodRequest::Update(Arc::new(pod))).await;
        Ok(())
    }

    async fn ask(&mut self, request: PodRequest) {
        // A Pod that is over has no more use for it.
        let _ = self.requests.send(request).await;
    }

    /// Waits until something has been seen; an error if it has not in time.
    async fn reach(&mut self, done: impl Fn(&Seen) -> bool) -> anyhow::Result<()> {
        if !self.until(self.deadline, done).await {
            bail!("it did not come to that; the last status is {:#}", self.seen.status);
        }
        Ok(())
    }

    /// Waits until the Pod is over, or all is as expected and stays so for a while.
    async fn settle(&mut self) {
        let case = self.case;
        while !self.is_over && Instant::now() < self.deadline {
            let is_as_expected = |seen: &Seen| case.expect.differences(seen).is_empty();
            if self.until(self.deadline, is_as_expected).await && !self.is_over {
                let changes = self.seen.changes;
                let until = (Instant::now() + QUIET).min(self.deadline);
                if !self.until(until, |seen| seen.changes != changes).await {
                    return;
                }
            }
        }
    }

    /// Watches the Pod until something has been seen, or it is over, or so long; returns whether it
    /// has been seen.
    async fn until(&mut self, deadline: Instant, done: impl Fn(&Seen) -> bool) -> bool {
        while !self.is_over && Instant::now() < deadline && !done(&self.seen) {
            // Whether time has passed or something happened: it is looked at again.
            let _ = timeout_at(deadline.min(Instant::now() + GLANCE), self.next()).await;
        }
        done(&self.seen)
    }

    /// Waits for the next thing that can be seen.
    async fn next(&mut self) {
        let Some(running) = &mut self.running else { return std::future::pending().await };
        tokio::select! {
            biased;
            Some(notice) = self.notices.recv() => self.seen.notices.push(notice),
            Ok(()) = self.statuses.changed() => self.seen.see(&self.statuses.borrow_and_update()),
            end = &mut running.0 => {
                self.is_over = true;
                self.seen.see(&end.expect("a worker does not panic").status);
                self.seen.timeline.note("gone");
            }
        }
    }
}

fn runtime(case: &Case, data: DataDir, executor: Recorder) -> anyhow::Result<Runtime> {
    let images = Images::new(data.images(), RegistryConfig::default());
    for (image, target, name) in IMAGES {
        // In each image the program has the same name, by which probes and hooks call it.
        let program = data.path().join("guests").join(image).join("scripted.wasm");
        std::fs::create_dir_all(program.parent().context("has a parent")?)?;
        std::fs::copy(guest(target, name), &program)?;
        images.with_file(image, &program)?;
    }
    let objects = ObjectStore::default();
    for document in &case.objects {
        let object = object(document)?;
        objects.change(|known| known.insert(object));
    }
    let machine = Machine::read(data.path());
    let executor = Box::new(executor);
    let network = NodeNetwork::default();
    Ok(Runtime { data, machine, images, objects, network, executor })
}

/// Returns the ConfigMap or Secret of a document.
fn object(document: &Value) -> anyhow::Result<Object> {
    let parsed = spec::parse(document.to_string().as_bytes()).remove(0);
    let object = parsed.referent();
    object.with_context(|| format!("cannot be had: {:?}", parsed.findings))
}

/// Changes a document by a JSON merge patch (RFC 7396).
fn merge(document: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else { return *document = patch.clone() };
    if !document.is_object() {
        *document = Value::Object(serde_json::Map::new());
    }
    for (name, patch) in fields {
        if patch.is_null() {
            document.as_object_mut().map(|object| object.remove(name));
        } else {
            merge(&mut document[name], patch);
        }
    }
}

/// Returns the Pod of a document. Ephemeral containers come by a door of their own: they are not in
/// documents of Pods that begin, so they are read as regular ones.
fn pod(manifest: &Value, uid: &str) -> anyhow::Result<Pod> {
    let mut manifest = manifest.clone();
    let ephemeral = manifest["spec"]["ephemeralContainers"].take();
    let mut ephemeral = ephemeral.as_array().cloned().unwrap_or_default();
    let target = |container: &mut Value| container.as_object_mut()?.remove("targetContainerName");
    let targets: Vec<_> = ephemeral.iter_mut().map(target).collect();
    if let Some(containers) = manifest["spec"]["containers"].as_array_mut() {
        containers.extend(ephemeral);
    }
    let parsed = spec::parse(manifest.to_string().as_bytes()).remove(0);
    let identity = Identity { uid: uid.to_owned(), name_suffix: String::new() };
    let pod = parsed.pod(&identity);
    let mut pod = pod.with_context(|| format!("cannot be run: {:?}", parsed.findings))?;
    let first = pod.spec.containers.len() - targets.len();
    for (mut container, target) in pod.spec.containers.split_off(first).into_iter().zip(targets) {
        container.kind = ContainerKind::Ephemeral;
        container.target = target.and_then(|name| name.as_str().map(ContainerName::from));
        pod.spec.ephemeral_containers.push(container);
    }
    Ok(pod)
}

/// Returns whether a status has a phase, a true condition, or a container that waits, of that name.
fn is(what: &str, status: &Value) -> bool {
    let waits = || {
        let mut containers = LISTS.iter().flat_map(|list| items(status, list));
        containers.any(|container| container["state"]["waiting"]["reason"] == what)
    };
    let is_true = |condition: &Value| condition["type"] == what && condition["status"] == "True";
    status["phase"] == what || items(status, "conditions").any(is_true) || waits()
}
