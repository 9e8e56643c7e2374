//! `wasi:sockets/ip-name-lookup`: names to addresses.

use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use futures_util::future::BoxFuture;
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    Host, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, SocketResult, subscribe};

use super::super::{SocketsView, handle};
use crate::network::LookupError;

/// The answer to one question.
enum Lookup {
    UnderWay(BoxFuture<'static, Result<Vec<IpAddr>, LookupError>>),
    Done(Result<std::vec::IntoIter<IpAddr>, LookupError>),
}

impl Lookup {
    fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::UnderWay(future) = self {
            let result = ready!(future.as_mut().poll(cx));
            *self = Self::Done(result.map(Vec::into_iter));
        }
        Poll::Ready(())
    }

    fn next(&mut self) -> SocketResult<Option<IpAddress>> {
        // Who has to wait for it asks the pollable.
        let _ = self.poll_done(&mut Context::from_waker(Waker::noop()));
        match self {
            Self::UnderWay(_) => Err(ErrorCode::WouldBlock.into()),
            Self::Done(Ok(addresses)) => Ok(addresses.next().map(IpAddress::from)),
            Self::Done(Err(error)) => Err(code(*error).into()),
        }
    }
}

fn code(error: LookupError) -> ErrorCode {
    match error {
        LookupError::InvalidName => ErrorCode::InvalidArgument,
        LookupError::Unresolvable => ErrorCode::NameUnresolvable,
        LookupError::AccessDenied => ErrorCode::AccessDenied,
    }
}

#[async_trait::async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        std::future::poll_fn(|cx| self.poll_done(cx)).await;
    }
}

impl Host for SocketsView<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<ResolveAddressStream>> {
        self.check_network(&network).map_err(wasmtime_wasi::p2::SocketError::trap)?;
        let future = Arc::clone(self.member.network()).lookup(name);
        let mut lookup = Lookup::UnderWay(Box::pin(future));
        // What is wrong with the name itself is said here.
        if lookup.poll_done(&mut Context::from_waker(Waker::noop())).is_ready()
            && let Lookup::Done(Err(error)) = lookup
        {
            return Err(code(error).into());
        }
        Ok(handle::own(&self.table.push(lookup)?))
    }
}

impl HostResolveAddressStream for SocketsView<'_> {
    fn resolve_next_address(
        &mut self,
        lookup: Resource<ResolveAddressStream>,
    ) -> SocketResult<Option<IpAddress>> {
        self.table.get_mut::<Lookup>(&handle::borrow(&lookup))?.next()
    }

    fn subscribe(
        &mut self,
        lookup: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, handle::borrow::<Lookup, _>(&lookup))
    }

    fn drop(&mut self, lookup: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.table.delete::<Lookup>(handle::own(&lookup))?;
        Ok(())
    }
}
