//! Serves the files of a volume, mounted at `/www`: a service of `wasi:http`.

use std::fs;
use std::io::Write as _;

use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

wasip2::http::proxy::export!(Server);

struct Server;

impl wasip2::exports::http::incoming_handler::Guest for Server {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let file = file(&request.path_with_query().unwrap_or_default());
        let (status, content) = match file.and_then(|file| fs::read(file).ok()) {
            Some(content) => (200, content),
            None => (404, b"not found\n".to_vec()),
        };
        let response = OutgoingResponse::new(Fields::new());
        response.set_status_code(status).expect("it is one");
        let body = response.body().expect("it is taken once");
        ResponseOutparam::set(out, Ok(response));
        let mut stream = body.write().expect("it is taken once");
        // A client that has gone away is no reason to fail.
        let _ = stream.write_all(&content);
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}

/// Returns the file that a path asks for, if it asks for one in the volume.
fn file(path: &str) -> Option<String> {
    let path = path.split('?').next()?.trim_start_matches('/');
    let leads_back = path.split('/').any(|part| part == "..");
    let path = if path.is_empty() { "index.html" } else { path };
    (!leads_back).then(|| format!("/www/{path}"))
}
