//! A server of HTTP for probes. WASI 0.2 alone: Rust's standard library has no sockets for 0.1.
//!
//! `/status/N` answers with N, `/exists/FILE` with 200 or 404, everything else with 200.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Serves at a port of all addresses, for ever; waits by `wait`.
pub(crate) fn serve(port: &str, mut wait: impl FnMut(Duration)) -> io::Result<()> {
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    listener.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                // A client that goes away early is its own loss.
                let _ = stream.set_nonblocking(false).and_then(|()| answer(&stream));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait(super::GLANCE),
            Err(error) => return Err(error),
        }
    }
}

fn answer(mut stream: &TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|header| !header.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or("/");
    let status = match path.split_once("/status/").or_else(|| path.split_once("/exists/")) {
        Some((_, number)) if path.starts_with("/status/") => number.parse().unwrap_or(400),
        Some((_, file)) if std::fs::metadata(format!("/{file}")).is_err() => 404,
        _ => 200,
    };
    let head = format!("HTTP/1.1 {status} Scripted\r\nconnection: close\r\n");
    let body = format!("{path}\n");
    stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())
}
