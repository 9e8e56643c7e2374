//! A probe, in a line.

use crate::spec::{HttpGet, PortRef, Probe, ProbeHandler, Scheme, TcpSocket};

/// Returns how a container is asked, and when.
pub(super) fn describe(probe: &Probe) -> String {
    format!(
        "{} delay={}s timeout={}s period={}s #success={} #failure={}",
        handler(&probe.handler),
        probe.initial_delay_seconds,
        probe.timeout_seconds,
        probe.period_seconds,
        probe.success_threshold,
        probe.failure_threshold
    )
}

fn handler(handler: &ProbeHandler) -> String {
    match handler {
        ProbeHandler::Exec(command) => format!("exec [{}]", command.join(" ")),
        ProbeHandler::HttpGet(HttpGet { host, port, path, scheme, .. }) => {
            let scheme = match scheme {
                Scheme::Http => "http",
                Scheme::Https => "https",
            };
            let host = host.as_deref().unwrap_or_default();
            let slash = if path.starts_with('/') { "" } else { "/" };
            format!("http-get {scheme}://{host}:{}{slash}{path}", number(port))
        }
        ProbeHandler::TcpSocket(TcpSocket { host, port }) => {
            format!("tcp-socket {}:{}", host.as_deref().unwrap_or_default(), number(port))
        }
        ProbeHandler::Grpc { port, service } => format!("grpc <pod>:{port} {service}"),
    }
}

fn number(port: &PortRef) -> String {
    match port {
        PortRef::Number(number) => number.to_string(),
        PortRef::Name(name) => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::lifecycle::tests::probe;
    use crate::spec::{HttpGet, PortRef, Probe, ProbeHandler, Scheme, TcpSocket};

    #[test]
    fn a_line_for_each_kind() {
        let get = |host: Option<&str>, port, path: &str| {
            let (host, path) = (host.map(str::to_owned), path.to_owned());
            ProbeHandler::HttpGet(HttpGet {
                host,
                port,
                path,
                scheme: Scheme::Http,
                headers: vec![],
            })
        };
        let named = || PortRef::Name("web".to_owned());
        for (handler, expected) in [
            (probe().handler, "exec [check]"),
            (get(None, PortRef::Number(8080), "/up?x=1"), "http-get http://:8080/up?x=1"),
            (get(Some("h"), named(), "up"), "http-get http://h:web/up"),
            (ProbeHandler::TcpSocket(TcpSocket { host: None, port: named() }), "tcp-socket :web"),
            (ProbeHandler::Grpc { port: 9, service: "s".to_owned() }, "grpc <pod>:9 s"),
        ] {
            let line = describe(&Probe { handler, ..probe() });
            let rest = "delay=0s timeout=1s period=10s #success=1 #failure=3";
            assert_eq!(line, format!("{expected} {rest}"));
        }
    }
}
