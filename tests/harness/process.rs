//! A process that is run to its end or to a deadline, whichever comes first.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// What a process did.
#[derive(Debug)]
pub(crate) struct Output {
    /// The exit code; nothing if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Checks that it succeeded.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        self.exits(0)
    }

    /// Checks its exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Checks the whole of its standard output.
    #[track_caller]
    pub(crate) fn prints(self, stdout: &str) -> Self {
        assert_eq!(self.stdout, stdout, "{self}");
        self
    }

    /// Checks that both outputs together contain `text`.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.to_string().contains(text), "does not say {text:?}\n{self}");
        self
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Runs `command`; at the deadline it is killed and the test fails.
pub(crate) fn run(command: &mut Command, stdin: Vec<u8>, deadline: Duration) -> Output {
    let until = Instant::now() + deadline;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut input = child.stdin.take().unwrap();
    // A child that does not read its input closes it: no failure of the test.
    thread::spawn(move || drop(input.write_all(&stdin)));
    let stdout = read(child.stdout.take().unwrap());
    let stderr = read(child.stderr.take().unwrap());
    let texts = [stdout, stderr].map(|text| wait(&text, until));
    let late = texts.iter().any(Option::is_none);
    let code = end(&mut child, late);
    let [stdout, stderr] = texts.map(Option::unwrap_or_default);
    let output = Output { code, stdout, stderr };
    assert!(!late, "{command:?} did not end within {deadline:?}\n{output}");
    output
}

fn read(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        // Nobody listens after the deadline.
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

fn wait(text: &Receiver<String>, until: Instant) -> Option<String> {
    text.recv_timeout(until.saturating_duration_since(Instant::now())).ok()
}

/// Returns the exit code of a process that closed its outputs; one that is late is killed.
fn end(child: &mut Child, late: bool) -> Option<i32> {
    if late {
        // It may have ended by now.
        let _ = child.kill();
    }
    child.wait().unwrap().code()
}

#[cfg(unix)]
#[test]
fn input_goes_in_and_output_comes_out() {
    let output = run(&mut Command::new("cat"), b"meow\n".to_vec(), Duration::from_secs(60));
    output.success().prints("meow\n");
}

#[cfg(unix)]
#[test]
#[should_panic(expected = "did not end within")]
fn a_deadline_ends_the_process() {
    let mut endless = Command::new("sleep");
    run(endless.arg("86400"), Vec::new(), Duration::from_millis(1));
}
