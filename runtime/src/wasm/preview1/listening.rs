//! Sockets that a program finds itself listening with: one for each port that its container says
//! it serves, as systemd hands them over, from descriptor 3 on.
//!
//! WASI 0.1 can accept a connection, and has nothing to make a socket with.

use std::sync::Arc;

use wasmtime::Module;

use super::MODULE;
use super::socket::Socket;
use crate::executor::ListenPort;
use crate::network::{Member, SocketError, TcpSocket};

/// What a program listens at when it begins.
#[derive(Default)]
pub(in crate::wasm) struct Listening {
    pub(in crate::wasm) sockets: Vec<Socket>,
    names: Vec<String>,
}

/// A program cannot listen at a port of its container.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on port {port}: {reason}")]
pub(in crate::wasm) struct ListenError {
    port: u16,
    reason: SocketError,
}

/// Returns whether a module takes such sockets: it accepts connections, and makes no sockets of
/// its own.
pub(in crate::wasm) fn is_taken_by(module: &Module) -> bool {
    let imports = |name: &str| {
        module.imports().any(|import| import.module() == MODULE && import.name() == name)
    };
    imports("sock_accept") && !imports("sock_open")
}

impl Listening {
    /// Listens at each of these ports, in all addresses of the pod.
    pub(in crate::wasm) fn open(
        member: &Arc<Member>,
        ports: &[ListenPort],
    ) -> Result<Self, ListenError> {
        let open = |&ListenPort { port, .. }: &ListenPort| {
            let socket = TcpSocket::listening(member, port);
            socket.map(Socket::from).map_err(|reason| ListenError { port, reason })
        };
        Ok(Self {
            sockets: ports.iter().map(open).collect::<Result<_, _>>()?,
            names: ports.iter().map(|port| port.name.clone()).collect(),
        })
    }

    /// Returns the variables that tell the program of it: none, if there is nothing to tell.
    pub(in crate::wasm) fn variables(&self) -> Vec<(&'static str, String)> {
        if self.sockets.is_empty() {
            return Vec::new();
        }
        vec![
            ("LISTEN_FDS", self.sockets.len().to_string()),
            ("LISTEN_FDNAMES", self.names.join(":")),
        ]
    }
}
