//! The environment of a container, put together when the container starts.

mod facts;
mod file;
#[cfg(test)]
mod tests;
mod variables;

use std::io;
use std::str;

pub use self::facts::{Allocatable, NoContainer, PodFacts};
pub use self::file::EnvFileError;
pub use self::variables::Variables;
use super::{
    Container, EnvFrom, EnvFromSource, EnvValue, EnvVar, FileKeyRef, KeyRef, NamespacedName,
    Objects, Pod,
};

/// What the variables of a container come from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The pod itself.
    pub pod: &'a Pod,
    /// What only the running pod knows.
    pub facts: &'a PodFacts,
    /// What it can refer to.
    pub objects: &'a Objects,
    /// Reads the file of a reference; none if it is not there.
    pub read_file: &'a dyn Fn(&FileKeyRef) -> io::Result<Option<String>>,
}

/// Why a container cannot have its environment, or its command line, now. The container waits, and
/// it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// There is no such ConfigMap.
    #[error("configmap {:?} not found", .0.name)]
    NoConfigMap(NamespacedName),
    /// There is no such Secret.
    #[error("secret {:?} not found", .0.name)]
    NoSecret(NamespacedName),
    /// The object does not have the key.
    #[error("couldn't find key {key} in {kind} {name}")]
    NoKey {
        /// The key.
        key: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// The object.
        name: NamespacedName,
    },
    /// A Secret holds bytes, but the environment of a WebAssembly program is text.
    #[error("the value of key {key} in Secret {name} is not UTF-8 text, as a variable has to be")]
    NotText {
        /// The key.
        key: String,
        /// The Secret.
        name: NamespacedName,
    },
    /// The resources of a container are asked for, and the pod has no such container.
    #[error(transparent)]
    NoContainer(#[from] NoContainer),
    /// The file cannot be read.
    #[error("couldn't parse env file: cannot read {path:?} of volume {volume:?}: {source}")]
    ReadFile {
        /// The volume.
        volume: String,
        /// In the volume.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// What is in the file are no variables.
    #[error("couldn't parse env file: {path:?} of volume {volume:?}: {source}")]
    ParseFile {
        /// The volume.
        volume: String,
        /// In the volume.
        path: String,
        /// Why.
        source: EnvFileError,
    },
    /// The file does not have the key, or it is empty.
    #[error("environment variable key {key:?} not found in file {path:?}")]
    NoKeyInFile {
        /// The key.
        key: String,
        /// In the volume.
        path: String,
    },
    /// No environment can hold the value.
    #[error("variable {0:?}: its value has a NUL character in it")]
    Nul(String),
    /// All variables together are too large.
    #[error("the environment is larger than {} MiB", variables::BYTES_MAX >> 20)]
    TooLarge,
    /// All words of a command line together are too large.
    #[error("the command line is larger than {} MiB", variables::BYTES_MAX >> 20)]
    WordsTooLarge,
}

/// Returns the variables that the document asks for: those of `envFrom`, over them those of `env`,
/// and in either a later one of the same name over an earlier one.
///
/// `$(NAME)` refers to what was defined before it; what the image defines is not seen, as in
/// Kubernetes. The variables that name services would come first; who runs without an API server
/// has no services.
///
/// # Errors
///
/// If something that is not optional is missing, or it is more than a program can be given.
pub fn environment(
    container: &Container,
    sources: &Sources<'_>,
) -> Result<Variables, EnvironmentError> {
    let mut variables = Variables::default();
    for from in &container.env_from {
        sources.set_all(from, &mut variables)?;
    }
    for variable in &container.env {
        if let Some(value) = sources.value(variable, &variables)? {
            variables.set(variable.name.clone(), value)?;
        }
    }
    Ok(variables)
}

impl Sources<'_> {
    /// Sets a variable for each key of an object. Every key is a name that a variable can have.
    fn set_all(&self, from: &EnvFrom, variables: &mut Variables) -> Result<(), EnvironmentError> {
        let mut set = |key: &str, value: &str| {
            variables.set(format!("{}{key}", from.prefix), value.to_owned())
        };
        match &from.source {
            EnvFromSource::ConfigMap(name) => {
                let name = self.own(name);
                match self.objects.config_map(&name) {
                    Some(map) => map.data.iter().try_for_each(|(key, value)| set(key, value)),
                    None => missing(from.optional, EnvironmentError::NoConfigMap(name)),
                }
            }
            EnvFromSource::Secret(name) => {
                let name = self.own(name);
                match self.objects.secret(&name) {
                    Some(secret) => secret
                        .data
                        .iter()
                        .try_for_each(|(key, value)| set(key, text(value, key, &name)?)),
                    None => missing(from.optional, EnvironmentError::NoSecret(name)),
                }
            }
        }
    }

    /// Returns the value of a variable, and none if it is optional and not to be had.
    fn value(
        &self,
        variable: &EnvVar,
        defined: &Variables,
    ) -> Result<Option<String>, EnvironmentError> {
        Ok(Some(match &variable.value {
            EnvValue::Literal(text) => defined.expand(text)?,
            EnvValue::Field(field) => field.value(self.pod, self.facts),
            EnvValue::Resource(resource) => resource.value(&self.facts.allocatable)?,
            EnvValue::ConfigMapKey(reference) => return self.config_map_key(reference),
            EnvValue::SecretKey(reference) => return self.secret_key(reference),
            EnvValue::FileKey(reference) => return self.file_key(reference),
        }))
    }

    fn config_map_key(&self, reference: &KeyRef) -> Result<Option<String>, EnvironmentError> {
        let KeyRef { name, key, optional } = reference;
        let name = self.own(name);
        let Some(map) = self.objects.config_map(&name) else {
            return missing(*optional, EnvironmentError::NoConfigMap(name));
        };
        match map.data.get(key) {
            Some(value) => Ok(Some(value.clone())),
            None => missing(*optional, no_key(key, "ConfigMap", name)),
        }
    }

    fn secret_key(&self, reference: &KeyRef) -> Result<Option<String>, EnvironmentError> {
        let KeyRef { name, key, optional } = reference;
        let name = self.own(name);
        let Some(secret) = self.objects.secret(&name) else {
            return missing(*optional, EnvironmentError::NoSecret(name));
        };
        match secret.data.get(key) {
            Some(value) => Ok(Some(text(value, key, &name)?.to_owned())),
            None => missing(*optional, no_key(key, "Secret", name)),
        }
    }

    fn file_key(&self, reference: &FileKeyRef) -> Result<Option<String>, EnvironmentError> {
        let FileKeyRef { volume, path, key, optional } = reference;
        let (volume, path) = (volume.clone(), path.clone());
        let text = match (self.read_file)(reference) {
            Ok(Some(text)) => text,
            Ok(None) => {
                let source = io::Error::new(io::ErrorKind::NotFound, "there is no such file");
                return missing(*optional, EnvironmentError::ReadFile { volume, path, source });
            }
            Err(source) => return Err(EnvironmentError::ReadFile { volume, path, source }),
        };
        match file::value_of(key, &text) {
            Ok(value) if value.is_empty() => {
                missing(*optional, EnvironmentError::NoKeyInFile { key: key.clone(), path })
            }
            Ok(value) => Ok(Some(value)),
            Err(source) => Err(EnvironmentError::ParseFile { volume, path, source }),
        }
    }

    /// Returns the full name of an object that the pod refers to.
    fn own(&self, name: &str) -> NamespacedName {
        NamespacedName::new(&self.pod.metadata.namespace, name)
    }
}

/// Returns what comes of something that is missing: nothing, if it was optional.
fn missing<T: Default>(optional: bool, error: EnvironmentError) -> Result<T, EnvironmentError> {
    if optional { Ok(T::default()) } else { Err(error) }
}

fn no_key(key: &str, kind: &'static str, name: NamespacedName) -> EnvironmentError {
    EnvironmentError::NoKey { key: key.to_owned(), kind, name }
}

fn text<'a>(
    value: &'a [u8],
    key: &str,
    name: &NamespacedName,
) -> Result<&'a str, EnvironmentError> {
    str::from_utf8(value)
        .map_err(|_| EnvironmentError::NotText { key: key.to_owned(), name: name.clone() })
}
