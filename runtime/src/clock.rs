//! The only reader of time.
//!
//! The monotonic clock is tokio's, which a test can pause.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Reads the two clocks; its monotonic time counts from its making.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// Returns a clock whose monotonic time is 0 now.
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// Returns the time since the start of this clock. It never runs backwards.
    pub fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Returns for how long this thread has run; the time that others ran in its place is not
    /// counted. Where the system does not tell, that is the monotonic time.
    pub fn thread_processor_time(&self) -> Duration {
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        {
            use rustix::time::{ClockId, clock_gettime};

            let time = clock_gettime(ClockId::ThreadCPUTime);
            Duration::try_from(time).unwrap_or_default()
        }
        #[cfg(not(any(target_os = "linux", target_os = "macos")))]
        self.monotonic()
    }

    /// Returns the instant, for a timer, that is this long after the start of this clock.
    pub fn instant(&self, monotonic: Duration) -> Instant {
        self.origin + monotonic
    }
}

/// Returns the time of day.
pub fn wall() -> Timestamp {
    Timestamp::now()
}
