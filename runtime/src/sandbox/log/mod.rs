//! Where the output of a container goes: a log file in CRI format, and whoever watches.
//!
//! ```text
//! guest ── ContainerLog ─┬─► tap ──► LogWatch                     while it is written
//!                        └─► queue ──► cri ──► file, archive ──► read    later, or elsewhere
//! ```
//!
//! A write never blocks and never fails as far as the guest can see. What keeps a guest from
//! outrunning its watcher and the disk is [`ContainerLog::ready`], which it awaits before the next
//! write.

mod archive;
mod cri;
mod file;
mod name;
mod pods;
mod queue;
mod read;
mod rotation;
mod tap;

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

pub use self::name::remove_attempts_before;
pub use self::pods::{LoggedContainer, PodLogs, make_pod_logs};
use self::queue::Queue;
pub use self::read::{LogChunk, LogOptions, LogReadError, LogReader, Since, log_tail};
pub use self::rotation::LogLimits;
pub use self::tap::{Chunk, LogTap, LogWatch, log_watch};
use crate::spec::ContainerName;

/// Which output stream of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The log of one run. Clones write to the same log; dropping the last one ends it.
#[derive(Clone, Debug)]
pub struct ContainerLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    container: ContainerName,
    file: Option<Queue>,
    tap: Option<LogTap>,
}

impl ContainerLog {
    /// Makes a log in a new file `NUMBER.log`, or at the end of one that is there, with the limits
    /// of the kubelet.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, or another log writes to it.
    pub fn create(container: ContainerName, path: &Path, tap: Option<LogTap>) -> io::Result<Self> {
        Self::create_within(LogLimits::default(), container, path, tap)
    }

    /// Makes a log with other limits.
    ///
    /// # Errors
    ///
    /// As [`ContainerLog::create`].
    pub fn create_within(
        limits: LogLimits,
        container: ContainerName,
        path: &Path,
        tap: Option<LogTap>,
    ) -> io::Result<Self> {
        let file = Some(Queue::open(path, limits)?);
        Ok(Self(Arc::new(Inner { container, file, tap })))
    }

    /// Returns a log that keeps nothing.
    pub fn discard() -> Self {
        let container = ContainerName::new("none");
        Self(Arc::new(Inner { container, file: None, tap: None }))
    }

    /// Returns a log that keeps nothing and passes everything on.
    pub fn passed_on(container: ContainerName, tap: LogTap) -> Self {
        Self(Arc::new(Inner { container, file: None, tap: Some(tap) }))
    }

    /// Takes the next piece of output. To be called when [`ContainerLog::is_ready`].
    ///
    /// Output that the log file refuses, e.g. on a full disk, is lost to the file, said once, and
    /// still reaches the watcher. When the disk takes it again, the log goes on.
    pub fn write(&self, stream: OutputStream, bytes: Bytes) {
        if let Some(file) = &self.0.file {
            file.push(stream, bytes.clone());
        }
        if let Some(tap) = &self.0.tap {
            tap.send(Chunk { container: Some(self.0.container.clone()), stream, bytes });
        }
    }

    /// Returns whether a write is welcome now.
    pub fn is_ready(&self) -> bool {
        self.0.tap.as_ref().is_none_or(LogTap::is_ready)
            && self.0.file.as_ref().is_none_or(Queue::is_ready)
    }

    /// Waits until a write is welcome.
    pub async fn ready(&self) {
        if let Some(tap) = &self.0.tap {
            tap.ready().await;
        }
        if let Some(file) = &self.0.file {
            file.ready().await;
        }
    }

    /// Ends the log: waits until everything is on disk, as far as the disk takes it. What is
    /// written later is not kept. Who reads the log is told that this was all.
    pub async fn close(&self) {
        if let Some(file) = &self.0.file {
            file.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tap::TAP_BYTES_MAX;
    use super::*;

    const LIMITS: LogLimits = LogLimits { file_bytes: 100_000, files: 3 };

    #[tokio::test]
    async fn a_writer_waits_for_a_slow_watcher() {
        let directory = tempfile::tempdir().unwrap();
        let (tap, mut watch) = log_watch();
        let log =
            ContainerLog::create("web".into(), &directory.path().join("0.log"), Some(tap)).unwrap();
        let piece = Bytes::from(vec![b'x'; TAP_BYTES_MAX / 2]);
        log.write(OutputStream::Stdout, piece.clone());
        assert!(log.is_ready());
        log.write(OutputStream::Stdout, piece.clone());
        assert!(!log.is_ready());
        let ready = log.ready();
        tokio::pin!(ready);
        assert!(futures_util::poll!(&mut ready).is_pending());
        assert_eq!(watch.recv().await.unwrap().bytes, piece);
        ready.await;
        assert!(log.is_ready());
    }

    #[tokio::test]
    async fn a_watcher_that_goes_away_holds_up_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let (tap, watch) = log_watch();
        let log =
            ContainerLog::create("web".into(), &directory.path().join("0.log"), Some(tap)).unwrap();
        log.write(OutputStream::Stdout, Bytes::from(vec![b'x'; 2 * TAP_BYTES_MAX]));
        assert!(!log.is_ready());
        drop(watch);
        log.ready().await;
        log.write(OutputStream::Stderr, Bytes::from_static(b"more\n"));
    }

    #[tokio::test]
    async fn what_was_written_is_kept_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.log");
        let log = ContainerLog::create("web".into(), &path, None).unwrap();
        for line in 0..1000 {
            log.write(OutputStream::Stdout, Bytes::from(format!("line {line}\n")));
        }
        log.write(OutputStream::Stderr, Bytes::from_static(b"no newline"));
        log.close().await;
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().filter_map(|line| line.split_once(" stdout F ")).collect();
        assert!(lines.iter().enumerate().all(|(n, (_, text))| *text == format!("line {n}")));
        assert_eq!(lines.len(), 1000);
        assert!(text.ends_with(" stderr P no newline\n"), "{text}");
        assert!(!directory.path().join("0.lock").exists());
    }

    #[tokio::test]
    async fn the_last_owner_writes_what_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.log");
        // No runtime that would drain: the one that was there has gone.
        let gone = tokio::task::spawn_blocking({
            let path = path.clone();
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let _entered = runtime.enter();
                ContainerLog::create("web".into(), &path, None).unwrap()
            }
        });
        let log = gone.await.unwrap();
        log.write(OutputStream::Stdout, Bytes::from_static(b"all\nthat"));
        drop(log);
        let text = std::fs::read_to_string(&path).unwrap();
        let texts: Vec<_> = text.lines().filter_map(|line| line.split_once(" stdout ")).collect();
        assert_eq!(texts.iter().map(|(_, text)| *text).collect::<Vec<_>>(), ["F all", "P that"]);
    }

    #[tokio::test]
    async fn a_flood_is_bounded_in_memory_and_on_disk() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.log");
        let log = ContainerLog::create_within(LIMITS, "web".into(), &path, None).unwrap();
        for text in [Bytes::from(vec![b'\n'; 50_000]), Bytes::from(vec![b'x'; 1 << 20])] {
            for _ in 0..10 {
                log.ready().await;
                log.write(OutputStream::Stdout, text.clone());
            }
        }
        log.close().await;
        let files: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), LIMITS.files, "{files:?}");
        assert!(files.iter().all(|file| file.metadata().unwrap().len() <= LIMITS.file_bytes));
    }
}
