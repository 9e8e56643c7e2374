//! `wasmpod run --status`: the status of a pod, whenever it changes.

mod json;
mod table;

use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::PodStatus;

use super::foot::{self, Foot};
use crate::clock;
use crate::lifecycle::Row;
use crate::sandbox::{LogTap, OutputStream};
use crate::spec::Pod;

/// How the status of a pod is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum StatusForm {
    /// On standard error, as kubectl get pod: below the logs and in place on a terminal, else a line
    /// for each change
    Table,
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

/// Where the status goes.
enum Form {
    /// Nowhere.
    None,
    /// To standard output.
    Json,
    /// To standard error, a line for each change; the cells of the last one.
    Lines(Option<Row>),
    /// To the foot of the terminal.
    Foot(Foot),
}

/// Shows the status of a pod, in order with what its containers write.
pub(super) struct StatusView {
    form: Form,
    tap: LogTap,
    shown: Shown,
    /// The status that was shown last.
    status: Option<Arc<PodStatus>>,
}

impl StatusView {
    /// Returns a view of a pod that begins now; one without a form shows nothing.
    pub(super) fn new(form: Option<StatusForm>, pod: Arc<Pod>, tap: LogTap, foot: Foot) -> Self {
        let form = match form {
            None => Form::None,
            Some(StatusForm::Json) => Form::Json,
            Some(StatusForm::Table) if foot::is_there() => Form::Foot(foot),
            Some(StatusForm::Table) => Form::Lines(None),
        };
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
        if self.status.as_ref() != Some(&status) {
            self.status = Some(status);
            self.draw();
        }
    }

    fn draw(&mut self) {
        let Some(status) = &self.status else { return };
        match &mut self.form {
            Form::None => {}
            Form::Json => {
                self.tap.announce_on(OutputStream::Stdout, &json::line(&self.shown, status));
            }
            Form::Lines(before) => {
                let (line, row) = table::pod_line(&self.shown, status, clock::wall());
                if before.is_none() {
                    self.tap.announce(&table::head(&self.shown.pod));
                }
                if before.as_ref() != Some(&row) {
                    self.tap.announce(&line);
                }
                *before = Some(row);
            }
            Form::Foot(foot) => {
                let text = table::text(&self.shown, status, clock::wall());
                foot.send_modify(|foot| foot.status = text);
            }
        }
    }

    /// Lets time pass where that is to be seen: ages grow.
    pub(super) async fn grow_older(&mut self) {
        if !matches!(self.form, Form::Foot(_)) {
            return std::future::pending().await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.draw();
    }
}
