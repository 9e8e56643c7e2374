//! The sidecar: follows what the instruments write for as long as the pod lives.
//!
//! It never ends by itself. When the instruments are done, the pod ends it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use std::{fs, io, thread};

fn main() -> io::Result<()> {
    println!("collecting");
    let mut seen = BTreeMap::new();
    loop {
        for entry in fs::read_dir("/station/readings")? {
            report(&entry?.path(), &mut seen)?;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Prints a summary of the instrument's file if it has grown.
fn report(file: &Path, seen: &mut BTreeMap<String, usize>) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(file)?;
    let values: Vec<f64> = text.lines().filter_map(|line| line.parse().ok()).collect();
    if let Some(last) = values.last()
        && seen.insert(name.clone(), values.len()) != Some(values.len())
    {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        println!("{name}: {} readings, last {last}, mean {mean:.1}", values.len());
    }
    Ok(())
}
