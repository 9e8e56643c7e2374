//! Kinds that make Pods.

use super::Support::Inherited;
use super::Type::{Any, Bool, Int32, Int64, IntOrString, List, Object, Str};
use super::claim::PERSISTENT_VOLUME_CLAIM;
use super::metadata::{LABEL_SELECTOR, OBJECT_META};
use super::pod::POD_TEMPLATE_SPEC;
use super::{Structure, field};

/// `Deployment`
pub(in crate::spec) static DEPLOYMENT: Structure = Structure {
    name: "Deployment",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&DEPLOYMENT_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

/// `DeploymentSpec`
pub(in crate::spec) static DEPLOYMENT_SPEC: Structure = Structure {
    name: "DeploymentSpec",
    fields: &[
        field("minReadySeconds", Int32, Inherited, ""),
        field("paused", Bool, Inherited, ""),
        field("progressDeadlineSeconds", Int32, Inherited, ""),
        field("replicas", Int32, Inherited, ""),
        field("revisionHistoryLimit", Int32, Inherited, ""),
        field("selector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("strategy", Object(&DEPLOYMENT_STRATEGY), Inherited, ""),
        field("template", Object(&POD_TEMPLATE_SPEC), Inherited, ""),
    ],
};

/// `DeploymentStrategy`
pub(in crate::spec) static DEPLOYMENT_STRATEGY: Structure = Structure {
    name: "DeploymentStrategy",
    fields: &[
        field("rollingUpdate", Object(&ROLLING_UPDATE_DEPLOYMENT), Inherited, ""),
        field("type", Str, Inherited, ""),
    ],
};

/// `RollingUpdateDeployment`
pub(in crate::spec) static ROLLING_UPDATE_DEPLOYMENT: Structure = Structure {
    name: "RollingUpdateDeployment",
    fields: &[
        field("maxSurge", IntOrString, Inherited, ""),
        field("maxUnavailable", IntOrString, Inherited, ""),
    ],
};

/// `ReplicaSet`
pub(in crate::spec) static REPLICA_SET: Structure = Structure {
    name: "ReplicaSet",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&REPLICA_SET_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

/// `ReplicaSetSpec`
pub(in crate::spec) static REPLICA_SET_SPEC: Structure = Structure {
    name: "ReplicaSetSpec",
    fields: &[
        field("minReadySeconds", Int32, Inherited, ""),
        field("replicas", Int32, Inherited, ""),
        field("selector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("template", Object(&POD_TEMPLATE_SPEC), Inherited, ""),
    ],
};

/// `StatefulSet`
pub(in crate::spec) static STATEFUL_SET: Structure = Structure {
    name: "StatefulSet",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&STATEFUL_SET_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

/// `StatefulSetSpec`
pub(in crate::spec) static STATEFUL_SET_SPEC: Structure = Structure {
    name: "StatefulSetSpec",
    fields: &[
        field("minReadySeconds", Int32, Inherited, ""),
        field("ordinals", Object(&STATEFUL_SET_ORDINALS), Inherited, ""),
        field(
            "persistentVolumeClaimRetentionPolicy",
            Object(&STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY),
            Inherited,
            "",
        ),
        field("podManagementPolicy", Str, Inherited, ""),
        field("replicas", Int32, Inherited, ""),
        field("revisionHistoryLimit", Int32, Inherited, ""),
        field("selector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("serviceName", Str, Inherited, ""),
        field("template", Object(&POD_TEMPLATE_SPEC), Inherited, ""),
        field("updateStrategy", Object(&STATEFUL_SET_UPDATE_STRATEGY), Inherited, ""),
        field("volumeClaimTemplates", List(&Object(&PERSISTENT_VOLUME_CLAIM)), Inherited, ""),
    ],
};

/// `StatefulSetUpdateStrategy`
pub(in crate::spec) static STATEFUL_SET_UPDATE_STRATEGY: Structure = Structure {
    name: "StatefulSetUpdateStrategy",
    fields: &[
        field("rollingUpdate", Object(&ROLLING_UPDATE_STATEFUL_SET_STRATEGY), Inherited, ""),
        field("type", Str, Inherited, ""),
    ],
};

/// `RollingUpdateStatefulSetStrategy`
pub(in crate::spec) static ROLLING_UPDATE_STATEFUL_SET_STRATEGY: Structure = Structure {
    name: "RollingUpdateStatefulSetStrategy",
    fields: &[
        field("maxUnavailable", IntOrString, Inherited, ""),
        field("partition", Int32, Inherited, ""),
    ],
};

/// `StatefulSetOrdinals`
pub(in crate::spec) static STATEFUL_SET_ORDINALS: Structure =
    Structure { name: "StatefulSetOrdinals", fields: &[field("start", Int32, Inherited, "")] };

/// `StatefulSetPersistentVolumeClaimRetentionPolicy`
pub(in crate::spec) static STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY: Structure =
    Structure {
        name: "StatefulSetPersistentVolumeClaimRetentionPolicy",
        fields: &[
            field("whenDeleted", Str, Inherited, ""),
            field("whenScaled", Str, Inherited, ""),
        ],
    };

/// `DaemonSet`
pub(in crate::spec) static DAEMON_SET: Structure = Structure {
    name: "DaemonSet",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&DAEMON_SET_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

/// `DaemonSetSpec`
pub(in crate::spec) static DAEMON_SET_SPEC: Structure = Structure {
    name: "DaemonSetSpec",
    fields: &[
        field("minReadySeconds", Int32, Inherited, ""),
        field("revisionHistoryLimit", Int32, Inherited, ""),
        field("selector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("template", Object(&POD_TEMPLATE_SPEC), Inherited, ""),
        field("updateStrategy", Object(&DAEMON_SET_UPDATE_STRATEGY), Inherited, ""),
    ],
};

/// `DaemonSetUpdateStrategy`
pub(in crate::spec) static DAEMON_SET_UPDATE_STRATEGY: Structure = Structure {
    name: "DaemonSetUpdateStrategy",
    fields: &[
        field("rollingUpdate", Object(&ROLLING_UPDATE_DAEMON_SET), Inherited, ""),
        field("type", Str, Inherited, ""),
    ],
};

/// `RollingUpdateDaemonSet`
pub(in crate::spec) static ROLLING_UPDATE_DAEMON_SET: Structure = Structure {
    name: "RollingUpdateDaemonSet",
    fields: &[
        field("maxSurge", IntOrString, Inherited, ""),
        field("maxUnavailable", IntOrString, Inherited, ""),
    ],
};

/// `Job`
pub(in crate::spec) static JOB: Structure = Structure {
    name: "Job",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&JOB_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

/// `JobSpec`
pub(in crate::spec) static JOB_SPEC: Structure = Structure {
    name: "JobSpec",
    fields: &[
        field("activeDeadlineSeconds", Int64, Inherited, ""),
        field("backoffLimit", Int32, Inherited, ""),
        field("backoffLimitPerIndex", Int32, Inherited, ""),
        field("completionMode", Str, Inherited, ""),
        field("completions", Int32, Inherited, ""),
        field("managedBy", Str, Inherited, ""),
        field("manualSelector", Bool, Inherited, ""),
        field("maxFailedIndexes", Int32, Inherited, ""),
        field("parallelism", Int32, Inherited, ""),
        field("podFailurePolicy", Object(&POD_FAILURE_POLICY), Inherited, ""),
        field("podReplacementPolicy", Str, Inherited, ""),
        field("selector", Object(&LABEL_SELECTOR), Inherited, ""),
        field("successPolicy", Object(&SUCCESS_POLICY), Inherited, ""),
        field("suspend", Bool, Inherited, ""),
        field("template", Object(&POD_TEMPLATE_SPEC), Inherited, ""),
        field("ttlSecondsAfterFinished", Int32, Inherited, ""),
    ],
};

/// `JobTemplateSpec`
pub(in crate::spec) static JOB_TEMPLATE_SPEC: Structure = Structure {
    name: "JobTemplateSpec",
    fields: &[
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&JOB_SPEC), Inherited, ""),
    ],
};

/// `PodFailurePolicy`
pub(in crate::spec) static POD_FAILURE_POLICY: Structure = Structure {
    name: "PodFailurePolicy",
    fields: &[field("rules", List(&Object(&POD_FAILURE_POLICY_RULE)), Inherited, "")],
};

/// `PodFailurePolicyRule`
pub(in crate::spec) static POD_FAILURE_POLICY_RULE: Structure = Structure {
    name: "PodFailurePolicyRule",
    fields: &[
        field("action", Str, Inherited, ""),
        field("onExitCodes", Object(&POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT), Inherited, ""),
        field(
            "onPodConditions",
            List(&Object(&POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN)),
            Inherited,
            "",
        ),
    ],
};

/// `PodFailurePolicyOnExitCodesRequirement`
pub(in crate::spec) static POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT: Structure = Structure {
    name: "PodFailurePolicyOnExitCodesRequirement",
    fields: &[
        field("containerName", Str, Inherited, ""),
        field("operator", Str, Inherited, ""),
        field("values", List(&Int32), Inherited, ""),
    ],
};

/// `PodFailurePolicyOnPodConditionsPattern`
pub(in crate::spec) static POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN: Structure = Structure {
    name: "PodFailurePolicyOnPodConditionsPattern",
    fields: &[field("status", Str, Inherited, ""), field("type", Str, Inherited, "")],
};

/// `SuccessPolicy`
pub(in crate::spec) static SUCCESS_POLICY: Structure = Structure {
    name: "SuccessPolicy",
    fields: &[field("rules", List(&Object(&SUCCESS_POLICY_RULE)), Inherited, "")],
};

/// `SuccessPolicyRule`
pub(in crate::spec) static SUCCESS_POLICY_RULE: Structure = Structure {
    name: "SuccessPolicyRule",
    fields: &[
        field("succeededCount", Int32, Inherited, ""),
        field("succeededIndexes", Str, Inherited, ""),
    ],
};

/// `CronJob`
pub(in crate::spec) static CRON_JOB: Structure = Structure {
    name: "CronJob",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&CRON_JOB_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

/// `CronJobSpec`
pub(in crate::spec) static CRON_JOB_SPEC: Structure = Structure {
    name: "CronJobSpec",
    fields: &[
        field("concurrencyPolicy", Str, Inherited, ""),
        field("failedJobsHistoryLimit", Int32, Inherited, ""),
        field("jobTemplate", Object(&JOB_TEMPLATE_SPEC), Inherited, ""),
        field("schedule", Str, Inherited, ""),
        field("startingDeadlineSeconds", Int64, Inherited, ""),
        field("successfulJobsHistoryLimit", Int32, Inherited, ""),
        field("suspend", Bool, Inherited, ""),
        field("timeZone", Str, Inherited, ""),
    ],
};
