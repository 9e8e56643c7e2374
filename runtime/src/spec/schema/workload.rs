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
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: apps/v1.",
        ),
        field("kind", Str, Inherited, "What the document is: Deployment."),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the deployment is."),
        field(
            "spec",
            Object(&DEPLOYMENT_SPEC),
            Inherited,
            "Which pods it keeps running, and how it replaces them.",
        ),
        field("status", Any, Inherited, "How it is; observed by the cluster, not asked for."),
    ],
};

/// `DeploymentSpec`
pub(in crate::spec) static DEPLOYMENT_SPEC: Structure = Structure {
    name: "DeploymentSpec",
    fields: &[
        field(
            "minReadySeconds",
            Int32,
            Inherited,
            "How many seconds a new pod must be ready to count as available; 0 if not set.",
        ),
        field(
            "paused",
            Bool,
            Inherited,
            "Whether a change of the template waits instead of being rolled out; false if not set.",
        ),
        field(
            "progressDeadlineSeconds",
            Int32,
            Inherited,
            "After how many seconds without progress a rollout counts as failed; 600 if not set.",
        ),
        field("replicas", Int32, Inherited, "How many pods there should be; 1 if not set."),
        field(
            "revisionHistoryLimit",
            Int32,
            Inherited,
            "How many older replica sets are kept to roll back to; 10 if not set.",
        ),
        field(
            "selector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Which pods are the deployment's; the labels of the template must match.",
        ),
        field(
            "strategy",
            Object(&DEPLOYMENT_STRATEGY),
            Inherited,
            "How old pods are replaced by new ones.",
        ),
        field(
            "template",
            Object(&POD_TEMPLATE_SPEC),
            Inherited,
            "The pod that is made; its restartPolicy must be Always.",
        ),
    ],
};

/// `DeploymentStrategy`
pub(in crate::spec) static DEPLOYMENT_STRATEGY: Structure = Structure {
    name: "DeploymentStrategy",
    fields: &[
        field(
            "rollingUpdate",
            Object(&ROLLING_UPDATE_DEPLOYMENT),
            Inherited,
            "How fast pods are replaced; only for the type RollingUpdate.",
        ),
        field(
            "type",
            Str,
            Inherited,
            "RollingUpdate, the default, or Recreate, which stops all old pods first.",
        ),
    ],
};

/// `RollingUpdateDeployment`
pub(in crate::spec) static ROLLING_UPDATE_DEPLOYMENT: Structure = Structure {
    name: "RollingUpdateDeployment",
    fields: &[
        field(
            "maxSurge",
            IntOrString,
            Inherited,
            "How many pods beyond replicas an update may run, or a percentage; 25% if not set.",
        ),
        field(
            "maxUnavailable",
            IntOrString,
            Inherited,
            "How many pods may be missing in an update, or a percentage; 25% if not set.",
        ),
    ],
};

/// `ReplicaSet`
pub(in crate::spec) static REPLICA_SET: Structure = Structure {
    name: "ReplicaSet",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: apps/v1.",
        ),
        field("kind", Str, Inherited, "What the document is: ReplicaSet."),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the replica set is."),
        field(
            "spec",
            Object(&REPLICA_SET_SPEC),
            Inherited,
            "Which pods it keeps running, and how many.",
        ),
        field("status", Any, Inherited, "How it is; observed by the cluster, not asked for."),
    ],
};

/// `ReplicaSetSpec`
pub(in crate::spec) static REPLICA_SET_SPEC: Structure = Structure {
    name: "ReplicaSetSpec",
    fields: &[
        field(
            "minReadySeconds",
            Int32,
            Inherited,
            "How many seconds a new pod must be ready to count as available; 0 if not set.",
        ),
        field("replicas", Int32, Inherited, "How many pods there should be; 1 if not set."),
        field(
            "selector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Which pods are the replica set's; the labels of the template must match.",
        ),
        field(
            "template",
            Object(&POD_TEMPLATE_SPEC),
            Inherited,
            "The pod that is made when there are too few; its restartPolicy must be Always.",
        ),
    ],
};

