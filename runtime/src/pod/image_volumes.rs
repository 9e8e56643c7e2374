//! The files of images that a container mounts as volumes. They are fetched before its own image, and
//! are there for the other containers of the pod from then on.

use tokio::sync::mpsc;

use super::actions;
use super::activity::StepReport;
use crate::clock::Clock;
use crate::image::{Keyring, PullEvent};
use crate::lifecycle::{Notice, NoticeKind, Problem};
use crate::runtime::Runtime;
use crate::sandbox::PodSandbox;
use crate::spec::{Container, Pod, VolumeSource};

/// What a container needs.
pub(super) struct Needed<'a> {
    pub(super) pod: &'a Pod,
    pub(super) container: &'a Container,
    pub(super) sandbox: &'a PodSandbox,
    /// Notes how far it is.
    pub(super) report: &'a StepReport,
}

impl Needed<'_> {
    /// Fetches what is not there; returns what the container has to wait with if that fails.
    pub(super) async fn fetch(
        &self,
        runtime: &Runtime,
        keyring: &Keyring,
        notices: &mpsc::UnboundedSender<Notice>,
    ) -> Result<(), Problem> {
        let name = &self.container.name;
        for volume in &self.pod.spec.volumes {
            let VolumeSource::Image { reference, pull_policy } = &volume.source else { continue };
            let is_mounted = self.container.volume_mounts.iter().any(|m| m.name == volume.name);
            let Some(directory) = self.sandbox.missing_image(&volume.name).filter(|_| is_mounted)
            else {
                continue;
            };
            let begun = Clock::start();
            let progress = |event: PullEvent<'_>| {
                self.report.pull(reference, event);
                actions::tell_pull(event, name, reference, notices);
            };
            let images = &runtime.images;
            let unpacked =
                images.unpack_files(reference, *pull_policy, keyring, &progress, directory).await;
            let presence = unpacked.map_err(|error| actions::problem(&error))?;
            let message = actions::pulled_message(reference, &presence, begun.monotonic());
            // Nobody listens any more; the pod goes on.
            let _ = notices.send(Notice::about(name, NoticeKind::Normal, "Pulled", message));
        }
        Ok(())
    }
}
