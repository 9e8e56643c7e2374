//! Collecting what is wrong.

use serde_json::Value;

use crate::spec::invalid::{Invalid, InvalidKind};
use crate::spec::node::Node;

/// Everything that is wrong with an object, in the order in which it was found.
#[derive(Debug, Default)]
pub(in crate::spec) struct Errors(Vec<Invalid>);

impl Errors {
    /// Returns what was found.
    pub(in crate::spec) fn into_vec(self) -> Vec<Invalid> {
        self.0
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The node must have a value.
    pub(super) fn required(&mut self, node: &Node<'_>, detail: &str) {
        self.add(node, InvalidKind::Required { detail: detail.to_owned() });
    }

    /// The node's value breaks a rule.
    pub(super) fn invalid(&mut self, node: &Node<'_>, detail: impl Into<String>) {
        self.add(node, InvalidKind::Value { value: node.value(), detail: detail.into() });
    }

    /// Something in the node breaks a rule, e.g. a key of the map.
    pub(super) fn invalid_part(
        &mut self,
        node: &Node<'_>,
        part: impl Into<Value>,
        detail: impl Into<String>,
    ) {
        self.add(node, InvalidKind::Value { value: part.into(), detail: detail.into() });
    }

    /// The node's text breaks each of these rules; where there is none, it is empty.
    pub(super) fn broken(&mut self, node: &Node<'_>, rules: Vec<String>) {
        for rule in rules {
            self.invalid_part(node, node.str(), rule);
        }
    }

    /// The node must not have a value.
    pub(super) fn forbidden(&mut self, node: &Node<'_>, detail: impl Into<String>) {
        self.add(node, InvalidKind::Forbidden { detail: detail.into() });
    }

    /// The node's value is none of these.
    pub(super) fn not_supported(&mut self, node: &Node<'_>, supported: &[&str]) {
        let supported = supported.iter().map(ToString::to_string).collect();
        self.add(node, InvalidKind::NotSupported { value: node.value(), supported });
    }

    /// Something in the node is none of these.
    pub(super) fn not_supported_part(
        &mut self,
        node: &Node<'_>,
        part: impl Into<Value>,
        supported: &[&str],
    ) {
        let supported = supported.iter().map(ToString::to_string).collect();
        self.add(node, InvalidKind::NotSupported { value: part.into(), supported });
    }

    /// Something in the node was there before.
    pub(super) fn duplicate_part(&mut self, node: &Node<'_>, part: impl Into<Value>) {
        self.add(node, InvalidKind::Duplicate { value: part.into() });
    }

    /// The node's value was there before.
    pub(super) fn duplicate(&mut self, node: &Node<'_>) {
        self.add(node, InvalidKind::Duplicate { value: node.value() });
    }

    /// The node's value names nothing.
    pub(super) fn not_found(&mut self, node: &Node<'_>) {
        self.add(node, InvalidKind::NotFound { value: node.value() });
    }

    /// The node's text is longer than that.
    pub(super) fn too_long(&mut self, node: &Node<'_>, max_bytes: usize) {
        self.add(node, InvalidKind::TooLong { max_bytes });
    }

    /// The node has more elements than that.
    pub(super) fn too_many(&mut self, node: &Node<'_>, max: usize) {
        self.add(node, InvalidKind::TooMany { actual: node.len(), max });
    }

    /// The node must have a value, and it must be one of these.
    pub(super) fn required_one_of(&mut self, node: &Node<'_>, supported: &[&str], detail: &str) {
        if node.is_empty() {
            self.required(node, detail);
        } else {
            self.one_of(node, supported);
        }
    }

    /// The node's value must be one of these.
    pub(super) fn one_of(&mut self, node: &Node<'_>, supported: &[&str]) {
        if !supported.contains(&node.str()) {
            self.not_supported(node, supported);
        }
    }

    /// The node's value, if there is one, must be one of these.
    pub(super) fn optional_one_of(&mut self, node: &Node<'_>, supported: &[&str]) {
        if node.is_set() {
            self.one_of(node, supported);
        }
    }

    /// The node must have a value that keeps to a rule of names.
    pub(super) fn required_name(&mut self, node: &Node<'_>, rule: fn(&str) -> Vec<String>) {
        if node.is_empty() {
            self.required(node, "");
        } else {
            self.broken(node, rule(node.str()));
        }
    }

    /// The node's value, unless it is empty, must keep to a rule of names.
    pub(super) fn optional_name(&mut self, node: &Node<'_>, rule: fn(&str) -> Vec<String>) {
        if let Some(name) = node.text() {
            self.broken(node, rule(name));
        }
    }

    /// The node must have a value; nothing else is asked of it.
    pub(super) fn required_text(&mut self, node: &Node<'_>) {
        if node.is_empty() {
            self.required(node, "");
        }
    }

    /// The node's number, if there is one, must not be negative.
    pub(super) fn not_negative(&mut self, node: &Node<'_>) {
        if node.int().is_some_and(|number| number < 0) {
            self.invalid(node, NOT_NEGATIVE);
        }
    }

    /// The node's number, if there is one, must be in this range.
    pub(super) fn in_range(&mut self, node: &Node<'_>, min: i64, max: i64) {
        if node.int().is_some_and(|number| !(min..=max).contains(&number)) {
            self.invalid(node, in_range_message(min, max));
        }
    }

    fn add(&mut self, node: &Node<'_>, kind: InvalidKind) {
        self.0.push(Invalid { field: node.path().clone(), kind });
    }
}

/// The rule for counts and amounts.
pub(super) const NOT_NEGATIVE: &str = "must be greater than or equal to 0";

/// Returns the rule for numbers in a range.
pub(super) fn in_range_message(min: i64, max: i64) -> String {
    format!("must be between {min} and {max}, inclusive")
}
