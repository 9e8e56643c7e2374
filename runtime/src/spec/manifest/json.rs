//! JSON documents, one after the other.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use super::text::Part;
use super::{Document, MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, Malformed, TooLarge, shown};

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
    let nodes = Cell::new(0);
    match (Bounded { depth: 0, nodes: &nodes }).deserialize(&mut deserializer) {
        Ok(value) => Ok(Document { value, line, text: text.to_owned() }),
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

/// A value in which no key stands twice, and that keeps to the bounds.
#[derive(Clone, Copy)]
struct Bounded<'a> {
    /// How many lists and maps it stands in.
    depth: usize,
    /// How many values there are in the document up to here.
    nodes: &'a Cell<usize>,
}

impl Bounded<'_> {
    /// Counts a value, and returns what reads those in it.
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        self.nodes.set(self.nodes.get() + 1);
        if self.depth >= MAX_DEPTH || self.nodes.get() > MAX_NODES {
            return Err(E::custom(TooLarge));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self.inside()?)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if values.contains_key(&key) {
                return Err(A::Error::custom(format!("duplicate field \"{key}\"")));
            }
            let value = map.next_value_seed(self)?;
            values.insert(key, value);
        }
        Ok(values.into())
    }
}
