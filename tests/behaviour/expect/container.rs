//! What must be seen of one container.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::{differs, regex};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct ContainerExpect {
    /// `waiting`, `running` or `terminated`.
    state: Option<String>,
    /// Of that state.
    reason: Option<String>,
    reason_one_of: Option<Vec<String>>,
    exit_code: Option<i64>,
    /// A number, or `>=` and a number.
    restart_count: Option<Value>,
    ready: Option<bool>,
    started: Option<bool>,
    /// A regular expression; the empty one wants no message.
    message: Option<String>,
    message_length: Option<usize>,
    last_reason: Option<String>,
    last_exit_code: Option<i64>,
    last_exit_code_one_of: Option<Vec<i64>>,
    image: Option<String>,
    /// For which reasons it must have waited at some time.
    waiting_reasons_seen: Vec<String>,
}

impl ContainerExpect {
    /// Returns what is not as it must be: `FIELD: …`.
    pub(super) fn differences(
        &self,
        status: &Value,
        waited: Option<&BTreeSet<String>>,
    ) -> Vec<String> {
        let (state, now) = current(&status["state"]);
        let last = &status["lastState"]["terminated"];
        let number = |what: &str, expected: Option<i64>, found: &Value| {
            let expected = expected.filter(|expected| found != expected)?;
            Some(format!("{what}: want {expected}, found {found}"))
        };
        let truth = |what: &str, expected: Option<bool>| {
            let found = &status[what];
            let expected = expected.filter(|expected| found != expected)?;
            Some(format!("{what}: want {expected}, found {found}"))
        };
        let one_of = |what: &str, expected: Option<Vec<Value>>, found: &Value| {
            let expected = expected.filter(|expected| !expected.contains(found))?;
            Some(format!("{what}: want one of {expected:?}, found {found}"))
        };
        let reasons =
            self.reason_one_of.as_ref().map(|list| list.iter().map(|r| r.as_str().into()));
        let codes =
            self.last_exit_code_one_of.as_ref().map(|list| list.iter().map(|c| (*c).into()));
        let unseen = self.waiting_reasons_seen.iter();
        let unseen = unseen.filter(|reason| !waited.is_some_and(|seen| seen.contains(*reason)));
        let found = [
            differs("state", self.state.as_deref(), &state.into()),
            differs("reason", self.reason.as_deref(), &now["reason"]),
            one_of("reason", reasons.map(Iterator::collect), &now["reason"]),
            number("exitCode", self.exit_code, &now["exitCode"]),
            self.restart_difference(&status["restartCount"]),
            truth("ready", self.ready),
            truth("started", self.started),
            self.message_difference(now["message"].as_str().unwrap_or_default()),
            differs("lastReason", self.last_reason.as_deref(), &last["reason"]),
            number("lastExitCode", self.last_exit_code, &last["exitCode"]),
            one_of("lastExitCode", codes.map(Iterator::collect), &last["exitCode"]),
            differs("image", self.image.as_deref(), &status["image"]),
        ];
        let unseen = unseen.map(|reason| format!("waitingReasonsSeen: never {reason}"));
        found.into_iter().flatten().chain(unseen).collect()
    }

    fn restart_difference(&self, found: &Value) -> Option<String> {
        let expected = self.restart_count.as_ref()?;
        let least = expected.as_str().and_then(|text| text.strip_prefix(">=")?.parse::<i64>().ok());
        let is_so = match least {
            Some(least) => found.as_i64().is_some_and(|found| found >= least),
            None => found == expected,
        };
        let expected = expected.as_str().map_or(expected.to_string(), str::to_owned);
        (!is_so).then(|| format!("restartCount: want {expected}, found {found}"))
    }

    fn message_difference(&self, found: &str) -> Option<String> {
        if let Some(length) = self.message_length.filter(|length| *length != found.len()) {
            return Some(format!("message: want {length} bytes, found {}", found.len()));
        }
        let pattern = self.message.as_deref()?;
        let is_so =
            if pattern.is_empty() { found.is_empty() } else { regex(pattern).is_match(found) };
        (!is_so).then(|| format!("message: want {pattern:?}, found {found:?}"))
    }
}

/// Returns the name of a state, and what is in it.
fn current(state: &Value) -> (&str, &Value) {
    let states = state.as_object().into_iter().flatten();
    let mut states = states.map(|(name, fields)| (name.as_str(), fields));
    states.next().unwrap_or(("none", &Value::Null))
}
