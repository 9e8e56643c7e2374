//! What happened: events from the doing side.

use std::net::IpAddr;

use super::probe::ProbeKind;
use crate::spec::ContainerName;

/// Something that happened, mostly the outcome of an [`Action`](super::Action).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The pod's volumes and sandbox are there.
    SandboxReady(Addresses),
    /// They could not be made; it is tried again.
    SandboxFailed(Problem),
    /// The sandbox is gone without having been removed, and all that ran in it.
    SandboxLost,
    /// They are gone, with all that was in them.
    SandboxRemoved,
    /// The container's image is in the store.
    ImageReady {
        /// Whose image.
        container: ContainerName,
        /// Its reference by digest; empty if it has none.
        image_id: String,
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
    /// A hook came to its end.
    HookEnded {
        /// Whose.
        container: ContainerName,
        /// Of which of its runs.
        attempt: u32,
        /// Which.
        hook: HookKind,
        /// Why it failed, if it did.
        failure: Option<String>,
    },
    /// A probe was answered.
    Probed {
        /// Whose.
        container: ContainerName,
        /// Of which of its runs.
        attempt: u32,
        /// Which.
        probe: ProbeKind,
        /// How.
        answer: Answer,
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
    /// The pod's spec is another from now on: an image, the deadline, a further ephemeral container.
    Updated,
    /// Somebody wants the pod gone.
    StopRequested {
        /// Overrides the pod's own grace period. A later request may only shorten it.
        grace_seconds: Option<u64>,
    },
    /// Somebody wants the pod gone, without any grace.
    KillRequested,
    /// The node cannot have the pod any longer (kubelet: eviction).
    Evicted {
        /// What is told of it.
        message: String,
        /// How long its containers may take.
        grace_seconds: u64,
    },
    /// The node does not take the pod (kubelet: admission).
    Rejected(Problem),
}

/// Where a pod can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Of the node, one of each family.
    pub host: Vec<IpAddr>,
    /// Of the pod, one of each family.
    pub pod: Vec<IpAddr>,
}

/// What is done at a turn of a container's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookKind {
    /// Just after its start.
    PostStart,
    /// Before it is asked to end.
    PreStop,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All is well.
    Success,
    /// All is well, but for something that the user should know.
    Warning(String),
    /// It is not.
    Failure(String),
    /// It could not be found out.
    Error(String),
}

/// Why something waits, in the words of a container's `state.waiting`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// One CamelCase word.
    pub reason: &'static str,
    /// For people.
    pub message: String,
}

impl Problem {
    /// Returns whether a pull was tried and failed: then the next try has to wait.
    pub(super) fn is_failed_pull(&self) -> bool {
        matches!(self.reason, "ErrImagePull" | "RegistryUnavailable" | "SignatureValidationFailed")
    }
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
    /// It was removed so that all containers can be started again.
    RestartingAllContainers,
    /// Nobody knows: its record is lost.
    Unknown,
}

/// The reason of what waits, or ended, because all containers are started again.
pub(super) const RESTARTING_ALL: &str = "RestartingAllContainers";

/// What is told of it.
pub(super) const REMOVED_FOR_RESTART: &str =
    "The container is removed because RestartAllContainers in place";

impl EndReason {
    /// Returns Kubernetes' word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "Completed",
            Self::Error => "Error",
            Self::OomKilled => "OOMKilled",
            Self::StartError => "StartError",
            Self::RestartingAllContainers => RESTARTING_ALL,
            Self::Unknown => "ContainerStatusUnknown",
        }
    }
}

impl Ended {
    /// Returns the end of a run that is forgotten so that all containers can be started again.
    pub(super) fn removed_for_restart() -> Self {
        let (reason, message) = (EndReason::RestartingAllContainers, REMOVED_FOR_RESTART);
        Self { exit_code: 137, reason, message: Some(message.to_owned()) }
    }

    /// Returns the end of a run of which nobody knows how it ended.
    pub(super) fn unknown(message: &str) -> Self {
        Self { exit_code: 137, reason: EndReason::Unknown, message: Some(message.to_owned()) }
    }
}
