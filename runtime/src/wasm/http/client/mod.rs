//! Requests that guests send: one connection each, through the pod's network.
//!
//! What must hold: a request goes where a socket of the same container could connect to, and
//! nowhere else; and what a server sends is read as the guest reads it.

mod connect;
mod error;
mod response;
mod send;
mod target;
mod tls;

use std::sync::Arc;

use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

pub(in crate::wasm) use self::tls::Tls;
use crate::network::Member;

/// How much a guest writes of a body at once: what the host keeps for it until it is sent.
const CHUNK_BYTES_MAX: usize = 64 << 10;

/// What one program sends its requests with.
pub(in crate::wasm) struct Client {
    member: Arc<Member>,
    tls: Arc<Tls>,
}

/// What goes on with a connection when the response has begun, until dropped.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// What comes of a request.
type Sent = Result<(hyper::Response<WasiBody>, Rest), Error>;

impl Client {
    pub(in crate::wasm) fn new(member: Arc<Member>, tls: Arc<Tls>) -> Self {
        Self { member, tls }
    }
}

impl WasiHttpHooks for Client {
    fn send_request(
        &mut self,
        request: hyper::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Rest,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let (member, tls) = (Arc::clone(&self.member), Arc::clone(&self.tls));
        Box::new(send::send(member, tls, request, options.unwrap_or_default()))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_BYTES_MAX
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_BYTES_MAX
    }
}
