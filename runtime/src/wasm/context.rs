//! What the host keeps for one run of a container: the data in its store.
//!
//! There is one such type for modules and components of all kinds. WASI is instantiated once for
//! it; a second type would cost megabytes of code and minutes of compiling.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use super::cpu::CpuLimit;
use super::limits::MemoryLimit;
use super::sockets::SocketsView;
use super::stdio::LogStream;
use crate::executor::{ContainerConfig, Stdin};
use crate::network::Incarnation;
use crate::sandbox::{ContainerLog, OutputStream};

/// The data in the store of a container.
pub(super) struct ContainerContext {
    /// What it holds on the pod's network. The first to be dropped: by the time when its peers see
    /// their connections end, its ports are free.
    incarnation: Incarnation,
    /// The state of WASI, of all its versions.
    pub(super) wasi: WasiP1Ctx,
    /// Where standard output and error go.
    pub(super) log: ContainerLog,
    /// Whether file descriptor 1 or 2 of a core module has been closed or replaced: from then on
    /// it takes the long way through WASI's table.
    pub(super) stdio_changed: bool,
    /// What it may use of the host's memory.
    pub(super) memory: MemoryLimit,
    /// What it may use of the processor, if there is a limit.
    pub(super) cpu: Option<Arc<CpuLimit>>,
}

/// Why the context of a container could not be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum ContextError {
    /// A directory is gone, or may not be opened.
    #[error("cannot open `{}`, to be mounted at `{guest_path}`: {reason:#}", host_path.display())]
    Mount { host_path: PathBuf, guest_path: String, reason: wasmtime::Error },
}

impl ContainerContext {
    /// Makes the context, and opens the directories.
    pub(super) fn new(config: &ContainerConfig) -> Result<Self, ContextError> {
        let memory = MemoryLimit::new(config.memory_limit_bytes);
        let stream = |stream| LogStream::new(config.log.clone(), stream, config.tty);
        let mut builder = WasiCtx::builder();
        builder
            .args(&config.argv)
            .envs(&config.env)
            .initial_cwd(&config.working_dir)
            .stdout(stream(OutputStream::Stdout))
            .stderr(stream(OutputStream::Stderr))
            .max_random_size(memory.hostcall_bytes() as u64);
        // WASI 0.1 has no working directory, but this convention. Without it that is `/`, and the
        // environment is as it was given.
        if config.working_dir != "/" && !config.env.iter().any(|(name, _)| name == "PWD") {
            builder.env("PWD", &config.working_dir);
        }
        if let Stdin::Inherit = config.stdin {
            builder.stdin(wasmtime_wasi::cli::stdin());
        }
        for (host_path, guest_path, permissions) in directories(config) {
            if let Err(reason) = builder.preopened_dir(host_path, guest_path, permissions) {
                return Err(ContextError::Mount {
                    host_path: host_path.clone(),
                    guest_path: guest_path.to_owned(),
                    reason,
                });
            }
        }
        Ok(Self {
            wasi: builder.build_p1(),
            log: config.log.clone(),
            stdio_changed: false,
            memory,
            cpu: config.cpu_limit_millis.map(|limit| Arc::new(CpuLimit::new(limit))),
            incarnation: config.sandbox.network.join(),
        })
    }

    /// Returns what its sockets are made of.
    pub(super) fn sockets(&mut self) -> SocketsView<'_> {
        SocketsView { table: self.wasi.ctx().table, member: self.incarnation.member() }
    }

    /// Limits how many host resources (streams, files, pollables) it may hold at a time.
    pub(super) fn set_resources_max(&mut self, max: usize) {
        self.wasi.ctx().table.set_max_capacity(max);
    }
}

/// Returns the file tree: the image's, which other containers use too and nobody may change, and
/// the mounts. A mount at `/` takes the place of the image's.
fn directories(config: &ContainerConfig) -> impl Iterator<Item = (&PathBuf, &str, FsPerms)> {
    let rootfs = config.image.rootfs.iter().map(|path| (path, "/", FsPerms::ReadOnly));
    let is_hidden = config.mounts.iter().any(|mount| mount.guest_path == "/");
    rootfs.filter(move |_| !is_hidden).chain(config.mounts.iter().map(|mount| {
        let permissions = if mount.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        (&mount.host_path, mount.guest_path.as_str(), permissions)
    }))
}

impl WasiView for ContainerContext {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}
