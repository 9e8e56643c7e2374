//! Values of a document, and what is wrong with them that a value cannot say.
//!
//! As in Kubernetes, of a key that stands twice the last counts, and all the rest of the document is
//! read and judged.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, MAX_NODES, TooLarge};
use crate::spec::path::FieldPath;

/// Something that is wrong with a document, though it can be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Flaw {
    /// A key stands twice.
    Duplicate(FieldPath),
    /// A number is none that JSON has: infinite, or not a number.
    NotFinite(FieldPath, &'static str),
}

/// What is found while a document is read.
#[derive(Debug, Default)]
pub(super) struct Found {
    flaws: RefCell<Vec<Flaw>>,
    /// How many values there are in the document up to here.
    nodes: Cell<usize>,
}

impl Found {
    /// Returns what is wrong with what was read.
    pub(super) fn into_flaws(self) -> Vec<Flaw> {
        self.flaws.into_inner()
    }
}

/// Reads a value that keeps to the bounds.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    place: &'a Place<'a>,
    /// How many lists and maps it stands in.
    depth: usize,
    found: &'a Found,
}

/// Where a value stands. Only of what is wrong this becomes a path.
enum Place<'a> {
    Root,
    Key(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl Place<'_> {
    fn path(&self) -> FieldPath {
        match self {
            Self::Root => FieldPath::root(),
            Self::Key(holder, key) => holder.path().field((*key).to_owned()),
            Self::Item(holder, index) => holder.path().index(*index),
        }
    }
}

impl<'a> Reader<'a> {
    /// Returns what reads a document.
    pub(super) fn new(found: &'a Found) -> Self {
        Self { place: &Place::Root, depth: 0, found }
    }

    /// Returns what reads a value in this one.
    fn at<'b>(&'b self, place: &'b Place<'b>) -> Reader<'b> {
        Reader { place, depth: self.depth + 1, found: self.found }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let nodes = &self.found.nodes;
        nodes.set(nodes.get() + 1);
        if self.depth >= MAX_DEPTH || nodes.get() > MAX_NODES {
            return Err(D::Error::custom(TooLarge));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
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
        if !value.is_finite() {
            let shown = match value {
                f64::INFINITY => ".inf",
                f64::NEG_INFINITY => "-.inf",
                _ => ".nan",
            };
            self.found.flaws.borrow_mut().push(Flaw::NotFinite(self.place.path(), shown));
        }
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) =
            list.next_element_seed(self.at(&Place::Item(self.place, values.len())))?
        {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let place = Place::Key(self.place, &key);
            if values.contains_key(&key) {
                let flaw = Flaw::Duplicate(place.path());
                let mut flaws = self.found.flaws.borrow_mut();
                // A key that stands there more often yet is told once.
                if flaws.last() != Some(&flaw) {
                    flaws.push(flaw);
                }
            }
            let value = map.next_value_seed(self.at(&place))?;
            values.insert(key, value);
        }
        Ok(values.into())
    }
}
