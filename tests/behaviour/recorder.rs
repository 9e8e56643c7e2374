//! An executor that notes what is done to containers, and has another do it.
//!
//! That is where order can be seen best: statuses tell where things stand, not how they came to be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use wasmpod::executor::{
    Container, ContainerConfig, CreateError, Exec, ExecConfig, Executor, Exit, Signal, StartError,
};
use wasmpod::spec::{HookHandler, Pod};
use wasmpod::wasm::WasmExecutor;

/// What has happened so far: `start:NAME`, `term:NAME`, `kill:NAME`, `exit:NAME` of containers,
/// `poststart:NAME`, `poststart-done:NAME` and the same with `prestop` of hooks that run programs.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline(Arc<Mutex<Vec<(Instant, String)>>>);

impl Timeline {
    pub(super) fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push((Instant::now(), what.into()));
    }

    /// Returns when it happened; for the n-th time if it is called `NAME#n`.
    pub(super) fn time(&self, name: &str) -> Option<Instant> {
        let (name, number) = match name.split_once('#') {
            Some((name, number)) => (name, number.parse().ok()?),
            None => (name, 1_usize),
        };
        self.times(name).get(number.checked_sub(1)?).copied()
    }

    /// Returns every time at which it happened.
    pub(super) fn times(&self, name: &str) -> Vec<Instant> {
        let noted = self.0.lock().unwrap();
        noted.iter().filter(|(_, noted)| noted == name).map(|(time, _)| *time).collect()
    }
}

/// The command of a hook, of which container, and what it is called in the timeline.
type Hooks = BTreeMap<(String, Vec<String>), &'static str>;

pub(super) struct Recorder {
    executor: Arc<WasmExecutor>,
    timeline: Timeline,
    hooks: Arc<Hooks>,
}

impl Recorder {
    pub(super) fn new(executor: Arc<WasmExecutor>, timeline: Timeline, pod: &Pod) -> Self {
        let mut hooks = Hooks::new();
        for container in pod.spec.all_containers() {
            let both = [(&container.post_start, "poststart"), (&container.pre_stop, "prestop")];
            for (hook, name) in both {
                if let Some(HookHandler::Exec(command)) = hook {
                    hooks.insert((container.name.as_str().to_owned(), command.clone()), name);
                }
            }
        }
        Self { executor, timeline, hooks: Arc::new(hooks) }
    }
}

#[async_trait]
impl Executor for Recorder {
    async fn create(&self, config: ContainerConfig) -> Result<Box<dyn Container>, CreateError> {
        let (name, timeline) = (config.name.as_str().to_owned(), self.timeline.clone());
        let run = self.executor.create(config).await?;
        let [start, end] = ["start", "exit"].map(|verb| format!("{verb}:{name}"));
        let hooks = self.hooks.clone();
        Ok(Box::new(Recorded { run, timeline, name, start, end, has_ended: false, hooks }))
    }
}

/// A container, or a program of a hook.
struct Recorded {
    run: Box<dyn Container>,
    timeline: Timeline,
    name: String,
    start: String,
    end: String,
    has_ended: bool,
    hooks: Arc<Hooks>,
}

#[async_trait]
impl Container for Recorded {
    async fn start(&mut self) -> Result<(), StartError> {
        self.timeline.note(&*self.start);
        self.run.start().await
    }

    fn signal(&mut self, signal: Signal, grace: Option<Duration>) {
        let verb = match signal {
            Signal::Terminate => "term",
            Signal::Kill => "kill",
        };
        self.timeline.note(format!("{verb}:{}", self.name));
        self.run.signal(signal, grace);
    }

    async fn wait(&mut self) -> Exit {
        let exit = self.run.wait().await;
        if !std::mem::replace(&mut self.has_ended, true) {
            self.timeline.note(&*self.end);
        }
        exit
    }

    fn exec(&self) -> Arc<dyn Exec> {
        Arc::new(RecordedExec {
            exec: self.run.exec(),
            timeline: self.timeline.clone(),
            name: self.name.clone(),
            hooks: self.hooks.clone(),
        })
    }
}

struct RecordedExec {
    exec: Arc<dyn Exec>,
    timeline: Timeline,
    name: String,
    hooks: Arc<Hooks>,
}

#[async_trait]
impl Exec for RecordedExec {
    async fn create(&self, config: ExecConfig) -> Result<Box<dyn Container>, CreateError> {
        let hook = self.hooks.get(&(self.name.clone(), config.argv.clone())).copied();
        let run = self.exec.create(config).await?;
        let Some(hook) = hook else { return Ok(run) };
        let (start, end) = (format!("{hook}:{}", self.name), format!("{hook}-done:{}", self.name));
        let (timeline, hooks) = (self.timeline.clone(), self.hooks.clone());
        let name = format!("{hook}:{}", self.name);
        Ok(Box::new(Recorded { run, timeline, name, start, end, has_ended: false, hooks }))
    }
}
