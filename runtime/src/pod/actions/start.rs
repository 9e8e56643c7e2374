//! One run of a container: everything is decided that the executor has to know, and it is started.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::Outcome;
use crate::executor::{
    Container, ContainerConfig, CreateError, Exit, ExitCause, ListenPort, StartError, Stdin,
    entrypoint,
};
use crate::image::Image;
use crate::lifecycle::{EndReason, Ended, Event, Notice, NoticeKind, Problem};
use crate::machine::Machine;
use crate::network::Family;
use crate::pod::activity::{Activity, StepReport};
use crate::runtime::Runtime;
use crate::sandbox::{self, ContainerLog, LogTap, PodSandbox, TerminationMessage};
use crate::spec::environment::{self, Allocatable, EnvironmentError, PodFacts, Variables};
use crate::spec::quantity::Quantity;
use crate::spec::{
    self, ContainerName, DEFAULT_TERMINATION_MESSAGE_PATH, HttpSettings, Pod, Protocol, VolumeMount,
};

/// All that the start of a container needs.
pub(in crate::pod) struct StartRequest {
    pub(in crate::pod) pod: Arc<Pod>,
    pub(in crate::pod) runtime: Arc<Runtime>,
    pub(in crate::pod) sandbox: Arc<PodSandbox>,
    pub(in crate::pod) image: Arc<Image>,
    pub(in crate::pod) container: ContainerName,
    pub(in crate::pod) attempt: u32,
    pub(in crate::pod) restart_count: u32,
    pub(in crate::pod) has_stdin: bool,
    pub(in crate::pod) logs: Option<LogTap>,
    pub(in crate::pod) notices: mpsc::UnboundedSender<Notice>,
    pub(in crate::pod) activity: Option<Activity>,
}

pub(in crate::pod) async fn start(request: StartRequest) -> Outcome {
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
pub(in crate::pod) struct Remains {
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
    let report = StepReport::new(request.activity.clone(), request.container.clone());
    report.compiling(&container(request).image);
    let created = executor.create(config).await;
    drop(report);
    let mut run = created.map_err(|error| match error {
        CreateError::NotRunnable(_) => StartFailure::NotRunnable(error.to_string()),
        CreateError::Host(_) => StartFailure::Create(error.to_string()),
    })?;
    run.start().await.map_err(|error| match error {
        StartError::Program(_) => StartFailure::NotRunnable(error.to_string()),
        StartError::Host(_) => StartFailure::Create(error.to_string()),
    })?;
    Ok((run, remains))
}

fn container(request: &StartRequest) -> &spec::Container {
    request.pod.spec.container(&request.container).expect("a plan names containers of its pod")
}

/// Decides everything that the executor has to know.
fn container_config(request: &StartRequest) -> Result<ContainerConfig, StartFailure> {
    let StartRequest { pod, sandbox, image, .. } = request;
    let container = container(request);
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
pub(in crate::pod) fn allocatable(machine: &Machine) -> Allocatable {
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
    let container = container(request);
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
    let StartRequest { sandbox, .. } = request;
    let container = container(request);
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

/// Sees to what is left of a run, and translates its end into the words of a container's status.
pub(in crate::pod) async fn ended(exit: Exit, remains: Remains) -> Ended {
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
