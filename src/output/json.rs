//! `json`: the API's documents.

use std::borrow::Cow;
use std::io;

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::documents::Document;
use super::printer::{Out, PrintError, Printer, RenderOptions};
use super::untrusted::{escape_json, is_unsafe};

/// Formats the value as one line of JSON, without a line end.
///
/// # Errors
/// The value cannot be represented in JSON.
pub fn one_line(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(escape_unsafe(serde_json::to_string(value)?))
}

/// Formats the value with the AWS CLI's indentation, without a final line end.
fn indented(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    value.serialize(&mut Serializer::with_formatter(&mut text, formatter))?;
    Ok(escape_unsafe(
        String::from_utf8(text).map_err(serde::ser::Error::custom)?,
    ))
}

/// Escapes characters that a terminal interprets. Apart from the line ends of the indentation, JSON contains them
/// only within strings.
fn escape_unsafe(json: String) -> String {
    let is_escaped = |character| character != '\n' && is_unsafe(character);
    match escape_json(&json, is_escaped) {
        Cow::Borrowed(_) => json,
        Cow::Owned(escaped) => escaped,
    }
}

/// Writes one document after another, or a list as one document, `{"sessions":[...]}`, whose items are written as
/// they arrive.
pub(super) struct JsonPrinter<'a> {
    out: Out<'a>,
    options: RenderOptions,
    list: ListState,
}

/// The state of a list's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListState {
    New,
    /// The document is open, in the middle of a line.
    InLine,
    /// The document is open, at the start of a line.
    AtLineStart,
}

impl<'a> JsonPrinter<'a> {
    pub(super) fn new(options: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            options,
            list: ListState::New,
        }
    }

    /// Whether the output goes to a terminal, where messages may appear between its lines.
    fn is_terminal(&self) -> bool {
        self.options.terminal.is_terminal
    }

    fn to_text(&self, value: &impl Serialize) -> serde_json::Result<String> {
        if self.is_terminal() {
            indented(value)
        } else {
            one_line(value)
        }
    }

    fn open_list(&mut self) -> io::Result<()> {
        self.list = ListState::InLine;
        let name = self.options.schema.plural;
        if self.is_terminal() {
            write!(self.out, "{{\n    \"{name}\": [")
        } else {
            write!(self.out, "{{\"{name}\":[")
        }
    }

    fn print_item(&mut self, document: &Document) -> Result<(), PrintError> {
        let item = document.to_json(self.options.notation())?;
        let item = self.to_text(&item)?;
        if self.list == ListState::New {
            self.open_list()?;
        } else {
            self.out.write_all(b",")?;
        }
        self.list = ListState::InLine;
        let indentation = if self.is_terminal() { "\n        " } else { "" };
        let item = item.replace('\n', indentation);
        Ok(write!(self.out, "{indentation}{item}")?)
    }

    /// Ends the current line of an open list. A line end between items is white space in JSON.
    fn end_line(&mut self) -> Result<(), PrintError> {
        if self.list == ListState::InLine {
            self.out.write_all(b"\n")?;
            self.list = ListState::AtLineStart;
        }
        self.flush()
    }
}

impl Printer for JsonPrinter<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if self.options.is_list() {
            return self.print_item(document);
        }
        let document = document.to_wrapped_json(self.options.notation())?;
        let text = self.to_text(&document)?;
        Ok(writeln!(self.out, "{text}")?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn end_line_for_message(&mut self) -> Result<(), PrintError> {
        if self.is_terminal() {
            self.end_line()?;
        }
        self.flush()
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        if self.options.is_list() {
            if self.list == ListState::New {
                self.open_list()?;
            } else {
                self.end_line_for_message()?;
            }
            self.out.write_all(match self.list {
                _ if !self.is_terminal() => b"]}\n",
                ListState::AtLineStart => b"    ]\n}\n",
                _ => b"]\n}\n",
            })?;
        }
        self.flush()
    }

    fn abort(&mut self) -> Result<(), PrintError> {
        self.end_line()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Cardinality, Period, Terminal, documents};
    use crate::service::documents::Session;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn the_layouts_are_those_of_json_and_of_the_aws_cli() {
        let value = json!({"a": [1, "x"], "b": {}});
        assert_eq!(one_line(&value).unwrap(), r#"{"a":[1,"x"],"b":{}}"#);
        assert_eq!(
            indented(&value).unwrap(),
            "{\n    \"a\": [\n        1,\n        \"x\"\n    ],\n    \"b\": {}\n}"
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_a_unicode_escape() {
        assert_eq!(
            one_line(&"\u{1b}\u{9b}\u{202e}\u{e0041}\n").unwrap(),
            r#""\u001b\u009b\u202e\udb40\udc41\n""#
        );
    }

    #[test]
    fn an_open_list_makes_room_for_a_message_without_a_blank_line_or_a_change_of_its_value() {
        let document = |id: &str| {
            Document::from(Session {
                session_id: Some(id.to_owned()),
                ..Session::default()
            })
        };
        for is_terminal in [true, false] {
            let run = |end: fn(&mut JsonPrinter<'_>) -> Result<(), PrintError>| {
                let mut out = Vec::new();
                let page = RenderOptions {
                    schema: &documents::SESSION,
                    timestamps: None,
                    cardinality: Cardinality::List,
                    terminal: Terminal {
                        is_terminal,
                        width: None,
                        is_utf8: true,
                    },
                    color: false,
                    many_portals: false,
                    portal_names: std::sync::Arc::default(),
                    period: Period::default(),
                    has_query: false,
                    first_line: None,
                };
                let mut list = JsonPrinter::new(page, Box::new(&mut out));
                for id in ["a", "b"] {
                    list.print(&document(id)).unwrap();
                    list.end_line_for_message().unwrap();
                    list.end_line_for_message().unwrap();
                }
                end(&mut list).unwrap();
                drop(list);
                String::from_utf8(out).unwrap()
            };
            let whole = run(|list| list.finish());
            let open = run(|list| list.abort());
            let value: Value = serde_json::from_str(&whole).unwrap();
            assert_eq!(
                value,
                json!({"sessions": [{"sessionId": "a"}, {"sessionId": "b"}]})
            );
            assert!(serde_json::from_str::<Value>(&open).is_err());
            assert!(open.ends_with("}\n"), "{open:?}");
            assert!(
                !open.contains("\n\n") && !whole.contains("\n\n"),
                "{open:?}"
            );
            assert_eq!(open.contains("\n,"), is_terminal, "{open:?}");
        }
    }

    proptest! {
        #[test]
        fn escaping_changes_nothing_for_a_reader(text in any::<String>()) {
            for written in [one_line(&text).unwrap(), indented(&text).unwrap()] {
                prop_assert!(!written.contains(is_unsafe));
                prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
            }
        }
    }
}
