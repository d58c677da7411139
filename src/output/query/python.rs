//! Compares and formats values as Python does.

use std::cmp::Ordering;
use std::io;
use std::num::IntErrorKind;

use serde::Serialize;
use serde::ser::Error;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Number, Value};

use crate::output::untrusted::escape_json;

const TOO_LARGE: &str = "a number is too large to be represented exactly";

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

    fn compare(self, other: Self) -> Ordering {
        let order = match (self, other) {
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(&other),
            _ => self.parts().partial_cmp(&other.parts()),
        };
        order.unwrap_or(Ordering::Equal)
    }

    /// The integral part and the fraction. Integers have at most 64 bits here, so the saturating cast of a float
    /// keeps its order relative to any integer.
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    fn parts(self) -> (i128, f64) {
        match self {
            Self::Integer(integer) => (integer, 0.0),
            Self::Float(float) => (float.trunc() as i128, float.fract()),
        }
    }

    /// # Errors
    /// The number has no exact form in JSON.
    pub(super) fn to_json(self) -> Result<Value, String> {
        let number = match self {
            Self::Integer(integer) => Number::from_i128(integer),
            Self::Float(float) => Number::from_f64(float),
        };
        number.map(Value::Number).ok_or(TOO_LARGE.to_owned())
    }

    #[expect(clippy::cast_precision_loss, reason = "rounded as by Python")]
    fn to_float(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Float(float) => float,
        }
    }

    pub(super) fn abs(self) -> Self {
        match self {
            Self::Integer(integer) => Self::Integer(integer.abs()),
            Self::Float(float) => Self::Float(float.abs()),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    pub(super) fn round(self, round: fn(f64) -> f64) -> Self {
        match self {
            Self::Integer(_) => self,
            Self::Float(float) => Self::Integer(round(float) as i128),
        }
    }

    /// Divides as Python's `/` does. An integer that a float may not represent exactly is rejected: Python rounds
    /// only the quotient, but this function would round the dividend, too.
    #[expect(clippy::cast_precision_loss, reason = "checked")]
    pub(super) fn divide(self, divisor: usize) -> Result<Value, String> {
        match self {
            Self::Integer(integer) if integer.unsigned_abs() > 1 << f64::MANTISSA_DIGITS => {
                Err(TOO_LARGE.to_owned())
            }
            dividend => Self::Float(dividend.to_float() / divisor as f64).to_json(),
        }
    }
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
        _ => match (as_number(one), as_number(other)) {
            (Some(one), Some(other)) => one.compare(other).is_eq(),
            _ => one == other,
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

/// Formats a value as `json.dumps(value, separators=(",", ":"))` does.
pub(super) fn to_json_text(value: &Value) -> serde_json::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Python))?;
    let text = String::from_utf8(text).map_err(serde_json::Error::custom)?;
    Ok(escape_json(&text, |character| !matches!(character, ' '..='~')).into_owned())
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

/// Adds integers exactly, up to the first floating-point number.
pub(super) fn sum(numbers: impl Iterator<Item = Numeric>) -> Numeric {
    numbers.fold(Numeric::Integer(0), |sum, number| match (sum, number) {
        (Numeric::Integer(sum), Numeric::Integer(number)) => {
            Numeric::Integer(sum.saturating_add(number))
        }
        (sum, number) => Numeric::Float(sum.to_float() + number.to_float()),
    })
}

/// Parses an integer. If it does not fit the type, returns the maximum of the type, whatever its sign: both values
/// are too large for JSON.
pub(super) fn parse_integer(text: &str) -> Option<i128> {
    match text.parse::<i128>() {
        Ok(integer) => Some(integer),
        Err(error) => {
            let is_overflow =
                [IntErrorKind::PosOverflow, IntErrorKind::NegOverflow].contains(error.kind());
            is_overflow.then_some(i128::MAX)
        }
    }
}

/// Parses a string as Python's `int` does, or else as `float` does; `None` if neither accepts it. Python also
/// accepts an underscore between two digits.
///
/// # Errors
/// Python accepts the string, but it has digits that are not ASCII, or names an infinity or NaN.
pub(super) fn parse_number(text: &str) -> Result<Option<Numeric>, String> {
    let text = text.trim_matches(is_space);
    if text.chars().any(|c| !c.is_ascii() && c.is_numeric()) {
        return Err("to_number() finds a string with digits that are not ASCII".to_owned());
    }
    let parts: Vec<&str> = text.split('_').collect();
    let is_digit = |c: char| c.is_ascii_digit();
    let is_separator = |pair: &[&str]| pair[0].ends_with(is_digit) && pair[1].starts_with(is_digit);
    if !parts.windows(2).all(is_separator) {
        return Ok(None);
    }
    let text = parts.concat();
    if let Some(integer) = parse_integer(&text) {
        return Ok(Some(Numeric::Integer(integer)));
    }
    match text.parse::<f64>() {
        // A number that is too large has digits, unlike `inf` and `nan`.
        Ok(float) if !float.is_finite() && !text.contains(is_digit) => {
            Err("to_number() finds a string that stands for no number of JSON".to_owned())
        }
        float => Ok(float.ok().map(Numeric::Float)),
    }
}

/// Whether Python's `str.isspace` accepts the character.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
