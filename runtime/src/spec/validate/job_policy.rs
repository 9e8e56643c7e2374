//! When a Job has failed or succeeded before all of its Pods have ended.

use std::collections::BTreeSet;

use super::errors::Errors;
use super::names;
use crate::spec::node::Node;

const MAX_RULES: usize = 20;
const MAX_EXIT_CODES: usize = 255;
const ACTIONS: &[&str] = &["Count", "FailIndex", "FailJob", "Ignore"];

/// Checks `podFailurePolicy` of a Job.
pub(super) fn pod_failure(spec: &Node<'_>, errors: &mut Errors) {
    let policy = spec.get("podFailurePolicy");
    if !policy.is_set() {
        return;
    }
    let pod = spec.get("template").get("spec");
    if pod.get("restartPolicy").str() != "Never" {
        errors.invalid(
            &pod.get("restartPolicy"),
            "only \"Never\" is supported when podFailurePolicy is specified",
        );
    }
    let rules = policy.get("rules");
    if rules.len() > MAX_RULES {
        errors.too_many(&rules, MAX_RULES);
        return;
    }
    let containers: BTreeSet<_> = ["containers", "initContainers"]
        .into_iter()
        .flat_map(|list| pod.get(list).items())
        .map(|container| container.get("name").str())
        .collect();
    for rule in rules.items() {
        failure_rule(&rule, spec, &containers, errors);
    }
}

fn failure_rule(
    rule: &Node<'_>,
    spec: &Node<'_>,
    containers: &BTreeSet<&str>,
    errors: &mut Errors,
) {
    let action = rule.get("action");
    errors.required_one_of(
        &action,
        ACTIONS,
        r#"valid values: ["Count" "FailIndex" "FailJob" "Ignore"]"#,
    );
    if action.str() == "FailIndex" && !spec.get("backoffLimitPerIndex").is_set() {
        errors.invalid(&action, "requires the backoffLimitPerIndex to be set");
    }
    let (codes, conditions) = (rule.get("onExitCodes"), rule.get("onPodConditions"));
    if codes.is_set() {
        exit_codes(&codes, containers, errors);
    }
    pod_conditions(&conditions, errors);
    match (codes.is_set(), !conditions.is_empty()) {
        (true, true) => {
            errors.invalid(rule, "specifying both OnExitCodes and OnPodConditions is not supported")
        }
        (false, false) => {
            errors.invalid(rule, "specifying one of OnExitCodes and OnPodConditions is required")
        }
        _ => {}
    }
}

fn exit_codes(codes: &Node<'_>, containers: &BTreeSet<&str>, errors: &mut Errors) {
    let operator = codes.get("operator");
    errors.required_one_of(&operator, &["In", "NotIn"], r#"valid values: ["In" "NotIn"]"#);
    let container = codes.get("containerName");
    if container.is_set() && !containers.contains(container.str()) {
        errors.invalid(
            &container,
            "must be one of the container or initContainer names in the pod template",
        );
    }
    let values = codes.get("values");
    if values.is_empty() {
        errors.invalid(&values, "at least one value is required");
    } else if values.len() > MAX_EXIT_CODES {
        errors.too_many(&values, MAX_EXIT_CODES);
    }
    let mut seen = BTreeSet::new();
    for value in values.items() {
        let code = value.int().unwrap_or_default();
        if code == 0 && operator.str() == "In" {
            errors.invalid(&value, "must not be 0 for the In operator");
        }
        if !seen.insert(code) {
            errors.duplicate(&value);
        }
    }
    if !values.items().map(|value| value.int()).is_sorted() {
        errors.invalid(&values, "must be ordered");
    }
}

fn pod_conditions(conditions: &Node<'_>, errors: &mut Errors) {
    if conditions.len() > MAX_RULES {
        errors.too_many(conditions, MAX_RULES);
        return;
    }
    for condition in conditions.items() {
        let name = condition.get("type");
        errors.broken(&name, names::qualified_name(name.str()));
        errors.required_one_of(
            &condition.get("status"),
            &["False", "True", "Unknown"],
            r#"valid values: ["False" "True" "Unknown"]"#,
        );
    }
}

/// Checks `podReplacementPolicy` of a Job.
pub(super) fn pod_replacement(spec: &Node<'_>, errors: &mut Errors) {
    let supported: &[&str] = if spec.get("podFailurePolicy").is_set() {
        &["Failed"]
    } else {
        &["Failed", "TerminatingOrFailed"]
    };
    errors.optional_one_of(&spec.get("podReplacementPolicy"), supported);
}

/// Checks `successPolicy` of a Job.
pub(super) fn success(spec: &Node<'_>, errors: &mut Errors) {
    let policy = spec.get("successPolicy");
    if !policy.is_set() {
        return;
    }
    if spec.get("completionMode").str() != "Indexed" {
        errors.invalid(&policy, "requires indexed completion mode");
        return;
    }
    let rules = policy.get("rules");
    if rules.is_empty() {
        errors.required(
            &rules,
            "at least one rules must be specified when the successPolicy is specified",
        );
    } else if rules.len() > MAX_RULES {
        errors.too_many(&rules, MAX_RULES);
    }
    for rule in rules.items() {
        success_rule(&rule, spec.get("completions").int().unwrap_or_default(), errors);
    }
}

fn success_rule(rule: &Node<'_>, completions: i64, errors: &mut Errors) {
    let (indexes, count) = (rule.get("succeededIndexes"), rule.get("succeededCount"));
    if !indexes.is_set() && !count.is_set() {
        errors
            .required(rule, "at least one of succeededCount or succeededIndexes must be specified");
    }
    let mut total = None;
    if indexes.is_set() {
        match count_indexes(indexes.str(), completions) {
            Ok(number) => total = Some(number),
            Err(reason) => errors.invalid(&indexes, reason),
        }
    }
    errors.not_negative(&count);
    let Some(number) = count.int() else { return };
    if number > completions {
        errors.invalid(
            &count,
            format!(
                "must be less than or equal to {completions} (the number of specified completions)"
            ),
        );
    }
    if let Some(total) = total
        && number > total
    {
        errors.invalid(
            &count,
            format!(
                "must be less than or equal to {total} (the number of indexes in the specified \
                 succeededIndexes field)"
            ),
        );
    }
}

/// Returns how many indexes a list such as `0,3-5` has: each larger than the one before.
fn count_indexes(text: &str, completions: i64) -> Result<i64, String> {
    let mut total = 0;
    let mut last = -1;
    let number = |text: &str| {
        text.parse::<u32>().map(i64::from).map_err(|_| {
            format!(
                "error parsing succeededIndexes: cannot convert string to integer for index: \
                 \"{text}\""
            )
        })
    };
    for interval in text.split(',').filter(|interval| !interval.is_empty()) {
        let (first, end) = interval.split_once('-').unwrap_or((interval, interval));
        let (first, end) = (number(first)?, number(end)?);
        if first <= last || end < first {
            return Err("error parsing succeededIndexes: non-increasing order".to_owned());
        }
        if end >= completions {
            return Err(format!(
                "error parsing succeededIndexes: too large index: \"{end}\", the maximum is {}",
                completions - 1
            ));
        }
        total += end - first + 1;
        last = end;
    }
    Ok(total)
}
