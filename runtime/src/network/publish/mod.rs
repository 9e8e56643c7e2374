//! Publishes ports of a pod on the host: real sockets that lead into the pod.
//!
//! A connection or a datagram goes to the pod's own address, so that a program which listens on
//! localhost alone is not reached, as in Kubernetes. Where nobody listens yet, a connection is reset
//! and a datagram lost.

mod tcp;
mod udp;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use tokio::task::AbortHandle;

use super::PodNetwork;
use crate::spec::{PodSpec, Protocol};

/// A port of a pod that is to be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedPort {
    /// On the host; port 0 lets the system choose.
    pub host: SocketAddr,
    /// In the pod.
    pub container_port: u16,
    /// How it is spoken to.
    pub protocol: Protocol,
}

/// What `-p` says is not what it can say.
#[derive(Debug, thiserror::Error)]
#[error("{0}; want [[IP:]HOST-PORT:]PORT[/udp], e.g. 8080:80")]
pub struct ParsePublishError(&'static str);

/// Why a port cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The host does not let us listen there.
    #[error("cannot publish port {} on {}: {}", port.container_port, port.host, Reason(source))]
    Listen {
        /// What was to be published.
        port: PublishedPort,
        /// Why not.
        source: io::Error,
    },
    /// The address is none.
    #[error("cannot publish port {container_port} on {host_ip:?}: this is not an IP address")]
    HostIp {
        /// What the pod says.
        host_ip: String,
        /// In the pod.
        container_port: u16,
    },
}

/// What the system says, without its number.
struct Reason<'a>(&'a io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            io::ErrorKind::AddrInUse => f.write_str("address already in use"),
            io::ErrorKind::AddrNotAvailable => f.write_str("this host has no such address"),
            io::ErrorKind::PermissionDenied => {
                f.write_str("permission denied; ports from 1024 on need none")
            }
            _ => write!(f, "{}", self.0),
        }
    }
}

/// A port that is published, until dropped.
#[derive(Debug)]
pub struct Publication {
    port: PublishedPort,
    is_chosen: bool,
    task: AbortHandle,
}

impl Publication {
    /// Returns the port, with the one that the system chose.
    pub fn port(&self) -> PublishedPort {
        self.port
    }

    /// Returns whether the system chose the port on the host.
    pub fn is_chosen(&self) -> bool {
        self.is_chosen
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FromStr for PublishedPort {
    type Err = ParsePublishError;

    /// Reads what Docker's `-p` takes: `8080:80`, `127.0.0.1:8080:80`, `[::1]:8080:80`, and `80` or
    /// `127.0.0.1::80` for a port that the system chooses; `/udp` behind it for UDP.
    fn from_str(text: &str) -> Result<Self, ParsePublishError> {
        let (ports, protocol) = match text.rsplit_once('/') {
            Some((ports, "tcp")) => (ports, Protocol::Tcp),
            Some((ports, "udp")) => (ports, Protocol::Udp),
            Some(_) => return Err(ParsePublishError("no such protocol")),
            None => (text, Protocol::Tcp),
        };
        let (host, container) = ports.rsplit_once(':').unwrap_or(("", ports));
        let (ip, host_port) = match host.rsplit_once(':') {
            Some((ip, port)) => (ip, port),
            None => ("0.0.0.0", host),
        };
        let ip = ip.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(ip);
        let ip: IpAddr =
            ip.parse().map_err(|_| ParsePublishError("not an IP address of this host"))?;
        let number = |text: &str| match text.parse() {
            Ok(0) | Err(_) => Err(ParsePublishError("not a port (1 to 65535)")),
            Ok(port) => Ok(port),
        };
        let host_port = if host_port.is_empty() { 0 } else { number(host_port)? };
        Ok(Self { host: (ip, host_port).into(), container_port: number(container)?, protocol })
    }
}

/// Returns the ports that a pod publishes.
///
/// # Errors
///
/// If one of them cannot be published at all.
pub fn published_ports(spec: &PodSpec) -> Result<Vec<PublishedPort>, PublishError> {
    let ports = spec.all_containers().flat_map(|container| &container.ports);
    let published = ports.filter_map(|port| Some((port, port.host_port?)));
    published
        .map(|(port, host_port)| {
            let container_port = port.container_port;
            let host = match port.host_ip.as_deref() {
                None | Some("") => Ipv4Addr::UNSPECIFIED.into(),
                Some(ip) => ip
                    .parse::<IpAddr>()
                    .map_err(|_| PublishError::HostIp { host_ip: ip.to_owned(), container_port })?,
            };
            let (host, protocol) = ((host, host_port).into(), port.protocol);
            Ok(PublishedPort { host, container_port, protocol })
        })
        .collect()
}

/// Publishes a port. To be called within a tokio runtime, in which its connections are served.
///
/// # Errors
///
/// If the host does not let us listen there.
pub fn publish(
    network: &Arc<PodNetwork>,
    port: PublishedPort,
) -> Result<Publication, PublishError> {
    let failed = |source| PublishError::Listen { port, source };
    let (inside, container_port) = (Arc::downgrade(network), port.container_port);
    let (task, host) = match port.protocol {
        Protocol::Tcp => {
            let (listener, host) = tcp::listen(port.host).map_err(failed)?;
            (tokio::spawn(tcp::serve(listener, inside, container_port)), host)
        }
        Protocol::Udp => {
            let (socket, host) = udp::HostPort::bind(port.host).map_err(failed)?;
            (tokio::spawn(socket.serve(inside, container_port)), host)
        }
    };
    Ok(Publication {
        port: PublishedPort { host, ..port },
        is_chosen: port.host.port() == 0,
        task: task.abort_handle(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses() {
        let check = |text: &str, host: &str, container_port: u16| {
            let host = host.parse().unwrap();
            let is_udp = text.ends_with("/udp");
            let protocol = if is_udp { Protocol::Udp } else { Protocol::Tcp };
            assert_eq!(
                text.parse::<PublishedPort>().unwrap(),
                PublishedPort { host, container_port, protocol }
            );
        };
        check("80", "0.0.0.0:0", 80);
        check("8080:80", "0.0.0.0:8080", 80);
        check("8080:80/tcp", "0.0.0.0:8080", 80);
        check("53:53/udp", "0.0.0.0:53", 53);
        check("127.0.0.1:8080:80", "127.0.0.1:8080", 80);
        check("127.0.0.1::80", "127.0.0.1:0", 80);
        check("[::1]:8080:80", "[::1]:8080", 80);
        check("::1:8080:80", "[::1]:8080", 80);
    }

    #[test]
    fn refuses() {
        for (text, problem) in [
            ("", "not a port"),
            (":", "not a port"),
            ("80:", "not a port"),
            ("0", "not a port"),
            ("0:80", "not a port"),
            ("80:0", "not a port"),
            ("65536", "not a port"),
            ("1-3:1-3", "not a port"),
            ("localhost:1:1", "not an IP address"),
            (":1:1", "not an IP address"),
            ("53:53/sctp", "no such protocol"),
        ] {
            let error = text.parse::<PublishedPort>().unwrap_err().to_string();
            assert!(error.starts_with(problem) && error.contains("; want "), "{text}: {error}");
        }
    }
}
