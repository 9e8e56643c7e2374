//! Which part of a volume a container mounts.

use std::collections::BTreeSet;

use super::environment::{EnvironmentError, Variables};

/// A path in a volume that is mounted in place of the volume's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubPath {
    /// `subPath`: relative, without `..`.
    Literal(String),
    /// `subPathExpr`, with `$(NAME)` still in it.
    Expression(String),
}

/// Why an expression is no path, with the variables that the container has.
#[derive(Debug, thiserror::Error)]
pub enum SubPathError {
    /// Variables are not there, or empty.
    #[error("missing value for {}", .0.iter().map(String::as_str).collect::<Vec<_>>().join(", "))]
    Missing(BTreeSet<String>),
    /// It leads elsewhere.
    #[error("error SubPath `{0}` must not be an absolute path")]
    Absolute(String),
    /// It leads back.
    #[error("unable to provision SubPath `{0}`: must not contain '..'")]
    Backsteps(String),
    /// It gets too long.
    #[error(transparent)]
    TooLong(#[from] EnvironmentError),
}

impl SubPath {
    /// Returns the path.
    ///
    /// # Errors
    ///
    /// If a variable is not there, or what comes of it does not lead into the volume.
    pub fn path(&self, variables: &Variables) -> Result<String, SubPathError> {
        let expression = match self {
            Self::Literal(path) => return Ok(path.clone()),
            Self::Expression(expression) => expression,
        };
        let (path, missing) = variables.expand_all(expression)?;
        if !missing.is_empty() {
            return Err(SubPathError::Missing(missing));
        }
        if path.starts_with('/') {
            return Err(SubPathError::Absolute(path));
        }
        if path.split('/').any(|element| element == "..") {
            return Err(SubPathError::Backsteps(path));
        }
        Ok(path)
    }

    /// Returns it as the document has it.
    pub fn text(&self) -> &str {
        match self {
            Self::Literal(text) | Self::Expression(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SubPath;
    use crate::spec::environment::Variables;

    #[test]
    fn expressions() {
        let mut variables = Variables::default();
        for (name, value) in [("POD", "web-0"), ("EMPTY", ""), ("ROOT", "/"), ("UP", "..")] {
            variables.set(name.to_owned(), value.to_owned()).unwrap();
        }
        let check = |text: &str, expected: &str| {
            let path = SubPath::Expression(text.to_owned()).path(&variables);
            let path = path.unwrap_or_else(|error| error.to_string());
            assert_eq!(path, expected, "{text}");
        };
        check("logs/$(POD)/x", "logs/web-0/x");
        check("$$(POD)", "$(POD)");
        check("$(Z)/$(EMPTY)/$(POD)/$(B)", "missing value for B, EMPTY, Z");
        check("$(ROOT)etc", "error SubPath `/etc` must not be an absolute path");
        check("a/$(UP)/b", "unable to provision SubPath `a/../b`: must not contain '..'");
        assert_eq!(SubPath::Literal("$(POD)".to_owned()).path(&variables).unwrap(), "$(POD)");
    }
}
