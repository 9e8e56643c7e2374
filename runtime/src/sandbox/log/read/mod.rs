//! Reads the log of an attempt back, as the kubelet does for `kubectl logs`.
//!
//! ```text
//! segments ──► lines ──► entries ──► print ──► LogChunk
//!    ▲  files in the order of their writing      what the container wrote
//!    └── changes: wakes up whoever follows
//! ```
//!
//! - The files are opened together, at first: rotation and compression go on behind a reader's back
//!   and take nothing from it.
//! - What is no entry, e.g. a line that a crash cut off, is skipped.
//! - Reading is done on blocking threads, in steps of bounded size; a reader that waits holds none.

mod changes;
mod cursor;
mod lines;
mod print;
mod segment;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::task::JoinHandle;

use self::changes::Changes;
use self::cursor::{Cursor, Step};
use super::OutputStream;
use super::name::{self, FileKind};
use crate::clock;

/// What of a log is wanted, and how: the options of `core/v1 PodLogOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Goes on with what is written later, until the container has ended.
    pub follow: bool,
    /// Takes the attempt before the last one.
    pub previous: bool,
    /// Leaves out what is older.
    pub since: Option<Since>,
    /// Puts the time before every line.
    pub timestamps: bool,
    /// Takes so many lines from the end. Of an overlong line, each part in the file counts.
    pub tail_lines: Option<u64>,
    /// Ends after so many bytes, also within a line.
    pub limit_bytes: Option<u64>,
    /// Takes one stream only.
    pub stream: Option<OutputStream>,
}

/// Since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Before now.
    Ago(Duration),
    /// By the clock.
    Time(Timestamp),
}

/// Why a log cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LogReadError {
    /// The container has not been started yet, or is none.
    #[error("there is no log in {}", .0.display())]
    NoLog(PathBuf),
    /// The container was not started before its last start, or that log was removed.
    #[error("there is no log of a previous run in {}", .0.display())]
    NoPreviousLog(PathBuf),
    /// Kubernetes refuses this too.
    #[error("`tailLines` and specific `stream` are mutually exclusive for now")]
    TailOfOneStream,
    /// A file of the log cannot be read.
    #[error("cannot read the log in {}: {source}", directory.display())]
    Io {
        /// The directory of the container's logs.
        directory: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A piece of a container's output, as it wrote it; with timestamps if that was wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChunk {
    /// Where the container wrote it to.
    pub stream: OutputStream,
    /// Not cut at lines.
    pub bytes: Bytes,
}

/// Reads the log of one attempt, from its beginning to its end.
#[derive(Debug)]
pub struct LogReader {
    directory: PathBuf,
    ready: VecDeque<LogChunk>,
    state: State,
    /// None if nobody follows.
    changes: Option<Changes>,
}

#[derive(Debug)]
enum State {
    /// There may be more to read.
    Idle(Box<Cursor>),
    /// A thread reads. It outlives a [`LogReader::next`] that is dropped.
    Reading(JoinHandle<(Box<Cursor>, io::Result<Step>)>),
    /// All was read that is there yet.
    CaughtUp(Box<Cursor>),
    /// There is nothing more to come, or an error was returned.
    Over,
}

impl LogReader {
    /// Opens the log of a container, given the directory of its logs. To be called within a tokio
    /// runtime.
    ///
    /// # Errors
    ///
    /// If there is no such log, the options contradict each other, or a file cannot be read.
    pub async fn open(directory: &Path, options: &LogOptions) -> Result<Self, LogReadError> {
        if options.tail_lines.is_some() && options.stream.is_some() {
            return Err(LogReadError::TailOfOneStream);
        }
        let attempt = attempt(directory, options.previous)?;
        // Before the files are opened, so that no change is missed.
        let changes = options.follow.then(|| Changes::watch(directory));
        let (place, options) = (directory.to_owned(), options.clone());
        let now = clock::wall();
        let open = move || Cursor::open(&place, attempt, &options, now);
        let cursor = tokio::task::spawn_blocking(open).await.unwrap_or_else(|e| Err(e.into()));
        let cursor = cursor
            .map_err(|source| LogReadError::Io { directory: directory.to_owned(), source })?;
        let state = State::Idle(Box::new(cursor));
        Ok(Self { directory: directory.to_owned(), ready: VecDeque::new(), state, changes })
    }

