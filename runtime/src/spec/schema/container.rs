//! Containers and what they are given.

use super::Support::{Inherited, Keys, NoEffect, Partly, Rejected, Supported};
use super::Type::{Bool, Int32, List, Map, Object, Quantity, Str};
use super::environment::{ENV_FROM_SOURCE, ENV_VAR};
use super::probe::{LIFECYCLE, PROBE};
use super::security::SECURITY_CONTEXT;
use super::{Structure, field};

/// `Container`
pub(in crate::spec) static CONTAINER: Structure = Structure {
    name: "Container",
    fields: &[
        field(
            "args",
            List(&Str),
            Supported,
            "Arguments; they replace the image's. $(NAME) is replaced by a variable of env.",
        ),
        field(
            "command",
            List(&Str),
            Supported,
            "The program and its first arguments; it replaces the image's entrypoint and arguments. $(NAME) is replaced by a variable of env.",
        ),
        field(
            "env",
            List(&Object(&ENV_VAR)),
            Supported,
            "Variables of the environment; a later one of the same name wins.",
        ),
        field(
            "envFrom",
            List(&Object(&ENV_FROM_SOURCE)),
            Supported,
            "Config maps and secrets whose keys become variables.",
        ),
        field("image", Str, Supported, "The image, e.g. registry.example.com/name:tag."),
        field(
            "imagePullPolicy",
            Str,
            Supported,
            "When the registry is asked: Always, IfNotPresent or Never.",
        ),
        field(
            "lifecycle",
            Object(&LIFECYCLE),
            Supported,
            "What runs just after the start and just before the stop.",
        ),
        field(
            "livenessProbe",
            Object(&PROBE),
            Supported,
            "A question whose failure restarts the container.",
        ),
        field("name", Str, Supported, "The name, unique in the pod."),
        field(
            "ports",
            List(&Object(&CONTAINER_PORT)),
            Supported,
            "The ports that the container serves, for others to read.",
        ),
        field(
            "readinessProbe",
            Object(&PROBE),
            Supported,
            "A question whose failure keeps requests away.",
        ),
        field(
            "resizePolicy",
            List(&Object(&CONTAINER_RESIZE_POLICY)),
            NoEffect("a running container is never resized"),
            "Whether a change of resources restarts the container.",
        ),
        field(
            "resources",
            Object(&RESOURCE_REQUIREMENTS),
            Supported,
            "What the container asks for and may use.",
        ),
        field(
            "restartPolicy",
            Str,
            Supported,
            "The container's own policy; Always makes an init container a sidecar.",
        ),
        field(
            "restartPolicyRules",
            List(&Object(&CONTAINER_RESTART_RULE)),
            Supported,
            "Exit codes for which the policy is another.",
        ),
        field(
            "securityContext",
            Object(&SECURITY_CONTEXT),
            Supported,
            "Users and privileges of the container.",
        ),
        field(
            "startupProbe",
            Object(&PROBE),
            Supported,
            "A question that must succeed once before the other probes begin.",
        ),
        field("stdin", Bool, Supported, "Whether standard input stays open."),
        field(
            "stdinOnce",
            Bool,
            Supported,
            "Whether standard input closes after the first who attached has gone.",
        ),
        field(
            "terminationMessagePath",
            Str,
            Supported,
            "The file in which the container may leave a last word.",
        ),
        field(
            "terminationMessagePolicy",
            Str,
            Supported,
            "Whether the end of the log stands in for an empty last word.",
        ),
        field("tty", Bool, Supported, "Whether standard output is a terminal."),
        field(
            "volumeDevices",
            List(&Object(&VOLUME_DEVICE)),
            Rejected("WebAssembly has no block devices"),
            "Block devices of the container.",
        ),
        field(
            "volumeMounts",
            List(&Object(&VOLUME_MOUNT)),
            Supported,
            "Which volumes are mounted where.",
        ),
        field(
            "workingDir",
            Str,
            NoEffect(
                "most programs do not ask for it: PWD and WASI 0.2's initial-cwd say it, but the \
                 C library takes relative paths from /",
            ),
            "The working directory; the image's if not set.",
        ),
    ],
};

