//! What the tests stand on: a hermetic environment, the real binary, real guests, a real registry.
//!
//! Nothing of the user's reaches a test and nothing of a test outlives it: environment variables are
//! cleared, every directory lies under one that is removed, every process ends with its owner. What
//! takes time is waited for with a deadline; a deadline that passes fails the test with what was
//! printed until then.

mod guests;
mod process;
mod registry;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub(crate) use self::guests::guest;
pub(crate) use self::process::Output;
pub(crate) use self::registry::{PASSWORD, Registry, USER};

/// After which a command of a test is given up. Generous: it is a deadline, not an expectation.
const DEADLINE: Duration = Duration::from_secs(120);

/// A place of its own for one test, and `wasmpod` in it.
pub(crate) struct TestEnv {
    directory: tempfile::TempDir,
}

impl TestEnv {
    /// Makes an empty place.
    pub(crate) fn new() -> Self {
        let env = Self { directory: tempfile::tempdir().unwrap() };
        for folder in ["home", "work"] {
            std::fs::create_dir(env.directory.path().join(folder)).unwrap();
        }
        env
    }

    /// Returns the directory in which commands run.
    pub(crate) fn work(&self) -> PathBuf {
        self.directory.path().join("work")
    }

    /// Returns the data directory; it does not exist until something makes it.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Writes a file into the working directory.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Returns a call of `wasmpod` with `arguments`, to be changed and run.
    pub(crate) fn wasmpod<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Call {
        let mut call = self.call(env!("CARGO_BIN_EXE_wasmpod"));
        call.command.arg("--data-dir").arg(self.data_dir()).args(arguments);
        call
    }

    /// Returns a call of a shell that does `script`, in which `wasmpod` is ours.
    pub(crate) fn shell(&self, script: &str) -> Call {
        let mut call = self.call("sh");
        let own = Path::new(env!("CARGO_BIN_EXE_wasmpod")).parent().unwrap().to_owned();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(own).chain(std::env::split_paths(&path));
        call.command.env("PATH", std::env::join_paths(path).unwrap());
        call.command.env("WASMPOD_DATA_DIR", self.data_dir()).args(["-euxc", script]);
        call
    }

    fn call(&self, program: &str) -> Call {
        let mut command = Command::new(program);
        command.current_dir(self.work()).env_clear().envs(self.environment());
        Call { command, stdin: Vec::new(), deadline: DEADLINE }
    }

    /// Runs `wasmpod` with `arguments`.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.wasmpod(arguments).run()
    }

    fn environment(&self) -> Vec<(&'static str, OsString)> {
        // Without SystemRoot no process of Windows has sockets.
        let kept = ["PATH", "SystemRoot"].into_iter();
        let kept = kept.filter_map(|name| Some((name, std::env::var_os(name)?)));
        let home = self.directory.path().join("home");
        let own = [
            ("HOME", home.clone()),
            ("USERPROFILE", home.clone()),
            ("XDG_CACHE_HOME", home.join("cache")),
            ("XDG_CONFIG_HOME", home.join("config")),
            ("XDG_DATA_HOME", home.join("data")),
            ("XDG_RUNTIME_DIR", home.join("run")),
            ("TMPDIR", self.work()),
        ];
        kept.chain(own.map(|(name, path)| (name, path.into_os_string()))).collect()
    }
}

/// A call of `wasmpod`.
pub(crate) struct Call {
    command: Command,
    stdin: Vec<u8>,
    deadline: Duration,
}

impl Call {
    /// Gives it standard input; else it reads the end at once.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sets a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it elsewhere.
    pub(crate) fn in_directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Gives it up after `deadline`.
    pub(crate) fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Returns the command, to be run by hand.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Output {
        process::run(&mut self.command, self.stdin, self.deadline)
    }
}
