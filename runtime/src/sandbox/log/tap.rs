//! Whoever watches what the containers of a pod write, while they write it.
//!
//! What keeps a guest from outrunning its watcher is `ready`, which it awaits before the
//! next write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};

use super::OutputStream;
use crate::spec::ContainerName;

/// How many bytes may wait for a watcher before guests have to wait too.
pub(super) const TAP_BYTES_MAX: usize = 256 << 10;

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
/// The channel itself has no bound; its users keep to one (`ready`), exceeded by
/// one write of each container at most.
pub fn log_watch() -> (LogTap, LogWatch) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let gauge = Arc::new(Gauge::default());
    (LogTap { sender, gauge: gauge.clone() }, LogWatch { receiver, gauge })
}

impl LogTap {
    /// Sends a message of the host, in order with what the containers write.
    pub fn announce(&self, message: &str) {
        self.announce_on(OutputStream::Stderr, message);
    }

    /// Sends a message of the host to that stream, in order with what the containers write.
    pub fn announce_on(&self, stream: OutputStream, message: &str) {
        let bytes = Bytes::from(format!("{message}\n"));
        self.send(Chunk { container: None, stream, bytes });
    }

    pub(super) fn send(&self, chunk: Chunk) {
        self.gauge.bytes.fetch_add(chunk.bytes.len(), Ordering::Relaxed);
        // A watcher that has gone has no more interest in it.
        let _ = self.sender.send(chunk);
    }

    pub(super) fn is_ready(&self) -> bool {
        self.gauge.bytes.load(Ordering::Relaxed) < TAP_BYTES_MAX || self.sender.is_closed()
    }

    pub(super) async fn ready(&self) {
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
