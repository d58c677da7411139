//! `json` and `jsonl`: the API's documents.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::untrusted::is_unsafe;
use super::{PrintError, Printer, Terminal, Timestamps, time};
use crate::service::model::{self, Document, Kind, Shape};

/// How a JSON document is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// For people.
    Indented,
    /// For programs.
    OneLine,
}

impl Layout {
    pub(super) fn of(terminal: Terminal) -> Self {
        if terminal.is_terminal {
            Self::Indented
        } else {
            Self::OneLine
        }
    }
}

/// The document's members as JSON, times in the notation asked for.
pub(super) fn value(document: &Document, timestamps: Timestamps) -> Value {
    let mut members = document.members().clone();
    if timestamps == Timestamps::Iso {
        for member in document.shape().members {
            if member.kind == Kind::Time
                && let Some(Value::Number(number)) = members.get(member.name)
            {
                let text = time::iso(number);
                members.insert(member.name.to_owned(), Value::String(text));
            }
        }
    }
    if *document.shape() == model::EVENT {
        members = model::with_session(members);
    }
    Value::Object(members)
}

/// The document as the API page gives it: `{"session": {...}}`. An event says itself what it is.
pub(super) fn wrapped(document: &Document, timestamps: Timestamps) -> Value {
    if *document.shape() == model::EVENT {
        return value(document, timestamps);
    }
    named(document.shape().name, value(document, timestamps))
}

/// `{name: value}`.
pub(super) fn named(name: &str, value: Value) -> Value {
    Value::Object(serde_json::Map::from_iter([(name.to_owned(), value)]))
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

/// `json`: one document after another.
pub(super) struct Documents<W> {
    out: W,
    timestamps: Timestamps,
    layout: Layout,
}

impl<W: Write> Documents<W> {
    pub(super) fn new(out: W, timestamps: Timestamps, layout: Layout) -> Self {
        Self {
            out,
            timestamps,
            layout,
        }
    }
}

impl<W: Write> Printer for Documents<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        write(
            &mut self.out,
            &wrapped(document, self.timestamps),
            self.layout,
        )?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

/// `json` of a list: `{"sessions":[...]}`, written as the items come.
pub(super) struct List<W> {
    out: W,
    shape: &'static Shape,
    timestamps: Timestamps,
    layout: Layout,
    is_open: bool,
}

impl<W: Write> List<W> {
    pub(super) fn new(
        out: W,
        shape: &'static Shape,
        timestamps: Timestamps,
        layout: Layout,
    ) -> Self {
        Self {
            out,
            shape,
            timestamps,
            layout,
            is_open: false,
        }
    }

    fn open(&mut self) -> io::Result<()> {
        self.is_open = true;
        let name = self.shape.plural;
        match self.layout {
            Layout::OneLine => write!(self.out, "{{\"{name}\":["),
            Layout::Indented => write!(self.out, "{{\n    \"{name}\": ["),
        }
    }
}

impl<W: Write> Printer for List<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if self.is_open {
            self.out.write_all(b",")?;
        } else {
            self.open()?;
        }
        let mut item = Vec::new();
        write(&mut item, &value(document, self.timestamps), self.layout)?;
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

    fn finish(&mut self) -> Result<(), PrintError> {
        let was_empty = !self.is_open;
        if was_empty {
            self.open()?;
        }
        match self.layout {
            Layout::Indented if !was_empty => self.out.write_all(b"\n    ]\n}\n")?,
            Layout::Indented => self.out.write_all(b"]\n}\n")?,
            Layout::OneLine => self.out.write_all(b"]}\n")?,
        }
        Ok(self.out.flush()?)
    }

    fn break_off(&mut self) -> Result<(), PrintError> {
        if self.is_open {
            self.out.write_all(b"\n")?;
        }
        Ok(self.out.flush()?)
    }
}

/// `jsonl`: an object a line, nothing around it.
pub(super) struct Lines<W> {
    out: W,
    timestamps: Timestamps,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W, timestamps: Timestamps) -> Self {
        Self { out, timestamps }
    }
}

impl<W: Write> Printer for Lines<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        write(
            &mut self.out,
            &value(document, self.timestamps),
            Layout::OneLine,
        )?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

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
