//! Job and CronJob.

use std::sync::LazyLock;

use jiff::tz::TimeZoneDatabase;

use super::errors::Errors;
use super::template::{named, pod_template};
use super::{cron, job_policy, names, selector};
use crate::spec::node::Node;

const MAX_PARALLELISM_INDEXED: i64 = 100_000;
const MANY_COMPLETIONS: i64 = 100_000;
const MAX_WITH_MANY_COMPLETIONS: i64 = 10_000;
const MAX_CRON_JOB_NAME: usize = 52;
const MAX_MANAGED_BY: usize = 63;

/// Checks a Job.
pub(super) fn job(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    let spec = object.get("spec");
    job_spec(&spec, errors);
    job_selector(&spec, errors);
    let name = object.get("metadata").get("name");
    if spec.get("completionMode").str() == "Indexed" && !name.is_empty() {
        let completions = spec.get("completions").int().unwrap_or_default();
        let pod_name = format!("{}-{}", name.str(), completions.max(1) - 1);
        for rule in names::dns_label(&pod_name) {
            errors.invalid(
                &name,
                format!("will not able to create pod with invalid DNS label: {pod_name}: {rule}"),
            );
        }
    }
}

/// Checks that the selector finds the Pods, with the labels that the API adds to both.
fn job_selector(spec: &Node<'_>, errors: &mut Errors) {
    const ADDED: [&str; 4] = [
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "controller-uid",
        "job-name",
    ];
    let node = spec.get("selector");
    if !node.is_set() {
        if spec.get("manualSelector").is_true() {
            errors.required(&node, "");
        }
        return;
    }
    selector::label_selector(&node, errors);
    let labels = spec.get("template").get("metadata").get("labels");
    let is_added = |key: &str| {
        !spec.get("manualSelector").is_true() && ADDED.contains(&key) && !labels.key(key).is_set()
    };
    if !selector::matches_but(&node, &labels, is_added) {
        errors.invalid(&labels, "`selector` does not match template `labels`");
    }
}

/// Checks the spec of a Job, or of the template of Jobs.
fn job_spec(spec: &Node<'_>, errors: &mut Errors) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        errors.not_negative(&spec.get(field));
    }
    let managed_by = spec.get("managedBy");
    if managed_by.is_set() {
        if !is_domain_prefixed(managed_by.str()) {
            errors.invalid(&managed_by, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        }
        if managed_by.str().len() > MAX_MANAGED_BY {
            errors.too_long(&managed_by, MAX_MANAGED_BY);
        }
    }
    completion(spec, errors);
    job_policy::pod_failure(spec, errors);
    job_policy::success(spec, errors);
    job_policy::pod_replacement(spec, errors);
    let template = spec.get("template");
    pod_template(&template, errors);
    let policy = template.get("spec").get("restartPolicy");
    match policy.str() {
        "" | "Always" => errors.required(&policy, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" | "Never" => {}
        _ => errors.not_supported(&policy, &["OnFailure", "Never"]),
    }
}

fn completion(spec: &Node<'_>, errors: &mut Errors) {
    let (completions, parallelism) = (spec.get("completions"), spec.get("parallelism"));
    let (per_index, failed) = (spec.get("backoffLimitPerIndex"), spec.get("maxFailedIndexes"));
    let mode = spec.get("completionMode");
    errors.optional_one_of(&mode, &["NonIndexed", "Indexed"]);
    let above = |node: &Node<'_>, max: i64| node.int().is_some_and(|number| number > max);
    if mode.str() != "Indexed" {
        if per_index.is_set() {
            errors.invalid(&per_index, "requires indexed completion mode");
        }
    } else if !completions.is_set() {
        errors.required(&completions, "when completion mode is Indexed");
    } else if above(&parallelism, MAX_PARALLELISM_INDEXED) {
        errors.invalid(
            &parallelism,
            format!(
                "must be less than or equal to {MAX_PARALLELISM_INDEXED} when completion mode is \
                 Indexed"
            ),
        );
    }
    if failed.is_set() && !per_index.is_set() {
        errors.required(&per_index, "when maxFailedIndexes is specified");
    }
    if completions.int().is_some_and(|completions| above(&failed, completions)) {
        errors.invalid(&failed, "must be less than or equal to completions");
    }
    if above(&failed, MANY_COMPLETIONS) {
        errors.invalid(&failed, format!("must be less than or equal to {MANY_COMPLETIONS}"));
    }
    if above(&completions, MANY_COMPLETIONS) && per_index.is_set() {
        if !failed.is_set() {
            errors.required(
                &failed,
                &format!("must be specified when completions is above {MANY_COMPLETIONS}"),
            );
        }
        for node in [&parallelism, &failed] {
            if above(node, MAX_WITH_MANY_COMPLETIONS) {
                errors.invalid(
                    node,
                    format!(
                        "must be less than or equal to {MAX_WITH_MANY_COMPLETIONS} when \
                         completions are above {MANY_COMPLETIONS} and used with backoff limit per \
                         index"
                    ),
                );
            }
        }
    }
}

fn is_domain_prefixed(path: &str) -> bool {
    path.split_once('/').is_some_and(|(domain, rest)| {
        names::dns_subdomain(domain).is_empty()
            && !rest.is_empty()
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~!$&'()*+,;=:".contains(&byte))
    })
}

/// Checks a CronJob.
pub(super) fn cron_job(object: &Node<'_>, errors: &mut Errors) {
    named(object, errors);
    let name = object.get("metadata").get("name");
    if name.str().len() > MAX_CRON_JOB_NAME {
        errors.invalid(&name, format!("must be no more than {MAX_CRON_JOB_NAME} characters"));
    }
    let spec = object.get("spec");
    let schedule = spec.get("schedule");
    if schedule.is_empty() {
        errors.required(&schedule, "");
    } else if schedule.str().contains("TZ") {
        errors
            .invalid(&schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    } else if let Err(reason) = cron::check(schedule.str()) {
        errors.invalid(&schedule, reason);
    }
    time_zone(&spec.get("timeZone"), errors);
    for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"]
    {
        errors.not_negative(&spec.get(field));
    }
    errors.required_one_of(&spec.get("concurrencyPolicy"), &["Allow", "Forbid", "Replace"], "");
    job_spec(&spec.get("jobTemplate").get("spec"), errors);
}

/// Checks the name of a time zone, as Kubernetes does where the database of time zones is at hand.
fn time_zone(zone: &Node<'_>, errors: &mut Errors) {
    if !zone.is_set() {
        return;
    }
    let name = zone.str();
    if name.is_empty() {
        errors.invalid(zone, "timeZone must be nil or non-empty string");
        return;
    }
    if name.eq_ignore_ascii_case("Local") {
        errors.invalid(
            zone,
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        );
    }
    // Go knows that name besides those of the database.
    if name != "Local" && !is_time_zone(name) {
        errors.invalid(zone, format!("unknown time zone {name}"));
    }
}

/// Whether the database, the one that is built in, has a time zone of exactly that name.
fn is_time_zone(name: &str) -> bool {
    static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    DATABASE.get(name).is_ok_and(|zone| zone.iana_name() == Some(name))
}
