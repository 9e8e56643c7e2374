//! Selectors over labels.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::{metadata, names};
use crate::spec::node::Node;

/// Checks a selector of objects by their labels.
pub(super) fn label_selector(selector: &Node<'_>, errors: &mut Errors) {
    metadata::labels(&selector.get("matchLabels"), errors);
    for requirement in selector.get("matchExpressions").items() {
        let values = requirement.get("values");
        let operator = requirement.get("operator");
        match operator.str() {
            "In" | "NotIn" if values.is_empty() => {
                errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "In" | "NotIn" => {}
            "Exists" | "DoesNotExist" if !values.is_empty() => errors.forbidden(
                &values,
                "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
            ),
            "Exists" | "DoesNotExist" => {}
            _ => errors.invalid(&operator, "not a valid selector operator"),
        }
        errors.broken(&requirement.get("key"), names::label_key(requirement.get("key").str()));
        for value in values.items() {
            errors.broken(&value, names::label_value(value.str()));
        }
    }
}

/// Returns the keys of which the selector asks more than one value.
///
/// Kubernetes adds a requirement for each key whose value is to be the Pod's own, and a Pod that
/// was read back has it already.
pub(super) fn keys_with_more<'a>(selector: &Node<'a>) -> BTreeSet<&'a str> {
    let mut keys: BTreeSet<_> = selector.get("matchLabels").entries().map(|(key, _)| key).collect();
    let mut seen = BTreeSet::new();
    for requirement in selector.get("matchExpressions").items() {
        let key = requirement.get("key").str();
        let is_one_value = matches!(requirement.get("operator").str(), "In" | "NotIn")
            && requirement.get("values").len() == 1;
        if !seen.insert(key) || !is_one_value {
            keys.insert(key);
        }
    }
    keys
}

/// Whether the selector finds something with these labels; one that is not there finds nothing.
pub(super) fn matches(selector: &Node<'_>, labels: &Node<'_>) -> bool {
    selector.is_set() && matches_but(selector, labels, |_| false)
}

/// Whether the selector finds something with these labels, whatever it says of the keys `ignored`.
pub(super) fn matches_but(
    selector: &Node<'_>,
    labels: &Node<'_>,
    ignored: impl Fn(&str) -> bool,
) -> bool {
    let equal = selector
        .get("matchLabels")
        .entries()
        .all(|(key, value)| ignored(key) || labels.key(key).value() == value.value());
    equal
        && selector.get("matchExpressions").items().all(|requirement| {
            let key = requirement.get("key").str();
            let label = labels.key(key);
            let listed = requirement.get("values").texts().contains(&label.str());
            match requirement.get("operator").str() {
                _ if ignored(key) => true,
                "In" => label.is_set() && listed,
                "NotIn" => !label.is_set() || !listed,
                "Exists" => label.is_set(),
                "DoesNotExist" => !label.is_set(),
                _ => false,
            }
        })
}

/// Checks a selector of nodes by their labels and fields.
pub(super) fn node_selector_term(term: &Node<'_>, errors: &mut Errors) {
    for requirement in term.get("matchExpressions").items() {
        node_requirement(&requirement, errors);
    }
    for requirement in term.get("matchFields").items() {
        node_field_requirement(&requirement, errors);
    }
}

fn node_requirement(requirement: &Node<'_>, errors: &mut Errors) {
    let values = requirement.get("values");
    let operator = requirement.get("operator");
    match operator.str() {
        "In" | "NotIn" if values.is_empty() => {
            errors.required(&values, "must be specified when `operator` is 'In' or 'NotIn'");
        }
        "In" | "NotIn" => {}
        "Exists" | "DoesNotExist" if !values.is_empty() => errors.forbidden(
            &values,
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        "Exists" | "DoesNotExist" => {}
        "Gt" | "Lt" if values.len() != 1 => {
            errors.required(
                &values,
                "must be specified single value when `operator` is 'Lt' or 'Gt'",
            );
        }
        "Gt" | "Lt" => {}
        _ => errors.invalid(&operator, "not a valid selector operator"),
    }
    let key = requirement.get("key");
    errors.broken(&key, names::label_key(key.str()));
    for value in values.items() {
        errors.broken(&value, names::label_value(value.str()));
    }
}

fn node_field_requirement(requirement: &Node<'_>, errors: &mut Errors) {
    let values = requirement.get("values");
    let operator = requirement.get("operator");
    match operator.str() {
        "In" | "NotIn" if values.len() != 1 => errors.required(
            &values,
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        ),
        "In" | "NotIn" => {}
        _ => errors.invalid(&operator, "not a valid selector operator"),
    }
    let key = requirement.get("key");
    if key.str() == "metadata.name" {
        for value in values.items() {
            errors.broken(&value, names::dns_subdomain(value.str()));
        }
    } else {
        errors.invalid(&key, "not a valid field selector key");
    }
}
