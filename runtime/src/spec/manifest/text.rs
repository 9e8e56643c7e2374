//! Bytes to text, and text to the parts between the separators of documents.

use super::{MAX_BYTES, Malformed};

/// The text of one document.
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// The line at which it starts, from 1.
    pub(super) line: usize,
}

/// Returns the text of a manifest: UTF-8, with or without a byte order mark, or UTF-16 with one.
pub(super) fn decode(bytes: &[u8]) -> Result<String, Malformed> {
    if bytes.len() > MAX_BYTES {
        let limit = MAX_BYTES / 1024 / 1024;
        return Err(Malformed::at_line(
            1,
            format!("it is larger than the {limit} MiB that a manifest may have"),
        ));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }?;
    Ok(with_line_feeds(text))
}

/// Returns text with one kind of line break. To YAML and JSON all are the same, and so everyone who
/// counts lines counts alike.
fn with_line_feeds(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn utf8(bytes: &[u8]) -> Result<String, Malformed> {
    if bytes.starts_with(b"\0asm") {
        return Err(Malformed::at_line(1, "it is a WebAssembly binary, not a manifest".to_owned()));
    }
    if let Some(position) = bytes.iter().position(|byte| *byte == 0) {
        return Err(at_byte(bytes, position, "it is a binary file, not a manifest"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(at_byte(bytes, error.valid_up_to(), "it is not UTF-8 text")),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Malformed> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    match String::from_utf16(&units) {
        // UTF-32 begins with the same two bytes, and has characters of none.
        Ok(text) if rest.is_empty() && !text.contains('\0') => Ok(text),
        _ => {
            Err(Malformed::at_line(1, "its byte order mark says UTF-16, but it is not".to_owned()))
        }
    }
}

fn at_byte(bytes: &[u8], position: usize, message: &str) -> Malformed {
    let before = with_line_feeds(String::from_utf8_lossy(&bytes[..position]).into_owned());
    let line = before.rsplit('\n').next().unwrap_or_default();
    Malformed {
        line: 1 + before.matches('\n').count(),
        column: 1 + line.chars().count(),
        message: message.to_owned(),
    }
}

/// Splits at the lines that start with `---`, and leaves out the parts that hold nothing.
///
/// Such a line cannot stand inside a document, not even in a block of text, because the content of
/// a document's root is indented there.
pub(super) fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut start = (0, 1);
    let mut position = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if is_separator(line) {
            parts.push(Part { text: &text[start.0..position], line: start.1 });
            // What follows the dashes on their own line belongs to the next document.
            start = (position, number + 1);
        }
        position += line.len();
    }
    parts.push(Part { text: &text[start.0..], line: start.1 });
    parts.retain(|part| part.text.lines().any(has_content));
    parts
}

fn is_separator(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// Whether a line is more than space, a comment, a marker or a directive.
fn has_content(line: &str) -> bool {
    if line.starts_with('%') {
        return false;
    }
    let line = if is_separator(line) { &line[3..] } else { line };
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#') && line != "..."
}
