//! `wasmpod run`: a Pod, or a bare module, in the foreground.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context as _, bail};
use clap::Args;
use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};
use tokio::sync::{mpsc, watch};

use super::Context;
use super::bare::Bare;
use super::output::{Form, Printer};
use super::signals::StopSignals;
use super::summary::summary;
use crate::config::DataDir;
use crate::lifecycle::{EndReason, Notice, NoticeKind, Phase};
use crate::network::PublishedPort;
use crate::pod::{HOST_PORT_CONFLICT, PUBLISHED, PodEnd, PodRequest, PodWatch, PodWorker};
use crate::runtime::Runtime;
use crate::sandbox::{self, LogTap, log_watch};
use crate::spec::parse::{self, Finding, Identity};
use crate::spec::{ContainerName, Metadata, Pod};

/// What a bare module that is no program exits with, as a shell.
const CANNOT_EXECUTE: u8 = 126;
/// What a bare module that is not there exits with, as a shell.
const NOT_FOUND: u8 = 127;

/// How the first bytes of every WebAssembly file read.
const WASM_MAGIC: [u8; 4] = *b"\0asm";

/// The largest manifest that is read, in bytes.
const MANIFEST_MAX: u64 = 16 << 20;

/// Run a Pod from its manifest, or a bare WebAssembly program, in the foreground
///
/// A Pod runs until its containers have ended and none is started again; the exit code is 0 if it
/// succeeded and 1 if it failed. Ctrl-C terminates it as Kubernetes would; a second Ctrl-C kills
/// it. A bare program gets this terminal's input and output, and its exit code is ours.
#[derive(Args, Debug)]
pub(super) struct Run {
    /// A Pod manifest in YAML or JSON (`-` reads standard input), or a .wasm file
    file: PathBuf,

    /// The arguments of a bare program
    #[arg(last = true)]
    args: Vec<String>,

    /// Set a variable for a bare program; without a value, pass on our own
    #[arg(short, long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,

    /// Let a bare program see a directory of the host
    #[arg(short, long, value_name = "HOST:GUEST[:ro]")]
    volume: Vec<String>,

    /// Publish a TCP port of a bare program on the host; without a host port, the system chooses
    #[arg(short, long, value_name = "[[IP:]HOST-PORT:]PORT")]
    publish: Vec<PublishedPort>,

    /// Name the pod of a bare program
    #[arg(long)]
    name: Option<String>,
}

/// What is to run, and how it is shown.
struct Task {
    pod: Pod,
    runtime: Runtime,
    is_bare: bool,
}