/// `StatefulSet`
pub(in crate::spec) static STATEFUL_SET: Structure = Structure {
    name: "StatefulSet",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: apps/v1.",
        ),
        field("kind", Str, Inherited, "What the document is: StatefulSet."),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the stateful set is."),
        field(
            "spec",
            Object(&STATEFUL_SET_SPEC),
            Inherited,
            "Which numbered pods and claims it keeps, and how it replaces the pods.",
        ),
        field("status", Any, Inherited, "How it is; observed by the cluster, not asked for."),
    ],
};

/// `StatefulSetSpec`
pub(in crate::spec) static STATEFUL_SET_SPEC: Structure = Structure {
    name: "StatefulSetSpec",
    fields: &[
        field(
            "minReadySeconds",
            Int32,
            Inherited,
            "How many seconds a new pod must be ready to count as available; 0 if not set.",
        ),
        field(
            "ordinals",
            Object(&STATEFUL_SET_ORDINALS),
            Inherited,
            "How the pods are numbered; from 0 if not set.",
        ),
        field(
            "persistentVolumeClaimRetentionPolicy",
            Object(&STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY),
            Inherited,
            "When claims made from volumeClaimTemplates are deleted; never if not set.",
        ),
        field(
            "podManagementPolicy",
            Str,
            Inherited,
            "OrderedReady, the default, starts pods one by one; Parallel starts all at once.",
        ),
        field("replicas", Int32, Inherited, "How many pods there should be; 1 if not set."),
        field(
            "revisionHistoryLimit",
            Int32,
            Inherited,
            "How many older revisions are kept to roll back to; 10 if not set.",
        ),
        field(
            "selector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Which pods are the stateful set's; the labels of the template must match.",
        ),
        field(
            "serviceName",
            Str,
            Inherited,
            "The service below whose name each pod has a name of its own in DNS.",
        ),
        field(
            "template",
            Object(&POD_TEMPLATE_SPEC),
            Inherited,
            "The pod that is made, named by set and number; its restartPolicy must be Always.",
        ),
        field(
            "updateStrategy",
            Object(&STATEFUL_SET_UPDATE_STRATEGY),
            Inherited,
            "How pods are replaced when the template changes.",
        ),
        field(
            "volumeClaimTemplates",
            List(&Object(&PERSISTENT_VOLUME_CLAIM)),
            Inherited,
            "Claims that each pod gets its own of; they go before volumes of the same name.",
        ),
    ],
};

/// `StatefulSetUpdateStrategy`
pub(in crate::spec) static STATEFUL_SET_UPDATE_STRATEGY: Structure = Structure {
    name: "StatefulSetUpdateStrategy",
    fields: &[
        field(
            "rollingUpdate",
            Object(&ROLLING_UPDATE_STATEFUL_SET_STRATEGY),
            Inherited,
            "Which pods are replaced, and how fast; only for the type RollingUpdate.",
        ),
        field(
            "type",
            Str,
            Inherited,
            "RollingUpdate, the default, or OnDelete, which replaces only pods that you delete.",
        ),
    ],
};

/// `RollingUpdateStatefulSetStrategy`
pub(in crate::spec) static ROLLING_UPDATE_STATEFUL_SET_STRATEGY: Structure = Structure {
    name: "RollingUpdateStatefulSetStrategy",
    fields: &[
        field(
            "maxUnavailable",
            IntOrString,
            Inherited,
            "How many pods may be missing in an update, or a percentage; 1 if not set.",
        ),
        field(
            "partition",
            Int32,
            Inherited,
            "The lowest pod number that is updated, those below staying as they are; 0 if not set.",
        ),
    ],
};

