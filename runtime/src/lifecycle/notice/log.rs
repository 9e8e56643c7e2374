//! What was told of a pod, counted and bounded: what a node keeps of it as Kubernetes Events.
//!
//! As the kubelet's (client-go: the event correlator): what is told again raises a count; the tenth
//! notice within ten minutes that differs in its message alone is told in one with those that
//! follow; and of all that is told of a pod, 25 at once and one in 300 seconds become visible.
//! What was not told for an hour is forgotten.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::{Notice, NoticeKind};
use crate::lifecycle::time::Now;

/// How many different messages are told one by one.
const SIMILAR_MAX: usize = 10;
/// How long notices count as similar to those before.
const SIMILAR_FOR: Duration = Duration::from_secs(600);
/// What a message begins with that stands for several.
const COMBINED: &str = "(combined from similar events): ";

/// How many notices become visible at once.
const BURST: u32 = 25;
/// How long it takes until one more does.
const REFILL: Duration = Duration::from_secs(300);

/// How long a notice is kept that is not told again.
const KEPT_FOR: Duration = Duration::from_secs(3600);
/// How many notices are kept.
const KEPT_MAX: usize = 256;
/// How long a message may be, in bytes: as the API has it for an Event's note.
const MESSAGE_MAX: usize = 1024;

/// A notice, and how often it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// As it was told last.
    pub notice: Notice,
    /// How often.
    pub count: u32,
    /// When it was told first. No two notices of a log have the same time.
    pub first: Timestamp,
    /// When it was told last.
    pub last: Timestamp,
}

/// What was told of one pod.
#[derive(Clone, Debug, Default)]
pub struct NoticeLog {
    /// In the order of their first time.
    entries: Vec<Entry>,
    groups: BTreeMap<(&'static str, &'static str), Group>,
    allowance: Allowance,
}

#[derive(Clone, Debug)]
struct Entry {
    told: Told,
    is_combined: bool,
    last: Duration,
    /// As it was when it last became visible.
    visible: Option<Told>,
}

impl NoticeLog {
    /// Adds a notice; returns what it amounts to with those before it.
    pub fn record(&mut self, notice: &Notice, now: Now) -> &Told {
        self.forget(now.monotonic);
        let mut notice = notice.clone();
        truncate(&mut notice.message);
        let group = self.groups.entry((notice.kind.as_str(), notice.reason)).or_default();
        let is_combined = group.is_full_with(&notice.message, now.monotonic);
        if is_combined {
            notice.message.insert_str(0, COMBINED);
            truncate(&mut notice.message);
        }
        let index = self.entries.iter().position(|entry| entry.is_of(&notice, is_combined));
        let index = index.unwrap_or_else(|| self.insert(&notice, is_combined, now));
        let entry = &mut self.entries[index];
        entry.told.notice = notice;
        entry.told.count = entry.told.count.saturating_add(1);
        entry.told.last = entry.told.first.max(now.wall);
        entry.last = now.monotonic;
        if self.allowance.take(now.monotonic) {
            entry.visible = Some(entry.told.clone());
        }
        &entry.told
    }

    /// Returns what is visible, in the order in which it was first told.
    pub fn visible(&self) -> impl Iterator<Item = &Told> {
        self.entries.iter().filter_map(|entry| entry.visible.as_ref())
    }

    /// Returns every notice that is kept, visible or not, in the order in which it was first told.
    pub fn all(&self) -> impl Iterator<Item = &Told> {
        self.entries.iter().map(|entry| &entry.told)
    }

    fn insert(&mut self, notice: &Notice, is_combined: bool, now: Now) -> usize {
        if self.entries.len() == KEPT_MAX {
            let oldest = self.entries.iter().enumerate().min_by_key(|(_, entry)| entry.last);
            let oldest = oldest.map(|(index, _)| index);
            oldest.into_iter().for_each(|index| drop(self.entries.remove(index)));
        }
        let after = |before: &Entry| before.told.first + Duration::from_nanos(1);
        let first = self.entries.last().map_or(now.wall, |before| after(before).max(now.wall));
        let told = Told { notice: notice.clone(), count: 0, first, last: first };
        self.entries.push(Entry { told, is_combined, last: now.monotonic, visible: None });
        self.entries.len() - 1
    }

    fn forget(&mut self, now: Duration) {
        self.entries.retain(|entry| now.saturating_sub(entry.last) <= KEPT_FOR);
        self.groups.retain(|_, group| now.saturating_sub(group.last) <= SIMILAR_FOR);
    }
}

impl Entry {
    fn is_of(&self, notice: &Notice, is_combined: bool) -> bool {
        let told = &self.told.notice;
        if is_combined || self.is_combined {
            // It stands for all that are like it.
            return is_combined == self.is_combined
                && (told.kind, told.reason) == (notice.kind, notice.reason);
        }
        told == notice
    }
}

/// Notices that differ in their messages.
#[derive(Clone, Debug, Default)]
struct Group {
    messages: BTreeSet<String>,
    last: Duration,
}

impl Group {
    /// Adds a message; returns whether there are too many of them.
    fn is_full_with(&mut self, message: &str, now: Duration) -> bool {
        self.last = now;
        self.messages.insert(message.to_owned());
        let is_full = self.messages.len() >= SIMILAR_MAX;
        if is_full {
            self.messages.remove(message);
        }
        is_full
    }
}

/// How many more notices may become visible.
#[derive(Clone, Copy, Debug, Default)]
struct Allowance {
    /// When all of it will be there again.
    full_at: Duration,
}

impl Allowance {
    fn take(&mut self, now: Duration) -> bool {
        let full_at = self.full_at.max(now);
        let is_left = full_at - now <= REFILL * (BURST - 1);
        if is_left {
            self.full_at = full_at + REFILL;
        }
        is_left
    }
}

impl Told {
    /// Returns whether it is cause for worry.
    pub fn is_warning(&self) -> bool {
        self.notice.kind == NoticeKind::Warning
    }
}

fn truncate(message: &mut String) {
    let end = (0..=MESSAGE_MAX.min(message.len())).rev().find(|end| message.is_char_boundary(*end));
    message.truncate(end.unwrap_or(0));
}
