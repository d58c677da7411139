//! Literals in backticks: JSON with the tolerance of jmespath.py.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::lexer::quoted_length;
use super::python::{Numeric, parse_integer};

/// Parses the text between two backticks.
///
/// Text that is not JSON is a string: `` `Active` `` is "Active". The AWS CLI's documentation has many such
/// literals. Source: `_consume_literal` in `lexer.py`.
///
/// # Errors
/// The text is neither JSON nor the content of a string, or its value cannot be represented exactly: Python's
/// JSON has NaN, infinities, and integers of any size.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut json = String::with_capacity(text.len());
    let mut problem = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(part_length(rest));
        rest = after;
        json.push_str(match part {
            // Python's is an integer.
            "-0" => "0",
            "NaN" | "Infinity" | "-Infinity" => {
                problem = Some(format!("{part} is not a number in JSON"));
                "0"
            }
            part => part,
        });
        let integer = parse_integer(part).map(Numeric::Integer);
        if integer.is_some_and(|integer| integer.to_json().is_err()) {
            problem = Some("an integer has more than 64 bits".to_owned());
        }
    }
    if serde_json::from_str::<IgnoredAny>(&json).is_err() {
        let quoted = format!("\"{}\"", text.trim_start_matches(is_space));
        return serde_json::from_str(&quoted).map_err(|_| "the literal is not JSON".to_owned());
    }
    match problem {
        Some(problem) => Err(problem),
        // What is left are numbers like 1e400, a half of a surrogate pair, and deep nesting.
        None => serde_json::from_str(&json)
            .map_err(|_| "the literal has a value that cannot be represented".to_owned()),
    }
}

/// The length of the string, the word, or the other character that the text starts with, in bytes.
fn part_length(text: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    match text.chars().next() {
        Some('"') => quoted_length(text).unwrap_or(text.len()),
        Some(first) if !is_word(first) => first.len_utf8(),
        _ => text.find(|c| !is_word(c)).unwrap_or(text.len()),
    }
}

/// Whether Python's `str.isspace` accepts the character.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
