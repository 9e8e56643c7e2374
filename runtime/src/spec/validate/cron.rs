//! Whether a schedule of a CronJob can be read.

use std::num::IntErrorKind;

/// A field of a schedule: least, greatest, names of values from the least on.
type Field = (i64, i64, &'static [&'static str]);

/// Minute, hour, day of the month, month, day of the week.
const FIELDS: [Field; 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const DESCRIPTORS: [&str; 7] =
    ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Returns why `schedule` cannot be read, in the words of the parser that Kubernetes uses.
pub(super) fn check(schedule: &str) -> Result<(), String> {
    if let Some(duration) = schedule.strip_prefix("@every ") {
        return if is_duration(duration) {
            Ok(())
        } else {
            Err(format!("failed to parse duration {schedule}"))
        };
    }
    if schedule.starts_with('@') {
        return if DESCRIPTORS.contains(&schedule) {
            Ok(())
        } else {
            Err(format!("unrecognized descriptor: {schedule}"))
        };
    }
    let fields: Vec<_> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let found = fields.join(" ");
        return Err(format!("expected exactly 5 fields, found {}: [{found}]", fields.len()));
    }
    for (text, field) in fields.into_iter().zip(FIELDS) {
        for range in text.split(',').filter(|range| !range.is_empty()) {
            check_range(range, field)?;
        }
    }
    Ok(())
}

/// Checks `*`, `value`, `from-to`, each with `/step` or without. Alone, `value/step` goes on to the end.
fn check_range(range: &str, (least, greatest, names): Field) -> Result<(), String> {
    let value = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        named.map_or_else(|| number(text), |position| Ok(least + position as i64))
    };
    let (values, step) = match range.split_once('/') {
        Some((values, step)) => (values, Some(step)),
        None => (range, None),
    };
    let is_all = values.split('-').next().is_some_and(|first| matches!(first, "*" | "?"));
    let (from, to) = match values.split_once('-') {
        _ if is_all => (least, greatest),
        Some((_, to)) if to.contains('-') => return Err(format!("too many hyphens: {range}")),
        Some((from, to)) => (value(from)?, value(to)?),
        None if step.is_some() => (value(values)?, greatest),
        None => (value(values)?, value(values)?),
    };
    let step = match step {
        Some(step) if step.contains('/') => return Err(format!("too many slashes: {range}")),
        Some(step) => number(step)?,
        None => 1,
    };
    if from < least {
        Err(format!("beginning of range ({from}) below minimum ({least}): {range}"))
    } else if to > greatest {
        Err(format!("end of range ({to}) above maximum ({greatest}): {range}"))
    } else if from > to {
        Err(format!("beginning of range ({from}) beyond end of range ({to}): {range}"))
    } else if step == 0 {
        Err(format!("step of range should be a positive number: {range}"))
    } else {
        Ok(())
    }
}

fn number(text: &str) -> Result<i64, String> {
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Ok(number) => Ok(number),
        Err(error) => {
            let reason = match error.kind() {
                IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            Err(format!(
                "failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {reason}"
            ))
        }
    }
}

/// Whether text is a time span such as `1h30m`.
fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let unit_and_rest = &rest[number..];
        let unit = unit_and_rest
            .find(|c: char| c.is_ascii_digit())
            .map_or(unit_and_rest, |end| &unit_and_rest[..end]);
        if rest[..number].parse::<f64>().is_err()
            || !["ns", "us", "µs", "ms", "s", "m", "h"].contains(&unit)
        {
            return false;
        }
        rest = &unit_and_rest[unit.len()..];
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn schedules() {
        for good in [
            "* * * * *",
            "*/5 0-12/3 1,15 jan-MAR sun",
            "0 0 ? * 6",
            "@hourly",
            "@every 1h30m",
            "@every -1h",
            "0-59/100000000000 * * * *",
            "5/10 * * * *",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "60 * * * *",
            "* * 0 * *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "x * * * *",
            "@sometimes",
            "@every",
            "@every 5",
            "@every ä",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reasons() {
        for (bad, expected) in [
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("*/1/2 * * * *", "too many slashes: */1/2"),
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            (
                "1,2,MON * * * *",
                "failed to parse int from MON: strconv.Atoi: parsing \"MON\": invalid syntax",
            ),
        ] {
            assert_eq!(check(bad), Err(expected.to_owned()), "{bad}");
        }
    }
}
