//! An engine class: an engine, what interrupts its guests, and its linkers.
//!
//! Compiled code is the same for all classes; how an instance gets its memory is not.

use std::sync::{Arc, OnceLock};

use wasmtime::Engine;

use super::linker::{self, ComponentLinker, CoreLinker};
use super::ticker::Ticker;

/// An engine, and what is made once for it.
pub(super) struct Class {
    engine: Engine,
    ticker: Arc<Ticker>,
    core_linker: OnceLock<CoreLinker>,
    component_linker: OnceLock<ComponentLinker>,
}

impl Class {
    /// Makes the class of an engine. The linkers are made when they are needed.
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            ticker: Arc::new(Ticker::new(engine.clone())),
            engine,
            core_linker: OnceLock::new(),
            component_linker: OnceLock::new(),
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn ticker(&self) -> &Arc<Ticker> {
        &self.ticker
    }

    pub(super) fn core_linker(&self) -> wasmtime::Result<&CoreLinker> {
        match self.core_linker.get() {
            Some(linker) => Ok(linker),
            None => {
                let linker = linker::core_linker(&self.engine)?;
                Ok(self.core_linker.get_or_init(|| linker))
            }
        }
    }

    pub(super) fn component_linker(&self) -> wasmtime::Result<&ComponentLinker> {
        match self.component_linker.get() {
            Some(linker) => Ok(linker),
            None => {
                let linker = linker::component_linker(&self.engine)?;
                Ok(self.component_linker.get_or_init(|| linker))
            }
        }
    }
}
