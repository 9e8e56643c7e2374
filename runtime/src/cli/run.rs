//! `wasmpod run`: a Pod, or a bare module, in the foreground.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context as _, bail};
use clap::Args;
use k8s_openapi::api::core::v1::PodStatus;
use tokio::sync::{mpsc, watch};

use super::Context;
use super::activity::ActivityView;
use super::bare::Bare;
use super::describe::{Subject, describe as description};
use super::foot::FootText;
use super::network::Network;
use super::output::{Form, Printer};
use super::signals::StopSignals;
use super::status::{StatusForm, StatusView};
use super::stderr;
use super::submission::Submission;
use super::summary::summary;
use super::tell::Teller;
use crate::clock;
use crate::config::DataDir;
use crate::lifecycle::{EndReason, NoticeKind, Phase};
use crate::network::PublishedPort;
use crate::pod::{Activity, HOST_PORT_CONFLICT, PodEnd, PodRequest, PodWatch, PodWorker};
use crate::runtime::Runtime;
use crate::sandbox::{self, log_watch};
use crate::spec::parse::Identity;
use crate::spec::{ContainerName, Metadata, Pod};

/// What a bare module that is no program exits with, as a shell.
const CANNOT_EXECUTE: u8 = 126;
/// What a bare module that is not there exits with, as a shell.
const NOT_FOUND: u8 = 127;

/// What a program exits with that was asked to end: 128 and SIGTERM.
const TERMINATED: u8 = 128 + 15;

/// How the first bytes of every WebAssembly file read.
const WASM_MAGIC: [u8; 4] = *b"\0asm";

/// Run a Pod from its manifests, or a bare WebAssembly program, in the foreground
///
/// A Pod runs until its containers have ended and none is started again; the exit code is 0 if it
/// succeeded and 1 if it failed. Ctrl-C terminates it as Kubernetes would; a second Ctrl-C kills
/// it. A bare program gets this terminal's input and output, and its exit code is ours.
#[derive(Args, Debug)]
pub(super) struct Run {
    /// The manifests of a Pod and of the ConfigMaps, Secrets and claims that it refers to, in YAML or
    /// JSON: files, directories of them, or - for standard input; or one .wasm file
    #[arg(value_name = "FILE", required_unless_present = "filename")]
    files: Vec<PathBuf>,

    /// The manifests, said as kubectl has it
    #[arg(short, long, value_name = "FILE")]
    filename: Vec<PathBuf>,

    /// Run this Pod, if the manifests hold several
    #[arg(long, value_name = "NAME")]
    pod: Option<String>,

    /// The arguments of a bare program
    #[arg(last = true)]
    args: Vec<String>,

    /// Set a variable for a bare program; without a value, pass on our own
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,

    /// Let a bare program see a directory of the host
    #[arg(short, long, value_name = "HOST:GUEST[:ro]")]
    volume: Vec<String>,

    /// Publish a port of a bare program on the host; without a host port, the system chooses
    #[arg(short, long, value_name = "[[IP:]HOST-PORT:]PORT[/udp]")]
    publish: Vec<PublishedPort>,

    /// Name the pod of a bare program
    #[arg(long)]
    name: Option<String>,

    /// Show the status of a Pod whenever it changes
    #[arg(long, value_name = "FORM", value_enum)]
    status: Option<StatusForm>,

    /// Describe a Pod when it has ended, as kubectl describe, events included
    #[arg(long)]
    describe: bool,

    #[command(flatten)]
    network: Network,
}

/// What is to run, and how it is shown.
struct Task {
    pod: Pod,
    runtime: Runtime,
    is_bare: bool,
    status: Option<StatusForm>,
    describe: bool,
}

