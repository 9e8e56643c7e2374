//! One pod from its start to its end: where deciding and doing meet.
//!
//! ```text
//!   requests ──► ┌────────────────────────────────┐ ──► status, notices, logs
//!                │ worker: apply, plan, begin     │
//!   outcomes ──► └───────────┬────────────────────┘
//!       ▲                    │ actions
//!       └── sandbox, image, container ◄──┘
//! ```
//!
//! A [`PodWorker`] is the one owner of a pod's state and of everything that is under way for it;
//! dropping it drops all of that, running containers included.

mod actions;
mod activity;
mod image_volumes;
mod live;
mod pull_secrets;
mod storage;
#[cfg(test)]
mod tests;
mod volumes;
mod worker;

pub use self::actions::HOST_PORT_CONFLICT;
pub use self::activity::{Activity, Step, Steps, Work};
pub use self::worker::{PUBLISHED, PodEnd, PodRequest, PodWatch, PodWorker};
