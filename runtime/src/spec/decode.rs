//! Strict decoding: a document against the table of fields, everything wrong at once.
//!
//! What comes out has only known fields of the right types. Integers are integers, quantities are
//! text, and what was `null` is not there at all or, in a list, is empty: that is what the API's
//! own decoder makes of it. No rule beyond the type is looked at here.

use serde_json::{Map, Number, Value, json};

use super::base64;
use super::invalid::{Invalid, InvalidKind};
use super::path::{FieldPath, Segment};
use super::quantity::Quantity;
use super::schema::{Structure, Type};

/// Returns `value` as that structure, with what is wrong with it added to `errors`.
///
/// What is wrong is left out, but keeps its place in a list.
pub(super) fn decode(
    value: Value,
    structure: &'static Structure,
    errors: &mut Vec<Invalid>,
) -> Value {
    let decoded = of_type(value, &Type::Object(structure), &FieldPath::root(), errors);
    if structure.name == "Secret" {
        errors.iter_mut().for_each(keep_secret);
    }
    decoded.unwrap_or(json!({}))
}

/// Takes a secret value out of what is said about it.
fn keep_secret(error: &mut Invalid) {
    let segments = error.field.segments();
    let Some(Segment::Field(field)) = segments.first() else { return };
    if let ("data" | "stringData", InvalidKind::Type { expected, .. }) = (&**field, &error.kind) {
        error.kind =
            InvalidKind::Value { value: json!("(hidden)"), detail: format!("must be {expected}") };
    }
}

fn of_type(value: Value, ty: &Type, path: &FieldPath, errors: &mut Vec<Invalid>) -> Option<Value> {
    match (ty, value) {
        (_, Value::Null) => None,
        (Type::Any, value) => Some(value),
        (Type::List(inner), Value::Array(items)) => Some(list(items, inner, path, errors)),
        (Type::Map(inner), Value::Object(entries)) => Some(map(entries, inner, path, errors)),
        (Type::Object(structure), Value::Object(entries)) => {
            Some(fields(entries, structure, path, errors))
        }
        (ty, value) => match scalar(&value, ty) {
            Ok(scalar) => Some(scalar),
            Err(kind) => {
                errors.push(Invalid { field: path.clone(), kind });
                None
            }
        },
    }
}

fn fields(
    entries: Map<String, Value>,
    structure: &Structure,
    path: &FieldPath,
    errors: &mut Vec<Invalid>,
) -> Value {
    let mut decoded = Map::new();
    for (name, value) in entries {
        let Some(field) = structure.field(&name) else {
            errors.push(Invalid { field: path.field(name), kind: InvalidKind::Unknown });
            continue;
        };
        if let Some(value) = of_type(value, &field.ty, &path.field(field.name), errors) {
            decoded.insert(name, value);
        }
    }
    decoded.into()
}

fn list(items: Vec<Value>, inner: &Type, path: &FieldPath, errors: &mut Vec<Invalid>) -> Value {
    let items = items.into_iter().enumerate();
    items
        .map(|(index, item)| {
            // A wrong element keeps its place, so that the indexes of the others are right.
            of_type(item, inner, &path.index(index), errors).unwrap_or_else(|| empty(inner))
        })
        .collect()
}

fn map(
    entries: Map<String, Value>,
    inner: &Type,
    path: &FieldPath,
    errors: &mut Vec<Invalid>,
) -> Value {
    let entries = entries.into_iter();
    entries
        .filter_map(|(key, value)| {
            let value = match value {
                Value::Null => empty(inner),
                value => of_type(value, inner, &path.key(key.as_str()), errors)?,
            };
            Some((key, value))
        })
        .collect()
}

/// Returns the value that stands for `null` where there has to be one.
fn empty(ty: &Type) -> Value {
    match ty {
        Type::Any => Value::Null,
        Type::Bool => json!(false),
        Type::Int32 | Type::Int64 | Type::IntOrString => json!(0),
        Type::Quantity => json!("0"),
        Type::Bytes | Type::Str | Type::Time => json!(""),
        Type::List(_) => json!([]),
        Type::Map(_) | Type::Object(_) => json!({}),
    }
}

