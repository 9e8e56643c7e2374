//! The files that the log of one attempt is written to.
//!
//! - No file grows beyond its limit, and no more of them are there than the limit says, however
//!   fast they are written.
//! - A file is cut between entries.
//! - What the disk refuses is lost, whole entries of it; the next write tries again.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::archive::Archive;
use super::name::{self, Cut, FileKind, FileName};
use super::rotation::LogLimits;

/// The log of an attempt on disk, to be appended to.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    attempt: u32,
    limits: LogLimits,
    /// Where the next entry goes. None if it could not be written to, or reopened, the last time.
    current: Option<Current>,
    last_cut: Option<Cut>,
    archive: Archive,
    lock: PathBuf,
    /// Held locked until the end: whoever follows the log can tell that more may come.
    _locked: File,
}

#[derive(Debug)]
struct Current {
    file: File,
    size: u64,
}

impl LogFile {
    /// Opens the log `NUMBER.log` at its end. It is made if it is not there.
    pub(super) fn open(path: &Path, limits: LogLimits) -> io::Result<Self> {
        let name = path.file_name().and_then(|name| FileName::parse(name.to_str()?));
        let (Some(FileName { attempt, kind: FileKind::Current }), Some(directory)) =
            (name, path.parent())
        else {
            let message = "a log is named by the number of its attempt, as 0.log";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        };
        let lock = directory.join(FileName { attempt, kind: FileKind::Lock }.to_string());
        let locked = take_lock(&lock)?;
        let archive = Archive::new(directory, attempt, limits)?;
        let last_cut = name::list(directory)?.into_iter().rev().find_map(|name| match name.kind {
            FileKind::Rotated { cut, .. } if name.attempt == attempt => Some(cut),
            _ => None,
        });
        let current = Some(Current::open(path)?);
        let path = path.to_owned();
        Ok(Self { path, attempt, limits, current, last_cut, archive, lock, _locked: locked })
    }

    /// Writes whole entries. The time is that of the last of them.
    ///
    /// # Errors
    ///
    /// If the disk refuses some of them; these are lost.
    pub(super) fn append(&mut self, at: Timestamp, mut entries: &[u8]) -> io::Result<()> {
        while !entries.is_empty() {
            let size = self.current()?.size;
            let room = self.limits.file_bytes.saturating_sub(size);
            let fitting = fitting(entries, room, size == 0);
            if fitting == 0 {
                self.rotate(at)?;
                continue;
            }
            let (now, rest) = entries.split_at(fitting);
            if let Err(error) = self.current()?.write(now) {
                // Opened again next time: it may be another file by then, on a disk with space.
                self.current = None;
                return Err(error);
            }
            entries = rest;
        }
        Ok(())
    }

    /// Ends the log. Blocks until all is compressed that is to be; a mere drop does not wait.
    pub(super) fn close(mut self) {
        self.archive.finish();
    }

    fn current(&mut self) -> io::Result<&mut Current> {
        match &mut self.current {
            Some(current) => Ok(current),
            none => Ok(none.insert(Current::open(&self.path)?)),
        }
    }

    /// Begins a new file. It is made before the old one goes out of its way, so that a refusal
    /// leaves everything as it was.
    fn rotate(&mut self, at: Timestamp) -> io::Result<()> {
        let half_made = self.path.with_added_extension("tmp");
        let file = File::options().create(true).append(true).open(&half_made)?;
        let cut = Cut::after(self.last_cut.as_ref(), at);
        let rotated = FileName::rotated(self.attempt, cut.clone(), false).to_string();
        fs::rename(&self.path, self.path.with_file_name(rotated))?;
        self.last_cut = Some(cut);
        fs::rename(&half_made, &self.path)?;
        self.current = Some(Current { file, size: 0 });
        self.archive.keep_up()
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        // Removed while it is locked. Where it stays, it is nobody's.
        let _ = fs::remove_file(&self.lock);
    }
}

