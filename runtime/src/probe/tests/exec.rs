//! Probes that run a program.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::executor::{Exit, ExitCause, Signal, StartError};
use crate::sandbox::OutputStream;
use crate::spec::{EnvValue, EnvVar, FieldRef};

/// Runs programs that are lists of words: `out TEXT`, `err TEXT`, `much`, `run SECONDS`, `exit
/// CODE`, `trap`, `corrupt`, `missing`.
#[derive(Clone, Default)]
pub(super) struct Script {
    /// Every command line, and `killed` when one is dropped before its end.
    pub(super) journal: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl executor::Exec for Script {
    async fn create(
        &self,
        config: ExecConfig,
    ) -> Result<Box<dyn executor::Container>, CreateError> {
        self.journal.lock().unwrap().push(config.argv.join(" "));
        match config.argv[0].as_str() {
            "missing" => {
                Err(CreateError::NotRunnable("there is no program \"missing\"".to_owned()))
            }
            _ => {
                let (script, words) = (self.clone(), config.argv.clone().into());
                let exit = Exit::exited(0);
                Ok(Box::new(Program { script, config, words, ends_at: None, exit }))
            }
        }
    }
}

struct Program {
    script: Script,
    config: ExecConfig,
    /// What is left to do.
    words: VecDeque<String>,
    ends_at: Option<Instant>,
    exit: Exit,
}

impl Program {
    fn write(&self, stream: OutputStream, text: &str) {
        self.config.output.write(stream, text.to_owned().into());
    }
}

#[async_trait]
impl executor::Container for Program {
    async fn start(&mut self) -> Result<(), StartError> {
        if self.config.argv[0] == "corrupt" {
            return Err(StartError::Program("exec format error".to_owned()));
        }
        self.ends_at = Some(Instant::now());
        Ok(())
    }

    fn signal(&mut self, _: Signal, _: Option<Duration>) {
        unreachable!("a program that takes too long is dropped")
    }

    async fn wait(&mut self) -> Exit {
        while let Some(word) = self.words.pop_front() {
            match word.split_once(' ') {
                Some(("out", text)) => self.write(OutputStream::Stdout, text),
                Some(("err", text)) => self.write(OutputStream::Stderr, text),
                Some(("run", seconds)) => {
                    let seconds = Duration::from_secs(seconds.parse().unwrap());
                    self.ends_at = self.ends_at.map(|at| at + seconds);
                }
                Some(("exit", code)) => self.exit.code = code.parse().unwrap(),
                _ if word == "trap" => {
                    let message = Some("unreachable".to_owned());
                    self.exit = Exit { code: 134, cause: ExitCause::Trapped, message };
                }
                _ if word == "much" => {
                    self.write(OutputStream::Stdout, &"x".repeat(200_000));
                    self.words.push_front("more".to_owned());
                }
                _ if word == "more" => {
                    // Put back, because the wait may be given up.
                    self.words.push_front("more".to_owned());
                    self.config.output.ready().await;
                    self.words.pop_front();
                    self.write(OutputStream::Stdout, &"y".repeat(200_000));
                }
                _ => {}
            }
        }
        tokio::time::sleep_until(self.ends_at.unwrap()).await;
        self.ends_at = None;
        self.exit.clone()
    }

    fn exec(&self) -> Arc<dyn executor::Exec> {
        unreachable!("nothing is run in what is run in a container")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.ends_at.is_some() {
            self.script.journal.lock().unwrap().push("killed".to_owned());
        }
    }
}

fn words(command: &[&str]) -> Vec<String> {
    command.iter().map(|&word| word.to_owned()).collect()
}

async fn check(command: &[&str], expected: Answer) {
    let host = Host::with_exec(Box::new(Script::default()));
    let answer = host.probe(ProbeHandler::Exec(words(command))).await;
    assert_eq!(answer, expected, "{command:?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_exit_code_says() {
    let failure = |output: &str| Answer::Failure(output.to_owned());
    check(&["cat", "out text"], Answer::Success).await;
    check(&["cat", "err text", "run 1"], Answer::Success).await;
    check(&["cat", "exit 1"], failure("")).await;
    check(&["cat", "out one ", "err two ", "out three", "exit 3"], failure("one two three")).await;
    check(&["cat", "much", "more", "more", "exit 1"], failure(&"x".repeat(OUTPUT_MAX))).await;
    check(&["cat", "trap"], failure("unreachable")).await;
    check(&["cat", "out so far", "trap"], failure("so far")).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_run() {
    let error = |why: &str| Answer::Error(format!("failed to exec in container: {why}"));
    check(&["missing"], error("there is no program \"missing\"")).await;
    check(&["corrupt"], error("failed to start exec: exec format error")).await;
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_killed() {
    let script = Script::default();
    let host = Host::with_exec(Box::new(script.clone()));
    let answer = host.probe(ProbeHandler::Exec(words(&["sleep", "out text", "run 3"]))).await;
    let expected = "command \"sleep out text run 3\" timed out";
    assert_eq!(answer, Answer::Failure(expected.to_owned()));
    assert_eq!(*script.journal.lock().unwrap(), ["sleep out text run 3", "killed"]);
}

#[tokio::test(start_paused = true)]
async fn variables() {
    let script = Script::default();
    let mut host = Host::with_exec(Box::new(script.clone()));
    let literal = |text: &str| EnvValue::Literal(text.to_owned());
    let variables = [
        ("A", literal("1")),
        ("A", literal("2")),
        ("B", literal("$(A)")),
        ("C", EnvValue::Field(FieldRef::Name)),
    ];
    let variables = variables.map(|(name, value)| EnvVar { name: name.to_owned(), value });
    host.pod.spec.containers[0].env.extend(variables);
    let command = ["echo", "$(A)", "$(B)", "[$(C)]", "$(D)", "$$(A)"];
    host.probe(ProbeHandler::Exec(words(&command))).await;
    assert_eq!(*script.journal.lock().unwrap(), ["echo 2 $(A) [] $(D) $(A)"]);
}
