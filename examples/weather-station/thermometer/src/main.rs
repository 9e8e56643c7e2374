//! An instrument that is a WASI 0.1 module: appends a temperature now and then, and ends.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

fn main() -> io::Result<()> {
    let readings = fs::read_to_string("/station/readings.conf")?;
    let readings: u32 = readings.trim().parse().map_err(io::Error::other)?;
    let mut file =
        OpenOptions::new().create(true).append(true).open("/station/readings/temperature")?;
    for n in 0..readings {
        let tenths = 183 + (n * 7) % 12;
        println!("{}.{} °C", tenths / 10, tenths % 10);
        writeln!(file, "{}.{}", tenths / 10, tenths % 10)?;
        thread::sleep(Duration::from_millis(250));
    }
    Ok(())
}
