//! The Pod itself: what is not about one container or one volume.

use super::Support::{Inherited, NoEffect, Partly, Rejected, Supported};
use super::Type::{Any, Bool, Int32, Int64, List, Map, Object, Quantity, Str};
use super::container::{CONTAINER, EPHEMERAL_CONTAINER, RESOURCE_REQUIREMENTS};
use super::metadata::{LOCAL_OBJECT_REFERENCE, OBJECT_META};
use super::scheduling::{AFFINITY, TOLERATION, TOPOLOGY_SPREAD_CONSTRAINT};
use super::security::POD_SECURITY_CONTEXT;
use super::volume::VOLUME;
use super::{Structure, field};

/// `PodSpec`
pub(in crate::spec) static POD_SPEC: Structure = Structure {
    name: "PodSpec",
    fields: &[
        field("activeDeadlineSeconds", Int64, Supported, ""),
        field("affinity", Object(&AFFINITY), NoEffect("there is one node"), ""),
        field(
            "automountServiceAccountToken",
            Bool,
            NoEffect("there are no service accounts, and no token is mounted"),
            "",
        ),
        field("containers", List(&Object(&CONTAINER)), Supported, ""),
        field(
            "dnsConfig",
            Object(&POD_DNS_CONFIG),
            Rejected("names are looked up as the host does"),
            "",
        ),
        field("dnsPolicy", Str, NoEffect("names are looked up as the host does"), ""),
        field(
            "enableServiceLinks",
            Bool,
            NoEffect("there are no services to name in the environment"),
            "",
        ),
        field(
            "ephemeralContainers",
            List(&Object(&EPHEMERAL_CONTAINER)),
            Rejected("ephemeral containers are not run yet"),
            "",
        ),
        field(
            "hostAliases",
            List(&Object(&HOST_ALIAS)),
            Rejected("host aliases are not in effect yet"),
            "",
        ),
        field(
            "hostIPC",
            Bool,
            Rejected("WebAssembly has no access to the namespaces of the host"),
            "",
        ),
        field(
            "hostNetwork",
            Bool,
            Rejected("the network of the host is not given to pods yet"),
            "",
        ),
        field(
            "hostPID",
            Bool,
            Rejected("WebAssembly has no access to the namespaces of the host"),
            "",
        ),
        field("hostUsers", Bool, NoEffect("WebAssembly has no user namespaces"), ""),
        field("hostname", Str, Supported, ""),
        field("hostnameOverride", Str, Rejected("only the host name itself is in effect yet"), ""),
        field(
            "imagePullSecrets",
            List(&Object(&LOCAL_OBJECT_REFERENCE)),
            NoEffect(
                "secrets are not read yet; the credentials of the docker configuration are used",
            ),
            "",
        ),
        field("initContainers", List(&Object(&CONTAINER)), Supported, ""),
        field("nodeName", Str, NoEffect("there is one node"), ""),
        field("nodeSelector", Map(&Str), NoEffect("there is one node"), ""),
        field("os", Object(&POD_OS), Supported, ""),
        field("overhead", Map(&Quantity), NoEffect("pods have no overhead here"), ""),
        field(
            "preemptionPolicy",
            Str,
            NoEffect("there is no scheduler, so no pod gives way to another"),
            "",
        ),
        field(
            "priority",
            Int32,
            NoEffect("there is no scheduler, so no pod gives way to another"),
            "",
        ),
        field(
            "priorityClassName",
            Str,
            NoEffect("there is no scheduler, so no pod gives way to another"),
            "",
        ),
        field(
            "readinessGates",
            List(&Object(&POD_READINESS_GATE)),
            Rejected("readiness gates are not evaluated yet"),
            "",
        ),
        field(
            "resourceClaims",
            List(&Object(&POD_RESOURCE_CLAIM)),
            Rejected("there are no devices to claim"),
            "",
        ),
        field(
            "resources",
            Object(&RESOURCE_REQUIREMENTS),
            Rejected("limits of the whole pod are not enforced yet; set them per container"),
            "",
        ),
        field("restartPolicy", Str, Supported, ""),
        field("runtimeClassName", Str, NoEffect("there is one runtime, WebAssembly"), ""),
        field("schedulerName", Str, NoEffect("there is one node"), ""),
        field(
            "schedulingGates",
            List(&Object(&POD_SCHEDULING_GATE)),
            Rejected("a gated pod would never start"),
            "",
        ),
        field("schedulingGroup", Object(&POD_SCHEDULING_GROUP), NoEffect("there is one node"), ""),
        field("securityContext", Object(&POD_SECURITY_CONTEXT), Supported, ""),
        field(
            "serviceAccount",
            Str,
            NoEffect("there are no service accounts, and no token is mounted"),
            "",
        ),
        field(
            "serviceAccountName",
            Str,
            NoEffect("there are no service accounts, and no token is mounted"),
            "",
        ),
        field(
            "setHostnameAsFQDN",
            Bool,
            Rejected("only the host name itself is in effect yet"),
            "",
        ),
        field("shareProcessNamespace", Bool, NoEffect("WebAssembly has no processes to see"), ""),
        field("subdomain", Str, Rejected("only the host name itself is in effect yet"), ""),
        field("terminationGracePeriodSeconds", Int64, Supported, ""),
        field("tolerations", List(&Object(&TOLERATION)), NoEffect("there is one node"), ""),
        field(
            "topologySpreadConstraints",
            List(&Object(&TOPOLOGY_SPREAD_CONSTRAINT)),
            NoEffect("there is one node"),
            "",
        ),
        field("volumes", List(&Object(&VOLUME)), Supported, ""),
    ],
};

