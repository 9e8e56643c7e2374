//! The Pod itself: what is not about one container or one volume.

use super::Support::{Inherited, NoEffect, Rejected, Supported};
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
        field(
            "activeDeadlineSeconds",
            Int64,
            Supported,
            "How long the pod may run before it is stopped and counts as failed.",
        ),
        field(
            "affinity",
            Object(&AFFINITY),
            NoEffect("there is one node"),
            "Which nodes, and the neighbourhood of which pods, are sought or shunned.",
        ),
        field(
            "automountServiceAccountToken",
            Bool,
            NoEffect("there are no service accounts, and no token is mounted"),
            "Whether containers find a token of the service account.",
        ),
        field(
            "containers",
            List(&Object(&CONTAINER)),
            Supported,
            "The containers, at least one; all run at the same time.",
        ),
        field(
            "dnsConfig",
            Object(&POD_DNS_CONFIG),
            Supported,
            "Name servers, search domains and options in addition to those of dnsPolicy.",
        ),
        field(
            "dnsPolicy",
            Str,
            Supported,
            "Where name servers come from: ClusterFirst, ClusterFirstWithHostNet, Default or None.",
        ),
        field(
            "enableServiceLinks",
            Bool,
            NoEffect("there are no services to name in the environment"),
            "Whether services are listed in the environment.",
        ),
        field(
            "ephemeralContainers",
            List(&Object(&EPHEMERAL_CONTAINER)),
            Rejected("a Pod is created without them, and none can be added yet"),
            "Containers added to a running pod to look into it.",
        ),
        field("hostAliases", List(&Object(&HOST_ALIAS)), Supported, "Lines for the hosts file."),
        field(
            "hostIPC",
            Bool,
            Rejected("WebAssembly has no access to the namespaces of the host"),
            "Whether the pod shares the host's memory segments and semaphores.",
        ),
        field(
            "hostNetwork",
            Bool,
            Rejected("the network of the host is not given to pods yet"),
            "Whether the pod uses the host's own network.",
        ),
        field(
            "hostPID",
            Bool,
            Rejected("WebAssembly has no access to the namespaces of the host"),
            "Whether the pod sees the host's processes.",
        ),
        field(
            "hostUsers",
            Bool,
            NoEffect("WebAssembly has no user namespaces"),
            "Whether users in the pod are the host's users.",
        ),
        field(
            "hostname",
            Str,
            Supported,
            "The host name that containers see; the pod's name if not set.",
        ),
        field("hostnameOverride", Str, Supported, "The host name, whatever else says."),
        field(
            "imagePullSecrets",
            List(&Object(&LOCAL_OBJECT_REFERENCE)),
            Supported,
            "Secrets with credentials for registries, which are tried before those of the docker configuration.",
        ),
        field(
            "initContainers",
            List(&Object(&CONTAINER)),
            Supported,
            "Containers that run one after the other before the others start; those with restartPolicy Always stay beside them.",
        ),
        field("nodeName", Str, NoEffect("there is one node"), "The node that the pod is bound to."),
        field(
            "nodeSelector",
            Map(&Str),
            NoEffect("there is one node"),
            "Labels that a node must have.",
        ),
        field(
            "os",
            Object(&POD_OS),
            Supported,
            "The operating system that the containers are for.",
        ),
        field(
            "overhead",
            Map(&Quantity),
            NoEffect("pods have no overhead here"),
            "What a pod costs in addition to its containers.",
        ),
        field(
            "preemptionPolicy",
            Str,
            NoEffect("there is no scheduler, so no pod gives way to another"),
            "Whether the pod may push others off a node.",
        ),
        field(
            "priority",
            Int32,
            NoEffect("there is no scheduler, so no pod gives way to another"),
            "How important the pod is; larger goes first.",
        ),
        field(
            "priorityClassName",
            Str,
            NoEffect("there is no scheduler, so no pod gives way to another"),
            "The class that the priority is taken from.",
        ),
        field(
            "readinessGates",
            List(&Object(&POD_READINESS_GATE)),
            Supported,
            "Conditions beyond its containers that make the pod ready.",
        ),
        field(
            "resourceClaims",
            List(&Object(&POD_RESOURCE_CLAIM)),
            Rejected("there are no devices to claim"),
            "Devices that containers can name in their claims.",
        ),
        field(
            "resources",
            Object(&RESOURCE_REQUIREMENTS),
            Rejected("limits of the whole pod are not enforced yet; set them per container"),
            "Requests and limits of all containers together.",
        ),
        field(
            "restartPolicy",
            Str,
            Supported,
            "Whether a container that ends is started again: Always, OnFailure or Never.",
        ),
        field(
            "runtimeClassName",
            Str,
            NoEffect("there is one runtime, WebAssembly"),
            "Which runtime runs the pod.",
        ),
        field("schedulerName", Str, NoEffect("there is one node"), "Who chooses the node."),
        field(
            "schedulingGates",
            List(&Object(&POD_SCHEDULING_GATE)),
            Rejected("a gated pod would never start"),
            "What has to be lifted before a node is chosen.",
        ),
        field(
            "schedulingGroup",
            Object(&POD_SCHEDULING_GROUP),
            NoEffect("there is one node"),
            "The group of pods that is scheduled as one.",
        ),
        field(
            "securityContext",
            Object(&POD_SECURITY_CONTEXT),
            Supported,
            "Users, groups and privileges of all containers.",
        ),
        field(
            "serviceAccount",
            Str,
            NoEffect("there are no service accounts, and no token is mounted"),
            "The old name of serviceAccountName.",
        ),
        field(
            "serviceAccountName",
            Str,
            NoEffect("there are no service accounts, and no token is mounted"),
            "As whom the pod speaks to the API.",
        ),
        field(
            "setHostnameAsFQDN",
            Bool,
            Supported,
            "Whether the host name is the full name with domain.",
        ),
        field(
            "shareProcessNamespace",
            Bool,
            NoEffect("WebAssembly has no processes to see"),
            "Whether containers see each other's processes.",
        ),
        field("subdomain", Str, Supported, "The domain of the pod below its namespace's."),
        field(
            "terminationGracePeriodSeconds",
            Int64,
            Supported,
            "How long containers may take to end when asked to, before they are killed.",
        ),
        field(
            "tolerations",
            List(&Object(&TOLERATION)),
            NoEffect("there is one node"),
            "Taints of nodes that the pod bears.",
        ),
        field(
            "topologySpreadConstraints",
            List(&Object(&TOPOLOGY_SPREAD_CONSTRAINT)),
            NoEffect("there is one node"),
            "How evenly pods are spread over zones and nodes.",
        ),
        field("volumes", List(&Object(&VOLUME)), Supported, "What containers can mount."),
    ],
};

