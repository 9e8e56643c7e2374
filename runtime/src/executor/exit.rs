//! How a run ended.

/// The end of a run. A guest's exit code or trap is a value, not an error of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// As a shell would see it: 0..=255, 128 + n for signal n.
    pub code: i32,
    /// What brought it about.
    pub cause: ExitCause,
    /// What is worth telling, e.g. a trap's message.
    pub message: Option<String>,
}

/// What brought an end about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCause {
    /// The program ended itself.
    Exited,
    /// The program did something that WebAssembly forbids.
    Trapped,
    /// It was refused memory and did not survive that.
    OutOfMemory,
    /// It was asked to end, or ended.
    Signalled(Signal),
}

/// What can be sent to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// SIGTERM: please end.
    Terminate,
    /// SIGKILL: it ends.
    Kill,
}

impl Signal {
    /// Returns the exit code of a process that this signal ended.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Terminate => 128 + 15,
            Self::Kill => 128 + 9,
        }
    }
}

impl Exit {
    /// Returns the end of a program that ended itself.
    pub fn exited(code: i32) -> Self {
        Self { code, cause: ExitCause::Exited, message: None }
    }

    /// Returns the end of a program that a signal ended.
    pub fn signalled(signal: Signal) -> Self {
        Self { code: signal.exit_code(), cause: ExitCause::Signalled(signal), message: None }
    }
}
