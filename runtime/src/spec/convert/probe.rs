//! Probes, hooks and restart rules.

use super::{owned, unsigned};
use crate::spec::node::Node;
use crate::spec::probe::{HookHandler, HttpGet, PortRef, Probe, ProbeHandler, Scheme, TcpSocket};
use crate::spec::restart_rule::{ExitCodes, RestartAction, RestartRule};

/// Returns the probe, if there is one.
pub(super) fn probe(node: &Node<'_>) -> Option<Probe> {
    let seconds = |field: &'static str| {
        node.get(field).int().and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or_default()
    };
    Some(Probe {
        handler: probe_handler(node)?,
        initial_delay_seconds: seconds("initialDelaySeconds"),
        timeout_seconds: seconds("timeoutSeconds"),
        period_seconds: seconds("periodSeconds"),
        success_threshold: seconds("successThreshold"),
        failure_threshold: seconds("failureThreshold"),
        termination_grace_seconds: unsigned(&node.get("terminationGracePeriodSeconds")),
    })
}

fn probe_handler(node: &Node<'_>) -> Option<ProbeHandler> {
    let (exec, http_get) = (node.get("exec"), node.get("httpGet"));
    let (tcp_socket, grpc) = (node.get("tcpSocket"), node.get("grpc"));
    Some(if exec.is_set() {
        ProbeHandler::Exec(command(&exec))
    } else if http_get.is_set() {
        ProbeHandler::HttpGet(self::http_get(&http_get))
    } else if tcp_socket.is_set() {
        ProbeHandler::TcpSocket(self::tcp_socket(&tcp_socket))
    } else if grpc.is_set() {
        ProbeHandler::Grpc {
            port: grpc.get("port").int().and_then(|port| u16::try_from(port).ok())?,
            service: grpc.get("service").str().to_owned(),
        }
    } else {
        return None;
    })
}

/// Returns the handler of a hook, if there is one.
pub(super) fn hook(node: &Node<'_>) -> Option<HookHandler> {
    let (exec, http_get) = (node.get("exec"), node.get("httpGet"));
    let (tcp_socket, sleep) = (node.get("tcpSocket"), node.get("sleep"));
    Some(if exec.is_set() {
        HookHandler::Exec(command(&exec))
    } else if http_get.is_set() {
        HookHandler::HttpGet(self::http_get(&http_get))
    } else if sleep.is_set() {
        HookHandler::Sleep(unsigned(&sleep.get("seconds")).unwrap_or_default())
    } else if tcp_socket.is_set() {
        HookHandler::TcpSocket(self::tcp_socket(&tcp_socket))
    } else {
        return None;
    })
}

fn command(exec: &Node<'_>) -> Vec<String> {
    exec.get("command").texts().into_iter().map(str::to_owned).collect()
}

fn http_get(node: &Node<'_>) -> HttpGet {
    let header = |header: Node<'_>| {
        (header.get("name").str().to_owned(), header.get("value").str().to_owned())
    };
    HttpGet {
        host: owned(&node.get("host")),
        port: port_ref(&node.get("port")),
        path: node.get("path").str().to_owned(),
        scheme: match node.get("scheme").str() {
            "HTTPS" => Scheme::Https,
            _ => Scheme::Http,
        },
        headers: node.get("httpHeaders").items().map(header).collect(),
    }
}

fn tcp_socket(node: &Node<'_>) -> TcpSocket {
    TcpSocket { host: owned(&node.get("host")), port: port_ref(&node.get("port")) }
}

fn port_ref(node: &Node<'_>) -> PortRef {
    match node.int().and_then(|port| u16::try_from(port).ok()) {
        Some(port) => PortRef::Number(port),
        None => PortRef::Name(node.str().to_owned()),
    }
}

pub(super) fn restart_rule(node: &Node<'_>) -> RestartRule {
    let exit_codes = node.get("exitCodes");
    let values = exit_codes.get("values").items();
    let codes =
        values.filter_map(|code| code.int().and_then(|code| i32::try_from(code).ok())).collect();
    RestartRule {
        exit_codes: match exit_codes.get("operator").str() {
            "NotIn" => ExitCodes::NotIn(codes),
            _ => ExitCodes::In(codes),
        },
        action: match node.get("action").str() {
            "RestartAllContainers" => RestartAction::RestartAllContainers,
            _ => RestartAction::Restart,
        },
    }
}
