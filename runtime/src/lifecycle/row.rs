//! A pod, and each of its containers, as a row of a table: what `kubectl get pod` shows.
//!
//! The word under STATUS is no field of a status: it is made from the phase, the reasons and the
//! containers (kubectl: `printPod`), and the most telling of them wins.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateTerminated, ContainerStatus, PodStatus,
};

use super::age::age;
use super::phase::Phase;
use crate::spec::{ContainerKind, ContainerName, Pod};

/// The cells that tell how a pod, or a container, fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// How many of its containers are ready, of how many; nothing for what is never ready.
    pub ready: String,
    /// How it fares, in a word.
    pub status: String,
    /// How often containers were started again, and when last.
    pub restarts: String,
}

/// Returns the cells of a pod. `is_deleted`: somebody wants it gone.
pub fn pod_row(pod: &Pod, status: &PodStatus, is_deleted: bool, now: Timestamp) -> Row {
    let phase = status.phase.as_deref().unwrap_or_default();
    let mut init = Initialisation::of(pod, status);
    let word = status.reason.as_deref().unwrap_or(phase).to_owned();
    let word = if has_condition(status, "PodScheduled", |c| {
        c.reason.as_deref() == Some("SchedulingGated")
    }) {
        "SchedulingGated".to_owned()
    } else {
        word
    };
    let is_initialized = has_condition(status, "Initialized", |c| c.status == "True");
    let (mut word, restarts) = match init.word.take() {
        Some(unfinished) if !is_initialized => (unfinished, init.restarts),
        unfinished => {
            let regular = Regular::of(status, unfinished.unwrap_or(word));
            init.ready += regular.ready;
            (regular.word, init.sidecar_restarts.and(regular.restarts))
        }
    };
    let is_terminal = [Phase::Succeeded, Phase::Failed].iter().any(|end| end.as_str() == phase);
    if is_deleted && !is_terminal {
        "Terminating".clone_into(&mut word);
    }
    let total = pod.spec.containers.len() + pod.spec.sidecars().count();
    Row { ready: format!("{}/{total}", init.ready), status: word, restarts: restarts.text(now) }
}

/// Returns the cells of a container.
pub fn container_row(kind: ContainerKind, status: &ContainerStatus, now: Timestamp) -> Row {
    let state = status.state.as_ref();
    let waiting = state.and_then(|state| state.waiting.as_ref());
    let ended = state.and_then(|state| state.terminated.as_ref());
    let word = match (waiting, ended) {
        (Some(waiting), _) => waiting.reason.clone().unwrap_or_else(|| "Waiting".to_owned()),
        (_, Some(ended)) => end_word(ended),
        (None, None) => "Running".to_owned(),
    };
    let is_asked = matches!(kind, ContainerKind::Regular | ContainerKind::Sidecar);
    Row {
        ready: if is_asked { format!("{}/1", u8::from(status.ready)) } else { String::new() },
        status: word,
        restarts: Restarts::of(status).text(now),
    }
}

fn has_condition(
    status: &PodStatus,
    kind: &str,
    holds: impl Fn(&k8s_openapi::api::core::v1::PodCondition) -> bool,
) -> bool {
    status.conditions.iter().flatten().any(|condition| condition.type_ == kind && holds(condition))
}

/// What the init containers tell, up to the first that has not finished.
struct Initialisation {
    /// Of that one; none if all have.
    word: Option<String>,
    /// How many sidecars are ready.
    ready: usize,
    restarts: Restarts,
    sidecar_restarts: Restarts,
}

