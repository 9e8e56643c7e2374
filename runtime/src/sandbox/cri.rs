//! The log format of the Container Runtime Interface, as kubelet and kubectl read it.
//!
//! `<RFC 3339 time> <stdout|stderr> <F|P> <text>`, a line each. `F` ends a line of the container,
//! `P` is a part of one that was too long to wait for its end.

use std::fs::File;
use std::io::{self, Write};

use jiff::Timestamp;

use super::log::OutputStream;
use crate::clock;

/// The longest text of one entry, in bytes, as containerd's.
const TEXT_MAX: usize = 16 << 10;

/// Writes the log of one run. What is left of an unfinished line is written when it is dropped.
#[derive(Debug)]
pub(super) struct CriWriter<W: Write = File> {
    output: W,
    /// Begun lines, one for each stream.
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// The entries of one write, so that they reach the file in one piece.
    entries: Vec<u8>,
}

impl<W: Write> CriWriter<W> {
    pub(super) fn new(output: W) -> Self {
        Self { output, stdout: Vec::new(), stderr: Vec::new(), entries: Vec::new() }
    }

    pub(super) fn write(&mut self, stream: OutputStream, bytes: &[u8]) -> io::Result<()> {
        self.write_at(clock::wall(), stream, bytes)
    }

    fn write_at(&mut self, at: Timestamp, stream: OutputStream, bytes: &[u8]) -> io::Result<()> {
        let begun = match stream {
            OutputStream::Stdout => &mut self.stdout,
            OutputStream::Stderr => &mut self.stderr,
        };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (mut text, ends) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            while begun.len() + text.len() > TEXT_MAX {
                let (part, rest) = text.split_at(TEXT_MAX - begun.len());
                entry(&mut self.entries, at, stream, b'P', &[begun, part]);
                begun.clear();
                text = rest;
            }
            if ends {
                entry(&mut self.entries, at, stream, b'F', &[begun, text]);
                begun.clear();
            } else {
                begun.extend_from_slice(text);
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.output.write_all(&self.entries);
        self.entries.clear();
        self.entries.shrink_to(TEXT_MAX);
        result
    }
}

impl<W: Write> Drop for CriWriter<W> {
    fn drop(&mut self) {
        let at = clock::wall();
        for (stream, begun) in
            [(OutputStream::Stdout, &self.stdout), (OutputStream::Stderr, &self.stderr)]
        {
            if !begun.is_empty() {
                entry(&mut self.entries, at, stream, b'F', &[begun]);
            }
        }
        // The run is over: there is nobody left to tell.
        let _ = self.flush();
    }
}

fn entry(entries: &mut Vec<u8>, at: Timestamp, stream: OutputStream, tag: u8, texts: &[&[u8]]) {
    let stream = match stream {
        OutputStream::Stdout => "stdout",
        OutputStream::Stderr => "stderr",
    };
    // Writing to a vector does not fail.
    let _ = write!(entries, "{at} {stream} {} ", char::from(tag));
    texts.iter().for_each(|text| entries.extend_from_slice(text));
    entries.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(writes: &[(OutputStream, &str)], expected: &str) {
        let mut output = Vec::new();
        let mut writer = CriWriter::new(&mut output);
        for (stream, text) in writes {
            writer.write_at(Timestamp::UNIX_EPOCH, *stream, text.as_bytes()).unwrap();
        }
        assert_eq!(String::from_utf8(writer.output.to_vec()).unwrap(), expected);
    }

    #[test]
    fn entries() {
        use OutputStream::{Stderr, Stdout};
        check(&[(Stdout, "")], "");
        check(&[(Stdout, "a\n")], "1970-01-01T00:00:00Z stdout F a\n");
        check(&[(Stdout, "\n")], "1970-01-01T00:00:00Z stdout F \n");
        check(&[(Stdout, "a")], "");
        check(
            &[(Stdout, "one "), (Stderr, "oops\n"), (Stdout, "two\nthree")],
            "1970-01-01T00:00:00Z stderr F oops\n1970-01-01T00:00:00Z stdout F one two\n",
        );
    }

    #[test]
    fn long_lines_come_in_parts() {
        let line = "x".repeat(TEXT_MAX);
        check(
            &[(OutputStream::Stdout, &format!("{line}{line}y\n"))],
            &format!(
                "1970-01-01T00:00:00Z stdout P {line}\n1970-01-01T00:00:00Z stdout P {line}\n\
                 1970-01-01T00:00:00Z stdout F y\n"
            ),
        );
        check(
            &[(OutputStream::Stdout, &line), (OutputStream::Stdout, "\n")],
            &format!("1970-01-01T00:00:00Z stdout F {line}\n"),
        );
    }

    #[test]
    fn an_unfinished_line_is_written_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut writer = CriWriter::new(File::create(&path).unwrap());
        writer.write(OutputStream::Stderr, b"no newline").unwrap();
        drop(writer);
        let log = std::fs::read_to_string(path).unwrap();
        assert!(log.ends_with(" stderr F no newline\n"), "{log}");
    }
}
