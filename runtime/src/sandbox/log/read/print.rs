//! What is shown of an entry. Pure.

use std::ops::ControlFlow;

use bytes::Bytes;
use jiff::Timestamp;

use super::{LogChunk, LogOptions, Since};
use crate::sandbox::OutputStream;
use crate::sandbox::log::cri::Entry;

/// The longest piece that is handed on.
const CHUNK_BYTES_MAX: usize = 64 << 10;

/// Prints entries, in the manner of the kubelet.
#[derive(Debug, Default)]
pub(super) struct Print {
    since: Option<Timestamp>,
    timestamps: bool,
    stream: Option<OutputStream>,
    lines_left: Option<u64>,
    bytes_left: Option<u64>,
    /// Whether the last line that was printed is not at its end: then no time comes before the
    /// next part.
    is_within_line: bool,
    chunks: Vec<(OutputStream, Vec<u8>)>,
}

impl Print {
    pub(super) fn new(options: &LogOptions, now: Timestamp) -> Self {
        Self {
            since: options.since.map(|since| match since {
                Since::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
                Since::Time(time) => time,
            }),
            timestamps: options.timestamps,
            stream: options.stream,
            // While it is followed, what comes has no number.
            lines_left: options.tail_lines.filter(|_| !options.follow),
            bytes_left: options.limit_bytes,
            is_within_line: false,
            chunks: Vec::new(),
        }
    }

    /// Returns whether nothing more is wanted.
    pub(super) fn is_over(&self) -> bool {
        self.lines_left == Some(0) || self.bytes_left == Some(0)
    }

    /// Prints a line of the file, unless it is none. Breaks off when nothing more is wanted.
    pub(super) fn line(&mut self, line: &[u8], is_ended: bool) -> ControlFlow<()> {
        let entry = Entry::parse(line).filter(|_| !self.is_over());
        if let Some(entry) = entry {
            let is_wanted = self.stream.is_none_or(|stream| stream == entry.stream)
                && self.since.is_none_or(|since| entry.at >= since);
            if is_wanted {
                self.entry(entry, is_ended);
            }
            if let Some(left) = &mut self.lines_left {
                *left -= 1;
            }
        }
        if self.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn entry(&mut self, entry: Entry<'_>, is_ended: bool) {
        if self.timestamps && !self.is_within_line {
            self.put(entry.stream, format!("{:.9} ", entry.at).as_bytes());
        }
        self.put(entry.stream, entry.text);
        let ends = entry.is_full && is_ended;
        if ends {
            self.put(entry.stream, b"\n");
        }
        self.is_within_line = !ends && !entry.text.is_empty();
    }

    fn put(&mut self, stream: OutputStream, bytes: &[u8]) {
        let mut bytes = bytes;
        if let Some(left) = &mut self.bytes_left {
            let fitting = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
            bytes = &bytes[..fitting];
            *left -= fitting as u64;
        }
        match self.chunks.last_mut() {
            Some((last, chunk)) if *last == stream && chunk.len() < CHUNK_BYTES_MAX => {
                chunk.extend_from_slice(bytes);
            }
            _ if bytes.is_empty() => {}
            _ => self.chunks.push((stream, bytes.to_vec())),
        }
    }

    /// Takes what was printed.
    pub(super) fn take(&mut self) -> Vec<LogChunk> {
        let chunks = std::mem::take(&mut self.chunks).into_iter();
        chunks.map(|(stream, bytes)| LogChunk { stream, bytes: Bytes::from(bytes) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LOG: [&str; 7] = [
        "1970-01-01T00:00:01.5Z stdout F one",
        "1970-01-01T00:00:02Z stderr F two",
        "broken",
        "1970-01-01T00:00:03Z stdout P par",
        "1970-01-01T00:00:04Z stdout P ",
        "1970-01-01T00:00:05Z stdout F tial",
        "1970-01-01T00:00:06Z stdout F ",
    ];

    #[track_caller]
    fn check(options: &LogOptions, expected: &str) {
        let mut print = Print::new(options, Timestamp::from_second(8).unwrap());
        let _ = LOG.iter().try_for_each(|line| print.line(line.as_bytes(), true));
        let printed: Vec<u8> = print.take().into_iter().flat_map(|chunk| chunk.bytes).collect();
        assert_eq!(String::from_utf8(printed).unwrap(), expected, "{options:?}");
    }

    #[test]
    fn options() {
        let none = LogOptions::default;
        check(&none(), "one\ntwo\npartial\n\n");
        check(&LogOptions { stream: Some(OutputStream::Stderr), ..none() }, "two\n");
        let since = Some(Since::Ago(Duration::from_secs(3)));
        check(&LogOptions { since, ..none() }, "tial\n\n");
        let since = Some(Since::Time(Timestamp::from_second(2).unwrap()));
        check(&LogOptions { since, ..none() }, "two\npartial\n\n");
        let since = Some(Since::Ago(Duration::MAX));
        check(&LogOptions { since, ..none() }, "one\ntwo\npartial\n\n");
        check(&LogOptions { tail_lines: Some(3), ..none() }, "one\ntwo\npar");
        check(&LogOptions { tail_lines: Some(0), ..none() }, "");
        check(&LogOptions { limit_bytes: Some(9), ..none() }, "one\ntwo\np");
        check(&LogOptions { limit_bytes: Some(0), ..none() }, "");
    }

    #[test]
    fn the_time_comes_before_a_line_and_never_within() {
        check(
            &LogOptions { timestamps: true, ..LogOptions::default() },
            "1970-01-01T00:00:01.500000000Z one\n1970-01-01T00:00:02.000000000Z two\n\
             1970-01-01T00:00:03.000000000Z par1970-01-01T00:00:05.000000000Z tial\n\
             1970-01-01T00:00:06.000000000Z \n",
        );
    }
}
