//! Draws rows with comfy-table, in columns of given widths.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, Width, presets};

use super::cell::Cell;
use crate::output::untrusted::escape_commands;

/// Spaces between two columns.
pub(super) const GAP: usize = 2;

/// How rows are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawing<'a> {
    /// The columns' widths.
    pub(super) widths: &'a [usize],
    /// The columns in which a text that is too wide is cut, with `…` at its end. In the others, and
    /// in all if there are none, a cell is wrapped.
    pub(super) cut: &'a [bool],
    pub(super) is_utf8: bool,
    pub(super) color: bool,
}

impl Drawing<'_> {
    /// Writes rows, without spaces at the ends of their lines.
    pub(super) fn write<'r>(
        &self,
        out: &mut dyn Write,
        rows: impl Iterator<Item = &'r Vec<Cell>>,
    ) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::MAX);
        table.set_truncation_indicator(if self.is_utf8 { "…" } else { "~" });
        if self.color {
            // Whether there is color was decided before, also against NO_COLOR.
            crossterm::style::force_color_output(true);
            table.enforce_styling();
            table.style_text_only();
        } else {
            table.force_no_tty();
        }
        for row in rows {
            table.add_row(self.row(row));
        }
        self.set_widths(&mut table);
        for line in table.lines() {
            writeln!(out, "{}", escape_commands(line.trim_end()))?;
        }
        Ok(())
    }

    fn row(&self, cells: &[Cell]) -> Row {
        let mut height = 1;
        let mut drawn = Vec::with_capacity(cells.len());
        for (at, (cell, width)) in cells.iter().zip(self.widths).enumerate() {
            let is_cut = self.is_cut(at);
            // Combining characters have no width.
            let most = if is_cut { 4 * width + 64 } else { 4096 };
            drawn.push(cell.to_comfy(most, is_cut));
            if !is_cut {
                height = height.max(cell.height_at(*width));
            }
        }
        let mut row = Row::from(drawn);
        if self.cut.contains(&true) {
            row.max_height(height);
        }
        row
    }

    fn is_cut(&self, at: usize) -> bool {
        self.cut.get(at).copied().unwrap_or_default()
    }

    fn set_widths(&self, table: &mut Table) {
        for (at, width) in self.widths.iter().enumerate() {
            let gap = if at + 1 == self.widths.len() { 0 } else { GAP };
            let width = u16::try_from((*width).max(1) + gap).unwrap_or(u16::MAX);
            if let Some(column) = table.column_mut(at) {
                column.set_padding((0, u16::try_from(gap).unwrap_or_default()));
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfy_table::Color;

    fn drawn(cells: &[Cell], widths: &[usize], cut: &[bool], color: bool) -> String {
        let mut out = Vec::new();
        let drawing = Drawing {
            widths,
            cut,
            is_utf8: true,
            color,
        };
        let rows = [cells.to_vec()];
        drawing.write(&mut out, rows.iter()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_cell_that_is_too_wide_is_cut_or_wrapped() {
        let cells = ["abcdef", "x"].map(Cell::new);
        assert_eq!(drawn(&cells, &[6, 1], &[true], false), "abcdef  x\n");
        assert_eq!(drawn(&cells, &[4, 1], &[true], false), "abc…  x\n");
        assert_eq!(drawn(&cells, &[4, 1], &[], false), "abcd  x\nef\n");
        let addresses = Cell::untrusted_lines(["192.0.2.1", "192.0.2.2"].into_iter());
        let cells = [Cell::new("x"), addresses];
        assert_eq!(
            drawn(&cells, &[1, 9], &[true], false),
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
            drawn(&cells, &[3, 1, 1], &[true], true),
            "\u{1b}[1ma\u{1b}[0m    \u{1b}[38;5;2mb\u{1b}[39m  c\n"
        );
    }

    #[test]
    fn a_log_command_of_a_ci_system_is_escaped() {
        for text in ["::error::x", "##[error]x", "##vso[task.x]"] {
            let line = drawn(&[Cell::new(text)], &[30], &[], false);
            assert!(!line.starts_with("::") && !line.contains("##"), "{line}");
        }
    }
}
