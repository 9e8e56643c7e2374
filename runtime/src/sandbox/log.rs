//! Where the output of a container goes: a log file in CRI format, and whoever watches.
//!
//! A write never blocks and never fails as far as the guest can see; a guest that writes faster
//! than its watchers read waits in [`ContainerLog::ready`] before its next write.

use bytes::Bytes;

/// Which output stream of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The log of one run. Clones write to the same log.
#[derive(Clone, Debug)]
pub struct ContainerLog {}

impl ContainerLog {
    /// Returns a log that keeps nothing.
    pub fn discard() -> Self {
        Self {}
    }

    /// Takes the next piece of output. To be called when [`ContainerLog::is_ready`].
    pub fn write(&self, stream: OutputStream, bytes: Bytes) {
        let _ = (stream, bytes);
    }

    /// Returns whether a write is welcome now.
    pub fn is_ready(&self) -> bool {
        true
    }

    /// Waits until a write is welcome.
    pub async fn ready(&self) {}
}
