//! The executor of WebAssembly commands, in this process, with real guests.

mod bad_input;
mod commands;
mod compiled_code;
mod exec;
mod files;
mod http;
mod limits;
mod logs;
mod made;
mod probes;
mod scripted;
mod signals;
mod stop;
mod traps;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use wasmpod::executor::{
    Container, ContainerConfig, CreateError, Exec, ExecConfig, Executor as _, Exit, ExitCause,
    Stdin,
};
use wasmpod::image::{Digest, Image, ImageConfig, ModuleBlob};
use wasmpod::network::NodeNetwork;
use wasmpod::sandbox::{ContainerLog, LogWatch, OutputStream, Places, PodSandbox, log_watch};
use wasmpod::spec::environment::Allocatable;
use wasmpod::spec::files::Sources;
use wasmpod::spec::{HttpSettings, Metadata, Objects, Pod, PodSpec, RestartPolicy};
use wasmpod::volume::Mount;
use wasmpod::wasm::WasmExecutor;

use crate::harness::guest;

/// After which a guest of a test is given up.
const DEADLINE: Duration = Duration::from_secs(120);

/// The guest that does what its arguments say, for WASI 0.1, 0.2 and 0.3.
const P1: (&str, &str) = ("wasm32-wasip1", "scripted");
const P2: (&str, &str) = ("wasm32-wasip2", "scripted");
const P3: (&str, &str) = ("wasm32-wasip2", "scripted_p3");
/// The same, and they hear that they are asked to end.
const P1_STOP: (&str, &str) = ("wasm32-wasip1", "scripted-stop");
const P2_STOP: (&str, &str) = ("wasm32-wasip2", "scripted-stop");
const P3_STOP: (&str, &str) = ("wasm32-wasip2", "scripted_p3_stop");

const ALL: [(&str, &str); 3] = [P1, P2, P3];

/// An executor, and a pod to run containers in.
struct Host {
    directory: tempfile::TempDir,
    executor: WasmExecutor,
    sandbox: Arc<PodSandbox>,
}

/// A container that runs, and what it writes.
struct Running {
    container: Box<dyn Container>,
    watch: LogWatch,
    written: Written,
}

/// What a container has written.
#[derive(Debug, Default)]
struct Written {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// A container that has ended.
#[derive(Debug)]
struct Ended {
    exit: Exit,
    stdout: String,
    stderr: String,
}

impl Host {
    /// Makes a host whose store of compiled code all tests share: most of the time of a test
    /// would be compiling the same guests again.
    fn new() -> Self {
        Self::over(
            tempfile::tempdir().unwrap(),
            &Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
        )
    }

    /// Makes a host that has compiled nothing yet.
    fn fresh() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let compiled = directory.path().join("compiled");
        Self::over(directory, &compiled)
    }

    fn over(directory: tempfile::TempDir, compiled: &Path) -> Self {
        let executor = WasmExecutor::new(compiled).unwrap();
        let pods = directory.path().join("pods");
        let (pod, objects, allocatable) = (pod(), Objects::default(), Allocatable::default());
        let places = Places { pods: &pods, claims: directory.path() };
        let sources = Sources { pod: &pod, objects: &objects, allocatable: &allocatable };
        let sandbox = PodSandbox::create(places, &NodeNetwork::default(), &sources).unwrap();
        Self { directory, executor, sandbox: Arc::new(sandbox) }
    }

    /// Returns the same host, made by `fresh`, after a restart of the process.
    fn restarted(self) -> Self {
        let executor = WasmExecutor::new(self.compiled()).unwrap();
        Self { executor, ..self }
    }

    fn compiled(&self) -> PathBuf {
        self.directory.path().join("compiled")
    }

    /// Writes a module to where the image store would have it.
    fn module(&self, bytes: &[u8]) -> PathBuf {
        let path = self.directory.path().join(Digest::of(bytes).hex());
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Returns what `argv` of a module is, to be changed and run. Nothing is written yet.
    fn config(&self, module: &Path, arguments: &[&str]) -> ContainerConfig {
        let bytes = std::fs::read(module).unwrap_or_default();
        let digest = Digest::of(&bytes);
        let image = Image {
            digest: digest.clone(),
            module: ModuleBlob { digest, path: module.to_owned() },
            config: ImageConfig { entrypoint: vec!["guest".to_owned()], ..Default::default() },
            rootfs: None,
            lease: None,
        };
        let argv = ["guest"].iter().chain(arguments).map(|&word| word.to_owned()).collect();
        ContainerConfig {
            name: "main".into(),
            image: Arc::new(image),
            argv,
            env: Vec::new(),
            working_dir: "/".to_owned(),
            mounts: Vec::new(),
            stdin: Stdin::Closed,
            tty: false,
            memory_limit_bytes: None,
            cpu_limit_millis: None,
            listen_ports: Vec::new(),
            http_port: 80,
            http: HttpSettings::default(),
            log: ContainerLog::discard(),
            sandbox: Arc::clone(&self.sandbox),
        }
    }

    fn scripted(&self, (target, name): (&str, &str), steps: &[&str]) -> ContainerConfig {
        self.config(&guest(target, name), steps)
    }

    async fn create(&self, config: ContainerConfig) -> Result<Box<dyn Container>, CreateError> {
        self.executor.create(config).await
    }

    async fn start(&self, mut config: ContainerConfig) -> Running {
        let (tap, watch) = log_watch();
        let logs = tempfile::tempdir_in(self.directory.path()).unwrap().keep();
        let path = logs.join("0.log");
        config.log = ContainerLog::create("main".into(), &path, Some(tap)).unwrap();
        let mut container = self.create(config).await.unwrap();
        container.start().await.unwrap();
        Running { container, watch, written: Written::default() }
    }

    async fn run(&self, config: ContainerConfig) -> Ended {
        self.start(config).await.end().await
    }

    /// Runs the scripted guest.
    async fn script(&self, guest: (&str, &str), steps: &[&str]) -> Ended {
        self.run(self.scripted(guest, steps)).await
    }

    /// Runs what was made for the test.
    async fn made(&self, text: &str) -> Ended {
        self.run(self.config(&self.module(&made::module(text)), &[])).await
    }

    /// Returns why a module is refused.
    async fn refusal(&self, config: ContainerConfig) -> CreateError {
        self.create(config).await.err().expect("it is refused")
    }
}

impl Running {
    /// Makes a further program in it.
    async fn create(&self, argv: &[&str]) -> Result<Self, CreateError> {
        further(&*self.container.exec(), argv).await
    }

