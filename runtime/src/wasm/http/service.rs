//! Answers requests: each in an instance of its own, or in one that has answered before.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::{Method, Request, Response};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::ProxyPre;

use super::admission::{Admission, Place};
use super::exchange::Exchange;
use super::failure::Failure;
use super::idle::Idle;
use super::instance::{Instance, Responder};
use super::request;
use super::response::{Ending, GuestBody};
use crate::sandbox::OutputStream;
use crate::spec::HttpSettings;
use crate::wasm::command::Metered;
use crate::wasm::context::{ContainerContext, Invocation};
use crate::wasm::scope::Scope;
use crate::wasm::stop::StopRequest;

/// What a client gets: what the guest wrote, or what we have to say.
type ServedBody = Either<GuestBody, Full<Bytes>>;

/// A component that is served.
pub(in crate::wasm) struct Service {
    component: Arc<ProxyPre<ContainerContext>>,
    scope: Arc<Scope>,
    invocation: Invocation,
    stop: StopRequest,
    settings: HttpSettings,
    admission: Admission,
    /// Instances that may answer again.
    idle: Idle<Instance>,
}

impl Service {
    pub(in crate::wasm) fn new(
        component: Arc<ProxyPre<ContainerContext>>,
        scope: Arc<Scope>,
        invocation: Invocation,
        stop: StopRequest,
        settings: HttpSettings,
    ) -> Self {
        let admission = Admission::new(settings.concurrency_max, settings.queue_max);
        Self { component, scope, invocation, stop, settings, admission, idle: Idle::new() }
    }

    /// Waits until no request is under way.
    pub(super) async fn idle(&self) {
        self.admission.idle().await;
    }

    /// Ends instances that wait for too long, for ever.
    pub(super) async fn expire(&self) {
        self.idle.expire().await;
    }

    /// Answers one request. If this is dropped, its instance ends.
    pub(super) async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Response<ServedBody> {
        let is_head = request.method() == Method::HEAD;
        match self.answer(request).await {
            Ok(response) if is_head => {
                let (parts, body) = response.into_parts();
                tokio::spawn(body.discard());
                Response::from_parts(parts, Either::Right(Full::default()))
            }
            Ok(response) => response.map(Either::Left),
            Err(failure) => failure.response().map(Either::Right),
        }
    }

    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<GuestBody>, Failure> {
        let exchange = Exchange::default();
        let request = request::for_guest(request, self.settings.request_bytes_max, &exchange)?;
        let place = self.admission.enter(self.settings.request_timeout).await;
        let place = place.map_err(|_| Failure::Busy)?;
        let (responder, response) = oneshot::channel();
        let instance = self.run(request, responder, exchange.clone(), place);
        let ending = Ending::of(&instance);
        let Ok(response) = response.await else {
            // It ended without: why is what comes of its task.
            let end = instance.await;
            return Err(end.ok().and_then(Result::err).unwrap_or(Failure::Failed));
        };
        let length = response.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(response.map(|body| GuestBody::new(body, exchange, ending, length)))
    }

    /// Runs the request in a task of its own, which holds its place.
    fn run(
        self: &Arc<Self>,
        request: Request<WasiBody>,
        responder: oneshot::Sender<Response<WasiBody>>,
        exchange: Exchange,
        place: Place,
    ) -> JoinHandle<Result<(), Failure>> {
        let service = Arc::clone(self);
        tokio::spawn(async move {
            let _place = place;
            let end = service.scope.end();
            let patience = service.settings.request_timeout;
            let run = service.handle(request, Responder::new(responder), exchange.clone());
            let result = tokio::select! {
                biased;
                () = end.reached() => Err(Failure::Failed),
                result = run => result,
                () = exchange.stands_still(patience) => Err(Failure::TimedOut),
            };
            if result == Err(Failure::TimedOut) {
                service.note(format!(
                    "nothing moved for {} s: a request is given up",
                    patience.as_secs()
                ));
            }
            result
        })
    }

    /// Has an instance handle a request, and keeps it if it may handle another.
    async fn handle(
        &self,
        request: Request<WasiBody>,
        responder: Responder,
        exchange: Exchange,
    ) -> Result<(), Failure> {
        let instance = match self.idle.take() {
            Some(instance) => instance,
            None => self.instantiate().await?,
        };
        let cpu = instance.cpu();
        let ticker = Arc::clone(self.scope.program.class.ticker());
        let handle = instance.handle(request, responder, exchange);
        let instance = Metered::new(handle, ticker, cpu).await;
        // A guest that writes faster than its log waits here.
        self.invocation.output.ready().await;
        let instance = instance.map_err(|complaint| {
            complaint.into_iter().for_each(|complaint| self.note(complaint));
            Failure::Failed
        })?;
        if instance.served() < self.settings.reuse_max {
            self.idle.put(instance);
        }
        Ok(())
    }

    async fn instantiate(&self) -> Result<Instance, Failure> {
        let context =
            ContainerContext::new(&self.scope, self.invocation.clone(), self.stop.clone());
        let cpu = context.cpu.clone();
        let class = &self.scope.program.class;
        let instance = Instance::new(&self.component, class.engine(), context);
        Metered::new(instance, Arc::clone(class.ticker()), cpu).await
    }

    /// Writes to standard error of the container what else nobody would hear of.
    fn note(&self, text: impl Into<String>) {
        let line = format!("http: {}\n", text.into());
        self.invocation.output.write(OutputStream::Stderr, Bytes::from(line));
    }
}
