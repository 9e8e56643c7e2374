//! Requests through `wasi:http` 0.2.

use std::io::Read as _;

use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, IncomingResponse, OutgoingRequest, Scheme};

/// Gets `[https:]HOST[:PORT]/PATH`; returns the status and the body, or what the error is called.
pub fn get(place: &str) -> Result<(u16, String), String> {
    let (scheme, place) = match place.strip_prefix("https:") {
        Some(place) => (Scheme::Https, place),
        None => (Scheme::Http, place),
    };
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let request = OutgoingRequest::new(Fields::new());
    let refused = |()| "refused".to_owned();
    request.set_scheme(Some(&scheme)).map_err(refused)?;
    request.set_authority(Some(authority)).map_err(refused)?;
    request.set_path_with_query(Some(&format!("/{path}"))).map_err(refused)?;
    let response = handle(request, None).map_err(|code| format!("{code:?}"))?;
    response.subscribe().block();
    let response = response.get().expect("it is ready").expect("it was not taken");
    let response = response.map_err(|code| format!("{code:?}"))?;
    Ok((response.status(), body(&response)?))
}

fn body(response: &IncomingResponse) -> Result<String, String> {
    let body = response.consume().map_err(|()| "no body".to_owned())?;
    let mut stream = body.stream().map_err(|()| "no stream".to_owned())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(|error| format!("{error:?}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
