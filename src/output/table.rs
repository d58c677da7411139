//! `table`: what a person asks, fitted to the terminal.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Width, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::untrusted::escape;
use super::{Extent, PrintError, Printer, Timestamps, cells, field, time, time_zone};
use crate::service::model::{self, ArnPart, Document, Shape};

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
        lines(session.list("clientIpAddresses"))
    }),
    column("Started", true, |session, view| {
        view.moment(session, "startTime")
    }),
    column("Ended", false, |session, view| {
        view.moment(session, "endTime")
    }),
    column("Duration", true, duration),
    column("Portal", false, |session, _| {
        arn_part(session, ArnPart::PortalId)
    }),
    column("Region", false, |session, _| {
        arn_part(session, ArnPart::Region)
    }),
];

/// What people see of a portal, in this order.
static PORTAL_COLUMNS: &[Column] = &[
    column("Portal", true, |portal, _| {
        arn_part(portal, ArnPart::PortalId)
    }),
    column("Name", true, |portal, _| text(portal, "displayName")),
    column("Status", true, |portal, _| text(portal, "portalStatus")),
    column("Endpoint", true, |portal, _| text(portal, "portalEndpoint")),
    column("Session limit", true, |portal, _| {
        let limit = portal.number("maxConcurrentSessions");
        plain(&limit.map(ToString::to_string).unwrap_or_default())
    }),
    column("Created", true, |portal, view| {
        view.moment(portal, "creationDate")
    }),
    column("Region", true, |portal, _| {
        arn_part(portal, ArnPart::Region)
    }),
];

/// The columns for documents of this shape. A list's documents have no addresses, so their table
/// has no such column.
fn columns(shape: &'static Shape, extent: Extent) -> Vec<&'static Column> {
    let all = if *shape == model::PORTAL {
        PORTAL_COLUMNS
    } else {
        SESSION_COLUMNS
    };
    let has_addresses = shape.has("clientIpAddresses");
    all.iter()
        .filter(|column| extent == Extent::One || column.in_rows)
        .filter(|column| has_addresses || column.label != "Addresses")
        .collect()
}

/// A cell of untrusted text.
fn plain(content: &str) -> Cell {
    lines([content].into_iter().filter(|text| !text.is_empty()))
}

/// A cell of several untrusted texts, each on a line of its own.
fn lines<'a>(texts: impl Iterator<Item = &'a str>) -> Cell {
    let lines: Vec<_> = texts.map(escape).collect();
    if lines.is_empty() {
        return Cell::new(ABSENT);
    }
    Cell::new(lines.join("\n"))
}

fn text(document: &Document, name: &str) -> Cell {
    plain(document.text(name).unwrap_or_default())
}

/// A part of the portal's ARN; the whole if it is of another form.
fn arn_part(document: &Document, part: ArnPart) -> Cell {
    let whole = document.text("portalArn").unwrap_or_default();
    plain(document.portal_arn(part).unwrap_or(whole))
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

pub(super) struct Table<W> {
    out: W,
    style: Style,
    extent: Extent,
    columns: Vec<&'static Column>,
    view: View,
    rows: Vec<Vec<Cell>>,
    /// The columns' widths, once the first chunk has decided them.
    widths: Option<Vec<u16>>,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, style: Style, extent: Extent, shape: &'static Shape) -> Self {
        Self {
            out,
            style,
            extent,
            columns: columns(shape, extent),
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
        for column in &self.columns {
            let label = Cell::new(column.label).add_attribute(Attribute::Bold);
            table.add_row(vec![label, (column.cell)(document, &self.view)]);
        }
        // The label never wraps; the value gets the rest.
        if let Some(labels) = table.column_mut(0) {
            labels.set_constraint(ColumnConstraint::ContentWidth);
        }
        write_lines(&mut self.out, &table)
    }

    /// A column each, a row a document; the first time under a header.
    fn write_rows(&mut self) -> io::Result<()> {
        let mut table = new_table(self.style);
        if let Some(widths) = &self.widths {
            table.add_rows(self.rows.drain(..));
            let fixed = |width: &u16| ColumnConstraint::Absolute(Width::Fixed(*width));
            table.set_constraints(widths.iter().map(fixed));
            return write_lines(&mut self.out, &table);
        }
        let labels: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.label.to_uppercase())
            .collect();
        let bold = |label: &String| Cell::new(label).add_attribute(Attribute::Bold);
        table.set_header(labels.iter().map(bold));
        table.add_rows(self.rows.drain(..));
        // An ID that is broken over two lines cannot be copied.
        if let Some(ids) = table.column_mut(0) {
            ids.set_constraint(ColumnConstraint::ContentWidth);
        }
        self.widths = Some(laid_out_widths(&table, &labels));
        write_lines(&mut self.out, &table)
    }
}