/// `StatefulSetOrdinals`
pub(in crate::spec) static STATEFUL_SET_ORDINALS: Structure = Structure {
    name: "StatefulSetOrdinals",
    fields: &[field("start", Int32, Inherited, "The number of the first pod; 0 if not set.")],
};

/// `StatefulSetPersistentVolumeClaimRetentionPolicy`
pub(in crate::spec) static STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY: Structure =
    Structure {
        name: "StatefulSetPersistentVolumeClaimRetentionPolicy",
        fields: &[
            field(
                "whenDeleted",
                Str,
                Inherited,
                "What becomes of claims when the set is deleted: Retain, the default, or Delete.",
            ),
            field(
                "whenScaled",
                Str,
                Inherited,
                "What becomes of claims of pods scaled away: Retain, the default, or Delete.",
            ),
        ],
    };

/// `DaemonSet`
pub(in crate::spec) static DAEMON_SET: Structure = Structure {
    name: "DaemonSet",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: apps/v1.",
        ),
        field("kind", Str, Inherited, "What the document is: DaemonSet."),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the daemon set is."),
        field(
            "spec",
            Object(&DAEMON_SET_SPEC),
            Inherited,
            "Which pod it keeps running on each node, and how it replaces it.",
        ),
        field("status", Any, Inherited, "How it is; observed by the cluster, not asked for."),
    ],
};

/// `DaemonSetSpec`
pub(in crate::spec) static DAEMON_SET_SPEC: Structure = Structure {
    name: "DaemonSetSpec",
    fields: &[
        field(
            "minReadySeconds",
            Int32,
            Inherited,
            "How many seconds a new pod must be ready to count as available; 0 if not set.",
        ),
        field(
            "revisionHistoryLimit",
            Int32,
            Inherited,
            "How many older revisions are kept to roll back to; 10 if not set.",
        ),
        field(
            "selector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Which pods are the daemon set's; the labels of the template must match.",
        ),
        field(
            "template",
            Object(&POD_TEMPLATE_SPEC),
            Inherited,
            "The pod that each suitable node gets one of; its restartPolicy must be Always.",
        ),
        field(
            "updateStrategy",
            Object(&DAEMON_SET_UPDATE_STRATEGY),
            Inherited,
            "How pods are replaced when the template changes.",
        ),
    ],
};

/// `DaemonSetUpdateStrategy`
pub(in crate::spec) static DAEMON_SET_UPDATE_STRATEGY: Structure = Structure {
    name: "DaemonSetUpdateStrategy",
    fields: &[
        field(
            "rollingUpdate",
            Object(&ROLLING_UPDATE_DAEMON_SET),
            Inherited,
            "How fast pods are replaced; only for the type RollingUpdate.",
        ),
        field(
            "type",
            Str,
            Inherited,
            "RollingUpdate, the default, or OnDelete, which replaces only pods that you delete.",
        ),
    ],
};

/// `RollingUpdateDaemonSet`
pub(in crate::spec) static ROLLING_UPDATE_DAEMON_SET: Structure = Structure {
    name: "RollingUpdateDaemonSet",
    fields: &[
        field(
            "maxSurge",
            IntOrString,
            Inherited,
            "How many nodes may run the old and the new pod at once, or a percentage; 0 if not set.",
        ),
        field(
            "maxUnavailable",
            IntOrString,
            Inherited,
            "How many pods may be missing in an update, or a percentage; 1 if not set.",
        ),
    ],
};

/// `Job`
pub(in crate::spec) static JOB: Structure = Structure {
    name: "Job",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: batch/v1.",
        ),
        field("kind", Str, Inherited, "What the document is: Job."),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the job is."),
        field(
            "spec",
            Object(&JOB_SPEC),
            Inherited,
            "Which pods it runs to completion, and when it is done or has failed.",
        ),
        field("status", Any, Inherited, "How it is; observed by the cluster, not asked for."),
    ],
};

