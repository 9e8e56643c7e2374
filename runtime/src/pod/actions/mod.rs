//! Performs one action of a plan, and says what came of it.

mod ask;
mod image;
mod sandbox;
mod start;

use std::sync::Arc;

pub(super) use self::ask::{Asked, probe, run_hook};
pub(super) use self::image::{problem, pull_image, pulled_message, tell_pull};
pub(super) use self::sandbox::{addresses, prepare_sandbox, rejection, remove_sandbox};
pub(super) use self::start::{Remains, StartRequest, allocatable, ended, start};
use crate::executor::Container;
use crate::image::Image;
use crate::lifecycle::{Event, Notice};
use crate::sandbox::PodSandbox;
use crate::spec::ContainerName;

/// The reason of the notice that a port of the host is not to be had.
pub const HOST_PORT_CONFLICT: &str = "HostPortConflict";

/// What came of an action.
pub(super) enum Outcome {
    /// Something that changes the state, and nothing to hold on to.
    Event(Event),
    /// The sandbox is there.
    Sandbox(Box<PodSandbox>),
    /// The image is there.
    Image { container: ContainerName, image: Arc<Image>, image_id: String, message: String },
    /// The container runs.
    Started { container: ContainerName, attempt: u32, run: Box<dyn Container>, remains: Remains },
    /// The volumes are up to date, but for what is told.
    VolumesUpdated(Vec<Notice>),
    /// The pod stores too much, or not.
    StorageSeen { excess: Option<String> },
    /// It was abandoned.
    Nothing,
}
