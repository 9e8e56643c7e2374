//! What the terminal and the init system tell this process.

use std::io;
#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

#[cfg(unix)]
use crate::clock::Clock;

/// So close together two equal signals are one request: some senders signal a process, and then the
/// group that it is in.
#[cfg(unix)]
const TOGETHER: Duration = Duration::from_millis(100);

/// The requests to end that this process gets: Ctrl-C, and what a service manager sends.
#[cfg(unix)]
pub(super) struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    clock: Clock,
    last: Option<Seen>,
}

/// A signal that came, and when.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
struct Seen {
    number: u8,
    at: Duration,
}

#[cfg(unix)]
impl Seen {
    /// Returns whether this is the same request as the one before.
    fn repeats(self, before: Option<Self>) -> bool {
        before.is_some_and(|before| {
            before.number == self.number && self.at.saturating_sub(before.at) < TOGETHER
        })
    }
}

#[cfg(unix)]
impl StopSignals {
    /// From here on a signal no longer ends the process.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            clock: Clock::start(),
            last: None,
        })
    }

    /// Waits for the next; returns its number.
    pub(super) async fn next(&mut self) -> u8 {
        loop {
            let number = tokio::select! {
                _ = self.interrupt.recv() => 2,
                _ = self.terminate.recv() => 15,
                _ = self.hangup.recv() => 1,
            };
            let seen = Seen { number, at: self.clock.monotonic() };
            if !seen.repeats(self.last.replace(seen)) {
                return number;
            }
        }
    }
}

/// The requests to end that this process gets: Ctrl-C.
#[cfg(not(unix))]
pub(super) struct StopSignals;

#[cfg(not(unix))]
impl StopSignals {
    /// From here on Ctrl-C no longer ends the process.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the next; returns the number that it has elsewhere.
    pub(super) async fn next(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        2
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn equal_signals_that_come_together_are_one() {
        let seen =
            |(number, milliseconds)| Seen { number, at: Duration::from_millis(milliseconds) };
        for (before, now, expected) in [
            (None, (2, 0), false),
            (Some((2, 0)), (2, 1), true),
            (Some((2, 0)), (2, 100), false),
            (Some((15, 0)), (2, 1), false),
        ] {
            assert_eq!(seen(now).repeats(before.map(seen)), expected, "{before:?} {now:?}");
        }
    }
}
