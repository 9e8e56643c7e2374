//! A sidecar that writes the page of a web server anew, every second.
//!
//! The title is a file of a ConfigMap. It is read each time: if the ConfigMap changes, so does the
//! page.

use std::time::Duration;
use std::{fs, io, thread};

fn main() -> io::Result<()> {
    for version in 1_u64.. {
        let title = fs::read_to_string("/settings/title")?;
        let page = format!("<h1>{}</h1>\n<p>version {version}</p>\n", title.trim());
        // Whoever asks gets a whole page, the old or the new.
        fs::write("/www/index.html.new", page)?;
        fs::rename("/www/index.html.new", "/www/index.html")?;
        if version == 1 {
            println!("the page is there");
        }
        thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}