fn scalar(value: &Value, ty: &Type) -> Result<Value, InvalidKind> {
    let decoded = match (ty, value) {
        (Type::Bool, Value::Bool(_)) | (Type::Str, Value::String(_)) => Some(value.clone()),
        (Type::IntOrString, Value::String(_)) => Some(value.clone()),
        (Type::Int32 | Type::IntOrString, Value::Number(number)) => {
            integer(number).and_then(|number| i32::try_from(number).ok()).map(Value::from)
        }
        (Type::Int64, Value::Number(number)) => integer(number).map(Value::from),
        (Type::Quantity, Value::String(_) | Value::Number(_)) => return quantity(value),
        (Type::Bytes, Value::String(text)) => base64::is_valid(text).then(|| value.clone()),
        (Type::Time, Value::String(text)) => {
            text.parse::<jiff::Timestamp>().is_ok().then(|| value.clone())
        }
        _ => None,
    };
    decoded.ok_or_else(|| InvalidKind::Type { value: value.clone(), expected: ty.expected() })
}

/// Returns a number that is whole, however it was written: `80`, `80.0`, `8e1`.
fn integer(number: &Number) -> Option<i64> {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        (float.fract() == 0.0 && float.abs() <= LARGEST_EXACT).then_some(float as i64)
    })
}

fn quantity(value: &Value) -> Result<Value, InvalidKind> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match integer(number) {
            Some(integer) => integer.to_string(),
            None => number.to_string(),
        },
        other => other.to_string(),
    };
    match text.parse::<Quantity>() {
        Ok(_) => Ok(text.into()),
        Err(error) => Err(InvalidKind::Value { value: value.clone(), detail: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::decode;
    use crate::spec::schema::kind;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without ampersands")]
    fn check(spec: Value, expected: Value, expected_errors: &[&str]) {
        let mut errors = Vec::new();
        let pod = kind("v1", "Pod").expect("it is in the table");
        let decoded = decode(json!({ "spec": spec }), pod, &mut errors);
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(errors, expected_errors);
        assert_eq!(decoded, json!({ "spec": expected }));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        check(
            json!({
                "restartpolicy": "Never",
                "hostNetwork": "true",
                "containers": [{
                    "name": "a", "command": "ls", "args": ["a", 1],
                    "ports": [{"containerPort": "80"}, {"containerPort": 4_294_967_376_u64}],
                    "livenessProbe": {"intervalSeconds": 1},
                }],
            }),
            json!({
                "containers": [{"name": "a", "args": ["a", ""], "ports": [{}, {}], "livenessProbe": {}}]
            }),
            &[
                "spec.containers[0].args[1]: Invalid value: 1: must be a string (quote it)",
                r#"spec.containers[0].command: Invalid value: "ls": must be a list"#,
                r#"unknown field "spec.containers[0].livenessProbe.intervalSeconds""#,
                r#"spec.containers[0].ports[0].containerPort: Invalid value: "80": must be a 32-bit integer"#,
                "spec.containers[0].ports[1].containerPort: Invalid value: 4294967376: must be a 32-bit integer",
                r#"spec.hostNetwork: Invalid value: "true": must be true or false"#,
                r#"unknown field "spec.restartpolicy""#,
            ],
        );
    }

    #[test]
    fn a_secret_is_not_told() {
        let secret = kind("v1", "Secret").expect("it is in the table");
        let mut errors = Vec::new();
        decode(
            json!({"data": {"a": "hunter2!"}, "stringData": {"b": 4711}, "immutable": "no"}),
            secret,
            &mut errors,
        );
        let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
        let expected = [
            "data[a]: Invalid value: \"(hidden)\": must be base64 text",
            "immutable: Invalid value: \"no\": must be true or false",
            "stringData[b]: Invalid value: \"(hidden)\": must be a string",
        ];
        assert_eq!(errors, expected);
    }

    #[test]
    fn values_get_one_form() {
        check(
            json!({
                "hostname": null,
                "priority": 80.0,
                "containers": [null, {"resources": {"limits": {"cpu": 1.5, "memory": 1e3}}}],
                "overhead": {"cpu": null},
            }),
            json!({
                "priority": 80,
                "containers": [{}, {"resources": {"limits": {"cpu": "1.5", "memory": "1000"}}}],
                "overhead": {"cpu": "0"},
            }),
            &[],
        );
        check(
            json!({"overhead": {"memory": "1 Ki", "cpu": true}}),
            json!({"overhead": {}}),
            &[
                "spec.overhead[cpu]: Invalid value: true: must be a quantity",
                "spec.overhead[memory]: Invalid value: \"1 Ki\": quantities must match the regular \
                 expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            ],
        );
    }
}
