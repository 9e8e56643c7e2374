//! What a container is asked, and what it is told to do at its turns: probes and hooks.

use super::container::Container;

/// A question that a container is asked again and again, as `core/v1 Probe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How it is asked.
    pub handler: ProbeHandler,
    /// How long after the container's start the first question comes.
    pub initial_delay_seconds: u32,
    /// How long the answer may take.
    pub timeout_seconds: u32,
    /// How long from one question to the next.
    pub period_seconds: u32,
    /// How many good answers in a row make a success, after a failure.
    pub success_threshold: u32,
    /// How many bad answers in a row make a failure.
    pub failure_threshold: u32,
    /// How long a container has to end that this probe ends; the pod's own if not set.
    pub termination_grace_seconds: Option<u64>,
}

/// How a container is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeHandler {
    /// A command in the container; exit code 0 is a good answer.
    Exec(Vec<String>),
    /// A request; a status from 200 to 399 is a good answer.
    HttpGet(HttpGet),
    /// A connection; that it comes about is a good answer.
    TcpSocket(TcpSocket),
    /// A health check of gRPC (`grpc.health.v1`); `SERVING` is a good answer.
    Grpc {
        /// In the pod's network.
        port: u16,
        /// The service that is asked about; empty is the server as a whole.
        service: String,
    },
}

/// What is done after a container's start, or before it is asked to end, as
/// `core/v1 LifecycleHandler`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookHandler {
    /// A command in the container; any other exit code than 0 is a failure.
    Exec(Vec<String>),
    /// A request; that it is answered is enough.
    HttpGet(HttpGet),
    /// Nothing, for so many seconds.
    Sleep(u64),
    /// Kept by Kubernetes for old documents; it always fails.
    TcpSocket(TcpSocket),
}

/// A request, as `core/v1 HTTPGetAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpGet {
    /// Where to; the pod itself if not set.
    pub host: Option<String>,
    /// At which port.
    pub port: PortRef,
    /// The path, with a query if there is one.
    pub path: String,
    /// Whether it is encrypted. Certificates are not verified.
    pub scheme: Scheme,
    /// Sent with it, in this order; a name may come twice.
    pub headers: Vec<(String, String)>,
}

/// A connection, as `core/v1 TCPSocketAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpSocket {
    /// Where to; the pod itself if not set.
    pub host: Option<String>,
    /// At which port.
    pub port: PortRef,
}

/// The scheme of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// With TLS.
    Https,
}

/// A port by its number, or by its name among the ports of the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortRef {
    /// 1 to 65535.
    Number(u16),
    /// As in `ports[*].name`.
    Name(String),
}

impl PortRef {
    /// Returns the number; none if the container has no port of that name.
    pub fn resolve(&self, container: &Container) -> Option<u16> {
        match self {
            Self::Number(port) => Some(*port),
            Self::Name(name) => {
                let mut ports = container.ports.iter();
                ports.find(|port| port.name.as_ref() == Some(name)).map(|port| port.container_port)
            }
        }
    }
}
