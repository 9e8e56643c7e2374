//! Whether text is JSON, and if not, why, in the words of Go.

use serde_json::Value;
use serde_json::error::Category;

/// What Go says of a character, by what our parser says.
const REASONS: &[(&str, &str)] = &[
    ("expected value", "looking for beginning of value"),
    ("expected ident", "in literal"),
    ("expected `:`", "after object key"),
    ("expected `,` or `}`", "after object key:value pair"),
    ("expected `,` or `]`", "after array element"),
    ("key must be a string", "looking for beginning of object key string"),
    ("trailing comma", "looking for beginning of object key string"),
    ("trailing characters", "after top-level value"),
    ("control character", "in string literal"),
    ("invalid escape", "in string escape code"),
    ("invalid number", "in numeric literal"),
];

/// Returns why this is no JSON object; `null` stands for an empty one.
pub(super) fn object(text: &[u8]) -> Result<(), String> {
    let found = match serde_json::from_slice(text) {
        Ok(Value::Object(_) | Value::Null) => return Ok(()),
        Ok(Value::Array(_)) => "array",
        Ok(Value::Bool(_)) => "bool",
        Ok(Value::Number(_)) => "number",
        Ok(Value::String(_)) => "string",
        Err(error) => return Err(reason(text, &error)),
    };
    Err(format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"))
}

fn reason(text: &[u8], error: &serde_json::Error) -> String {
    if error.classify() == Category::Eof {
        return "unexpected end of JSON input".to_owned();
    }
    let said = error.to_string();
    let reason = REASONS.iter().find(|(ours, _)| said.starts_with(ours));
    let line = text.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
    let byte = line.and_then(|line| line.get(error.column().saturating_sub(1)));
    match (reason, byte) {
        (Some((_, reason)), Some(byte)) => {
            format!("invalid character {:?} {reason}", char::from(*byte))
        }
        _ => "invalid character".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn in_the_words_of_go() {
        for (text, expected) in [
            ("hi", "invalid character 'h' looking for beginning of value"),
            ("", "unexpected end of JSON input"),
            ("{\"a\":", "unexpected end of JSON input"),
            ("{a", "invalid character 'a' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\": 1 2}", "invalid character '2' after object key:value pair"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("[1]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ] {
            assert_eq!(object(text.as_bytes()), Err(expected.to_owned()), "{text}");
        }
        for text in ["{}", "null", "{\"auths\": {\"a\": {}}}\n"] {
            assert_eq!(object(text.as_bytes()), Ok(()), "{text}");
        }
        assert!(object(b"{\"a\": \"\xff\"}").is_err());
    }
}