    /// Returns the next piece, or none at the end. May be called again after it was cancelled.
    ///
    /// # Errors
    ///
    /// If a file cannot be read. That is the end, too.
    pub async fn next(&mut self) -> Result<Option<LogChunk>, LogReadError> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Ok(Some(chunk));
            }
            if let State::Reading(thread) = &mut self.state {
                let read = thread.await;
                self.came_back(
                    read.unwrap_or_else(|error| (Box::default(), Err(io::Error::from(error)))),
                )?;
                continue;
            }
            if let (State::CaughtUp(_), Some(changes)) = (&self.state, &mut self.changes) {
                changes.next().await;
            }
            match std::mem::replace(&mut self.state, State::Over) {
                State::Idle(mut cursor) | State::CaughtUp(mut cursor) => {
                    self.state = State::Reading(tokio::task::spawn_blocking(move || {
                        let step = cursor.read();
                        (cursor, step)
                    }));
                }
                State::Reading(_) | State::Over => return Ok(None),
            }
        }
    }

    fn came_back(
        &mut self,
        (cursor, step): (Box<Cursor>, io::Result<Step>),
    ) -> Result<(), LogReadError> {
        self.state = State::Over;
        let Step { chunks, next } =
            step.map_err(|source| LogReadError::Io { directory: self.directory.clone(), source })?;
        self.ready.extend(chunks);
        self.state = match next {
            cursor::Next::Read => State::Idle(cursor),
            cursor::Next::Wait => State::CaughtUp(cursor),
            cursor::Next::End => State::Over,
        };
        Ok(())
    }
}

/// Returns the end of the log `NUMBER.log`: no more than so many lines, and of these no more than so
/// many bytes. Blocks.
///
/// # Errors
///
/// If it cannot be read.
pub fn log_tail(path: &Path, lines_max: u64, bytes_max: usize) -> io::Result<String> {
    let name = path.file_name().and_then(|name| name::FileName::parse(name.to_str()?));
    let (Some(name), Some(directory)) = (name, path.parent()) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let options = LogOptions { tail_lines: Some(lines_max), ..LogOptions::default() };
    let mut cursor = Cursor::open(directory, name.attempt, &options, Timestamp::UNIX_EPOCH)?;
    let mut tail = Vec::new();
    loop {
        let Step { chunks, next } = cursor.read()?;
        for chunk in chunks {
            tail.extend_from_slice(&chunk.bytes);
            tail.drain(..tail.len().saturating_sub(bytes_max));
        }
        if next != cursor::Next::Read {
            return Ok(String::from_utf8_lossy(&tail).into_owned());
        }
    }
}

/// Returns which attempt is meant.
fn attempt(directory: &Path, previous: bool) -> Result<u32, LogReadError> {
    let names = match name::list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Default::default()),
        result => result,
    };
    let names =
        names.map_err(|source| LogReadError::Io { directory: directory.to_owned(), source })?;
    let mut attempts = names
        .iter()
        .filter(|name| matches!(name.kind, FileKind::Current | FileKind::Rotated { .. }))
        .map(|name| name.attempt)
        .rev();
    let no_log = || LogReadError::NoLog(directory.to_owned());
    let last = attempts.next().ok_or_else(no_log)?;
    if !previous {
        return Ok(last);
    }
    let no_previous = || LogReadError::NoPreviousLog(directory.to_owned());
    attempts.find(|attempt| *attempt < last).ok_or_else(no_previous)
}

#[cfg(test)]
mod tests;
