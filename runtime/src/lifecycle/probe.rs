//! When a container is asked by its probes, and what its answers amount to (kubelet: the prober's
//! worker).
//!
//! A probe is due every period from the container's start and its initial delay on; questions do
//! not queue. An answer counts once it was given often enough in a row. A startup or liveness probe
//! that has failed rests: its container is on its way out, and the next run has probes of its own.

use std::time::Duration;

use super::event::Answer;
use super::plan::{Action, Plan};
use super::state::Running;
use crate::spec::{Container, Probe};

/// Which of a container's probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Must succeed once before the others begin.
    Startup,
    /// Ends the container when it fails.
    Liveness,
    /// Says whether the container can serve.
    Readiness,
}

impl ProbeKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Startup, Self::Liveness, Self::Readiness];

    /// Returns the probe of that kind, if the container has one.
    pub fn of(self, container: &Container) -> Option<&Probe> {
        match self {
            Self::Startup => container.startup_probe.as_ref(),
            Self::Liveness => container.liveness_probe.as_ref(),
            Self::Readiness => container.readiness_probe.as_ref(),
        }
    }

    /// Returns Kubernetes' word, as it begins a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
            Self::Readiness => "Readiness",
        }
    }
}

/// The probes of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probes([Option<Series>; 3]);

/// Where one probe of a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Series {
    /// When it is due next.
    next_at: Duration,
    is_under_way: bool,
    /// Whether it has failed for good.
    rests: bool,
    /// The last answer, and how often it was given in a row.
    last: Option<(bool, u32)>,
    /// What its answers amount to.
    verdict: Option<bool>,
}

impl Probes {
    /// Returns the probes of a run that started at that time.
    pub(super) fn new(container: &Container, started: Duration) -> Self {
        Self(ProbeKind::ALL.map(|kind| {
            let delay = Duration::from_secs(kind.of(container)?.initial_delay_seconds.into());
            let verdict = match kind {
                ProbeKind::Startup => None,
                ProbeKind::Liveness => Some(true),
                ProbeKind::Readiness => Some(false),
            };
            let next_at = started + delay;
            Some(Series { next_at, is_under_way: false, rests: false, last: None, verdict })
        }))
    }

    fn series(&self, kind: ProbeKind) -> Option<&Series> {
        self.0[kind as usize].as_ref()
    }

    fn series_mut(&mut self, kind: ProbeKind) -> Option<&mut Series> {
        self.0[kind as usize].as_mut()
    }

    /// Returns whether the startup probe has succeeded, if there is one.
    pub(super) fn has_started(&self) -> bool {
        self.series(ProbeKind::Startup).is_none_or(|series| series.verdict == Some(true))
    }

    /// Returns whether the readiness probe says so, if there is one.
    pub(super) fn is_ready(&self) -> bool {
        self.series(ProbeKind::Readiness).is_none_or(|series| series.verdict == Some(true))
    }

    /// Returns which probe wants the container to end.
    pub(super) fn failed(&self) -> Option<ProbeKind> {
        let mut kinds = [ProbeKind::Liveness, ProbeKind::Startup].into_iter();
        kinds.find(|kind| self.series(*kind).is_some_and(|series| series.verdict == Some(false)))
    }

    /// Records that a probe is under way.
    pub(super) fn begin(&mut self, kind: ProbeKind, probe: &Probe, now: Duration) {
        let Some(series) = self.series_mut(kind) else { return };
        series.is_under_way = true;
        series.next_at = next_tick(series.next_at, period(probe), now);
    }

    /// Records an answer, by the probe's thresholds.
    pub(super) fn answered(
        &mut self,
        kind: ProbeKind,
        probe: &Probe,
        answer: &Answer,
        now: Duration,
    ) {
        let had_started = self.has_started();
        let Some(series) = self.series_mut(kind) else { return };
        series.is_under_way = false;
        // One tick that has passed meanwhile is made up for at once, not all of them.
        if series.next_at < now {
            series.next_at = next_tick(series.next_at, period(probe), now) - period(probe);
        }
        let good = match answer {
            Answer::Success | Answer::Warning(_) => true,
            Answer::Failure(_) => false,
            // Nothing was found out.
            Answer::Error(_) => return,
        };
        let count = match series.last {
            Some((last, count)) if last == good => count.saturating_add(1),
            _ => 1,
        };
        series.last = Some((good, count));
        let threshold = if good { probe.success_threshold } else { probe.failure_threshold };
        if count < threshold {
            return;
        }
        series.verdict = Some(good);
        series.rests = !good && kind != ProbeKind::Readiness;
        if !had_started
            && self.has_started()
            && let Some(readiness) = self.series_mut(ProbeKind::Readiness)
        {
            readiness.next_at = now;
        }
    }
}

/// Plans the probes of a container that runs. One that is ending is asked for its readiness alone.
pub(super) fn plan(
    container: &Container,
    running: &Running,
    attempt: u32,
    now: Duration,
    plan: &mut Plan,
) {
    // Not before the hook is done: until then it does not count as running.
    if running.hook.is_some() {
        return;
    }
    let has_started = running.probes.has_started();
    for kind in ProbeKind::ALL {
        let Some(series) = running.probes.series(kind) else { continue };
        let is_gated = match kind {
            ProbeKind::Startup => has_started || running.ending.is_some(),
            ProbeKind::Liveness => !has_started || running.ending.is_some(),
            ProbeKind::Readiness => !has_started,
        };
        if is_gated || series.is_under_way || series.rests {
            continue;
        }
        if series.next_at <= now {
            plan.act(Action::Probe { container: container.name.clone(), attempt, probe: kind });
        } else {
            plan.wake(series.next_at);
        }
    }
}

fn period(probe: &Probe) -> Duration {
    Duration::from_secs(probe.period_seconds.max(1).into())
}

/// Returns the first tick after `now`, of those that are a period apart and one of which is `tick`.
fn next_tick(tick: Duration, period: Duration, now: Duration) -> Duration {
    let passed = now.saturating_sub(tick).as_nanos() / period.as_nanos();
    let periods = u32::try_from(passed).unwrap_or(u32::MAX).saturating_add(1);
    tick + period.saturating_mul(periods)
}
