//! Where a reader stands in a log. Reads in steps; each blocks for one read of a file, about.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::lines::Lines;
use super::print::Print;
use super::segment::{self, Segments};
use super::{LogChunk, LogOptions};
use crate::sandbox::log::name::{FileKind, FileName};

/// A place in the log of an attempt.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    directory: PathBuf,
    attempt: u32,
    follow: bool,
    /// The first is being read.
    segments: Segments,
    lines: Lines,
    print: Print,
}

/// What came of a step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) chunks: Vec<LogChunk>,
    pub(super) next: Next,
}

/// How it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// There may be more.
    Read,
    /// There may be more when something changes.
    Wait,
    /// That was all.
    End,
}

impl Cursor {
    /// Opens a log at the place where reading begins.
    pub(super) fn open(
        directory: &Path,
        attempt: u32,
        options: &LogOptions,
        now: Timestamp,
    ) -> io::Result<Self> {
        let mut segments = Segments::open(directory, attempt, None)?;
        if let Some(lines) = options.tail_lines {
            segments.seek_tail(lines)?;
        }
        Ok(Self {
            directory: directory.to_owned(),
            attempt,
            follow: options.follow,
            segments,
            lines: Lines::default(),
            print: Print::new(options, now),
        })
    }

    /// Reads on.
    pub(super) fn read(&mut self) -> io::Result<Step> {
        let next = if self.print.is_over() { Next::End } else { self.step()? };
        Ok(Step { chunks: self.print.take(), next })
    }

    fn step(&mut self) -> io::Result<Next> {
        match self.read_some()? {
            ControlFlow::Break(()) => Ok(Next::End),
            ControlFlow::Continue(true) => Ok(Next::Read),
            ControlFlow::Continue(false) => self.at_end(),
        }
    }

    /// Prints what the first file has next. Returns whether there was something, unless nothing
    /// more is wanted.
    fn read_some(&mut self) -> io::Result<ControlFlow<(), bool>> {
        let Some(segment) = self.segments.files.front_mut() else {
            return Ok(ControlFlow::Continue(false));
        };
        let is_more = self.lines.fill(segment)?;
        while let Some(line) = self.lines.next() {
            if self.print.line(line, true).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(is_more))
    }

    /// Decides what comes after the end of a file.
    fn at_end(&mut self) -> io::Result<Next> {
        if self.segments.files.len() > 1 {
            self.leave_file();
            return Ok(Next::Read);
        }
        if self.follow {
            // Asked first: what was written before the end is then found below.
            let has_ended = self.has_ended();
            if !self.segments.has_current {
                return self.follow_gap(has_ended);
            }
            if segment::latest(&self.directory, self.attempt)? > self.segments.last_cut {
                return self.follow_rotation();
            }
            match self.read_some()? {
                ControlFlow::Break(()) => return Ok(Next::End),
                ControlFlow::Continue(true) => return Ok(Next::Read),
                ControlFlow::Continue(false) if !has_ended => return Ok(Next::Wait),
                ControlFlow::Continue(false) => {}
            }
        }
        self.leave_file();
        Ok(Next::End)
    }

    /// Goes on with the files that came while these were opened.
    fn follow_gap(&mut self, has_ended: bool) -> io::Result<Next> {
        self.leave_file();
        self.open_newer()?;
        Ok(match (self.segments.files.is_empty(), has_ended) {
            (false, _) => Next::Read,
            (true, false) => Next::Wait,
            (true, true) => Next::End,
        })
    }

    fn open_newer(&mut self) -> io::Result<()> {
        let last_cut = self.segments.last_cut.as_ref();
        self.segments = Segments::open(&self.directory, self.attempt, last_cut)?;
        Ok(())
    }

    /// Goes on with the files that were begun after this one.
    fn follow_rotation(&mut self) -> io::Result<Next> {
        // Nobody writes to it any more.
        loop {
            match self.read_some()? {
                ControlFlow::Break(()) => return Ok(Next::End),
                ControlFlow::Continue(true) => {}
                ControlFlow::Continue(false) => break,
            }
        }
        let head = match self.segments.files.front_mut() {
            Some(segment) => segment.head()?,
            None => Vec::new(),
        };
        self.leave_file();
        self.open_newer()?;
        // The oldest of them is this one under its new name, or was removed already.
        if let Some(first) = self.segments.files.front_mut()
            && first.head()? == head
        {
            self.segments.files.pop_front();
        }
        Ok(Next::Read)
    }

    /// Prints what is left of the first file, a line without its end.
    fn leave_file(&mut self) {
        if let Some(rest) = self.lines.take_rest() {
            let _ = self.print.line(&rest, false);
        }
        self.segments.files.pop_front();
    }

    /// Returns whether nobody writes the log any more.
    fn has_ended(&self) -> bool {
        let lock = FileName { attempt: self.attempt, kind: FileKind::Lock }.to_string();
        File::open(self.directory.join(lock)).map_or(true, |lock| lock.try_lock_shared().is_ok())
    }
}
