//! Garbage collection: removes what no name leads to and nobody uses, and, if the policy says so,
//! names that nobody uses.
//!
//! It has the store to itself while it decides and removes, so there is no pull that is half done and
//! no start that has found an image and not yet leased it. Names go first, then what they led to: a
//! kill in between leaves garbage, which the next collection finds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::ingest::{self, Ingest};
use super::remove::ignore_missing;
use super::rootfs::Unpacked;
use super::{ImageStore, NAME_ANNOTATION, StoreError};
use crate::image::digest::Digest;
use crate::image::manifest::{Descriptor, media_type};

/// Which names are removed, of those that nobody uses. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectPolicy {
    /// All of them.
    pub all: bool,
    /// Those that nobody has used since then.
    pub unused_since: Option<SystemTime>,
    /// As many as it takes to need no more than this, those first that were used the longest ago.
    pub keep_bytes: Option<u64>,
    /// Whether to say only what would be removed.
    pub dry_run: bool,
}

/// What a collection removed, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Names, sorted.
    pub names: Vec<String>,
    /// How many blobs.
    pub blobs: usize,
    /// How many unpacked file trees.
    pub trees: usize,
    /// What all of it took.
    pub freed_bytes: u64,
    /// What the images that are left take.
    pub kept_bytes: u64,
    /// The modules of the images that are left: their compiled code is needed.
    pub modules: BTreeSet<Digest>,
}

/// A name, or an entry without one, and what it leads to.
struct Candidate {
    entry: Descriptor,
    reached: BTreeSet<Digest>,
    last_use: SystemTime,
    is_leased: bool,
}

impl ImageStore {
    /// Whether nobody pulls, imports or looks for an image just now, so that a collection need not
    /// wait.
    pub fn is_idle(&self) -> bool {
        self.open_lock_of_users().map_or(true, |file| file.try_lock().is_ok())
    }

    /// Removes what nobody needs. Waits until nobody writes to the store.
    pub fn collect(&self, policy: &CollectPolicy) -> Result<Collected, StoreError> {
        if !self.layout.index().exists() && !self.layout.blobs().exists() {
            return Ok(Collected::default()); // nothing was ever stored
        }
        let users = self.open_lock_of_users()?;
        users
            .lock()
            .map_err(|error| StoreError::io("lock", &self.layout.root.join("users.lock"), error))?;
        if !policy.dry_run {
            self.layout.prepare()?;
        }
        let leased = self.leased()?;
        let candidates = self.candidates(&leased)?;
        let (gone, kept) = self.choose(candidates, policy);
        let mut needed: BTreeSet<Digest> =
            kept.into_iter().flat_map(|candidate| candidate.reached).collect();
        for manifest in &leased {
            self.reach(&Descriptor::new(media_type::MANIFEST, manifest.clone(), 0), &mut needed);
        }
        let mut collected = Collected { names: names(&gone), ..Collected::default() };
        collected.modules = self.modules(&needed);
        collected.kept_bytes = needed.iter().map(|digest| self.bytes_of(digest)).sum();
        if !policy.dry_run {
            self.remove_entries(
                &gone.into_iter().map(|candidate| candidate.entry).collect::<Vec<_>>(),
            )?;
        }
        let trees = self.sweep(&needed, &leased, policy.dry_run, &mut collected)?;
        drop(users);
        drop(trees); // takes its time, and nobody has to wait for it
        Ok(collected)
    }

    fn candidates(&self, leased: &BTreeSet<Digest>) -> Result<Vec<Candidate>, StoreError> {
        let entries = self.layout.read_index()?.manifests.into_iter();
        let candidates = entries.map(|entry| {
            let mut reached = BTreeSet::new();
            self.reach(&entry, &mut reached);
            let is_leased = reached.iter().any(|digest| leased.contains(digest));
            let last_use = self.last_use(&entry.digest, &reached);
            Candidate { entry, reached, last_use, is_leased }
        });
        Ok(candidates.collect())
    }

