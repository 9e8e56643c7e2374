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
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use k8s_openapi::api::core::v1::PodStatus;
use tokio::sync::{mpsc, oneshot, watch};

use super::actions::{self, Outcome, StartRequest};
use crate::clock::{self, Clock};
use crate::executor::{Container, Exit, Signal};
use crate::image::Image;
use crate::lifecycle::{self, Action, Event, Notice, NoticeKind, Now, PodState};
use crate::runtime::Runtime;
use crate::sandbox::{LogTap, PodSandbox};
use crate::spec::{ContainerName, Pod};

/// The reason of the notice on which port of the host a port can be reached.
pub const PUBLISHED: &str = "Published";

/// What may be asked of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodRequest {
    /// End, within so many seconds or else the pod's own grace period; 0 kills.
    Stop {
        /// Overrides the pod's own.
        grace_seconds: Option<u64>,
    },
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

/// A signal to a container, and how long it has then until it is killed.
type SignalSent = (Signal, Option<Duration>);

/// Runs one pod.
pub struct PodWorker {
    pod: Arc<Pod>,
    runtime: Arc<Runtime>,
    watch: PodWatch,
    requests: mpsc::Receiver<PodRequest>,
    clock: Clock,
    state: PodState,
    sandbox: Option<Arc<PodSandbox>>,
    images: BTreeMap<ContainerName, Arc<Image>>,
    /// Dropping a sender abandons what is under way to start the container.
    starting: BTreeMap<ContainerName, oneshot::Sender<()>>,
    running: BTreeMap<ContainerName, watch::Sender<Option<SignalSent>>>,
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
        Self {
            pod,
            runtime,
            watch,
            requests,
            clock,
            state,
            sandbox: None,
            images: BTreeMap::new(),
            starting: BTreeMap::new(),
            running: BTreeMap::new(),
            under_way: FuturesUnordered::new(),
        }
    }

    /// Runs the pod until nothing of it is left.
    pub async fn run(mut self) -> PodEnd {
        loop {
            let wake_at = self.settle();
            let status = Arc::new(lifecycle::status(&self.pod, &self.state, now(&self.clock)));
            self.watch.status.send_replace(status.clone());
            if self.state.is_over() {
                return PodEnd { status, state: self.state };
            }
            self.wait(wake_at).await;
        }
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
            Some(request) = self.requests.recv() => {
                let PodRequest::Stop { grace_seconds } = request;
                self.apply(Event::StopRequested { grace_seconds });
            }
            () = wake_up => {}
        }
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Stop { .. } => {}
            Action::PrepareSandbox => {
                let (pod, runtime) = (self.pod.clone(), self.runtime.clone());
                self.under_way.push(Box::pin(actions::prepare_sandbox(pod, runtime)));
            }
            Action::RemoveSandbox => {
                let sandbox = self.sandbox.take();
                self.under_way.push(Box::pin(actions::remove_sandbox(sandbox)));
            }
            Action::PullImage { container } => {
                let (pod, runtime) = (self.pod.clone(), self.runtime.clone());
                let notices = self.watch.notices.clone();
                let pull = actions::pull_image(pod, runtime, container.clone(), notices);
                self.begin_start(container, pull);
            }
            Action::Start { container, attempt, restart_count } => {
                let request = self.start_request(container.clone(), attempt, restart_count);
                self.begin_start(container, actions::start(request));
            }
            Action::Abandon { container } => drop(self.starting.remove(&container)),
            Action::Terminate { container, kill_after, .. } => {
                self.signal(&container, Signal::Terminate, Some(kill_after));
            }
            Action::Kill { container, .. } => self.signal(&container, Signal::Kill, None),
        }
    }

    /// Begins a step towards a running container, which can be abandoned.
    fn begin_start(
        &mut self,
        container: ContainerName,
        step: impl Future<Output = Outcome> + Send + 'static,
    ) {
        let (keep, abandoned) = oneshot::channel::<()>();
        self.starting.insert(container, keep);
        self.under_way.push(Box::pin(async {
            tokio::select! {
                outcome = step => outcome,
                _ = abandoned => Outcome::Nothing,
            }
        }));
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
            container,
            attempt,
            restart_count,
        }
    }

    fn signal(&self, container: &ContainerName, signal: Signal, grace: Option<Duration>) {
        if let Some(signals) = self.running.get(container) {
            // One that has ended has no more use for it.
            let _ = signals.send(Some((signal, grace)));
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
                self.sandbox = Some(Arc::new(sandbox));
                self.apply(Event::SandboxReady);
            }
            Outcome::Image { container, image, message } => {
                self.images.insert(container.clone(), image);
                self.apply(Event::ImageReady { container, message });
            }
            Outcome::Started { container, attempt, run } => {
                let (signals, receiver) = watch::channel(None);
                self.running.insert(container.clone(), signals);
                let supervised = supervise(run, receiver);
                let name = container.clone();
                self.under_way.push(Box::pin(async move {
                    let ended = actions::ended(supervised.await);
                    Outcome::Event(Event::Exited { container: name, attempt, ended })
                }));
                self.apply(Event::Started { container, attempt });
            }
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
        let notice = self.state.apply(&self.pod, event, now(&self.clock));
        self.tell(notice);
    }

    fn tell(&self, notice: Option<Notice>) {
        if let Some(notice) = notice {
            // Nobody listens any more; the pod goes on.
            let _ = self.watch.notices.send(notice);
        }
    }
}

/// Waits for the end of a run, passing on the signals that it is sent.
async fn supervise(
    mut run: Box<dyn Container>,
    mut signals: watch::Receiver<Option<SignalSent>>,
) -> Exit {
    loop {
        tokio::select! {
            exit = run.wait() => return exit,
            Ok(()) = signals.changed() => {
                let sent = *signals.borrow_and_update();
                sent.into_iter().for_each(|(signal, grace)| run.signal(signal, grace));
            }
        }
    }
}

fn now(clock: &Clock) -> Now {
    Now { monotonic: clock.monotonic(), wall: clock::wall() }
}
