//! `yaml`: the format of the AWS CLI v2, in block style, with sorted names and with plain strings where possible.
//!
//! serde-saphyr 2.2 writes bidirectional controls and `+_` (a number to ruamel.yaml) unescaped, and quotes
//! IPv4 addresses, which the AWS CLI does not; yaml_serde 0.10, serde_yaml_ng 0.10 and serde_norway 0.9
//! write `1:30` and `<<` unquoted.

use std::fmt::Write as _;

use serde_json::{Number, Value};

use super::documents::Document;
use super::printer::{Out, PrintError, Printer, RenderOptions};
use super::untrusted::{is_unsafe, replace_characters};

/// Writes one document after another with a line `---` between them, or a list as one document, whose items are
/// written as they arrive.
pub(super) struct YamlPrinter<'a> {
    out: Out<'a>,
    options: RenderOptions,
    /// Whether nothing is written yet.
    is_new: bool,
}

impl<'a> YamlPrinter<'a> {
    pub(super) fn new(options: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            options,
            is_new: true,
        }
    }
}

impl Printer for YamlPrinter<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let is_new = std::mem::take(&mut self.is_new);
        let timestamps = self.options.notation();
        if self.options.is_list() {
            if is_new {
                writeln!(self.out, "{}:", self.options.schema.plural)?;
            }
            let item = document.to_json(timestamps)?.into_owned();
            let mut text = String::new();
            write_value(&mut text, &Value::Array(vec![item]), 0);
            return Ok(self.out.write_all(text.as_bytes())?);
        }
        if !is_new {
            self.out.write_all(b"---\n")?;
        }
        let document = document.to_wrapped_json(timestamps)?;
        Ok(self.out.write_all(to_document(&document).as_bytes())?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if self.options.is_list() && self.is_new {
            writeln!(self.out, "{}: []", self.options.schema.plural)?;
        }
        self.flush()
    }

    /// Writes an unclosed last item, so that a parser of the document fails, as with an unclosed JSON
    /// document.
    fn abort(&mut self) -> Result<(), PrintError> {
        if self.options.is_list() && !self.is_new {
            self.out.write_all(b"- [\n")?;
        }
        self.flush()
    }
}

fn to_document(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, 0);
    // The AWS CLI marks the end of a document that is a plain scalar.
    let is_scalar = !matches!(value, Value::Array(_) | Value::Object(_));
    if is_scalar && !text.starts_with(['"', '\'']) {
        text.push_str("...\n");
    }
    text
}

/// Writes a value and the end of its last line. The first line continues the current line, so it is not indented.
fn write_value(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                push_blanks(text, if at > 0 { indent } else { 0 });
                text.push_str("- ");
                write_value(text, item, indent + 2);
            }
            return;
        }
        Value::Object(members) if !members.is_empty() => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (at, (name, value)) in members.into_iter().enumerate() {
                push_blanks(text, if at > 0 { indent } else { 0 });
                write_member(text, name, value, indent);
            }
            return;
        }
        Value::String(value) => write_text(text, value),
        Value::Number(value) => write_number(text, value),
        other => text.push_str(&other.to_string()),
    }
    text.push('\n');
}

fn write_member(text: &mut String, name: &str, value: &Value, indent: usize) {
    if name.chars().count() > LONGEST_NAME {
        text.push_str("? ");
        write_text(text, name);
        text.push('\n');
        push_blanks(text, indent);
    } else {
        write_text(text, name);
    }
    text.push(':');
    // The items of a list have the indentation of its name.
    let block_indent = match value {
        Value::Array(items) if !items.is_empty() => indent,
        Value::Object(members) if !members.is_empty() => indent + 2,
        scalar => {
            text.push(' ');
            return write_value(text, scalar, indent);
        }
    };
    text.push('\n');
    push_blanks(text, block_indent);
    write_value(text, value, block_indent);
}

fn push_blanks(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}

/// The longest name, in characters, that is written as a simple key. YAML 1.2 allows 1,024 characters
/// including escapes, and an escape has at most ten.
const LONGEST_NAME: usize = 100;

/// Writes a number. A number with an exponent gets a decimal point and a sign, because YAML 1.1 reads it as a
/// string without them.
fn write_number(text: &mut String, number: &Number) {
    let number = number.to_string();
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else {
        return text.push_str(&number);
    };
    text.push_str(mantissa);
    text.push_str(if mantissa.contains('.') { "e" } else { ".0e" });
    text.push_str(if exponent.starts_with(['+', '-']) {
        ""
    } else {
        "+"
    });
    text.push_str(exponent);
}

fn write_text(text: &mut String, value: &str) {
    if value.contains(needs_escape) {
        let is_escaped = |c| needs_escape(c) || matches!(c, '"' | '\\');
        let escaped = replace_characters(value, is_escaped, write_escape);
        let _ = write!(text, "\"{escaped}\"");
    } else if is_plain(value) && !is_taken_for_another_type(value) {
        text.push_str(value);
    } else {
        let _ = write!(text, "'{}'", value.replace('\'', "''"));
    }
}

