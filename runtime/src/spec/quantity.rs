//! Amounts such as `500m` or `1.5Gi`, exactly.
//!
//! The finest amount is a billionth, and finer ones are rounded up, away from zero; the greatest
//! is 2⁶³−1. Kubernetes has the same two bounds.

use std::fmt;
use std::str::FromStr;

const NANOS: i128 = 1_000_000_000;
const MAX_NANOS: i128 = i64::MAX as i128 * NANOS;

/// An exact amount.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

impl Default for Quantity {
    fn default() -> Self {
        Self { nanos: 0, format: Format::DecimalSi }
    }
}

impl From<u64> for Quantity {
    fn from(value: u64) -> Self {
        let nanos = (i128::from(value) * NANOS).min(MAX_NANOS);
        Self { nanos, format: Format::DecimalSi }
    }
}

/// How the amount was written, and is written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    BinarySi,
    DecimalSi,
    DecimalExponent,
}

/// Why text is not a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// It is not a number with letters after it.
    #[error(
        "quantities must match the regular expression \
         '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )]
    Format,
    /// The letters after the number are none of the suffixes.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

impl Quantity {
    /// Returns the amount, rounded up to a whole.
    pub fn value(self) -> i64 {
        self.in_units_of(NANOS)
    }

    /// Returns the amount in thousandths, rounded up.
    pub fn millis(self) -> i64 {
        self.in_units_of(NANOS / 1000)
    }

    /// Returns how many times `divisor` it is, rounded up; as it is if `divisor` is zero.
    pub fn divided_by(self, divisor: Self) -> i64 {
        self.in_units_of(if divisor.nanos == 0 { NANOS } else { divisor.nanos })
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// Whether it is a whole number.
    pub fn is_integer(self) -> bool {
        self.nanos % NANOS == 0
    }

    /// Whether it is some times `unit`, and not zero.
    pub fn is_multiple_of(self, unit: Self) -> bool {
        self.nanos > 0 && unit.nanos != 0 && self.nanos % unit.nanos == 0
    }

    /// Returns it without anything finer than a thousandth, rounded up.
    pub fn rounded_to_millis(self) -> Self {
        let milli = NANOS / 1000;
        let up = i128::from(self.nanos.rem_euclid(milli) != 0);
        Self { nanos: (self.nanos.div_euclid(milli) + up) * milli, ..self }
    }

    /// Returns the sum, at most the greatest amount.
    pub fn plus(self, other: Self) -> Self {
        Self { nanos: (self.nanos + other.nanos).clamp(-MAX_NANOS, MAX_NANOS), format: self.format }
    }

    fn in_units_of(self, unit: i128) -> i64 {
        let whole = self.nanos.div_euclid(unit) + i128::from(self.nanos.rem_euclid(unit) != 0);
        i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(number_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(QuantityError::Format);
        }
        let letters_end = suffix.find(|c| !"eEinumkKMGTP".contains(c)).unwrap_or(suffix.len());
        let exponent = &suffix[letters_end..];
        let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if !exponent_digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(QuantityError::Format);
        }
        let (scale, format) = parse_suffix(suffix).ok_or(QuantityError::Suffix)?;
        let magnitude = scaled(whole, fraction, scale);
        Ok(Self { nanos: if negative { -magnitude } else { magnitude }, format })
    }
}

/// By what a number is multiplied.
#[derive(Clone, Copy)]
enum Scale {
    Ten(i32),
    Two(u32),
}

fn parse_suffix(suffix: &str) -> Option<(Scale, Format)> {
    let decimal = |exponent| Some((Scale::Ten(exponent), Format::DecimalSi));
    let binary = |exponent| Some((Scale::Two(exponent), Format::BinarySi));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let exponent: i64 = exponent.parse().ok()?;
            // Beyond this the amount is one of the bounds, whatever the number says.
            let exponent = exponent.clamp(-100_000_000, 100_000_000) as i32;
            Some((Scale::Ten(exponent), Format::DecimalExponent))
        }
    }
}

/// Returns `whole.fraction` scaled, in billionths, rounded up and bounded.
fn scaled(whole: &str, fraction: &str, scale: Scale) -> i128 {
    let (ten, two) = match scale {
        Scale::Ten(exponent) => (exponent, 0),
        Scale::Two(exponent) => (0, exponent),
    };
    // The digits, with the decimal point `point` places from the left.
    let digits = || whole.bytes().chain(fraction.bytes()).map(|digit| i128::from(digit - b'0'));
    let Some(first) = digits().position(|digit| digit != 0) else { return 0 };
    let point = whole.len() as i64 + i64::from(ten);
    let leading = point - first as i64;
    if leading > 20 {
        return MAX_NANOS;
    }
    // Keep 40 digits from the first on: enough for the bounds, few enough for the arithmetic.
    // With a binary suffix every digit behind the point counts for up to 2⁶⁰.
    let mut total: i128 = 0;
    let mut inexact = false;
    let kept_places = if two == 0 { 9 } else { 18 };
    for (position, digit) in digits().enumerate().skip(first) {
        if position as i64 >= point + kept_places {
            inexact |= digit != 0;
            continue;
        }
        total = total.saturating_mul(10).saturating_add(digit);
    }
    let written = whole.len() + fraction.len();
    let missing =
        (point + kept_places) - (written as i64).min(point + kept_places).max(first as i64);
    for _ in 0..missing.max(0) {
        total = total.saturating_mul(10);
    }
    let nanos = if two == 0 {
        total
    } else {
        // From 10⁻¹⁸ to billionths, with the power of two in between.
        let unit = NANOS;
        let (high, low) = (total / unit, total % unit);
        let Some(high) = high.checked_mul(1 << two) else { return MAX_NANOS };
        let low = low << two;
        inexact |= low % unit != 0;
        high.saturating_add(low / unit)
    };
    nanos.saturating_add(i128::from(inexact)).min(MAX_NANOS)
}

