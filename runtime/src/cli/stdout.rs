//! Standard output, where it is not taken.

use std::io;

/// Why standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the output")]
pub(super) struct OutputError(#[source] pub(super) io::Error);

impl OutputError {
    /// Whether whoever read it has gone, and so has what it was written for.
    pub(super) fn has_no_reader(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}