    /// Divides the names into those that go and those that stay.
    fn choose(
        &self,
        mut candidates: Vec<Candidate>,
        policy: &CollectPolicy,
    ) -> (Vec<Candidate>, Vec<Candidate>) {
        candidates.sort_by_key(|candidate| candidate.last_use);
        let mut needed_by = BTreeMap::<Digest, usize>::new();
        for digest in candidates.iter().flat_map(|candidate| &candidate.reached) {
            *needed_by.entry(digest.clone()).or_default() += 1;
        }
        let mut bytes: u64 = needed_by.keys().map(|digest| self.bytes_of(digest)).sum();
        candidates.into_iter().partition(|candidate| {
            let is_named = candidate.entry.annotations.contains_key(NAME_ANNOTATION);
            let is_old = policy.unused_since.is_some_and(|since| candidate.last_use < since);
            let is_over = policy.keep_bytes.is_some_and(|keep| bytes > keep);
            let goes = is_named && !candidate.is_leased && (policy.all || is_old || is_over);
            if goes {
                for digest in &candidate.reached {
                    let others = needed_by.get_mut(digest).expect("it was counted");
                    *others -= 1;
                    if *others == 0 {
                        bytes -= self.bytes_of(digest);
                    }
                }
            }
            goes
        })
    }

    /// Removes what is not needed. The trees that are returned go when they are dropped.
    fn sweep(
        &self,
        needed: &BTreeSet<Digest>,
        leased: &BTreeSet<Digest>,
        dry_run: bool,
        collected: &mut Collected,
    ) -> Result<Vec<Ingest>, StoreError> {
        for digest in self.layout.digests_in(&self.layout.blobs())? {
            if !needed.contains(&digest) {
                collected.blobs += 1;
                let path = self.layout.blob(&digest);
                collected.freed_bytes += fs::metadata(&path).map_or(0, |found| found.len());
                if !dry_run {
                    ignore_missing(&path, fs::remove_file(&path))?;
                }
            }
        }
        let mut trees = Vec::new();
        for digest in self.layout.digests_in(&self.layout.trees())? {
            if !needed.contains(&digest) {
                collected.trees += 1;
                collected.freed_bytes += bytes_below(&self.layout.rootfs(&digest));
                if !dry_run {
                    trees.push(ingest::discard_tree(&self.layout, &digest)?);
                }
            }
        }
        for digest in self.layout.digests_in(&self.layout.leases())? {
            if !dry_run && !needed.contains(&digest) && !leased.contains(&digest) {
                let path = self.layout.lease(&digest);
                ignore_missing(&path, fs::remove_file(&path))?;
            }
        }
        Ok(trees)
    }

    /// Returns what could be a module, of what images lead to: the layers, and the programs in trees.
    fn modules(&self, needed: &BTreeSet<Digest>) -> BTreeSet<Digest> {
        let trees = needed.iter().filter_map(|digest| Unpacked::read(&self.layout.rootfs(digest)));
        needed.iter().cloned().chain(trees.map(|tree| tree.module_digest().clone())).collect()
    }

    /// Returns what a digest takes as a blob and as a tree.
    fn bytes_of(&self, digest: &Digest) -> u64 {
        let blob = fs::metadata(self.layout.blob(digest)).map_or(0, |found| found.len());
        blob + bytes_below(&self.layout.rootfs(digest))
    }
}

fn names(candidates: &[Candidate]) -> Vec<String> {
    let names = candidates.iter().filter_map(|gone| gone.entry.annotations.get(NAME_ANNOTATION));
    let mut names: Vec<_> = names.cloned().collect();
    names.sort();
    names
}

/// Returns what the files of a tree take. What cannot be read counts nothing: this is told, and
/// decides no more than how much is removed.
fn bytes_below(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok()?; // of a link itself
            Some(if metadata.is_dir() { bytes_below(&entry.path()) } else { metadata.len() })
        })
        .sum()
}
