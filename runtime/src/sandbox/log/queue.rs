//! Between the guests and the disk: what they write waits here until a thread has written it.
//!
//! ```text
//! guest ── write ──► waiting pieces ── drain, on a blocking thread ──► entries ──► LogFile
//! ```
//!
//! - A slow disk holds up the guests that write to it, by [`Queue::ready`], and nobody else.
//! - Order is kept: one drain at a time, begun by the first piece that finds none.
//! - Nothing is lost but with the whole process, or by a disk that refuses: [`Queue::close`] waits,
//!   and dropping the last owner writes what is left.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, mem};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::cri::CriEncoder;
use super::file::LogFile;
use super::{LogLimits, OutputStream};
use crate::clock;

/// How many bytes may wait for the disk before guests have to wait too.
pub(super) const QUEUE_BYTES_MAX: usize = 256 << 10;

/// How many bytes of entries are put together before they are written.
const WRITE_BYTES: usize = 64 << 10;

/// The way to the log file of one attempt.
#[derive(Debug)]
pub(super) struct Queue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where drains run. Without a runtime, whoever writes waits for the disk.
    runtime: Option<Handle>,
    /// Held for a moment, by writers and the drain.
    waiting: Mutex<Waiting>,
    /// Tells of each end of a batch.
    drained: Notify,
    /// Held by the drain while it writes to the disk. None once closed.
    writer: Mutex<Option<LogWriter>>,
}

#[derive(Debug, Default)]
struct Waiting {
    pieces: Vec<Piece>,
    bytes: usize,
    is_draining: bool,
}

#[derive(Debug)]
struct Piece {
    at: Timestamp,
    stream: OutputStream,
    bytes: Bytes,
}

impl Queue {
    /// Opens the log file.
    pub(super) fn open(path: &Path, limits: LogLimits) -> io::Result<Self> {
        let file = LogFile::open(path, limits)?;
        let writer = LogWriter {
            encoder: CriEncoder::default(),
            entries: Vec::new(),
            file,
            path: path.to_owned(),
            refused: false,
        };
        Ok(Self(Arc::new(Inner {
            runtime: Handle::try_current().ok(),
            waiting: Mutex::default(),
            drained: Notify::new(),
            writer: Mutex::new(Some(writer)),
        })))
    }

    /// Takes a piece of output. Never waits for the disk.
    pub(super) fn push(&self, stream: OutputStream, bytes: Bytes) {
        let mut waiting = self.0.waiting();
        waiting.bytes += bytes.len() + size_of::<Piece>();
        waiting.pieces.push(Piece { at: clock::wall(), stream, bytes });
        if mem::replace(&mut waiting.is_draining, true) {
            return;
        }
        drop(waiting);
        let inner = Arc::clone(&self.0);
        match &self.0.runtime {
            // A runtime that goes down drops it; then the last owner writes what is left.
            Some(runtime) => drop(runtime.spawn_blocking(move || inner.drain())),
            None => inner.drain(),
        }
    }

    /// Returns whether a piece is welcome now.
    pub(super) fn is_ready(&self) -> bool {
        self.0.waiting().bytes < QUEUE_BYTES_MAX
    }

    /// Waits until a piece is welcome.
    pub(super) async fn ready(&self) {
        self.until(|waiting| waiting.bytes < QUEUE_BYTES_MAX).await;
    }

    /// Ends the log: waits until everything is written, unfinished lines too, and compressed.
    /// What comes later is not kept.
    pub(super) async fn close(&self) {
        self.until(|waiting| !waiting.is_draining).await;
        let inner = Arc::clone(&self.0);
        let finish = move || {
            let writer = inner.writer().take();
            writer.into_iter().for_each(LogWriter::close);
        };
        match &self.0.runtime {
            // A panic there was printed there.
            Some(runtime) => drop(runtime.spawn_blocking(finish).await),
            None => finish(),
        }
    }

    async fn until(&self, condition: impl Fn(&Waiting) -> bool) {
        loop {
            let drained = self.0.drained.notified();
            if condition(&self.0.waiting()) {
                return;
            }
            drained.await;
        }
    }
}

impl Inner {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Option<LogWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until nothing waits.
    fn drain(&self) {
        loop {
            let pieces = {
                let mut waiting = self.waiting();
                waiting.bytes = 0;
                waiting.is_draining = !waiting.pieces.is_empty();
                mem::take(&mut waiting.pieces)
            };
            let is_done = pieces.is_empty();
            if let Some(writer) = self.writer().as_mut() {
                writer.write(pieces);
            }
            self.drained.notify_waiters();
            if is_done {
                return;
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever drained has gone, and whoever wrote.
        let pieces = mem::take(&mut self.waiting().pieces);
        if let Some(mut writer) = self.writer().take() {
            writer.write(pieces);
            writer.finish();
        }
    }
}

/// Writes pieces as entries, and says when the disk refuses some.
#[derive(Debug)]
struct LogWriter {
    encoder: CriEncoder,
    /// Those that were not written yet, within a write; empty between.
    entries: Vec<u8>,
    file: LogFile,
    path: PathBuf,
    /// Whether the disk refused the last ones. That is said once.
    refused: bool,
}

impl LogWriter {
    fn write(&mut self, pieces: Vec<Piece>) {
        let Some(last) = pieces.last().map(|piece| piece.at) else { return };
        for Piece { at, stream, bytes } in pieces {
            // However short its lines are, what is written here is bounded by what comes in.
            for bytes in bytes.chunks(WRITE_BYTES) {
                self.encoder.encode(at, stream, bytes, &mut self.entries);
                if self.entries.len() >= WRITE_BYTES {
                    self.flush(at);
                }
            }
        }
        self.flush(last);
    }

    fn finish(&mut self) {
        let at = clock::wall();
        self.encoder.finish(at, &mut self.entries);
        self.flush(at);
    }

    fn close(mut self) {
        self.finish();
        self.file.close();
    }

    fn flush(&mut self, at: Timestamp) {
        let path = self.path.display();
        match self.file.append(at, &self.entries) {
            Ok(()) if mem::take(&mut self.refused) => {
                tracing::warn!(%path, "the container's log can be written again");
            }
            Err(error) if !mem::replace(&mut self.refused, true) => {
                tracing::warn!(%path, %error, "cannot write the container's log; what follows is not kept until it can be written again");
            }
            Ok(()) | Err(_) => {}
        }
        self.entries.clear();
        self.entries.shrink_to(2 * WRITE_BYTES);
    }
}
