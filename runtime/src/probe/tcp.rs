//! Probes that connect: that a connection comes about is all.

use std::time::Duration;

use super::dial::{dial, join_host_port};
use super::{Answer, Target, request};
use crate::spec::TcpSocket;

pub(super) async fn probe(socket: &TcpSocket, target: &Target<'_>, timeout: Duration) -> Answer {
    let host = socket.host.clone().unwrap_or_else(|| target.pod_ip());
    let port = match request::resolve(&socket.port, target.container) {
        Ok(port) => port,
        Err(error) => return Answer::Error(error.to_string()),
    };
    match tokio::time::timeout(timeout, dial(target.network, &host, port)).await {
        Ok(Ok(_)) => Answer::Success,
        Ok(Err(error)) => Answer::Failure(error.to_string()),
        Err(_) => Answer::Failure(format!("dial tcp {}: i/o timeout", join_host_port(&host, port))),
    }
}
