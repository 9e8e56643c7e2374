//! Probes and lifecycle hooks.

use super::errors::Errors;
use super::pod::PodContext;
use super::{names, ports};
use crate::spec::node::Node;

/// Checks what a regular container has.
pub(super) fn of_regular(container: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    lifecycle(&container.get("lifecycle"), pod, errors);
    probe(&container.get("livenessProbe"), errors);
    must_succeed_once(&container.get("livenessProbe"), errors);
    readiness(&container.get("readinessProbe"), errors);
    probe(&container.get("startupProbe"), errors);
    must_succeed_once(&container.get("startupProbe"), errors);
}

/// Checks what a sidecar has.
pub(super) fn of_sidecar(container: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    of_regular(container, pod, errors);
}

fn readiness(node: &Node<'_>, errors: &mut Errors) {
    probe(node, errors);
    let grace = node.get("terminationGracePeriodSeconds");
    if grace.is_set() {
        errors.invalid(&grace, "must not be set for readinessProbes");
    }
}

fn must_succeed_once(probe: &Node<'_>, errors: &mut Errors) {
    let threshold = probe.get("successThreshold");
    if probe.is_set() && threshold.int().is_some_and(|threshold| threshold != 1) {
        errors.invalid(&threshold, "must be 1");
    }
}

fn probe(probe: &Node<'_>, errors: &mut Errors) {
    if !probe.is_set() {
        return;
    }
    handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], None, errors);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        errors.not_negative(&probe.get(field));
    }
    let grace = probe.get("terminationGracePeriodSeconds");
    if grace.int().is_some_and(|seconds| seconds <= 0) {
        errors.invalid(&grace, "must be greater than 0");
    }
}

fn lifecycle(lifecycle: &Node<'_>, pod: &PodContext<'_>, errors: &mut Errors) {
    for hook in ["postStart", "preStop"] {
        let hook = lifecycle.get(hook);
        if hook.is_set() {
            let handlers = ["exec", "httpGet", "tcpSocket", "sleep"];
            handler(&hook, &handlers, Some(pod.grace_seconds), errors);
        }
    }
}

/// Checks that there is exactly one handler, and the handler.
fn handler(parent: &Node<'_>, names: &[&'static str], grace: Option<i64>, errors: &mut Errors) {
    let mut handlers = names.iter().map(|name| parent.get(name)).filter(Node::is_set);
    if handlers.next().is_none() {
        errors.required(parent, "must specify a handler type");
        return;
    }
    for extra in handlers {
        errors.forbidden(&extra, "may not specify more than 1 handler type");
    }
    let first = names.iter().find(|name| parent.get(name).is_set()).copied().unwrap_or_default();
    let handler = parent.get(first);
    match first {
        "exec" => {
            if handler.get("command").is_empty() {
                errors.required(&handler.get("command"), "");
            }
        }
        "httpGet" => http_get(&handler, errors),
        "tcpSocket" => ports::number_or_name(&handler.get("port"), errors),
        "grpc" => {
            let port = handler.get("port");
            let number = port.int().unwrap_or_default();
            if !(1..=65535).contains(&number) {
                errors.invalid_part(&port, number, super::errors::in_range_message(1, 65535));
            }
        }
        _ => {
            let seconds = handler.get("seconds").int().unwrap_or_default();
            let grace = grace.unwrap_or_default();
            if seconds < 0 || seconds > grace {
                errors.invalid_part(
                    &handler,
                    seconds,
                    format!(
                        "must be non-negative and less than terminationGracePeriodSeconds ({grace})"
                    ),
                );
            }
        }
    }
}

fn http_get(action: &Node<'_>, errors: &mut Errors) {
    if action.get("path").is_empty() {
        errors.required(&action.get("path"), "");
    }
    ports::number_or_name(&action.get("port"), errors);
    errors.one_of(&action.get("scheme"), &["HTTP", "HTTPS"]);
    let headers = action.get("httpHeaders");
    for header in headers.items() {
        for rule in names::http_header(header.get("name").str()) {
            errors.invalid_part(&headers, header.get("name").value(), rule);
        }
    }
}
