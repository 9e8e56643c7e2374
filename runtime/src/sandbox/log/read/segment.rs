//! The files of one attempt, in the order of their writing.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::sandbox::log::name::{self, Cut, FileKind, FileName};

/// How much is looked at at a time, from the end of a file.
const BLOCK_BYTES: u64 = 64 << 10;

/// How many bytes tell a file from all others: every entry begins with its time.
const HEAD_BYTES: u64 = 128;

/// How often the files are opened anew because they were rotated meanwhile.
const OPEN_TRIES: usize = 10;

/// A file of a log.
#[derive(Debug)]
pub(super) enum Segment {
    /// Being written, or not compressed yet.
    Plain(File),
    Gzipped(Box<MultiGzDecoder<BufReader<File>>>),
}

/// Files that were written one after the other.
#[derive(Debug, Default)]
pub(super) struct Segments {
    pub(super) files: VecDeque<Segment>,
    /// The last cut among them, or before them.
    pub(super) last_cut: Option<Cut>,
    /// Whether the last file comes after that cut: it is being written, or was when it was opened.
    pub(super) has_current: bool,
}

impl Segments {
    /// Opens the files of an attempt that were cut after `after`, and the one being written.
    ///
    /// They may be renamed meanwhile, and a directory that changes while it is listed shows a file
    /// twice or not at all. So a listing counts if a second one, made with the files open, knows of
    /// nothing between them. Where files come and go faster than that, what can be had is taken:
    /// files without a gap, and no current one.
    pub(super) fn open(directory: &Path, attempt: u32, after: Option<&Cut>) -> io::Result<Self> {
        let mut tries_left = OPEN_TRIES;
        loop {
            tries_left -= 1;
            let names = newer(directory, attempt, after)?;
            let cuts: Vec<_> = names.iter().filter_map(cut).collect();
            let (mut files, mut current) = (VecDeque::new(), None);
            for name in &names {
                match Segment::open(directory, name) {
                    // It was removed, or compressed.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Ok(segment) if cut(name).is_none() => current = Some(segment),
                    result => files.push_back(result?),
                }
            }
            let now = newer(directory, attempt, after)?;
            let is_whole = files.len() == cuts.len()
                && now
                    .iter()
                    .filter_map(cut)
                    .all(|cut| cuts.contains(&cut) || Some(&cut) > cuts.last());
            // Else it was begun after a file that is not among these.
            let current =
                current.filter(|_| now.iter().rev().find_map(cut) == cuts.last().copied());
            let has_current = current.is_some();
            if is_whole && has_current || tries_left == 0 {
                files.extend(current);
                let last_cut = cuts.last().copied().or(after).cloned();
                return Ok(Self { files, last_cut, has_current });
            }
        }
    }

