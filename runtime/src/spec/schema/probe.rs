//! Probes and lifecycle hooks.

use super::Support::{Inherited, NoEffect};
use super::Type::{Int32, Int64, IntOrString, List, Object, Str};
use super::{Structure, field};

/// `Probe`
pub(in crate::spec) static PROBE: Structure = Structure {
    name: "Probe",
    fields: &[
        field("exec", Object(&EXEC_ACTION), Inherited, "A command whose exit code answers."),
        field(
            "failureThreshold",
            Int32,
            Inherited,
            "How many failures in a row count as one; 3 if not set.",
        ),
        field("grpc", Object(&GRPC_ACTION), Inherited, "A gRPC health check."),
        field(
            "httpGet",
            Object(&HTTP_GET_ACTION),
            Inherited,
            "An HTTP request; 200 to 399 is a yes.",
        ),
        field(
            "initialDelaySeconds",
            Int32,
            Inherited,
            "How long after the start the first question is asked.",
        ),
        field(
            "periodSeconds",
            Int32,
            Inherited,
            "How often it is asked; every 10 seconds if not set.",
        ),
        field(
            "successThreshold",
            Int32,
            Inherited,
            "How many successes in a row count as one; 1 if not set.",
        ),
        field(
            "tcpSocket",
            Object(&TCP_SOCKET_ACTION),
            Inherited,
            "A connection that must come about.",
        ),
        field(
            "terminationGracePeriodSeconds",
            Int64,
            Inherited,
            "The pod's own, when this probe fails.",
        ),
        field(
            "timeoutSeconds",
            Int32,
            Inherited,
            "How long the answer may take; 1 second if not set.",
        ),
    ],
};

/// `Lifecycle`
pub(in crate::spec) static LIFECYCLE: Structure = Structure {
    name: "Lifecycle",
    fields: &[
        field(
            "postStart",
            Object(&LIFECYCLE_HANDLER),
            Inherited,
            "What runs just after the start.",
        ),
        field(
            "preStop",
            Object(&LIFECYCLE_HANDLER),
            Inherited,
            "What runs before the container is asked to end.",
        ),
        field(
            "stopSignal",
            Str,
            NoEffect("it is always TERM, as with the default gates of Kubernetes"),
            "The signal that asks it.",
        ),
    ],
};

/// `LifecycleHandler`
pub(in crate::spec) static LIFECYCLE_HANDLER: Structure = Structure {
    name: "LifecycleHandler",
    fields: &[
        field("exec", Object(&EXEC_ACTION), Inherited, "A command in the container."),
        field("httpGet", Object(&HTTP_GET_ACTION), Inherited, "An HTTP request to the container."),
        field("sleep", Object(&SLEEP_ACTION), Inherited, "Nothing but time."),
        field(
            "tcpSocket",
            Object(&TCP_SOCKET_ACTION),
            Inherited,
            "Not supported by Kubernetes either; kept for old documents.",
        ),
    ],
};

/// `ExecAction`
pub(in crate::spec) static EXEC_ACTION: Structure = Structure {
    name: "ExecAction",
    fields: &[field(
        "command",
        List(&Str),
        Inherited,
        "The program and its arguments, without a shell.",
    )],
};

/// `HTTPGetAction`
pub(in crate::spec) static HTTP_GET_ACTION: Structure = Structure {
    name: "HTTPGetAction",
    fields: &[
        field("host", Str, Inherited, "The host; the pod itself if not set."),
        field("httpHeaders", List(&Object(&HTTP_HEADER)), Inherited, "Headers of the request."),
        field("path", Str, Inherited, "The path; / if not set."),
        field("port", IntOrString, Inherited, "The number or the name of the port."),
        field("scheme", Str, Inherited, "HTTP or HTTPS."),
    ],
};

/// `HTTPHeader`
pub(in crate::spec) static HTTP_HEADER: Structure = Structure {
    name: "HTTPHeader",
    fields: &[
        field("name", Str, Inherited, "The header."),
        field("value", Str, Inherited, "Its value."),
    ],
};

/// `TCPSocketAction`
pub(in crate::spec) static TCP_SOCKET_ACTION: Structure = Structure {
    name: "TCPSocketAction",
    fields: &[
        field("host", Str, Inherited, "The host; the pod itself if not set."),
        field("port", IntOrString, Inherited, "The number or the name of the port."),
    ],
};

/// `GRPCAction`
pub(in crate::spec) static GRPC_ACTION: Structure = Structure {
    name: "GRPCAction",
    fields: &[
        field("port", Int32, Inherited, "The port."),
        field("service", Str, Inherited, "The service that is asked about."),
    ],
};

/// `SleepAction`
pub(in crate::spec) static SLEEP_ACTION: Structure =
    Structure { name: "SleepAction", fields: &[field("seconds", Int64, Inherited, "How long.")] };
