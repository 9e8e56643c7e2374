//! The guests, compiled from source on first use.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// Where the guests lie. `cargo xtask test` has compiled them and says so; else we do, once.
static GUESTS: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("WASMPOD_GUESTS") {
    Some(folder) => folder.into(),
    None => compile(),
});

/// Returns the compiled guest `name`, e.g. `guest("wasm32-wasip2", "hello")`.
#[track_caller]
pub(crate) fn guest(target: &str, name: &str) -> PathBuf {
    let path = GUESTS.join(target).join("release").join(format!("{name}.wasm"));
    assert!(path.is_file(), "no guest {name} for {target}: {} is missing", path.display());
    path
}

/// The last line that `cargo xtask guests` prints says where.
fn compile() -> PathBuf {
    let mut xtask = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    xtask.args(["xtask", "guests"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = xtask.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`cargo xtask guests` failed:\n{errors}");
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.lines().next_back().unwrap().into()
}

#[test]
fn are_what_their_target_says() {
    fn check(target: &str, name: &str, version_and_layer: [u8; 4]) {
        let bytes = std::fs::read(guest(target, name)).unwrap();
        assert_eq!(bytes[..4], *b"\0asm", "{name}");
        assert_eq!(bytes[4..8], version_and_layer, "{name}");
    }
    check("wasm32-wasip1", "weather-thermometer", [1, 0, 0, 0]);
    check("wasm32-wasip2", "weather-barometer", [13, 0, 1, 0]);
}
