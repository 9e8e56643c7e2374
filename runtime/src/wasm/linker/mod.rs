//! Everything that guests can import: WASI 0.2 and 0.3 for components, WASI 0.1 for core modules,
//! and for both what wasmpod adds.
//!
//! A linker is made once for each engine class, when the first guest of its kind is prepared. The sockets
//! of both are those of the pod's network.

mod handler;
mod imports;
mod world;

use std::sync::Arc;

use wasmtime::{Engine, Module, component::Component};
use wasmtime_wasi::{p2, p3};
use wasmtime_wasi_http::handler::ProxyPre;

pub(super) use self::imports::Missing;
pub(super) use self::world::NoProgram;
use self::world::World;
use super::class::Class;
use super::context::ContainerContext;
use super::stop::{self, Disposition};
use super::{preview1, sockets};

/// A linker for core modules.
pub(super) type CoreLinker = wasmtime::Linker<ContainerContext>;

/// A linker for components.
pub(super) type ComponentLinker = wasmtime::component::Linker<ContainerContext>;

/// A program that is linked and type-checked: what is left is to instantiate it.
pub(super) struct Program {
    pub(super) entry: Entry,
    /// Where it runs.
    pub(super) class: Arc<Class>,
    /// What SIGTERM does to it.
    pub(super) on_terminate: Disposition,
    /// Whether it finds itself listening at its container's ports.
    pub(super) takes_listeners: bool,
}

/// What a program is.
pub(super) enum Entry {
    /// It has a main function, which is called once.
    Command(Command),
    /// It exports an http handler, which is called for each request.
    Http(Arc<ProxyPre<ContainerContext>>),
}

/// What of a command is started.
#[derive(Clone)]
pub(super) enum Command {
    /// A core module with WASI 0.1 or none, and its `_start`.
    Core(wasmtime::InstancePre<ContainerContext>),
    /// A component that exports `wasi:cli/run` of WASI 0.2.
    P2(p2::bindings::CommandPre<ContainerContext>),
    /// A component that exports `wasi:cli/run` of WASI 0.3.
    P3(wasmtime::component::InstancePre<ContainerContext>, p3::bindings::CommandIndices),
}

/// Why a module cannot be run here.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    /// It wants what is not there.
    #[error("{0}")]
    Missing(Missing),
    /// It wants what is there, of another type.
    #[error("an import is not what this host provides: {0:#}")]
    Mismatch(wasmtime::Error),
    /// What it exports to be called is of another type.
    #[error("its `{0}` is not WASI's: {1:#}")]
    OddExport(&'static str, wasmtime::Error),
    /// It has nothing to start.
    #[error("{0}")]
    NoProgram(NoProgram),
    /// The engine failed.
    #[error("the Wasm engine failed: {0:#}")]
    Engine(wasmtime::Error),
}

/// Makes the linker for core modules.
pub(super) fn core_linker(engine: &Engine) -> wasmtime::Result<CoreLinker> {
    let mut linker = CoreLinker::new(engine);
    preview1::add_to_linker(&mut linker)?;
    stop::add_to_core_linker(&mut linker)?;
    Ok(linker)
}

/// Makes the linker for components. Components built for 0.3 import interfaces of 0.2 as well,
/// through their standard library.
pub(super) fn component_linker(engine: &Engine) -> wasmtime::Result<ComponentLinker> {
    let mut linker = ComponentLinker::new(engine);
    p2::add_to_linker_async(&mut linker)?;
    p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    sockets::replace_in_linker(&mut linker)?;
    stop::add_to_component_linker(&mut linker)?;
    Ok(linker)
}

/// Links a core module.
pub(super) fn link_module(class: &Arc<Class>, module: &Module) -> Result<Program, LinkError> {
    match module.get_export("_start") {
        None => return Err(LinkError::NoProgram(NoProgram::Library)),
        Some(wasmtime::ExternType::Func(start))
            if start.params().len() + start.results().len() == 0 => {}
        Some(_) => return Err(LinkError::NoProgram(NoProgram::OddStart)),
    }
    let linker = class.core_linker().map_err(LinkError::Engine)?;
    let other = preview1::linker_for(module, linker).map_err(LinkError::Engine)?;
    let linker = other.as_ref().unwrap_or(linker);
    match linker.instantiate_pre(module) {
        Ok(pre) => {
            let handles_stop = stop::imported_by_module(module);
            let entry = Entry::Command(Command::Core(pre));
            let takes_listeners = preview1::is_taken_by(module);
            Ok(Program { takes_listeners, ..Program::new(class, entry, handles_stop) })
        }
        Err(error) => Err(match imports::missing_in_module(linker, module) {
            Some(missing) => LinkError::Missing(missing),
            None => LinkError::Mismatch(error),
        }),
    }
}

/// Links a component.
pub(super) fn link_component(
    class: &Arc<Class>,
    component: &Component,
) -> Result<Program, LinkError> {
    // Which world it is of tells more than what it imports: an http service imports http, too.
    let world = World::of(component).map_err(LinkError::NoProgram)?;
    let linker = class.component_linker().map_err(LinkError::Engine)?;
    let pre = match linker.instantiate_pre(component) {
        Ok(pre) => pre,
        Err(error) => {
            return Err(match imports::missing_in_component(linker, component) {
                Some(missing) => LinkError::Missing(missing),
                None => LinkError::Mismatch(error),
            });
        }
    };
    handler::check(component, world)
        .map_err(|error| LinkError::OddExport(world.export(), error))?;
    let entry = match world {
        World::P2 => p2::bindings::CommandPre::new(pre).map(|pre| Entry::Command(Command::P2(pre))),
        World::P3 => p3::bindings::CommandIndices::new(&pre)
            .map(|indices| Entry::Command(Command::P3(pre, indices))),
        World::HttpP2 => wasmtime_wasi_http::p2::bindings::ProxyPre::new(pre)
            .map(|pre| Entry::Http(Arc::new(ProxyPre::P2(pre)))),
        World::HttpP3 => wasmtime_wasi_http::p3::bindings::ServicePre::new(pre)
            .map(|pre| Entry::Http(Arc::new(ProxyPre::P3(pre)))),
    };
    let entry = entry.map_err(|error| LinkError::OddExport(world.export(), error))?;
    // The host itself is told to stop a service, and stops accepting.
    let handles_stop = world.is_http() || stop::imported_by_component(component);
    Ok(Program::new(class, entry, handles_stop))
}

/// Returns whether a component is served rather than run.
pub(super) fn is_http_service(component: &Component) -> bool {
    World::of(component).is_ok_and(World::is_http)
}

impl Program {
    fn new(class: &Arc<Class>, entry: Entry, handles_stop: bool) -> Self {
        let on_terminate = if handles_stop { Disposition::Handled } else { Disposition::Default };
        Self { entry, class: Arc::clone(class), on_terminate, takes_listeners: false }
    }
}
