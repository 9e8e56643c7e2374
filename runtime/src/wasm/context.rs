//! What the host keeps for one run of a program: the data in its store.
//!
//! There is one such type for modules and components of all kinds. WASI is instantiated once for
//! it; a second type would cost megabytes of code and minutes of compiling.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::cpu::CpuMeter;
use super::http::Client;
use super::limits::MemoryMeter;
use super::preview1::{Descriptors, ListenError, Listening};
use super::scope::Scope;
use super::sockets::SocketsView;
use super::stdio::LogStream;
use super::stop::StopRequest;
use crate::executor::{ContainerConfig, ExecConfig, ListenPort, Stdin};
use crate::network::Incarnation;
use crate::sandbox::{ContainerLog, OutputStream};

/// The data in the store of a program.
pub(super) struct ContainerContext {
    /// What it holds on the pod's network. The first to be dropped: by the time when its peers see
    /// their connections end, its ports are free.
    incarnation: Incarnation,
    /// The state of WASI, of all its versions.
    pub(super) wasi: WasiP1Ctx,
    /// The state of `wasi:http`, and what sends its requests.
    http: WasiHttpCtx,
    client: Client,
    /// Where standard output and error go.
    pub(super) log: ContainerLog,
    /// What a core module has opened, by the numbers that it knows.
    pub(super) descriptors: Descriptors,
    /// Whether it is asked to end.
    pub(super) stop: StopRequest,
    /// What it uses of the host's memory.
    pub(super) memory: MemoryMeter,
    /// What it uses of the processor, if there is a limit.
    pub(super) cpu: Option<Arc<CpuMeter>>,
}

/// What one program is given beyond what all programs in its container have.
#[derive(Clone)]
pub(super) struct Invocation {
    pub(super) argv: Vec<String>,
    pub(super) stdin: Stdin,
    pub(super) tty: bool,
    pub(super) output: ContainerLog,
}

impl Invocation {
    /// Returns how a container's own program is run.
    pub(super) fn of_container(config: &ContainerConfig) -> Self {
        Self {
            argv: config.argv.clone(),
            stdin: config.stdin,
            tty: config.tty,
            output: config.log.clone(),
        }
    }
}

impl From<ExecConfig> for Invocation {
    fn from(config: ExecConfig) -> Self {
        let ExecConfig { argv, stdin, tty, output } = config;
        Self { argv, stdin, tty, output }
    }
}

impl ContainerContext {
    /// Makes the context of a program in a container.
    pub(super) fn new(scope: &Scope, invocation: Invocation, stop: StopRequest) -> Self {
        Self::with(scope, invocation, stop, scope.network.join(), Listening::default())
    }

    /// Makes the context of a program that begins with sockets that listen at these ports.
    pub(super) fn listening(
        scope: &Scope,
        invocation: Invocation,
        stop: StopRequest,
        ports: &[ListenPort],
    ) -> Result<Self, ListenError> {
        let incarnation = scope.network.join();
        let listening = Listening::open(incarnation.member(), ports)?;
        Ok(Self::with(scope, invocation, stop, incarnation, listening))
    }

    fn with(
        scope: &Scope,
        invocation: Invocation,
        stop: StopRequest,
        incarnation: Incarnation,
        listening: Listening,
    ) -> Self {
        let Invocation { argv, stdin, tty, output } = invocation;
        let memory = scope.memory.meter();
        let stream = |stream| LogStream::new(output.clone(), stream, tty);
        let mut builder = WasiCtx::builder();
        builder
            .args(&argv)
            .envs(&environment(scope, &listening))
            .initial_cwd(&scope.working_dir)
            .stdout(stream(OutputStream::Stdout))
            .stderr(stream(OutputStream::Stderr))
            .max_random_size(memory.hostcall_bytes() as u64);
        // WASI 0.1 has no working directory, but this convention. Without it that is `/`, and the
        // environment is as it was given.
        if scope.working_dir != "/" && !scope.env.iter().any(|(name, _)| name == "PWD") {
            builder.env("PWD", &scope.working_dir);
        }
        if let Stdin::Inherit = stdin {
            builder.stdin(wasmtime_wasi::cli::stdin());
        }
        let mut wasi = builder.build_p1();
        *wasi.ctx().ctx.filesystem() = scope.preopened.clone();
        let descriptors = Descriptors::new(listening.sockets, scope.files.len());
        Self {
            wasi,
            http: WasiHttpCtx::new(),
            client: Client::new(Arc::clone(incarnation.member()), Arc::clone(&scope.tls)),
            log: output,
            descriptors,
            stop,
            memory,
            cpu: scope.cpu.as_ref().map(|limit| Arc::new(limit.meter())),
            incarnation,
        }
    }

    /// Returns what its sockets are made of.
    pub(super) fn sockets(&mut self) -> SocketsView<'_> {
        SocketsView { table: self.wasi.ctx().table, member: self.incarnation.member() }
    }

    /// Returns the host resources (streams, files, pollables) that it holds.
    pub(super) fn resources(&mut self) -> &mut ResourceTable {
        self.wasi.ctx().table
    }
}

/// Returns the environment of a program: the container's, and what it has to know of its sockets.
fn environment(scope: &Scope, listening: &Listening) -> Vec<(String, String)> {
    let own = listening.variables();
    let is_own = |name: &str| own.iter().any(|(own, _)| *own == name);
    let given = scope.env.iter().filter(|(name, _)| !is_own(name)).cloned();
    given.chain(own.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
}

impl WasiView for ContainerContext {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}

impl WasiHttpView for ContainerContext {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.client,
            table: self.wasi.ctx().table,
            ctx: &mut self.http,
        }
    }
}
