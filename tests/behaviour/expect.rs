//! What must be seen of a Pod, and what of it was not.

mod container;
mod events;
mod times;

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use self::container::ContainerExpect;
use self::events::EventExpect;
use self::times::{RestartTimes, earliest_and_latest};
use super::seen::{Seen, condition, container_status};

/// The containers of one list, by name.
type Containers = BTreeMap<String, ContainerExpect>;

/// What must be seen. What is not named may be anything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct Expect {
    phase: Option<String>,
    pod_reason: Option<String>,
    /// A text that the message contains.
    pod_message: Option<String>,
    containers: Containers,
    init: Containers,
    ephemeral: Containers,
    /// The status of conditions.
    conditions: BTreeMap<String, String>,
    /// The reason of conditions.
    cond_reason: BTreeMap<String, String>,
    /// Pairs of events of the timeline, the first before the second.
    order: Vec<(String, String)>,
    /// How many seconds are between two events at least.
    min_delay: Vec<(String, String, f64)>,
    /// How many seconds are between two events at most.
    max_delay: Vec<(String, String, f64)>,
    /// How long the only container waited for each of its restarts.
    restart_times: Option<RestartTimes>,
    /// How many seconds it took from the request until the Pod was over: `delete`, or `gone`.
    elapsed: BTreeMap<String, (f64, f64)>,
    events: Vec<EventExpect>,
    no_events: Vec<EventExpect>,
    /// What is found in the log of the last run of a container, by regular expression.
    log: BTreeMap<String, String>,
    log_not: BTreeMap<String, String>,
    previous_log: BTreeMap<String, String>,
    log_file: Option<LogFile>,
    /// What must be seen in the sample.
    during_termination: Option<Box<Self>>,
}

/// A file of a log: its path, with `<podlogs>` and `<uid>`, and what each of its lines matches.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LogFile {
    path: String,
    line_regex: String,
}

impl Expect {
    /// Returns what is not as it must be, a sentence for each.
    pub(super) fn differences(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = self.status_differences(&seen.status, seen);
        if let Some(expected) = &self.during_termination {
            match &seen.sampled {
                Some(status) => wrong.extend(expected.status_differences(status, seen)),
                None => wrong.push("there was no sample".to_owned()),
            }
        }
        wrong.extend(times::differences(
            &seen.timeline,
            &self.order,
            &self.min_delay,
            &self.max_delay,
        ));
        let restarts = self.restart_times.iter();
        wrong.extend(restarts.filter_map(|times| times.difference(&seen.timeline)));
        wrong.extend(self.elapsed.values().filter_map(|(min, max)| {
            earliest_and_latest(&seen.timeline, "delete", "gone", Some(*min), Some(*max))
        }));
        let event = |expected: &EventExpect| seen.notices.iter().any(|n| expected.matches(n));
        let missing = self.events.iter().filter(|expected| !event(expected));
        wrong.extend(missing.map(|expected| format!("no event {expected}")));
        let surplus = self.no_events.iter().filter(|expected| event(expected));
        wrong.extend(surplus.map(|expected| format!("an event {expected}")));
        wrong.extend(self.log_differences(seen));
        wrong
    }

    /// Returns whether a sample that was taken now would be as it must be.
    pub(super) fn is_sampled_well(&self, seen: &Seen) -> bool {
        let expected = self.during_termination.as_ref();
        expected.is_some_and(|expected| expected.status_differences(&seen.status, seen).is_empty())
    }

    fn status_differences(&self, status: &Value, seen: &Seen) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(differs("phase", self.phase.as_deref(), &status["phase"]));
        wrong.extend(differs("reason", self.pod_reason.as_deref(), &status["reason"]));
        if let Some(text) = &self.pod_message {
            let message = status["message"].as_str().unwrap_or_default();
            if !message.contains(text) {
                wrong.push(format!("message: no {text:?} in {message:?}"));
            }
        }
        for (kind, expected) in &self.conditions {
            let found = condition(status, kind).map_or(&Value::Null, |c| &c["status"]);
            wrong.extend(differs(&format!("condition {kind}"), Some(expected), found));
        }
        for (kind, expected) in &self.cond_reason {
            let found = condition(status, kind).map_or(&Value::Null, |c| &c["reason"]);
            wrong.extend(differs(&format!("reason of {kind}"), Some(expected), found));
        }
        for (name, expected) in self.containers.iter().chain(&self.init).chain(&self.ephemeral) {
            match container_status(status, name) {
                Some(container) => {
                    let waited = seen.waited.get(name);
                    let found = expected.differences(container, waited);
                    wrong.extend(found.into_iter().map(|found| format!("{name}.{found}")));
                }
                None => wrong.push(format!("{name}: there is none")),
            }
        }
        wrong
    }

    fn log_differences(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut check = |what: &str, name: &String, back, pattern: &String, want: bool| {
            let found = seen.log(name, back);
            match found.as_deref().map(|log| (regex(pattern).is_match(log), log)) {
                Some((found, _)) if found == want => {}
                Some((_, log)) if want => {
                    wrong.push(format!("{what} of {name}: no {pattern:?} in {log:?}"));
                }
                Some((_, log)) => {
                    wrong.push(format!("{what} of {name}: {pattern:?} is in {log:?}"))
                }
                None => wrong.push(format!("{what} of {name}: there is none")),
            }
        };
        self.log.iter().for_each(|(name, pattern)| check("log", name, 0, pattern, true));
        self.log_not.iter().for_each(|(name, pattern)| check("log", name, 0, pattern, false));
        let previous = self.previous_log.iter();
        previous.for_each(|(name, pattern)| check("previous log", name, 1, pattern, true));
        wrong.extend(self.log_file.as_ref().and_then(|file| file.difference(seen)));
        wrong
    }
}

impl LogFile {
    fn difference(&self, seen: &Seen) -> Option<String> {
        let pods = seen.logs.parent()?.to_str()?;
        let own = seen.logs.file_name()?.to_str()?;
        let uid = own.rsplit('_').next()?;
        let path = self.path.replace("<podlogs>", pods).replace("<uid>", uid);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Some(format!("no file {path}"));
        };
        let pattern = regex(&self.line_regex);
        let wrong = text.lines().find(|line| !pattern.is_match(line));
        let is_empty = text.is_empty().then(|| format!("{path} is empty"));
        wrong.map(|line| format!("{path}: {line:?} is not as it must be")).or(is_empty)
    }
}

/// Returns how a text that is expected differs from what is there.
fn differs(what: &str, expected: Option<&str>, found: &Value) -> Option<String> {
    let expected = expected.filter(|expected| found != expected)?;
    Some(format!("{what}: want {expected:?}, found {found}"))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("{error}"))
}
