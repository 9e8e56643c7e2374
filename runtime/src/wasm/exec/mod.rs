//! Runs further programs in a container, as `kubectl exec` and exec probes do.
//!
//! A further program is a store of its own in the scope of the container ([`Scope`]): it sees the
//! same directories, is on the same network, and takes from the same limits; a growth that is
//! refused is the end of whoever asked for it. It ends with the container.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;

use super::Host;
use super::compile::{PrepareError, in_thread};
use super::container::WasmContainer;
use super::linker::Program;
use super::lookup::{Found, NotFound};
use super::scope::Scope;
use crate::executor::{Container, CreateError, Exec, ExecConfig};

/// Runs further programs in one container.
pub(super) struct WasmExec {
    host: Arc<Host>,
    /// Filled when the container starts.
    scope: Arc<OnceLock<Weak<Scope>>>,
}

/// Why there is nothing to run.
#[derive(Debug, thiserror::Error)]
enum ExecError {
    #[error("exec: no program is named")]
    NoProgram,
    #[error("exec: {0:?}: the container is not running")]
    NotRunning(String),
    #[error("exec: {0:?}: {1}")]
    NotFound(String, NotFound),
    #[error("exec: {0:?}: exec format error: {1}")]
    NotRunnable(String, PrepareError),
}

impl WasmExec {
    pub(super) fn new(host: Arc<Host>, scope: Arc<OnceLock<Weak<Scope>>>) -> Self {
        Self { host, scope }
    }

    /// Returns the container, if it runs.
    fn running(&self) -> Option<Arc<Scope>> {
        self.scope.get()?.upgrade().filter(|scope| scope.is_alive())
    }

    /// Finds the program of that name, and compiles it unless that has been done.
    async fn program(&self, scope: &Arc<Scope>, name: &str) -> Result<Arc<Program>, ExecError> {
        let (scope, named) = (Arc::clone(scope), name.to_owned());
        // Reading the file may take its time.
        let found =
            in_thread(move || scope.lookup().find(&named).map(|found| (scope, found))).await;
        match found.map_err(|error| ExecError::NotFound(name.to_owned(), error))? {
            (scope, Found::Own) => Ok(Arc::clone(&scope.program)),
            (_, Found::File(source)) => {
                let prepared = self.host.programs.prepare(&source).await;
                prepared.map_err(|error| ExecError::NotRunnable(name.to_owned(), error))
            }
        }
    }
}

#[async_trait]
impl Exec for WasmExec {
    async fn create(&self, config: ExecConfig) -> Result<Box<dyn Container>, CreateError> {
        let name = config.argv.first().ok_or(ExecError::NoProgram)?;
        let scope = self.running().ok_or_else(|| ExecError::NotRunning(name.clone()))?;
        let program = self.program(&scope, name).await?;
        let host = Arc::clone(&self.host);
        Ok(Box::new(WasmContainer::further(host, program, config.into(), scope)))
    }
}

impl From<ExecError> for CreateError {
    fn from(error: ExecError) -> Self {
        let of_host = matches!(&error, ExecError::NotRunnable(_, error) if error.is_of_host());
        let text = error.to_string();
        if of_host { Self::Host(text) } else { Self::NotRunnable(text) }
    }
}
