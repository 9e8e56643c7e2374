//! One run of a program: a container's own, or a further one in it.
//!
//! ```text
//!  Created ── start ──► Running ── the task ends ──► Ended
//!     └────────────── signal ──────────────────────────▲
//! ```

use std::io;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;

use super::command::{self, Metered};
use super::context::{ContainerContext, Invocation};
use super::exec::WasmExec;
use super::file_tree::MountError;
use super::http::{Server, Service};
use super::linker::{Command, Entry, Program};
use super::scope::{Life, Scope};
use super::stop::{self, Action, StopRequest};
use super::{Host, trap};
use crate::executor::{Container, ContainerConfig, Exec, Exit, Signal, StartError};

/// One run of a program.
pub(super) struct WasmContainer {
    host: Arc<Host>,
    program: Arc<Program>,
    /// The container that it is in, from the start on.
    scope: Arc<OnceLock<Weak<Scope>>>,
    state: State,
}

enum State {
    /// Not started. Left by `start`, or by a signal for `Ended`.
    Created(Box<Origin>),
    /// The task owns the store. Left for `Ended` when the task has ended.
    Running { task: JoinHandle<Exit>, stop: StopRequest, signalled: Option<Exit> },
    /// There is nothing left of it.
    Ended(Exit),
}

/// What a run is started from.
#[expect(clippy::large_enum_variant, reason = "it is boxed as a whole")]
enum Origin {
    /// It is a container's own program, known in it by this name.
    Container(ContainerConfig, String),
    /// It is a further program, in this container.
    Exec(Invocation, Arc<Scope>),
}

impl WasmContainer {
    /// Makes a container, with its own program.
    pub(super) fn new(
        host: Arc<Host>,
        program: Arc<Program>,
        program_name: String,
        config: ContainerConfig,
    ) -> Self {
        let state = State::Created(Box::new(Origin::Container(config, program_name)));
        Self { host, program, scope: Arc::default(), state }
    }

    /// Makes the run of a further program in a container.
    pub(super) fn further(
        host: Arc<Host>,
        program: Arc<Program>,
        invocation: Invocation,
        scope: Arc<Scope>,
    ) -> Self {
        let within = Arc::new(OnceLock::from(Arc::downgrade(&scope)));
        let state = State::Created(Box::new(Origin::Exec(invocation, scope)));
        Self { host, program, scope: within, state }
    }

    /// Begins the run, in a task that owns all of it.
    fn begin(&self, origin: &Origin, stop: StopRequest) -> Result<JoinHandle<Exit>, StartError> {
        let ticker = self.program.class.ticker();
        ticker.start().map_err(|error| no_thread(&error))?;
        match (origin, &self.program.entry) {
            (Origin::Container(config, name), entry) => {
                let life = Scope::open(config, &self.program, name, &self.host.tls)?;
                let scope = Arc::downgrade(&life.scope);
                let task = match entry {
                    Entry::Command(command) => self.run_own(command, config, life, stop)?,
                    Entry::Http(component) => {
                        let invocation = Invocation::of_container(config);
                        let service = Service::new(
                            Arc::clone(component),
                            Arc::clone(&life.scope),
                            invocation,
                            stop.clone(),
                            config.http.clone(),
                        );
                        let shards = &self.host.shards;
                        shards.start().map_err(|error| no_thread(&error))?;
                        let server = Server::open(config.http_port, life, service, stop, shards)
                            .map_err(|error| StartError::Program(error.to_string()))?;
                        tokio::spawn(server.run())
                    }
                };
                self.scope.get_or_init(|| scope);
                Ok(task)
            }
            (Origin::Exec(invocation, scope), Entry::Command(command)) => {
                self.run_further(command, invocation, scope, stop)
            }
            (Origin::Exec(..), Entry::Http(_)) => Err(StartError::Program(
                "it is an http service, which cannot be run as a command".to_owned(),
            )),
        }
    }

    /// Runs the container's own command. The scope lives as long as it runs.
    fn run_own(
        &self,
        command: &Command,
        config: &ContainerConfig,
        life: Life,
        stop: StopRequest,
    ) -> Result<JoinHandle<Exit>, StartError> {
        let invocation = Invocation::of_container(config);
        let ports = if self.program.takes_listeners { &config.listen_ports[..] } else { &[] };
        let context = ContainerContext::listening(&life.scope, invocation, stop, ports)
            .map_err(|error| StartError::Program(error.to_string()))?;
        let run = self.run(command, context);
        Ok(tokio::spawn(async {
            let exit = run.await;
            drop(life);
            exit
        }))
    }

    /// Runs a further command, no longer than its container lasts.
    fn run_further(
        &self,
        command: &Command,
        invocation: &Invocation,
        scope: &Arc<Scope>,
        stop: StopRequest,
    ) -> Result<JoinHandle<Exit>, StartError> {
        if !scope.is_alive() {
            return Err(StartError::Program("the container is not running".to_owned()));
        }
        let place = scope.place().ok_or_else(too_many)?;
        let end = scope.end();
        let context = ContainerContext::new(scope, invocation.clone(), stop);
        let run = self.run(command, context);
        Ok(tokio::spawn(async {
            let exit = tokio::select! {
                biased;
                () = end.reached() => Exit::signalled(Signal::Kill),
                exit = run => exit,
            };
            drop(place);
            exit
        }))
    }

    fn run(
        &self,
        command: &Command,
        context: ContainerContext,
    ) -> impl Future<Output = Exit> + Send + use<> {
        let cpu = context.cpu.clone();
        let class = &self.program.class;
        let store = command::store(class.engine(), context);
        Metered::new(command::run(command.clone(), store), Arc::clone(class.ticker()), cpu)
    }
}

impl From<MountError> for StartError {
    fn from(error: MountError) -> Self {
        Self::Host(error.to_string())
    }
}

fn no_thread(error: &io::Error) -> StartError {
    StartError::Host(format!("cannot start a thread: {error}"))
}

fn too_many() -> StartError {
    StartError::Program("as many programs run in the container as may at a time".to_owned())
}

#[async_trait]
impl Container for WasmContainer {
    async fn start(&mut self) -> Result<(), StartError> {
        let State::Created(origin) = &self.state else {
            return Err(StartError::Program("it has been started before".to_owned()));
        };
        let stop = StopRequest::new();
        let task = self.begin(origin, stop.clone())?;
        self.state = State::Running { task, stop, signalled: None };
        Ok(())
    }

    fn signal(&mut self, signal: Signal, grace: Option<Duration>) {
        match &mut self.state {
            State::Created(_) => self.state = State::Ended(Exit::signalled(signal)),
            State::Running { task, stop, signalled } => {
                match stop::action(signal, self.program.on_terminate) {
                    Action::Tell => stop.make(grace),
                    Action::End(exit) => {
                        task.abort();
                        signalled.get_or_insert(exit);
                    }
                }
            }
            State::Ended(_) => {}
        }
    }

    async fn wait(&mut self) -> Exit {
        let exit = match &mut self.state {
            State::Created(_) => std::future::pending().await,
            State::Running { task, signalled, .. } => match task.await {
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
        Arc::new(WasmExec::new(Arc::clone(&self.host), Arc::clone(&self.scope)))
    }
}

impl Drop for WasmContainer {
    fn drop(&mut self) {
        if let State::Running { task, .. } = &self.state {
            task.abort();
        }
    }
}
