//! From a module, in the image store or in a container's file tree, to a [`Program`] that is ready
//! to be instantiated.
//!
//! ```text
//! digest ─► in this process? ─► in the compiled-code store? ─► compile, one at a time ─► link
//!              µs, reads nothing    map the file, < 1 ms           seconds, in a thread
//! ```
//!
//! What must hold: code that runs was compiled by this build of wasmpod from bytes with the digest
//! that was asked for. The bytes are hashed when they are compiled, and what was compiled is
//! verified when it is loaded (see [`CompiledStore`]). Two requests for one module are one
//! compilation.

mod blob;
mod collect;
mod private;
mod store;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::{OnceCell, Semaphore};
use tokio::task::spawn_blocking;
use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use self::blob::Kind;
pub(super) use self::blob::{BlobError, Source};
pub use self::collect::CollectedCode;
pub(super) use self::store::CompiledStore;
use self::store::{Opened, Verified};
use super::engine;
use super::linker::{self, ComponentLinker, CoreLinker, LinkError, Program};
use crate::image::Digest;

/// How many programs are kept that no container uses.
const UNUSED_PROGRAMS_MAX: usize = 32;

/// Compiled code larger than this is loaded in a thread of its own: it takes milliseconds.
const LOADED_INLINE_BYTES_MAX: u64 = 4 << 20;

/// The programs of this process, by the digest of their module.
pub(super) struct Programs(Arc<Shared>);

struct Shared {
    engine: Engine,
    store: CompiledStore,
    core_linker: OnceLock<CoreLinker>,
    component_linker: OnceLock<ComponentLinker>,
    /// The lock is held to look up a cell, never while one is filled.
    cells: Mutex<HashMap<Digest, Cell>>,
    /// One compilation at a time: the compiler itself uses all processors.
    compiling: Arc<Semaphore>,
}

/// Filled by whoever asks first; the others wait.
type Cell = Arc<OnceCell<Arc<Program>>>;

/// Why a module cannot be run.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrepareError {
    /// Its bytes are not to be had, or not what they should be.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The compiler does not accept it.
    #[error("it is not valid: {0:#}")]
    Invalid(wasmtime::Error),
    /// It wants what this host does not have, or has nothing to start.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The engine failed.
    #[error("the Wasm engine failed: {0:#}")]
    Engine(wasmtime::Error),
}

impl PrepareError {
    /// Returns whether this is about the host, not about the module.
    pub(super) fn is_of_host(&self) -> bool {
        match self {
            Self::Blob(error) => error.is_of_host(),
            Self::Engine(_) => true,
            Self::Invalid(_) | Self::Link(_) => false,
        }
    }
}

impl Programs {
    /// Makes the collection, with a directory for compiled code. Nothing is read or made yet.
    pub(super) fn new(engine: Engine, directory: PathBuf) -> Self {
        let store = CompiledStore::new(directory, engine::fingerprint(&engine));
        Self(Arc::new(Shared {
            engine,
            store,
            core_linker: OnceLock::new(),
            component_linker: OnceLock::new(),
            cells: Mutex::default(),
            compiling: Arc::new(Semaphore::new(1)),
        }))
    }

    /// Returns the program of a module, compiled and linked.
    pub(super) async fn prepare(&self, module: &Source) -> Result<Arc<Program>, PrepareError> {
        let cell = self.0.cell(&module.digest);
        cell.get_or_try_init(|| self.load_or_compile(module)).await.cloned()
    }

    async fn load_or_compile(&self, module: &Source) -> Result<Arc<Program>, PrepareError> {
        if let Some(program) = self.load(module).await? {
            return Ok(program);
        }
        let queue = Arc::clone(&self.0.compiling);
        let permit = match Arc::clone(&queue).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let permit = queue.acquire_owned().await.expect("the semaphore is never closed");
                // What was compiled meanwhile may be this, for a request that was given up.
                if let Some(program) = self.load(module).await? {
                    return Ok(program);
                }
                permit
            }
        };
        let (shared, module) = (Arc::clone(&self.0), module.clone());
        in_thread(move || {
            // Not before it is done, even if nobody waits for it any more.
            let _permit = permit;
            shared.compile(&module)
        })
        .await
    }

    /// Loads what has been compiled before.
    async fn load(&self, module: &Source) -> Result<Option<Arc<Program>>, PrepareError> {
        let Some(file) = self.0.store.open(&module.digest) else {
            return Ok(None);
        };
        if file.len() <= LOADED_INLINE_BYTES_MAX {
            return self.0.load(&module.digest, file);
        }
        let (shared, digest) = (Arc::clone(&self.0), module.digest.clone());
        in_thread(move || shared.load(&digest, file)).await
    }
}

