//! The image of a container, and those that it mounts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Outcome;
use crate::clock::Clock;
use crate::image::{Image, ImageError, Presence, PullEvent, Reference};
use crate::lifecycle::{Event, Notice, NoticeKind, Problem};
use crate::pod::activity::{Activity, StepReport};
use crate::pod::{image_volumes, pull_secrets};
use crate::runtime::Runtime;
use crate::sandbox::PodSandbox;
use crate::spec::{ContainerName, Pod};

pub(in crate::pod) async fn pull_image(
    pod: Arc<Pod>,
    runtime: Arc<Runtime>,
    sandbox: Option<Arc<PodSandbox>>,
    name: ContainerName,
    notices: mpsc::UnboundedSender<Notice>,
    activity: Option<Activity>,
) -> Outcome {
    let container = pod.spec.container(&name).expect("a plan names containers of its pod");
    let report = StepReport::new(activity, name.clone());
    let progress = |event: PullEvent<'_>| {
        report.pull(&container.image, event);
        tell_pull(event, &name, &container.image, &notices);
    };
    let (keyring, missing) = pull_secrets::keyring(&pod, &runtime.objects.current());
    for notice in missing {
        // Nobody listens any more; the pull goes on.
        let _ = notices.send(notice);
    }
    if let Some(sandbox) = sandbox {
        let volumes =
            image_volumes::Needed { pod: &pod, container, sandbox: &sandbox, report: &report };
        if let Err(problem) = volumes.fetch(&runtime, &keyring, &notices).await {
            return Outcome::Event(Event::ImageFailed { container: name, problem });
        }
    }
    let begun = Clock::start();
    let (image, policy) = (&container.image, container.image_pull_policy);
    match runtime.images.ensure(image, policy, &keyring, &progress).await {
        Ok((image, presence)) => {
            let message = pulled_message(&container.image, &presence, begun.monotonic());
            let image_id = image_id(&container.image, &image);
            Outcome::Image { container: name, image, image_id, message }
        }
        Err(error) => {
            Outcome::Event(Event::ImageFailed { container: name, problem: problem(&error) })
        }
    }
}

/// Tells that an image is being pulled.
pub(in crate::pod) fn tell_pull(
    event: PullEvent<'_>,
    container: &ContainerName,
    image: &str,
    notices: &mpsc::UnboundedSender<Notice>,
) {
    if matches!(event, PullEvent::Begin) {
        let message = format!("Pulling image {image:?}");
        // Nobody listens any more; the pull goes on.
        let _ = notices.send(Notice::about(container, NoticeKind::Normal, "Pulling", message));
    }
}

/// Returns what a container waits with that cannot have an image.
pub(in crate::pod) fn problem(error: &ImageError) -> Problem {
    Problem { reason: error.reason().as_str(), message: error.message() }
}

/// Returns the reference of an image by its digest.
fn image_id(reference: &str, image: &Image) -> String {
    match reference.parse::<Reference>() {
        Ok(reference) => {
            format!("{}/{}@{}", reference.registry(), reference.repository(), image.digest)
        }
        // A file.
        Err(_) => image.digest.to_string(),
    }
}

/// Returns what is told of an image that is there, in the kubelet's words.
pub(in crate::pod) fn pulled_message(image: &str, presence: &Presence, took: Duration) -> String {
    match presence {
        Presence::AlreadyPresent => {
            format!(
                "Container image {image:?} already present on machine and can be accessed by the pod"
            )
        }
        Presence::Pulled { fetched_bytes } => format!(
            "Successfully pulled image {image:?} in {:.3}s. Fetched {fetched_bytes} bytes",
            took.as_secs_f64()
        ),
    }
}
