//! The `wasmpod` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasmpod::cli::main()
}
