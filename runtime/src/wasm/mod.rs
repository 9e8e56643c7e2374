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
mod lookup;
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
use self::compile::{CompiledStore, PrepareError, Programs, Source, in_thread};
use self::container::WasmContainer;
use self::file_tree::FileTree;
use self::http::Tls;
use self::lookup::{Found, Lookup};
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
        let (config, named) = named_program(config).await?;
        let program = self
            .0
            .programs
            .prepare(&named.source)
            .await
            .map_err(|error| create_error(&named.name, &error))?;
        Ok(Box::new(WasmContainer::new(Arc::clone(&self.0), program, named.name, config)))
    }
}

/// The program that a container is to run.
struct NamedProgram {
    name: String,
    source: Source,
}

/// Finds the program that the first word of the command line names: the image's, or another that
/// the container can see.
async fn named_program(
    config: ContainerConfig,
) -> Result<(ContainerConfig, NamedProgram), CreateError> {
    let own = config.image.config.program().unwrap_or("the module").to_owned();
    let own_source = Source::from(&config.image.module);
    let name = match config.argv.first() {
        Some(name) if *name != own => name.clone(),
        _ => return Ok((config, NamedProgram { name: own, source: own_source })),
    };
    // Directories are opened, and the file is read.
    in_thread(move || {
        let files =
            FileTree::open(&config).map_err(|error| CreateError::Host(error.to_string()))?;
        let lookup = Lookup {
            own_name: &own,
            env: &config.env,
            working_dir: &config.working_dir,
            files: &files,
        };
        let named = match lookup.find(&name) {
            Ok(Found::Own) => NamedProgram { name: own, source: own_source },
            Ok(Found::File(source)) => NamedProgram { name, source },
            Err(error) => {
                return Err(CreateError::NotRunnable(format!("exec: {name:?}: {error}")));
            }
        };
        Ok((config, named))
    })
    .await
}

/// Says what is wrong with a module, and whose it is.
fn create_error(name: &str, error: &PrepareError) -> CreateError {
    let text = format!("`{name}` cannot be run: {error}");
    if error.is_of_host() { CreateError::Host(text) } else { CreateError::NotRunnable(text) }
}
