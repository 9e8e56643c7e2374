//! What the programs in one container have in common: its own, and those that are run in it later.
//!
//! It is alive as long as the container's own program runs, which holds its [`Life`]. What else holds
//! the scope does not keep it alive.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;

use super::cpu::CpuLimit;
use super::file_tree::{FileTree, MountError};
use super::http::Tls;
use super::limits::MemoryLimit;
use super::linker::Program;
use super::lookup::Lookup;
use crate::executor::ContainerConfig;
use crate::network::PodNetwork;

/// How many further programs may run in a container at a time.
const FURTHER_MAX: usize = 64;

/// A container that runs, seen from within.
pub(super) struct Scope {
    /// The container's own program, and the name by which it is known.
    pub(super) program: Arc<Program>,
    program_name: String,
    pub(super) env: Vec<(String, String)>,
    pub(super) working_dir: String,
    pub(super) files: FileTree,
    /// What of them every program is given.
    pub(super) preopened: WasiFilesystemCtx,
    pub(super) memory: Arc<MemoryLimit>,
    pub(super) cpu: Option<Arc<CpuLimit>>,
    pub(super) network: Arc<PodNetwork>,
    pub(super) tls: Arc<Tls>,
    further: Arc<Semaphore>,
    end: watch::Receiver<()>,
}

/// Keeps a scope alive, until dropped.
pub(super) struct Life {
    pub(super) scope: Arc<Scope>,
    _sender: watch::Sender<()>,
}

/// The end of a scope, to be waited for.
pub(super) struct EndOfScope(watch::Receiver<()>);

impl Scope {
    /// Makes the scope of a container, and opens its directories.
    pub(super) fn open(
        config: &ContainerConfig,
        program: &Arc<Program>,
        program_name: &str,
        tls: &Arc<Tls>,
    ) -> Result<Life, MountError> {
        let (sender, end) = watch::channel(());
        let files = FileTree::open(config)?;
        // Once for all programs: to open them again for each request would be much of its cost.
        let mut builder = WasiCtx::builder();
        files.preopen(&mut builder)?;
        let preopened = builder.build().filesystem().clone();
        let scope = Self {
            program: Arc::clone(program),
            program_name: program_name.to_owned(),
            env: config.env.clone(),
            working_dir: config.working_dir.clone(),
            files,
            preopened,
            memory: Arc::new(MemoryLimit::new(config.memory_limit_bytes)),
            cpu: config.cpu_limit_millis.map(|limit| Arc::new(CpuLimit::new(limit))),
            network: Arc::clone(&config.sandbox.network),
            tls: Arc::clone(tls),
            further: Arc::new(Semaphore::new(FURTHER_MAX)),
            end,
        };
        Ok(Life { scope: Arc::new(scope), _sender: sender })
    }

    /// Returns where the names of further programs are looked up.
    pub(super) fn lookup(&self) -> Lookup<'_> {
        Lookup {
            own_name: &self.program_name,
            env: &self.env,
            working_dir: &self.working_dir,
            files: &self.files,
        }
    }

    /// Returns whether the container's own program still runs.
    pub(super) fn is_alive(&self) -> bool {
        self.end.has_changed().is_ok()
    }

    /// Returns the place of one more program, to be held while it runs; none if all are taken.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.further).try_acquire_owned().ok()
    }

    /// Returns what can wait for its end.
    pub(super) fn end(&self) -> EndOfScope {
        EndOfScope(self.end.clone())
    }
}

impl EndOfScope {
    /// Waits until it is there.
    pub(super) async fn reached(mut self) {
        while self.0.changed().await.is_ok() {}
    }
}