/// `PodTemplateSpec`
pub(in crate::spec) static POD_TEMPLATE_SPEC: Structure = Structure {
    name: "PodTemplateSpec",
    fields: &[
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&POD_SPEC), Inherited, ""),
    ],
};

/// `HostAlias`
pub(in crate::spec) static HOST_ALIAS: Structure = Structure {
    name: "HostAlias",
    fields: &[field("hostnames", List(&Str), Inherited, ""), field("ip", Str, Inherited, "")],
};

/// `PodDNSConfig`
pub(in crate::spec) static POD_DNS_CONFIG: Structure = Structure {
    name: "PodDNSConfig",
    fields: &[
        field("nameservers", List(&Str), Inherited, ""),
        field("options", List(&Object(&POD_DNS_CONFIG_OPTION)), Inherited, ""),
        field("searches", List(&Str), Inherited, ""),
    ],
};

/// `PodDNSConfigOption`
pub(in crate::spec) static POD_DNS_CONFIG_OPTION: Structure = Structure {
    name: "PodDNSConfigOption",
    fields: &[field("name", Str, Inherited, ""), field("value", Str, Inherited, "")],
};

/// `PodOS`
pub(in crate::spec) static POD_OS: Structure = Structure {
    name: "PodOS",
    fields: &[field("name", Str, Partly(|name| name == "linux", "only linux"), "")],
};

/// `PodReadinessGate`
pub(in crate::spec) static POD_READINESS_GATE: Structure =
    Structure { name: "PodReadinessGate", fields: &[field("conditionType", Str, Inherited, "")] };

/// `PodResourceClaim`
pub(in crate::spec) static POD_RESOURCE_CLAIM: Structure = Structure {
    name: "PodResourceClaim",
    fields: &[
        field("name", Str, Inherited, ""),
        field("resourceClaimName", Str, Inherited, ""),
        field("resourceClaimTemplateName", Str, Inherited, ""),
    ],
};

/// `PodSchedulingGate`
pub(in crate::spec) static POD_SCHEDULING_GATE: Structure =
    Structure { name: "PodSchedulingGate", fields: &[field("name", Str, Inherited, "")] };

/// `PodSchedulingGroup`
pub(in crate::spec) static POD_SCHEDULING_GROUP: Structure =
    Structure { name: "PodSchedulingGroup", fields: &[field("podGroupName", Str, Inherited, "")] };

/// `Pod`
pub(in crate::spec) static POD: Structure = Structure {
    name: "Pod",
    fields: &[
        field("apiVersion", Str, Supported, ""),
        field("kind", Str, Supported, ""),
        field("metadata", Object(&OBJECT_META), Supported, ""),
        field("spec", Object(&POD_SPEC), Supported, ""),
        field("status", Any, NoEffect("a status is observed, not asked for"), ""),
    ],
};
