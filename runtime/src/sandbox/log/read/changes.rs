//! Wakes up who follows a log when something in its directory changes, whichever process writes it.
//!
//! Linux tells (inotify); elsewhere, and when it has no more to spare, the follower looks a few
//! times a second.

use std::path::Path;
use std::time::Duration;

/// How often a follower looks that is not told.
const POLL: Duration = Duration::from_millis(250);

/// How often one looks that is told: the end of a process that is killed is told a moment early.
#[cfg(target_os = "linux")]
const POLL_WHEN_TOLD: Duration = Duration::from_secs(1);

/// The changes in a directory since it is watched.
#[derive(Debug)]
pub(super) struct Changes {
    #[cfg(target_os = "linux")]
    told: Option<told::Told>,
}

impl Changes {
    /// Begins to watch. To be called within a tokio runtime.
    #[cfg(target_os = "linux")]
    pub(super) fn watch(directory: &Path) -> Self {
        let told = told::Told::watch(directory)
            .inspect_err(|error| tracing::debug!(%error, "cannot watch a log; polling"));
        Self { told: told.ok() }
    }

    /// Begins to watch.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn watch(_: &Path) -> Self {
        Self {}
    }

    /// Waits until it is worth to look again. May return early.
    pub(super) async fn next(&mut self) {
        #[cfg(target_os = "linux")]
        if let Some(told) = &self.told {
            // A timeout is as good a reason to look.
            let _ = tokio::time::timeout(POLL_WHEN_TOLD, told.next()).await;
            return;
        }
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(target_os = "linux")]
mod told {
    use std::io;
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// What the kernel has to tell of a directory.
    #[derive(Debug)]
    pub(super) struct Told(AsyncFd<OwnedFd>);

    impl Told {
        #[expect(
            unsafe_code,
            reason = "tokio takes a descriptor that is no socket in no other way"
        )]
        pub(super) fn watch(directory: &Path) -> io::Result<Self> {
            let inotify = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
            let changes = WatchFlags::MODIFY
                | WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVED_TO
                | WatchFlags::CLOSE_WRITE;
            add_watch(&inotify, directory, changes)?;
            // SAFETY: an `OwnedFd` is the same open descriptor from here until it is dropped.
            Ok(Self(unsafe { AsyncFd::register_with_interest(inotify, Interest::READABLE) }?))
        }

        /// Waits for a change, and forgets all that there were.
        pub(super) async fn next(&self) {
            let Ok(mut ready) = self.0.readable().await else { return };
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut events = Reader::new(&self.0, &mut buffer);
            while events.next().is_ok() {}
            ready.clear_ready();
        }
    }
}
