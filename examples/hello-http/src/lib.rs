//! Answers every request with a line: a service of `wasi:http`, without a server of its own.

use std::io::Write as _;

use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

wasip2::http::proxy::export!(Hello);

struct Hello;

impl wasip2::exports::http::incoming_handler::Guest for Hello {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        let response = OutgoingResponse::new(Fields::new());
        let body = response.body().expect("it is taken once");
        ResponseOutparam::set(out, Ok(response));
        let mut stream = body.write().expect("it is taken once");
        // A client that has gone away is no reason to fail.
        let _ = stream.write_all(format!("hello {path}\n").as_bytes());
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}
