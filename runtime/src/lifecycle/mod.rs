//! What to do next for one pod, and what to tell about it: pure, with time as an argument.
//!
//! ```text
//!                 ┌──────── actions ────────┐
//!                 │                         ▼
//!   spec ──► plan(spec, state, now)      pod::worker performs them
//!                 ▲                         │
//!                 └── state ◄── apply ◄─────┘ events: what came of them
//!                       │
//!                       └──► status(pod, state, before, now)   what the world sees
//! ```
//!
//! [`plan`] is level-triggered: it looks at where things stand, never at how they came to be, and
//! may be asked at any moment. What is under way is part of the state ([`PodState::begin`]), so
//! nothing is asked for twice. An event names the attempt it belongs to; one that comes late, or
//! twice, changes nothing.
//!
//! The behaviour is the kubelet's (Kubernetes v1.36).

mod age;
mod backoff;
mod conditions;
mod ending;
mod event;
mod notice;
mod phase;
mod plan;
mod probe;
mod restart;
mod row;
mod shutdown;
mod start;
mod state;
mod status;
mod storage;
#[cfg(test)]
pub(crate) mod tests;
mod time;

pub use self::age::age;
pub use self::ending::EndCause;
pub use self::event::{Addresses, Answer, EndReason, Ended, Event, HookKind, Problem};
pub use self::notice::{COMPONENT, Notice, NoticeKind, NoticeLog, Told};
pub use self::phase::Phase;
pub use self::plan::{Action, Plan, plan};
pub use self::probe::ProbeKind;
pub use self::row::{Row, container_row, pod_row};
pub use self::state::{ContainerState, PodState, Run, Running, Stage, StopCause};
pub use self::status::status;
pub use self::storage::{StorageUsage, limits_storage, storage_excess};
pub use self::time::Now;
