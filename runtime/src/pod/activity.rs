//! What the containers of a pod wait for before they can start, for people who watch.
//!
//! Only the newest is kept: whoever looks seldom misses nothing but what has passed. A container
//! that starts, or is given up, waits for nothing.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::image::PullEvent;
use crate::spec::ContainerName;

/// What each container waits for, if it waits.
pub type Steps = BTreeMap<ContainerName, Step>;

/// Where a pod notes what its containers wait for.
#[derive(Clone, Debug, Default)]
pub struct Activity(watch::Sender<Steps>);

/// What one container waits for.
#[derive(Clone, Debug)]
pub struct Step {
    /// The image that it is about, as the document has it.
    pub image: String,
    /// What is done with it.
    pub work: Work,
    /// Runs since it was begun.
    pub clock: Clock,
}

/// What is done with an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It is on its way here.
    Pulling {
        /// Bytes that came.
        came: u64,
        /// Bytes that were announced until now.
        announced: u64,
    },
    /// Its file tree is being unpacked.
    Unpacking,
    /// Its program is made ready to run. That takes no time unless it is compiled.
    Compiling,
}

impl Activity {
    /// Returns what there is to see, now and later.
    pub fn watch(&self) -> watch::Receiver<Steps> {
        self.0.subscribe()
    }
}

/// Notes what one container waits for, until it is dropped.
pub(super) struct StepReport {
    activity: Option<Activity>,
    container: ContainerName,
}

impl StepReport {
    /// Nothing is noted where nobody watches.
    pub(super) fn new(activity: Option<Activity>, container: ContainerName) -> Self {
        Self { activity, container }
    }

    /// Notes that the image's program is made ready.
    pub(super) fn compiling(&self, image: &str) {
        self.begin(image, Work::Compiling);
    }

    /// Notes how far a pull is.
    pub(super) fn pull(&self, image: &str, event: PullEvent<'_>) {
        match event {
            PullEvent::Begin => self.begin(image, Work::Pulling { came: 0, announced: 0 }),
            PullEvent::Unpacking => self.begin(image, Work::Unpacking),
            PullEvent::Blob { size_bytes, .. } => self.advance(0, size_bytes),
            PullEvent::Bytes { count, .. } => self.advance(count, 0),
        }
    }

    fn begin(&self, image: &str, work: Work) {
        let Some(activity) = &self.activity else { return };
        let step = Step { image: image.to_owned(), work, clock: Clock::start() };
        activity.0.send_modify(|steps| {
            steps.insert(self.container.clone(), step);
        });
    }

    fn advance(&self, more_came: u64, more_announced: u64) {
        let Some(activity) = &self.activity else { return };
        activity.0.send_modify(|steps| {
            let work = steps.get_mut(&self.container).map(|step| &mut step.work);
            if let Some(Work::Pulling { came, announced }) = work {
                *came = came.saturating_add(more_came);
                *announced = announced.saturating_add(more_announced);
            }
        });
    }
}

impl Drop for StepReport {
    fn drop(&mut self) {
        if let Some(activity) = &self.activity {
            activity.0.send_if_modified(|steps| steps.remove(&self.container).is_some());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Digest;

    #[test]
    fn a_container_waits_for_one_thing_at_a_time_and_then_for_nothing() {
        let activity = Activity::default();
        let watch = activity.watch();
        let seen = || -> Vec<_> {
            let steps = watch.borrow();
            steps
                .iter()
                .map(|(name, step)| (name.to_string(), step.image.clone(), step.work))
                .collect()
        };
        let expected = |image: &str, work| vec![("a".to_owned(), image.to_owned(), work)];
        let digest = Digest::of(b"");
        let report = StepReport::new(Some(activity.clone()), ContainerName::new("a"));
        assert_eq!(seen(), []);
        report.pull("one", PullEvent::Begin);
        report.pull("one", PullEvent::Blob { digest: &digest, size_bytes: 7 });
        report.pull("one", PullEvent::Blob { digest: &digest, size_bytes: 5 });
        report.pull("one", PullEvent::Bytes { digest: &digest, count: 3 });
        assert_eq!(seen(), expected("one", Work::Pulling { came: 3, announced: 12 }));
        report.pull("one", PullEvent::Unpacking);
        assert_eq!(seen(), expected("one", Work::Unpacking));
        report.compiling("two");
        report.pull("two", PullEvent::Bytes { digest: &digest, count: 3 });
        assert_eq!(seen(), expected("two", Work::Compiling));
        drop(report);
        assert_eq!(seen(), []);
    }
}
