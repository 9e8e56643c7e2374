//! The rules of the API, by topic, each a small function over a decoded and defaulted object.
//!
//! Messages and places are Kubernetes' own, also where a place is odd: who looks for a message on
//! the net should find it. A rule never stops at the first error.

mod annotations;
mod claim;
mod config;
mod containers;
mod cron;
mod env;
mod errors;
mod job;
mod job_policy;
mod json;
mod metadata;
mod mounts;
mod names;
mod network;
mod plugins;
mod pod;
mod ports;
mod probes;
mod projected;
mod resize;
mod resources;
mod scheduling;
mod security;
mod selector;
mod service;
mod template;
mod update;
mod volumes;
mod windows;
mod workloads;

pub(super) use self::env::subscript;
pub(super) use self::errors::Errors;
pub(super) use self::resize::pod_resize;
pub(super) use self::update::{ephemeral_containers_update, pod_update};
use super::node::Node;
use super::quantity::Quantity;

/// Checks an object that is to be created, decoded and defaulted.
pub(super) fn object(kind: &str, object: &Node<'_>, errors: &mut Errors) {
    match kind {
        "Pod" => pod::pod(object, errors),
        "Deployment" => workloads::deployment(object, errors),
        "ReplicaSet" => workloads::replica_set(object, errors),
        "StatefulSet" => workloads::stateful_set(object, errors),
        "DaemonSet" => workloads::daemon_set(object, errors),
        "Job" => job::job(object, errors),
        "CronJob" => job::cron_job(object, errors),
        "ConfigMap" => config::config_map(object, errors),
        "Secret" => config::secret(object, errors),
        "Service" => service::service(object, errors),
        "PersistentVolumeClaim" => workloads::persistent_volume_claim(object, errors),
        _ => template::named(object, errors),
    }
}

#[cfg(test)]
mod tests;