impl Current {
    /// Opens a file at its end. If that is within a line, which a crash may have cut off, the line
    /// is ended.
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::options().create(true).read(true).append(true).open(path)?;
        let mut size = file.metadata()?.len();
        let mut last = [b'\n'];
        if size > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        if last != [b'\n'] {
            file.write_all(b"\n")?;
            size += 1;
        }
        Ok(Self { file, size })
    }

    fn write(&mut self, entries: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(entries);
        match written {
            Ok(()) => self.size += entries.len() as u64,
            // An entry that was written in part is no entry. Where it has to stay, whoever opens
            // the file next ends its line.
            Err(_) => drop(self.file.set_len(self.size)),
        }
        written
    }
}

/// Returns how many bytes of whole entries fit; into an empty file the first does in any case.
fn fitting(entries: &[u8], room: u64, is_empty: bool) -> usize {
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    if entries.len() <= room {
        return entries.len();
    }
    let newline = |byte: &u8| *byte == b'\n';
    match entries[..room].iter().rposition(newline) {
        Some(last) => last + 1,
        None if is_empty => entries.iter().position(newline).map_or(entries.len(), |end| end + 1),
        None => 0,
    }
}

/// Makes a lock that is never seen unlocked under its name.
fn take_lock(path: &Path) -> io::Result<File> {
    if let Ok(of_another) = File::open(path) {
        // Left by a process that was killed, or held by one that writes the same log.
        of_another.try_lock_shared().map_err(io::Error::from)?;
    }
    let half_made = path.with_added_extension("tmp");
    let lock = File::create(&half_made)?;
    lock.try_lock().map_err(io::Error::from)?;
    fs::rename(half_made, path)?;
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits() {
        let check = |entries: &str, room, is_empty, expected| {
            assert_eq!(fitting(entries.as_bytes(), room, is_empty), expected, "{entries:?} {room}");
        };
        check("ab\ncd\n", 6, true, 6);
        check("ab\ncd\n", 5, true, 3);
        check("ab\ncd\n", 3, false, 3);
        check("ab\ncd\n", 2, false, 0);
        check("ab\ncd\n", 2, true, 3);
        check("ab\ncd\n", 0, false, 0);
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    const LIMITS: LogLimits = LogLimits { file_bytes: 10, files: 4 };

    #[test]
    fn full_files_are_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.log");
        let mut log = LogFile::open(&path, LIMITS).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        for second in 0..6 {
            log.append(at(second / 2), format!("entry {second}\n").as_bytes()).unwrap();
        }
        assert!(directory.path().join("0.lock").exists());
        log.close();
        assert_eq!(
            names(directory.path()),
            [
                "0.log",
                "0.log.19700101-000001-1.gz",
                "0.log.19700101-000002-1",
                "0.log.19700101-000002.gz",
            ]
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "entry 5\n");
    }

    #[test]
    fn what_a_killed_process_left_is_put_right() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.log");
        for (name, text) in [
            ("0.log", "torn"),
            ("0.lock", ""),
            ("0.log.29990101-000000", "kept\n"),
            ("0.log.19700101-000000.gz.tmp", "half"),
            ("0.log.tmp", ""),
            ("1.log.tmp", "of another attempt"),
        ] {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let mut log = LogFile::open(&path, LIMITS).unwrap();
        log.append(Timestamp::UNIX_EPOCH, b"next\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "torn\nnext\n");
        log.append(Timestamp::UNIX_EPOCH, b"last\n").unwrap();
        log.close();
        assert_eq!(
            names(directory.path()),
            ["0.log", "0.log.29990101-000000-1", "0.log.29990101-000000.gz", "1.log.tmp",]
        );
    }

    #[test]
    fn a_log_has_one_writer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.log");
        let log = LogFile::open(&path, LIMITS).unwrap();
        assert!(LogFile::open(&path, LIMITS).is_err());
        drop(log);
        LogFile::open(&path, LIMITS).unwrap();
        assert!(LogFile::open(&directory.path().join("log"), LIMITS).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_loses_entries_until_there_is_space() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("0.log");
        let mut log = LogFile::open(&path, LIMITS).unwrap();
        log.append(Timestamp::UNIX_EPOCH, b"kept\n").unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        log.current = None;
        for _ in 0..3 {
            log.append(Timestamp::UNIX_EPOCH, b"lost\n").unwrap_err();
        }
        fs::remove_file(&path).unwrap();
        log.append(Timestamp::UNIX_EPOCH, b"kept\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept\n");
    }
}
