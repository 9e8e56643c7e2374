//! The names of the files in the log directory of a container, as the kubelet's.
//!
//! ```text
//! 0.log                          what an attempt writes now
//! 0.log.20260102-030405          a part of it that was full (UTC)
//! 0.log.20260102-030405-1        another of the same second
//! 0.log.20260102-030300.gz       an older one
//! 0.lock                         held locked as long as the attempt writes
//! 0.log.20260102-030405.gz.tmp   half made; of a process that was killed, if it stays
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::Path;

use jiff::Timestamp;

/// A file of a container's log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileName {
    /// The attempt that it belongs to.
    pub(super) attempt: u32,
    pub(super) kind: FileKind,
}

/// What a file of a log is. Parts are in the order of their writing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileKind {
    /// Full.
    Rotated { cut: Cut, is_gzipped: bool },
    /// Being written.
    Current,
    /// Says whether the attempt still writes.
    Lock,
    /// Not to be read.
    HalfMade,
}

/// Where a log was cut: later cuts are greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cut {
    /// `YYYYMMDD-HHMMSS`
    second: String,
    /// Counts the cuts of one second.
    nth: u32,
}

impl FileName {
    /// Returns the name of a file that was rotated.
    pub(super) fn rotated(attempt: u32, cut: Cut, is_gzipped: bool) -> Self {
        Self { attempt, kind: FileKind::Rotated { cut, is_gzipped } }
    }

    /// Reads a name. None if it is no file of a log.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (number, rest) = name.split_once('.')?;
        let attempt = parse_number(number)?;
        let kind = match rest {
            "lock" => FileKind::Lock,
            "log" => FileKind::Current,
            _ if rest.ends_with(".tmp") => FileKind::HalfMade,
            _ => {
                let cut = rest.strip_prefix("log.")?;
                let plain = cut.strip_suffix(".gz");
                let is_gzipped = plain.is_some();
                FileKind::Rotated { cut: Cut::parse(plain.unwrap_or(cut))?, is_gzipped }
            }
        };
        Some(Self { attempt, kind })
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempt = self.attempt;
        match &self.kind {
            FileKind::Current => write!(f, "{attempt}.log"),
            FileKind::Lock => write!(f, "{attempt}.lock"),
            FileKind::HalfMade => write!(f, "{attempt}.tmp"),
            FileKind::Rotated { cut, is_gzipped } => {
                write!(f, "{attempt}.log.{}", cut.second)?;
                if cut.nth > 0 {
                    write!(f, "-{}", cut.nth)?;
                }
                f.write_str(if *is_gzipped { ".gz" } else { "" })
            }
        }
    }
}

impl Cut {
    /// Returns a cut of this time that is later than the last one, also if the clock was put back.
    pub(super) fn after(last: Option<&Self>, at: Timestamp) -> Self {
        let cut = Self { second: at.strftime("%Y%m%d-%H%M%S").to_string(), nth: 0 };
        match last {
            Some(last) if last.second >= cut.second => {
                Self { second: last.second.clone(), nth: last.nth.saturating_add(1) }
            }
            _ => cut,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (second, nth) = text.split_at_checked("YYYYMMDD-HHMMSS".len())?;
        let (day, time) = second.split_once('-')?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if day.len() != 8 || !is_number(day) || !is_number(time) {
            return None;
        }
        let nth = match nth {
            "" => 0,
            _ => parse_number(nth.strip_prefix('-')?)?,
        };
        Some(Self { second: second.to_owned(), nth })
    }
}

/// Reads a number as we write it: no sign, no zeros before it.
fn parse_number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Returns the files of logs that are in a directory, those to be read in their order.
pub(super) fn list(directory: &Path) -> io::Result<BTreeSet<FileName>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(directory)? {
        names.extend(entry?.file_name().to_str().and_then(FileName::parse));
    }
    Ok(names)
}

/// Removes the logs of the attempts before that one.
///
/// # Errors
///
/// If one of the files cannot be removed.
pub fn remove_attempts_before(directory: &Path, attempt: u32) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        let parsed = name.to_str().and_then(FileName::parse);
        if parsed.is_some_and(|name| name.attempt < attempt) {
            remove(&directory.join(name))?;
        }
    }
    Ok(())
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "0.log",
            "17.log",
            "0.lock",
            "0.log.20260102-030405",
            "0.log.20260102-030405-12",
            "3.log.20260102-030405.gz",
            "3.log.20260102-030405-1.gz",
        ] {
            assert_eq!(FileName::parse(name).unwrap().to_string(), name);
        }
        for name in ["0.log.20260102-030405.gz.tmp", "0.lock.tmp", "0.log.tmp"] {
            assert_eq!(FileName::parse(name).unwrap().kind, FileKind::HalfMade, "{name}");
        }
        for name in [
            "",
            "log",
            "0",
            ".log",
            "00.log",
            "+1.log",
            "-1.log",
            "x.log",
            "0.log.",
            "0.log.gz",
            "0.log.2026010203-0405",
            "0.log.20260102-03040x",
            "0.log.20260102-030405-",
            "0.log.é",
            "0.log.20260102-030405-01",
            "0.log.20260102-030405.xz",
            "99999999999.log",
            "0.log.20260102-03040é",
        ] {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn parts_are_in_their_order() {
        let sorted = [
            "0.log.20260102-030405.gz",
            "0.log.20260102-030405-9",
            "0.log.20260102-030405-10",
            "0.log.20260102-030406",
            "0.log",
            "1.log",
        ];
        let names: BTreeSet<_> =
            sorted.iter().rev().filter_map(|name| FileName::parse(name)).collect();
        assert_eq!(names.iter().map(ToString::to_string).collect::<Vec<_>>(), sorted);
    }

    #[test]
    fn cuts_grow_whatever_the_clock_does() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let mut last = None;
        for (seconds, expected) in [
            (5, "19700101-000005"),
            (5, "19700101-000005-1"),
            (3, "19700101-000005-2"),
            (7, "19700101-000007"),
        ] {
            let cut = Cut::after(last.as_ref(), at(seconds));
            assert!(last.is_none_or(|last| last < cut));
            let name = FileName::rotated(0, cut.clone(), false);
            assert_eq!(name.to_string(), format!("0.log.{expected}"));
            last = Some(cut);
        }
    }
}
