//! Where this process keeps its data, and what its configuration file says.
//!
//! ```text
//! <data directory>
//! ├── images/     the image store, an OCI image layout, shared by all wasmpod processes
//! ├── compiled/   compiled code, private (0700), shared by all wasmpod processes
//! ├── pods/UID/   what belongs to one pod, removed with it
//! ├── claims/NAMESPACE/NAME/   the volume of a persistentVolumeClaim, kept until somebody removes it
//! └── logs/pods/NAMESPACE_NAME_UID/CONTAINER/ATTEMPT.log, and what it was before (`.log.TIME[.gz]`)
//! ```

mod file;

use std::path::{Path, PathBuf};

pub use self::file::{Configuration, Host, InvalidConfiguration, Registries};

/// The data directory, and what is where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Takes `path` as the data directory. Nothing is made yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Makes the directories that every pod needs.
    ///
    /// # Errors
    ///
    /// If they cannot be made, e.g. because the disk is full or the place is somebody else's.
    pub fn create(&self) -> Result<(), UnusableDataDir> {
        let unusable = |error| UnusableDataDir { path: self.0.clone(), error };
        for directory in [self.pods(), self.logs()] {
            std::fs::create_dir_all(directory).map_err(unusable)?;
        }
        Ok(())
    }

    /// Returns the directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the image store.
    pub fn images(&self) -> PathBuf {
        self.0.join("images")
    }

    /// Returns the compiled-code store.
    pub fn compiled(&self) -> PathBuf {
        self.0.join("compiled")
    }

    /// Returns the directory of all pods.
    pub fn pods(&self) -> PathBuf {
        self.0.join("pods")
    }

    /// Returns the directory of all volumes that outlive their pods.
    pub fn claims(&self) -> PathBuf {
        self.0.join("claims")
    }

    /// Returns the directory of all container logs.
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs").join("pods")
    }
}

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot use the data directory {}: {error}; choose another with --data-dir or WASMPOD_DATA_DIR",
    path.display()
)]
pub struct UnusableDataDir {
    path: PathBuf,
    /// Not the source: it is in the message, and is told once.
    error: std::io::Error,
}

/// There is no place for the data of this user.
#[derive(Debug, thiserror::Error)]
#[error("cannot tell where this user's data goes: {0}; set WASMPOD_DATA_DIR or use --data-dir")]
pub struct NoDataDir(etcetera::HomeDirError);

impl DataDir {
    /// Returns the data directory of this user: `wasmpod` in the system's place for such data,
    /// e.g. `~/.local/share` on Linux (XDG base directory specification).
    ///
    /// # Errors
    ///
    /// If the user has no home directory.
    pub fn of_user() -> Result<Self, NoDataDir> {
        use etcetera::BaseStrategy as _;
        let strategy = etcetera::choose_base_strategy().map_err(NoDataDir)?;
        Ok(Self::new(strategy.data_dir().join("wasmpod")))
    }
}