/// `EphemeralContainer`
pub(in crate::spec) static EPHEMERAL_CONTAINER: Structure = Structure {
    name: "EphemeralContainer",
    fields: &[
        field(
            "args",
            List(&Str),
            Inherited,
            "Arguments; they replace the image's. $(NAME) is replaced by a variable of env.",
        ),
        field(
            "command",
            List(&Str),
            Inherited,
            "The program and its first arguments; it replaces the image's entrypoint and arguments. $(NAME) is replaced by a variable of env.",
        ),
        field(
            "env",
            List(&Object(&ENV_VAR)),
            Inherited,
            "Variables of the environment; a later one of the same name wins.",
        ),
        field(
            "envFrom",
            List(&Object(&ENV_FROM_SOURCE)),
            Inherited,
            "Config maps and secrets whose keys become variables.",
        ),
        field("image", Str, Inherited, "The image, e.g. registry.example.com/name:tag."),
        field(
            "imagePullPolicy",
            Str,
            Inherited,
            "When the registry is asked: Always, IfNotPresent or Never.",
        ),
        field(
            "lifecycle",
            Object(&LIFECYCLE),
            Inherited,
            "What runs just after the start and just before the stop.",
        ),
        field(
            "livenessProbe",
            Object(&PROBE),
            Inherited,
            "A question whose failure restarts the container.",
        ),
        field("name", Str, Inherited, "The name, unique in the pod."),
        field(
            "ports",
            List(&Object(&CONTAINER_PORT)),
            Inherited,
            "The ports that the container serves, for others to read.",
        ),
        field(
            "readinessProbe",
            Object(&PROBE),
            Inherited,
            "A question whose failure keeps requests away.",
        ),
        field(
            "resizePolicy",
            List(&Object(&CONTAINER_RESIZE_POLICY)),
            Inherited,
            "Whether a change of resources restarts the container.",
        ),
        field(
            "resources",
            Object(&RESOURCE_REQUIREMENTS),
            Inherited,
            "What the container asks for and may use.",
        ),
        field(
            "restartPolicy",
            Str,
            Inherited,
            "The container's own policy; Always makes an init container a sidecar.",
        ),
        field(
            "restartPolicyRules",
            List(&Object(&CONTAINER_RESTART_RULE)),
            Inherited,
            "Exit codes for which the policy is another.",
        ),
        field(
            "securityContext",
            Object(&SECURITY_CONTEXT),
            Inherited,
            "Users and privileges of the container.",
        ),
        field(
            "startupProbe",
            Object(&PROBE),
            Inherited,
            "A question that must succeed once before the other probes begin.",
        ),
        field("stdin", Bool, Inherited, "Whether standard input stays open."),
        field(
            "stdinOnce",
            Bool,
            Inherited,
            "Whether standard input closes after the first who attached has gone.",
        ),
        field("targetContainerName", Str, Inherited, "The container whose processes it sees."),
        field(
            "terminationMessagePath",
            Str,
            Inherited,
            "The file in which the container may leave a last word.",
        ),
        field(
            "terminationMessagePolicy",
            Str,
            Inherited,
            "Whether the end of the log stands in for an empty last word.",
        ),
        field("tty", Bool, Inherited, "Whether standard output is a terminal."),
        field(
            "volumeDevices",
            List(&Object(&VOLUME_DEVICE)),
            Inherited,
            "Block devices of the container.",
        ),
        field(
            "volumeMounts",
            List(&Object(&VOLUME_MOUNT)),
            Inherited,
            "Which volumes are mounted where.",
        ),
        field("workingDir", Str, Inherited, "The working directory; the image's if not set."),
    ],
};

