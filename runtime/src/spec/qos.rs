//! The quality of service that a Pod's requests and limits amount to.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::node::Node;
use super::quantity::Quantity;

/// Which Pods go first when memory is short: those of the last class last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QosClass {
    /// Nothing is requested or limited.
    BestEffort,
    /// Something is.
    Burstable,
    /// Every container has limits of cpu and memory, and requests as much.
    Guaranteed,
}

impl QosClass {
    /// Returns the class of a Pod, with its defaults filled in.
    pub fn of(pod: &Value) -> Self {
        let spec = Node::root(pod).get("spec");
        let of_pod = spec.get("resources");
        let holders: Vec<_> = if of_pod.get("limits").len() + of_pod.get("requests").len() > 0 {
            vec![of_pod]
        } else {
            let lists = ["containers", "initContainers"].into_iter();
            lists
                .flat_map(|list| spec.get(list).items())
                .map(|container| container.get("resources"))
                .collect()
        };
        let (mut requests, mut limits) = (BTreeMap::new(), BTreeMap::new());
        let mut all_limited = true;
        for resources in holders {
            add(&mut requests, &resources.get("requests"));
            let limited = add(&mut limits, &resources.get("limits"));
            all_limited &= limited == COUNTED.len();
        }
        if requests.is_empty() && limits.is_empty() {
            Self::BestEffort
        } else if all_limited && requests == limits {
            Self::Guaranteed
        } else {
            Self::Burstable
        }
    }
}

/// The resources that count.
const COUNTED: [&str; 2] = ["cpu", "memory"];

/// Adds what is more than nothing, and returns how many amounts that were.
fn add(totals: &mut BTreeMap<&'static str, Quantity>, amounts: &Node<'_>) -> usize {
    let mut counted = 0;
    for name in COUNTED {
        let amount = amounts.key(name).quantity();
        let Some(amount) = amount.filter(|amount| !amount.is_zero() && !amount.is_negative())
        else {
            continue;
        };
        counted += 1;
        totals.entry(name).and_modify(|total| *total = total.plus(amount)).or_insert(amount);
    }
    counted
}

impl fmt::Display for QosClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BestEffort => "BestEffort",
            Self::Burstable => "Burstable",
            Self::Guaranteed => "Guaranteed",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::QosClass;
    use crate::spec::defaults;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check(spec: Value, expected: QosClass) {
        let mut pod = json!({ "spec": spec });
        defaults::pod(&mut pod);
        assert_eq!(QosClass::of(&pod), expected, "{}", pod["spec"]);
    }

    #[test]
    fn classes() {
        let both = json!({"cpu": "1", "memory": "1Gi"});
        let containers = |resources: Value| json!({"containers": [{"resources": resources}]});
        check(containers(json!({})), QosClass::BestEffort);
        check(containers(json!({"limits": {"cpu": "0"}})), QosClass::BestEffort);
        check(containers(json!({"requests": {"cpu": "1"}})), QosClass::Burstable);
        check(containers(json!({"limits": {"cpu": "1"}})), QosClass::Burstable);
        check(containers(json!({"limits": both})), QosClass::Guaranteed);
        check(
            containers(json!({"limits": both, "requests": {"cpu": "500m"}})),
            QosClass::Burstable,
        );
        check(
            containers(json!({"limits": both, "requests": {"cpu": "1000m"}})),
            QosClass::Guaranteed,
        );
    }

    #[test]
    fn every_container_counts() {
        let limited = json!({"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}});
        check(json!({"containers": [limited, limited]}), QosClass::Guaranteed);
        check(json!({"containers": [limited, {}]}), QosClass::Burstable);
        check(json!({"containers": [limited], "initContainers": [{}]}), QosClass::Burstable);
        check(
            json!({"containers": [{}], "resources": {"limits": {"cpu": "1", "memory": "1"}}}),
            QosClass::Guaranteed,
        );
    }
}
