//! Containers and what they are given.

use super::Support::{Inherited, NoEffect, Partly, Rejected, Supported};
use super::Type::{Bool, Int32, List, Map, Object, Quantity, Str};
use super::limits_enforced;
use super::probe::{LIFECYCLE, PROBE};
use super::security::SECURITY_CONTEXT;
use super::{Structure, field};

/// `Container`
pub(in crate::spec) static CONTAINER: Structure = Structure {
    name: "Container",
    fields: &[
        field("args", List(&Str), Supported, ""),
        field("command", List(&Str), Supported, ""),
        field("env", List(&Object(&ENV_VAR)), Supported, ""),
        field(
            "envFrom",
            List(&Object(&ENV_FROM_SOURCE)),
            Rejected("config maps and secrets are not read yet"),
            "",
        ),
        field("image", Str, Supported, ""),
        field("imagePullPolicy", Str, Supported, ""),
        field("lifecycle", Object(&LIFECYCLE), Rejected("lifecycle hooks are not run yet"), ""),
        field("livenessProbe", Object(&PROBE), Rejected("probes are not run yet"), ""),
        field("name", Str, Supported, ""),
        field("ports", List(&Object(&CONTAINER_PORT)), Supported, ""),
        field("readinessProbe", Object(&PROBE), Rejected("probes are not run yet"), ""),
        field(
            "resizePolicy",
            List(&Object(&CONTAINER_RESIZE_POLICY)),
            NoEffect("a running container is never resized"),
            "",
        ),
        field("resources", Object(&RESOURCE_REQUIREMENTS), Supported, ""),
        field("restartPolicy", Str, Supported, ""),
        field(
            "restartPolicyRules",
            List(&Object(&CONTAINER_RESTART_RULE)),
            Rejected("restart rules are not evaluated yet"),
            "",
        ),
        field("securityContext", Object(&SECURITY_CONTEXT), Supported, ""),
        field("startupProbe", Object(&PROBE), Rejected("probes are not run yet"), ""),
        field("stdin", Bool, Supported, ""),
        field("stdinOnce", Bool, Supported, ""),
        field("terminationMessagePath", Str, Supported, ""),
        field("terminationMessagePolicy", Str, Supported, ""),
        field("tty", Bool, Supported, ""),
        field(
            "volumeDevices",
            List(&Object(&VOLUME_DEVICE)),
            Rejected("WebAssembly has no block devices"),
            "",
        ),
        field("volumeMounts", List(&Object(&VOLUME_MOUNT)), Supported, ""),
        field("workingDir", Str, Supported, ""),
    ],
};

/// `EphemeralContainer`
pub(in crate::spec) static EPHEMERAL_CONTAINER: Structure = Structure {
    name: "EphemeralContainer",
    fields: &[
        field("args", List(&Str), Inherited, ""),
        field("command", List(&Str), Inherited, ""),
        field("env", List(&Object(&ENV_VAR)), Inherited, ""),
        field("envFrom", List(&Object(&ENV_FROM_SOURCE)), Inherited, ""),
        field("image", Str, Inherited, ""),
        field("imagePullPolicy", Str, Inherited, ""),
        field("lifecycle", Object(&LIFECYCLE), Inherited, ""),
        field("livenessProbe", Object(&PROBE), Inherited, ""),
        field("name", Str, Inherited, ""),
        field("ports", List(&Object(&CONTAINER_PORT)), Inherited, ""),
        field("readinessProbe", Object(&PROBE), Inherited, ""),
        field("resizePolicy", List(&Object(&CONTAINER_RESIZE_POLICY)), Inherited, ""),
        field("resources", Object(&RESOURCE_REQUIREMENTS), Inherited, ""),
        field("restartPolicy", Str, Inherited, ""),
        field("restartPolicyRules", List(&Object(&CONTAINER_RESTART_RULE)), Inherited, ""),
        field("securityContext", Object(&SECURITY_CONTEXT), Inherited, ""),
        field("startupProbe", Object(&PROBE), Inherited, ""),
        field("stdin", Bool, Inherited, ""),
        field("stdinOnce", Bool, Inherited, ""),
        field("targetContainerName", Str, Inherited, ""),
        field("terminationMessagePath", Str, Inherited, ""),
        field("terminationMessagePolicy", Str, Inherited, ""),
        field("tty", Bool, Inherited, ""),
        field("volumeDevices", List(&Object(&VOLUME_DEVICE)), Inherited, ""),
        field("volumeMounts", List(&Object(&VOLUME_MOUNT)), Inherited, ""),
        field("workingDir", Str, Inherited, ""),
    ],
};

/// `EnvVar`
pub(in crate::spec) static ENV_VAR: Structure = Structure {
    name: "EnvVar",
    fields: &[
        field("name", Str, Supported, ""),
        field("value", Str, Supported, ""),
        field("valueFrom", Object(&ENV_VAR_SOURCE), Supported, ""),
    ],
};

/// `EnvVarSource`
pub(in crate::spec) static ENV_VAR_SOURCE: Structure = Structure {
    name: "EnvVarSource",
    fields: &[
        field(
            "configMapKeyRef",
            Object(&CONFIG_MAP_KEY_SELECTOR),
            Rejected("config maps and secrets are not read yet"),
            "",
        ),
        field("fieldRef", Object(&OBJECT_FIELD_SELECTOR), Supported, ""),
        field(
            "fileKeyRef",
            Object(&FILE_KEY_SELECTOR),
            Rejected("environment files are not read yet"),
            "",
        ),
        field(
            "resourceFieldRef",
            Object(&RESOURCE_FIELD_SELECTOR),
            Rejected("resource fields are not in effect yet"),
            "",
        ),
        field(
            "secretKeyRef",
            Object(&SECRET_KEY_SELECTOR),
            Rejected("config maps and secrets are not read yet"),
            "",
        ),
    ],
};

