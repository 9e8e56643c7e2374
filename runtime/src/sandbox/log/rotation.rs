//! How much of a log is kept, and in which form. Pure.

use std::collections::BTreeSet;

use super::name::{FileKind, FileName};

/// How much of the log of one attempt is kept. The defaults are the kubelet's
/// (`containerLogMaxSize`, `containerLogMaxFiles`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// How large one file may be. A single entry may exceed it.
    pub file_bytes: u64,
    /// How many files there may be, with the one being written; two at least, as of the kubelet.
    pub files: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { file_bytes: 10 << 20, files: 5 }
    }
}

/// What is to be done with the files of an attempt.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Upkeep {
    pub(super) remove: Vec<FileName>,
    /// To be compressed, the oldest first.
    pub(super) gzip: Vec<FileName>,
}

/// Decides what to do with the files of a directory that belong to an attempt: beside the one being
/// written, the newest are kept, and all of these but the very newest are compressed.
pub(super) fn upkeep(files: &BTreeSet<FileName>, attempt: u32, limits: LogLimits) -> Upkeep {
    let mut upkeep = Upkeep::default();
    let mut kept = BTreeSet::new();
    for name in files.iter().filter(|name| name.attempt == attempt).rev() {
        let FileKind::Rotated { cut, is_gzipped } = &name.kind else { continue };
        // A compressed file has its name only once it is whole.
        let is_doubled =
            !is_gzipped && files.contains(&FileName::rotated(attempt, cut.clone(), true));
        let is_newest = kept.is_empty();
        if is_doubled || !kept.contains(&cut) && kept.len() + 1 >= limits.files.max(2) {
            upkeep.remove.push(name.clone());
            continue;
        }
        kept.insert(cut);
        if !is_newest && !is_gzipped {
            upkeep.gzip.insert(0, name.clone());
        }
    }
    upkeep
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names by their second: `3`, `2.gz`.
    #[track_caller]
    fn check(files: usize, names: &[&str], remove: &[&str], gzip: &[&str]) {
        let full = |name: &&str| FileName::parse(&format!("0.log.20260102-03040{name}")).unwrap();
        let all = |names: &[&str]| names.iter().map(full).collect::<Vec<_>>();
        let mut there: BTreeSet<_> = all(names).into_iter().collect();
        for other in ["0.log", "0.lock", "0.log.x.tmp", "1.log.20260101-000000"] {
            there.insert(FileName::parse(other).unwrap());
        }
        let expected = Upkeep { remove: all(remove), gzip: all(gzip) };
        assert_eq!(upkeep(&there, 0, LogLimits { file_bytes: 1, files }), expected);
    }

    #[test]
    fn the_newest_are_kept_and_the_rest_compressed() {
        check(5, &[], &[], &[]);
        check(5, &["1"], &[], &[]);
        check(5, &["1", "2"], &[], &["1"]);
        check(5, &["1.gz", "2", "3", "4"], &[], &["2", "3"]);
        check(5, &["1.gz", "2.gz", "3", "4", "5"], &["1.gz"], &["3", "4"]);
        check(5, &["1", "2", "3", "4", "5", "6"], &["2", "1"], &["3", "4", "5"]);
        check(2, &["1", "2"], &["1"], &[]);
        check(0, &["1", "2"], &["1"], &[]);
    }

    #[test]
    fn what_a_killed_process_left_twice_is_kept_once() {
        check(5, &["1", "1.gz", "2"], &["1"], &[]);
        check(3, &["1", "1.gz", "2", "3"], &["1.gz", "1"], &["2"]);
    }
}
