//! Bytes to documents: YAML as kubectl reads it, or JSON, one document or several.
//!
//! Every input is hostile. The size, the depth and the number of nodes are bounded, aliases cannot
//! multiply what was written, and what cannot be read says at which line. One broken document does
//! not hide the others.

mod json;
mod locate;
mod text;
mod value;

use serde::de::DeserializeSeed as _;
use serde_json::Value;
use serde_yaml::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{MessageFormatter as _, UserMessageFormatter};

pub use self::locate::Locator;
pub use self::value::Flaw;
use self::value::{Found, Reader};
use super::printable::printable;

/// How large a manifest may be.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How deeply its lists and maps may be nested.
const MAX_DEPTH: usize = 100;
/// How many scalars, lists and maps a document may have, aliases followed.
const MAX_NODES: usize = 250_000;
/// How many documents a manifest may have.
const MAX_DOCUMENTS: usize = 10_000;

/// A document of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// What is wrong with it beyond that.
    pub flaws: Vec<Flaw>,
    /// The line of the manifest at which its text starts, from 1.
    pub line: usize,
    /// Its text, to find the line of a field.
    text: String,
}

/// Why a manifest, or a document in it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Malformed {
    /// The line of the manifest, from 1.
    pub line: usize,
    /// The column in it, from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Malformed {
    fn at_line(line: usize, message: String) -> Self {
        Self { line, column: 1, message }
    }
}

impl Document {
    /// Returns what finds the line and column of a field.
    pub fn locator(&self) -> Locator {
        Locator::new(&self.text, self.line)
    }
}

/// Reads a manifest. Empty documents are left out; a manifest without any document is an error.
pub fn read(bytes: &[u8]) -> Vec<Result<Document, Malformed>> {
    let text = match text::decode(bytes) {
        Ok(text) => text,
        Err(malformed) => return vec![Err(malformed)],
    };
    let mut documents = Vec::new();
    for part in text::split(&text) {
        match json::split(&part) {
            Some(parts) => {
                documents.extend(parts.into_iter().map(|part| json::read(part.text, part.line)));
            }
            None => documents.extend(read_yaml(part.text, part.line)),
        }
        if documents.len() > MAX_DOCUMENTS {
            return vec![Err(Malformed::at_line(
                part.line,
                format!("it has more than {MAX_DOCUMENTS} documents up to here"),
            ))];
        }
    }
    if documents.is_empty() {
        documents.push(Err(Malformed::at_line(1, "there is no document in it".to_owned())));
    }
    documents
}

/// Reads one document, unless it is empty.
fn read_yaml(text: &str, line: usize) -> Option<Result<Document, Malformed>> {
    let found = Found::default();
    let value = serde_yaml::with_deserializer_from_str_with_options(text, yaml_options(), |yaml| {
        Reader::new(&found).deserialize(yaml)
    });
    match value {
        Ok(Value::Null) => None,
        Ok(value) => {
            let flaws = found.into_flaws();
            Some(Ok(Document { value, flaws, line, text: text.to_owned() }))
        }
        Err(error) => Some(Err(malformed(&error, line))),
    }
}

/// YAML 1.1 as kubectl reads it, with bounds.
fn yaml_options() -> serde_yaml::Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 3 * MAX_NODES,
            max_recorded_anchor_events: MAX_NODES,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        legacy_octal_numbers: true,
        with_snippet: false,
    }
}

fn malformed(error: &serde_yaml::Error, first_line: usize) -> Malformed {
    let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    let mut cause = error;
    while let serde_yaml::Error::AliasError { error, .. }
    | serde_yaml::Error::WithSnippet { error, .. } = cause
    {
        cause = error;
    }
    let message = match cause {
        serde_yaml::Error::Budget { .. } => TooLarge.to_string(),
        error => match UserMessageFormatter.format_message(error).into_owned() {
            // The parser has a bound of its own, and may meet it first.
            message if message == "recursion limit exceeded" => TooLarge.to_string(),
            // As in `name: {{ .Values.name }}`.
            message if message == "expected string scalar" => {
                "a key is text, not a list or a map (a template has to be rendered first)"
                    .to_owned()
            }
            message => message,
        },
    };
    Malformed {
        line: (first_line + (line as usize).max(1)) - 1,
        column: (column as usize).max(1),
        message: shown(&message),
    }
}

/// Why a document is not read to its end.
#[derive(Debug, thiserror::Error)]
#[error(
    "it is too large to be a manifest: more than {MAX_NODES} values, counted again for each alias, \
     or nested more than {MAX_DEPTH} deep"
)]
struct TooLarge;

/// Returns a message that may quote the manifest, fit to be shown: a quotation may be long, and may
/// try to write to a terminal.
fn shown(message: &str) -> String {
    const LONGEST: usize = 300;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", printable(&message[..end])),
        None => printable(message).into_owned(),
    }
}

#[cfg(test)]
mod tests;
