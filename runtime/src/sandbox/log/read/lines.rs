//! Cuts what is read into lines.

use std::io::{self, Read};

/// The longest line that is looked at. Entries are far shorter; what is longer was written by
/// something else, and is dropped.
const LINE_MAX: usize = 1 << 20;

/// How much is read at a time.
const READ_BYTES: usize = 64 << 10;

/// What was read and not yet taken.
#[derive(Debug, Default)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Whether what is read now belongs to a line that is dropped.
    is_dropping: bool,
}

impl Lines {
    /// Reads more. Returns whether there was more.
    pub(super) fn fill(&mut self, source: &mut impl Read) -> io::Result<bool> {
        self.buffer.drain(..self.start);
        self.start = 0;
        if self.buffer.len() > LINE_MAX {
            self.buffer.clear();
            self.is_dropping = true;
        }
        let read = source.take(READ_BYTES as u64).read_to_end(&mut self.buffer)?;
        Ok(read > 0)
    }

    /// Returns the next whole line, without its end.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        loop {
            let line = self.start;
            let length = self.buffer[line..].iter().position(|byte| *byte == b'\n')?;
            self.start = line + length + 1;
            if !std::mem::take(&mut self.is_dropping) {
                return Some(&self.buffer[line..line + length]);
            }
        }
    }

    /// Takes what is left at the end of a file: a line without its end.
    pub(super) fn take_rest(&mut self) -> Option<Vec<u8>> {
        let rest = self.buffer.split_off(self.start);
        let rest = (!self.is_dropping && !rest.is_empty()).then_some(rest);
        *self = Self::default();
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_what_is_left() {
        let mut lines = Lines::default();
        assert!(lines.fill(&mut &b"a\n\nb"[..]).unwrap());
        assert_eq!(lines.next(), Some(&b"a"[..]));
        assert_eq!(lines.next(), Some(&b""[..]));
        assert_eq!(lines.next(), None);
        assert!(lines.fill(&mut &b"c\nd"[..]).unwrap());
        assert_eq!(lines.next(), Some(&b"bc"[..]));
        assert_eq!(lines.take_rest(), Some(b"d".to_vec()));
        assert_eq!(lines.take_rest(), None);
        assert!(!lines.fill(&mut &b""[..]).unwrap());
    }

    #[test]
    fn a_line_without_end_is_dropped_and_takes_no_memory() {
        let mut lines = Lines::default();
        let mut source = io::repeat(b'x').take(10 << 20).chain(&b"\nnext\n"[..]);
        let mut found = Vec::new();
        while lines.fill(&mut source).unwrap() {
            assert!(lines.buffer.capacity() < 4 * LINE_MAX);
            while let Some(line) = lines.next() {
                found.push(line.to_vec());
            }
        }
        assert_eq!(found, [b"next"]);
    }
}
