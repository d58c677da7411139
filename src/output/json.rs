//! `json`: the API's documents.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::documents::{Document, Schema};
use super::query::{Found, Results};
use super::untrusted::is_unsafe;
use super::{Cardinality, Out, PrintError, Printer, RenderOptions, Terminal, Timestamps};

pub(super) struct JsonRenderer;

impl super::Renderer for JsonRenderer {
    fn documents<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Printer + 'a> {
        match page.cardinality {
            Cardinality::List => Box::new(JsonList::new(page, out)),
            Cardinality::One | Cardinality::Many => Box::new(JsonDocuments::new(page, out)),
        }
    }

    fn results<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Results + 'a> {
        Box::new(JsonDocuments::new(page, out))
    }
}

/// How a JSON document is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// For people.
    Indented,
    /// For programs.
    OneLine,
}

impl Layout {
    fn of(terminal: Terminal) -> Self {
        if terminal.is_terminal {
            Self::Indented
        } else {
            Self::OneLine
        }
    }
}

/// The value in one line, without a line end.
///
/// # Errors
/// The value has no form in JSON.
pub fn one_line(value: &impl Serialize) -> io::Result<String> {
    let mut line = Vec::new();
    write(&mut line, value, Layout::OneLine)?;
    line.pop();
    String::from_utf8(line).map_err(io::Error::other)
}

/// Writes a value and a line end. Characters that a terminal would obey are `\u` escapes, which
/// changes nothing for a program that reads the JSON.
pub(super) fn write(out: &mut dyn Write, value: &impl Serialize, layout: Layout) -> io::Result<()> {
    match layout {
        Layout::Indented => {
            value.serialize(&mut Serializer::with_formatter(
                &mut *out,
                Escaping(PrettyFormatter::with_indent(b"    ")),
            ))?;
        }
        Layout::OneLine => {
            value.serialize(&mut Serializer::with_formatter(
                &mut *out,
                Escaping(CompactFormatter),
            ))?;
        }
    }
    out.write_all(b"\n")
}

/// A formatter that escapes more than JSON must: see [`is_unsafe`].
struct Escaping<F>(F);

macro_rules! forward {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method<W: ?Sized + Write>(&mut self, writer: &mut W, $($argument: $kind),*) -> io::Result<()> {
            self.0.$method(writer, $($argument),*)
        })*
    };
}

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, c)| is_unsafe(*c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + character.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    // PrettyFormatter keeps its state in these.
    forward! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
        write_char_escape(escape: CharEscape);
    }
}

/// One document after another.
struct JsonDocuments<'a> {
    out: Out<'a>,
    timestamps: Timestamps,
    layout: Layout,
}

impl<'a> JsonDocuments<'a> {
    fn new(page: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            timestamps: page.notation(),
            layout: Layout::of(page.terminal),
        }
    }
}

impl Printer for JsonDocuments<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let document = document.to_wrapped_json(self.timestamps)?;
        Ok(write(&mut self.out, &document, self.layout)?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

impl Results for JsonDocuments<'_> {
    fn print(&mut self, found: &Found) -> Result<(), PrintError> {
        Ok(write(&mut self.out, &found.value, self.layout)?)
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

/// A list as one document, `{"sessions":[...]}`, written as the items come.
struct JsonList<'a> {
    out: Out<'a>,
    schema: &'static Schema,
    timestamps: Timestamps,
    layout: Layout,
    /// Whether a person sees the output, and messages between its lines.
    is_terminal: bool,
    state: ListState,
}

/// How far a list's document has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListState {
    /// Nothing is written.
    New,
    /// The document is open, in the middle of a line.
    InLine,
    /// The document is open, at the start of a line.
    AtLineStart,
}

impl<'a> JsonList<'a> {
    fn new(page: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            schema: page.schema,
            timestamps: page.notation(),
            layout: Layout::of(page.terminal),
            is_terminal: page.terminal.is_terminal,
            state: ListState::New,
        }
    }

    fn open(&mut self) -> io::Result<()> {
        self.state = ListState::InLine;
        let name = self.schema.plural;
        match self.layout {
            Layout::OneLine => write!(self.out, "{{\"{name}\":["),
            Layout::Indented => write!(self.out, "{{\n    \"{name}\": ["),
        }
    }

    /// Ends the line of an open document: a line end is white space in JSON.
    fn end_line(&mut self) -> io::Result<()> {
        if self.state == ListState::InLine {
            self.out.write_all(b"\n")?;
            self.state = ListState::AtLineStart;
        }
        self.out.flush()
    }
}

impl Printer for JsonList<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if self.state == ListState::New {
            self.open()?;
        } else {
            self.out.write_all(b",")?;
        }
        self.state = ListState::InLine;
        let mut item = Vec::new();
        write(&mut item, &document.to_json(self.timestamps)?, self.layout)?;
        for line in item.trim_ascii_end().split(|byte| *byte == b'\n') {
            if self.layout == Layout::Indented {
                self.out.write_all(b"\n        ")?;
            }
            self.out.write_all(line)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }

    fn end_line_for_message(&mut self) -> Result<(), PrintError> {
        if self.is_terminal {
            self.end_line()?;
        }
        self.flush()
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        let was_empty = self.state == ListState::New;
        if was_empty {
            self.open()?;
        }
        match (self.layout, self.state) {
            (Layout::Indented, ListState::InLine) if !was_empty => {
                self.out.write_all(b"\n    ]\n}\n")?;
            }
            (Layout::Indented, ListState::AtLineStart) => self.out.write_all(b"    ]\n}\n")?,
            (Layout::Indented, _) => self.out.write_all(b"]\n}\n")?,
            (Layout::OneLine, _) => self.out.write_all(b"]}\n")?,
        }
        self.flush()
    }

    fn abort(&mut self) -> Result<(), PrintError> {
        Ok(self.end_line()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Period, documents};
    use crate::service::documents::Session;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn written(value: &Value, layout: Layout) -> String {
        let mut out = Vec::new();
        write(&mut out, value, layout).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_layouts_are_those_of_json_and_of_the_aws_cli() {
        let value = json!({"a": [1, "x"], "b": {}});
        assert_eq!(
            written(&value, Layout::OneLine),
            "{\"a\":[1,\"x\"],\"b\":{}}\n"
        );
        assert_eq!(
            written(&value, Layout::Indented),
            "{\n    \"a\": [\n        1,\n        \"x\"\n    ],\n    \"b\": {}\n}\n"
        );
    }

    #[test]
    fn what_a_terminal_would_obey_is_a_unicode_escape() {
        assert_eq!(
            written(&json!("\u{1b}\u{9b}\u{202e}\u{e0041}\n"), Layout::OneLine),
            "\"\\u001b\\u009b\\u202e\\udb40\\udc41\\n\"\n"
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
            let run = |end: fn(&mut JsonList<'_>) -> Result<(), PrintError>| {
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
                };
                let mut list = JsonList::new(page, Box::new(&mut out));
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
            for layout in [Layout::OneLine, Layout::Indented] {
                let written = written(&Value::String(text.clone()), layout);
                prop_assert!(!written.trim_end().contains(is_unsafe));
                prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text.clone());
            }
        }
    }
}
