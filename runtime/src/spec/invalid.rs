//! What is wrong with a field, in Kubernetes' words.

use std::fmt;

use serde_json::Value;

use super::path::FieldPath;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// The field.
    pub field: FieldPath,
    /// What is wrong with it.
    pub kind: InvalidKind,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq)]
pub enum InvalidKind {
    /// The object has no such field.
    Unknown,
    /// The field is written twice.
    Repeated,
    /// The value is not of the field's type.
    Type {
        /// What was found.
        value: Value,
        /// What the field holds.
        expected: &'static str,
    },
    /// The field must have a value.
    Required {
        /// Why, or empty.
        detail: String,
    },
    /// The value breaks a rule.
    Value {
        /// What was found.
        value: Value,
        /// The rule.
        detail: String,
    },
    /// The value is not one of a fixed set.
    NotSupported {
        /// What was found.
        value: Value,
        /// The set.
        supported: Vec<String>,
    },
    /// Another element has that value already.
    Duplicate {
        /// What was found.
        value: Value,
    },
    /// The value names something that is not there.
    NotFound {
        /// What was found.
        value: Value,
    },
    /// The field must not have a value here.
    Forbidden {
        /// Why.
        detail: String,
    },
    /// The text is too long.
    TooLong {
        /// How long it may be.
        max_bytes: usize,
    },
    /// The list is too long.
    TooMany {
        /// How many elements were found.
        actual: usize,
        /// How many there may be.
        max: usize,
    },
}

impl InvalidKind {
    /// Returns the word for programs, as in the causes of a Kubernetes `Status`.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unknown => "FieldUnknown",
            Self::Repeated => "FieldRepeated",
            Self::Type { .. } => "FieldValueTypeInvalid",
            Self::Required { .. } => "FieldValueRequired",
            Self::Value { .. } => "FieldValueInvalid",
            Self::NotSupported { .. } => "FieldValueNotSupported",
            Self::Duplicate { .. } => "FieldValueDuplicate",
            Self::NotFound { .. } => "FieldValueNotFound",
            Self::Forbidden { .. } => "FieldValueForbidden",
            Self::TooLong { .. } => "FieldValueTooLong",
            Self::TooMany { .. } => "FieldValueTooMany",
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            InvalidKind::Unknown => write!(f, "unknown field \"{}\"", self.field),
            InvalidKind::Repeated => write!(f, "duplicate field \"{}\"", self.field),
            kind => write!(f, "{}: {kind}", self.field),
        }
    }
}

impl fmt::Display for InvalidKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => write!(f, "unknown field"),
            Self::Repeated => write!(f, "duplicate field"),
            Self::Type { value, expected } => {
                write!(f, "Invalid value: {}: must be {expected}", Shown(value))?;
                // What YAML reads as a number or a truth value was often meant as text.
                if *expected == "a string" && (value.is_number() || value.is_boolean()) {
                    write!(f, " (quote it)")?;
                }
                Ok(())
            }
            Self::Required { detail } if detail.is_empty() => write!(f, "Required value"),
            Self::Required { detail } => write!(f, "Required value: {detail}"),
            Self::Value { value, detail } => {
                write!(f, "Invalid value: {}: {detail}", Shown(value))
            }
            Self::NotSupported { value, supported } => {
                write!(f, "Unsupported value: {}: supported values: ", Shown(value))?;
                for (position, value) in supported.iter().enumerate() {
                    write!(f, "{}\"{value}\"", if position == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
            Self::Duplicate { value } => write!(f, "Duplicate value: {}", Shown(value)),
            Self::NotFound { value } => write!(f, "Not found: {}", Shown(value)),
            Self::Forbidden { detail } => write!(f, "Forbidden: {detail}"),
            Self::TooLong { max_bytes } => {
                write!(f, "Too long: may not be more than {max_bytes} bytes")
            }
            Self::TooMany { actual, max } => {
                write!(f, "Too many: {actual}: must have at most {max} items")
            }
        }
    }
}

/// A value in a message: as JSON, cut if it is long.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 200;
        let text = self.0.to_string();
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}…", &text[..end]),
            None => write!(f, "{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Invalid, InvalidKind};
    use crate::spec::path::FieldPath;

    fn check(kind: InvalidKind, expected: &str) {
        let field = FieldPath::root().field("spec").field("name");
        assert_eq!(Invalid { field, kind }.to_string(), expected);
    }

    #[test]
    fn speaks_as_kubernetes_does() {
        check(InvalidKind::Unknown, r#"unknown field "spec.name""#);
        check(InvalidKind::Repeated, r#"duplicate field "spec.name""#);
        check(InvalidKind::Required { detail: String::new() }, "spec.name: Required value");
        check(
            InvalidKind::Value { value: json!("A"), detail: "must be small".into() },
            r#"spec.name: Invalid value: "A": must be small"#,
        );
        check(
            InvalidKind::NotSupported {
                value: json!("x"),
                supported: vec!["a".into(), "b".into()],
            },
            r#"spec.name: Unsupported value: "x": supported values: "a", "b""#,
        );
        check(
            InvalidKind::Type { value: json!(true), expected: "a string" },
            "spec.name: Invalid value: true: must be a string (quote it)",
        );
        check(
            InvalidKind::TooLong { max_bytes: 63 },
            "spec.name: Too long: may not be more than 63 bytes",
        );
    }

    #[test]
    fn cuts_what_is_long() {
        let long = Invalid {
            field: FieldPath::root(),
            kind: InvalidKind::Duplicate { value: json!("ä".repeat(10_000)) },
        };
        assert!(long.to_string().len() < 1_000);
    }
}
