//! An executor that runs containers by a script in their arguments.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::executor::{
    Container, ContainerConfig, CreateError, Exec, ExecConfig, Executor, Exit, Signal, StartError,
};
use crate::sandbox::OutputStream;
use crate::spec::ContainerName;

/// What happened, with the seconds since the start: `0 start a`.
pub(super) type Journal = Arc<Mutex<Vec<String>>>;

/// Runs containers by their arguments, e.g. `["run 5", "exit 3"]`: runs for five seconds, then
/// exits. `stubborn` ignores the request to end, `forever` waits for it, `broken` cannot be made,
/// `cramped` finds no room when it starts, and `corrupt` cannot be started. `env A` notes a variable.
pub(super) struct Script {
    pub(super) journal: Journal,
    pub(super) origin: Instant,
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
        for (name, value) in &config.env {
            if has(&format!("env {name}")) {
                self.note(&format!("{name}={value}"));
            }
        }
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
        if self.config.argv.iter().any(|arg| arg == "cramped") {
            return Err(StartError::Host("no room".to_owned()));
        }
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
