//! An event that must be told of, or must not.

use std::fmt;

use serde::Deserialize;
use wasmpod::lifecycle::Notice;

use super::regex;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventExpect {
    #[serde(rename = "type")]
    kind: Option<String>,
    reason: String,
    /// A regular expression.
    message: Option<String>,
}

impl EventExpect {
    pub(super) fn matches(&self, notice: &Notice) -> bool {
        notice.reason == self.reason
            && self.kind.as_deref().is_none_or(|kind| kind == notice.kind.as_str())
            && self.message.as_deref().is_none_or(|text| regex(text).is_match(&notice.message))
    }
}

impl fmt::Display for EventExpect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, reason, message } = self;
        let (kind, message) = (kind.as_deref().unwrap_or_default(), message.as_deref());
        write!(f, "{kind} {reason} {}", message.unwrap_or_default())
    }
}