/// `JobSpec`
pub(in crate::spec) static JOB_SPEC: Structure = Structure {
    name: "JobSpec",
    fields: &[
        field(
            "activeDeadlineSeconds",
            Int64,
            Inherited,
            "How many seconds the job may run before it is stopped and counts as failed.",
        ),
        field(
            "backoffLimit",
            Int32,
            Inherited,
            "How many retries there are; 6 if not set, unlimited with backoffLimitPerIndex.",
        ),
        field(
            "backoffLimitPerIndex",
            Int32,
            Inherited,
            "How many retries each index has; only for Indexed jobs with restartPolicy Never.",
        ),
        field(
            "completionMode",
            Str,
            Inherited,
            "NonIndexed, the default, or Indexed, in which each pod works on a numbered part.",
        ),
        field(
            "completions",
            Int32,
            Inherited,
            "How many pods must succeed; if not set, one success is enough.",
        ),
        field(
            "managedBy",
            Str,
            Inherited,
            "The controller that runs the job; that of Kubernetes if not set.",
        ),
        field(
            "manualSelector",
            Bool,
            Inherited,
            "Whether you choose selector and labels yourself; false if not set.",
        ),
        field(
            "maxFailedIndexes",
            Int32,
            Inherited,
            "How many indexes may fail before the job does; needs backoffLimitPerIndex.",
        ),
        field(
            "parallelism",
            Int32,
            Inherited,
            "How many pods may run at the same time; 1 if not set.",
        ),
        field(
            "podFailurePolicy",
            Object(&POD_FAILURE_POLICY),
            Inherited,
            "What failures of pods lead to; needs restartPolicy Never.",
        ),
        field(
            "podReplacementPolicy",
            Str,
            Inherited,
            "When a pod is replaced: TerminatingOrFailed, or Failed, once it has wholly ended.",
        ),
        field(
            "selector",
            Object(&LABEL_SELECTOR),
            Inherited,
            "Which pods are the job's; made by the server unless manualSelector is true.",
        ),
        field(
            "successPolicy",
            Object(&SUCCESS_POLICY),
            Inherited,
            "When an Indexed job succeeds before all of its indexes have.",
        ),
        field(
            "suspend",
            Bool,
            Inherited,
            "Whether the job is on hold, without any pods; false if not set.",
        ),
        field(
            "template",
            Object(&POD_TEMPLATE_SPEC),
            Inherited,
            "The pod that is made; its restartPolicy must be OnFailure or Never.",
        ),
        field(
            "ttlSecondsAfterFinished",
            Int32,
            Inherited,
            "After how many seconds a finished job is deleted; never if not set.",
        ),
    ],
};

/// `JobTemplateSpec`
pub(in crate::spec) static JOB_TEMPLATE_SPEC: Structure = Structure {
    name: "JobTemplateSpec",
    fields: &[
        field(
            "metadata",
            Object(&OBJECT_META),
            Inherited,
            "Labels and annotations of the jobs that are made.",
        ),
        field("spec", Object(&JOB_SPEC), Inherited, "What the jobs that are made should run."),
    ],
};

/// `PodFailurePolicy`
pub(in crate::spec) static POD_FAILURE_POLICY: Structure = Structure {
    name: "PodFailurePolicy",
    fields: &[field(
        "rules",
        List(&Object(&POD_FAILURE_POLICY_RULE)),
        Inherited,
        "Rules, at most 20; the first that fits a failure decides.",
    )],
};

/// `PodFailurePolicyRule`
pub(in crate::spec) static POD_FAILURE_POLICY_RULE: Structure = Structure {
    name: "PodFailurePolicyRule",
    fields: &[
        field(
            "action",
            Str,
            Inherited,
            "FailJob, FailIndex, Ignore, which is no retry spent, or Count, which is one.",
        ),
        field(
            "onExitCodes",
            Object(&POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT),
            Inherited,
            "The exit codes that the rule is for; instead of onPodConditions.",
        ),
        field(
            "onPodConditions",
            List(&Object(&POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN)),
            Inherited,
            "Conditions of the pod that the rule is for, any of them; instead of onExitCodes.",
        ),
    ],
};

