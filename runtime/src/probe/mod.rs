//! One probe or one hook, carried out once, and what came of it.
//!
//! ```text
//!   probe ──┬── exec ──────────────────────► a program in the container
//!           ├── tcp ───┐
//!           ├── grpc ──┤
//!   hook ───┼── http ──┴──► dial ──► the pod's network, or the host's own
//!           ├── exec ──────────────────────► a program in the container
//!           └── sleep
//! ```
//!
//! When to ask, and what follows from the answer, is decided elsewhere. What must hold:
//! - The answer to a probe comes within its timeout, and dropping a probe or a hook ends all that
//!   it began.
//! - Whoever answers may be hostile: what it sends is bounded before it is kept.
//! - The texts are those of the kubelet, and of Go below it, because that is what users know and
//!   search for.

mod answer;
mod dial;
mod exec;
mod grpc;
mod hook;
mod http;
mod recorded;
mod request;
mod tcp;
#[cfg(test)]
mod tests;
mod tls;

use std::sync::Arc;
use std::time::Duration;

pub use self::answer::Answer;
pub use self::hook::run_hook;
use crate::executor::Exec;
use crate::network::{Family, PodNetwork};
use crate::spec::{Container, Pod, Probe, ProbeHandler};

/// The version of Kubernetes that servers are told.
const VERSION: &str = "1.36";

/// How much of an answer is kept.
const OUTPUT_MAX: usize = 10 << 10;

/// Whom a probe or a hook is about: a container that runs.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The pod, which messages name.
    pub pod: &'a Pod,
    /// The container, in which names of ports are looked up.
    pub container: &'a Container,
    /// The network of the pod.
    pub network: &'a Arc<PodNetwork>,
    /// Runs programs in the container.
    pub exec: &'a dyn Exec,
}

impl Target<'_> {
    /// Returns the address that the node has for the pod, as a URL and an error name it.
    fn pod_ip(&self) -> String {
        self.network.addresses().of(Family::V4).to_string()
    }
}

/// Asks a container once, and waits for the answer no longer than the probe says.
pub async fn probe(probe: &Probe, target: &Target<'_>) -> Answer {
    let timeout = Duration::from_secs(probe.timeout_seconds.into());
    match &probe.handler {
        ProbeHandler::Exec(command) => exec::probe(command, target, timeout).await,
        ProbeHandler::HttpGet(get) => http::probe(get, target, timeout).await,
        ProbeHandler::TcpSocket(socket) => tcp::probe(socket, target, timeout).await,
        ProbeHandler::Grpc { port, service } => grpc::probe(*port, service, target, timeout).await,
    }
}

/// Runs a connection for as long as something is asked of it.
async fn alongside<T>(connection: impl Future, asked: impl Future<Output = T>) -> T {
    let connection = async {
        connection.await;
        // Who asked hears of its end.
        std::future::pending().await
    };
    tokio::select! {
        answer = asked => answer,
        never = connection => never,
    }
}
