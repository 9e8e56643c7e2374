//! Performs one action of a plan, and says what came of it.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::clock::Clock;
use crate::executor::{
    Container, ContainerConfig, CreateError, Exit, ExitCause, Stdin, entrypoint,
};
use crate::image::{Image, Presence, PullEvent};
use crate::lifecycle::{EndReason, Ended, Event, Notice, NoticeKind, Problem};
use crate::machine::Machine;
use crate::network::Family;
use crate::runtime::Runtime;
use crate::sandbox::{self, ContainerLog, LogTap, PodSandbox, SandboxError};
use crate::spec::environment::{self, PodFacts};
use crate::spec::quantity::Quantity;
use crate::spec::{ContainerName, Pod};

/// The reason of the notice that a port of the host is not to be had.
pub const HOST_PORT_CONFLICT: &str = "HostPortConflict";

/// What came of an action.
pub(super) enum Outcome {
    /// Something that changes the state, and nothing to hold on to.
    Event(Event),
    /// The sandbox is there.
    Sandbox(PodSandbox),
    /// The image is there.
    Image { container: ContainerName, image: Arc<Image>, message: String },
    /// The container runs.
    Started { container: ContainerName, attempt: u32, run: Box<dyn Container>, remains: Remains },
    /// It was abandoned.
    Nothing,
}

pub(super) async fn prepare_sandbox(pod: Arc<Pod>, runtime: Arc<Runtime>) -> Outcome {
    match PodSandbox::create(&runtime.data.pods(), &runtime.pod_ranges, &pod) {
        Ok(sandbox) => Outcome::Sandbox(sandbox),
        Err(error) => {
            let reason = match error {
                SandboxError::Volume(_) => "FailedMount",
                SandboxError::Publish(_) => HOST_PORT_CONFLICT,
                SandboxError::Directory { .. } | SandboxError::Address(_) => {
                    "FailedCreatePodSandBox"
                }
            };
            Outcome::Event(Event::SandboxFailed(Problem { reason, message: error.to_string() }))
        }
    }
}

