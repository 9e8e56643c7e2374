//! Fields below each other, their values in a column.

use std::fmt::Display;

/// Fields that are aligned with each other.
#[derive(Default)]
pub(super) struct Block(Vec<(usize, String, String)>);

impl Block {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Adds a field. A value of several lines stays in its column.
    pub(super) fn field(self, name: &str, value: impl Display) -> Self {
        self.at(0, name, value)
    }

    /// Adds a field that belongs to the one before.
    pub(super) fn below(self, name: &str, value: impl Display) -> Self {
        self.at(2, name, value)
    }

    /// Adds a field, if it has a value.
    pub(super) fn some(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    /// Adds a field that belongs to the one before, if it has a value.
    pub(super) fn some_below(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.below(name, value),
            None => self,
        }
    }

    fn at(mut self, indent: usize, name: &str, value: impl Display) -> Self {
        self.0.push((indent, name.to_owned(), value.to_string()));
        self
    }

    /// Returns it as text, so far from the left.
    pub(super) fn text(&self, indent: usize) -> String {
        let width = |(indent, name, _): &(usize, String, String)| indent + name.chars().count();
        let column = indent + self.0.iter().map(width).max().unwrap_or(0) + 3;
        let mut text = String::new();
        for (further, name, value) in &self.0 {
            let mut begin = format!("{:width$}{name}:", "", width = indent + further);
            // What a guest left behind has lines, and nothing else that a terminal would obey.
            let value = value.replace(|c: char| c.is_control() && c != '\n', " ");
            for line in value.split('\n') {
                let whole = format!("{begin:column$}{line}");
                text.push_str(whole.trim_end());
                text.push('\n');
                begin.clear();
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Block;

    #[test]
    fn values_stand_in_a_column() {
        let block = Block::new()
            .field("A", "one\ntwo\x1b[2J")
            .below("Longer", 3)
            .some("None", None::<&str>)
            .field("Empty", "");
        assert_eq!(block.text(1), " A:         one\n            two [2J\n   Longer:  3\n Empty:\n");
    }
}