impl<W: Write> Printer for Table<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if self.extent == Extent::One {
            return Ok(self.write_one(document)?);
        }
        let row = self
            .columns
            .iter()
            .map(|column| (column.cell)(document, &self.view))
            .collect();
        self.rows.push(row);
        if self.rows.len() >= CHUNK {
            self.write_rows()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        if !self.rows.is_empty() {
            self.write_rows()?;
        }
        Ok(self.out.flush()?)
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

/// The widths that the columns were laid out with, padding included, read off where the labels
/// stand in the header: comfy-table does not tell.
fn laid_out_widths(table: &comfy_table::Table, labels: &[String]) -> Vec<u16> {
    let mut plain = table.clone();
    plain.force_no_tty();
    let header = plain.lines().next().unwrap_or_default();
    let mut starts = Vec::with_capacity(labels.len() + 1);
    let mut from = 0;
    for label in labels {
        // A label that is wrapped starts with as much of its first word as fits.
        let first = label.get(..1).unwrap_or_default();
        let start = header[from..].find(first).map_or(from, |at| from + at);
        from = (start + 1).min(header.len());
        while header[from..].starts_with(|c: char| c != ' ') {
            from += 1;
        }
        starts.push(start);
    }
    // The last column's right padding is part of its width.
    starts.push(header.len() + 1);
    starts
        .windows(2)
        .map(|pair| u16::try_from(pair[1].saturating_sub(pair[0])).unwrap_or(u16::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sessions(count: usize) -> Vec<Document> {
        (0..count)
            .map(|number| {
                let id = format!("aaaaaaaa-0000-4000-8000-{number:012}");
                Document::parse(
                    &model::SESSION,
                    json!({"sessionId": id, "status": "Active", "username": "someone@example.com",
                        "clientIpAddresses": ["2001:db8:85a3::8a2e:370:7334"], "startTime": 0}),
                )
                .unwrap()
            })
            .collect()
    }

    fn written(width: Option<u16>, documents: &[Document]) -> String {
        let mut out = Vec::new();
        let style = Style {
            timestamps: Some(Timestamps::Iso),
            width,
            color: false,
        };
        let mut table = Table::new(&mut out, style, Extent::Many, &model::SESSION);
        for document in documents {
            table.print(document).unwrap();
        }
        table.finish().unwrap();
        drop(table);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_long_tables_columns_stay_where_they_are_and_within_the_terminal() {
        for width in [Some(80), Some(100), Some(200), None] {
            let text = written(width, &sessions(2 * CHUNK + 1));
            let starts = |line: &str| line.find("Active");
            let rows: Vec<&str> = text
                .lines()
                .filter(|line| line.contains("Active"))
                .collect();
            assert_eq!(rows.len(), 2 * CHUNK + 1, "{width:?}");
            assert!(
                rows.iter().all(|row| starts(row) == starts(rows[0])),
                "{width:?}"
            );
            let widest = text.lines().map(str::len).max().unwrap();
            assert!(
                widest <= usize::from(width.unwrap_or(u16::MAX)),
                "{width:?}: {widest}"
            );
            assert_eq!(text.matches("SESSION").count(), 1);
            assert_eq!(
                text.matches("aaaaaaaa-0000-4000-8000-000000001000").count(),
                1
            );
        }
    }
}