impl Run {
    pub(super) fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let verbose = context.verbose;
        let task = match (self.files.as_slice(), self.filename.as_slice()) {
            ([file], []) if is_module(file) => {
                let file = file.clone();
                match self.bare(&file, context)? {
                    Ok(task) => task,
                    Err(code) => return Ok(code),
                }
            }
            _ => self.manifest(context)?,
        };
        task.runtime.data.create()?;
        let tidier = tidy(task.runtime.data.clone(), task.pod.metadata.clone())?;
        let reactor = super::reactor()?;
        let code = reactor.block_on(foreground(task, verbose))?;
        // A panic there was printed there.
        let _ = tidier.join();
        // What is still under way in the background, e.g. a compilation, is of no more use.
        reactor.shutdown_background();
        Ok(code)
    }

    fn bare(self, file: &Path, context: Context) -> anyhow::Result<Result<Task, ExitCode>> {
        if self.pod.is_some() {
            bail!("--pod: only for manifests; a .wasm file is one program");
        }
        if self.status.is_some() {
            bail!("--status: only for manifests; the output of a bare program is its own");
        }
        if self.describe {
            bail!("--describe: only for manifests; a bare program is no more than its exit code");
        }
        let image = file.display().to_string();
        let bare = Bare {
            file: file.to_owned(),
            args: self.args,
            env: self.env,
            volumes: self.volume,
            ports: self.publish,
            name: self.name,
        };
        let pod = bare.pod(uid())?;
        let mut runtime = Runtime::new(context.data, &context.configuration)?;
        self.network.apply(&mut runtime.network);
        if let Err(error) = runtime.images.with_file(&image, file) {
            stderr::say(format_args!("error: {}", error.message()));
            let code = if file.exists() { CANNOT_EXECUTE } else { NOT_FOUND };
            return Ok(Err(ExitCode::from(code)));
        }
        Ok(Ok(Task { pod, runtime, is_bare: true, status: None, describe: false }))
    }

    fn manifest(self, context: Context) -> anyhow::Result<Task> {
        for (option, is_given) in [
            ("--env", !self.env.is_empty()),
            ("--volume", !self.volume.is_empty()),
            ("--publish", !self.publish.is_empty()),
            ("--name", self.name.is_some()),
            ("arguments after --", !self.args.is_empty()),
        ] {
            if is_given {
                bail!("{option}: only for a bare .wasm file; the manifest says it for a Pod");
            }
        }
        if let Some(module) = self.named().find(|file| is_module(file)) {
            let module = module.display();
            bail!("{module}: a module is run alone; its arguments go behind --");
        }
        let files: Vec<_> = self.named().map(Path::to_owned).collect();
        let random = uuid::Uuid::new_v4();
        let name_suffix = Identity::suffix(random.as_u64_pair().0);
        let identity = Identity { uid: uid(), name_suffix };
        let Submission { pod, objects } = Submission::read(&files, self.pod.as_deref(), &identity)?;
        let mut runtime = Runtime::new(context.data, &context.configuration)?;
        self.network.apply(&mut runtime.network);
        runtime.objects.change(|known| *known = objects);
        let (status, describe) = (self.status, self.describe);
        Ok(Task { pod, runtime, is_bare: false, status, describe })
    }

    /// Returns the files that are named, in either way.
    fn named(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().chain(&self.filename).map(PathBuf::as_path)
    }
}

/// Returns whether this is a module rather than a manifest: by its name, or its first bytes.
fn is_module(path: &Path) -> bool {
    if path.extension().is_some_and(|extension| extension == "wasm" || extension == "wat") {
        return true;
    }
    // What is no regular file can be read once only, or would have us wait.
    if !path.is_file() {
        return false;
    }
    let mut magic = [0; 4];
    let begins = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    begins.is_ok() && magic == WASM_MAGIC
}

/// Returns a new uid for a pod.
fn uid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Removes what pods that are no more have left, beside the start of this one.
fn tidy(data: DataDir, pod: Metadata) -> anyhow::Result<JoinHandle<()>> {
    let tidy = move || {
        sandbox::remove_dead(&data.pods());
        sandbox::remove_old_logs(&data.logs(), &data.pods(), &pod);
    };
    let thread = std::thread::Builder::new().name("tidy".to_owned());
    thread.spawn(tidy).context("cannot start a thread")
}

