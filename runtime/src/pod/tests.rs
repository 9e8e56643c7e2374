//! The worker with a scripted executor, and a clock that stands still unless everybody waits.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::PodStatus;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::{PodEnd, PodRequest, PodWatch, PodWorker};
use crate::config::DataDir;
use crate::executor::{
    Container, ContainerConfig, CreateError, Exec, ExecConfig, Executor, Exit, Signal, StartError,
};
use crate::image::{Images, RegistryConfig};
use crate::lifecycle::{self, Notice};
use crate::machine::Machine;
use crate::runtime::Runtime;
use crate::sandbox::OutputStream;
use crate::spec::{ContainerName, EmptyDirMedium, Pod, RestartPolicy, Volume, VolumeSource};

/// What happened, with the seconds since the start: `0 start a`.
type Journal = Arc<Mutex<Vec<String>>>;

/// Runs containers by their arguments, e.g. `["run 5", "exit 3"]`: runs for five seconds, then
/// exits. `stubborn` ignores the request to end, `forever` waits for it, `broken` cannot be made
/// and `corrupt` cannot be started.
struct Script {
    journal: Journal,
    origin: Instant,
}

impl Script {
    fn note(&self, what: &str) {
        note(&self.journal, self.origin, what);
    }
}

fn note(journal: &Journal, origin: Instant, what: &str) {
    journal.lock().unwrap().push(format!("{} {what}", origin.elapsed().as_secs()));
}

#[async_trait]
impl Executor for Script {
    async fn create(&self, config: ContainerConfig) -> Result<Box<dyn Container>, CreateError> {
        let has = |word: &str| config.argv.iter().any(|arg| arg == word);
        self.note(&format!("create {}", config.name));
        if has("broken") {
            return Err(CreateError::Host("no disk".to_owned()));
        }
        if has("corrupt") {
            return Err(CreateError::NotRunnable("no program".to_owned()));
        }
        let (journal, origin) = (self.journal.clone(), self.origin);
        Ok(Box::new(Scripted { config, journal, origin, ends_at: None, exit: Exit::exited(0) }))
    }
}

struct Scripted {
    config: ContainerConfig,
    journal: Journal,
    origin: Instant,
    ends_at: Option<Instant>,
    exit: Exit,
}

#[async_trait]
impl Container for Scripted {
    async fn start(&mut self) -> Result<(), StartError> {
        note(&self.journal, self.origin, &format!("start {}", self.config.name));
        self.config.log.write(OutputStream::Stdout, "hello\n".into());
        let (seconds, exit) = script(&self.config.argv);
        self.exit = exit;
        self.ends_at = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        Ok(())
    }

    fn signal(&mut self, signal: Signal, _: Option<Duration>) {
        note(&self.journal, self.origin, &format!("{signal:?} {}", self.config.name));
        let is_stubborn = self.config.argv.iter().any(|arg| arg == "stubborn");
        if signal == Signal::Kill || !is_stubborn {
            self.exit = Exit::signalled(signal);
            self.ends_at = Some(Instant::now());
        }
    }

    async fn wait(&mut self) -> Exit {
        match self.ends_at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
        self.exit.clone()
    }

    fn exec(&self) -> Arc<dyn Exec> {
        let (journal, origin) = (self.journal.clone(), self.origin);
        Arc::new(ScriptedExec { container: self.config.name.clone(), journal, origin })
    }
}

/// Runs programs by the same script, e.g. `["exec", "run 2", "exit 1"]`.
struct ScriptedExec {
    container: ContainerName,
    journal: Journal,
    origin: Instant,
}

#[async_trait]
impl Exec for ScriptedExec {
    async fn create(&self, config: ExecConfig) -> Result<Box<dyn Container>, CreateError> {
        let words = config.argv.join(" ");
        note(&self.journal, self.origin, &format!("exec {} {words}", self.container));
        if config.argv.iter().any(|arg| arg == "broken") {
            return Err(CreateError::Host("no disk".to_owned()));
        }
        Ok(Box::new(ScriptedProgram { config, ends_at: None, exit: Exit::exited(0) }))
    }
}

