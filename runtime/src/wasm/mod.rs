//! Runs WebAssembly commands in this process: core modules with WASI 0.1, components with WASI 0.2
//! and 0.3. The only module that knows the Wasm engine.
//!
//! ```text
//! create   module ─ compile ─► program        compiled and linked once for all containers
//! start    program + context ─► store         what one run holds; then a task of its own
//! the end  exit code, trap, or dropped         the store goes with the task
//! ```
//!
//! What must hold:
//! - A store belongs to one run. One that trapped is never entered again; one that was killed is
//!   dropped where it stands.
//! - A guest can be interrupted at any time, and what it can make the host allocate is bounded.
//! - A guest's exit code or trap is a value. A panic in a host function ends its container, not the
//!   process.

mod command;
mod compile;
mod context;
mod cpu;
mod engine;
mod limits;
mod linker;
mod preview1;
mod sockets;
mod stdio;
mod stop;
mod ticker;
mod trap;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use wasmtime::Engine;

use self::command::Metered;
use self::compile::{BlobError, PrepareError, Programs};
use self::context::ContainerContext;
use self::linker::Program;
use self::ticker::Ticker;
use crate::executor::{
    Container, ContainerConfig, CreateError, Exec, ExecConfig, Executor, Exit, Signal, StartError,
};

/// Runs containers whose image holds a WebAssembly command.
pub struct WasmExecutor {
    engine: Engine,
    ticker: Arc<Ticker>,
    programs: Programs,
}

/// Why there is no Wasm engine.
#[derive(Debug, thiserror::Error)]
#[error("the Wasm engine does not work on this machine: {0}")]
pub struct EngineError(String);

impl WasmExecutor {
    /// Makes the executor. Compiled code is kept in `directory`, which is made, for this user
    /// alone, when there is something to keep.
    pub fn new(directory: impl Into<PathBuf>) -> Result<Self, EngineError> {
        let engine = engine::command_engine().map_err(|error| EngineError(format!("{error:#}")))?;
        Ok(Self {
            ticker: Arc::new(Ticker::new(engine.clone())),
            programs: Programs::new(engine.clone(), directory.into()),
            engine,
        })
    }
}

#[async_trait]
impl Executor for WasmExecutor {
    async fn create(&self, config: ContainerConfig) -> Result<Box<dyn Container>, CreateError> {
        let program = self
            .programs
            .prepare(&config.image.module)
            .await
            .map_err(|error| create_error(&config, &error))?;
        Ok(Box::new(WasmContainer {
            engine: self.engine.clone(),
            ticker: Arc::clone(&self.ticker),
            state: State::Created(Box::new(config), program),
        }))
    }
}

/// One run of a command.
struct WasmContainer {
    engine: Engine,
    ticker: Arc<Ticker>,
    state: State,
}

enum State {
    /// Not started. Left by `start`, or by a signal for `Ended`.
    Created(Box<ContainerConfig>, Arc<Program>),
    /// The task owns the store. Left for `Ended` when the task has ended.
    Running { task: JoinHandle<Exit>, signalled: Option<Exit> },
    /// There is nothing left of it.
    Ended(Exit),
}

#[async_trait]
impl Container for WasmContainer {
    async fn start(&mut self) -> Result<(), StartError> {
        let State::Created(config, program) = &self.state else {
            return Err(StartError("it has been started before".to_owned()));
        };
        let context =
            ContainerContext::new(config).map_err(|error| StartError(error.to_string()))?;
        self.ticker
            .start()
            .map_err(|error| StartError(format!("cannot start a thread: {error}")))?;
        let cpu = context.cpu.clone();
        let run = command::run(Arc::clone(program), command::store(&self.engine, context));
        let task = tokio::spawn(Metered::new(run, Arc::clone(&self.ticker), cpu));
        self.state = State::Running { task, signalled: None };
        Ok(())
    }

    fn signal(&mut self, signal: Signal) {
        let stop::Action::End(exit) = stop::action(signal);
        match &mut self.state {
            State::Created(..) => self.state = State::Ended(exit),
            State::Running { task, signalled } => {
                task.abort();
                signalled.get_or_insert(exit);
            }
            State::Ended(_) => {}
        }
    }

    async fn wait(&mut self) -> Exit {
        let exit = match &mut self.state {
            State::Created(..) => std::future::pending().await,
            State::Running { task, signalled } => match task.await {
                Ok(exit) => exit,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => trap::exit_of_panic(&*panic),
                    // Also when the tokio runtime goes down, which is a kill.
                    Err(_) => signalled.take().unwrap_or(Exit::signalled(Signal::Kill)),
                },
            },
            State::Ended(exit) => return exit.clone(),
        };
        self.state = State::Ended(exit.clone());
        exit
    }

    fn exec(&self) -> Arc<dyn Exec> {
        Arc::new(NoExec)
    }
}

/// Runs nothing further in a container.
struct NoExec;

#[async_trait]
impl Exec for NoExec {
    async fn create(&self, config: ExecConfig) -> Result<Box<dyn Container>, CreateError> {
        let program = config.argv.first().map_or("", String::as_str);
        let text = format!("`{program}` cannot be run: a WebAssembly container runs one program");
        Err(CreateError::NotRunnable(text))
    }
}

impl Drop for WasmContainer {
    fn drop(&mut self) {
        if let State::Running { task, .. } = &self.state {
            task.abort();
        }
    }
}

/// Says what is wrong with a module, and whose it is.
fn create_error(config: &ContainerConfig, error: &PrepareError) -> CreateError {
    let name = config.image.config.entrypoint.first().or(config.argv.first());
    let name = name.map_or("the module", String::as_str);
    let text = format!("`{name}` cannot be run: {error}");
    let of_host = match error {
        PrepareError::Blob(error) => BlobError::is_of_host(error),
        PrepareError::Engine(_) => true,
        PrepareError::Invalid(_) | PrepareError::Link(_) => false,
    };
    if of_host { CreateError::Host(text) } else { CreateError::NotRunnable(text) }
}
