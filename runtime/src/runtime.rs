//! Builds the engine, the stores and the executors, once for a process.

use crate::config::DataDir;
use crate::executor::Executor;
use crate::image::{Images, RegistryConfig};
use crate::machine::Machine;
use crate::network::{NodeNetwork, ResolvConf};
use crate::objects::ObjectStore;
use crate::wasm::{EngineError, WasmExecutor};

/// What all pods of a process share.
pub struct Runtime {
    /// Where things are kept.
    pub data: DataDir,
    /// What pods may ask about the node.
    pub machine: Machine,
    /// Gets images.
    pub images: Images,
    /// What pods can refer to.
    pub objects: ObjectStore,
    /// What pods have in common on the network.
    pub network: NodeNetwork,
    /// Runs containers.
    pub executor: Box<dyn Executor>,
}

impl Runtime {
    /// Builds a runtime over a data directory. Nothing is made in it before it is needed.
    ///
    /// # Errors
    ///
    /// If the Wasm engine does not work on this machine.
    pub fn new(data: DataDir) -> Result<Self, EngineError> {
        let images = Images::new(data.images(), RegistryConfig::from_environment());
        let executor = Box::new(WasmExecutor::new(data.compiled())?);
        let machine = Machine::read(data.path());
        let resolv_conf = ResolvConf::parse(&machine.resolv_conf);
        let network = NodeNetwork { resolv_conf, ..NodeNetwork::default() };
        Ok(Self { data, machine, images, objects: ObjectStore::default(), network, executor })
    }
}
