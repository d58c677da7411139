//! A table's cell: untrusted text, escaped, with a style.

use comfy_table::{Attribute, Color};
use unicode_width::UnicodeWidthStr;

use crate::output::untrusted::escape;

/// Shown where the service gave nothing.
pub(super) const ABSENT: &str = "-";

/// How a cell looks where there is color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Style {
    #[default]
    Plain,
    Attribute(Attribute),
    /// One of the terminal's own first eight colors, which its theme makes readable.
    Color(Color),
}

/// Text in a table, on one line or several.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    lines: Vec<String>,
    style: Style,
}

impl Cell {
    /// Text of this program.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            lines: vec![text.into()],
            style: Style::Plain,
        }
    }

    /// Untrusted text; [`ABSENT`] if it is empty.
    pub(super) fn untrusted(text: &str) -> Self {
        let text = crate::output::untrusted::escape_commands(text);
        Self::untrusted_lines([&*text].into_iter().filter(|text| !text.is_empty()))
    }

    /// Untrusted texts, each on its own line; [`ABSENT`] if there are none.
    pub(super) fn untrusted_lines<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let lines: Vec<String> = texts.map(|text| escape(text).into_owned()).collect();
        if lines.is_empty() {
            return Self::new(ABSENT);
        }
        Self {
            lines,
            style: Style::Plain,
        }
    }

    pub(super) fn bold(self) -> Self {
        let style = Style::Attribute(Attribute::Bold);
        Self { style, ..self }
    }

    pub(super) fn dim(self) -> Self {
        let style = Style::Attribute(Attribute::Dim);
        Self { style, ..self }
    }

    pub(super) fn colored(self, color: Color) -> Self {
        let style = Style::Color(color);
        Self { style, ..self }
    }

    /// The columns that it takes unbroken.
    pub(super) fn width(&self) -> usize {
        let widths = self.lines.iter().map(|line| width(line));
        widths.max().unwrap_or(0)
    }

    /// Whether it shows the same text.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.lines == other.lines
    }

    /// Only what follows the last space.
    pub(super) fn last_word(mut self) -> Self {
        for line in &mut self.lines {
            *line = line.rsplit(' ').next().unwrap_or_default().to_owned();
        }
        self
    }

    /// Its lines, each cut to so many columns.
    pub(super) fn cut(mut self, most: usize, is_utf8: bool) -> Self {
        for line in self.lines.iter_mut().filter(|line| width(line) > most) {
            while width(line) >= most {
                line.pop();
            }
            line.push(if is_utf8 { '…' } else { '~' });
        }
        self
    }

    pub(super) fn is_absent(&self) -> bool {
        self.lines == [ABSENT]
    }

    pub(super) fn ends_with(&self, suffix: &str) -> bool {
        self.lines.iter().all(|line| line.ends_with(suffix))
    }

    /// How many lines it takes in a column of this width.
    pub(super) fn height_at(&self, column: usize) -> usize {
        let heights = self
            .lines
            .iter()
            .map(|line| width(line).div_ceil(column.max(1)).max(1));
        heights.sum()
    }

    /// The cell as comfy-table draws it. `most` bounds the characters of a line: the time to wrap a
    /// line is as the square of its length.
    pub(super) fn to_comfy(&self, most: usize, is_cut: bool) -> comfy_table::Cell {
        let lines: Vec<String> = self
            .lines
            .iter()
            .map(|line| bound(line, most, is_cut))
            .collect();
        let cell = comfy_table::Cell::new_owned(lines.join("\n"));
        match self.style {
            Style::Plain => cell,
            Style::Attribute(attribute) => cell.add_attribute(attribute),
            Style::Color(color) => cell.fg(color),
        }
    }
}

/// Cuts or breaks a line that has more characters.
fn bound(line: &str, most: usize, is_cut: bool) -> String {
    if line.len() <= most {
        return line.to_owned();
    }
    if is_cut {
        return line.chars().take(most).collect();
    }
    let mut broken = String::with_capacity(line.len() + line.len() / most);
    for (at, character) in line.chars().enumerate() {
        if at > 0 && at % most == 0 {
            broken.push('\n');
        }
        broken.push(character);
    }
    broken
}

/// The columns that a line takes.
pub(in crate::output) fn width(line: &str) -> usize {
    if line.is_ascii() {
        return line.len();
    }
    line.width()
}
