//! Probes and lifecycle hooks.

use super::Support::Inherited;
use super::Type::{Int32, Int64, IntOrString, List, Object, Str};
use super::{Structure, field};

/// `Probe`
pub(in crate::spec) static PROBE: Structure = Structure {
    name: "Probe",
    fields: &[
        field("exec", Object(&EXEC_ACTION), Inherited, ""),
        field("failureThreshold", Int32, Inherited, ""),
        field("grpc", Object(&GRPC_ACTION), Inherited, ""),
        field("httpGet", Object(&HTTP_GET_ACTION), Inherited, ""),
        field("initialDelaySeconds", Int32, Inherited, ""),
        field("periodSeconds", Int32, Inherited, ""),
        field("successThreshold", Int32, Inherited, ""),
        field("tcpSocket", Object(&TCP_SOCKET_ACTION), Inherited, ""),
        field("terminationGracePeriodSeconds", Int64, Inherited, ""),
        field("timeoutSeconds", Int32, Inherited, ""),
    ],
};

/// `Lifecycle`
pub(in crate::spec) static LIFECYCLE: Structure = Structure {
    name: "Lifecycle",
    fields: &[
        field("postStart", Object(&LIFECYCLE_HANDLER), Inherited, ""),
        field("preStop", Object(&LIFECYCLE_HANDLER), Inherited, ""),
        field("stopSignal", Str, Inherited, ""),
    ],
};

/// `LifecycleHandler`
pub(in crate::spec) static LIFECYCLE_HANDLER: Structure = Structure {
    name: "LifecycleHandler",
    fields: &[
        field("exec", Object(&EXEC_ACTION), Inherited, ""),
        field("httpGet", Object(&HTTP_GET_ACTION), Inherited, ""),
        field("sleep", Object(&SLEEP_ACTION), Inherited, ""),
        field("tcpSocket", Object(&TCP_SOCKET_ACTION), Inherited, ""),
    ],
};

/// `ExecAction`
pub(in crate::spec) static EXEC_ACTION: Structure =
    Structure { name: "ExecAction", fields: &[field("command", List(&Str), Inherited, "")] };

/// `HTTPGetAction`
pub(in crate::spec) static HTTP_GET_ACTION: Structure = Structure {
    name: "HTTPGetAction",
    fields: &[
        field("host", Str, Inherited, ""),
        field("httpHeaders", List(&Object(&HTTP_HEADER)), Inherited, ""),
        field("path", Str, Inherited, ""),
        field("port", IntOrString, Inherited, ""),
        field("scheme", Str, Inherited, ""),
    ],
};

/// `HTTPHeader`
pub(in crate::spec) static HTTP_HEADER: Structure = Structure {
    name: "HTTPHeader",
    fields: &[field("name", Str, Inherited, ""), field("value", Str, Inherited, "")],
};

/// `TCPSocketAction`
pub(in crate::spec) static TCP_SOCKET_ACTION: Structure = Structure {
    name: "TCPSocketAction",
    fields: &[field("host", Str, Inherited, ""), field("port", IntOrString, Inherited, "")],
};

/// `GRPCAction`
pub(in crate::spec) static GRPC_ACTION: Structure = Structure {
    name: "GRPCAction",
    fields: &[field("port", Int32, Inherited, ""), field("service", Str, Inherited, "")],
};

/// `SleepAction`
pub(in crate::spec) static SLEEP_ACTION: Structure =
    Structure { name: "SleepAction", fields: &[field("seconds", Int64, Inherited, "")] };
