//! Splits a JMESPath expression into tokens, as `lexer.py` of jmespath.py does.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::python::{Numeric, is_space, parse_integer};

#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) reason: String,
    /// The position of the error in the expression, in bytes; `None` if it has none.
    pub(super) offset: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Identifier(String),
    QuotedIdentifier(String),
    Literal(Value),
    /// Saturated at the bounds of the type.
    Number(i64),
    /// One of [`SYMBOLS`].
    Symbol(&'static str),
    End,
}

/// The symbols, each before its own prefixes, because the first match is taken.
const SYMBOLS: [&str; 24] = [
    "[]", "[?", "[", "]", "(", ")", "{", "}", "||", "|", "&&", "&", "==", "!=", "!", "<=", "<",
    ">=", ">", ".", "*", ",", ":", "@",
];

/// The binding power of a symbol in jmespath.py.
pub(super) fn binding_power(symbol: &str) -> u8 {
    match symbol {
        "|" => 1,
        "||" => 2,
        "&&" => 3,
        "==" | "!=" | "<" | "<=" | ">" | ">=" => 5,
        "[]" => 9,
        "*" => 20,
        "[?" => 21,
        "." => 40,
        "!" => 45,
        "{" => 50,
        "[" => 55,
        "(" => 60,
        _ => 0,
    }
}

impl Token {
    /// Describes the token for a message, without the text of a literal.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Identifier(name) => format!("'{name}'"),
            Self::QuotedIdentifier(_) => "quoted name".to_owned(),
            Self::Literal(_) => "literal".to_owned(),
            Self::Number(number) => format!("number {number}"),
            Self::Symbol(symbol) => format!("'{symbol}'"),
            Self::End => "end".to_owned(),
        }
    }
}

/// Splits an expression into tokens with their offsets; the last one is [`Token::End`].
///
/// # Errors
/// A character does not start a token, or a literal is not closed or not JSON.
pub(super) fn tokenize(expression: &str) -> Result<Vec<(Token, usize)>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let offset = expression.len() - rest.len();
        let (token, length) = first_token(rest).map_err(|reason| SyntaxError {
            reason,
            offset: Some(offset),
        })?;
        rest = &rest[length..];
        let is_end = token == Token::End;
        tokens.push((token, offset));
        if is_end {
            return Ok(tokens);
        }
    }
}

/// Returns the token at the start of the text, and its length in bytes.
fn first_token(text: &str) -> Result<(Token, usize), String> {
    let Some(first) = text.chars().next() else {
        return Ok((Token::End, 0));
    };
    if first.is_ascii_alphabetic() || first == '_' {
        let length = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &text[..length.unwrap_or(text.len())];
        return Ok((Token::Identifier(name.to_owned()), name.len()));
    }
    if matches!(first, '\'' | '`' | '"') {
        let length = quoted_length(text).ok_or_else(|| format!("{first} is not closed"))?;
        return Ok((parse_quoted(&text[..length])?, length));
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let after = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    if after.len() < unsigned.len() {
        let number = &text[..text.len() - after.len()];
        let bound = if first == '-' { i64::MIN } else { i64::MAX };
        return Ok((Token::Number(number.parse().unwrap_or(bound)), number.len()));
    }
    match SYMBOLS.iter().find(|symbol| text.starts_with(**symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None if first == '=' => Err("unexpected '=': equality is '=='".to_owned()),
        None => Err(format!("unexpected '{}'", first.escape_debug())),
    }
}

/// The length of the quoted part at the start of the text, in bytes; `None` if it is not closed.
fn quoted_length(text: &str) -> Option<usize> {
    let mut characters = text.char_indices();
    let (_, mark) = characters.next()?;
    loop {
        match characters.next()? {
            (at, character) if character == mark => return Some(at + 1),
            (_, '\\') => characters.next()?,
            _ => continue,
        };
    }
}

fn parse_quoted(text: &str) -> Result<Token, String> {
    let inner = &text[1..text.len() - 1];
    Ok(match text.as_bytes()[0] {
        b'\'' => Token::Literal(Value::String(inner.replace("\\'", "'"))),
        b'`' => Token::Literal(parse_literal(&inner.replace("\\`", "`"))?),
        _ => Token::QuotedIdentifier(
            serde_json::from_str(text).map_err(|_| "the quoted name is not a JSON string")?,
        ),
    })
}

/// Parses the text between two backticks.
///
/// Text that is not JSON is a string: `` `Active` `` is "Active". The AWS CLI's documentation has many such
/// literals. Source: `_consume_literal` in `lexer.py`.
///
/// # Errors
/// The text is neither JSON nor the content of a string, or its value cannot be represented exactly: Python's
/// JSON has NaN, infinities, and integers of any size.
fn parse_literal(text: &str) -> Result<Value, String> {
    let mut json = String::with_capacity(text.len());
    let mut problem = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(part_length(rest));
        rest = after;
        json.push_str(match part {
            // Python reads it as an integer.
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
        // The remaining errors are numbers such as 1e400, half of a surrogate pair, and deep nesting.
        None => serde_json::from_str(&json)
            .map_err(|_| "the literal has a value that cannot be represented".to_owned()),
    }
}

/// The length of the string, word or other character at the start of the text, in bytes.
fn part_length(text: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    match text.chars().next() {
        Some('"') => quoted_length(text).unwrap_or(text.len()),
        Some(first) if !is_word(first) => first.len_utf8(),
        _ => text.find(|c| !is_word(c)).unwrap_or(text.len()),
    }
}
