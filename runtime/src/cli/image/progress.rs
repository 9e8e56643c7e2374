//! How far a transfer is, and how fast, for people who watch.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::Duration;

use crate::cli::transfer::{Transfer, size};
use crate::clock::Clock;
use crate::image::PullEvent;

/// More often nobody can read.
const BETWEEN_DRAWINGS: Duration = Duration::from_millis(100);

/// One line on a terminal that says how far a transfer is; nothing anywhere else.
pub(super) struct ProgressLine {
    verb: &'static str,
    is_terminal: bool,
    clock: Clock,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    transfer: Transfer,
    is_unpacking: bool,
    /// When the line was drawn last.
    drawn: Option<Duration>,
}

impl ProgressLine {
    pub(super) fn new(verb: &'static str) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self { verb, is_terminal, clock: Clock::start(), progress: Mutex::default() }
    }

    pub(super) fn show(&self, event: PullEvent<'_>) {
        let mut progress = self.progress.lock().expect("no holder panics");
        match event {
            PullEvent::Blob { size_bytes, .. } => progress.transfer.announced += size_bytes,
            PullEvent::Bytes { count, .. } => progress.transfer.came += count,
            PullEvent::Unpacking => progress.is_unpacking = true,
            PullEvent::Begin => {}
        }
        let now = self.clock.monotonic();
        let is_due = progress.drawn.is_none_or(|drawn| now - drawn >= BETWEEN_DRAWINGS);
        if self.is_terminal && is_due {
            progress.drawn = Some(now);
            // What a terminal does not take is not worth a word.
            let _ = write!(io::stderr(), "\r{}\x1b[K", progress.line(self.verb, now));
        }
    }

    pub(super) fn end(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl Progress {
    fn line(&self, verb: &str, since_start: Duration) -> String {
        match self.is_unpacking {
            true => format!("unpacking {}", size(self.transfer.announced)),
            false => format!("{verb} {}", self.transfer.text(since_start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let transfer = Transfer { came: 3 << 20, announced: 12 << 20 };
        let mut progress = Progress { transfer, ..Progress::default() };
        let line = |progress: &Progress| progress.line("pulling", Duration::from_millis(100));
        let pulling = "pulling [=====>              ]  25% 3.0 MiB of 12.0 MiB";
        assert_eq!(line(&progress), pulling);
        progress.is_unpacking = true;
        assert_eq!(line(&progress), "unpacking 12.0 MiB");
    }
}
