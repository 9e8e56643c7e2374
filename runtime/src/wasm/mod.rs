//! Runs WebAssembly in this process: commands (core modules with WASI 0.1, components with WASI 0.2
//! and 0.3), http services, and further commands in a container that runs. The only module that knows
//! the Wasm engine.
//!
//! ```text
//! create   module ─ compile ─► program        compiled and linked once for all containers
//! start    program + context ─► store         what one run holds; then a task of its own
//! the end  exit code, trap, or dropped         the store goes with the task
//! ```
//!
//! What must hold:
//! - A store belongs to one run; a service has one for each instance. One that trapped is never entered again; one that was killed is
//!   dropped where it stands.
//! - A guest can be interrupted at any time, and what it can make the host allocate is bounded.
//! - A guest's exit code or trap is a value. A panic in a host function ends its container, not the
//!   process.

mod class;
mod command;
mod compile;
mod container;
mod context;
mod cpu;
mod engine;
mod exec;
mod file_tree;
mod http;
mod limits;
mod linker;
mod preview1;
mod scope;
mod sockets;
mod stdio;
mod stop;
mod ticker;
mod trap;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

pub use self::compile::CollectedCode;
use self::compile::{CompiledStore, PrepareError, Programs};
use self::container::WasmContainer;
use self::http::Tls;
use crate::executor::{Container, ContainerConfig, CreateError, Executor};
use crate::image::Digest;
use crate::shards::Shards;

/// Runs containers whose image holds a WebAssembly command or http service.
pub struct WasmExecutor(Arc<Host>);

/// What all runs on this host share.
struct Host {
    programs: Programs,
    /// What guests send requests over TLS with.
    tls: Arc<Tls>,
    /// What carries the connections of http services.
    shards: Arc<Shards>,
}

/// Why there is no Wasm engine.
#[derive(Debug, thiserror::Error)]
#[error("the Wasm engine does not work on this machine: {0}")]
pub struct EngineError(String);

impl WasmExecutor {
    /// Makes the executor. Compiled code is kept in `directory`, which is made, for this user
    /// alone, when there is something to keep.
    pub fn new(directory: impl Into<PathBuf>) -> Result<Self, EngineError> {
        let engine = engine::command_engine().map_err(|error| EngineError(format!("{error:#}")))?;
        Ok(Self(Arc::new(Host {
            programs: Programs::new(engine, directory.into()),
            tls: Arc::default(),
            shards: Arc::default(),
        })))
    }
}

/// Removes from a directory of compiled code what is not of these modules, or of another build.
pub fn collect_compiled_code(
    directory: impl Into<PathBuf>,
    modules: &BTreeSet<Digest>,
    dry_run: bool,
) -> io::Result<CollectedCode> {
    let engine = engine::command_engine().map_err(io::Error::other)?;
    CompiledStore::new(directory.into(), engine::fingerprint(&engine)).collect(modules, dry_run)
}

#[async_trait]
impl Executor for WasmExecutor {
    async fn create(&self, config: ContainerConfig) -> Result<Box<dyn Container>, CreateError> {
        let program = self
            .0
            .programs
            .prepare(&(&config.image.module).into())
            .await
            .map_err(|error| create_error(&config, &error))?;
        Ok(Box::new(WasmContainer::new(Arc::clone(&self.0), program, config)))
    }
}

/// Says what is wrong with a module, and whose it is.
fn create_error(config: &ContainerConfig, error: &PrepareError) -> CreateError {
    let name = config.image.config.entrypoint.first().or(config.argv.first());
    let name = name.map_or("the module", String::as_str);
    let text = format!("`{name}` cannot be run: {error}");
    if error.is_of_host() { CreateError::Host(text) } else { CreateError::NotRunnable(text) }
}
