//! Prints what containers write, and what there is to say about them, in order.
//!
//! A thread of its own does it: a terminal that is held up holds up the writers, through the
//! bound of the watch, and nothing else. What stands at the foot of the terminal is taken away
//! before anything is printed, and drawn again below it.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write};
use std::thread::JoinHandle;

use anstyle::{AnsiColor, Style};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::foot::FootText;
use crate::sandbox::{Chunk, LogWatch, OutputStream};
use crate::spec::ContainerName;

/// The colours of the prefixes, in turn.
const COLORS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightRed,
];

/// The longest line that is put together before it is printed in parts, in bytes.
const LINE_MAX: usize = 64 << 10;

/// How output is shown.
pub(super) enum Form {
    /// As it is: one container, its standard streams are ours.
    Raw,
    /// In lines, each with the container's name before it.
    Prefixed {
        /// Whose lines.
        containers: Vec<ContainerName>,
        /// Whether standard output is for something else, and all of it goes to standard error.
        keeps_stdout: bool,
    },
}

/// The printing thread, and the news that it cannot go on.
pub(super) struct Printer {
    thread: JoinHandle<io::Result<()>>,
    /// Resolves when what it prints is not taken any more.
    pub(super) closed: oneshot::Receiver<io::ErrorKind>,
}

impl Printer {
    /// Starts to print. `foot` is what stands at the foot of the terminal, in whole lines.
    pub(super) fn start(
        watch: LogWatch,
        foot: watch::Receiver<FootText>,
        form: Form,
    ) -> io::Result<Self> {
        let (close, closed) = oneshot::channel();
        let screen = Screen::new(form);
        let reactor = Handle::current();
        let print = move || {
            let printed = reactor.block_on(print(watch, foot, screen));
            if let Err(error) = &printed {
                // A pod that is over has no more use for it.
                let _ = close.send(error.kind());
            }
            printed
        };
        let thread = std::thread::Builder::new().name("print".to_owned()).spawn(print)?;
        Ok(Self { thread, closed })
    }

    /// Waits until everything is printed; every writer must be gone. Returns why it was not.
    pub(super) fn finish(self) -> Option<io::Error> {
        // A panic there was printed there.
        self.thread.join().ok()?.err()
    }
}

/// Prints until every writer has gone.
async fn print(
    mut watch: LogWatch,
    mut foot: watch::Receiver<FootText>,
    mut screen: Screen,
) -> io::Result<()> {
    loop {
        tokio::select! {
            biased;
            chunk = watch.recv() => match chunk {
                Some(chunk) => screen.print(&chunk)?,
                None => return screen.finish(),
            },
            Ok(()) = foot.changed() => {
                let FootText { activity, status } = foot.borrow_and_update().clone();
                screen.stand(activity + &status)?;
            }
        }
    }
}

