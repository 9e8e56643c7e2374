//! Files with variables, in the subset of a shell's language that Kubernetes reads.
//!
//! ```text
//! # A comment.
//! NAME='value'   # Another.
//! TEXT='two
//! lines'
//! ```
//!
//! A value stands in single quotes and is taken as it is. What stands behind the key that is asked
//! for is not looked at.

/// Why a file does not say anything of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvFileError {
    /// A line is none that sets a variable.
    #[error("invalid environment variable format at line {line}: {problem}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A value does not end.
    #[error("invalid environment variable format starting at line {line}: unclosed single quote")]
    Unclosed {
        /// The line at which it begins, from 1.
        line: usize,
    },
}

/// Returns the value of a key, empty if the file does not have it.
pub(super) fn value_of(key: &str, text: &str) -> Result<String, EnvFileError> {
    let lines = text.split_terminator('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut lines = lines.enumerate().map(|(index, line)| (index + 1, line));
    while let Some((line, text)) = lines.next() {
        let text = text.trim_start_matches(BLANK);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let invalid = |problem| EnvFileError::Line { line, problem };
        let (name, value) = text.split_once('=').ok_or(invalid("missing '='"))?;
        if name.is_empty() {
            return Err(invalid("empty variable name"));
        }
        if name.ends_with(BLANK) {
            return Err(invalid("whitespace before '=' is not allowed"));
        }
        // To a shell, `NAME= 'value'` sets the variable to nothing.
        let value = if value.starts_with(BLANK) {
            String::new()
        } else {
            let quoted = value.strip_prefix('\'');
            quoted_value(
                line,
                quoted.ok_or(invalid("value must be enclosed in single quotes"))?,
                &mut lines,
            )?
        };
        if name == key {
            return Ok(value);
        }
    }
    Ok(String::new())
}

const BLANK: [char; 2] = [' ', '\t'];

/// Returns what stands before the closing quote, on this line or a later one.
fn quoted_value<'a>(
    first_line: usize,
    rest: &'a str,
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
) -> Result<String, EnvFileError> {
    let mut value = String::new();
    let (mut line, mut rest) = (first_line, rest);
    loop {
        if let Some((end, behind)) = rest.split_once('\'') {
            value.push_str(end);
            let behind = behind.trim_start_matches(BLANK);
            if behind.is_empty() || behind.starts_with('#') {
                return Ok(value);
            }
            let problem = "unexpected content after closing quote";
            return Err(EnvFileError::Line { line, problem });
        }
        value.push_str(rest);
        value.push('\n');
        (line, rest) = lines.next().ok_or(EnvFileError::Unclosed { line: first_line })?;
    }
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let value = value_of("KEY", text).map_err(|error| error.to_string());
        assert_eq!(value.as_deref(), expected.map_err(str::to_owned).as_ref().copied(), "{text:?}");
    }

    #[test]
    fn values() {
        check("KEY='value'", Ok("value"));
        check("KEY='value'\n", Ok("value"));
        check("KEY='value'\r\n", Ok("value"));
        check("\n  \n\t# comment 'a\n \tKEY='value'\nrest is not looked at", Ok("value"));
        check("OTHER='x'\nKEY='first'\nKEY='second'", Ok("first"));
        check("KEY='a \"b\" $C \\n ä'", Ok("a \"b\" $C \\n ä"));
        check("KEY=' a '   # comment", Ok(" a "));
        check("KEY='a'#b", Ok("a"));
        check("KEY='a=b'", Ok("a=b"));
        check("MY KEY='a'\nKEY='b'", Ok("b"));
    }

    #[test]
    fn values_of_several_lines() {
        check("KEY='one\n  two\r\n\n# three'\nX='y'", Ok("one\n  two\n\n# three"));
        check("OTHER='\nKEY=1\n'\nKEY='a'", Ok("a"));
    }

    #[test]
    fn a_key_that_is_not_there_is_empty() {
        check("", Ok(""));
        check("OTHER='KEY'", Ok(""));
        check("KEYS='a'\nkey='b'", Ok(""));
        check("KEY=''", Ok(""));
        check("KEY= 'a'", Ok(""));
        check("KEY= ", Ok(""));
    }

    #[test]
    fn what_is_no_such_file() {
        let line = |line: usize, problem: &str| {
            format!("invalid environment variable format at line {line}: {problem}")
        };
        check("KEY", Err(&line(1, "missing '='")));
        check("\nOTHER='a'\nexport KEY", Err(&line(3, "missing '='")));
        check("='a'", Err(&line(1, "empty variable name")));
        check(" ='a'", Err(&line(1, "empty variable name")));
        check("KEY ='a'", Err(&line(1, "whitespace before '=' is not allowed")));
        check("KEY=a", Err(&line(1, "value must be enclosed in single quotes")));
        check("KEY=\"a\"", Err(&line(1, "value must be enclosed in single quotes")));
        check("KEY=", Err(&line(1, "value must be enclosed in single quotes")));
        check("KEY='a' b", Err(&line(1, "unexpected content after closing quote")));
        check("KEY='it''s'", Err(&line(1, "unexpected content after closing quote")));
        check("A='\n\n' b\nKEY='a'", Err(&line(3, "unexpected content after closing quote")));
        check(
            "\nKEY='a\nb",
            Err("invalid environment variable format starting at line 2: unclosed single quote"),
        );
    }
}
