//! Whether a schedule of a CronJob can be read.

/// The fields of a schedule: name, least, greatest, names of values from the least on.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of month", 1, 31, &[]),
    (
        "month",
        1,
        12,
        &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    ),
    ("day of week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const DESCRIPTORS: [&str; 7] =
    ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Returns why `schedule` cannot be read.
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
        return Err(format!("expected exactly 5 fields, found {}: {fields:?}", fields.len()));
    }
    for (text, (name, least, greatest, names)) in fields.into_iter().zip(FIELDS) {
        for range in text.split(',') {
            check_range(range, least, greatest, names)
                .map_err(|reason| format!("{reason} in the {name}: {text}"))?;
        }
    }
    Ok(())
}

/// Checks `*`, `value`, `from-to`, each with `/step` or without.
fn check_range(range: &str, least: u32, greatest: u32, names: &[&str]) -> Result<(), &'static str> {
    let value = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        match named {
            Some(position) => Ok(least + position as u32),
            None => text.parse::<u32>().map_err(|_| "not a number"),
        }
    };
    let (values, step) = match range.split_once('/') {
        Some((values, step)) => (values, Some(value(step)?)),
        None => (range, None),
    };
    if step == Some(0) {
        return Err("step of range should be a positive number");
    }
    if matches!(values, "*" | "?") {
        return Ok(());
    }
    let (from, to) = values.split_once('-').unwrap_or((values, values));
    let (from, to) = (value(from)?, value(to)?);
    if from < least {
        Err("beginning of range below minimum")
    } else if to > greatest {
        Err("end of range above maximum")
    } else if from > to {
        Err("beginning of range beyond end of range")
    } else {
        Ok(())
    }
}

/// Whether text is a time span such as `1h30m`.
fn is_duration(text: &str) -> bool {
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
        for good in
            ["* * * * *", "*/5 0-12/3 1,15 jan-MAR sun", "0 0 ? * 6", "@hourly", "@every 1h30m"]
        {
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
}