/// Returns whether to colour what goes to this stream: a terminal, and nobody said no
/// (`NO_COLOR`, `TERM=dumb`).
pub(super) fn has_color(stream: OutputStream) -> bool {
    let is_terminal = match stream {
        OutputStream::Stdout => io::stdout().is_terminal(),
        OutputStream::Stderr => io::stderr().is_terminal(),
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    is_terminal && !no_color && !is_dumb
}

/// Standard output and standard error.
struct Screen {
    /// What comes before a container's lines; empty when output is raw.
    prefixes: BTreeMap<ContainerName, Prefix>,
    /// Begun lines.
    lines: BTreeMap<(ContainerName, bool), Vec<u8>>,
    is_raw: bool,
    keeps_stdout: bool,
    has_foot: bool,
    foot: Foot,
}

struct Prefix {
    text: String,
    style: Style,
}

impl Screen {
    fn new(form: Form) -> Self {
        let (names, is_raw, keeps_stdout) = match form {
            Form::Raw => (Vec::new(), true, false),
            Form::Prefixed { containers, keeps_stdout } => (containers, false, keeps_stdout),
        };
        let width = names.iter().map(|name| name.as_str().len()).max().unwrap_or(0);
        let prefix = |(name, color): (ContainerName, &AnsiColor)| {
            let text = format!("{:width$} | ", name.as_str());
            (name, Prefix { text, style: color.on_default() })
        };
        let prefixes = names.into_iter().zip(COLORS.iter().cycle()).map(prefix).collect();
        let (lines, foot) = (BTreeMap::new(), Foot::default());
        Self { prefixes, lines, is_raw, keeps_stdout, has_foot: true, foot }
    }

    fn print(&mut self, chunk: &Chunk) -> io::Result<()> {
        let container = match &chunk.container {
            Some(container) if !self.is_raw => container,
            Some(_) => {
                self.end_foot()?;
                return write_all(chunk.stream, &chunk.bytes);
            }
            None => return self.foot.write_above(chunk.stream, &chunk.bytes),
        };
        let is_stderr = chunk.stream == OutputStream::Stderr;
        let line = self.lines.entry((container.clone(), is_stderr)).or_default();
        line.extend_from_slice(&chunk.bytes);
        let Some(end) = line.iter().rposition(|byte| *byte == b'\n') else {
            if line.len() < LINE_MAX {
                return Ok(());
            }
            line.push(b'\n');
            let lines = std::mem::take(line);
            return self.print_lines(&container.clone(), chunk.stream, &lines);
        };
        let rest = line.split_off(end + 1);
        let lines = std::mem::replace(line, rest);
        self.print_lines(container, chunk.stream, &lines)
    }

    /// Has this stand at the foot.
    fn stand(&mut self, text: String) -> io::Result<()> {
        if self.has_foot { self.foot.replace(text) } else { Ok(()) }
    }

    /// Has nothing stand at the foot from now on: what is printed as it is may stop in the middle
    /// of a line, and that line would be cleared with the foot.
    fn end_foot(&mut self) -> io::Result<()> {
        self.stand(String::new())?;
        self.has_foot = false;
        Ok(())
    }

    fn print_lines(
        &self,
        container: &ContainerName,
        stream: OutputStream,
        lines: &[u8],
    ) -> io::Result<()> {
        let stream = if self.keeps_stdout { OutputStream::Stderr } else { stream };
        let Some(Prefix { text, style }) = self.prefixes.get(container) else {
            return self.foot.write_above(stream, lines);
        };
        let prefix =
            if has_color(stream) { format!("{style}{text}{style:#}") } else { text.clone() };
        let mut output = Vec::with_capacity(lines.len() + 64);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            output.extend_from_slice(prefix.as_bytes());
            output.extend_from_slice(line);
        }
        self.foot.write_above(stream, &output)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.foot.replace(String::new())?;
        for ((container, is_stderr), mut line) in std::mem::take(&mut self.lines) {
            if !line.is_empty() {
                line.push(b'\n');
                let stream = if is_stderr { OutputStream::Stderr } else { OutputStream::Stdout };
                self.print_lines(&container, stream, &line)?;
            }
        }
        Ok(())
    }
}

/// What stands at the foot of the terminal.
#[derive(Default)]
struct Foot(String);

impl Foot {
    /// Prints something above it.
    fn write_above(&self, stream: OutputStream, bytes: &[u8]) -> io::Result<()> {
        self.erase()?;
        write_all(stream, bytes)?;
        self.draw()
    }

    /// Draws another in its place.
    fn replace(&mut self, text: String) -> io::Result<()> {
        self.erase()?;
        self.0 = text;
        self.draw()
    }

    fn erase(&self) -> io::Result<()> {
        match self.0.lines().count() {
            0 => Ok(()),
            // Up so many lines, and clear all below.
            lines => write_all(OutputStream::Stderr, format!("\r\x1b[{lines}A\x1b[J").as_bytes()),
        }
    }

    fn draw(&self) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        // A line that is too long is cut off by the terminal: wrapped, it would be two.
        write_all(OutputStream::Stderr, format!("\x1b[?7l{}\x1b[?7h", self.0).as_bytes())
    }
}

fn write_all(stream: OutputStream, bytes: &[u8]) -> io::Result<()> {
    match stream {
        OutputStream::Stdout => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes)?;
            stdout.flush()
        }
        OutputStream::Stderr => io::stderr().lock().write_all(bytes),
    }
}
