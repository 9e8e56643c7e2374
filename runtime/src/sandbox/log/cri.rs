//! The log format of the Container Runtime Interface, as kubelet and kubectl read it.
//!
//! `<RFC 3339 time> <stdout|stderr> <F|P> <text>`, a line each. `F` ends a line of the container,
//! `P` is a part of one that was too long to wait for its end, or that never came to it.

use std::io::Write as _;

use jiff::Timestamp;

use super::OutputStream;

/// The longest text of one entry, in bytes, as containerd's.
pub(super) const TEXT_MAX: usize = 16 << 10;

/// Makes entries of what a container writes. Holds no more than one begun line of each stream.
#[derive(Debug, Default)]
pub(super) struct CriEncoder {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl CriEncoder {
    /// Adds the entries to `entries` that this piece of output completes.
    pub(super) fn encode(
        &mut self,
        at: Timestamp,
        stream: OutputStream,
        bytes: &[u8],
        entries: &mut Vec<u8>,
    ) {
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
                entry(entries, at, stream, b'P', &[begun, part]);
                begun.clear();
                text = rest;
            }
            if ends {
                entry(entries, at, stream, b'F', &[begun, text]);
                begun.clear();
            } else {
                begun.extend_from_slice(text);
            }
        }
    }

    /// Adds what is left of unfinished lines, at the end of a run.
    pub(super) fn finish(&mut self, at: Timestamp, entries: &mut Vec<u8>) {
        use OutputStream::{Stderr, Stdout};
        for (stream, begun) in [(Stdout, &mut self.stdout), (Stderr, &mut self.stderr)] {
            if !begun.is_empty() {
                entry(entries, at, stream, b'P', &[begun]);
                begun.clear();
            }
        }
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

/// One line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) at: Timestamp,
    pub(super) stream: OutputStream,
    /// Whether the container's line ends here.
    pub(super) is_full: bool,
    pub(super) text: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Reads a line, without its end. None if it is none of the format: then something else wrote
    /// it, or it was cut off.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let mut fields = line.splitn(4, |byte| *byte == b' ');
        let mut field = || fields.next();
        let at = std::str::from_utf8(field()?).ok()?.parse().ok()?;
        let stream = match field()? {
            b"stdout" => OutputStream::Stdout,
            b"stderr" => OutputStream::Stderr,
            _ => return None,
        };
        // There may be more tags one day, with colons between them; this is the first.
        let is_full = match field()?.split(|byte| *byte == b':').next()? {
            b"F" => true,
            b"P" => false,
            _ => return None,
        };
        Some(Self { at, stream, is_full, text: field()? })
    }
}

#[cfg(test)]
mod tests {
    use super::OutputStream::{Stderr, Stdout};
    use super::*;

    fn check(writes: &[(OutputStream, &str)], expected: &str) {
        let mut entries = Vec::new();
        let mut encoder = CriEncoder::default();
        for (stream, text) in writes {
            encoder.encode(Timestamp::UNIX_EPOCH, *stream, text.as_bytes(), &mut entries);
        }
        entries.extend_from_slice(b"end\n");
        encoder.finish(Timestamp::UNIX_EPOCH, &mut entries);
        assert_eq!(String::from_utf8(entries).unwrap(), expected);
    }

    #[test]
    fn entries() {
        check(&[(Stdout, "")], "end\n");
        check(&[(Stdout, "a\n")], "1970-01-01T00:00:00Z stdout F a\nend\n");
        check(&[(Stdout, "\n")], "1970-01-01T00:00:00Z stdout F \nend\n");
        check(&[(Stdout, "a")], "end\n1970-01-01T00:00:00Z stdout P a\n");
        check(
            &[(Stdout, "one "), (Stderr, "oops\n"), (Stdout, "two\nthree")],
            "1970-01-01T00:00:00Z stderr F oops\n1970-01-01T00:00:00Z stdout F one two\nend\n\
             1970-01-01T00:00:00Z stdout P three\n",
        );
    }

    #[test]
    fn long_lines_come_in_parts() {
        let line = "x".repeat(TEXT_MAX);
        check(
            &[(Stdout, &format!("{line}{line}y\n"))],
            &format!(
                "1970-01-01T00:00:00Z stdout P {line}\n1970-01-01T00:00:00Z stdout P {line}\n\
                 1970-01-01T00:00:00Z stdout F y\nend\n"
            ),
        );
        check(
            &[(Stdout, &line), (Stdout, "\n")],
            &format!("1970-01-01T00:00:00Z stdout F {line}\nend\n"),
        );
    }

    #[test]
    fn lines_of_a_file() {
        let check = |line: &str, expected: Option<(OutputStream, bool, &str)>| {
            let entry = Entry::parse(line.as_bytes());
            let seen = entry.map(|entry| (entry.stream, entry.is_full, entry.text));
            let expected = expected.map(|(stream, full, text)| (stream, full, text.as_bytes()));
            assert_eq!(seen, expected, "{line:?}");
        };
        check("2026-01-02T03:04:05.6Z stdout F a b  c", Some((Stdout, true, "a b  c")));
        check("2026-01-02T03:04:05.123456789+02:00 stderr P ", Some((Stderr, false, "")));
        check("2026-01-02T03:04:05Z stdout P:X a", Some((Stdout, false, "a")));
        for broken in [
            "",
            "text",
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05Z stdout F",
            "2026-01-02T03:04:05Z stdin F a",
            "2026-01-02T03:04:05Z stdout Q a",
            "yesterday stdout F a",
            "\u{fffd} stdout F a",
        ] {
            check(broken, None);
        }
        assert_eq!(Entry::parse(b"\xff stdout F a"), None);
    }
}
