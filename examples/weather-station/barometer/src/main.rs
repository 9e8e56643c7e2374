//! An instrument that is a WASI 0.2 component, and that fails when it runs for the first time.
//!
//! The volume outlives a container, so the second run finds what the first one left.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

const CALIBRATED: &str = "/station/barometer.calibrated";

fn main() -> io::Result<ExitCode> {
    if !Path::new(CALIBRATED).exists() {
        fs::write(CALIBRATED, "")?;
        eprintln!("not calibrated: calibrating, then failing, so that I am started again");
        return Ok(ExitCode::FAILURE);
    }
    let readings = fs::read_to_string("/station/readings.conf")?;
    let readings: u32 = readings.trim().parse().map_err(io::Error::other)?;
    let mut file =
        OpenOptions::new().create(true).append(true).open("/station/readings/pressure")?;
    for n in 0..readings {
        let hectopascal = 1009 + (n * 5) % 9;
        println!("{hectopascal} hPa");
        writeln!(file, "{hectopascal}")?;
        thread::sleep(Duration::from_millis(200));
    }
    Ok(ExitCode::SUCCESS)
}