/// Runs the pod to its end, shows what it does, and returns our exit code.
async fn foreground(task: Task, verbose: bool) -> anyhow::Result<ExitCode> {
    let Task { pod, runtime, is_bare, status: status_form, describe } = task;
    let node = runtime.machine.name.clone();
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let (tap, log_watch) = log_watch();
    let form = if is_bare {
        Form::Raw
    } else {
        Form::Prefixed {
            containers: pod.spec.all_containers().map(|c| c.name.clone()).collect(),
            keeps_stdout: status_form == Some(StatusForm::Json),
        }
    };
    let pod = Arc::new(pod);
    let (foot, foot_watch) = watch::channel(FootText::default());
    let mut view = StatusView::new(status_form, pod.clone(), tap.clone(), foot.clone());
    let activity = Activity::default();
    let mut activity_view = ActivityView::new(activity.watch(), foot);
    let mut printer =
        Printer::start(log_watch, foot_watch, form).context("cannot start a thread")?;
    let (requests, receiver) = mpsc::channel(8);
    let (notices, mut noticed) = mpsc::unbounded_channel();
    let (status, mut statuses) = watch::channel(Arc::new(PodStatus::default()));
    let watch = PodWatch {
        logs: Some(tap.clone()),
        notices,
        status,
        activity: Some(activity),
        stdin: reader_of_stdin(&pod),
    };
    let mut teller = Teller::new(tap, is_bare, verbose);
    // A request that finds the queue full is one of many that say the same.
    let ask = |request| {
        let _ = requests.try_send(request);
    };
    let stop = || ask(PodRequest::Stop { grace_seconds: None });
    let worker = PodWorker::new(pod.clone(), Arc::new(runtime), watch, receiver).run();
    tokio::pin!(worker);
    let mut interruption = None;
    let end = loop {
        tokio::select! {
            biased;
            end = &mut worker => break end,
            signal = signals.next() => match interruption.replace(Interruption::Signal(signal)) {
                None => {
                    teller.stopping();
                    view.deleted(None);
                    stop();
                }
                Some(_) => {
                    view.deleted(Some(0));
                    ask(PodRequest::Kill);
                }
            },
            Ok(error) = &mut printer.closed, if !printer.closed.is_terminated() => {
                interruption.get_or_insert(Interruption::Output(error));
                view.deleted(None);
                stop();
            }
            Some(notice) = noticed.recv() => {
                teller.tell(&notice);
                // Kubernetes would try again for ever. A bare program is run once, and whoever sits
                // before a pod wants to know that its port is not to be had.
                let is_final = is_bare && notice.kind == NoticeKind::Warning;
                if is_final || notice.reason == HOST_PORT_CONFLICT {
                    view.deleted(Some(0));
                    ask(PodRequest::Kill);
                }
            }
            Ok(()) = statuses.changed() => {
                let status = statuses.borrow_and_update().clone();
                teller.tell_ends(&status);
                view.show(status);
            }
            () = view.grow_older() => {}
            () = activity_view.advance() => {}
        }
    };
    while let Ok(notice) = noticed.try_recv() {
        teller.tell(&notice);
    }
    teller.tell_ends(&end.status);
    view.show(end.status.clone());
    drop(view);
    let phase = end.status.phase.clone().unwrap_or_default();
    if describe {
        let (status, events) = (end.status.as_ref(), teller.events().collect());
        let subject = Subject { pod: &pod, status, node: &node, events, now: clock::wall() };
        teller.say_all(description(&subject).trim_end());
    }
    if !is_bare {
        teller.tell_counts();
        teller.say_all(summary(&pod, &end.state, &phase).trim_end_matches('\n'));
    }
    drop(teller);
    if let Some(error) = printer.finish()
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        bail!("cannot write the output: {error}");
    }
    Ok(if is_bare { bare_code(&pod, &end, interruption.as_ref()) } else { phase_code(&phase) })
}

/// What ended a pod before its time.
enum Interruption {
    /// A signal to this process, by its number.
    Signal(u8),
    /// Nobody takes our output any more.
    Output(io::ErrorKind),
}

/// Returns the container that reads our standard input: the first that wants to.
fn reader_of_stdin(pod: &Pod) -> Option<ContainerName> {
    pod.spec.containers.iter().find(|container| container.stdin).map(|c| c.name.clone())
}

fn phase_code(phase: &str) -> ExitCode {
    ExitCode::from(u8::from(phase != Phase::Succeeded.as_str()))
}

/// Returns the program's own exit code; of one that was interrupted, what a shell would show of a
/// process.
fn bare_code(pod: &Pod, end: &PodEnd, interruption: Option<&Interruption>) -> ExitCode {
    let last = pod.spec.containers.iter().find_map(|c| end.state.container(&c.name).last.as_ref());
    let code = match last {
        Some(run) if run.ended.reason == EndReason::StartError => CANNOT_EXECUTE,
        Some(run) => u8::try_from(run.ended.exit_code).unwrap_or(super::FAILURE),
        None => super::FAILURE,
    };
    // It ended because it was asked to, and that has a reason.
    ExitCode::from(match interruption {
        Some(Interruption::Signal(signal)) if code == TERMINATED => 128 + signal,
        Some(Interruption::Output(io::ErrorKind::BrokenPipe)) if code == TERMINATED => {
            super::NO_READER
        }
        _ => code,
    })
}