impl Initialisation {
    fn of(pod: &Pod, status: &PodStatus) -> Self {
        let mut found = Self {
            word: None,
            ready: 0,
            restarts: Restarts::default(),
            sidecar_restarts: Restarts::default(),
        };
        let statuses = status.init_container_statuses.iter().flatten();
        for (index, status) in statuses.enumerate() {
            let name = ContainerName::new(&status.name);
            let is_sidecar = pod.spec.sidecars().any(|sidecar| sidecar.name == name);
            found.restarts = found.restarts.and(Restarts::of(status));
            if is_sidecar {
                found.sidecar_restarts = found.sidecar_restarts.and(Restarts::of(status));
            }
            let ended = status.state.as_ref().and_then(|state| state.terminated.as_ref());
            if ended.is_some_and(|ended| ended.exit_code == 0) {
                continue;
            }
            if is_sidecar && status.started == Some(true) {
                found.ready += usize::from(status.ready);
                continue;
            }
            let total = pod.spec.init_containers.len();
            let word = init_word(status.state.as_ref());
            found.word = Some(word.unwrap_or_else(|| format!("Init:{index}/{total}")));
            break;
        }
        found
    }
}

/// Returns what an init container that has not finished says of it, if it says more than that.
fn init_word(state: Option<&ContainerState>) -> Option<String> {
    let state = state?;
    if let Some(ended) = &state.terminated {
        return Some(format!("Init:{}", end_word(ended)));
    }
    let reason = state.waiting.as_ref()?.reason.as_deref()?;
    let is_news = !reason.is_empty() && reason != "PodInitializing";
    is_news.then(|| format!("Init:{reason}"))
}

/// What the regular containers tell.
struct Regular {
    word: String,
    ready: usize,
    restarts: Restarts,
}

impl Regular {
    /// `word`: what is told if none of them has more to say.
    fn of(status: &PodStatus, word: String) -> Self {
        let mut found = Self { word, ready: 0, restarts: Restarts::default() };
        let (mut is_running, mut failure) = (false, None);
        // The first of them has the last word.
        for status in status.container_statuses.iter().flatten().rev() {
            found.restarts = found.restarts.and(Restarts::of(status));
            let Some(state) = &status.state else { continue };
            let waiting = state.waiting.as_ref().and_then(|waiting| waiting.reason.as_deref());
            if let Some(reason) = waiting.filter(|reason| !reason.is_empty()) {
                reason.clone_into(&mut found.word);
            } else if let Some(ended) = &state.terminated {
                found.word = end_word(ended);
                if ended.exit_code != 0 {
                    failure = Some(found.word.clone());
                }
            } else if status.ready && state.running.is_some() {
                is_running = true;
                found.ready += 1;
            }
        }
        if found.word == "Completed" {
            let is_ready = has_condition(status, "Ready", |c| c.status == "True");
            match failure {
                _ if is_running && is_ready => "Running".clone_into(&mut found.word),
                Some(failure) => found.word = failure,
                None if is_running => "NotReady".clone_into(&mut found.word),
                None => {}
            }
        }
        found
    }
}

/// Returns how a run ended: its reason, or else by which signal or exit code.
fn end_word(ended: &ContainerStateTerminated) -> String {
    match (&ended.reason, ended.signal) {
        (Some(reason), _) if !reason.is_empty() => reason.clone(),
        (_, Some(signal)) if signal != 0 => format!("Signal:{signal}"),
        _ => format!("ExitCode:{}", ended.exit_code),
    }
}

/// How often containers were started again, and when the last run before ended.
#[derive(Clone, Copy, Default)]
struct Restarts {
    count: i64,
    last: Option<Timestamp>,
}

impl Restarts {
    fn of(status: &ContainerStatus) -> Self {
        let ended = status.last_state.as_ref().and_then(|state| state.terminated.as_ref());
        let last = ended.and_then(|ended| ended.finished_at.as_ref()).map(|time| time.0);
        Self { count: status.restart_count.into(), last }
    }

    fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, last: self.last.max(other.last) }
    }

    fn text(self, now: Timestamp) -> String {
        match self.last {
            Some(last) if self.count != 0 => format!("{} ({} ago)", self.count, age(last, now)),
            _ => self.count.to_string(),
        }
    }
}