/// `PodTemplateSpec`
pub(in crate::spec) static POD_TEMPLATE_SPEC: Structure = Structure {
    name: "PodTemplateSpec",
    fields: &[
        field(
            "metadata",
            Object(&OBJECT_META),
            Inherited,
            "Labels and annotations of the pods that are made.",
        ),
        field("spec", Object(&POD_SPEC), Inherited, "What the pods that are made should run."),
    ],
};

/// `HostAlias`
pub(in crate::spec) static HOST_ALIAS: Structure = Structure {
    name: "HostAlias",
    fields: &[
        field("hostnames", List(&Str), Inherited, "The names."),
        field("ip", Str, Inherited, "The address that they stand for."),
    ],
};

/// `PodDNSConfig`
pub(in crate::spec) static POD_DNS_CONFIG: Structure = Structure {
    name: "PodDNSConfig",
    fields: &[
        field("nameservers", List(&Str), Inherited, "Addresses of name servers, at most three."),
        field(
            "options",
            List(&Object(&POD_DNS_CONFIG_OPTION)),
            Inherited,
            "Options of the resolver.",
        ),
        field("searches", List(&Str), Inherited, "Domains that short names are looked up in."),
    ],
};

/// `PodDNSConfigOption`
pub(in crate::spec) static POD_DNS_CONFIG_OPTION: Structure = Structure {
    name: "PodDNSConfigOption",
    fields: &[
        field("name", Str, Inherited, "The option."),
        field("value", Str, Inherited, "Its value, if it has one."),
    ],
};

/// `PodOS`
pub(in crate::spec) static POD_OS: Structure =
    Structure { name: "PodOS", fields: &[field("name", Str, Supported, "linux or windows.")] };

/// `PodReadinessGate`
pub(in crate::spec) static POD_READINESS_GATE: Structure = Structure {
    name: "PodReadinessGate",
    fields: &[field("conditionType", Str, Inherited, "The condition in the pod's status.")],
};

/// `PodResourceClaim`
pub(in crate::spec) static POD_RESOURCE_CLAIM: Structure = Structure {
    name: "PodResourceClaim",
    fields: &[
        field("name", Str, Inherited, "The name that containers use."),
        field("resourceClaimName", Str, Inherited, "The claim."),
        field(
            "resourceClaimTemplateName",
            Str,
            Inherited,
            "The template that a claim is made from.",
        ),
    ],
};

/// `PodSchedulingGate`
pub(in crate::spec) static POD_SCHEDULING_GATE: Structure = Structure {
    name: "PodSchedulingGate",
    fields: &[field("name", Str, Inherited, "The name of the gate.")],
};

/// `PodSchedulingGroup`
pub(in crate::spec) static POD_SCHEDULING_GROUP: Structure = Structure {
    name: "PodSchedulingGroup",
    fields: &[field("podGroupName", Str, Inherited, "The name of the group.")],
};

/// `Pod`
pub(in crate::spec) static POD: Structure = Structure {
    name: "Pod",
    fields: &[
        field(
            "apiVersion",
            Str,
            Supported,
            "The version of the API that the document is written in: v1.",
        ),
        field("kind", Str, Supported, "What the document is: Pod."),
        field("metadata", Object(&OBJECT_META), Supported, "Who the pod is."),
        field("spec", Object(&POD_SPEC), Supported, "What it should run."),
        field("status", Any, NoEffect("a status is observed, not asked for"), "How it is."),
    ],
};
