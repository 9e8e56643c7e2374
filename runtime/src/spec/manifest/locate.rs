//! From the path of a field to its line and column.
//!
//! The document is read a second time for that, with positions; only who has an error to show
//! pays for it.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Spanned};

use crate::spec::path::{FieldPath, Segment};

/// Finds the line and column of a field.
#[derive(Debug)]
pub struct Locator {
    tree: Option<Spanned<Tree>>,
    first_line: usize,
}

/// A value of which only the places are kept.
#[derive(Debug)]
enum Tree {
    Leaf,
    List(Vec<(Location, Self)>),
    Map(HashMap<String, (Location, Self)>),
}

impl Locator {
    pub(super) fn new(text: &str, first_line: usize) -> Self {
        // Text that was read once is read again, be it YAML or JSON; where JSON is no YAML, e.g.
        // when it is indented with tabs, the start of the document has to do.
        let tree = serde_yaml::from_str_with_options(text, super::yaml_options()).ok();
        Self { tree, first_line }
    }

    /// Returns the line and column, from 1, of the field or of the nearest that is written.
    pub fn locate(&self, path: &FieldPath) -> (usize, usize) {
        let Some(root) = &self.tree else { return (self.first_line, 1) };
        let mut at = root.defined;
        let mut tree = &root.value;
        for segment in path.segments() {
            let next = match (tree, segment) {
                (Tree::Map(entries), Segment::Field(name)) => entries.get(&**name),
                (Tree::Map(entries), Segment::Key(name)) => entries.get(name),
                (Tree::List(items), Segment::Index(index)) => items.get(*index),
                _ => None,
            };
            let Some(next) = next else { break };
            (at, tree) = (next.0, &next.1);
        }
        let line = (at.line() as usize).max(1);
        (self.first_line + line - 1, (at.column() as usize).max(1))
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<Spanned<Tree>>()? {
            items.push((item.referenced, item.value));
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = HashMap::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            entries.insert(key.value, (key.referenced, map.next_value()?));
        }
        Ok(Tree::Map(entries))
    }
}
