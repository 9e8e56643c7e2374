//! The stop interfaces of components, `wasmpod:lifecycle`: `stop` with a pollable, as WASI 0.2 waits,
//! and `stop-async` with an async function, as WASI 0.3 does. `wit/lifecycle` describes them.

use wasmtime::StoreContextMut;
use wasmtime::component::{Accessor, Component, LinkerInstance, Resource};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use super::StopRequest;
use crate::wasm::context::ContainerContext;
use crate::wasm::linker::ComponentLinker;

/// The names that components import them by, of any version that is compatible.
const STOP: &str = "wasmpod:lifecycle/stop@0.1.0";
const STOP_ASYNC: &str = "wasmpod:lifecycle/stop-async@0.1.0";

/// Returns whether a component imports one of the interfaces.
pub(in crate::wasm) fn imported_by_component(component: &Component) -> bool {
    let unversioned = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
    let ours = [STOP, STOP_ASYNC].map(unversioned);
    let ty = component.component_type();
    ty.imports(component.engine()).any(|(name, _)| ours.contains(&unversioned(name)))
}

/// Adds both interfaces to a linker.
pub(in crate::wasm) fn add_to_linker(linker: &mut ComponentLinker) -> wasmtime::Result<()> {
    let mut stop = linker.instance(STOP)?;
    add_state(&mut stop)?;
    stop.func_wrap("subscribe", |mut store: Store<'_>, (): ()| {
        let context = store.data_mut();
        let stop = context.stop.clone();
        let resources = context.resources();
        let stop = resources.push(stop)?;
        let pollable: Resource<DynPollable> = subscribe(resources, stop)?;
        Ok((pollable,))
    })?;
    let mut stop_async = linker.instance(STOP_ASYNC)?;
    add_state(&mut stop_async)?;
    stop_async.func_wrap_concurrent("wait", |store: &Accessor<ContainerContext>, (): ()| {
        let stop = store.with(|mut access| access.get().stop.clone());
        Box::pin(async move {
            stop.made().await;
            Ok(())
        })
    })
}

type Store<'a> = StoreContextMut<'a, ContainerContext>;

/// Adds what both interfaces have: what can be asked without waiting.
fn add_state(instance: &mut LinkerInstance<'_, ContainerContext>) -> wasmtime::Result<()> {
    instance
        .func_wrap("requested", |store: Store<'_>, (): ()| Ok((store.data().stop.is_made(),)))?;
    instance.func_wrap("grace-left-ms", |store: Store<'_>, (): ()| {
        Ok((store.data().stop.grace_left_ms(),))
    })
}

#[async_trait::async_trait]
impl Pollable for StopRequest {
    async fn ready(&mut self) {
        self.made().await;
    }
}
