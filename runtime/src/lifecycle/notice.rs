//! What to tell the user: Kubernetes Events, without their bookkeeping.

mod log;
mod object;

pub use self::log::{NoticeLog, Told};
pub use self::object::COMPONENT;
use crate::spec::{ContainerName, Pod};

/// Something to tell the user.
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

impl NoticeKind {
    /// Returns Kubernetes' word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

impl Notice {
    /// Returns a notice about a container.
    pub fn about(
        container: &ContainerName,
        kind: NoticeKind,
        reason: &'static str,
        message: String,
    ) -> Self {
        Self { kind, reason, message, container: Some(container.clone()) }
    }

    /// Returns a notice about the pod.
    pub fn of_pod(kind: NoticeKind, reason: &'static str, message: String) -> Self {
        Self { kind, reason, message, container: None }
    }

    /// Returns the message on one line that moves no cursor: it may have the words of a guest.
    pub fn message_line(&self) -> String {
        self.message.trim().replace(char::is_control, " ")
    }

    /// Returns a normal notice about a container.
    pub(super) fn normal(name: &ContainerName, reason: &'static str, message: String) -> Self {
        Self::about(name, NoticeKind::Normal, reason, message)
    }

    /// Returns a warning about a container.
    pub(super) fn warning(name: &ContainerName, reason: &'static str, message: String) -> Self {
        Self::about(name, NoticeKind::Warning, reason, message)
    }
}

/// Returns `NAME_NAMESPACE(UID)`, as the kubelet's messages name a pod.
pub(super) fn full_name(pod: &Pod) -> String {
    let metadata = &pod.metadata;
    format!("{}_{}({})", metadata.name, metadata.namespace, metadata.uid)
}
