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
use super::class::Class;
use super::engine;
use super::linker::{self, LinkError, Program};
use crate::image::Digest;

/// How many programs are kept that no container uses.
const UNUSED_PROGRAMS_MAX: usize = 32;

/// Compiled code larger than this is loaded in a thread of its own: it takes milliseconds.
const LOADED_INLINE_BYTES_MAX: u64 = 4 << 20;

/// The programs of this process, by the digest of their module.
pub(super) struct Programs(Arc<Shared>);

struct Shared {
    command: Arc<Class>,
    /// Made for the first http service; nothing if this machine has no room for the pool.
    http: OnceLock<Option<Arc<Class>>>,
    store: CompiledStore,
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
            Self::Engine(_) | Self::Link(LinkError::Engine(_)) => true,
            Self::Invalid(_) | Self::Link(_) => false,
        }
    }
}

impl Programs {
    /// Makes the collection, with a directory for compiled code. Nothing is read or made yet.
    pub(super) fn new(engine: Engine, directory: PathBuf) -> Self {
        let store = CompiledStore::new(directory, engine::fingerprint(&engine));
        Self(Arc::new(Shared {
            command: Arc::new(Class::new(engine)),
            http: OnceLock::new(),
            store,
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
        let compiled = Compiled::File(file);
        match compiled.code(self.command.engine()) {
            Ok(code) => self.link(code, &compiled).map(Some),
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
            Kind::Module => self.command.engine().precompile_module(&bytes),
            Kind::Component => self.command.engine().precompile_component(&bytes),
        }
        .map_err(PrepareError::Invalid)?;
        drop(bytes);
        // What is not stored is compiled again by the next process, no worse.
        let may_be_stored = module.may_be_stored().then_some(());
        let stored = may_be_stored.and_then(|()| self.store.save(&module.digest, kind, &compiled));
        let reopened =
            stored.and_then(|()| self.store.open(&module.digest)?.verify(&module.digest));
        let compiled = reopened.map_or(Compiled::Memory(kind, compiled), Compiled::File);
        let code = compiled.code(self.command.engine()).map_err(PrepareError::Engine)?;
        self.link(code, &compiled)
    }

    fn link(&self, code: Code, compiled: &Compiled) -> Result<Arc<Program>, PrepareError> {
        let program = match code {
            Code::Module(module) => linker::link_module(&self.command, &module),
            Code::Component(component) => match self.pooled(&component, compiled) {
                Some((class, component)) => linker::link_component(class, &component),
                None => linker::link_component(&self.command, &component),
            },
        };
        Ok(Arc::new(program?))
    }

    /// Returns an http service anew, in the class whose instances are from the pool. One that does
    /// not fit into the pool is run like a command.
    fn pooled(
        &self,
        component: &Component,
        compiled: &Compiled,
    ) -> Option<(&Arc<Class>, Component)> {
        if !linker::is_http_service(component) {
            return None;
        }
        let class = self.http()?;
        match compiled.code(class.engine()) {
            Ok(Code::Component(component)) => Some((class, component)),
            Ok(Code::Module(_)) => None,
            Err(error) => {
                tracing::info!("an http service is too large for the pool: {error:#}");
                None
            }
        }
    }

    fn http(&self) -> Option<&Arc<Class>> {
        let class = self.http.get_or_init(|| match engine::http_engine() {
            Ok(engine) => Some(Arc::new(Class::new(engine))),
            Err(error) => {
                tracing::warn!("there is no pool for instances of http services: {error:#}");
                None
            }
        });
        class.as_ref()
    }
}

/// Code that the compiler returned.
enum Compiled {
    /// It is in the store.
    File(Verified),
    /// It could not be stored.
    Memory(Kind, Vec<u8>),
}

/// Compiled code, in an engine.
enum Code {
    Module(Module),
    Component(Component),
}

impl Compiled {
    /// Gives it to an engine: maps a file of the store, or copies what the compiler has just
    /// returned.
    #[expect(unsafe_code, reason = "compiled code is native code: it can only be trusted")]
    fn code(&self, engine: &Engine) -> wasmtime::Result<Code> {
        // SAFETY: the store hands out files that this user wrote for this engine, in a directory
        // that nobody else can write to, verified against damage. They are replaced by renaming,
        // by others of which the same holds, and never written again: the mapping does not change.
        // What is in memory is what the compiler of this engine, or of one of its kind, returned.
        unsafe {
            match self {
                Self::File(Verified { kind: Kind::Module, path }) => {
                    Module::deserialize_file(engine, path).map(Code::Module)
                }
                Self::File(Verified { kind: Kind::Component, path }) => {
                    Component::deserialize_file(engine, path).map(Code::Component)
                }
                Self::Memory(Kind::Module, code) => {
                    Module::deserialize(engine, code).map(Code::Module)
                }
                Self::Memory(Kind::Component, code) => {
                    Component::deserialize(engine, code).map(Code::Component)
                }
            }
        }
    }
}
