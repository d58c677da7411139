//! Values as Python compares and writes them.

use std::cmp::Ordering;
use std::io;

use serde::Serialize;
use serde::ser::Error;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Number, Value};

use super::literal;
use crate::output::untrusted::escape_json;

/// A number. Python's integers are exact, as are comparisons of integers with floats.
#[derive(Debug, Clone, Copy)]
pub(super) enum Numeric {
    Integer(i128),
    Float(f64),
}

impl Numeric {
    pub(super) fn from_json(number: &Number) -> Self {
        match (number.as_i64(), number.as_u64()) {
            (Some(integer), _) => Self::Integer(integer.into()),
            (None, Some(integer)) => Self::Integer(integer.into()),
            (None, None) => Self::Float(number.as_f64().unwrap_or_default()),
        }
    }

    /// The order of the exact values.
    fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one.cmp(&other),
            (Self::Float(one), Self::Float(other)) => {
                one.partial_cmp(&other).unwrap_or(Ordering::Equal)
            }
            (Self::Integer(integer), Self::Float(float)) => compare_exactly(integer, float),
            (Self::Float(float), Self::Integer(integer)) => {
                compare_exactly(integer, float).reverse()
            }
        }
    }

    /// `None` if 64 bits cannot represent the number exactly.
    pub(super) fn to_json(self) -> Option<Number> {
        match self {
            Self::Integer(integer) => Number::from_i128(integer)
                .filter(|_| i64::try_from(integer).is_ok() || u64::try_from(integer).is_ok())
                .or_else(|| exact_float(integer).and_then(Number::from_f64)),
            Self::Float(float) => Number::from_f64(float),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "rounded as by Python")]
    pub(super) fn to_float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "checked"
)]
fn exact_float(integer: i128) -> Option<f64> {
    let float = integer as f64;
    (float as i128 == integer).then_some(float)
}

/// JSON's integers have at most 64 bits here, so a cast that saturates keeps their order.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn compare_exactly(integer: i128, float: f64) -> Ordering {
    let whole = float.trunc() as i128;
    integer
        .cmp(&whole)
        .then(0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
}

/// The order of two numbers or two strings; strings by code points.
pub(super) fn order(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            Numeric::from_json(one).compare(Numeric::from_json(other))
        }
        _ => one.as_str().cmp(&other.as_str()),
    }
}

/// Python's `==`: the order of members does not count, and `True` equals 1.
pub(super) fn equals(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equals(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name).is_some_and(|other| equals(value, other)))
        }
        (Value::String(one), Value::String(other)) => one == other,
        (Value::Null, Value::Null) => true,
        _ => match (as_number(one), as_number(other)) {
            (Some(one), Some(other)) => one.compare(other).is_eq(),
            _ => false,
        },
    }
}

fn as_number(value: &Value) -> Option<Numeric> {
    match value {
        Value::Number(number) => Some(Numeric::from_json(number)),
        Value::Bool(is_true) => Some(Numeric::Integer((*is_true).into())),
        _ => None,
    }
}

/// A value as `json.dumps(value, separators=(",", ":"))` writes it.
pub(super) fn to_json_text(value: &Value) -> serde_json::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Python))?;
    let text = String::from_utf8(text).map_err(serde_json::Error::custom)?;
    Ok(escape_json(text, |character| {
        !matches!(character, ' '..='~')
    }))
}

struct Python;

impl Formatter for Python {
    fn write_f64<W: ?Sized + io::Write>(&mut self, out: &mut W, float: f64) -> io::Result<()> {
        out.write_all(float_text(float).as_bytes())
    }
}

/// Formats a float as Python's `repr` does: `1e+16`, where Rust writes `1e16`.
pub(in crate::output) fn float_text(float: f64) -> String {
    let text = format!("{float:?}");
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
    }
}

/// An integral float as an integer, unless it is too large for one.
#[expect(clippy::cast_possible_truncation, reason = "checked")]
pub(super) fn to_integer(float: f64) -> Numeric {
    if float.abs() < 1e38 {
        Numeric::Integer(float as i128)
    } else {
        Numeric::Float(float)
    }
}

/// Integers are added exactly, up to the first floating-point number.
pub(super) fn sum(numbers: impl Iterator<Item = Numeric>) -> Numeric {
    numbers.fold(Numeric::Integer(0), |sum, number| match (sum, number) {
        (Numeric::Integer(sum), Numeric::Integer(number)) => {
            Numeric::Integer(sum.saturating_add(number))
        }
        (sum, number) => Numeric::Float(sum.to_float() + number.to_float()),
    })
}

/// Python's `sum / count`, which rounds the exact quotient of two integers once.
#[expect(clippy::cast_precision_loss, reason = "rounded as by Python")]
pub(super) fn divide(sum: Numeric, count: usize) -> f64 {
    let Numeric::Integer(integer) = sum else {
        return sum.to_float() / count as f64;
    };
    let count = count as u128;
    // As many binary digits as fit. The last one is 1 if any digit after it is not 0.
    let shift = integer.unsigned_abs().leading_zeros();
    let scaled = integer.unsigned_abs() << (shift % u128::BITS);
    let quotient = (scaled / count) | u128::from(scaled % count != 0);
    let magnitude = quotient as f64 / 2_f64.powi(i32::try_from(shift % u128::BITS).unwrap_or(0));
    if integer < 0 { -magnitude } else { magnitude }
}

/// Parses a string as Python's `int` does, or else as `float` does; `None` if neither accepts it.
///
/// # Errors
///
/// Python reads a number that has no exact form in JSON.
pub(super) fn parse_number(text: &str) -> Result<Option<Numeric>, String> {
    let text = text.trim_matches(literal::is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if ["inf", "infinity", "nan"]
        .iter()
        .any(|name| unsigned.eq_ignore_ascii_case(name))
    {
        return Err("to_number() finds a string that stands for no number of JSON".to_owned());
    }
    if unsigned.chars().any(|c| !c.is_ascii() && c.is_numeric()) {
        return Err("to_number() finds a string with digits that are not ASCII".to_owned());
    }
    let Some(text) = without_underscores(text) else {
        return Ok(None);
    };
    let is_integer = unsigned
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'_');
    if is_integer && !unsigned.is_empty() {
        return match text.parse() {
            Ok(integer) => Ok(Some(Numeric::Integer(integer))),
            Err(_) => Err("to_number() finds a number that is too large".to_owned()),
        };
    }
    let accepts = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    if !text.chars().all(accepts) {
        return Ok(None);
    }
    Ok(text.parse().ok().map(Numeric::Float))
}

/// Python accepts an underscore between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    for (at, _) in text.match_indices('_') {
        if !is_digit(at.checked_sub(1)) || !is_digit(Some(at + 1)) {
            return None;
        }
    }
    Some(text.replace('_', ""))
}
