//! What the containers of a Pod ask for together.

use super::node::Node;
use super::quantity::Quantity;

/// Returns how much of a resource the containers request together, if any requests it.
///
/// Regular containers and sidecars run at the same time, so they add up. An init container runs
/// beside the sidecars before it only, so the largest such step counts if it is larger.
pub(super) fn container_requests(spec: &Node<'_>, resource: &str) -> Option<Quantity> {
    let request =
        |container: &Node<'_>| container.get("resources").get("requests").key(resource).quantity();
    let sum = |a: Option<Quantity>, b: Option<Quantity>| match (a, b) {
        (Some(a), Some(b)) => Some(a.plus(b)),
        (a, b) => a.or(b),
    };
    let mut running = None;
    let mut largest_step = None;
    for container in spec.get("initContainers").items() {
        let step = sum(running, request(&container));
        if container.get("restartPolicy").str() == "Always" {
            running = step;
        }
        largest_step = largest_step.max(step);
    }
    let together = spec
        .get("containers")
        .items()
        .fold(running, |total, container| sum(total, request(&container)));
    together.max(largest_step)
}