    /// Makes the next read begin at the last `lines` lines.
    pub(super) fn seek_tail(&mut self, lines: u64) -> io::Result<()> {
        let mut left = lines;
        let mut before = Vec::from(std::mem::take(&mut self.files));
        while let Some(mut segment) = before.pop() {
            left -= segment.seek_tail(left)?;
            self.files.push_front(segment);
            if left == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// Returns the latest cut of an attempt.
pub(super) fn latest(directory: &Path, attempt: u32) -> io::Result<Option<Cut>> {
    Ok(newer(directory, attempt, None)?.iter().rev().find_map(cut).cloned())
}

fn cut(name: &FileName) -> Option<&Cut> {
    match &name.kind {
        FileKind::Rotated { cut, .. } => Some(cut),
        _ => None,
    }
}

/// Returns the files to be read, in their order, each once.
fn newer(directory: &Path, attempt: u32, after: Option<&Cut>) -> io::Result<Vec<FileName>> {
    let mut names = Vec::new();
    for name in name::list(directory)?.into_iter().filter(|name| name.attempt == attempt) {
        match &name.kind {
            // What is there in both forms is there twice.
            FileKind::Rotated { cut, .. } => {
                let is_newer = after.is_none_or(|after| cut > after);
                if is_newer && names.last().and_then(self::cut) != Some(cut) {
                    names.push(name);
                }
            }
            FileKind::Current => names.push(name),
            FileKind::Lock | FileKind::HalfMade => {}
        }
    }
    Ok(names)
}

impl Segment {
    fn open(directory: &Path, name: &FileName) -> io::Result<Self> {
        let file = File::open(directory.join(name.to_string()))?;
        Ok(match name.kind {
            FileKind::Rotated { is_gzipped: true, .. } => Self::gzipped(file),
            _ => Self::Plain(file),
        })
    }

    fn gzipped(file: File) -> Self {
        Self::Gzipped(Box::new(MultiGzDecoder::new(BufReader::new(file))))
    }

    /// Goes back to the beginning.
    fn rewind(&mut self) -> io::Result<()> {
        let file = match self {
            Self::Plain(file) => return file.rewind(),
            Self::Gzipped(decoder) => decoder.get_ref().get_ref(),
        };
        let mut file = file.try_clone()?;
        file.rewind()?;
        *self = Self::gzipped(file);
        Ok(())
    }

    /// Returns what tells it from others, and begins it anew.
    pub(super) fn head(&mut self) -> io::Result<Vec<u8>> {
        self.rewind()?;
        let mut head = Vec::new();
        self.take(HEAD_BYTES).read_to_end(&mut head)?;
        self.rewind()?;
        Ok(head)
    }

    /// Makes the next read begin at the last `lines` lines. Returns how many there are from there.
    fn seek_tail(&mut self, lines: u64) -> io::Result<u64> {
        if let Self::Plain(file) = self {
            return seek_tail(file, lines);
        }
        // It can be read from its beginning only: once for the lines, once for the place.
        let (there, _) = skip_lines(self, u64::MAX)?;
        self.rewind()?;
        let (skipped, bytes) = skip_lines(self, there.saturating_sub(lines))?;
        self.rewind()?;
        io::copy(&mut self.take(bytes), &mut io::sink())?;
        Ok(there - skipped)
    }
}

impl Read for Segment {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            // What is damaged has no more to say.
            Self::Gzipped(decoder) => decoder.read(buffer).or_else(|error| {
                tracing::debug!(%error, "a compressed log is damaged");
                Ok(0)
            }),
        }
    }
}

/// Looks for the ends of lines from the end of the file, in blocks. What follows the last of them is
/// a line too.
fn seek_tail(file: &mut File, lines: u64) -> io::Result<u64> {
    let size = file.seek(SeekFrom::End(0))?;
    if lines == 0 || size == 0 {
        return Ok(0);
    }
    let (mut found, mut end, mut block) = (0, size, Vec::new());
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        let newlines = block.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
        let beginnings = newlines.map(|(index, _)| start + index as u64 + 1);
        for beginning in beginnings.filter(|beginning| *beginning < size) {
            found += 1;
            if found == lines {
                file.seek(SeekFrom::Start(beginning))?;
                return Ok(lines);
            }
        }
        end = start;
    }
    file.rewind()?;
    Ok(found + 1)
}

/// Reads up to the end of so many lines, or to the end. Returns how many they were, in lines and in
/// bytes; it may have read more.
fn skip_lines(source: &mut impl Read, lines_max: u64) -> io::Result<(u64, u64)> {
    let (mut lines, mut bytes) = (0, 0);
    let mut buffer = vec![0; BLOCK_BYTES as usize];
    while lines < lines_max {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        let newlines = buffer[..read].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let ends: Vec<_> = newlines.map(|(index, _)| index as u64 + 1).collect();
        let wanted = usize::try_from(lines_max - lines).unwrap_or(usize::MAX);
        if let Some(end) = ends.get(wanted - 1) {
            return Ok((lines_max, bytes + end));
        }
        lines += ends.len() as u64;
        bytes += read as u64;
    }
    Ok((lines, bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn tails() {
        let long = "x".repeat(BLOCK_BYTES as usize);
        let check = |text: &str, lines: u64, expected: &str, found: u64| {
            let mut plain = tempfile::tempfile().unwrap();
            plain.write_all(text.as_bytes()).unwrap();
            let mut gzipped = GzEncoder::new(tempfile::tempfile().unwrap(), Compression::fast());
            gzipped.write_all(text.as_bytes()).unwrap();
            let mut gzipped = gzipped.finish().unwrap();
            gzipped.rewind().unwrap();
            for mut segment in [Segment::Plain(plain), Segment::gzipped(gzipped)] {
                let mut left = String::new();
                assert_eq!(segment.seek_tail(lines).unwrap(), found, "{lines} of {segment:?}");
                segment.read_to_string(&mut left).unwrap();
                assert!(left == expected, "{lines} of {segment:?}");
            }
        };
        check("a\nb\nc\n", 0, "", 0);
        check("a\nb\nc\n", 1, "c\n", 1);
        check("a\nb\nc\n", 2, "b\nc\n", 2);
        check("a\nb\nc\n", 3, "a\nb\nc\n", 3);
        check("a\nb\nc\n", u64::MAX, "a\nb\nc\n", 3);
        check("", 2, "", 0);
        check("\n\n", 1, "\n", 1);
        check(&format!("a\n{long}\n{long}\n"), 2, &format!("{long}\n{long}\n"), 2);
    }

    #[test]
    fn a_line_without_its_end_counts() {
        let mut plain = tempfile::tempfile().unwrap();
        plain.write_all(b"a\nb\nc").unwrap();
        let mut segment = Segment::Plain(plain);
        assert_eq!(segment.seek_tail(2).unwrap(), 2);
        let mut left = String::new();
        segment.read_to_string(&mut left).unwrap();
        assert_eq!(left, "b\nc");
    }
}
