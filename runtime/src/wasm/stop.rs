//! What a signal does to a guest. WASI has none.
//!
//! Nothing asks a guest to end yet, so SIGTERM has its default action, as for a process without a
//! handler: the guest ends at once, with 143. Guests that import the stop interface or serve http
//! will be told here instead, and given their time.

use crate::executor::{Exit, Signal};

/// What a signal does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The guest is dropped where it stands; none of its code runs again.
    End(Exit),
}

/// Returns what a signal does to a running guest.
pub(super) fn action(signal: Signal) -> Action {
    Action::End(Exit::signalled(signal))
}

#[cfg(test)]
mod tests {
    use super::{Action, Signal, action};

    #[test]
    fn codes() {
        for (signal, expected) in [(Signal::Terminate, 143), (Signal::Kill, 137)] {
            let Action::End(exit) = action(signal);
            assert_eq!(exit.code, expected);
        }
    }
}
