//! The one task of a pod.
//!
//! ```text
//!            ┌─► plan ── actions ──► begin ──► perform ──┐ under way
//!            │     │ nothing more to do                  │
//!            │     ▼                                     │
//!            │   wait for ◄── outcome ◄──────────────────┘
//!            │     │      ◄── request
//!            │     ▼      ◄── wake-up time
//!            └── apply
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{AbortHandle, BoxFuture, abortable};
use futures_util::stream::FuturesUnordered;
use k8s_openapi::api::core::v1::PodStatus;
use tokio::sync::{mpsc, watch};

use super::actions::{self, Asked, Outcome, Remains, StartRequest};
use super::activity::Activity;
use super::live::Live;
use super::storage;
use super::volumes::{self, Content, VolumeUpdates};
use crate::clock::{self, Clock};
use crate::executor::Container;
use crate::image::Image;
use crate::lifecycle::{
    self, Action, Event, HookKind, Notice, NoticeKind, Now, PodState, ProbeKind,
};
use crate::runtime::Runtime;
use crate::sandbox::{LogTap, PodSandbox};
use crate::spec::{self, ContainerName, Objects, Pod};

/// The reason of the notice on which port of the host a port can be reached.
pub const PUBLISHED: &str = "Published";

/// How long containers may take to end when their pod stores too much, as the kubelet's.
const STORAGE_GRACE_SECONDS: u64 = 1;

/// What may be asked of a pod.
#[derive(Clone, Debug)]
pub enum PodRequest {
    /// End, within so many seconds or else the pod's own grace period.
    Stop {
        /// Overrides the pod's own; may only shorten a stop that has begun.
        grace_seconds: Option<u64>,
    },
    /// End at once.
    Kill,
    /// End, because the node cannot have the pod any longer.
    Evict {
        /// What is told of it.
        message: String,
        /// How long the containers may take.
        grace_seconds: u64,
    },
    /// Be this pod from now on. It has the same uid; what may be another is the images, the
    /// deadline, and that ephemeral containers were added.
    Update(Arc<Pod>),
}

/// Who watches a pod.
#[derive(Debug)]
pub struct PodWatch {
    /// Gets everything that its containers write.
    pub logs: Option<LogTap>,
    /// Gets what a user should be told.
    pub notices: mpsc::UnboundedSender<Notice>,
    /// Gets the status whenever it may have changed.
    pub status: watch::Sender<Arc<PodStatus>>,
    /// Gets what its containers wait for before they can start.
    pub activity: Option<Activity>,
    /// The container that reads this process's standard input.
    pub stdin: Option<ContainerName>,
}

/// How a pod ended.
#[derive(Debug)]
pub struct PodEnd {
    /// Its last status; the phase is terminal.
    pub status: Arc<PodStatus>,
    /// Its last state.
    pub state: PodState,
}

/// Runs one pod.
pub struct PodWorker {
    pod: Arc<Pod>,
    runtime: Arc<Runtime>,
    watch: PodWatch,
    requests: mpsc::Receiver<PodRequest>,
    clock: Clock,
    state: PodState,
    sandbox: Option<Arc<PodSandbox>>,
    volumes: VolumeUpdates,
    images: BTreeMap<ContainerName, Arc<Image>>,
    /// Abandons what is under way to start a container.
    starting: BTreeMap<ContainerName, AbortHandle>,
    running: BTreeMap<ContainerName, Live>,
    under_way: FuturesUnordered<BoxFuture<'static, Outcome>>,
}

impl PodWorker {
    /// Takes on a pod. Nothing happens before [`PodWorker::run`].
    pub fn new(
        pod: Arc<Pod>,
        runtime: Arc<Runtime>,
        watch: PodWatch,
        requests: mpsc::Receiver<PodRequest>,
    ) -> Self {
        let clock = Clock::start();
        let state = PodState::new(&pod, now(&clock));
        let volumes = VolumeUpdates::of(&pod, &runtime.objects);
        Self {
            pod,
            runtime,
            watch,
            requests,
            clock,
            state,
            sandbox: None,
            volumes,
            images: BTreeMap::new(),
            starting: BTreeMap::new(),
            running: BTreeMap::new(),
            under_way: FuturesUnordered::new(),
        }
    }

    /// Runs the pod until nothing of it is left.
    pub async fn run(mut self) -> PodEnd {
        if let Some(event) = actions::rejection(&self.pod) {
            self.apply(event);
        }
        loop {
            let wake_at = self.settle();
            let status = self.publish();
            if self.state.is_over() {
                return PodEnd { status, state: self.state };
            }
            self.wait(wake_at).await;
        }
    }

