//! A table's cell: escaped text with a style.

use comfy_table::{Attribute, Color};

use crate::output::untrusted::{escape, escape_commands};
use crate::output::width;

/// The placeholder for a value that the service did not return.
const ABSENT: &str = "-";

/// The longest line that comfy-table gets to wrap, in characters: its time grows with the square of the length.
const LONGEST_LINE: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::output) struct Cell {
    text: String,
    attribute: Option<Attribute>,
    /// One of the terminal's first eight colors, which its theme makes readable.
    color: Option<Color>,
}

impl Cell {
    /// Creates a cell with trusted text, which is not escaped.
    pub(in crate::output) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            attribute: None,
            color: None,
        }
    }

    pub(in crate::output) fn or_absent(text: Option<String>) -> Self {
        text.map_or_else(|| Self::new(ABSENT), Self::new)
    }

    /// Creates a cell with an untrusted text, or with [`ABSENT`] in place of `None`.
    pub(in crate::output) fn untrusted(text: Option<&str>) -> Self {
        Self::or_absent(text.map(escape_and_quote))
    }

    /// Creates a cell with untrusted texts, each on its own line, or with [`ABSENT`] in place of an empty list.
    pub(in crate::output) fn untrusted_lines(texts: &[String]) -> Self {
        let lines: Vec<_> = texts.iter().map(|text| escape_and_quote(text)).collect();
        Self::or_absent((!lines.is_empty()).then(|| lines.join("\n")))
    }

    pub(in crate::output) fn bold(self) -> Self {
        let attribute = Some(Attribute::Bold);
        Self { attribute, ..self }
    }

    pub(in crate::output) fn dim(self) -> Self {
        let attribute = Some(Attribute::Dim);
        Self { attribute, ..self }
    }

    pub(in crate::output) fn colored(self, color: Color) -> Self {
        let color = Some(color);
        Self { color, ..self }
    }

    pub(in crate::output) fn width(&self) -> usize {
        let widths = self.text.split('\n').map(width::width);
        widths.max().unwrap_or(0)
    }

    /// The width, or `least` if the cell is narrower or a line of it may be broken. No text has more columns than
    /// bytes.
    pub(in crate::output) fn width_at_least(&self, least: usize) -> usize {
        if self.text.len() <= least || self.text.len() > LONGEST_LINE {
            return least;
        }
        self.width().max(least)
    }

    /// Cuts each line to a width of `most` characters.
    pub(in crate::output) fn cut(mut self, most: usize, is_utf8: bool) -> Self {
        if self.text.len() > most {
            let lines = self.text.split('\n');
            let lines: Vec<_> = lines.map(|line| width::cut(line, most, is_utf8)).collect();
            self.text = lines.join("\n");
        }
        self
    }

    /// Breaks lines that are too long to be wrapped.
    pub(in crate::output) fn broken(mut self) -> Self {
        if self.text.len() > LONGEST_LINE {
            let mut broken = String::with_capacity(self.text.len() + 64);
            let mut length = 0;
            for character in self.text.chars() {
                length = if character == '\n' { 0 } else { length + 1 };
                if length > LONGEST_LINE {
                    length = 1;
                    broken.push('\n');
                }
                broken.push(character);
            }
            self.text = broken;
        }
        self
    }

    pub(in crate::output) fn into_comfy(self) -> comfy_table::Cell {
        let mut cell = comfy_table::Cell::new_owned(self.text);
        if let Some(attribute) = self.attribute {
            cell = cell.add_attribute(attribute);
        }
        if let Some(color) = self.color {
            cell = cell.fg(color);
        }
        cell
    }
}

/// Escapes an untrusted text, and quotes one that is empty, equals [`ABSENT`] or starts with a quotation mark.
fn escape_and_quote(text: &str) -> String {
    let mut text = escape(text);
    if text.is_empty() || text == ABSENT || text.starts_with('"') {
        text = format!("\"{text}\"").into();
    }
    escape_commands(&text).into_owned()
}
