//! Literals in backticks: JSON with the tolerance of jmespath.py.

use serde::de::IgnoredAny;
use serde_json::Value;

/// Parses the text between two backticks.
///
/// Text that is not JSON is a string: `` `Active` `` is "Active". The AWS CLI's documentation has many such
/// literals. Source: `_consume_literal` in `lexer.py`.
///
/// # Errors
/// The text is neither JSON nor the content of a string, or its value cannot be represented exactly.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let (json, reason) = to_standard_json(text);
    let is_json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    if is_json(&json) {
        return match reason {
            Some(reason) => Err(reason),
            // What is left are numbers like 1e400, a half of a surrogate pair, and deep nesting.
            None => serde_json::from_str(&json)
                .map_err(|_| "the literal has a value that cannot be represented".to_owned()),
        };
    }
    let quoted = format!("\"{}\"", text.trim_start_matches(is_space));
    serde_json::from_str(&quoted).map_err(|_| "the literal is not JSON".to_owned())
}

/// Whether Python's `str.isspace` accepts the character.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// The literal in standard JSON, and the reason if the value that Python reads cannot be represented in it:
/// Python's JSON has NaN and infinities, integers of any size, and an integer -0.
fn to_standard_json(text: &str) -> (String, Option<String>) {
    let (mut json, mut reason) = (String::with_capacity(text.len()), None);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (part, after) = rest.split_at(length);
        rest = after;
        if matches!(part, "NaN" | "Infinity" | "-Infinity") {
            reason = Some(format!("{part} is not a number in JSON"));
        } else if is_inexact_integer(part) {
            reason = Some("an integer has more than 64 bits".to_owned());
        }
        json.push_str(match part {
            "NaN" | "Infinity" | "-Infinity" | "-0" => "0",
            part => part,
        });
    }
    (json, reason)
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '+' | '.')
}

/// The length of the string at the start of the text, with its quotation marks.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Whether the text is an integer that neither 64 bits nor a floating-point number hold exactly.
pub(super) fn is_inexact_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let fits = text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok();
    !fits
        && text
            .parse::<f64>()
            .is_ok_and(|number| format!("{number:.0}") != text)
}
