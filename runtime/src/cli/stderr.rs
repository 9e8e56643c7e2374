//! What is said on standard error.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::spec::printable;

/// Says something on lines of their own.
///
/// Where standard error is not taken, there is nobody left to tell that to.
pub(super) fn say(message: impl Display) {
    let text = lines(&message.to_string());
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Returns the lines of a message, which may quote what others wrote.
fn lines(message: &str) -> String {
    message.split('\n').map(|line| format!("{}\n", printable(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("error: a\u{1b}[2J\n  | b"), "error: a\\u001b[2J\n  | b\n");
    }
}
