//! Keeps the files of a pod's volumes up to date, when an object has changed that they come from, or
//! the pod itself.
//!
//! One update is under way at a time. What changes meanwhile is seen by the next, so that the last
//! change is never lost, and never covered by an earlier one.

use std::sync::Arc;

use tokio::sync::watch;

use super::actions::Outcome;
use crate::lifecycle::{Notice, NoticeKind};
use crate::objects::ObjectStore;
use crate::sandbox::PodSandbox;
use crate::spec::environment::Allocatable;
use crate::spec::files::Sources;
use crate::spec::{Objects, Pod, VolumeSource};

/// What the volumes of a pod follow.
pub(super) struct VolumeUpdates {
    /// None if the pod has no volume that follows anything.
    changes: Option<watch::Receiver<Arc<Objects>>>,
    /// What the volumes show, or will when the update that is under way has come out.
    shown: Arc<Objects>,
    is_under_way: bool,
    is_due: bool,
}

/// What one update, or the making of the volumes, goes by.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) pod: Arc<Pod>,
    pub(super) objects: Arc<Objects>,
    pub(super) allocatable: Allocatable,
}

impl VolumeUpdates {
    pub(super) fn of(pod: &Pod, objects: &ObjectStore) -> Self {
        let changes = writes_files(pod).then(|| objects.subscribe());
        Self { changes, shown: Arc::default(), is_under_way: false, is_due: false }
    }

    /// Returns what the volumes are made from, when they are made now.
    pub(super) fn begin(&mut self, objects: &ObjectStore) -> Arc<Objects> {
        self.shown = match &mut self.changes {
            Some(changes) => changes.borrow_and_update().clone(),
            None => objects.current(),
        };
        self.is_due = false;
        self.shown.clone()
    }

    /// Waits until an object has changed; for ever if that is of no concern.
    pub(super) async fn changed(&mut self) {
        let is_open = match &mut self.changes {
            Some(changes) => changes.changed().await.is_ok(),
            None => false,
        };
        if !is_open {
            std::future::pending().await
        }
    }

    /// Returns what an update goes by that can begin now; one that cannot is remembered.
    pub(super) fn update(&mut self) -> Option<Arc<Objects>> {
        if self.is_under_way {
            self.put_off();
            return None;
        }
        let changes = self.changes.as_mut()?;
        (self.is_under_way, self.is_due) = (true, false);
        self.shown = Arc::new(self.shown.followed_by(&changes.borrow_and_update()));
        Some(self.shown.clone())
    }

    /// Remembers that an update is due.
    pub(super) fn put_off(&mut self) {
        self.is_due = self.changes.is_some();
    }

    /// Returns whether something has changed that no update has seen.
    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }

    /// Records that the update has come out.
    pub(super) fn came_out(&mut self) {
        self.is_under_way = false;
    }
}

impl Content {
    pub(super) fn sources(&self) -> Sources<'_> {
        Sources { pod: &self.pod, objects: &self.objects, allocatable: &self.allocatable }
    }
}

/// Whether the host writes files for the pod, which may take long.
pub(super) fn writes_files(pod: &Pod) -> bool {
    pod.spec.volumes.iter().any(|volume| matches!(volume.source, VolumeSource::Files(_)))
}

/// Carries out an update. What it could not do is told, and tried again with the next change.
pub(super) async fn update(sandbox: Arc<PodSandbox>, content: Content) -> Outcome {
    let update = move || sandbox.update_volumes(&content.sources());
    // A panic there was printed there.
    let errors = tokio::task::spawn_blocking(update).await.unwrap_or_default();
    let warn = |message| Notice::of_pod(NoticeKind::Warning, "FailedMount", message);
    Outcome::VolumesUpdated(errors.iter().map(|error| warn(error.to_string())).collect())
}
