//! `wasmpod run`, as a user runs it.

mod bad_input;
mod bare;
mod config;
mod pod;
mod status;
mod stop;
mod termination;
mod volumes;

use std::path::PathBuf;

use crate::harness::{TestEnv, guest};

/// Returns the guest that does what its arguments say, as a WASI 0.1 module: its exit codes are
/// what it says they are.
fn scripted() -> PathBuf {
    guest("wasm32-wasip1", "scripted")
}

impl TestEnv {
    /// Puts a module into the image store.
    fn import(&self, module: &std::path::Path, reference: &str) {
        let module = module.to_str().unwrap();
        self.run(["image", "import", module, reference]).success();
    }

    /// Returns a place where `localhost/test/scripted` can be run.
    pub(crate) fn with_scripted() -> Self {
        let env = Self::new();
        env.import(&scripted(), "localhost/test/scripted:1");
        env
    }

    /// Writes a manifest: the rest of the spec, and of each container of the scripted image.
    pub(crate) fn manifest(&self, spec: &str) -> String {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\nspec:\n{}",
            spec.replace(
                "SCRIPTED",
                "image: localhost/test/scripted:1\n      imagePullPolicy: Never"
            )
        );
        self.write("pod.yaml", text).to_str().unwrap().to_owned()
    }

    /// Returns the log of the only pod of that name that there is one of.
    fn log(&self, pod: &str, container: &str, restart_count: u32) -> String {
        let logs = self.data_dir().join("logs/pods");
        let mut found = std::fs::read_dir(logs).unwrap().map(|entry| entry.unwrap().path());
        let prefix = format!("default_{pod}_");
        let directory =
            found.find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&prefix));
        let file = directory.unwrap().join(container).join(format!("{restart_count}.log"));
        std::fs::read_to_string(file).unwrap()
    }
}
