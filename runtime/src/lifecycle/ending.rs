//! How one container is ended.
//!
//! ```text
//! PreStop ── hook done, or the grace is over ──► Waiting ── its turn ──► Asked ── not gone ──► Killed
//! ```
//!
//! The hook's time is taken from the grace. Asked means SIGTERM; from then on a container has what
//! is left of the grace, but at least two seconds. If that becomes less, it is asked again.

use std::time::Duration;

use super::event::HookKind;
use super::plan::{Action, Plan};
use super::probe::ProbeKind;
use super::state::Running;
use crate::spec::{Container, PodSpec};

/// The least that a container gets between being asked and being killed.
const GRACE_MIN: Duration = Duration::from_secs(2);

/// A container that is being ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) cause: EndCause,
    /// When it is to be over.
    pub(super) deadline: Duration,
    pub(super) step: Step,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Its preStop hook is due, or runs. Leads to `Waiting`.
    PreStop,
    /// It waits for its turn. Leads to `Asked`.
    Waiting,
    /// It was asked to end; whether it knows how long it has. Leads to `Killed`.
    Asked { kill_at: Duration, knows: bool },
    /// It was killed, and will be gone.
    Killed,
}

/// Why a container is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// Its pod is.
    PodStopped,
    /// Its startup probe has failed.
    StartupProbe,
    /// Its liveness probe has failed.
    LivenessProbe,
    /// Its postStart hook has failed.
    PostStartHook,
    /// Its image is another now.
    DefinitionChanged,
    /// Another container's end starts all of them again.
    RestartAllContainers,
}

impl EndCause {
    /// Returns the cause that a failed probe is.
    pub(super) fn of_probe(kind: ProbeKind) -> Self {
        match kind {
            ProbeKind::Startup => Self::StartupProbe,
            ProbeKind::Liveness | ProbeKind::Readiness => Self::LivenessProbe,
        }
    }

    /// Returns how long the container may take, if its pod goes on.
    fn grace(self, spec: &PodSpec, container: &Container) -> Duration {
        let of_probe = |kind: ProbeKind| kind.of(container)?.termination_grace_seconds;
        let own = match self {
            Self::StartupProbe => of_probe(ProbeKind::Startup),
            Self::LivenessProbe => of_probe(ProbeKind::Liveness),
            // No hook, and the least that there is.
            Self::RestartAllContainers => Some(0),
            Self::PodStopped | Self::PostStartHook | Self::DefinitionChanged => None,
        };
        grace(own.unwrap_or(spec.termination_grace_seconds))
    }
}

/// Returns a grace period. Longer than a year is for ever; it keeps sums from overflowing.
pub(super) fn grace(seconds: u64) -> Duration {
    Duration::from_secs(seconds.min(366 * 86_400))
}

impl Ending {
    /// Begins to end a container, by `deadline` if its pod is being stopped.
    pub(super) fn new(
        spec: &PodSpec,
        container: &Container,
        cause: EndCause,
        deadline: Option<Duration>,
        now: Duration,
    ) -> Self {
        let deadline = deadline.unwrap_or_else(|| now + cause.grace(spec, container));
        let has_hook = container.pre_stop.is_some()
            && cause != EndCause::RestartAllContainers
            && deadline > now;
        let step = if has_hook { Step::PreStop } else { Step::Waiting };
        Self { cause, deadline, step }
    }

    /// Brings the end forward.
    pub(super) fn shorten(&mut self, deadline: Duration, now: Duration) {
        self.deadline = self.deadline.min(deadline);
        if let Step::Asked { kill_at, knows } = &mut self.step {
            let earlier = deadline.max(now + GRACE_MIN);
            *knows &= *kill_at <= earlier;
            *kill_at = (*kill_at).min(earlier);
        }
    }

    /// Records that the hook is over, be it done or not.
    pub(super) fn hook_ended(&mut self) {
        if self.step == Step::PreStop {
            self.step = Step::Waiting;
        }
    }

    /// Records that the container was asked to end.
    pub(super) fn asked(&mut self, grace: Duration, now: Duration) {
        self.step = Step::Asked { kill_at: now + grace, knows: true };
    }
}

/// Plans the next step towards the end of a container, whose turn comes at `turn`.
pub(super) fn plan(
    container: &Container,
    attempt: u32,
    running: &Running,
    ending: &Ending,
    turn: Duration,
    now: Duration,
    plan: &mut Plan,
) {
    let name = || container.name.clone();
    match ending.step {
        Step::PreStop if ending.deadline <= now => {
            plan.act(Action::AbandonHook { container: name(), attempt, hook: HookKind::PreStop });
        }
        Step::PreStop => {
            plan.wake(ending.deadline);
            if running.hook.is_none() {
                let hook = HookKind::PreStop;
                plan.act(Action::RunHook { container: name(), attempt, hook });
            }
        }
        Step::Waiting if turn.min(ending.deadline) <= now => {
            let grace = ending.deadline.saturating_sub(now).max(GRACE_MIN);
            plan.act(Action::Terminate { container: name(), attempt, grace });
        }
        Step::Waiting => plan.wake(turn.min(ending.deadline)),
        Step::Asked { kill_at, .. } if kill_at <= now => {
            plan.act(Action::Kill { container: name(), attempt });
        }
        Step::Asked { kill_at, knows: false } => {
            plan.act(Action::Terminate { container: name(), attempt, grace: kill_at - now });
        }
        Step::Asked { kill_at, knows: true } => plan.wake(kill_at),
        Step::Killed => {}
    }
}
