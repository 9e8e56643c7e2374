//! The one host context that the containers of a pod share (CRI: PodSandbox).
//!
//! It owns the pod's directory on the host, and with it the volumes; dropping the last reference
//! does not remove them, [`PodSandbox::remove`] does.

mod log;

use std::path::PathBuf;

pub use self::log::{ContainerLog, OutputStream};

/// What the containers of one pod have in common.
#[derive(Debug)]
pub struct PodSandbox {
    /// The pod's uid.
    pub uid: String,
    /// The pod's name on its network.
    pub hostname: String,
    /// The directory on the host that holds all that belongs to the pod.
    pub directory: PathBuf,
}
