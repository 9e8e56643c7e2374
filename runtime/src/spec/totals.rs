//! What the containers of a Pod ask for, or may use, together.

use super::node::Node;
use super::quantity::Quantity;

/// Returns how much of a resource the containers have in `list`, requests or limits, together, if
/// any has it.
///
/// Regular containers and sidecars run at the same time, so they add up. An init container runs
/// beside the sidecars before it only, so the largest such step counts if it is larger.
pub(super) fn of_containers(
    spec: &Node<'_>,
    list: &'static str,
    resource: &str,
) -> Option<Quantity> {
    let amount =
        |container: &Node<'_>| container.get("resources").get(list).key(resource).quantity();
    let sum = |a: Option<Quantity>, b: Option<Quantity>| match (a, b) {
        (Some(a), Some(b)) => Some(a.plus(b)),
        (a, b) => a.or(b),
    };
    let mut running = None;
    let mut largest_step = None;
    for container in spec.get("initContainers").items() {
        let step = sum(running, amount(&container));
        if container.get("restartPolicy").str() == "Always" {
            running = step;
        }
        largest_step = largest_step.max(step);
    }
    let together = spec
        .get("containers")
        .items()
        .fold(running, |total, container| sum(total, amount(&container)));
    together.max(largest_step)
}
