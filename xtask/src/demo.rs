//! `cargo xtask demo`: runs an example Pod, everything from source.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::bail;

use crate::guests::{self, Guest};
use crate::shell::{become_, built, cargo, output, root, run, target_dir};

const EXAMPLE: &str = "weather-station";

/// Compiles, packs the guests of one example as images, and becomes `wasmpod run`.
///
/// The dev profile: a fresh clone has it soonest, and what it compiles serves the tests too.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let example = match arguments {
        [] => EXAMPLE,
        [example] => example,
        _ => bail!("demo takes one example, found {}", arguments.len()),
    };
    let folder = root().join("examples").join(example);
    let pod = folder.join("pod.yaml");
    if !pod.is_file() {
        bail!("no example `{example}`: {} is missing", pod.display());
    }
    let guests = guests::build()?;
    run(&mut cargo(&["build", "--package=wasmpod", "--bin=wasmpod"]))?;
    for guest in guests.iter().filter(|guest| guest.folder.starts_with(&folder)) {
        import(guest)?;
    }
    eprintln!("demo: wasmpod run examples/{example}/pod.yaml");
    become_(wasmpod().arg("run").arg(Path::new("examples").join(example).join("pod.yaml")))
}

/// Packs the guest as an image into the store of the demo.
fn import(guest: &Guest) -> anyhow::Result<()> {
    let Some(image) = &guest.image else { return Ok(()) };
    output(wasmpod().args(["image", "import"]).arg(&guest.wasm).arg(image))?;
    Ok(())
}

/// Returns a call of the `wasmpod` that was just built, with a data directory of its own.
fn wasmpod() -> Command {
    let mut wasmpod = Command::new(built("debug", "wasmpod"));
    wasmpod.arg("--data-dir").arg(target_dir().join("demo")).current_dir(root());
    wasmpod
}
