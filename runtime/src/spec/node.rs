//! A decoded value with its place, for rules to walk.
//!
//! Decoding has left only known fields of the right types, so a value that is not there and a
//! value of another type are one case: the zero value, as in the API's own structures.

use serde_json::Value;

use super::path::FieldPath;
use super::quantity::Quantity;
use super::schema;

/// A value of a decoded object, or its absence, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    value: Option<&'a Value>,
    path: FieldPath,
}

impl<'a> Node<'a> {
    /// Returns the root of an object.
    pub(super) fn root(value: &'a Value) -> Self {
        Self { value: Some(value), path: FieldPath::root() }
    }

    /// Returns a field of this structure.
    pub(super) fn get(&self, name: &'static str) -> Self {
        debug_assert!(schema::is_field(name), "no structure has a field {name}");
        Node { value: self.value.and_then(|value| value.get(name)), path: self.path.field(name) }
    }

    /// Returns a key of this map.
    pub(super) fn key(&self, key: &str) -> Self {
        Node { value: self.value.and_then(|value| value.get(key)), path: self.path.key(key) }
    }

    /// Returns this value as if it stood elsewhere, for rules that report another place.
    pub(super) fn at(&self, path: FieldPath) -> Self {
        Node { value: self.value, path }
    }

    /// Returns where it stands.
    pub(super) fn path(&self) -> &FieldPath {
        &self.path
    }

    /// Returns the elements of this list.
    pub(super) fn items(&self) -> impl ExactSizeIterator<Item = Self> + use<'a> {
        let items = self.value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let path = self.path.clone();
        items
            .iter()
            .enumerate()
            .map(move |(index, item)| Node { value: Some(item), path: path.index(index) })
    }

    /// Returns the entries of this map, in the order of their keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let path = self.path.clone();
        self.value.and_then(Value::as_object).into_iter().flatten().map(move |(key, value)| {
            (key.as_str(), Node { value: Some(value), path: path.key(key.as_str()) })
        })
    }

    /// Returns the value itself, `null` if it is not there.
    pub(super) fn value(&self) -> Value {
        self.value.cloned().unwrap_or(Value::Null)
    }

    /// Whether it is there, be it empty.
    pub(super) fn is_set(&self) -> bool {
        self.value.is_some()
    }

    /// Whether it is not there, or zero, or holds nothing.
    pub(super) fn is_empty(&self) -> bool {
        match self.value {
            None | Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(entries)) => entries.is_empty(),
            Some(Value::Number(number)) => number.as_i64() == Some(0),
            Some(Value::Bool(true)) => false,
        }
    }

    /// Returns the text, empty if there is none.
    pub(super) fn str(&self) -> &'a str {
        self.value.and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the text unless it is empty.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Whether it is true.
    pub(super) fn is_true(&self) -> bool {
        self.bool() == Some(true)
    }

    /// Returns the truth value, if there is one.
    pub(super) fn bool(&self) -> Option<bool> {
        self.value.and_then(Value::as_bool)
    }

    /// Returns the integer, if there is one.
    pub(super) fn int(&self) -> Option<i64> {
        self.value.and_then(Value::as_i64)
    }

    /// Returns the amount, if there is one.
    pub(super) fn quantity(&self) -> Option<Quantity> {
        self.value.and_then(Value::as_str).and_then(|text| text.parse().ok())
    }

    /// Returns how many elements or entries it has.
    pub(super) fn len(&self) -> usize {
        match self.value {
            Some(Value::Array(items)) => items.len(),
            Some(Value::Object(entries)) => entries.len(),
            _ => 0,
        }
    }

    /// Returns the texts of this list.
    pub(super) fn texts(&self) -> Vec<&'a str> {
        self.items().map(|item| item.str()).collect()
    }
}
