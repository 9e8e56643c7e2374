//! What must come before what, and by how much.

use serde::Deserialize;
use tokio::time::Instant;

use crate::behaviour::recorder::Timeline;

/// How long the only container waits before each of its restarts, from the end of a run to the start
/// of the next.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestartTimes {
    approx_s_between: Vec<f64>,
    /// As `+25%/-5%`.
    tolerance: String,
    /// The container; `a` if it is not named.
    #[serde(default = "the_first")]
    container: String,
}

fn the_first() -> String {
    "a".to_owned()
}

/// How long what takes no time may take on a machine that does much else.
const AT_ONCE: f64 = 3.0;

impl RestartTimes {
    pub(super) fn difference(&self, timeline: &Timeline) -> Option<String> {
        let times = |verb: &str| timeline.times(&format!("{verb}:{}", self.container));
        let (ends, starts) = (times("exit"), times("start"));
        let waited = ends.iter().zip(starts.iter().skip(1));
        let waited: Vec<_> = waited.map(|(end, start)| seconds(*end, *start)).collect();
        let (more, less) = self.tolerances()?;
        let is_so = |(expected, found): (&f64, &f64)| {
            *found >= expected * (1.0 - less) && *found <= expected * (1.0 + more) + AT_ONCE
        };
        let expected = &self.approx_s_between;
        let all = waited.len() >= expected.len() && expected.iter().zip(&waited).all(is_so);
        (!all).then(|| format!("restarts: want about {expected:?} s between, found {waited:.1?}"))
    }

    /// Returns by which part more or less it may be.
    fn tolerances(&self) -> Option<(f64, f64)> {
        let (more, less) = self.tolerance.split_once('/')?;
        let part =
            |text: &str| Some(text.trim_matches(['+', '-', '%']).parse::<f64>().ok()? / 100.0);
        Some((part(more)?, part(less)?))
    }
}

/// Returns which events are not in order, or not as far from each other as they must be.
pub(super) fn differences(
    timeline: &Timeline,
    order: &[(String, String)],
    min_delay: &[(String, String, f64)],
    max_delay: &[(String, String, f64)],
) -> Vec<String> {
    let order = order.iter().filter_map(|(first, second)| {
        let is_so = match (timeline.time(first), timeline.time(second)) {
            (Some(first), Some(second)) => first <= second,
            _ => false,
        };
        (!is_so).then(|| format!("{first} is not before {second}"))
    });
    let least = min_delay
        .iter()
        .filter_map(|(from, to, min)| earliest_and_latest(timeline, from, to, Some(*min), None));
    let most = max_delay
        .iter()
        .filter_map(|(from, to, max)| earliest_and_latest(timeline, from, to, None, Some(*max)));
    order.chain(least).chain(most).collect()
}

/// Returns what is wrong with the time between two events, in seconds.
pub(super) fn earliest_and_latest(
    timeline: &Timeline,
    from: &str,
    to: &str,
    min: Option<f64>,
    max: Option<f64>,
) -> Option<String> {
    let (Some(begin), Some(end)) = (timeline.time(from), timeline.time(to)) else {
        return Some(format!("from {from} to {to}: they have not both happened"));
    };
    let found = seconds(begin, end);
    let is_so = min.is_none_or(|min| found >= min) && max.is_none_or(|max| found <= max);
    (!is_so).then(|| format!("from {from} to {to}: found {found:.2} s, want {min:?} to {max:?}"))
}

/// Negative if they are the other way round.
fn seconds(from: Instant, to: Instant) -> f64 {
    match to.checked_duration_since(from) {
        Some(later) => later.as_secs_f64(),
        None => -(from - to).as_secs_f64(),
    }
}
