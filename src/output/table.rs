//! `table`: what a person asks, fitted to the terminal.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Width, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::untrusted::escape;
use super::{Extent, PrintError, Printer, Timestamps, cells, field, time, time_zone};
use crate::service::model::{self, Document};

/// Rows that are laid out together. A table's columns cannot be as wide as their widest cell
/// before the last row is known; with many sessions the first chunk decides, later cells wrap,
/// and memory stays bounded.
const CHUNK: usize = 500;

/// Shown where the service gave nothing.
const ABSENT: &str = "-";

/// How tables look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// How times are written; `None` is local time.
    pub(super) timestamps: Option<Timestamps>,
    /// Columns of the terminal; `None` is without limit.
    pub(super) width: Option<u16>,
    pub(super) color: bool,
}

/// What cells are made with.
struct View {
    timestamps: Option<Timestamps>,
    zone: TimeZone,
    now: Timestamp,
}

impl View {
    fn moment(&self, session: &Document, name: &str) -> Cell {
        let number = session.number(name);
        plain(&match self.timestamps {
            Some(notation) => cells::moment(number, notation),
            None => number
                .map(|number| time::local(number, &self.zone))
                .unwrap_or_default(),
        })
    }
}

/// A line of the table of one document, and perhaps a column of the table of many.
struct Column {
    label: &'static str,
    /// Whether it is also a column where each document is a row.
    in_rows: bool,
    cell: fn(&Document, &View) -> Cell,
}

const fn column(label: &'static str, in_rows: bool, cell: fn(&Document, &View) -> Cell) -> Column {
    Column {
        label,
        in_rows,
        cell,
    }
}

/// What people see of a session, in this order.
static SESSION_COLUMNS: &[Column] = &[
    column("Session", true, |session, _| text(session, "sessionId")),
    column("Status", true, |session, _| status(session)),
    column("User", true, |session, _| text(session, "username")),
    column("Addresses", true, |session, _| {
        plain(
            &session
                .list("clientIpAddresses")
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }),
    column("Started", true, |session, view| {
        view.moment(session, "startTime")
    }),
    column("Ended", false, |session, view| {
        view.moment(session, "endTime")
    }),
    column("Duration", true, duration),
    column("Portal", false, |session, _| {
        plain(arn_part(session, ArnPart::Portal))
    }),
    column("Region", false, |session, _| {
        plain(arn_part(session, ArnPart::Region))
    }),
];

/// A cell of untrusted text. Line ends between the items of a list are ours, so each line is
/// escaped by itself.
fn plain(content: &str) -> Cell {
    if content.is_empty() {
        return Cell::new(ABSENT);
    }
    Cell::new(content.lines().map(escape).collect::<Vec<_>>().join("\n"))
}

fn text(session: &Document, name: &str) -> Cell {
    // A line end within a text is not ours.
    plain(&escape(session.text(name).unwrap_or_default()))
}

fn status(session: &Document) -> Cell {
    let cell = text(session, "status");
    if model::has_ended(session) {
        cell.add_attribute(Attribute::Dim)
    } else if session.text("status") == Some("Active") {
        cell.fg(Color::Green)
    } else {
        cell
    }
}

fn duration(session: &Document, view: &View) -> Cell {
    let Some(seconds) = field::duration(session, view.now) else {
        return Cell::new(ABSENT);
    };
    let goes_on = session.number("endTime").is_none();
    let still = if goes_on { " so far" } else { "" };
    Cell::new(format!("{}{still}", time::human_duration(seconds)))
}

enum ArnPart {
    Region,
    Portal,
}

/// A part of `arn:PARTITION:workspaces-web:REGION:ACCOUNT:portal/ID`; the whole if it is no ARN.
fn arn_part(session: &Document, part: ArnPart) -> &str {
    let arn = session.text("portalArn").unwrap_or_default();
    let mut parts = arn.splitn(6, ':');
    let (region, resource) = (parts.nth(3), parts.nth(1));
    match (part, region, resource) {
        (ArnPart::Region, region, _) => region.unwrap_or_default(),
        (ArnPart::Portal, _, Some(resource)) => {
            resource.strip_prefix("portal/").unwrap_or(resource)
        }
        (ArnPart::Portal, _, None) => arn,
    }
}

pub(super) struct Table<W> {
    out: W,
    style: Style,
    extent: Extent,
    view: View,
    rows: Vec<Vec<Cell>>,
    /// The columns' widths, once the first chunk has decided them.
    widths: Option<Vec<u16>>,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, style: Style, extent: Extent) -> Self {
        Self {
            out,
            style,
            extent,
            view: View {
                timestamps: style.timestamps,
                zone: time_zone(),
                now: Timestamp::now(),
            },
            rows: Vec::new(),
            widths: None,
        }
    }

    /// Two columns: a line a field.
    fn write_one(&mut self, document: &Document) -> io::Result<()> {
        let mut table = new_table(self.style);
        for column in SESSION_COLUMNS {
            let label = Cell::new(column.label).add_attribute(Attribute::Bold);
            table.add_row(vec![label, (column.cell)(document, &self.view)]);
        }
        // The label never wraps; the value gets the rest.
        if let Some(labels) = table.column_mut(0) {
            labels.set_constraint(ColumnConstraint::ContentWidth);
        }
        write_lines(&mut self.out, &table)
    }

    fn write_rows(&mut self) -> io::Result<()> {
        let mut table = new_table(self.style);
        let columns = || SESSION_COLUMNS.iter().filter(|column| column.in_rows);
        let is_first = self.widths.is_none();
        if is_first {
            table.set_header(columns().map(|column| {
                Cell::new(column.label.to_uppercase()).add_attribute(Attribute::Bold)
            }));
        }
        table.add_rows(self.rows.drain(..));
        if let Some(widths) = &self.widths {
            table.set_constraints(
                widths
                    .iter()
                    .map(|width| ColumnConstraint::Absolute(Width::Fixed(*width))),
            );
        } else {
            // An ID that is broken over two lines cannot be copied.
            if let Some(ids) = table.column_mut(0) {
                ids.set_constraint(ColumnConstraint::ContentWidth);
            }
            self.widths = Some(shown_widths(&table, columns().count()));
        }
        write_lines(&mut self.out, &table)
    }
}

impl<W: Write> Printer for Table<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if self.extent == Extent::One {
            return Ok(self.write_one(document)?);
        }
        let row = SESSION_COLUMNS
            .iter()
            .filter(|column| column.in_rows)
            .map(|column| (column.cell)(document, &self.view))
            .collect();
        self.rows.push(row);
        if self.rows.len() >= CHUNK {
            self.write_rows()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        if !self.rows.is_empty() {
            self.write_rows()?;
        }
        self.out.flush()
    }
}

/// An empty table without lines, fitted to the style's width.
pub(super) fn new_table(style: Style) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING);
    match style.width {
        Some(width) => {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    if style.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

/// Writes the table's lines without the blanks that fill up its last column.
pub(super) fn write_lines(out: &mut dyn Write, table: &comfy_table::Table) -> io::Result<()> {
    for line in table.lines() {
        let line = line.strip_prefix(' ').unwrap_or(&line);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The widths that the columns were laid out with, padding included, read off the widest cells
/// and bounded by what a line has room for.
fn shown_widths(table: &comfy_table::Table, columns: usize) -> Vec<u16> {
    let mut widths = table.column_max_content_widths();
    widths.resize(columns, 1);
    for width in &mut widths {
        *width = width.saturating_add(2);
    }
    widths
}
