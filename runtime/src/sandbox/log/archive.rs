//! Removes and compresses the rotated files of an attempt.
//!
//! Removing is done at once, so that the disk is bounded however fast a guest writes. Compressing
//! has a thread of its own, one for each log at most: a log that is rotated faster than that is
//! compressed in part. A compressed file appears whole, and the one that it replaces goes then.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::name::{self, FileKind, FileName, remove};
use super::rotation::{LogLimits, Upkeep, upkeep};

/// The rotated files of one attempt.
#[derive(Debug)]
pub(super) struct Archive {
    place: Arc<Place>,
    compressing: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Place {
    directory: PathBuf,
    attempt: u32,
    limits: LogLimits,
    /// Held while files are removed or get their names, so that none comes back that was removed.
    changing: Mutex<()>,
}

impl Archive {
    /// Takes care of the files of an attempt. Removes what a killed process left half made.
    pub(super) fn new(directory: &Path, attempt: u32, limits: LogLimits) -> io::Result<Self> {
        for name in fs::read_dir(directory)? {
            let name = name?.file_name();
            let parsed = name.to_str().and_then(FileName::parse);
            if parsed.is_some_and(|name| name.kind == FileKind::HalfMade && name.attempt == attempt)
            {
                remove(&directory.join(name))?;
            }
        }
        let changing = Mutex::default();
        let place = Place { directory: directory.to_owned(), attempt, limits, changing };
        Ok(Self { place: Arc::new(place), compressing: None })
    }

    /// Removes what is too much, and has the rest compressed. To be called after a rotation.
    pub(super) fn keep_up(&mut self) -> io::Result<()> {
        let upkeep = self.place.prune()?;
        let is_idle = self.compressing.as_ref().is_none_or(JoinHandle::is_finished);
        if is_idle && !upkeep.gzip.is_empty() {
            let place = Arc::clone(&self.place);
            let thread = thread::Builder::new().name("gzip".to_owned());
            self.compressing = Some(thread.spawn(move || place.compress())?);
        }
        Ok(())
    }

    /// Waits until nothing is left to compress. Blocks.
    pub(super) fn finish(&mut self) {
        if let Some(thread) = self.compressing.take() {
            // A panic there was printed there.
            let _ = thread.join();
            self.place.compress();
        }
    }
}

impl Place {
    fn prune(&self) -> io::Result<Upkeep> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let upkeep = upkeep(&name::list(&self.directory)?, self.attempt, self.limits);
        for name in &upkeep.remove {
            remove(&self.path(name))?;
        }
        Ok(upkeep)
    }

    /// Compresses what there is, also what is rotated meanwhile. What cannot be compressed is as
    /// good as it was.
    fn compress(&self) {
        let next = || Ok::<_, io::Error>(self.prune()?.gzip.into_iter().next());
        let compress = || {
            while let Some(name) = next()? {
                self.compress_one(&name)?;
            }
            Ok::<_, io::Error>(())
        };
        if let Err(error) = compress() {
            tracing::warn!(path = %self.directory.display(), %error, "cannot compress a log");
        }
    }

    fn compress_one(&self, name: &FileName) -> io::Result<()> {
        let FileKind::Rotated { cut, .. } = &name.kind else { return Ok(()) };
        let plain = self.path(name);
        let gzipped = self.path(&FileName::rotated(self.attempt, cut.clone(), true));
        let half_made = gzipped.with_added_extension("tmp");
        let made = gzip(&plain, &half_made);
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have become too old meanwhile.
        if made.is_err() || !plain.exists() {
            remove(&half_made)?;
            return made.or_else(|error| if plain.exists() { Err(error) } else { Ok(()) });
        }
        fs::rename(half_made, gzipped)?;
        remove(&plain)
    }

    fn path(&self, name: &FileName) -> PathBuf {
        self.directory.join(name.to_string())
    }
}

fn gzip(from: &Path, to: &Path) -> io::Result<()> {
    let mut plain = File::open(from)?;
    let mut encoder = GzEncoder::new(File::create(to)?, Compression::fast());
    io::copy(&mut plain, &mut encoder)?;
    encoder.finish()?.sync_all()
}