/// Runs blocking work in a thread; its panic is ours.
pub(super) async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

impl Shared {
    fn cell(&self, digest: &Digest) -> Cell {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = cells.get(digest) {
            return Arc::clone(cell);
        }
        // A new module is rare: time to forget what nobody uses.
        let is_used = |cell: &Cell| {
            Arc::strong_count(cell) > 1
                || cell.get().is_some_and(|program| Arc::strong_count(program) > 1)
        };
        if cells.values().filter(|cell| !is_used(cell)).count() >= UNUSED_PROGRAMS_MAX {
            cells.retain(|_, cell| is_used(cell));
        }
        Arc::clone(cells.entry(digest.clone()).or_default())
    }

    fn load(&self, digest: &Digest, file: Opened) -> Result<Option<Arc<Program>>, PrepareError> {
        let Some(file) = file.verify(digest) else {
            return Ok(None);
        };
        match Code::map(&self.engine, &file) {
            Ok(code) => self.link(&code).map(Some),
            Err(error) => {
                tracing::debug!("compiled code of {digest} is not for this engine: {error:#}");
                Ok(None)
            }
        }
    }

    fn compile(&self, module: &Source) -> Result<Arc<Program>, PrepareError> {
        let (kind, bytes) = blob::read(module)?;
        tracing::info!("compiling {}", module.digest);
        let compiled = match kind {
            Kind::Module => self.engine.precompile_module(&bytes),
            Kind::Component => self.engine.precompile_component(&bytes),
        }
        .map_err(PrepareError::Invalid)?;
        drop(bytes);
        // What is not stored is compiled again by the next process, no worse.
        let may_be_stored = module.may_be_stored().then_some(());
        let stored = may_be_stored.and_then(|()| self.store.save(&module.digest, kind, &compiled));
        let reopened =
            stored.and_then(|()| self.store.open(&module.digest)?.verify(&module.digest));
        let code = match reopened {
            Some(file) => Code::map(&self.engine, &file),
            None => Code::take(&self.engine, kind, &compiled),
        };
        self.link(&code.map_err(PrepareError::Engine)?)
    }

    fn link(&self, code: &Code) -> Result<Arc<Program>, PrepareError> {
        let program = match code {
            Code::Module(module) => linker::link_module(self.core_linker()?, module)?,
            Code::Component(component) => {
                linker::link_component(self.component_linker()?, component)?
            }
        };
        Ok(Arc::new(program))
    }

    fn core_linker(&self) -> Result<&CoreLinker, PrepareError> {
        match self.core_linker.get() {
            Some(linker) => Ok(linker),
            None => {
                let linker = linker::core_linker(&self.engine).map_err(PrepareError::Engine)?;
                Ok(self.core_linker.get_or_init(|| linker))
            }
        }
    }

    fn component_linker(&self) -> Result<&ComponentLinker, PrepareError> {
        match self.component_linker.get() {
            Some(linker) => Ok(linker),
            None => {
                let linker =
                    linker::component_linker(&self.engine).map_err(PrepareError::Engine)?;
                Ok(self.component_linker.get_or_init(|| linker))
            }
        }
    }
}

/// Compiled code, in memory.
enum Code {
    Module(Module),
    Component(Component),
}

impl Code {
    /// Maps a file of the store.
    #[expect(unsafe_code, reason = "compiled code is native code: it can only be trusted")]
    fn map(engine: &Engine, file: &Verified) -> wasmtime::Result<Self> {
        // SAFETY: the store hands out files that this user wrote for this engine, in a directory
        // that nobody else can write to, verified against damage. They are replaced by renaming,
        // by others of which the same holds, and never written again: the mapping does not change.
        unsafe {
            match file.kind {
                Kind::Module => Module::deserialize_file(engine, &file.path).map(Self::Module),
                Kind::Component => {
                    Component::deserialize_file(engine, &file.path).map(Self::Component)
                }
            }
        }
    }

    /// Takes what the compiler has just returned.
    #[expect(unsafe_code, reason = "compiled code is native code: it can only be trusted")]
    fn take(engine: &Engine, kind: Kind, compiled: &[u8]) -> wasmtime::Result<Self> {
        // SAFETY: these are the bytes that the compiler of this engine returned.
        unsafe {
            match kind {
                Kind::Module => Module::deserialize(engine, compiled).map(Self::Module),
                Kind::Component => Component::deserialize(engine, compiled).map(Self::Component),
            }
        }
    }
}
