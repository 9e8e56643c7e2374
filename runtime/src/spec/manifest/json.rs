//! JSON documents, one after the other.

use serde::de::{DeserializeSeed, IgnoredAny};

use super::text::Part;
use super::value::{Found, Reader};
use super::{Document, MAX_DOCUMENTS, Malformed, shown};

/// Returns the text of each document, if the part is nothing but JSON maps.
pub(super) fn split<'a>(part: &Part<'a>) -> Option<Vec<Part<'a>>> {
    if !part.text.trim_start().starts_with('{') {
        return None;
    }
    let mut documents = serde_json::Deserializer::from_str(part.text).into_iter::<IgnoredAny>();
    let mut parts = Vec::new();
    let mut rest = part.text;
    let mut line = part.line;
    while let Some(document) = documents.next() {
        document.ok()?;
        let end = documents.byte_offset() - (part.text.len() - rest.len());
        let text = rest[..end].trim_start();
        line += rest[..end - text.len()].matches('\n').count();
        parts.push(Part { text, line });
        line += text.matches('\n').count();
        rest = &rest[end..];
        // The caller counts; this only keeps the count from growing without end.
        if parts.len() > MAX_DOCUMENTS {
            break;
        }
    }
    Some(parts)
}

/// Reads one document.
pub(super) fn read(text: &str, line: usize) -> Result<Document, Malformed> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let found = Found::default();
    match Reader::new(&found).deserialize(&mut deserializer) {
        Ok(value) => Ok(Document { value, flaws: found.into_flaws(), line, text: text.to_owned() }),
        Err(error) => {
            let position = format!(" at line {} column {}", error.line(), error.column());
            Err(Malformed {
                line: line + error.line().max(1) - 1,
                column: error.column().max(1),
                message: shown(&error.to_string().replace(&position, "")),
            })
        }
    }
}