/// Whether a character must be escaped: it is not printable (YAML 1.2, 5.1 "Character Set"), or a terminal
/// interprets it.
fn needs_escape(character: char) -> bool {
    is_unsafe(character) || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Writes a character of a text in double quotation marks (YAML 1.2, 5.7 "Escaped Characters").
fn write_escape(text: &mut String, character: char) {
    let code = u32::from(character);
    let _ = match character {
        '"' | '\\' => write!(text, "\\{character}"),
        '\n' => write!(text, "\\n"),
        '\r' => write!(text, "\\r"),
        '\t' => write!(text, "\\t"),
        '\0'..='\u{ff}' => write!(text, "\\x{code:02X}"),
        '\0'..='\u{ffff}' => write!(text, "\\u{code:04X}"),
        _ => write!(text, "\\U{code:08X}"),
    };
}

/// Whether a text needs no quotation marks (YAML 1.2, 7.3.3 "Plain Style"). Ruby reads a text that starts with
/// a colon as a symbol.
fn is_plain(text: &str) -> bool {
    let starts_well = !text.is_empty()
        && !text.starts_with([
            ' ', '#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`',
            ':',
        ])
        && !matches!(text, "-" | "?")
        && !["- ", "? ", "---", "..."]
            .iter()
            .any(|start| text.starts_with(start));
    starts_well && !text.ends_with([' ', ':']) && !text.contains(": ") && !text.contains(" #")
}

/// Whether a reader could read a plain text as null, a boolean, a number or a time, by YAML 1.1
/// (yaml.org/type), by YAML 1.2 ("Core Schema"), or by the implementations: go-yaml removes underscores, and
/// Ruby commas.
fn is_taken_for_another_type(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<", ".nan", ".inf",
    ];
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.trim_start_matches(['+', '-']);
    if WORDS.contains(&&*lower) || unsigned == ".inf" || is_date(text) {
        return true;
    }
    let digits = unsigned.replace(['_', ','], "");
    let is_of = |characters: &str| digits.chars().all(|c| characters.contains(c));
    digits.parse::<f64>().is_ok()
        || ["0x", "0o", "0b"].iter().any(|base| digits.starts_with(base))
        // ruamel.yaml fails for a text of only signs, underscores and points, because it reads a number.
        || is_of(".")
        // 190:20:30 is a number to the base 60 in YAML 1.1.
        || is_of("0123456789:.") && digits.contains(':')
        || is_exponent(&digits)
}

/// Whether a text is an exponent without digits before it: `e1`. The package `yaml` of npm reads it as NaN.
fn is_exponent(text: &str) -> bool {
    let exponent = text.trim_start_matches('.').strip_prefix('e');
    let exponent = exponent.map(|digits| digits.strip_prefix(['+', '-']).unwrap_or(digits));
    exponent.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a text starts as a date does: `2026-11-25`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&[u8]> = text.as_bytes().splitn(3, |byte| *byte == b'-').collect();
    let [year, month, [day, ..]] = parts[..] else {
        return false;
    };
    let mut digits = year.iter().chain(month).chain([day]);
    year.len() == 4 && (1..=2).contains(&month.len()) && digits.all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// The expected texts are those of the AWS CLI's emitter, ruamel.yaml 0.18 (`YAML(typ="safe")`).
    #[test]
    fn a_document_is_the_one_of_the_aws_cli() {
        for (value, written) in [
            (
                json!({"session": {
                    "username": "alice", "clientIpAddresses": ["192.0.2.1", "2001:db8::1"],
                    "startTime": "2025-01-01T00:00:00Z", "ended": null, "nn": 5, "list": [], "map": {},
                }}),
                "session:\n  clientIpAddresses:\n  - 192.0.2.1\n  - 2001:db8::1\n  ended: null\n  \
                 list: []\n  map: {}\n  nn: 5\n  startTime: '2025-01-01T00:00:00Z'\n  username: alice\n",
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
            assert_eq!(to_document(&value), written, "{value}");
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
            "2001:db8::1",
            "a:b",
            "a#b",
            "it's",
            "-x",
            "11111111-1111-4111-8111-111111111111",
            "192.0.2.1",
            "e",
            "e1a",
            "exe1",
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
            "y",
            "N",
            "::1",
            "+_",
            "._",
            "1,000",
            "0x",
            "5",
            "-1.5",
            "1e3",
            "E9945",
            ".e1",
            "-e+1_0",
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
        write_text(&mut text, "a\u{1b}[31m\u{202e}\u{ffff}\n\"\\");
        assert_eq!(text, "\"a\\x1B[31m\\u202E\\uFFFF\\n\\\"\\\\\"");
    }

    /// Texts of what has a meaning in YAML.
    fn hostile_text() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            "[-+]?[0-9xob_.,:eE+-]{1,8}",
            "[0-9]{1,4}-[0-9]{1,2}-[0-9]{1,2}[ T]?[0-9:]{0,8}",
            "[yYnN]|[yY]es|[nN]o|[oO]n|[oO]ff|[tT]rue|FALSE|[nN]ull|~|<<|=|\\.(inf|NaN)",
            "[ \\t\\n\\r'\"#:,?!&*|>%@`{}\\[\\]-]{1,6}",
            "[\u{7}\u{85}\u{2028}\u{feff}\u{fffe}\u{ffff}\u{202e}\u{200b}é山\u{1f600}]{1,4}",
            any::<String>(),
        ];
        prop::collection::vec(parts, 0..4).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn a_reader_of_yaml_gets_the_same_document(
            texts in prop::collection::vec(hostile_text(), 1..4),
            number in any::<f64>().prop_filter("JSON has only these", |number| number.is_finite()),
        ) {
            let value = json!({"sessions": [{"texts": texts, "one": texts[0], "number": number}], "x": [[], {}]});
            let read: Value = serde_saphyr::from_str(&to_document(&value)).unwrap();
            prop_assert_eq!(&read, &value);
            let name = Value::Object(serde_json::Map::from_iter([(texts[0].clone(), json!({"": [null, true]}))]));
            let written = to_document(&name);
            prop_assert!(!written.replace('\n', "").contains(needs_escape));
            prop_assert_eq!(serde_saphyr::from_str::<Value>(&written).unwrap(), name);
        }
    }
}
