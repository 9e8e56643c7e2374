//! How far a transfer is, for people who watch.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;

use super::size;
use crate::image::PullEvent;

/// One line on a terminal that says how far a transfer is; nothing anywhere else.
pub(super) struct ProgressLine {
    verb: &'static str,
    is_terminal: bool,
    /// Bytes that came, and bytes that were announced.
    bytes: Mutex<(u64, u64)>,
}

impl ProgressLine {
    pub(super) fn new(verb: &'static str) -> Self {
        Self { verb, is_terminal: io::stderr().is_terminal(), bytes: Mutex::default() }
    }

    pub(super) fn show(&self, event: PullEvent<'_>) {
        let mut bytes = self.bytes.lock().expect("no holder panics");
        match event {
            PullEvent::Blob { size_bytes, .. } => bytes.1 += size_bytes,
            PullEvent::Bytes { count, .. } => bytes.0 += count,
            PullEvent::Begin | PullEvent::Unpacking => {}
        }
        if self.is_terminal {
            // What a terminal does not take is not worth a word.
            let _ = write!(
                io::stderr(),
                "\r{} {} of {}\x1b[K",
                self.verb,
                size(bytes.0),
                size(bytes.1)
            );
        }
    }

    pub(super) fn end(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
