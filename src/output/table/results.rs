//! What a query finds, as a table.

use std::io;
use std::mem;

use super::cell::{ABSENT, Cell, write_row};
use super::layout::{self, Measured};
use crate::output::query::Found;
use crate::output::query::Results;
use crate::output::query::grid::{Grid, Held};
use crate::output::{Out, PrintError, RenderOptions};

/// Rows by which the widths are decided.
const FIRST_ROWS: usize = 500;

/// The narrowest that a column becomes.
const LEAST: usize = 8;

/// Rows under one header.
pub(super) struct Rows<'a> {
    out: Out<'a>,
    page: RenderOptions,
    held: Held,
    /// Rows that are not written yet.
    known: Grid,
    widths: Vec<usize>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(page: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            page,
            held: Held::new(page.is_endless()),
            known: Grid::default(),
            widths: Vec::new(),
        }
    }

    fn write_known(&mut self) -> io::Result<()> {
        let grid = mem::take(&mut self.known);
        self.write(&grid)
    }

    fn write(&mut self, grid: &Grid) -> io::Result<()> {
        if grid.rows.is_empty() {
            return Ok(());
        }
        let limit = self.page.terminal.width.map(usize::from);
        let cells = |row: &Vec<Option<String>>| -> Vec<Cell> {
            row.iter()
                .map(|cell| match cell {
                    None => Cell::new(ABSENT),
                    Some(text) => Cell::untrusted_lines([text.as_str()].into_iter()),
                })
                .collect()
        };
        let header: Option<Vec<Cell>> = grid.header.as_ref().map(|names| {
            let labels = names.iter();
            labels.map(|name| Cell::untrusted(name).bold()).collect()
        });
        let rows: Vec<Vec<Cell>> = grid.rows.iter().map(cells).collect();
        if self.widths.is_empty() || header.is_some() {
            self.widths = widths(header.iter().chain(&rows), limit);
        }
        for row in header.iter().chain(&rows) {
            let more = row.iter().skip(self.widths.len()).map(Cell::width);
            let widths: Vec<usize> = self.widths.iter().copied().chain(more).collect();
            write_row(&mut self.out, row, &widths, limit, self.page.color)?;
        }
        Ok(())
    }
}

/// The columns' widths: what they hold, or as much of it as there is room for.
fn widths<'a>(rows: impl Iterator<Item = &'a Vec<Cell>>, limit: Option<usize>) -> Vec<usize> {
    let mut natural: Vec<usize> = Vec::new();
    for row in rows {
        natural.resize(natural.len().max(row.len()), 0);
        for (widest, cell) in natural.iter_mut().zip(row) {
            *widest = cell.width().max(*widest);
        }
    }
    let measured: Vec<Measured> = natural
        .iter()
        .map(|natural| Measured {
            natural: *natural,
            short: None,
            least: LEAST,
            rank: 0,
            grows: false,
        })
        .collect();
    match layout::fit(&measured, limit, false) {
        Some(fitted) => fitted.iter().map(|column| column.width).collect(),
        None => natural.iter().map(|natural| *natural.min(&LEAST)).collect(),
    }
}

impl Results for Rows<'_> {
    fn print(&mut self, found: &Found) -> Result<(), PrintError> {
        self.held.add(found)?;
        let is_full = self.known.rows.len() >= FIRST_ROWS;
        let grid = self.held.take_known();
        self.known.header = self.known.header.take().or(grid.header);
        self.known.rows.extend(grid.rows);
        if is_full {
            self.write_known()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        self.write_known()?;
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        self.write_known()?;
        let grid = self.held.take_all()?;
        self.write(&grid)?;
        Ok(self.out.flush()?)
    }
}
