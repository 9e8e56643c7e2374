//! `cargo xtask test --wasi-testsuite DIR`: runs a suite of WASI programs in the form of the WebAssembly
//! organisation's test suite.
//!
//! A test is a `.wasm`, and beside it, unless it has nothing to say, a `.json` of the same name with what it
//! is given and what it has to do (`case`). It is run as a user would run it, by the `wasmpod` binary. The
//! directories that it is given are copies, new for every test: nothing in DIR changes.

mod case;

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, bail};

use self::case::{Case, Given};
use crate::shell::target_dir;

/// After which a test is given up.
const DEADLINE: Duration = Duration::from_secs(120);

/// How a test ended.
enum Outcome {
    Passed,
    Failed(String),
    /// It needs what is not there yet.
    Skipped(String),
}

/// Runs every test below `dir`, a line for each. Fails if one of them does.
pub(crate) fn run(dir: &Path, wasmpod: &Path) -> anyhow::Result<()> {
    let mut tests = Vec::new();
    find(dir, &mut tests).with_context(|| dir.display().to_string())?;
    tests.sort();
    if tests.is_empty() {
        bail!("{}: no test, which is a .wasm file", dir.display());
    }
    let scratch = target_dir().join("wasi-testsuite").join(std::process::id().to_string());
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for test in &tests {
        let name = test.strip_prefix(dir).unwrap_or(test).display();
        let outcome = run_test(test, wasmpod, &scratch);
        match outcome.unwrap_or_else(|error| Outcome::Failed(format!("{error:#}"))) {
            Outcome::Passed => {
                passed += 1;
                println!("ok      {name}");
            }
            Outcome::Failed(why) => {
                failed += 1;
                println!("FAILED  {name}: {why}");
            }
            Outcome::Skipped(why) => {
                skipped += 1;
                println!("skipped {name}: {why}");
            }
        }
    }
    // What is left there is in nobody's way.
    let _ = fs::remove_dir_all(&scratch);
    if skipped > 0 {
        println!("{skipped} skipped");
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        bail!("{failed} of {} tests failed", tests.len());
    }
    Ok(())
}

/// Finds the tests in a directory and those below it.
fn find(dir: &Path, tests: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            find(&path, tests)?;
        } else if path.extension().is_some_and(|extension| extension == "wasm") {
            tests.push(path);
        }
    }
    Ok(())
}

fn run_test(test: &Path, wasmpod: &Path, scratch: &Path) -> anyhow::Result<Outcome> {
    let case = match fs::read_to_string(test.with_extension("json")) {
        Ok(text) => Case::parse(&text).context("in its .json")?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Case::default(),
        Err(error) => return Err(error).context("its .json"),
    };
    if let Some(what) = &case.needs {
        return Ok(Outcome::Skipped(format!("it needs {what}")));
    }
    let work = scratch.join("work");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    let mut command = command(test, &case.given, wasmpod, &work)?;
    command.arg(test).arg("--").args(&case.given.args);
    let ended = Ended::of(&mut command, &case.given.stdin)?;
    Ok(match ended.differs_from(&case) {
        None => Outcome::Passed,
        Some(difference) => Outcome::Failed(format!("{difference}\n{ended}")),
    })
}

/// Returns the call of `wasmpod` but for the program, with copies of the directories.
fn command(test: &Path, given: &Given, wasmpod: &Path, work: &Path) -> anyhow::Result<Command> {
    let beside = test.parent().unwrap_or(Path::new(""));
    let mut command = Command::new(wasmpod);
    // One data directory for all tests: what is compiled stays.
    let data = work.parent().unwrap_or(work).join("data");
    command.arg("--data-dir").arg(data).arg("run");
    for (name, value) in &given.env {
        command.arg("-e").arg(format!("{name}={value}"));
    }
    for (index, dir) in given.dirs.iter().enumerate() {
        let copy = work.join(index.to_string());
        copy_dir(&beside.join(&dir.host), &copy).with_context(|| dir.host.clone())?;
        command.arg("-v").arg(format!("{}:{}", copy.display(), dir.guest));
    }
    Ok(command)
}

/// Copies a directory with what is in it; symbolic links as they are.
fn copy_dir(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else if kind.is_symlink() {
            copy_link(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::copy(from, to).map(drop)
}

/// What a program has done.
struct Ended {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// Runs a program to its end.
    fn of(command: &mut Command, stdin: &str) -> anyhow::Result<Self> {
        let deadline = Instant::now() + DEADLINE;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start wasmpod")?;
        let mut input = child.stdin.take().context("no pipe")?;
        let text = stdin.to_owned();
        // A program that does not read its input closes it, which is no failure.
        thread::spawn(move || drop(input.write_all(text.as_bytes())));
        let stdout = read(child.stdout.take().context("no pipe")?);
        let stderr = read(child.stderr.take().context("no pipe")?);
        let texts = [stdout, stderr].map(|text| receive(&text, deadline, &mut child));
        let [stdout, stderr] = texts;
        Ok(Self { stdout: stdout?, stderr: stderr?, status: child.wait()? })
    }

    /// Says in what it is not what it should be.
    fn differs_from(&self, case: &Case) -> Option<String> {
        let wrong = |name: &str, expected: &Option<String>, found: &str| {
            let expected = expected.as_deref().filter(|expected| *expected != found)?;
            Some(format!("its {name} is not {expected:?}"))
        };
        if self.status.code() != Some(case.exit_code) {
            return Some(format!("want exit code {}, found {}", case.exit_code, self.status));
        }
        wrong("stdout", &case.stdout, &self.stdout)
            .or_else(|| wrong("stderr", &case.stderr, &self.stderr))
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr)
    }
}

fn read(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read until an error is what there is.
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Waits for all of an output; at the deadline the program is ended.
fn receive(
    text: &Receiver<String>,
    deadline: Instant,
    child: &mut Child,
) -> anyhow::Result<String> {
    match text.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(text) => Ok(text),
        Err(RecvTimeoutError::Timeout) => {
            child.kill()?;
            child.wait()?;
            bail!("it did not end within {DEADLINE:?}")
        }
        Err(RecvTimeoutError::Disconnected) => bail!("its output could not be read"),
    }
}
