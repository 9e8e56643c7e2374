//! Kinds that Pods refer to.

use super::Support::Inherited;
use super::Type::{Any, Bool, Bytes, Int32, IntOrString, List, Map, Object, Str};
use super::metadata::OBJECT_META;
use super::{Structure, field};

/// `ConfigMap`
pub(in crate::spec) static CONFIG_MAP: Structure = Structure {
    name: "ConfigMap",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: v1.",
        ),
        field("kind", Str, Inherited, "What the document is: ConfigMap."),
        field(
            "binaryData",
            Map(&Bytes),
            Inherited,
            "Base64 of any bytes by key; a key may not also be in data.",
        ),
        field(
            "data",
            Map(&Str),
            Inherited,
            "UTF-8 text by key; a key may not also be in binaryData.",
        ),
        field(
            "immutable",
            Bool,
            Inherited,
            "Whether the data can no longer be changed; false if not set.",
        ),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the config map is."),
    ],
};

/// `Secret`
pub(in crate::spec) static SECRET: Structure = Structure {
    name: "Secret",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: v1.",
        ),
        field("kind", Str, Inherited, "What the document is: Secret."),
        field("data", Map(&Bytes), Inherited, "The secret values by key, in base64."),
        field(
            "immutable",
            Bool,
            Inherited,
            "Whether the data can no longer be changed; false if not set.",
        ),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the secret is."),
        field(
            "stringData",
            Map(&Str),
            Inherited,
            "Values as plain text, never read back; they win over those of data.",
        ),
        field(
            "type",
            Str,
            Inherited,
            "What the secret is for, e.g. kubernetes.io/tls; Opaque if not set.",
        ),
    ],
};

/// `Service`
pub(in crate::spec) static SERVICE: Structure = Structure {
    name: "Service",
    fields: &[
        field(
            "apiVersion",
            Str,
            Inherited,
            "The version of the API that the document is written in: v1.",
        ),
        field("kind", Str, Inherited, "What the document is: Service."),
        field("metadata", Object(&OBJECT_META), Inherited, "Who the service is."),
        field(
            "spec",
            Object(&SERVICE_SPEC),
            Inherited,
            "Which pods it leads to, and how it is reached.",
        ),
        field("status", Any, Inherited, "How it is."),
    ],
};

/// `ServiceSpec`
pub(in crate::spec) static SERVICE_SPEC: Structure = Structure {
    name: "ServiceSpec",
    fields: &[
        field(
            "allocateLoadBalancerNodePorts",
            Bool,
            Inherited,
            "Whether a LoadBalancer also gets ports of the nodes; true if not set.",
        ),
        field(
            "clusterIP",
            Str,
            Inherited,
            "The virtual address in the cluster; None for no such address, chosen if not set.",
        ),
        field(
            "clusterIPs",
            List(&Str),
            Inherited,
            "The virtual addresses, at most one per IP family; the first is clusterIP.",
        ),
        field(
            "externalIPs",
            List(&Str),
            Inherited,
            "More addresses at which nodes take traffic for the service; deprecated since 1.36.",
        ),
        field(
            "externalName",
            Str,
            Inherited,
            "The lowercase host name that an ExternalName service is an alias of.",
        ),
        field(
            "externalTrafficPolicy",
            Str,
            Inherited,
            "Where traffic from outside goes: Cluster (any pod, the default) or Local (same node).",
        ),
        field(
            "healthCheckNodePort",
            Int32,
            Inherited,
            "Where balancers ask a node for local pods; only with externalTrafficPolicy Local.",
        ),
        field(
            "internalTrafficPolicy",
            Str,
            Inherited,
            "Where traffic from inside goes: Cluster (any pod, the default) or Local (same node).",
        ),
        field(
            "ipFamilies",
            List(&Str),
            Inherited,
            "IPv4, IPv6 or both, the main one first; chosen by ipFamilyPolicy if not set.",
        ),
        field(
            "ipFamilyPolicy",
            Str,
            Inherited,
            "SingleStack (the default), PreferDualStack or RequireDualStack.",
        ),
        field(
            "loadBalancerClass",
            Str,
            Inherited,
            "Which implementation balances the load; the cluster's default if not set.",
        ),
        field(
            "loadBalancerIP",
            Str,
            Inherited,
            "The address wanted of the load balancer; deprecated, and many providers ignore it.",
        ),
        field(
            "loadBalancerSourceRanges",
            List(&Str),
            Inherited,
            "The clients let through the load balancer, as CIDR ranges, if it can tell.",
        ),
        field(
            "ports",
            List(&Object(&SERVICE_PORT)),
            Inherited,
            "The ports of the service, and the ports of the pods behind them.",
        ),
        field(
            "publishNotReadyAddresses",
            Bool,
            Inherited,
            "Whether pods count as ready even when they are not; false if not set.",
        ),
        field(
            "selector",
            Map(&Str),
            Inherited,
            "The labels of the pods it leads to; if empty, endpoints are set by other means.",
        ),
        field(
            "sessionAffinity",
            Str,
            Inherited,
            "ClientIP to keep a client at the same pod, or None, the default.",
        ),
        field(
            "sessionAffinityConfig",
            Object(&SESSION_AFFINITY_CONFIG),
            Inherited,
            "How long a client is kept at the same pod.",
        ),
        field(
            "trafficDistribution",
            Str,
            Inherited,
            "Which pods are preferred, as a hint: PreferSameZone (once PreferClose) or PreferSameNode.",
        ),
        field(
            "type",
            Str,
            Inherited,
            "How it is reached: ClusterIP (the default), NodePort, LoadBalancer or ExternalName.",
        ),
    ],
};

/// `ServicePort`
pub(in crate::spec) static SERVICE_PORT: Structure = Structure {
    name: "ServicePort",
    fields: &[
        field(
            "appProtocol",
            Str,
            Inherited,
            "What is spoken on the port, as a hint, e.g. https or kubernetes.io/h2c.",
        ),
        field(
            "name",
            Str,
            Inherited,
            "The name, unique in the service; needed if there are several ports.",
        ),
        field(
            "nodePort",
            Int32,
            Inherited,
            "The port of every node, for NodePort and LoadBalancer; chosen if not set.",
        ),
        field("port", Int32, Inherited, "The port of the service itself."),
        field("protocol", Str, Inherited, "TCP, UDP or SCTP; TCP if not set."),
        field(
            "targetPort",
            IntOrString,
            Inherited,
            "The number or the name of the port of the pods; the same as port if not set.",
        ),
    ],
};

/// `SessionAffinityConfig`
pub(in crate::spec) static SESSION_AFFINITY_CONFIG: Structure = Structure {
    name: "SessionAffinityConfig",
    fields: &[field(
        "clientIP",
        Object(&CLIENT_IP_CONFIG),
        Inherited,
        "The settings of the session affinity ClientIP.",
    )],
};

/// `ClientIPConfig`
pub(in crate::spec) static CLIENT_IP_CONFIG: Structure = Structure {
    name: "ClientIPConfig",
    fields: &[field(
        "timeoutSeconds",
        Int32,
        Inherited,
        "How long a client is kept, from 1 to 86400 seconds; 10800 (3 hours) if not set.",
    )],
};