    /// Starts a further program in it.
    async fn exec(&self, argv: &[&str]) -> Self {
        let mut program = self.create(argv).await.unwrap();
        program.container.start().await.unwrap();
        program
    }

    /// Waits until it has written that.
    async fn until_written(&mut self, text: &str) {
        let wait = async {
            while !self.written.contains(text) {
                let chunk = self.watch.recv().await.unwrap();
                self.written.add(chunk.stream, &chunk.bytes);
            }
        };
        if tokio::time::timeout(DEADLINE, wait).await.is_err() {
            panic!("it did not write {text:?}, but {:?}", self.written);
        }
    }

    /// Waits until it has written that to standard error.
    async fn until_complained(&mut self, text: &str) {
        let wait = async {
            while !String::from_utf8_lossy(&self.written.stderr).contains(text) {
                let chunk = self.watch.recv().await.unwrap();
                self.written.add(chunk.stream, &chunk.bytes);
            }
        };
        if tokio::time::timeout(DEADLINE, wait).await.is_err() {
            panic!("it did not complain {text:?}, but {:?}", self.written);
        }
    }

    /// Waits for its end.
    async fn end(mut self) -> Ended {
        let wait = async {
            let exit = loop {
                tokio::select! {
                    biased;
                    Some(chunk) = self.watch.recv() => {
                        self.written.add(chunk.stream, &chunk.bytes);
                    }
                    exit = self.container.wait() => break exit,
                }
            };
            // With the container goes the last writer.
            drop(self.container);
            while let Some(chunk) = self.watch.recv().await {
                self.written.add(chunk.stream, &chunk.bytes);
            }
            exit
        };
        let Ok(exit) = tokio::time::timeout(DEADLINE, wait).await else {
            panic!("it did not end; it has written {:?}", self.written)
        };
        let [stdout, stderr] = [self.written.stdout, self.written.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ended { exit, stdout, stderr }
    }
}

impl Written {
    fn add(&mut self, stream: OutputStream, bytes: &Bytes) {
        match stream {
            OutputStream::Stdout => self.stdout.extend_from_slice(bytes),
            OutputStream::Stderr => self.stderr.extend_from_slice(bytes),
        }
    }

    fn contains(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.stdout).contains(text)
    }
}

impl Ended {
    /// Checks the exit code, and that nothing but the guest brought it about.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.exit, Exit::exited(code), "{self:?}");
        self
    }

    /// Checks the whole of its standard output.
    #[track_caller]
    fn prints(self, stdout: &str) -> Self {
        assert_eq!(self.stdout, stdout, "{self:?}");
        self
    }

    /// Checks the code of a trap, and that its message is told and logged.
    #[track_caller]
    fn traps(self, code: i32, message: &str) -> Self {
        self.ends(code, ExitCause::Trapped, message)
    }

    #[track_caller]
    fn ends(self, code: i32, cause: ExitCause, message: &str) -> Self {
        assert_eq!((self.exit.code, self.exit.cause), (code, cause), "{self:?}");
        let told = self.exit.message.as_deref().unwrap_or_default();
        assert!(told.contains(message), "{self:?}");
        assert!(self.stderr.contains(message), "{self:?}");
        self
    }
}

/// Checks what an error says.
#[track_caller]
fn says(error: &impl std::fmt::Display, text: &str) {
    assert!(error.to_string().contains(text), "does not say {text:?}: {error}");
}

/// Makes a further program in a container.
async fn further(exec: &dyn Exec, argv: &[&str]) -> Result<Running, CreateError> {
    let (tap, watch) = log_watch();
    let container = exec
        .create(ExecConfig {
            argv: argv.iter().map(|&word| word.to_owned()).collect(),
            stdin: Stdin::Closed,
            tty: false,
            output: ContainerLog::passed_on("main".into(), tap),
        })
        .await?;
    Ok(Running { container, watch, written: Written::default() })
}

fn mount(host_path: &Path, guest_path: &str, read_only: bool) -> Mount {
    Mount::new(host_path.to_owned(), guest_path.to_owned(), read_only)
}

fn pod() -> Pod {
    Pod {
        metadata: Metadata {
            name: "test".to_owned(),
            namespace: "default".to_owned(),
            uid: "0".to_owned(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        },
        spec: PodSpec::new(Vec::new(), Vec::new(), RestartPolicy::Never),
    }
}