/// A program in a container.
struct ScriptedProgram {
    config: ExecConfig,
    ends_at: Option<Instant>,
    exit: Exit,
}

#[async_trait]
impl Container for ScriptedProgram {
    async fn start(&mut self) -> Result<(), StartError> {
        let (seconds, exit) = script(&self.config.argv);
        self.exit = exit;
        self.ends_at = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        self.config.output.write(OutputStream::Stdout, "answer\n".into());
        Ok(())
    }

    fn signal(&mut self, signal: Signal, _: Option<Duration>) {
        self.exit = Exit::signalled(signal);
        self.ends_at = Some(Instant::now());
    }

    async fn wait(&mut self) -> Exit {
        match self.ends_at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
        self.exit.clone()
    }

    fn exec(&self) -> Arc<dyn Exec> {
        unreachable!("nothing is run in what is run in a container")
    }
}

/// Returns how long a program runs, for ever if none, and how it exits.
fn script(argv: &[String]) -> (Option<u64>, Exit) {
    let (mut seconds, mut exit) = (Some(0), Exit::exited(0));
    for arg in argv {
        match arg.split_once(' ') {
            Some(("run", text)) => seconds = text.parse().ok(),
            Some(("exit", code)) => exit = Exit::exited(code.parse().unwrap()),
            _ if arg == "forever" || arg == "stubborn" => seconds = None,
            _ => {}
        }
    }
    (seconds, exit)
}

/// Returns a pod of containers `NAME: WORD, WORD …`; `i:` and `s:` before the name as in the
/// lifecycle's own tests.
fn pod(restart_policy: RestartPolicy, containers: &[&str]) -> Pod {
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
    let source = VolumeSource::EmptyDir { medium, size_limit_bytes: None };
    pod.spec.volumes.push(Volume { name: "data".to_owned(), source });
    pod
}

fn split_container(text: &str) -> (&str, &str) {
    text.split_once(": ").unwrap()
}

/// A pod that runs.
struct Play {
    data: tempfile::TempDir,
    journal: Journal,
    requests: mpsc::Sender<PodRequest>,
    notices: mpsc::UnboundedReceiver<Notice>,
    worker: tokio::task::JoinHandle<PodEnd>,
}

impl Play {
    fn start(pod: Pod) -> Self {
        let data = tempfile::tempdir().unwrap();
        let module = data.path().join("app.wasm");
        std::fs::write(&module, b"\0asm\x01\0\0\0").unwrap();
        let journal = Journal::default();
        let script = Script { journal: journal.clone(), origin: Instant::now() };
        let images = Images::new(data.path().join("images"), RegistryConfig::default());
        images.with_file("example/image:1", &module).unwrap();
        let runtime = Runtime {
            data: DataDir::new(data.path()),
            machine: Machine::read(data.path()),
            images,
            pod_ranges: Arc::default(),
            executor: Box::new(script),
        };
        let (requests, receiver) = mpsc::channel(8);
        let (notices_sender, notices) = mpsc::unbounded_channel();
        let (status, _) = watch::channel(Arc::new(PodStatus::default()));
        let watch = PodWatch { logs: None, notices: notices_sender, status, stdin: None };
        let worker = PodWorker::new(Arc::new(pod), Arc::new(runtime), watch, receiver);
        Self { data, journal, requests, notices, worker: tokio::spawn(worker.run()) }
    }

    /// Asks for the end when the clock, which nobody waits for in earnest, has gone on so far.
    async fn stop_after(&self, seconds: u64, grace_seconds: Option<u64>) {
        tokio::time::sleep_until(Instant::now() + Duration::from_secs(seconds)).await;
        self.requests.send(PodRequest::Stop { grace_seconds }).await.unwrap();
    }

