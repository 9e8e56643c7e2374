//! Runs a command from its instantiation to its end.
//!
//! The future owns the store and is the only one that ever enters it: when it is dropped, or a
//! guest traps, the store is gone. Its poll is what counts as running, for the ticker and for the
//! processor limit.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use wasmtime::{Engine, Store};
use wasmtime_wasi::p2;

use super::context::ContainerContext;
use super::cpu::CpuMeter;
use super::limits;
use super::linker::Command;
use super::ticker::{Ticker, give_way};
use super::trap;
use crate::executor::Exit;

/// Makes the store of one run. It is interrupted at every tick.
pub(super) fn store(engine: &Engine, context: ContainerContext) -> Store<ContainerContext> {
    let cpu = context.cpu.clone();
    let mut store = Store::new(engine, context);
    limits::apply(&mut store);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        Ok(cpu.as_ref().map_or_else(give_way, |cpu| cpu.at_tick()))
    });
    store
}

/// Runs a command to its end.
pub(super) async fn run(command: Command, mut store: Store<ContainerContext>) -> Exit {
    match Instance::new(&command, &mut store).await {
        Ok(instance) => {
            let result = instance.call(&mut store).await;
            trap::exit(result, store.data())
        }
        Err(error) => trap::exit_at_instantiation(&error, store.data()),
    }
}

/// A command in its store, not yet started.
enum Instance {
    Core(wasmtime::TypedFunc<(), ()>),
    P2(p2::bindings::Command),
    P3(wasmtime_wasi::p3::bindings::Command),
}

impl Instance {
    /// Instantiates it. A start function of the guest's runs already here.
    async fn new(command: &Command, store: &mut Store<ContainerContext>) -> wasmtime::Result<Self> {
        Ok(match command {
            Command::Core(pre) => {
                let instance = pre.instantiate_async(&mut *store).await?;
                Self::Core(instance.get_typed_func(store, "_start")?)
            }
            Command::P2(pre) => Self::P2(pre.instantiate_async(store).await?),
            Command::P3(pre, indices) => {
                let instance = pre.instantiate_async(&mut *store).await?;
                Self::P3(indices.load(store, &instance)?)
            }
        })
    }

    /// Calls its main function. `Ok(Err(()))` is the failure that WASI's `run` can return.
    async fn call(self, store: &mut Store<ContainerContext>) -> wasmtime::Result<Result<(), ()>> {
        match self {
            Self::Core(start) => start.call_async(store, ()).await.map(Ok),
            Self::P2(command) => command.wasi_cli_run().call_run(store).await,
            Self::P3(command) => {
                store
                    .run_concurrent(async |store| command.wasi_cli_run().call_run(store).await)
                    .await?
            }
        }
    }
}

/// A future that counts as a running guest while it is polled.
pub(super) struct Metered<F> {
    future: Pin<Box<F>>,
    ticker: Arc<Ticker>,
    cpu: Option<Arc<CpuMeter>>,
}

impl<F: Future> Metered<F> {
    /// Wraps the future of a run.
    pub(super) fn new(future: F, ticker: Arc<Ticker>, cpu: Option<Arc<CpuMeter>>) -> Self {
        Self { future: Box::pin(future), ticker, cpu }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, ticker, cpu } = &mut *self;
        let _running = ticker.enter();
        if let Some(cpu) = cpu {
            cpu.enter();
        }
        let poll = future.as_mut().poll(cx);
        if let Some(cpu) = cpu {
            cpu.leave();
        }
        poll
    }
}