    /// Tells the status, if it has changed.
    fn publish(&self) -> Arc<PodStatus> {
        let told = self.watch.status.borrow().clone();
        let before = told.conditions.as_deref().unwrap_or_default();
        let status = lifecycle::status(&self.pod, &self.state, before, now(&self.clock));
        if status == *told {
            return told;
        }
        let status = Arc::new(status);
        self.watch.status.send_replace(status.clone());
        status
    }

    /// Takes up everything that is to do now; returns when to look again.
    fn settle(&mut self) -> Option<Duration> {
        loop {
            let plan = lifecycle::plan(&self.pod, &self.state, now(&self.clock));
            if plan.actions.is_empty() {
                return plan.wake_at;
            }
            for action in plan.actions {
                let notice = self.state.begin(&self.pod, &action, now(&self.clock));
                self.tell(notice);
                self.perform(action);
            }
        }
    }

    /// Waits for the next thing to happen, and records it.
    async fn wait(&mut self, wake_at: Option<Duration>) {
        let wake_up = async {
            match wake_at {
                Some(at) => tokio::time::sleep_until(self.clock.instant(at)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(outcome) = self.under_way.next() => self.came_out(outcome),
            Some(request) = self.requests.recv() => self.requested(request),
            () = self.volumes.changed() => self.update_volumes(),
            () = wake_up => {}
        }
    }

    fn requested(&mut self, request: PodRequest) {
        let event = match request {
            PodRequest::Stop { grace_seconds } => Event::StopRequested { grace_seconds },
            PodRequest::Kill => Event::KillRequested,
            PodRequest::Evict { message, grace_seconds } => {
                Event::Evicted { message, grace_seconds }
            }
            PodRequest::Update(pod) => {
                self.pod = pod;
                self.update_volumes();
                Event::Updated
            }
        };
        self.apply(event);
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Stop { .. } | Action::BackOff { .. } | Action::RestartAllContainers => {}
            Action::PrepareSandbox => {
                let objects = self.volumes.begin(&self.runtime.objects);
                let (runtime, content) = (self.runtime.clone(), self.content(objects));
                let notices = self.watch.notices.clone();
                self.under_way.push(Box::pin(actions::prepare_sandbox(runtime, content, notices)));
            }
            Action::RemoveSandbox => {
                let sandbox = self.sandbox.take();
                self.under_way.push(Box::pin(actions::remove_sandbox(sandbox)));
            }
            Action::PullImage { container } => {
                let (pod, runtime) = (self.pod.clone(), self.runtime.clone());
                let notices = self.watch.notices.clone();
                let sandbox = self.sandbox.clone();
                let (name, activity) = (container.clone(), self.watch.activity.clone());
                let pull = actions::pull_image(pod, runtime, sandbox, name, notices, activity);
                let abandon = self.begin(pull);
                self.starting.insert(container, abandon);
            }
            Action::Start { container, attempt, restart_count } => {
                let request = self.start_request(container.clone(), attempt, restart_count);
                let abandon = self.begin(actions::start(request));
                self.starting.insert(container, abandon);
            }
            Action::Abandon { container } => {
                if let Some(abandon) = self.starting.remove(&container) {
                    abandon.abort();
                }
            }
            Action::RunHook { container, attempt, hook } => {
                self.run_hook(&container, attempt, hook);
            }
            Action::AbandonHook { container, .. } | Action::End { container, .. } => {
                self.with_live(&container, Live::drop_hook);
            }
            Action::Probe { container, attempt, probe } => self.probe(&container, attempt, probe),
            Action::Terminate { container, grace, .. } => {
                self.with_live(&container, |live| live.terminate(grace));
            }
            Action::Kill { container, .. } => {
                self.with_live(&container, |live| {
                    live.drop_hook();
                    live.kill();
                });
            }
        }
    }

    /// Begins to bring the volumes up to date, or remembers that it has to be done.
    fn update_volumes(&mut self) {
        let Some(sandbox) = &self.sandbox else { return self.volumes.put_off() };
        if let Some(objects) = self.volumes.update() {
            let update = volumes::update(sandbox.clone(), self.content(objects));
            self.under_way.push(Box::pin(update));
        }
    }

    /// Begins to look how much the pod stores.
    fn watch_storage(&self) {
        if let Some(sandbox) = &self.sandbox {
            let (pod, runtime) = (self.pod.clone(), self.runtime.clone());
            self.under_way.push(Box::pin(storage::watch(sandbox.clone(), pod, runtime)));
        }
    }

    fn content(&self, objects: Arc<Objects>) -> Content {
        let allocatable = actions::allocatable(&self.runtime.machine);
        Content { pod: self.pod.clone(), objects, allocatable }
    }

    /// Does something to a run, unless it has ended: then it has no more use for it.
    fn with_live(&mut self, container: &ContainerName, act: impl FnOnce(&mut Live)) {
        if let Some(live) = self.running.get_mut(container) {
            act(live);
        }
    }

    /// Begins something that can be abandoned.
    fn begin(&mut self, step: impl Future<Output = Outcome> + Send + 'static) -> AbortHandle {
        let (step, abandon) = abortable(step);
        self.under_way.push(Box::pin(async { step.await.unwrap_or(Outcome::Nothing) }));
        abandon
    }

    fn run_hook(&mut self, container: &ContainerName, attempt: u32, hook: HookKind) {
        let Some(asked) = self.asked(container) else { return };
        let abandon = self.begin(actions::run_hook(asked, attempt, hook));
        self.with_live(container, |live| live.hold_hook(abandon));
    }

    fn probe(&mut self, container: &ContainerName, attempt: u32, probe: ProbeKind) {
        let Some(asked) = self.asked(container) else { return };
        let abandon = self.begin(actions::probe(asked, attempt, probe));
        self.with_live(container, |live| live.hold_probe(probe, abandon));
    }

    /// Returns what hooks and probes of a container have to know.
    fn asked(&self, name: &ContainerName) -> Option<Asked> {
        Some(Asked {
            pod: self.pod.clone(),
            container: name.clone(),
            network: self.sandbox.as_ref()?.network.clone(),
            exec: self.running.get(name)?.exec(),
        })
    }

    fn start_request(
        &self,
        container: ContainerName,
        attempt: u32,
        restart_count: u32,
    ) -> StartRequest {
        StartRequest {
            pod: self.pod.clone(),
            runtime: self.runtime.clone(),
            sandbox: self.sandbox.clone().expect("containers start in a sandbox that is ready"),
            image: self.images.get(&container).cloned().expect("the image was pulled before"),
            has_stdin: self.watch.stdin.as_ref() == Some(&container),
            logs: self.watch.logs.clone(),
            notices: self.watch.notices.clone(),
            activity: self.watch.activity.clone(),
            container,
            attempt,
            restart_count,
        }
    }

    fn came_out(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Nothing => {}
            Outcome::Event(event) => {
                if let Event::Exited { container, .. } = &event {
                    self.running.remove(container);
                }
                self.apply(event);
            }
            Outcome::Sandbox(sandbox) => {
                self.tell_chosen_ports(&sandbox);
                let addresses = actions::addresses(&sandbox);
                self.sandbox = Some(Arc::from(sandbox));
                self.apply(Event::SandboxReady(addresses));
                self.watch_storage();
                // Something may have changed while it was made.
                if self.volumes.is_due() {
                    self.update_volumes();
                }
            }
            Outcome::StorageSeen { excess: Some(message) } => {
                self.apply(Event::Evicted { message, grace_seconds: STORAGE_GRACE_SECONDS });
            }
            Outcome::StorageSeen { excess: None } => self.watch_storage(),
            Outcome::VolumesUpdated(notices) => {
                self.tell(notices);
                self.volumes.came_out();
                if self.volumes.is_due() {
                    self.update_volumes();
                }
            }
            Outcome::Image { container, image, image_id, message } => {
                self.images.insert(container.clone(), image);
                self.apply(Event::ImageReady { container, image_id, message });
            }
            Outcome::Started { container, attempt, run, remains } => {
                self.started(&container, attempt, run, remains);
            }
        }
    }

