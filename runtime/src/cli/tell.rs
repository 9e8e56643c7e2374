//! What there is to say about a pod that runs, in order with what its containers write.
//!
//! What is told again and again, as that a probe fails, is said the first time, the tenth, the
//! hundredth, and how often it was in the end.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

use crate::clock::{self, Clock};
use crate::lifecycle::{Notice, NoticeKind, NoticeLog, Now, Told, age};
use crate::pod::PUBLISHED;
use crate::sandbox::LogTap;

/// Says what happens. Of a bare program only what went wrong: its output is not ours to add to.
pub(super) struct Teller {
    tap: LogTap,
    is_bare: bool,
    verbose: bool,
    ends: Ends,
    clock: Clock,
    log: NoticeLog,
}

impl Teller {
    pub(super) fn new(tap: LogTap, is_bare: bool, verbose: bool) -> Self {
        let (ends, clock, log) = (Ends::default(), Clock::start(), NoticeLog::default());
        Self { tap, is_bare, verbose, ends, clock, log }
    }

    /// Says something as it is.
    pub(super) fn say_all(&self, message: &str) {
        self.tap.announce(message);
    }

    /// Says that the pod is being stopped.
    pub(super) fn stopping(&self) {
        if !self.is_bare {
            self.say("stopping; Ctrl-C again to kill");
        }
    }

    fn say(&self, message: &str) {
        self.tap.announce(&format!("wasmpod: {message}"));
    }

    /// Says what the pod's worker has to say, if it is worth it.
    pub(super) fn tell(&mut self, notice: &Notice) {
        if self.is_bare {
            if notice.kind == NoticeKind::Warning {
                let message = notice.message.strip_prefix("Error: ").unwrap_or(&notice.message);
                self.tap.announce(&format!("error: {message}"));
            } else if notice.reason == PUBLISHED {
                self.say(&notice.message);
            }
            return;
        }
        let now = Now { monotonic: self.clock.monotonic(), wall: clock::wall() };
        let told = self.log.record(notice, now).clone();
        let is_worth_it = told.is_warning()
            || is_end_for_cause(notice)
            || matches!(notice.reason, "Pulling" | "DeadlineExceeded" | PUBLISHED);
        if self.verbose {
            self.say(&line(notice, None));
        } else if is_worth_it && is_round(told.count) {
            self.say(&line(&told.notice, Some(&told)));
        }
    }

    /// Says how often there were warnings that were told less often than they came.
    pub(super) fn tell_counts(&self) {
        let is_untold = |told: &&Told| told.is_warning() && !is_round(told.count);
        if !self.verbose {
            let untold = self.log.all().filter(is_untold);
            untold.for_each(|told| self.say(&line(&told.notice, Some(told))));
        }
    }

    /// Returns what became visible of all that was told.
    pub(super) fn events(&self) -> impl Iterator<Item = &Told> {
        self.log.visible()
    }

    /// Says which containers have ended since it was last asked.
    pub(super) fn tell_ends(&mut self, status: &PodStatus) {
        if !self.is_bare {
            let ends = self.ends.news(status);
            ends.iter().for_each(|end| self.say(end));
        }
    }
}

/// Returns whether a container is ended while its pod goes on: what else would say why?
fn is_end_for_cause(notice: &Notice) -> bool {
    notice.reason == "Killing" && !notice.message.starts_with("Stopping container")
}

/// Returns whether a count is one at which it is said: 1, 10, 100 and so on.
fn is_round(count: u32) -> bool {
    count == 10_u32.pow(count.max(1).ilog10())
}

/// Returns a notice as a line, with how often it was told if that was more than once.
fn line(notice: &Notice, told: Option<&Told>) -> String {
    let about = notice.container.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    let message = notice.message_line();
    let times = match told {
        Some(Told { count, first, last, .. }) if *count > 1 => {
            format!(" (x{count} over {})", age(*first, *last))
        }
        _ => String::new(),
    };
    format!("{about}{}: {message}{times}", notice.reason)
}

/// The reason of a container that nobody knows the end of.
const UNKNOWN: &str = "ContainerStatusUnknown";
/// The reason of a container that was removed so that all can be started again.
const REMOVED: &str = "RestartingAllContainers";

/// Which ends of containers were told already.
#[derive(Default)]
struct Ends(BTreeSet<(String, i32)>);

impl Ends {
    /// Returns what to tell of the ends that are new in this status.
    fn news(&mut self, status: &PodStatus) -> Vec<String> {
        let init = status.init_container_statuses.iter().flatten();
        let statuses = init.chain(status.container_statuses.iter().flatten());
        statuses.filter_map(|status| self.news_of(status)).collect()
    }

    fn news_of(&mut self, status: &ContainerStatus) -> Option<String> {
        let current = status.state.as_ref()?.terminated.as_ref();
        let (ended, run) = match (current, &status.last_state) {
            // The summary has it.
            (Some(ended), _) if ended.exit_code == 0 => return None,
            (Some(ended), _) => (ended, status.restart_count),
            // It runs again, or waits to: its last run is the one before.
            (None, Some(last)) => {
                let is_running = status.state.as_ref().is_some_and(|s| s.running.is_some());
                (last.terminated.as_ref()?, status.restart_count - i32::from(is_running))
            }
            (None, None) => return None,
        };
        // It never ran, or was removed so that all could begin anew: neither is an end of its own.
        let is_none = ended.started_at.is_none() && ended.reason.as_deref() == Some(UNKNOWN)
            || ended.reason.as_deref() == Some(REMOVED);
        if is_none || !self.0.insert((status.name.clone(), run)) {
            return None;
        }
        let reason = ended.reason.as_deref().unwrap_or("Error");
        let message = ended.message.as_deref().and_then(|text| text.lines().next());
        let message = message.map(|text| format!(": {text}")).unwrap_or_default();
        Some(format!("{}: exited with {} ({reason}){message}", status.name, ended.exit_code))
    }
}

#[cfg(test)]
mod tests {
    use super::is_round;

    #[test]
    fn what_comes_again_and_again_is_said_now_and_then() {
        let said: Vec<_> = (0..=1000).filter(|count| is_round(*count)).collect();
        assert_eq!(said, [1, 10, 100, 1000]);
    }
}