/// `ConfigMapKeySelector`
pub(in crate::spec) static CONFIG_MAP_KEY_SELECTOR: Structure = Structure {
    name: "ConfigMapKeySelector",
    fields: &[
        field("key", Str, Inherited, ""),
        field("name", Str, Inherited, ""),
        field("optional", Bool, Inherited, ""),
    ],
};

/// `SecretKeySelector`
pub(in crate::spec) static SECRET_KEY_SELECTOR: Structure = Structure {
    name: "SecretKeySelector",
    fields: &[
        field("key", Str, Inherited, ""),
        field("name", Str, Inherited, ""),
        field("optional", Bool, Inherited, ""),
    ],
};

/// `FileKeySelector`
pub(in crate::spec) static FILE_KEY_SELECTOR: Structure = Structure {
    name: "FileKeySelector",
    fields: &[
        field("key", Str, Inherited, ""),
        field("optional", Bool, Inherited, ""),
        field("path", Str, Inherited, ""),
        field("volumeName", Str, Inherited, ""),
    ],
};

/// `ObjectFieldSelector`
pub(in crate::spec) static OBJECT_FIELD_SELECTOR: Structure = Structure {
    name: "ObjectFieldSelector",
    fields: &[field("apiVersion", Str, Inherited, ""), field("fieldPath", Str, Inherited, "")],
};

/// `ResourceFieldSelector`
pub(in crate::spec) static RESOURCE_FIELD_SELECTOR: Structure = Structure {
    name: "ResourceFieldSelector",
    fields: &[
        field("containerName", Str, Inherited, ""),
        field("divisor", Quantity, Inherited, ""),
        field("resource", Str, Inherited, ""),
    ],
};

/// `EnvFromSource`
pub(in crate::spec) static ENV_FROM_SOURCE: Structure = Structure {
    name: "EnvFromSource",
    fields: &[
        field("configMapRef", Object(&CONFIG_MAP_ENV_SOURCE), Inherited, ""),
        field("prefix", Str, Inherited, ""),
        field("secretRef", Object(&SECRET_ENV_SOURCE), Inherited, ""),
    ],
};

/// `ConfigMapEnvSource`
pub(in crate::spec) static CONFIG_MAP_ENV_SOURCE: Structure = Structure {
    name: "ConfigMapEnvSource",
    fields: &[field("name", Str, Inherited, ""), field("optional", Bool, Inherited, "")],
};

/// `SecretEnvSource`
pub(in crate::spec) static SECRET_ENV_SOURCE: Structure = Structure {
    name: "SecretEnvSource",
    fields: &[field("name", Str, Inherited, ""), field("optional", Bool, Inherited, "")],
};

/// `ContainerPort`
pub(in crate::spec) static CONTAINER_PORT: Structure = Structure {
    name: "ContainerPort",
    fields: &[
        field("containerPort", Int32, Supported, ""),
        field("hostIP", Str, Supported, ""),
        field("hostPort", Int32, Supported, ""),
        field("name", Str, Supported, ""),
        field("protocol", Str, Partly(|protocol| protocol != "SCTP", "TCP and UDP"), ""),
    ],
};

/// `ContainerResizePolicy`
pub(in crate::spec) static CONTAINER_RESIZE_POLICY: Structure = Structure {
    name: "ContainerResizePolicy",
    fields: &[
        field("resourceName", Str, Inherited, ""),
        field("restartPolicy", Str, Inherited, ""),
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
            "",
        ),
        field("limits", Map(&Quantity), Partly(limits_enforced, "cpu and memory"), ""),
        field(
            "requests",
            Map(&Quantity),
            NoEffect("there is one node, and nothing is reserved on it"),
            "",
        ),
    ],
};

/// `ResourceClaim`
pub(in crate::spec) static RESOURCE_CLAIM: Structure = Structure {
    name: "ResourceClaim",
    fields: &[field("name", Str, Inherited, ""), field("request", Str, Inherited, "")],
};

/// `ContainerRestartRule`
pub(in crate::spec) static CONTAINER_RESTART_RULE: Structure = Structure {
    name: "ContainerRestartRule",
    fields: &[
        field("action", Str, Inherited, ""),
        field("exitCodes", Object(&CONTAINER_RESTART_RULE_ON_EXIT_CODES), Inherited, ""),
    ],
};

/// `ContainerRestartRuleOnExitCodes`
pub(in crate::spec) static CONTAINER_RESTART_RULE_ON_EXIT_CODES: Structure = Structure {
    name: "ContainerRestartRuleOnExitCodes",
    fields: &[field("operator", Str, Inherited, ""), field("values", List(&Int32), Inherited, "")],
};

/// `VolumeMount`
pub(in crate::spec) static VOLUME_MOUNT: Structure = Structure {
    name: "VolumeMount",
    fields: &[
        field("mountPath", Str, Supported, ""),
        field(
            "mountPropagation",
            Str,
            Partly(|mode| mode == "None", "only None: nothing is mounted on the host"),
            "",
        ),
        field("name", Str, Supported, ""),
        field("readOnly", Bool, Supported, ""),
        field("recursiveReadOnly", Str, NoEffect("nothing is mounted below a volume"), ""),
        field("subPath", Str, Supported, ""),
        field("subPathExpr", Str, Rejected("sub-path expressions are not expanded yet"), ""),
    ],
};

/// `VolumeDevice`
pub(in crate::spec) static VOLUME_DEVICE: Structure = Structure {
    name: "VolumeDevice",
    fields: &[field("devicePath", Str, Inherited, ""), field("name", Str, Inherited, "")],
};
