//! Builds the engine, the stores and the executors, once for a process.

use std::time::Duration;

use crate::config::{Configuration, DataDir, Host};
use crate::executor::Executor;
use crate::image::{HostConfig, Images, Reference, RegistryConfig};
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
    /// If the configuration cannot be, or the Wasm engine does not work on this machine.
    pub fn new(data: DataDir, configuration: &Configuration) -> Result<Self, RuntimeError> {
        let images = Images::new(data.images(), registries(configuration)?);
        let executor = Box::new(WasmExecutor::new(data.compiled())?);
        let machine = Machine::read(data.path());
        let resolv_conf = ResolvConf::parse(&machine.resolv_conf);
        let network = NodeNetwork { resolv_conf, ..NodeNetwork::default() };
        Ok(Self { data, machine, images, objects: ObjectStore::default(), network, executor })
    }
}

/// Why there is no runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The configuration says what cannot be.
    #[error(transparent)]
    Configuration(#[from] InvalidRegistry),
    /// There is no Wasm engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The configuration names something that is no registry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{field}: `{name}` is not the name of a registry, like ghcr.io or registry.example.org:5000"
)]
pub struct InvalidRegistry {
    field: String,
    name: String,
}

/// Returns how registries are spoken to, by the configuration and the environment of this user.
pub fn registries(configuration: &Configuration) -> Result<RegistryConfig, InvalidRegistry> {
    let section = &configuration.registries;
    let mut config = RegistryConfig::from_environment();
    let seconds = |seconds: std::num::NonZeroU32| Duration::from_secs(seconds.get().into());
    config.connect_timeout =
        section.connect_timeout_seconds.map_or(config.connect_timeout, seconds);
    config.read_timeout = section.read_timeout_seconds.map_or(config.read_timeout, seconds);
    for (name, host) in &section.hosts {
        if name.contains('/') || !is_place(name) {
            let field = "registries.hosts".to_owned();
            return Err(InvalidRegistry { field, name: name.clone() });
        }
        if let Some(number) = host.mirrors.iter().position(|mirror| !is_place(mirror)) {
            let field = format!("registries.hosts[{name}].mirrors[{number}]");
            return Err(InvalidRegistry { field, name: host.mirrors[number].clone() });
        }
        let Host { mirrors, plain_http, ca } = host.clone();
        config.hosts.insert(name.clone(), HostConfig { mirrors, plain_http, ca });
    }
    Ok(config)
}

/// Whether this is a registry, or the beginning of a path in one.
fn is_place(text: &str) -> bool {
    let registry = text.split('/').next();
    let image = format!("{text}/image").parse::<Reference>();
    image.is_ok_and(|image| Some(image.registry()) == registry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_registries() {
        let check = |host: &str, mirror: &str, expected: Option<&str>| {
            let mut configuration = Configuration::default();
            let special = Host { mirrors: vec![mirror.to_owned()], ..Host::default() };
            configuration.registries.hosts.insert(host.to_owned(), special);
            let error = registries(&configuration).err().map(|error| error.field);
            assert_eq!(error.as_deref(), expected, "{host} {mirror}");
        };
        check("docker.io", "localhost:5000/hub", None);
        check("ghcr.io", "mirror.example.org:5000", None);
        check("https://ghcr.io", "mirror.example.org", Some("registries.hosts"));
        check("ghcr.io/team", "mirror.example.org", Some("registries.hosts"));
        check("team", "mirror.example.org", Some("registries.hosts"));
        let field = Some("registries.hosts[ghcr.io].mirrors[0]");
        check("ghcr.io", "https://mirror.example.org", field);
        check("ghcr.io", "mirror", field);
        check("ghcr.io", "", field);
    }
}
