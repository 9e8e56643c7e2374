//! What has been seen of a Pod: its statuses, its notices, its logs, and when what happened.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use k8s_openapi::api::core::v1::PodStatus;
use serde_json::Value;
use wasmpod::lifecycle::Notice;

use super::recorder::Timeline;

/// The lists of a status that hold the statuses of containers.
pub(super) const LISTS: [&str; 3] =
    ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];

pub(super) struct Seen {
    /// The last status.
    pub(super) status: Value,
    /// The status in the middle of the termination, if the scenario asked for it.
    pub(super) sampled: Option<Value>,
    pub(super) notices: Vec<Notice>,
    /// With what is seen in statuses: `started:NAME`, `ready:NAME`, `unready:NAME`.
    pub(super) timeline: Timeline,
    /// The reasons for which each container has waited.
    pub(super) waited: BTreeMap<String, BTreeSet<String>>,
    /// The directory of the Pod's logs.
    pub(super) logs: PathBuf,
    /// How many statuses were seen.
    pub(super) changes: u64,
}

impl Seen {
    pub(super) fn new(timeline: Timeline, logs: PathBuf) -> Self {
        Self {
            status: Value::Null,
            sampled: None,
            notices: Vec::new(),
            timeline,
            waited: BTreeMap::new(),
            logs,
            changes: 0,
        }
    }

    /// Takes the next status, and notes what is new in it.
    pub(super) fn see(&mut self, status: &PodStatus) {
        let status = serde_json::to_value(status).unwrap();
        for container in LISTS.iter().flat_map(|list| items(&status, list)) {
            let name = container["name"].as_str().unwrap_or_default();
            let before = container_status(&self.status, name);
            let was = |field: &str| before.is_some_and(|before| before[field] == true);
            let is = |field: &str| container[field] == true;
            if is("started") && !was("started") {
                self.timeline.note(format!("started:{name}"));
            }
            if is("ready") != was("ready") {
                let verb = if is("ready") { "ready" } else { "unready" };
                self.timeline.note(format!("{verb}:{name}"));
            }
            if let Some(reason) = container["state"]["waiting"]["reason"].as_str() {
                let reasons = self.waited.entry(name.to_owned()).or_default();
                reasons.insert(reason.to_owned());
            }
        }
        self.changes += 1;
        self.status = status;
    }

    /// Returns what a container has written in its last run, or in the one before.
    pub(super) fn log(&self, container: &str, back: u64) -> Option<String> {
        let status = container_status(&self.status, container)?;
        let attempt = status["restartCount"].as_u64()?.checked_sub(back)?;
        let file = self.logs.join(container).join(format!("{attempt}.log"));
        Some(text(&std::fs::read_to_string(file).ok()?))
    }
}

/// Returns what a log in the format of the CRI holds: `TIME STREAM F|P TEXT`.
fn text(log: &str) -> String {
    let mut text = String::new();
    for line in log.lines() {
        let mut words = line.splitn(4, ' ').skip(2);
        let (tag, rest) = (words.next(), words.next());
        text += rest.unwrap_or_default();
        if tag == Some("F") {
            text.push('\n');
        }
    }
    text
}

pub(super) fn items<'a>(status: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    status[list].as_array().into_iter().flatten()
}

pub(super) fn container_status<'a>(status: &'a Value, name: &str) -> Option<&'a Value> {
    let mut all = LISTS.iter().flat_map(|list| items(status, list));
    all.find(|container| container["name"] == name)
}

pub(super) fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    items(status, "conditions").find(|condition| condition["type"] == kind)
}
