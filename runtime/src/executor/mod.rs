//! How a container is run, whatever runs it.
//!
//! An [`Executor`] makes a [`Container`] from a [`ContainerConfig`], in which everything is decided:
//! no reference is left to look up and no variable to expand. The verbs are the OCI runtime's:
//! create, start, kill, delete; delete is the drop.
//!
//! A `Container` is one run, an *incarnation*: it owns all that the run holds, and dropping it
//! frees everything, also while it runs. A restart is a new one.

mod command;
mod exit;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::command::entrypoint;
pub use self::exit::{Exit, ExitCause, Signal};
use crate::image::Image;
use crate::sandbox::{ContainerLog, PodSandbox};
use crate::spec::{ContainerName, HttpSettings};
use crate::volume::Mount;

/// Runs containers of one kind.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Prepares one run: compiles what has to be compiled, checks what can be checked.
    ///
    /// Nothing of the container's own code runs yet.
    async fn create(&self, config: ContainerConfig) -> Result<Box<dyn Container>, CreateError>;
}

/// One run of a container.
#[async_trait]
pub trait Container: Send {
    /// Starts its own code. To be called once.
    async fn start(&mut self) -> Result<(), StartError>;

    /// Asks it to end, or ends it. Returns at once; the end is seen by [`Container::wait`].
    ///
    /// `grace` is how long it has from now on until the caller ends it, if that is known: a program
    /// that is asked to end may want to know.
    fn signal(&mut self, signal: Signal, grace: Option<Duration>);

    /// Waits for its end. May be called again after it was cancelled.
    async fn wait(&mut self) -> Exit;

    /// Returns what runs further programs in it.
    fn exec(&self) -> Arc<dyn Exec>;
}

/// Runs further programs in a container: in its file tree and on its network, with its environment
/// and within its limits, as `kubectl exec` and exec probes do.
///
/// It does not keep the container alive. Programs that still run when the container ends, end with
/// it.
#[async_trait]
pub trait Exec: Send + Sync {
    /// Prepares one program. As [`Executor::create`], and what it returns is used in the same way.
    ///
    /// # Errors
    ///
    /// If there is no such program, if it cannot be run, or if the container has ended.
    async fn create(&self, config: ExecConfig) -> Result<Box<dyn Container>, CreateError>;
}

/// What is run in a container that runs.
#[derive(Debug)]
pub struct ExecConfig {
    /// The whole command line. Its first word names a program in the container's file tree, or the
    /// container's own.
    pub argv: Vec<String>,
    /// What standard input reads.
    pub stdin: Stdin,
    /// Whether standard output claims to be a terminal.
    pub tty: bool,
    /// Where its output goes.
    pub output: ContainerLog,
}

/// All that an executor has to know about a run.
pub struct ContainerConfig {
    /// Its name in the pod.
    pub name: ContainerName,
    /// The image, in the store.
    pub image: Arc<Image>,
    /// The whole command line; the first word is the program's name.
    pub argv: Vec<String>,
    /// The whole environment, no name twice.
    pub env: Vec<(String, String)>,
    /// Absolute in the container's file tree; `/` if neither document nor image says.
    pub working_dir: String,
    /// Host directories in the container's file tree.
    pub mounts: Vec<Mount>,
    /// What standard input reads.
    pub stdin: Stdin,
    /// Whether standard output claims to be a terminal.
    pub tty: bool,
    /// How much memory it may use, all of its memories and tables together.
    pub memory_limit_bytes: Option<u64>,
    /// How much processor time it may use, in thousandths of a core.
    pub cpu_limit_millis: Option<u64>,
    /// Of a program that cannot make sockets, but accept connections: the ports at which it finds
    /// itself listening, no port twice.
    pub listen_ports: Vec<ListenPort>,
    /// Of an http service: the port of the pod on which it is served.
    pub http_port: u16,
    /// Of an http service: how it is served.
    pub http: HttpSettings,
    /// Where its output goes.
    pub log: ContainerLog,
    /// The context that it shares with the other containers of its pod.
    pub sandbox: Arc<PodSandbox>,
}

/// A port at which a program finds itself listening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenPort {
    /// By which the program tells it from others.
    pub name: String,
    /// In the pod's network.
    pub port: u16,
}

/// What standard input reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// The end of the file, at once.
    Closed,
    /// The standard input of this process.
    Inherit,
}

/// Why a container could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The image's program is not one that this executor can run: as `exec format error` of a
    /// process. It counts as a failed start, exit code 128.
    #[error("{0}")]
    NotRunnable(String),
    /// Something on the host is missing or broken; trying again may help.
    #[error("{0}")]
    Host(String),
}

/// Why a container that was made could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program could not be started, as it is and as it is to be run. It counts as an end of
    /// the container, exit code 128.
    #[error("{0}")]
    Program(String),
    /// Something on the host is missing or broken; trying again, with another container, may help.
    #[error("{0}")]
    Host(String),
}
