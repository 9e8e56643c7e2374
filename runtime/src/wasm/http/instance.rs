//! An instance of a service: a store, and how a request is handed to it.
//!
//! It handles one request at a time. When that is done nothing of the guest runs any more, and the
//! instance may handle another; when it failed, the store is gone.

use std::future::poll_fn;
use std::sync::Arc;

use futures_util::FutureExt as _;
use hyper::{Request, Response};
use tokio::sync::oneshot;
use wasmtime::{Engine, PoolConcurrencyLimitError, Store};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::handler::{Proxy, ProxyPre};
use wasmtime_wasi_http::p2::bindings::Proxy as P2;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::p3::bindings::Service as P3;
use wasmtime_wasi_http::{WasiBody, WasiHttpView as _, p3};

use super::exchange::Exchange;
use super::failure::Failure;
use crate::wasm::command;
use crate::wasm::context::ContainerContext;
use crate::wasm::cpu::CpuMeter;
use crate::wasm::trap;

/// An instance that can handle a request.
pub(super) struct Instance {
    store: Store<ContainerContext>,
    proxy: Proxy,
    served: u32,
}

/// What the response is given to.
pub(super) struct Responder(oneshot::Sender<Response<WasiBody>>);

/// What has to be said of a failure; nothing if the guest's log has it already.
pub(super) type Complaint = Option<String>;

impl Responder {
    pub(super) fn new(sender: oneshot::Sender<Response<WasiBody>>) -> Self {
        Self(sender)
    }

    fn send(self, response: Response<WasiBody>) {
        // A client that has gone away wants none.
        let _ = self.0.send(response);
    }
}

impl Instance {
    /// Makes an instance with a store of its own.
    pub(super) async fn new(
        component: &ProxyPre<ContainerContext>,
        engine: &Engine,
        context: ContainerContext,
    ) -> Result<Self, Failure> {
        let mut store = command::store(engine, context);
        match component.instantiate_async(&mut store).await {
            Ok(proxy) => Ok(Self { store, proxy, served: 0 }),
            Err(error) if error.is::<PoolConcurrencyLimitError>() => {
                tracing::warn!("no room for an instance of an http service: {error:#}");
                Err(Failure::Busy)
            }
            Err(error) => {
                let has_no_memory = store.data().memory.has_refused();
                trap::exit_at_instantiation(&error, store.data());
                Err(if has_no_memory { Failure::Busy } else { Failure::Failed })
            }
        }
    }

    /// Returns how many requests it has handled.
    pub(super) fn served(&self) -> u32 {
        self.served
    }

    pub(super) fn cpu(&self) -> Option<Arc<CpuMeter>> {
        self.store.data().cpu.clone()
    }

    /// Handles a request, until nothing of the guest runs any more.
    pub(super) async fn handle(
        mut self,
        request: Request<WasiBody>,
        responder: Responder,
        exchange: Exchange,
    ) -> Result<Self, Complaint> {
        // Dropped before the store, in the middle of a call as well.
        let breaker = exchange.breaker();
        let result = match &self.proxy {
            Proxy::P2(proxy) => call_p2(proxy, &mut self.store, request, responder).await,
            Proxy::P3(service) => call_p3(service, &mut self.store, request, responder).await,
        };
        match result {
            Ok(Ok(())) => {
                breaker.disarm();
                self.served += 1;
                Ok(self)
            }
            Ok(Err(complaint)) => Err(Some(complaint)),
            Err(error) => Err(match error.downcast_ref() {
                Some(I32Exit(code)) => Some(format!("the guest exited with {code}")),
                None => {
                    trap::exit(Err(error), self.store.data());
                    None
                }
            }),
        }
    }
}

/// What comes of a call: a trap, or what the guest did wrong.
type Called = wasmtime::Result<Result<(), String>>;

async fn call_p2(
    proxy: &P2,
    store: &mut Store<ContainerContext>,
    request: Request<WasiBody>,
    responder: Responder,
) -> Called {
    let (sender, mut outcome) = oneshot::channel();
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(Scheme::Http, request)?;
    let response = http.new_response_outparam_from_callback(move |response| {
        let outcome = response.map(|response| responder.send(response));
        let _ = sender.send(outcome.map_err(|code| format!("the guest answers with {code:?}")));
    })?;
    proxy.wasi_http_incoming_handler().call_handle(store, request, response).await?;
    let none = || Err("the guest has not answered".to_owned());
    Ok(outcome.try_recv().unwrap_or_else(|_| none()))
}

async fn call_p3(
    service: &P3,
    store: &mut Store<ContainerContext>,
    request: Request<WasiBody>,
    responder: Responder,
) -> Called {
    let call = async |accessor: &wasmtime::component::Accessor<ContainerContext>| -> Called {
        let (request, sent) = accessor.with(|mut access| {
            let (request, sent) = p3::Request::from_http(access.get().http().hooks, request);
            (request, sent.boxed())
        });
        let response = match service.handle(accessor, request).await? {
            Ok(response) => response,
            Err(code) => return Ok(Err(format!("the guest answers with {code:?}"))),
        };
        responder.send(accessor.with(|access| response.into_http(access, sent))?);
        // Its body, and what else it does after it has answered.
        poll_fn(|cx| accessor.poll_no_interesting_tasks(cx)).await;
        Ok(Ok(()))
    };
    store.run_concurrent(call).await?
}
