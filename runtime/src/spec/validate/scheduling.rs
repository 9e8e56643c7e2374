//! On which node a Pod may run.

use std::collections::{BTreeMap, BTreeSet};

use super::errors::Errors;
use super::{names, selector};
use crate::spec::node::Node;

/// Checks affinity to nodes and to other Pods.
pub(super) fn affinity(affinity: &Node<'_>, errors: &mut Errors) {
    let nodes = affinity.get("nodeAffinity");
    let required = nodes.get("requiredDuringSchedulingIgnoredDuringExecution");
    if required.is_set() {
        let terms = required.get("nodeSelectorTerms");
        if terms.is_empty() {
            errors.required(&terms, "must have at least one node selector term");
        }
        for term in terms.items() {
            selector::node_selector_term(&term, errors);
        }
    }
    for preferred in nodes.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
        weight(&preferred, errors);
        selector::node_selector_term(&preferred.get("preference"), errors);
    }
    for pods in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.get(pods);
        for term in pods.get("requiredDuringSchedulingIgnoredDuringExecution").items() {
            pod_affinity_term(&term, errors);
        }
        for preferred in pods.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
            weight(&preferred, errors);
            pod_affinity_term(&preferred.get("podAffinityTerm"), errors);
        }
    }
}

fn weight(term: &Node<'_>, errors: &mut Errors) {
    let weight = term.get("weight");
    let number = weight.int().unwrap_or_default();
    if !(1..=100).contains(&number) {
        errors.invalid_part(&weight, number, "must be in the range 1-100");
    }
}

fn pod_affinity_term(term: &Node<'_>, errors: &mut Errors) {
    let label_selector = term.get("labelSelector");
    selector::label_selector(&label_selector, errors);
    selector::label_selector(&term.get("namespaceSelector"), errors);
    for namespace in term.get("namespaces").items() {
        let at = namespace.at(term.path().field("namespace"));
        errors.broken(&at, names::dns_label(namespace.str()));
    }
    let (matched, mismatched) = (term.get("matchLabelKeys"), term.get("mismatchLabelKeys"));
    for keys in [&matched, &mismatched] {
        label_keys(keys, &label_selector, errors);
    }
    let mismatched: BTreeSet<_> = mismatched.texts().into_iter().collect();
    for key in matched.items() {
        if mismatched.contains(key.str()) {
            errors.invalid(&key, "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
    if !matched.is_empty() && label_selector.is_set() {
        let selected = selector::keys_with_more(&label_selector);
        for (index, key) in matched.items().enumerate() {
            if selected.contains(key.str()) {
                errors.invalid(
                    &key.at(term.path().index(index)),
                    "exists in both matchLabelKeys and labelSelector",
                );
            }
        }
    }
    topology_key(&term.get("topologyKey"), errors);
}

fn label_keys(keys: &Node<'_>, label_selector: &Node<'_>, errors: &mut Errors) {
    if !keys.is_empty() && !label_selector.is_set() {
        errors.forbidden(keys, "must not be specified when labelSelector is not set");
    }
    for key in keys.items() {
        errors.broken(&key, names::label_key(key.str()));
    }
}

fn topology_key(key: &Node<'_>, errors: &mut Errors) {
    if key.is_empty() {
        errors.required(key, "can not be empty");
    } else {
        errors.broken(key, names::label_key(key.str()));
    }
}

/// Checks what taints of nodes a Pod bears.
pub(super) fn tolerations(tolerations: &Node<'_>, errors: &mut Errors) {
    for toleration in tolerations.items() {
        errors.optional_name(&toleration.get("key"), names::label_key);
        let operator = toleration.get("operator");
        if toleration.get("key").is_empty() && operator.str() != "Exists" {
            errors.invalid(
                &operator,
                "operator must be Exists when `key` is empty, which means \"match all values and \
                 all keys\"",
            );
        }
        let effect = toleration.get("effect");
        if toleration.get("tolerationSeconds").is_set() && effect.str() != "NoExecute" {
            errors.invalid(&effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        let value = toleration.get("value");
        match operator.str() {
            "" | "Equal" => {
                for rule in names::label_value(value.str()) {
                    errors.invalid_part(&operator, value.value(), rule);
                }
            }
            "Exists" => {
                if !value.is_empty() {
                    errors.invalid_part(
                        &operator,
                        value.value(),
                        "value must be empty when `operator` is 'Exists'",
                    );
                }
            }
            // Comparisons are known, but off unless the cluster turns them on.
            "Gt" | "Lt" => errors.not_supported(&operator, &["Equal", "Exists", "Lt", "Gt"]),
            _ => errors.not_supported(&operator, &["Equal", "Exists"]),
        }
        if !effect.is_empty() {
            errors.one_of(&effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
    }
}

/// Checks how Pods are spread over nodes.
pub(super) fn topology_spread(constraints: &Node<'_>, errors: &mut Errors) {
    let mut seen = BTreeMap::new();
    for constraint in constraints.items() {
        let skew = constraint.get("maxSkew");
        if skew.int().unwrap_or_default() <= 0 {
            errors.invalid_part(&skew, skew.int().unwrap_or_default(), "must be greater than zero");
        }
        topology_key(&constraint.get("topologyKey"), errors);
        let when = constraint.get("whenUnsatisfiable");
        errors.one_of(&when, &["DoNotSchedule", "ScheduleAnyway"]);
        let pair = (constraint.get("topologyKey").str(), when.str());
        if let Some(first) = seen.insert(pair, constraint.clone()) {
            let path = first.path().field("{topologyKey, whenUnsatisfiable}");
            errors.duplicate_part(&constraint.at(path), format!("{{{}, {}}}", pair.0, pair.1));
        }
        let min_domains = constraint.get("minDomains");
        if let Some(number) = min_domains.int() {
            if number <= 0 {
                errors.invalid(&min_domains, "must be greater than zero");
            }
            if when.str() != "DoNotSchedule" {
                errors.invalid(
                    &min_domains,
                    format!(
                        "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                        when.str()
                    ),
                );
            }
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            errors.optional_one_of(&constraint.get(policy), &["Honor", "Ignore"]);
        }
        spread_keys(&constraint, errors);
        selector::label_selector(&constraint.get("labelSelector"), errors);
    }
}

fn spread_keys(constraint: &Node<'_>, errors: &mut Errors) {
    let keys = constraint.get("matchLabelKeys");
    let label_selector = constraint.get("labelSelector");
    if !keys.is_empty() && !label_selector.is_set() {
        errors.forbidden(&keys, "must not be specified when labelSelector is not set");
        return;
    }
    let selected = selector::keys_with_more(&label_selector);
    for key in keys.items() {
        errors.broken(&key, names::label_key(key.str()));
        if selected.contains(key.str()) {
            errors.invalid(&key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}
