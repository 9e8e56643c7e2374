//! Text that was written by others, fit to be shown on one line.
//!
//! Whatever a manifest or a name holds, a terminal that shows it takes it for text, shows it in the
//! order in which it stands, and does not break the line.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns text in which what would steer a terminal is written as in JSON, e.g. `\u001b`.
///
/// JSON stays the same JSON, because only in its strings there can be something to write so.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            letter if steers(letter) => {
                write!(shown, "\\u{:04x}", u32::from(letter)).expect("a string can be written");
            }
            letter => shown.push(letter),
        }
    }
    shown.into()
}

/// Whether a character does something: control characters, those that turn the direction of text,
/// and the separators of lines and paragraphs.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_steers_a_terminal() {
        for (text, expected) in [
            ("", ""),
            ("grün \"a\\b\" שלום", "grün \"a\\b\" שלום"),
            ("\u{1b}[31mred", "\\u001b[31mred"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{7f}\u{85}\u{9b}", "\\u007f\\u0085\\u009b"),
            ("a\u{202e}b\u{2066}\u{200f}", "a\\u202eb\\u2066\\u200f"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn json_stays_the_same() {
        let value = serde_json::json!({"\u{9b}": "\u{1b}\n\u{202e}\u{7f}"});
        let shown = printable(&value.to_string()).into_owned();
        assert!(shown.is_ascii(), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