/// `ContainerPort`
pub(in crate::spec) static CONTAINER_PORT: Structure = Structure {
    name: "ContainerPort",
    fields: &[
        field(
            "containerPort",
            Int32,
            Supported,
            "The port in the pod's network. A module of WASI 0.1 finds itself listening there.",
        ),
        field("hostIP", Str, Supported, "The address of the host that the port is published on."),
        field("hostPort", Int32, Supported, "The port of the host that it is published as."),
        field("name", Str, Supported, "A name that probes and services can use."),
        field(
            "protocol",
            Str,
            Partly(|protocol| protocol != "SCTP", "only TCP and UDP are carried"),
            "TCP, UDP or SCTP.",
        ),
    ],
};

/// `ContainerResizePolicy`
pub(in crate::spec) static CONTAINER_RESIZE_POLICY: Structure = Structure {
    name: "ContainerResizePolicy",
    fields: &[
        field("resourceName", Str, Inherited, "cpu or memory."),
        field("restartPolicy", Str, Inherited, "NotRequired or RestartContainer."),
    ],
};

/// `ResourceRequirements`
pub(in crate::spec) static RESOURCE_REQUIREMENTS: Structure = Structure {
    name: "ResourceRequirements",
    fields: &[
        field(
            "claims",
            List(&Object(&RESOURCE_CLAIM)),
            Rejected("there are no devices to claim"),
            "Devices of resourceClaims that the container uses.",
        ),
        field(
            "limits",
            Map(&Quantity),
            Keys(
                &["cpu", "memory", "ephemeral-storage"],
                "only cpu, memory and ephemeral-storage are limited",
            ),
            "What it may not exceed.",
        ),
        field(
            "requests",
            Map(&Quantity),
            NoEffect("there is one node, and nothing is reserved on it"),
            "What is set aside for it; the limits if not set.",
        ),
    ],
};

/// `ResourceClaim`
pub(in crate::spec) static RESOURCE_CLAIM: Structure = Structure {
    name: "ResourceClaim",
    fields: &[
        field("name", Str, Inherited, "The name in the pod's resourceClaims."),
        field("request", Str, Inherited, "One request of that claim."),
    ],
};

/// `ContainerRestartRule`
pub(in crate::spec) static CONTAINER_RESTART_RULE: Structure = Structure {
    name: "ContainerRestartRule",
    fields: &[
        field("action", Str, Inherited, "Restart or RestartAllContainers."),
        field(
            "exitCodes",
            Object(&CONTAINER_RESTART_RULE_ON_EXIT_CODES),
            Inherited,
            "The exit codes that the rule is for.",
        ),
    ],
};

/// `ContainerRestartRuleOnExitCodes`
pub(in crate::spec) static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Structure = Structure {
    name: "ContainerRestartRuleOnExitCodes",
    fields: &[
        field("operator", Str, Inherited, "In or NotIn."),
        field("values", List(&Int32), Inherited, "The exit codes."),
    ],
};

/// `VolumeMount`
pub(in crate::spec) static VOLUME_MOUNT: Structure = Structure {
    name: "VolumeMount",
    fields: &[
        field("mountPath", Str, Supported, "Where in the container, unique in it."),
        field(
            "mountPropagation",
            Str,
            Partly(|mode| mode == "None", "only None: nothing is mounted on the host"),
            "Whether mounts below it are shared with the host.",
        ),
        field("name", Str, Supported, "The volume."),
        field("readOnly", Bool, Supported, "Whether writing is refused."),
        field("recursiveReadOnly", Str, Supported, "Whether mounts below it are read-only too."),
        field(
            "subPath",
            Str,
            Supported,
            "A path in the volume that is mounted instead of its root.",
        ),
        field("subPathExpr", Str, Supported, "As subPath, with $(NAME) in it."),
    ],
};

/// `VolumeDevice`
pub(in crate::spec) static VOLUME_DEVICE: Structure = Structure {
    name: "VolumeDevice",
    fields: &[
        field("devicePath", Str, Inherited, "Where in the container."),
        field("name", Str, Inherited, "The volume, a persistentVolumeClaim."),
    ],
};
