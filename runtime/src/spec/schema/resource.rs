//! Kinds that Pods refer to.

use super::Support::Inherited;
use super::Type::{Any, Bool, Bytes, Int32, IntOrString, List, Map, Object, Str};
use super::metadata::OBJECT_META;
use super::{Structure, field};

/// `ConfigMap`
pub(in crate::spec) static CONFIG_MAP: Structure = Structure {
    name: "ConfigMap",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("binaryData", Map(&Bytes), Inherited, ""),
        field("data", Map(&Str), Inherited, ""),
        field("immutable", Bool, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
    ],
};

/// `Secret`
pub(in crate::spec) static SECRET: Structure = Structure {
    name: "Secret",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("data", Map(&Bytes), Inherited, ""),
        field("immutable", Bool, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("stringData", Map(&Str), Inherited, ""),
        field("type", Str, Inherited, ""),
    ],
};

/// `Service`
pub(in crate::spec) static SERVICE: Structure = Structure {
    name: "Service",
    fields: &[
        field("apiVersion", Str, Inherited, ""),
        field("kind", Str, Inherited, ""),
        field("metadata", Object(&OBJECT_META), Inherited, ""),
        field("spec", Object(&SERVICE_SPEC), Inherited, ""),
        field("status", Any, Inherited, ""),
    ],
};

/// `ServiceSpec`
pub(in crate::spec) static SERVICE_SPEC: Structure = Structure {
    name: "ServiceSpec",
    fields: &[
        field("allocateLoadBalancerNodePorts", Bool, Inherited, ""),
        field("clusterIP", Str, Inherited, ""),
        field("clusterIPs", List(&Str), Inherited, ""),
        field("externalIPs", List(&Str), Inherited, ""),
        field("externalName", Str, Inherited, ""),
        field("externalTrafficPolicy", Str, Inherited, ""),
        field("healthCheckNodePort", Int32, Inherited, ""),
        field("internalTrafficPolicy", Str, Inherited, ""),
        field("ipFamilies", List(&Str), Inherited, ""),
        field("ipFamilyPolicy", Str, Inherited, ""),
        field("loadBalancerClass", Str, Inherited, ""),
        field("loadBalancerIP", Str, Inherited, ""),
        field("loadBalancerSourceRanges", List(&Str), Inherited, ""),
        field("ports", List(&Object(&SERVICE_PORT)), Inherited, ""),
        field("publishNotReadyAddresses", Bool, Inherited, ""),
        field("selector", Map(&Str), Inherited, ""),
        field("sessionAffinity", Str, Inherited, ""),
        field("sessionAffinityConfig", Object(&SESSION_AFFINITY_CONFIG), Inherited, ""),
        field("trafficDistribution", Str, Inherited, ""),
        field("type", Str, Inherited, ""),
    ],
};

/// `ServicePort`
pub(in crate::spec) static SERVICE_PORT: Structure = Structure {
    name: "ServicePort",
    fields: &[
        field("appProtocol", Str, Inherited, ""),
        field("name", Str, Inherited, ""),
        field("nodePort", Int32, Inherited, ""),
        field("port", Int32, Inherited, ""),
        field("protocol", Str, Inherited, ""),
        field("targetPort", IntOrString, Inherited, ""),
    ],
};

/// `SessionAffinityConfig`
pub(in crate::spec) static SESSION_AFFINITY_CONFIG: Structure = Structure {
    name: "SessionAffinityConfig",
    fields: &[field("clientIP", Object(&CLIENT_IP_CONFIG), Inherited, "")],
};

/// `ClientIPConfig`
pub(in crate::spec) static CLIENT_IP_CONFIG: Structure =
    Structure { name: "ClientIPConfig", fields: &[field("timeoutSeconds", Int32, Inherited, "")] };
