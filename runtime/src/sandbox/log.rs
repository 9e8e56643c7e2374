//! Where the output of a container goes: a log file in CRI format, and whoever watches.
//!
//! A write never blocks and never fails as far as the guest can see. What keeps a guest from
//! outrunning its watcher is [`ContainerLog::ready`], which it awaits before the next write.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};

use super::cri::CriWriter;
use crate::spec::ContainerName;

/// How many bytes may wait for a watcher before guests have to wait too.
const TAP_BYTES_MAX: usize = 256 << 10;

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
    /// Held for the length of a write, never across an await.
    file: Mutex<Option<CriWriter>>,
    tap: Option<LogTap>,
}

impl ContainerLog {
    /// Makes a log in a new file, or at the end of one that is there.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub fn create(container: ContainerName, path: &Path, tap: Option<LogTap>) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        let file = Mutex::new(Some(CriWriter::new(file)));
        Ok(Self(Arc::new(Inner { container, file, tap })))
    }

    /// Returns a log that keeps nothing.
    pub fn discard() -> Self {
        let container = ContainerName::new("none");
        Self(Arc::new(Inner { container, file: Mutex::new(None), tap: None }))
    }

    /// Returns a log that keeps nothing and passes everything on.
    pub fn passed_on(container: ContainerName, tap: LogTap) -> Self {
        Self(Arc::new(Inner { container, file: Mutex::new(None), tap: Some(tap) }))
    }

    /// Takes the next piece of output. To be called when [`ContainerLog::is_ready`].
    ///
    /// Output that the log file refuses, e.g. on a full disk, is lost to the file, said once, and
    /// still reaches the watcher.
    pub fn write(&self, stream: OutputStream, bytes: Bytes) {
        let mut file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = file.as_mut()
            && let Err(error) = writer.write(stream, &bytes)
        {
            tracing::warn!(container = %self.0.container, %error, "cannot write the container's log; what follows is not kept");
            *file = None;
        }
        drop(file);
        if let Some(tap) = &self.0.tap {
            tap.send(Chunk { container: Some(self.0.container.clone()), stream, bytes });
        }
    }

    /// Returns whether a write is welcome now.
    pub fn is_ready(&self) -> bool {
        self.0.tap.as_ref().is_none_or(LogTap::is_ready)
    }

    /// Waits until a write is welcome.
    pub async fn ready(&self) {
        if let Some(tap) = &self.0.tap {
            tap.ready().await;
        }
    }
}

/// A piece of output, as the container wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Who wrote it; the host itself if none.
    pub container: Option<ContainerName>,
    /// Where to.
    pub stream: OutputStream,
    /// Not cut at lines.
    pub bytes: Bytes,
}

/// The sending end for the logs of a pod that somebody watches.
#[derive(Clone, Debug)]
pub struct LogTap {
    sender: mpsc::UnboundedSender<Chunk>,
    gauge: Arc<Gauge>,
}

/// How much is on its way. Writers add, the watcher takes away and wakes them.
#[derive(Debug, Default)]
struct Gauge {
    bytes: AtomicUsize,
    drained: Notify,
}

/// The receiving end: everything that the pod's containers write, in order.
#[derive(Debug)]
pub struct LogWatch {
    receiver: mpsc::UnboundedReceiver<Chunk>,
    gauge: Arc<Gauge>,
}

/// Returns both ends of a watch on the logs of a pod.
///
/// The channel itself has no bound; its users keep to one ([`ContainerLog::ready`]), exceeded by
/// one write of each container at most.
pub fn log_watch() -> (LogTap, LogWatch) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let gauge = Arc::new(Gauge::default());
    (LogTap { sender, gauge: gauge.clone() }, LogWatch { receiver, gauge })
}

impl LogTap {
    /// Sends a message of the host, in order with what the containers write.
    pub fn announce(&self, message: &str) {
        let bytes = Bytes::from(format!("{message}\n"));
        self.send(Chunk { container: None, stream: OutputStream::Stderr, bytes });
    }

    fn send(&self, chunk: Chunk) {
        self.gauge.bytes.fetch_add(chunk.bytes.len(), Ordering::Relaxed);
        // A watcher that has gone has no more interest in it.
        let _ = self.sender.send(chunk);
    }

    fn is_ready(&self) -> bool {
        self.gauge.bytes.load(Ordering::Relaxed) < TAP_BYTES_MAX || self.sender.is_closed()
    }

    async fn ready(&self) {
        loop {
            let drained = self.gauge.drained.notified();
            if self.is_ready() {
                return;
            }
            drained.await;
        }
    }
}

impl LogWatch {
    /// Waits for the next piece of output; none once every writer has gone. Blocks the thread.
    pub fn blocking_recv(&mut self) -> Option<Chunk> {
        let chunk = self.receiver.blocking_recv();
        self.took(chunk)
    }

    /// Waits for the next piece of output; none once every writer has gone.
    pub async fn recv(&mut self) -> Option<Chunk> {
        let chunk = self.receiver.recv().await;
        self.took(chunk)
    }

    fn took(&self, chunk: Option<Chunk>) -> Option<Chunk> {
        let length = chunk.as_ref().map_or(0, |chunk| chunk.bytes.len());
        self.gauge.bytes.fetch_sub(length, Ordering::Relaxed);
        self.gauge.drained.notify_waiters();
        chunk
    }
}

impl Drop for LogWatch {
    fn drop(&mut self) {
        self.receiver.close();
        self.gauge.drained.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
