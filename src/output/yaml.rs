//! `yaml`: as the AWS CLI v2 prints it: block style, names sorted, strings plain where they can be.
//!
//! The AWS CLI takes ruamel.yaml's safe emitter for it. Other than that one, this does not fold long
//! lines, and quotes what a YAML 1.1 reader would take for another kind than text.

use std::fmt::Write as _;
use std::io;

use serde_json::{Map, Number, Value};

use super::documents::{Document, Schema};
use super::query::{Found, Results};
use super::untrusted::is_unsafe;
use super::{Cardinality, Out, PrintError, Printer, RenderOptions, Timestamps};

pub(super) struct Renderer;

impl super::Renderer for Renderer {
    fn documents<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Printer + 'a> {
        match page.cardinality {
            Cardinality::List => Box::new(List {
                out,
                schema: page.schema,
                timestamps: page.notation(),
                is_open: false,
            }),
            Cardinality::One | Cardinality::Many => Box::new(Documents::new(page, out)),
        }
    }

    fn results<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Results + 'a> {
        Box::new(Documents::new(page, out))
    }
}

/// One document after another, with a line `---` between them.
struct Documents<'a> {
    out: Out<'a>,
    timestamps: Timestamps,
    is_first: bool,
}

impl<'a> Documents<'a> {
    fn new(page: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            timestamps: page.notation(),
            is_first: true,
        }
    }

    fn write(&mut self, value: &Value) -> io::Result<()> {
        if !std::mem::take(&mut self.is_first) {
            self.out.write_all(b"---\n")?;
        }
        self.out.write_all(document(value).as_bytes())
    }
}

impl Printer for Documents<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let document = document.to_wrapped_json(self.timestamps)?;
        Ok(self.write(&document)?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

impl Results for Documents<'_> {
    fn print(&mut self, found: &Found) -> Result<(), PrintError> {
        Ok(self.write(&found.value)?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

/// A list as one document, written as the items come.
struct List<'a> {
    out: Out<'a>,
    schema: &'static Schema,
    timestamps: Timestamps,
    is_open: bool,
}

impl Printer for List<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if !self.is_open {
            writeln!(self.out, "{}:", self.schema.plural)?;
            self.is_open = true;
        }
        let item = Value::Array(vec![Value::Object(document.to_json(self.timestamps)?)]);
        let mut text = String::new();
        write_block(&mut text, &item, 0);
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if !self.is_open {
            writeln!(self.out, "{}: []", self.schema.plural)?;
        }
        Ok(self.out.flush()?)
    }

    /// A last item that is not closed: a reader of the document fails, as one of JSON does.
    fn abort(&mut self) -> Result<(), PrintError> {
        if self.is_open {
            self.out.write_all(b"- [\n")?;
        }
        Ok(self.out.flush()?)
    }
}

/// A value as a document.
fn document(value: &Value) -> String {
    let mut text = String::new();
    if is_block(value) {
        write_block(&mut text, value, 0);
    } else {
        write_scalar(&mut text, value);
        text.push('\n');
        // A plain text alone has no end but this mark.
        if !matches!(value, Value::Array(_) | Value::Object(_)) && !text.starts_with(['"', '\'']) {
            text.push_str("...\n");
        }
    }
    text
}

/// Whether a value takes lines of its own.
fn is_block(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}

/// Writes a list or an object that is not empty. The first line is not indented: it stands where the
/// value begins.
fn write_block(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    push_blanks(text, indent);
                }
                text.push_str("- ");
                if is_block(item) {
                    write_block(text, item, indent + 2);
                } else {
                    write_scalar(text, item);
                    text.push('\n');
                }
            }
        }
        Value::Object(members) => write_members(text, members, indent),
        scalar => write_scalar(text, scalar),
    }
}

fn write_members(text: &mut String, members: &Map<String, Value>, indent: usize) {
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    for (at, (name, value)) in members.into_iter().enumerate() {
        if at > 0 {
            push_blanks(text, indent);
        }
        write_name(text, name);
        match value {
            // The items of a list stand below its name, without more indentation.
            Value::Array(_) if is_block(value) => {
                text.push('\n');
                push_blanks(text, indent);
                write_block(text, value, indent);
            }
            Value::Object(_) if is_block(value) => {
                text.push('\n');
                push_blanks(text, indent + 2);
                write_block(text, value, indent + 2);
            }
            scalar => {
                text.push(' ');
                write_scalar(text, scalar);
                text.push('\n');
            }
        }
    }
}

fn push_blanks(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}

/// The longest name that may stand before its value in one line, in characters; YAML 1.2 has 1,024
/// for the name as it is written, and an escape has ten at the most.
const LONGEST_NAME: usize = 100;

fn write_name(text: &mut String, name: &str) {
    if name.chars().count() > LONGEST_NAME {
        text.push_str("? ");
        write_text(text, name);
        // The value follows on its own line.
        text.push('\n');
        let start = text[..text.len() - 1].rfind('\n').map_or(0, |at| at + 1);
        let indent = text[start..].find('?').unwrap_or(0);
        push_blanks(text, indent);
    } else {
        write_text(text, name);
    }
    text.push(':');
}

fn write_scalar(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => write_number(text, value),
        Value::String(value) => write_text(text, value),
        Value::Array(_) => text.push_str("[]"),
        Value::Object(_) => text.push_str("{}"),
    }
}

