//! What a query finds, as a table.

use std::io;
use std::mem;

use super::cell::Cell;
use super::draw::Drawing;
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
            held: Held::new(page.is_endless()),
            page,
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
        let header = grid.header.iter().map(|names| {
            let labels = names.iter();
            labels.map(|name| Cell::untrusted(name).bold()).collect()
        });
        let rows = grid.rows.iter().map(|row| {
            let cells = row.iter();
            cells
                .map(|cell| Cell::untrusted_lines(cell.as_deref().into_iter()))
                .collect()
        });
        let rows: Vec<Vec<Cell>> = header.chain(rows).collect();
        if self.widths.is_empty() {
            self.widths = widths(&rows, limit);
        }
        let drawing = Drawing {
            widths: &self.widths,
            cut: &[],
            is_utf8: self.page.terminal.is_utf8,
            color: self.page.color,
        };
        for batch in rows.chunks(FIRST_ROWS) {
            drawing.write(&mut self.out, batch.iter())?;
        }
        Ok(())
    }
}

/// The columns' widths: what they hold, or as much of it as there is room for.
fn widths(rows: &[Vec<Cell>], limit: Option<usize>) -> Vec<usize> {
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
            floor: LEAST,
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