impl fmt::Display for Quantity {
    /// Writes the canonical form: the largest suffix with a whole number before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return write!(f, "0");
        }
        let kibi = 1024 * NANOS;
        if self.format == Format::BinarySi && self.is_integer() && self.nanos.abs() >= kibi {
            let (number, exponent) = reduced(self.nanos / NANOS, 1024, 6);
            return write!(f, "{number}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][exponent]);
        }
        let (number, exponent) = reduced(self.nanos, 1000, 9);
        if self.format == Format::DecimalExponent && exponent != 3 {
            return write!(f, "{number}e{}", 3 * exponent as i32 - 9);
        }
        write!(f, "{number}{}", ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][exponent])
    }
}

/// Returns `number` without its factors `base`, and how many there were.
fn reduced(mut number: i128, base: i128, max: usize) -> (i128, usize) {
    let mut exponent = 0;
    while exponent < max && number % base == 0 {
        number /= base;
        exponent += 1;
    }
    (number, exponent)
}

#[cfg(test)]
mod tests {
    use super::{Quantity, QuantityError};

    #[track_caller]
    fn check(text: &str, canonical: &str, value: i64, millis: i64) {
        let quantity: Quantity = text.parse().expect("it is a quantity");
        assert_eq!(
            (quantity.to_string().as_str(), quantity.value(), quantity.millis()),
            (canonical, value, millis),
            "{text}"
        );
    }

    #[test]
    fn exact_amounts() {
        check("0", "0", 0, 0);
        check("-0", "0", 0, 0);
        check("0.000", "0", 0, 0);
        check("1", "1", 1, 1_000);
        check("+7", "7", 7, 7_000);
        check("-3", "-3", -3, -3_000);
        check("250m", "250m", 1, 250);
        check(".25", "250m", 1, 250);
        check("2.", "2", 2, 2_000);
        check("3000m", "3", 3, 3_000);
        check("1500", "1500", 1_500, 1_500_000);
        check("20000", "20k", 20_000, 20_000_000);
        check("2e3", "2e3", 2_000, 2_000_000);
        check("2E3", "2e3", 2_000, 2_000_000);
        check("25e-1", "2500e-3", 3, 2_500);
        check("2E", "2E", 2_000_000_000_000_000_000, i64::MAX);
        check("1Ki", "1Ki", 1_024, 1_024_000);
        check("1.5Gi", "1536Mi", 1_610_612_736, 1_610_612_736_000);
        check("0.1Ki", "102400m", 103, 102_400);
        check("0.5Ki", "512", 512, 512_000);
        check("-1.5", "-1500m", -1, -1_500);
        check("7u", "7u", 1, 1);
    }

    #[test]
    fn bounds() {
        check("0.0000000001", "1n", 1, 1);
        check("1.0000000001", "1000000001n", 2, 1_001);
        check("9Ei", "9223372036854775807", i64::MAX, i64::MAX);
        check(
            "99999999999999999999999999999999999999999999",
            "9223372036854775807",
            i64::MAX,
            i64::MAX,
        );
        check("1e1000000000000", "9223372036854775807", i64::MAX, i64::MAX);
        check("1e-1000000000000", "1e-9", 1, 1);
        check("0e999", "0", 0, 0);
        check(&format!("0.{}1", "0".repeat(10_000)), "1n", 1, 1);
        check(&format!("{}1", "0".repeat(10_000)), "1", 1, 1_000);
    }

    #[test]
    fn what_is_none() {
        for text in ["", "-", ".", "1.2.3", "1 Ki", "1MB", "1,5", "0x10", "ten", "1Ki2x", "١"] {
            assert_eq!(text.parse::<Quantity>(), Err(QuantityError::Format), "{text:?}");
        }
        for text in ["1K", "1ki", "1mi", "1ee3", "1e", "1KiKi", "1M2"] {
            assert_eq!(text.parse::<Quantity>(), Err(QuantityError::Suffix), "{text:?}");
        }
    }

    #[test]
    fn order_and_sums() {
        let quantity = |text: &str| text.parse::<Quantity>().expect("it is a quantity");
        assert!(quantity("1Gi") > quantity("1G"));
        assert_eq!(quantity("1"), quantity("1000m"));
        assert_eq!(quantity("1Gi").plus(quantity("1Gi")).to_string(), "2Gi");
        assert_eq!(quantity("1Gi").divided_by(quantity("1Mi")), 1_024);
        assert_eq!(quantity("250m").divided_by(quantity("0")), 1);
    }
}