/// `PodFailurePolicyOnExitCodesRequirement`
pub(in crate::spec) static POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT: Structure = Structure {
    name: "PodFailurePolicyOnExitCodesRequirement",
    fields: &[
        field(
            "containerName",
            Str,
            Inherited,
            "The container whose exit code counts; any if not set.",
        ),
        field("operator", Str, Inherited, "In or NotIn; containers that exit with 0 are left out."),
        field(
            "values",
            List(&Int32),
            Inherited,
            "Exit codes in ascending order, 1 to 255 of them; In does not take 0.",
        ),
    ],
};

/// `PodFailurePolicyOnPodConditionsPattern`
pub(in crate::spec) static POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN: Structure = Structure {
    name: "PodFailurePolicyOnPodConditionsPattern",
    fields: &[
        field(
            "status",
            Str,
            Inherited,
            "The status it must have: True, the default, False or Unknown.",
        ),
        field("type", Str, Inherited, "The condition, e.g. DisruptionTarget."),
    ],
};

/// `SuccessPolicy`
pub(in crate::spec) static SUCCESS_POLICY: Structure = Structure {
    name: "SuccessPolicy",
    fields: &[field(
        "rules",
        List(&Object(&SUCCESS_POLICY_RULE)),
        Inherited,
        "Rules, at most 20; the job succeeds when one of them is met.",
    )],
};

/// `SuccessPolicyRule`
pub(in crate::spec) static SUCCESS_POLICY_RULE: Structure = Structure {
    name: "SuccessPolicyRule",
    fields: &[
        field(
            "succeededCount",
            Int32,
            Inherited,
            "How many indexes must succeed; of succeededIndexes, if that is set.",
        ),
        field(
            "succeededIndexes",
            Str,
            Inherited,
            "Which indexes count, e.g. 0,2-4; all of them must succeed without succeededCount.",
        ),
    ],
};

/// `CronJob`
pub(in crate::spec) static CRON_JOB: Structure = Structure {
    name: "CronJob",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: batch/v1.",
        ),
        field("kind", Str, Inherited, "What the document is: CronJob."),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the cron job is."),
        field("spec", Object(&CRON_JOB_SPEC), Inherited, "Which job it starts, and when."),
        field("status", Any, Inherited, "How it is; observed by the cluster, not asked for."),
    ],
};

/// `CronJobSpec`
pub(in crate::spec) static CRON_JOB_SPEC: Structure = Structure {
    name: "CronJobSpec",
    fields: &[
        field(
            "concurrencyPolicy",
            Str,
            Inherited,
            "What if the last job still runs: Allow, the default, Forbid or Replace.",
        ),
        field(
            "failedJobsHistoryLimit",
            Int32,
            Inherited,
            "How many failed jobs are kept; 1 if not set.",
        ),
        field(
            "jobTemplate",
            Object(&JOB_TEMPLATE_SPEC),
            Inherited,
            "The job that is made each time.",
        ),
        field(
            "schedule",
            Str,
            Inherited,
            "When jobs start: minute, hour, day, month and weekday as in cron, or e.g. @daily.",
        ),
        field(
            "startingDeadlineSeconds",
            Int64,
            Inherited,
            "How many seconds late a job may still start; no limit if not set.",
        ),
        field(
            "successfulJobsHistoryLimit",
            Int32,
            Inherited,
            "How many successful jobs are kept; 3 if not set.",
        ),
        field("suspend", Bool, Inherited, "Whether no further jobs are started; false if not set."),
        field(
            "timeZone",
            Str,
            Inherited,
            "The time zone of the schedule, e.g. Europe/Paris; the controller's if not set.",
        ),
    ],
};
