//! Programs that are run in the container to ask it, or to tell it something.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::{Answer, OUTPUT_MAX, Target};
use crate::executor::{CreateError, ExecConfig, Exit, StartError, Stdin};
use crate::sandbox::{Chunk, ContainerLog, OutputStream, log_watch};
use crate::spec::expand::expand;
use crate::spec::{Container, EnvValue};

/// Asks once.
pub(super) async fn probe(command: &[String], target: &Target<'_>, timeout: Duration) -> Answer {
    let argv = expand_static(command, target.container);
    let line = argv.join(" ");
    // What still runs then is dropped, and killed by that.
    match tokio::time::timeout(timeout, run(argv, target)).await {
        Ok(Ok(ended)) if ended.exit.code == 0 => Answer::Success,
        Ok(Ok(ended)) => Answer::Failure(ended.story()),
        Ok(Err(error)) => Answer::Error(error.to_string()),
        Err(_) => Answer::Failure(format!("command {line:?} timed out")),
    }
}

/// Why a program did not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error("failed to exec in container: {0}")]
    Create(#[from] CreateError),
    #[error("failed to exec in container: failed to start exec: {0}")]
    Start(#[from] StartError),
}

/// A program that has ended.
pub(super) struct Ended {
    pub(super) exit: Exit,
    output: Output,
}

/// The beginning of what a program wrote.
#[derive(Default)]
struct Output {
    /// On both streams, in order.
    both: Vec<u8>,
    stderr: Vec<u8>,
}

impl Output {
    fn keep(&mut self, chunk: &Chunk) {
        let keep = |kept: &mut Vec<u8>, bytes: &Bytes| {
            kept.extend_from_slice(&bytes[..bytes.len().min(OUTPUT_MAX - kept.len())]);
        };
        keep(&mut self.both, &chunk.bytes);
        if chunk.stream == OutputStream::Stderr {
            keep(&mut self.stderr, &chunk.bytes);
        }
    }
}

impl Ended {
    /// Returns what it wrote.
    pub(super) fn output(&self) -> String {
        String::from_utf8_lossy(&self.output.both).into_owned()
    }

    /// Returns what it complained of.
    pub(super) fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// Returns what is known of its end: what it wrote, or why it trapped.
    fn story(&self) -> String {
        match &self.exit.message {
            Some(message) if self.output.both.is_empty() => message.clone(),
            _ => self.output(),
        }
    }
}

/// Runs a program to its end.
///
/// # Errors
///
/// If it did not start.
pub(super) async fn run(argv: Vec<String>, target: &Target<'_>) -> Result<Ended, RunError> {
    let (tap, mut watch) = log_watch();
    let log = ContainerLog::passed_on(target.container.name.clone(), tap);
    let config = ExecConfig { argv, stdin: Stdin::Closed, tty: false, output: log };
    let mut program = target.exec.create(config).await?;
    program.start().await?;
    let mut output = Output::default();
    // It is read to the end, so that the program does not wait for a reader.
    let exit = loop {
        tokio::select! {
            Some(chunk) = watch.recv() => output.keep(&chunk),
            exit = program.wait() => break exit,
        }
    };
    // With the program goes the last that could write.
    drop(program);
    while let Some(chunk) = watch.recv().await {
        output.keep(&chunk);
    }
    Ok(Ended { exit, output })
}

/// How long a word of a command may become, as on Linux.
const WORD_MAX: usize = 128 << 10;

/// Replaces `$(NAME)` by what the document says literally. A variable that comes from elsewhere is
/// empty here, and no value is expanded in turn.
fn expand_static(command: &[String], container: &Container) -> Vec<String> {
    let variables: BTreeMap<&str, &str> = container
        .env
        .iter()
        .map(|variable| match &variable.value {
            EnvValue::Literal(text) => (variable.name.as_str(), text.as_str()),
            _ => (variable.name.as_str(), ""),
        })
        .collect();
    let lookup = |name: &str| variables.get(name).copied();
    // One that would become longer than any command line stays as it is.
    let expand = |word: &String| expand(word, WORD_MAX, lookup).unwrap_or_else(|| word.clone());
    command.iter().map(expand).collect()
}
