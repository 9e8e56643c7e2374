//! Names that must not be mixed up.

use std::fmt;
use std::sync::Arc;

/// The name of a container, unique over the init, regular and ephemeral containers of its pod.
///
/// Cheap to clone: it keys every map of the lifecycle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerName(Arc<str>);

impl ContainerName {
    /// Wraps a name that validation has accepted as a DNS label.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ContainerName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}
