//! What happened: events from the doing side, and notices for the user.

use crate::spec::ContainerName;

/// Something that happened, mostly the outcome of an [`Action`](super::Action).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The pod's volumes and sandbox are there.
    SandboxReady,
    /// They could not be made; it is tried again.
    SandboxFailed(Problem),
    /// They are gone, with all that was in them.
    SandboxRemoved,
    /// The container's image is in the store.
    ImageReady {
        /// Whose image.
        container: ContainerName,
        /// What the user is told, e.g. how long the pull took.
        message: String,
    },
    /// The image is not to be had now; it is tried again.
    ImageFailed {
        /// Whose image.
        container: ContainerName,
        /// The waiting reason, e.g. `ErrImagePull`.
        problem: Problem,
    },
    /// The container runs.
    Started {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
    },
    /// The container could not be made; it never ran in this attempt, and is tried again.
    CreateFailed {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
        /// The waiting reason, e.g. `CreateContainerError`.
        problem: Problem,
    },
    /// The container ended; also one that was made but could not be started (`StartError`).
    Exited {
        /// Which.
        container: ContainerName,
        /// Which of its runs.
        attempt: u32,
        /// How.
        ended: Ended,
    },
    /// Somebody wants the pod gone.
    StopRequested {
        /// Overrides the pod's own grace period. A later request may only shorten it; 0 kills.
        grace_seconds: Option<u64>,
    },
}

/// Why something waits, in the words of a container's `state.waiting`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// One CamelCase word.
    pub reason: &'static str,
    /// For people.
    pub message: String,
}

/// How a run ended, in the words of a container's `state.terminated`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// As a shell sees it.
    pub exit_code: i32,
    /// One CamelCase word.
    pub reason: EndReason,
    /// For people.
    pub message: Option<String>,
}

/// The reason of a `state.terminated`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Exit code 0.
    Completed,
    /// Any other exit code.
    Error,
    /// It was refused memory.
    OomKilled,
    /// It was made, but its program could not be started.
    StartError,
}

impl EndReason {
    /// Returns Kubernetes' word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "Completed",
            Self::Error => "Error",
            Self::OomKilled => "OOMKilled",
            Self::StartError => "StartError",
        }
    }
}

/// Something to tell the user: a Kubernetes Event, without its bookkeeping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether it is cause for worry.
    pub kind: NoticeKind,
    /// One CamelCase word.
    pub reason: &'static str,
    /// For people.
    pub message: String,
    /// The container it is about; the pod if none.
    pub container: Option<ContainerName>,
}

/// The type of a Kubernetes Event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// All is as it should be.
    Normal,
    /// Something is not.
    Warning,
}