/// A number; with an exponent it gets a point and a sign, without which YAML 1.1 takes it for text.
fn write_number(text: &mut String, number: &Number) {
    let number = number.to_string();
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else {
        text.push_str(&number);
        return;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) {
        ""
    } else {
        "+"
    };
    let _ = write!(text, "{mantissa}{point}e{sign}{exponent}");
}

fn write_text(text: &mut String, value: &str) {
    if value.contains(is_unsafe) {
        write_escaped(text, value);
    } else if is_plain(value) && !is_taken_for_another_kind(value) {
        text.push_str(value);
    } else {
        text.push('\'');
        text.push_str(&value.replace('\'', "''"));
        text.push('\'');
    }
}

/// A text in double quotation marks (YAML 1.2, 5.7 "Escaped Characters").
fn write_escaped(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            other if is_unsafe(other) => {
                let code = u32::from(other);
                let _ = match code {
                    0..=0xff => write!(text, "\\x{code:02X}"),
                    0x100..=0xffff => write!(text, "\\u{code:04X}"),
                    _ => write!(text, "\\U{code:08X}"),
                };
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Whether a text means itself without quotation marks (YAML 1.2, 7.3.3 "Plain Style").
fn is_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return false;
    };
    let second = characters.next();
    let starts_well = match first {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => false,
        '-' | '?' | ':' => second.is_some_and(|second| second != ' '),
        _ => true,
    };
    starts_well
        && text.trim_matches(' ').len() == text.len()
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
}

/// Whether a plain text could be read as null, a truth value, a number or a time, in YAML 1.1
/// (yaml.org/type) or 1.2 ("Core Schema"). It rather says so once too often.
fn is_taken_for_another_kind(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "~", "null", "true", "false", "yes", "no", "on", "off", "=", "<<", ".nan", ".inf",
    ];
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    if WORDS.contains(&lower.as_str()) || unsigned == ".inf" {
        return true;
    }
    let starts_as_number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !starts_as_number {
        return false;
    }
    let digits: String = unsigned.chars().filter(|c| *c != '_').collect();
    let has_base = |prefix: &str, base: u32| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(base)))
    };
    digits.parse::<f64>().is_ok()
        || has_base("0x", 16)
        || has_base("0o", 8)
        || has_base("0b", 2)
        // 190:20:30 is a number to the base 60 in YAML 1.1.
        || digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.'))
            && digits.contains(':')
        || is_date(text)
}

/// Whether a text starts as a date does: `2026-11-25`.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let is_number = |part: Option<&str>, lengths: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|part| {
            lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    is_number(parts.next(), 4..=4)
        && is_number(parts.next(), 1..=2)
        && parts
            .next()
            .is_some_and(|day| day.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What the AWS CLI's own emitter, ruamel.yaml 0.18 (`YAML(typ="safe")`), writes.
    #[test]
    fn a_document_is_the_one_of_the_aws_cli() {
        for (value, written) in [
            (
                json!({"session": {
                    "username": "alice", "clientIpAddresses": ["192.0.2.1", "2001:db8::1"],
                    "startTime": "2025-01-01T00:00:00Z", "ended": null, "n": 5, "list": [], "map": {},
                }}),
                "session:\n  clientIpAddresses:\n  - 192.0.2.1\n  - 2001:db8::1\n  ended: null\n  \
                 list: []\n  map: {}\n  n: 5\n  startTime: '2025-01-01T00:00:00Z'\n  username: alice\n",
            ),
            (
                json!([{"b": [1, [2, 3]], "a": {"c": true}}]),
                "- a:\n    c: true\n  b:\n  - 1\n  - - 2\n    - 3\n",
            ),
            (json!([]), "[]\n"),
            (json!("alice"), "alice\n...\n"),
            (json!("5"), "'5'\n"),
            (json!(null), "null\n...\n"),
            (json!(1e308), "1.0e+308\n...\n"),
        ] {
            assert_eq!(document(&value), written, "{value}");
        }
    }

    #[test]
    fn a_text_is_plain_unless_it_would_be_read_otherwise() {
        for plain in [
            "alice",
            "bob@example.com",
            "CORP\\alice",
            "Customer support",
            "山田",
            "::1",
            "a:b",
            "a#b",
            "it's",
            "-x",
            "11111111-1111-4111-8111-111111111111",
            "192.0.2.1",
        ] {
            let mut text = String::new();
            write_text(&mut text, plain);
            assert_eq!(text, plain);
        }
        for quoted in [
            "",
            " a",
            "a ",
            "- a",
            "a: b",
            "a #b",
            "a:",
            "#a",
            "@a",
            "=",
            "~",
            "null",
            "Yes",
            "off",
            "5",
            "-1.5",
            "1e3",
            "0x1F",
            "1_000",
            "12:30:00",
            "2025-01-01",
            "2025-01-01T00:00:00Z",
            ".inf",
            "[a]",
            "{a",
            "*a",
            "&a",
            "!a",
            "|",
            ">",
            "%a",
            "`a",
            "\"a\"",
            "---",
            "...",
            ",",
        ] {
            let mut text = String::new();
            write_text(&mut text, quoted);
            assert_eq!(text, format!("'{quoted}'"));
        }
        let mut text = String::new();
        write_text(&mut text, "a\u{1b}[31m\u{202e}\n\"\\");
        assert_eq!(text, "\"a\\x1B[31m\\u202E\\n\\\"\\\\\"");
    }
}
