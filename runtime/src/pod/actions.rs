//! Performs one action of a plan, and says what came of it.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::volumes::{self, Content};
use super::{image_volumes, pull_secrets};
use crate::clock::Clock;
use crate::executor::{
    Container, ContainerConfig, CreateError, Exec, Exit, ExitCause, ListenPort, StartError, Stdin,
    entrypoint,
};
use crate::image::{Image, ImageError, Presence, PullEvent, Reference};
use crate::lifecycle::{
    Addresses, Answer, EndReason, Ended, Event, HookKind, Notice, NoticeKind, ProbeKind, Problem,
};
use crate::machine::Machine;
use crate::network::{DnsNotice, Family, PodNetwork};
use crate::probe::{self, Target};
use crate::runtime::Runtime;
use crate::sandbox::{
    self, ContainerLog, LogTap, Places, PodSandbox, SandboxError, TerminationMessage,
};
use crate::spec::environment::{self, Allocatable, EnvironmentError, PodFacts, Variables};
use crate::spec::quantity::Quantity;
use crate::spec::{
    self, ContainerName, DEFAULT_TERMINATION_MESSAGE_PATH, HttpSettings, Pod, Protocol, VolumeMount,
};

/// The reason of the notice that a port of the host is not to be had.
pub const HOST_PORT_CONFLICT: &str = "HostPortConflict";

/// How often a probe is tried that comes to nothing.
const PROBE_TRIES: u32 = 3;

/// What came of an action.
pub(super) enum Outcome {
    /// Something that changes the state, and nothing to hold on to.
    Event(Event),
    /// The sandbox is there.
    Sandbox(PodSandbox),
    /// The image is there.
    Image { container: ContainerName, image: Arc<Image>, image_id: String, message: String },
    /// The container runs.
    Started { container: ContainerName, attempt: u32, run: Box<dyn Container>, remains: Remains },
    /// The volumes are up to date, but for what is told.
    VolumesUpdated(Vec<Notice>),
    /// The pod stores too much, or not.
    StorageSeen { excess: Option<String> },
    /// It was abandoned.
    Nothing,
}