    /// Waits for the end; checks the phase and the journal, `; ` between its entries.
    async fn ends(self, phase: &str, journal: &str) -> Self {
        let Self { data, journal: notes, requests, notices, worker } = self;
        let end = tokio::time::timeout(Duration::from_secs(100_000), worker).await;
        let end = end.expect("every pod ends").unwrap();
        assert_eq!(end.status.phase.as_deref(), Some(phase));
        assert_eq!(notes.lock().unwrap().join("; "), journal);
        let left = std::fs::read_dir(data.path().join("pods")).unwrap().count();
        assert_eq!(left, 0, "nothing of the pod is left");
        let worker = tokio::spawn(std::future::pending());
        Self { data, journal: notes, requests, notices, worker }
    }

    fn log(&self, container: &str, restart_count: u32) -> Option<String> {
        let pod = Path::new("logs/pods/default_web_1234");
        let file = pod.join(container).join(format!("{restart_count}.log"));
        std::fs::read_to_string(self.data.path().join(file)).ok()
    }

    fn notices(&mut self, reason: &str) -> Vec<String> {
        let notices = std::iter::from_fn(|| self.notices.try_recv().ok());
        notices.filter(|notice| notice.reason == reason).map(|notice| notice.message).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn init_then_regular_then_sidecars_end() {
    Play::start(pod(RestartPolicy::Never, &["i:init: run 2", "s:log: forever", "a: run 3", "b: "]))
        .ends(
            "Succeeded",
            "0 create init; 0 start init; 2 create log; 2 start log; 2 create a; 2 start a; \
             2 create b; 2 start b; 5 Terminate log",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_waits_longer_each_time() {
    let play = Play::start(pod(RestartPolicy::Always, &["a: exit 1"]));
    play.stop_after(35, None).await;
    let mut play = play
        .ends(
            "Failed",
            "0 create a; 0 start a; 0 create a; 0 start a; 10 create a; 10 start a; \
             30 create a; 30 start a",
        )
        .await;
    assert_eq!(play.notices("BackOff").len(), 3);
    assert_eq!(play.log("a", 1), None, "only the last two logs are kept");
    for restart_count in [2, 3] {
        assert!(play.log("a", restart_count).unwrap().ends_with(" stdout F hello\n"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_grace_ends_with_a_kill() {
    let play = Play::start(pod(RestartPolicy::Always, &["s:log: forever", "a: stubborn"]));
    play.stop_after(5, Some(10)).await;
    play.ends(
        "Failed",
        "0 create log; 0 start log; 0 create a; 0 start a; 5 Terminate a; 15 Kill a; \
         15 Terminate log",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_second_stop_kills_at_once() {
    let play = Play::start(pod(RestartPolicy::Always, &["a: stubborn"]));
    play.stop_after(5, None).await;
    play.stop_after(1, Some(0)).await;
    play.ends("Failed", "0 create a; 0 start a; 5 Terminate a; 6 Kill a").await;
}

#[tokio::test(start_paused = true)]
async fn what_the_host_cannot_make_is_tried_again() {
    let play = Play::start(pod(RestartPolicy::Never, &["a: broken"]));
    play.stop_after(15, None).await;
    let mut play = play.ends("Failed", "0 create a; 10 create a").await;
    assert_eq!(play.notices("Failed"), ["Error: no disk", "Error: no disk"]);
}

#[tokio::test(start_paused = true)]
async fn a_program_that_cannot_run_has_ended_with_128() {
    let mut play =
        Play::start(pod(RestartPolicy::Never, &["a: corrupt"])).ends("Failed", "0 create a").await;
    assert_eq!(play.notices("Failed"), ["Error: no program"]);
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_cannot_be_made_holds_up_the_pod() {
    let mut pod = pod(RestartPolicy::Never, &["a: run 1"]);
    let medium = EmptyDirMedium::Other("Gold".to_owned());
    let source = VolumeSource::EmptyDir { medium, size_limit_bytes: None };
    pod.spec.volumes = vec![Volume { name: "data".to_owned(), source }];
    let play = Play::start(pod);
    play.stop_after(25, None).await;
    let mut play = play.ends("Failed", "").await;
    let expected = "volume \"data\": unknown storage medium \"Gold\"";
    assert_eq!(play.notices("FailedMount"), [expected; 3]);
}
