//! Draws rows with comfy-table, in columns of given widths.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, Table, Width, presets};

use super::cell::Cell;
use crate::output::untrusted::escape_commands;

/// The number of spaces between two columns.
pub(in crate::output) const GAP: usize = 2;

/// Writes rows, without spaces at the ends of their lines. A cell that is wider than its column takes
/// several lines.
pub(in crate::output) fn write_rows(
    out: &mut dyn Write,
    rows: impl Iterator<Item = Vec<Cell>>,
    widths: &[usize],
    color: bool,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if color {
        // The caller has already considered NO_COLOR, which comfy-table would apply again.
        crossterm::style::force_color_output(true);
        table.enforce_styling();
        table.style_text_only();
    } else {
        table.force_no_tty();
    }
    for row in rows {
        let cells = row.into_iter().map(Cell::into_comfy);
        table.add_row(cells.collect::<Vec<_>>());
    }
    for (at, width) in widths.iter().enumerate() {
        let gap = if at + 1 == widths.len() { 0 } else { GAP };
        let width = u16::try_from((*width).max(1) + gap).unwrap_or(u16::MAX);
        if let Some(column) = table.column_mut(at) {
            column.set_padding((0, u16::try_from(gap).unwrap_or_default()));
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
    }
    for line in table.lines() {
        writeln!(out, "{}", escape_commands(line.trim_end()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfy_table::Color;

    fn drawn(cells: &[Cell], widths: &[usize], color: bool) -> String {
        let mut out = Vec::new();
        write_rows(&mut out, [cells.to_vec()].into_iter(), widths, color).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_cell_that_is_too_wide_is_wrapped() {
        let cells = ["abcdef", "x"].map(Cell::new);
        assert_eq!(drawn(&cells, &[6, 1], false), "abcdef  x\n");
        assert_eq!(drawn(&cells, &[4, 1], false), "abcd  x\nef\n");
        let addresses = ["192.0.2.1".to_owned(), "192.0.2.2".to_owned()];
        let cells = [Cell::new("x"), Cell::untrusted_lines(&addresses)];
        assert_eq!(
            drawn(&cells, &[1, 9], false),
            "x  192.0.2.1\n   192.0.2.2\n"
        );
    }

    #[test]
    fn only_text_is_colored() {
        let cells = [
            Cell::new("a").bold(),
            Cell::new("b").colored(Color::DarkGreen),
            Cell::new("c"),
        ];
        assert_eq!(
            drawn(&cells, &[3, 1, 1], true),
            "\u{1b}[1ma\u{1b}[0m    \u{1b}[38;5;2mb\u{1b}[39m  c\n"
        );
    }

    #[test]
    fn a_log_command_of_a_ci_system_is_escaped() {
        for text in ["::error::x", "##[error]x", "##vso[task.x]"] {
            let line = drawn(&[Cell::new(text)], &[30], false);
            assert!(!line.starts_with("::") && !line.contains("##"), "{line}");
        }
    }
}
