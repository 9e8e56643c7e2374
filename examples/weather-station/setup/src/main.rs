//! The init container: writes the station's settings into the shared volume, then is done.
//!
//! Nothing else of the pod starts before it has ended well.

use std::{env, fs, io};

fn main() -> io::Result<()> {
    let readings = env::var("READINGS").unwrap_or_else(|_| "8".to_owned());
    fs::create_dir_all("/station/readings")?;
    fs::write("/station/readings.conf", &readings)?;
    println!("{readings} readings per instrument, settings in /station/readings.conf");
    Ok(())
}