impl Run {
    pub(super) fn run(self, context: Context) -> anyhow::Result<ExitCode> {
        let verbose = context.verbose;
        let task = if is_module(&self.file) {
            match self.bare(context)? {
                Ok(task) => task,
                Err(code) => return Ok(code),
            }
        } else {
            self.manifest(context)?
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

    fn bare(self, context: Context) -> anyhow::Result<Result<Task, ExitCode>> {
        let image = self.file.display().to_string();
        let file = self.file.clone();
        let bare = Bare {
            file: self.file,
            args: self.args,
            env: self.env,
            volumes: self.volume,
            ports: self.publish,
            name: self.name,
        };
        let pod = bare.pod(uid())?;
        let runtime = Runtime::new(context.data)?;
        if let Err(error) = runtime.images.with_file(&image, &file) {
            eprintln!("error: {}", error.message());
            let code = if file.exists() { CANNOT_EXECUTE } else { NOT_FOUND };
            return Ok(Err(ExitCode::from(code)));
        }
        Ok(Ok(Task { pod, runtime, is_bare: true }))
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
        let name = self.file.display().to_string();
        let text = read_manifest(&self.file).with_context(|| name.clone())?;
        let pod = one_pod(&name, &text)?;
        Ok(Task { pod, runtime: Runtime::new(context.data)?, is_bare: false })
    }
}

/// Returns whether this is a module rather than a manifest: by its first bytes, or its name.
fn is_module(path: &Path) -> bool {
    let mut magic = [0; 4];
    let begins = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    (begins.is_ok() && magic == WASM_MAGIC) || path.extension().is_some_and(|ext| ext == "wasm")
}

fn read_manifest(path: &Path) -> anyhow::Result<Vec<u8>> {
    let input: Box<dyn io::Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        if path.is_dir() {
            bail!("is a directory; name a manifest in it");
        }
        Box::new(File::open(path)?)
    };
    let mut text = Vec::new();
    input.take(MANIFEST_MAX + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MANIFEST_MAX {
        bail!("is larger than {} MiB, which no manifest is", MANIFEST_MAX >> 20);
    }
    Ok(text)
}

/// Returns the Pod of a manifest. Prints what there is to say about it.
fn one_pod(file: &str, text: &[u8]) -> anyhow::Result<Pod> {
    let documents = parse::parse(text);
    for Finding { line, column, problem } in documents.iter().flat_map(|d| &d.findings) {
        let severity = if problem.is_harmless() { "warning" } else { "error" };
        eprintln!("{file}:{line}:{column}: {severity}: {problem}");
    }
    let [document] = documents.as_slice() else {
        match documents.len() {
            0 => bail!("{file}: holds no document; want one Pod"),
            n => bail!("{file}: holds {n} documents; running several is not supported yet"),
        }
    };
    let random = uuid::Uuid::new_v4();
    let name_suffix = Identity::suffix(random.as_u64_pair().0);
    let identity = Identity { uid: uid(), name_suffix };
    document.pod(&identity).with_context(|| format!("{file}: cannot be run"))
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
    let Task { pod, runtime, is_bare } = task;
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let (tap, log_watch) = log_watch();
    let form = if is_bare {
        Form::Raw
    } else {
        Form::Prefixed(pod.spec.all_containers().map(|c| c.name.clone()).collect())
    };
    let mut printer = Printer::start(log_watch, form).context("cannot start a thread")?;
    let (requests, receiver) = mpsc::channel(8);
    let (notices, mut noticed) = mpsc::unbounded_channel();
    let (status, mut statuses) = watch::channel(Arc::new(PodStatus::default()));
    let pod = Arc::new(pod);
    let watch = PodWatch { logs: Some(tap.clone()), notices, status, stdin: reader_of_stdin(&pod) };
    let teller = Teller { tap, is_bare, verbose };
    let mut ends = Ends::default();
    let mut stops = 0;
    let worker = PodWorker::new(pod.clone(), Arc::new(runtime), watch, receiver).run();
    tokio::pin!(worker);
    let mut is_read = true;
    let end = loop {
        tokio::select! {
            biased;
            end = &mut worker => break end,
            () = signals.next() => {
                stops += 1;
                if stops == 1 && !is_bare {
                    teller.say("stopping; Ctrl-C again to kill");
                }
                let grace_seconds = (stops > 1).then_some(0);
                let _ = requests.try_send(PodRequest::Stop { grace_seconds });
            }
            _ = &mut printer.closed, if is_read => {
                is_read = false;
                let _ = requests.try_send(PodRequest::Stop { grace_seconds: None });
            }
            Some(notice) = noticed.recv() => {
                teller.tell(&notice);
                // Kubernetes would try again for ever. A bare program is run once, and whoever sits
                // before a pod wants to know that its port is not to be had.
                let is_final = is_bare && notice.kind == NoticeKind::Warning;
                if is_final || notice.reason == HOST_PORT_CONFLICT {
                    let _ = requests.try_send(PodRequest::Stop { grace_seconds: Some(0) });
                }
            }
            Ok(()) = statuses.changed() => {
                let status = statuses.borrow_and_update().clone();
                teller.tell_ends(&ends.news(&status));
            }
        }
    };
    while let Ok(notice) = noticed.try_recv() {
        teller.tell(&notice);
    }
    teller.tell_ends(&ends.news(&end.status));
    let phase = end.status.phase.clone().unwrap_or_default();
    if !is_bare {
        teller.tap.announce(summary(&pod, &end.state, &phase).trim_end_matches('\n'));
    }
    drop(teller);
    printer.finish();
    Ok(if is_bare { bare_code(&pod, &end) } else { phase_code(&phase) })
}

/// Returns the container that reads our standard input: the first that wants to.
fn reader_of_stdin(pod: &Pod) -> Option<ContainerName> {
    pod.spec.containers.iter().find(|container| container.stdin).map(|c| c.name.clone())
}

fn phase_code(phase: &str) -> ExitCode {
    ExitCode::from(u8::from(phase != Phase::Succeeded.as_str()))
}

/// Returns the program's own exit code.
fn bare_code(pod: &Pod, end: &PodEnd) -> ExitCode {
    let last = pod.spec.containers.iter().find_map(|c| end.state.container(&c.name).last.as_ref());
    match last {
        Some(run) if run.ended.reason == EndReason::StartError => ExitCode::from(CANNOT_EXECUTE),
        Some(run) => ExitCode::from(u8::try_from(run.ended.exit_code).unwrap_or(super::FAILURE)),
        None => ExitCode::from(super::FAILURE),
    }
}

/// Says what happens, in order with what the containers write.
struct Teller {
    tap: LogTap,
    is_bare: bool,
    verbose: bool,
}

impl Teller {
    fn say(&self, message: &str) {
        self.tap.announce(&format!("wasmpod: {message}"));
    }

    fn tell(&self, notice: &Notice) {
        if self.is_bare {
            if notice.kind == NoticeKind::Warning {
                let message = notice.message.strip_prefix("Error: ").unwrap_or(&notice.message);
                self.tap.announce(&format!("error: {message}"));
            } else if notice.reason == PUBLISHED {
                self.say(&notice.message);
            }
            return;
        }
        let is_worth_it = notice.kind == NoticeKind::Warning
            || matches!(notice.reason, "Pulling" | "DeadlineExceeded" | PUBLISHED);
        if is_worth_it || self.verbose {
            let about = notice.container.as_ref().map(|name| format!("{name}: "));
            let about = about.unwrap_or_default();
            self.say(&format!("{about}{}: {}", notice.reason, notice.message));
        }
    }

    fn tell_ends(&self, ends: &[String]) {
        if !self.is_bare {
            ends.iter().for_each(|end| self.say(end));
        }
    }
}

/// Which ends of containers were told already.
#[derive(Default)]
struct Ends(BTreeSet<(String, i32)>);

impl Ends {
    /// Returns what to tell of the ends that are new in this status.
    fn news(&mut self, status: &PodStatus) -> Vec<String> {
        let init = status.init_container_statuses.iter().flatten();
        let statuses = init.chain(status.container_statuses.iter().flatten());
        statuses.filter_map(|status| self.news_of(status)).collect()
    }

    fn news_of(&mut self, status: &ContainerStatus) -> Option<String> {
        let current = status.state.as_ref()?.terminated.as_ref();
        let (ended, run) = match (current, &status.last_state) {
            (Some(ended), _) => (ended, status.restart_count),
            // It runs again, or waits to: its last run is the one before.
            (None, Some(last)) => {
                let is_running = status.state.as_ref().is_some_and(|s| s.running.is_some());
                (last.terminated.as_ref()?, status.restart_count - i32::from(is_running))
            }
            (None, None) => return None,
        };
        if ended.exit_code == 0 || !self.0.insert((status.name.clone(), run)) {
            return None;
        }
        let reason = ended.reason.as_deref().unwrap_or("Error");
        let message = ended.message.as_deref().and_then(|text| text.lines().next());
        let message = message.map(|text| format!(": {text}")).unwrap_or_default();
        Some(format!("{}: exited with {} ({reason}){message}", status.name, ended.exit_code))
    }
}
