//! Time as the deciding side sees it: an argument.

use std::time::Duration;

use jiff::Timestamp;

/// A moment, on two clocks that are never mixed.
///
/// What is measured (back-off, grace, deadlines) uses `monotonic`; what is shown uses `wall`,
/// which an operator may set back or forth at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since an arbitrary moment before the pod began; never runs backwards.
    pub monotonic: Duration,
    /// The time of day.
    pub wall: Timestamp,
}