pub(super) async fn prepare_sandbox(
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
            Outcome::Sandbox(sandbox)
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
pub(super) fn addresses(sandbox: &PodSandbox) -> Addresses {
    let addresses = sandbox.network.addresses();
    let families = [Family::V4, Family::V6];
    Addresses {
        host: families.map(|family| addresses.node(family)).to_vec(),
        pod: families.map(|family| addresses.of(family)).to_vec(),
    }
}

/// Returns why this node does not take a pod, if it does not.
pub(super) fn rejection(pod: &Pod) -> Option<Event> {
    let os = pod.spec.os.as_deref().filter(|os| *os != "linux")?;
    let message = format!("cannot run a pod for {os}: WebAssembly programs are for linux");
    Some(Event::Rejected(Problem { reason: "PodOSNotSupported", message }))
}

/// Removes the sandbox. What cannot be removed now is said, and left to the next process, which
/// finds it without an owner.
pub(super) async fn remove_sandbox(sandbox: Option<Arc<PodSandbox>>) -> Outcome {
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

pub(super) async fn pull_image(
    pod: Arc<Pod>,
    runtime: Arc<Runtime>,
    sandbox: Option<Arc<PodSandbox>>,
    name: ContainerName,
    notices: mpsc::UnboundedSender<Notice>,
) -> Outcome {
    let container = pod.spec.container(&name).expect("a plan names containers of its pod");
    let progress = |event: PullEvent<'_>| tell_pull(event, &name, &container.image, &notices);
    let (keyring, missing) = pull_secrets::keyring(&pod, &runtime.objects.current());
    for notice in missing {
        // Nobody listens any more; the pull goes on.
        let _ = notices.send(notice);
    }
    if let Some(sandbox) = sandbox {
        let volumes = image_volumes::Needed { pod: &pod, container, sandbox: &sandbox };
        if let Err(problem) = volumes.fetch(&runtime, &keyring, &notices).await {
            return Outcome::Event(Event::ImageFailed { container: name, problem });
        }
    }
    let begun = Clock::start();
    let (image, policy) = (&container.image, container.image_pull_policy);
    match runtime.images.ensure(image, policy, &keyring, &progress).await {
        Ok((image, presence)) => {
            let message = pulled_message(&container.image, &presence, begun.monotonic());
            let image_id = image_id(&container.image, &image);
            Outcome::Image { container: name, image, image_id, message }
        }
        Err(error) => {
            Outcome::Event(Event::ImageFailed { container: name, problem: problem(&error) })
        }
    }
}

/// Tells that an image is being pulled.
pub(super) fn tell_pull(
    event: PullEvent<'_>,
    container: &ContainerName,
    image: &str,
    notices: &mpsc::UnboundedSender<Notice>,
) {
    if matches!(event, PullEvent::Begin) {
        let message = format!("Pulling image {image:?}");
        // Nobody listens any more; the pull goes on.
        let _ = notices.send(Notice::about(container, NoticeKind::Normal, "Pulling", message));
    }
}

/// Returns what a container waits with that cannot have an image.
pub(super) fn problem(error: &ImageError) -> Problem {
    Problem { reason: error.reason().as_str(), message: error.message() }
}

/// Returns the reference of an image by its digest.
fn image_id(reference: &str, image: &Image) -> String {
    match reference.parse::<Reference>() {
        Ok(reference) => {
            format!("{}/{}@{}", reference.registry(), reference.repository(), image.digest)
        }
        // A file.
        Err(_) => image.digest.to_string(),
    }
}

/// Returns what is told of an image that is there, in the kubelet's words.
pub(super) fn pulled_message(image: &str, presence: &Presence, took: Duration) -> String {
    match presence {
        Presence::AlreadyPresent => {
            format!(
                "Container image {image:?} already present on machine and can be accessed by the pod"
            )
        }
        Presence::Pulled { fetched_bytes } => format!(
            "Successfully pulled image {image:?} in {:.3}s. Fetched {fetched_bytes} bytes",
            took.as_secs_f64()
        ),
    }
}

/// All that the start of a container needs.
pub(super) struct StartRequest {
    pub(super) pod: Arc<Pod>,
    pub(super) runtime: Arc<Runtime>,
    pub(super) sandbox: Arc<PodSandbox>,
    pub(super) image: Arc<Image>,
    pub(super) container: ContainerName,
    pub(super) attempt: u32,
    pub(super) restart_count: u32,
    pub(super) has_stdin: bool,
    pub(super) logs: Option<LogTap>,
    pub(super) notices: mpsc::UnboundedSender<Notice>,
}

pub(super) async fn start(request: StartRequest) -> Outcome {
    let (container, attempt) = (request.container.clone(), request.attempt);
    match try_start(&request).await {
        Ok((run, remains)) => Outcome::Started { container, attempt, run, remains },
        Err(StartFailure::Config(message)) => {
            let problem = Problem { reason: "CreateContainerConfigError", message };
            Outcome::Event(Event::CreateFailed { container, attempt, problem })
        }
        Err(StartFailure::Create(message)) => {
            let problem = Problem { reason: "CreateContainerError", message };
            Outcome::Event(Event::CreateFailed { container, attempt, problem })
        }
        Err(StartFailure::NotRunnable(message)) => {
            let reason = EndReason::StartError;
            let ended = Ended { exit_code: 128, reason, message: Some(message) };
            Outcome::Event(Event::Exited { container, attempt, ended })
        }
    }
}

/// What is left of a run when it has ended, to be looked at then.
pub(super) struct Remains {
    log: ContainerLog,
    message: TerminationMessage,
}

/// Why a container did not start.
enum StartFailure {
    /// The pod asks for something that is not there.
    Config(String),
    /// The host could not make it.
    Create(String),
    /// Its program cannot be run.
    NotRunnable(String),
}

async fn try_start(request: &StartRequest) -> Result<(Box<dyn Container>, Remains), StartFailure> {
    let mut config = container_config(request)?;
    let message = termination_message(request, &mut config);
    mount_etc(request, &mut config);
    let remains = Remains { log: config.log.clone(), message };
    let executor = &request.runtime.executor;
    let mut run = executor.create(config).await.map_err(|error| match error {
        CreateError::NotRunnable(_) => StartFailure::NotRunnable(error.to_string()),
        CreateError::Host(_) => StartFailure::Create(error.to_string()),
    })?;
    run.start().await.map_err(|error| match error {
        StartError::Program(_) => StartFailure::NotRunnable(error.to_string()),
        StartError::Host(_) => StartFailure::Create(error.to_string()),
    })?;
    Ok((run, remains))
}

/// Decides everything that the executor has to know.
fn container_config(request: &StartRequest) -> Result<ContainerConfig, StartFailure> {
    let StartRequest { pod, sandbox, image, .. } = request;
    let container =
        pod.spec.container(&request.container).expect("a plan names containers of its pod");
    let config_error = |error: &dyn std::fmt::Display| StartFailure::Config(error.to_string());
    let variables = variables(request, container).map_err(|error| config_error(&error))?;
    let expand = |words: &[String]| variables.expand_words(words);
    let command = expand(&container.command).map_err(|error| config_error(&error))?;
    let args = expand(&container.args).map_err(|error| config_error(&error))?;
    let argv = entrypoint(&image.config.entrypoint, &image.config.cmd, &command, &args);
    let sub_path = |mount: &VolumeMount| match &mount.sub_path {
        Some(path) => path.path(&variables),
        None => Ok(String::new()),
    };
    let sub_paths: Result<Vec<_>, _> = container.volume_mounts.iter().map(sub_path).collect();
    let sub_paths = sub_paths.map_err(|error| config_error(&error))?;
    let rootfs = image.rootfs.as_deref();
    let mounts = sandbox.mounts(container, &sub_paths, rootfs).map_err(|e| config_error(&e))?;
    let working_dir = container.working_dir.as_ref().or(image.config.working_dir.as_ref());
    let log = open_log(request).map_err(StartFailure::Create)?;
    Ok(ContainerConfig {
        name: container.name.clone(),
        image: image.clone(),
        argv,
        env: variables.over(from_image(image, &sandbox.hostname)),
        working_dir: working_dir.map_or_else(|| "/".to_owned(), Clone::clone),
        mounts,
        stdin: if request.has_stdin { Stdin::Inherit } else { Stdin::Closed },
        tty: container.tty,
        memory_limit_bytes: container.resources.memory_limit_bytes(),
        cpu_limit_millis: container.resources.cpu_limit_millis(),
        listen_ports: listen_ports(container),
        http_port: container.http_port(),
        http: HttpSettings::of(&pod.metadata.annotations),
        log,
        sandbox: sandbox.clone(),
    })
}

/// Returns the TCP ports that a container says it serves, in the order of the document. One without
/// a name is called by its number, which no name can be.
fn listen_ports(container: &spec::Container) -> Vec<ListenPort> {
    let mut ports = Vec::<ListenPort>::new();
    for port in container.ports.iter().filter(|port| port.protocol == Protocol::Tcp) {
        let number = port.container_port;
        if ports.iter().all(|known| known.port != number) {
            let name = port.name.clone().unwrap_or_else(|| number.to_string());
            ports.push(ListenPort { name, port: number });
        }
    }
    ports
}

/// Returns the variables that the document asks for, with what its objects and files hold now.
fn variables(
    request: &StartRequest,
    container: &spec::Container,
) -> Result<Variables, EnvironmentError> {
    let StartRequest { pod, runtime, sandbox, .. } = request;
    let sources = environment::Sources {
        pod,
        facts: &facts(&runtime.machine, sandbox),
        objects: &runtime.objects.current(),
        read_file: &|file| sandbox.read_file(&file.volume, &file.path),
    };
    environment::environment(container, &sources)
}

/// Returns what only the running pod knows.
fn facts(machine: &Machine, sandbox: &PodSandbox) -> PodFacts {
    let addresses = sandbox.network.addresses();
    let families = [Family::V4, Family::V6];
    PodFacts {
        node_name: machine.name.clone(),
        host_ips: families.map(|family| addresses.node(family)).to_vec(),
        pod_ips: families.map(|family| addresses.of(family)).to_vec(),
        allocatable: allocatable(machine),
    }
}

/// Returns what the node gives to pods.
pub(super) fn allocatable(machine: &Machine) -> Allocatable {
    Allocatable {
        cpu: Quantity::from(machine.cores),
        memory: Quantity::from(machine.memory_bytes),
        ephemeral_storage: Quantity::from(machine.disk_bytes),
    }
}

/// Returns the variables that are there before the document's: the image's, and the host's name,
/// which WASI has no other word for.
fn from_image(image: &Image, hostname: &str) -> impl Iterator<Item = (String, String)> {
    let hostname = (!hostname.is_empty()).then(|| ("HOSTNAME".to_owned(), hostname.to_owned()));
    image.config.env.iter().cloned().chain(hostname)
}

/// Returns the directory of a container's logs, and the one of a run in it.
fn log_path(request: &StartRequest) -> (PathBuf, PathBuf) {
    let pod = sandbox::log_directory_name(&request.pod.metadata);
    let directory = request.runtime.data.logs().join(pod).join(request.container.as_str());
    let path = directory.join(format!("{}.log", request.restart_count));
    (directory, path)
}

/// Opens the log of a run, `<container>/<restart count>.log`, and removes those that are older
/// than the run before.
fn open_log(request: &StartRequest) -> Result<ContainerLog, String> {
    let (directory, path) = log_path(request);
    let create = || {
        sandbox::make_pod_logs(&request.runtime.data.logs(), &request.pod)?;
        fs::create_dir_all(&directory)?;
        sandbox::remove_attempts_before(&directory, request.restart_count.saturating_sub(1))?;
        ContainerLog::create(request.container.clone(), &path, request.logs.clone())
    };
    create().map_err(|error| format!("cannot write the log {}: {error}", path.display()))
}

/// Gives the run a file for its last word. One that cannot have it runs without, and that is told
/// at its first start.
fn termination_message(request: &StartRequest, config: &mut ContainerConfig) -> TerminationMessage {
    let StartRequest { pod, sandbox, attempt, .. } = request;
    let container =
        pod.spec.container(&request.container).expect("a plan names containers of its pod");
    let rootfs = config.image.rootfs.as_deref();
    let path = &container.termination_message_path;
    let made = (!path.is_empty())
        .then(|| sandbox.termination_file(container, *attempt, &config.mounts, rootfs));
    let file = match made {
        Some(Ok((file, mount))) => {
            config.mounts.extend(mount);
            Some(file)
        }
        Some(Err(error)) => {
            if request.restart_count == 0 {
                // Who did not ask for another place need not be worried.
                let is_default = path == DEFAULT_TERMINATION_MESSAGE_PATH;
                let kind = if is_default { NoticeKind::Normal } else { NoticeKind::Warning };
                let notice =
                    Notice::about(&container.name, kind, "NoTerminationMessage", error.to_string());
                // Nobody listens any more; the container starts.
                let _ = request.notices.send(notice);
            }
            None
        }
        None => None,
    };
    TerminationMessage {
        file,
        policy: container.termination_message_policy,
        log: log_path(request).1,
        containers: pod.spec.all_containers().count(),
    }
}

/// Shows the run the files of its pod in `/etc`. One that cannot have them runs without, and that is
/// told.
fn mount_etc(request: &StartRequest, config: &mut ContainerConfig) {
    let StartRequest { pod, sandbox, .. } = request;
    let container =
        pod.spec.container(&request.container).expect("a plan names containers of its pod");
    match sandbox.etc(container, &config.mounts, config.image.rootfs.as_deref()) {
        Ok(mount) => config.mounts.extend(mount),
        Err(error) => {
            let (kind, reason) = (NoticeKind::Warning, "NoEtcFiles");
            let notice = Notice::about(&container.name, kind, reason, error.to_string());
            // Nobody listens any more; the container starts.
            let _ = request.notices.send(notice);
        }
    }
}

/// A container that hooks and probes are about.
pub(super) struct Asked {
    pub(super) pod: Arc<Pod>,
    pub(super) container: ContainerName,
    pub(super) network: Arc<PodNetwork>,
    pub(super) exec: Arc<dyn Exec>,
}

impl Asked {
    fn target(&self) -> Option<Target<'_>> {
        let container = self.pod.spec.container(&self.container)?;
        let (network, exec) = (&self.network, self.exec.as_ref());
        Some(Target { pod: &self.pod, container, network, exec })
    }
}

/// Asks a container by one of its probes. What cannot be found out is tried three times.
pub(super) async fn probe(asked: Asked, attempt: u32, kind: ProbeKind) -> Outcome {
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
pub(super) async fn run_hook(asked: Asked, attempt: u32, hook: HookKind) -> Outcome {
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

/// Sees to what is left of a run, and translates its end into the words of a container's status.
pub(super) async fn ended(exit: Exit, remains: Remains) -> Ended {
    let Remains { log, message } = remains;
    // The end of the log may be the message.
    log.close().await;
    let code = exit.code;
    let message = tokio::task::spawn_blocking(move || message.read(code)).await;
    let reason = match (exit.cause, exit.code) {
        (ExitCause::OutOfMemory, _) => EndReason::OomKilled,
        (_, 0) => EndReason::Completed,
        _ => EndReason::Error,
    };
    // A panic while reading was printed there.
    let message = message.ok().flatten().or(exit.message);
    Ended { exit_code: exit.code, reason, message }
}
