//! What there is to say about a pod that runs, in order with what its containers write.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

use crate::lifecycle::{Notice, NoticeKind};
use crate::pod::PUBLISHED;
use crate::sandbox::LogTap;

/// Says what happens. Of a bare program only what went wrong: its output is not ours to add to.
pub(super) struct Teller {
    tap: LogTap,
    is_bare: bool,
    verbose: bool,
    ends: Ends,
}

impl Teller {
    pub(super) fn new(tap: LogTap, is_bare: bool, verbose: bool) -> Self {
        Self { tap, is_bare, verbose, ends: Ends::default() }
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
    pub(super) fn tell(&self, notice: &Notice) {
        if self.is_bare {
            if notice.kind == NoticeKind::Warning {
                let message = notice.message.strip_prefix("Error: ").unwrap_or(&notice.message);
                self.tap.announce(&format!("error: {message}"));
            } else if notice.reason == PUBLISHED {
                self.say(&notice.message);
            }
            return;
        }
        let is_worth_it = notice.kind == NoticeKind::Warning
            || matches!(notice.reason, "Pulling" | "DeadlineExceeded" | PUBLISHED);
        if is_worth_it || self.verbose {
            let about = notice.container.as_ref().map(|name| format!("{name}: "));
            let about = about.unwrap_or_default();
            self.say(&format!("{about}{}: {}", notice.reason, notice.message));
        }
    }

    /// Says which containers have ended since it was last asked.
    pub(super) fn tell_ends(&mut self, status: &PodStatus) {
        if !self.is_bare {
            let ends = self.ends.news(status);
            ends.iter().for_each(|end| self.say(end));
        }
    }
}

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
        if !self.0.insert((status.name.clone(), run)) {
            return None;
        }
        let reason = ended.reason.as_deref().unwrap_or("Error");
        let message = ended.message.as_deref().and_then(|text| text.lines().next());
        let message = message.map(|text| format!(": {text}")).unwrap_or_default();
        Some(format!("{}: exited with {} ({reason}){message}", status.name, ended.exit_code))
    }
}
