//! `wasmpod run --status`: the status of a pod, whenever it changes.

mod json;

use std::sync::Arc;

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::PodStatus;

use crate::clock;
use crate::sandbox::{LogTap, OutputStream};
use crate::spec::Pod;

/// How the status of a pod is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum StatusForm {
    /// On standard output, a line of JSON for each change: a v1 Pod without its spec. What containers
    /// write goes to standard error
    Json,
}

/// A pod as it is shown: what its status does not say.
pub(super) struct Shown {
    pub(super) pod: Arc<Pod>,
    pub(super) created: Timestamp,
    pub(super) deletion: Option<Deletion>,
}

/// That somebody wants the pod gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deletion {
    /// When it is to be gone.
    pub(super) at: Timestamp,
    pub(super) grace_seconds: i64,
}

/// Shows the status of a pod, in order with what its containers write.
pub(super) struct StatusView {
    form: Option<StatusForm>,
    tap: LogTap,
    shown: Shown,
    /// The status that was shown last.
    status: Option<Arc<PodStatus>>,
}

impl StatusView {
    /// Returns a view of a pod that begins now; one without a form shows nothing.
    pub(super) fn new(form: Option<StatusForm>, pod: Arc<Pod>, tap: LogTap) -> Self {
        let shown = Shown { pod, created: clock::wall(), deletion: None };
        Self { form, tap, shown, status: None }
    }

    /// Takes note that the pod is to be gone within its grace period, or so many seconds.
    pub(super) fn deleted(&mut self, grace_seconds: Option<u64>) {
        let seconds = grace_seconds.unwrap_or(self.shown.pod.spec.termination_grace_seconds);
        let grace_seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let at = clock::wall().checked_add(SignedDuration::from_secs(grace_seconds));
        let at = at.unwrap_or(Timestamp::MAX);
        self.shown.deletion = Some(Deletion { at, grace_seconds });
        if let Some(status) = self.status.take() {
            self.show(status);
        }
    }

    /// Shows this status, unless it is the one that was shown last.
    pub(super) fn show(&mut self, status: Arc<PodStatus>) {
        if self.status.as_ref() == Some(&status) {
            return;
        }
        if let Some(StatusForm::Json) = self.form {
            self.tap.announce_on(OutputStream::Stdout, &json::line(&self.shown, &status));
        }
        self.status = Some(status);
    }
}
