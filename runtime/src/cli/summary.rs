//! What each container of a pod did, as a table.

use std::time::Duration;

use super::table::table;
use crate::lifecycle::{ContainerState, PodState, Run};
use crate::spec::{ContainerKind, Pod};

/// Returns the summary of a pod that is over.
pub(super) fn summary(pod: &Pod, state: &PodState, phase: &str) -> String {
    let mut rows =
        vec![["CONTAINER", "KIND", "RESULT", "EXIT", "RESTARTS", "LAST RUN"].map(str::to_owned)];
    for container in pod.spec.all_containers() {
        let kind = match container.kind {
            ContainerKind::Init => "init",
            ContainerKind::Sidecar => "sidecar",
            ContainerKind::Regular => "regular",
            ContainerKind::Ephemeral => "ephemeral",
        };
        rows.push(row(container.name.as_str(), kind, state.container(&container.name)));
    }
    format!("\npod {}: {phase}\n{}", pod.metadata.name, table(&rows, "  "))
}

fn row(name: &str, kind: &str, state: &ContainerState) -> [String; 6] {
    let (result, exit_code, ran) = match &state.last {
        None => {
            let reason = state.problem().map_or("did not run", |problem| problem.reason);
            (reason, "-".to_owned(), "-".to_owned())
        }
        Some(run) => (
            run.ended.reason.as_str(),
            run.ended.exit_code.to_string(),
            duration(run)
                .map_or_else(|| "-".to_owned(), |ran| format!("{:.1}s", ran.as_secs_f64())),
        ),
    };
    let restarts = state.restarts().to_string();
    [name.to_owned(), kind.to_owned(), result.to_owned(), exit_code, restarts, ran]
}

fn duration(run: &Run) -> Option<Duration> {
    Some(run.finished.monotonic.saturating_sub(run.started?.monotonic))
}