    fn started(
        &mut self,
        name: &ContainerName,
        attempt: u32,
        run: Box<dyn Container>,
        remains: Remains,
    ) {
        let (live, ended) = Live::new(run);
        self.running.insert(name.clone(), live);
        let container = name.clone();
        self.under_way.push(Box::pin(async move {
            let ended = actions::ended(ended.await, remains).await;
            Outcome::Event(Event::Exited { container, attempt, ended })
        }));
        self.apply(Event::Started { container: name.clone(), attempt });
        let has_hook = |container: &spec::Container| container.post_start.is_some();
        if self.pod.spec.container(name).is_some_and(has_hook) {
            self.run_hook(name, attempt, HookKind::PostStart);
        }
    }

    /// Tells of the ports that nobody but the system knows yet.
    fn tell_chosen_ports(&self, sandbox: &PodSandbox) {
        for publication in sandbox.publications.iter().filter(|p| p.is_chosen()) {
            let port = publication.port();
            let message = format!("port {} is published on {}", port.container_port, port.host);
            self.tell(Some(Notice::of_pod(NoticeKind::Normal, PUBLISHED, message)));
        }
    }

    fn apply(&mut self, event: Event) {
        let notices = self.state.apply(&self.pod, event, now(&self.clock));
        self.tell(notices);
    }

    fn tell(&self, notices: impl IntoIterator<Item = Notice>) {
        for notice in notices {
            // Nobody listens any more; the pod goes on.
            let _ = self.watch.notices.send(notice);
        }
    }
}

fn now(clock: &Clock) -> Now {
    Now { monotonic: clock.monotonic(), wall: clock::wall() }
}
