//! What a signal does to a guest. WASI has none.
//!
//! SIGTERM is a request: a guest that imports one of our interfaces for it ([`module`],
//! [`component`]) is told there and runs on, until it exits itself or is killed. One that imports
//! none has the default action, as a process without a handler: it ends at once, with 143. Which of
//! the two it is, is known when it is linked. Of an http service it is the host that is told, and stops
//! accepting requests.

mod component;
mod module;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub(super) use self::component::{add_to_linker as add_to_component_linker, imported_by_component};
pub(super) use self::module::{add_to_linker as add_to_core_linker, imported_by_module};
use crate::clock::Clock;
use crate::executor::{Exit, Signal};

/// What SIGTERM does to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    /// It ends at once.
    Default,
    /// It is told.
    Handled,
}

/// What a signal does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The guest is dropped where it stands; none of its code runs again.
    End(Exit),
    /// The guest is told, and runs on.
    Tell,
}

/// Returns what a signal does to a running guest.
pub(super) fn action(signal: Signal, disposition: Disposition) -> Action {
    match (signal, disposition) {
        (Signal::Terminate, Disposition::Handled) => Action::Tell,
        (Signal::Terminate, Disposition::Default) | (Signal::Kill, _) => {
            Action::End(Exit::signalled(signal))
        }
    }
}

/// Whether one run is asked to end. Clones are about the same run: one is the executor's, one is in
/// the store.
#[derive(Clone)]
pub(super) struct StopRequest(Arc<Shared>);

struct Shared {
    clock: Clock,
    asked: watch::Sender<Option<Asked>>,
}

#[derive(Clone, Copy)]
struct Asked {
    /// When the run is killed, on the clock, if that is known.
    deadline: Option<Duration>,
}

impl StopRequest {
    /// Makes that of a run that nobody has asked to end yet.
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared { clock: Clock::start(), asked: watch::Sender::new(None) }))
    }

    /// Asks, or asks again: what is said of the grace last holds.
    pub(super) fn make(&self, grace: Option<Duration>) {
        // A grace beyond all time is none.
        let deadline = grace.and_then(|grace| self.0.clock.monotonic().checked_add(grace));
        self.0.asked.send_replace(Some(Asked { deadline }));
    }

    /// Returns whether it is asked to end.
    fn is_made(&self) -> bool {
        self.0.asked.borrow().is_some()
    }

    /// Waits until it is asked to end; for ever, if it is not.
    pub(super) async fn made(&self) {
        // The sender lives as long as this does.
        let _ = self.0.asked.subscribe().wait_for(Option::is_some).await;
    }

    /// Returns how many milliseconds are left until it is killed; none if it is not asked to end, or
    /// nobody said.
    fn grace_left_ms(&self) -> Option<u64> {
        let deadline = self.0.asked.borrow().as_ref()?.deadline?;
        let left = deadline.saturating_sub(self.0.clock.monotonic());
        Some(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Disposition, Duration, Exit, Signal, StopRequest, action};

    #[test]
    fn actions() {
        for (signal, disposition, expected) in [
            (Signal::Terminate, Disposition::Default, Some(143)),
            (Signal::Terminate, Disposition::Handled, None),
            (Signal::Kill, Disposition::Default, Some(137)),
            (Signal::Kill, Disposition::Handled, Some(137)),
        ] {
            let expected = match expected {
                Some(code) => Action::End(Exit { code, ..Exit::signalled(signal) }),
                None => Action::Tell,
            };
            assert_eq!(action(signal, disposition), expected, "{signal:?}, {disposition:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_of_the_grace() {
        let stop = StopRequest::new();
        assert!(!stop.is_made() && stop.grace_left_ms().is_none());
        stop.clone().make(Some(Duration::from_secs(30)));
        stop.made().await;
        assert_eq!(stop.grace_left_ms(), Some(30_000));
        tokio::time::advance(Duration::from_millis(1_500)).await;
        assert_eq!(stop.grace_left_ms(), Some(28_500));
        stop.make(Some(Duration::from_secs(2)));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(stop.grace_left_ms(), Some(0), "it is over");
        for grace in [None, Some(Duration::MAX)] {
            stop.make(grace);
            assert!(stop.is_made() && stop.grace_left_ms().is_none(), "{grace:?}");
        }
    }
}
