//! One document as a table of its own: a line per field. All of it is known at once, so comfy-table lays
//! it out.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::cell::{Cell, GAP};

/// The longest line of a cell, in bytes. A longer one is broken here: the layout takes a time to wrap a
/// line that is as the square of its length.
const LONGEST_LINE: usize = 4096;

/// Writes the rows, each a label and a value. The label never wraps; the value gets the rest of `limit`,
/// the terminal's columns.
pub(super) fn write_block(
    out: &mut dyn Write,
    rows: impl Iterator<Item = (Cell, Cell)>,
    limit: Option<usize>,
    color: bool,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match limit.and_then(|limit| u16::try_from(limit).ok()) {
        Some(limit) => {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(limit);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table.style_text_only();
    if color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for (label, value) in rows {
        table.add_row([label.for_layout(), value.for_layout()]);
    }
    if let Some(labels) = table.column_mut(0) {
        labels.set_constraint(ColumnConstraint::ContentWidth);
        labels.set_padding((0, u16::try_from(GAP).unwrap_or(u16::MAX)));
    }
    if let Some(values) = table.column_mut(1) {
        values.set_padding((0, 0));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The lines of a cell as one text, none of them longer than [`LONGEST_LINE`].
pub(super) fn joined(lines: &[String]) -> String {
    let lines: Vec<Cow<'_, str>> = lines.iter().map(|line| bounded(line)).collect();
    lines.join("\n")
}

fn bounded(line: &str) -> Cow<'_, str> {
    if line.len() <= LONGEST_LINE {
        return line.into();
    }
    let mut broken = String::with_capacity(line.len() + line.len() / LONGEST_LINE);
    for (at, character) in line.chars().enumerate() {
        if at > 0 && at % LONGEST_LINE == 0 {
            broken.push('\n');
        }
        broken.push(character);
    }
    broken.into()
}