/// Removes the sandbox. What cannot be removed now is said, and left to the next process, which
/// finds it without an owner.
pub(super) async fn remove_sandbox(sandbox: Option<Arc<PodSandbox>>) -> Outcome {
    if let Some(sandbox) = sandbox {
        let holds_volumes = sandbox.holds_volumes();
        let remove = move || {
            if let Err(error) = sandbox.remove() {
                tracing::warn!(pod = sandbox.uid, %error, "cannot remove the pod's directory");
            }
        };
        if holds_volumes {
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
    name: ContainerName,
    notices: mpsc::UnboundedSender<Notice>,
) -> Outcome {
    let container = pod.spec.container(&name).expect("a plan names containers of its pod");
    let progress = |event: PullEvent<'_>| {
        if matches!(event, PullEvent::Begin) {
            let message = format!("Pulling image {:?}", container.image);
            // Nobody listens any more; the pull goes on.
            let _ = notices.send(Notice::about(&name, NoticeKind::Normal, "Pulling", message));
        }
    };
    let begun = Clock::start();
    match runtime.images.ensure(&container.image, container.image_pull_policy, &progress).await {
        Ok((image, presence)) => {
            let message = pulled_message(&container.image, &presence, begun.monotonic());
            Outcome::Image { container: name, image, message }
        }
        Err(error) => {
            let problem = Problem { reason: error.reason().as_str(), message: error.message() };
            Outcome::Event(Event::ImageFailed { container: name, problem })
        }
    }
}

/// Returns what is told of an image that is there, in the kubelet's words.
fn pulled_message(image: &str, presence: &Presence, took: Duration) -> String {
    match presence {
        Presence::AlreadyPresent => {
            format!("Container image {image:?} already present on machine")
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
    let config = container_config(request)?;
    let remains = Remains { log: config.log.clone() };
    let executor = &request.runtime.executor;
    let mut run = executor.create(config).await.map_err(|error| match error {
        CreateError::NotRunnable(_) => StartFailure::NotRunnable(error.to_string()),
        CreateError::Host(_) => StartFailure::Create(error.to_string()),
    })?;
    run.start().await.map_err(|error| StartFailure::NotRunnable(error.to_string()))?;
    Ok((run, remains))
}

/// Decides everything that the executor has to know.
fn container_config(request: &StartRequest) -> Result<ContainerConfig, StartFailure> {
    let StartRequest { pod, sandbox, image, .. } = request;
    let container =
        pod.spec.container(&request.container).expect("a plan names containers of its pod");
    let config_error = |error: &dyn std::fmt::Display| StartFailure::Config(error.to_string());
    let variables = environment::environment(
        container,
        &pod.metadata,
        &facts(&request.runtime.machine, sandbox),
    );
    let expand = |words: &[String]| environment::expand_words(words, &variables);
    let (command, args) = (expand(&container.command), expand(&container.args));
    let argv = entrypoint(&image.config.entrypoint, &image.config.cmd, &command, &args);
    let mounts = container.volume_mounts.iter().map(|mount| sandbox.mount(mount));
    let mounts = mounts.collect::<Result<Vec<_>, _>>().map_err(|error| config_error(&error))?;
    let working_dir = container.working_dir.as_ref().or(image.config.working_dir.as_ref());
    let log = open_log(request).map_err(StartFailure::Create)?;
    Ok(ContainerConfig {
        name: container.name.clone(),
        image: image.clone(),
        argv,
        env: environment::over_image(from_image(image, &sandbox.hostname), &variables),
        working_dir: working_dir.map_or_else(|| "/".to_owned(), Clone::clone),
        mounts,
        stdin: if request.has_stdin { Stdin::Inherit } else { Stdin::Closed },
        tty: container.tty,
        memory_limit_bytes: container.resources.memory_limit_bytes,
        cpu_limit_millis: container.resources.cpu_limit_millis,
        log,
        sandbox: sandbox.clone(),
    })
}

/// Returns what only the running pod knows.
fn facts(machine: &Machine, sandbox: &PodSandbox) -> PodFacts {
    let addresses = sandbox.network.addresses();
    let families = [Family::V4, Family::V6];
    PodFacts {
        node_name: machine.name.clone(),
        service_account_name: "default".to_owned(),
        host_ips: families.map(|family| addresses.node(family)).to_vec(),
        pod_ips: families.map(|family| addresses.of(family)).to_vec(),
        allocatable_cpu: Quantity::from(machine.cores),
        allocatable_memory: Quantity::from(machine.memory_bytes),
        allocatable_ephemeral_storage: Quantity::from(machine.disk_bytes),
    }
}

/// Returns the variables that are there before the document's: the image's, and the host's name,
/// which WASI has no other word for.
fn from_image(image: &Image, hostname: &str) -> impl Iterator<Item = (String, String)> {
    let hostname = (!hostname.is_empty()).then(|| ("HOSTNAME".to_owned(), hostname.to_owned()));
    image.config.env.iter().cloned().chain(hostname)
}

/// Opens the log of a run, `<container>/<restart count>.log`, and removes those that are older
/// than the run before.
fn open_log(request: &StartRequest) -> Result<ContainerLog, String> {
    let pod = sandbox::log_directory_name(&request.pod.metadata);
    let directory = request.runtime.data.logs().join(pod).join(request.container.as_str());
    let path = directory.join(format!("{}.log", request.restart_count));
    let create = || {
        fs::create_dir_all(&directory)?;
        if let Some(old) = request.restart_count.checked_sub(2) {
            sandbox::remove_attempts_before(&directory, old + 1)?;
        }
        ContainerLog::create(request.container.clone(), &path, request.logs.clone())
    };
    create().map_err(|error| format!("cannot write the log {}: {error}", path.display()))
}

/// Sees to what is left of a run, and translates its end into the words of a container's status.
pub(super) async fn ended(exit: Exit, remains: Remains) -> Ended {
    remains.log.close().await;
    let reason = match (exit.cause, exit.code) {
        (ExitCause::OutOfMemory, _) => EndReason::OomKilled,
        (_, 0) => EndReason::Completed,
        _ => EndReason::Error,
    };
    Ended { exit_code: exit.code, reason, message: exit.message }
}
