//! A status as rows, for people.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

use super::Shown;
use crate::cli::table::table;
use crate::lifecycle::{Row, age, container_row, pod_row};
use crate::spec::{Container, Pod};

/// How many rows are redrawn in place: what scrolls out of a terminal cannot be.
const ROWS_MAX: usize = 16;

const HEAD: [&str; 5] = ["NAME", "READY", "STATUS", "RESTARTS", "AGE"];

/// Returns the pod, and each of its containers below it.
pub(super) fn text(shown: &Shown, status: &PodStatus, now: Timestamp) -> String {
    let mut rows = vec![HEAD.map(str::to_owned), pod_cells(shown, status, now)];
    let all: Vec<_> = shown.pod.spec.all_containers().collect();
    let room = ROWS_MAX.saturating_sub(rows.len());
    // The last row is for what there is no room for.
    let shown_count = if all.len() > room { room.saturating_sub(1) } else { all.len() };
    for container in &all[..shown_count] {
        rows.extend(status_of(container, status).map(|status| cells(container, status, now)));
    }
    let hidden = all.len() - shown_count;
    if hidden > 0 {
        let more = format!("  and {hidden} more");
        rows.push([more, String::new(), String::new(), String::new(), String::new()]);
    }
    table(&rows, "   ")
}

/// Returns the head of a list of lines that is yet to come.
pub(super) fn head(pod: &Pod) -> String {
    line(pod, HEAD)
}

/// Returns the pod as a line that stands below the head, and its cells that change with more than
/// time.
pub(super) fn pod_line(shown: &Shown, status: &PodStatus, now: Timestamp) -> (String, Row) {
    let row = pod_row(&shown.pod, status, shown.deletion.is_some(), now);
    let cells = pod_cells(shown, status, now);
    (line(&shown.pod, cells.each_ref().map(String::as_str)), row)
}

/// Lines that are printed one by one have columns that are wide enough for most words.
fn line(pod: &Pod, [name, ready, status, restarts, age]: [&str; 5]) -> String {
    let width = pod.metadata.name.chars().count().max(HEAD[0].len());
    format!("{name:<width$}   {ready:<5}   {status:<17}   {restarts:<13}   {age}")
}

fn pod_cells(shown: &Shown, status: &PodStatus, now: Timestamp) -> [String; 5] {
    let row = pod_row(&shown.pod, status, shown.deletion.is_some(), now);
    let name = shown.pod.metadata.name.clone();
    [name, row.ready, row.status, row.restarts, age(shown.created, now)]
}

fn cells(container: &Container, status: &ContainerStatus, now: Timestamp) -> [String; 5] {
    let row = container_row(container.kind, status, now);
    let since = status.state.as_ref().and_then(|state| match (&state.running, &state.terminated) {
        (Some(running), _) => running.started_at.as_ref(),
        (None, Some(ended)) => ended.finished_at.as_ref(),
        (None, None) => None,
    });
    let since = since.map_or_else(String::new, |since| age(since.0, now));
    [format!("  {}", container.name), row.ready, row.status, row.restarts, since]
}

fn status_of<'a>(container: &Container, status: &'a PodStatus) -> Option<&'a ContainerStatus> {
    let init = status.init_container_statuses.iter().flatten();
    let regular = status.container_statuses.iter().flatten();
    let ephemeral = status.ephemeral_container_statuses.iter().flatten();
    init.chain(regular).chain(ephemeral).find(|status| status.name == container.name.as_str())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{ROWS_MAX, Shown, head, pod_line, text};
    use crate::lifecycle::tests::pod;
    use crate::lifecycle::{Now, PodState, status};
    use crate::spec::RestartPolicy;

    fn shown(containers: &[&str]) -> (Shown, k8s_openapi::api::core::v1::PodStatus) {
        let pod = pod(RestartPolicy::Always, containers);
        let now = Now { monotonic: Duration::ZERO, wall: Timestamp::UNIX_EPOCH };
        let status = status(&pod, &PodState::new(&pod, now), &[], now);
        (Shown { pod: Arc::new(pod), created: now.wall, deletion: None }, status)
    }

    #[test]
    fn the_pod_and_its_containers() {
        let (shown, status) = shown(&["i:init", "s:side", "main"]);
        let now = Timestamp::UNIX_EPOCH + Duration::from_secs(7);
        let expected = "\
NAME     READY   STATUS            RESTARTS   AGE
web      0/2     Init:0/2          0          7s
  init           PodInitializing   0
  side   0/1     PodInitializing   0
  main   0/1     PodInitializing   0
";
        assert_eq!(text(&shown, &status, now), expected);
    }

    #[test]
    fn a_table_is_never_higher_than_a_terminal() {
        let names: Vec<_> = (0..50).map(|number| format!("c{number}")).collect();
        let (shown, status) = shown(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let text = text(&shown, &status, Timestamp::UNIX_EPOCH);
        assert_eq!(text.lines().count(), ROWS_MAX);
        assert_eq!(text.lines().last(), Some("  and 37 more"));
    }

    #[test]
    fn lines_stand_below_their_head() {
        let (shown, status) = shown(&["main"]);
        let line = pod_line(&shown, &status, Timestamp::UNIX_EPOCH).0;
        let column = |text: &str, word| text.find(word).unwrap();
        assert_eq!(column(&head(&shown.pod), "STATUS"), column(&line, "ContainerCreating"));
        assert_eq!(column(&head(&shown.pod), "AGE"), column(&line, "0s"));
    }
}
