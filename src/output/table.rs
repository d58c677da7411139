//! `table`: what a person asks, fitted to the terminal.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Width, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::untrusted::escape;
use super::{Extent, PrintError, Printer, Timestamps, cells, field, time, time_zone};
use crate::service::model::{self, Document, Kind, Shape};

/// Rows that are laid out together. A table's columns cannot be as wide as their widest cell
/// before the last row is known; with many sessions the first chunk decides, later cells wrap,
/// and memory stays bounded.
const CHUNK: usize = 500;

/// Bytes of the rows that are laid out together: fewer rows, where somebody sends long ones.
const CHUNK_BYTES: usize = 4 << 20;

/// The longest line of a cell, in characters. A longer text is broken here and now: the layout
/// counts columns in 16 bits, and takes a time to wrap a line that is as the square of its length.
const LONGEST_LINE: usize = 4096;

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
    cell: fn(&Document, &View) -> Cell,
    /// How it stands where each document is a row; `None` if it does not.
    in_rows: Option<InRows>,
}

/// A column of a table of many documents.
#[derive(Clone, Copy)]
struct InRows {
    /// The width that it needs to be of use.
    width: u16,
    /// Where a terminal has no room for all columns, the highest rank is left out first; 0 stays.
    rank: u8,
}

impl Column {
    const fn new(label: &'static str, cell: fn(&Document, &View) -> Cell) -> Self {
        Self {
            label,
            cell,
            in_rows: None,
        }
    }

    const fn in_rows(self, width: u16, rank: u8) -> Self {
        Self {
            in_rows: Some(InRows { width, rank }),
            ..self
        }
    }

    fn rank(&self) -> u8 {
        self.in_rows.map_or(0, |in_rows| in_rows.rank)
    }

    fn width(&self) -> u16 {
        self.in_rows.map_or(0, |in_rows| in_rows.width)
    }
}

/// The width of an ID, which is broken over two lines only where nothing else helps: it could not
/// be copied.
const ID: u16 = 36;
/// The width of `2026-11-23 14:02:11 +01:00`.
const MOMENT: u16 = 26;
/// Between two columns.
const GAP: u16 = 2;

/// What people see of a session, in this order.
static SESSION_COLUMNS: &[Column] = &[
    Column::new("Session", |session, _| text(session, "sessionId")).in_rows(ID, 0),
    Column::new("Status", |session, _| status(session)).in_rows(10, 0),
    Column::new("User", |session, _| text(session, "username")).in_rows(16, 0),
    Column::new("Addresses", |session, _| {
        lines(session.list("clientIpAddresses"))
    })
    .in_rows(15, 3),
    Column::new("Started", |session, view| view.moment(session, "startTime")).in_rows(MOMENT, 2),
    Column::new("Ended", |session, view| view.moment(session, "endTime")),
    Column::new("Duration", duration).in_rows(8, 1),
    Column::new("Portal", |session, _| {
        arn_part(session, session.portal_id())
    }),
    Column::new("Region", |session, _| {
        arn_part(session, session.portal_region())
    }),
];

/// What people see of a portal, in this order.
static PORTAL_COLUMNS: &[Column] = &[
    Column::new("Portal", |portal, _| arn_part(portal, portal.portal_id())).in_rows(ID, 0),
    Column::new("Name", |portal, _| text(portal, "displayName")).in_rows(16, 0),
    Column::new("Status", |portal, _| text(portal, "portalStatus")).in_rows(10, 0),
    Column::new("Endpoint", |portal, _| text(portal, "portalEndpoint")).in_rows(24, 4),
    Column::new("Limit", |portal, _| {
        let limit = portal.number("maxConcurrentSessions");
        plain(&limit.map(ToString::to_string).unwrap_or_default())
    })
    .in_rows(5, 1),
    Column::new("Created", |portal, view| {
        view.moment(portal, "creationDate")
    })
    .in_rows(MOMENT, 3),
    Column::new("Region", |portal, _| {
        arn_part(portal, portal.portal_region())
    })
    .in_rows(14, 2),
];

/// What people see of an event, in this order. A gap is shown as what started and ended then.
static EVENT_COLUMNS: &[Column] = &[
    Column::new("Event", |event, _| text(event, "event")).in_rows(7, 0),
    Column::new("Session", |event, _| text(event, "sessionId")).in_rows(ID, 0),
    Column::new("User", |event, _| text(event, "username")).in_rows(16, 0),
    Column::new("Addresses", |event, _| {
        lines(event.list("clientIpAddresses"))
    })
    .in_rows(15, 3),
    Column::new("Started", |event, view| {
        first_moment(event, view, ["startTime", "from"])
    })
    .in_rows(MOMENT, 2),
    Column::new("Ended", |event, view| {
        first_moment(event, view, ["endTime", "to"])
    })
    .in_rows(MOMENT, 1),
];

/// How documents are laid out.
struct Layout {
    columns: Vec<&'static Column>,
    /// Whether each document is a row, or a block with a line a field.
    in_rows: bool,
    /// The labels of the columns that a terminal has no room for.
    left_out: Vec<&'static str>,
}

impl Layout {
    /// For documents of this shape within `width`: rows if there may be several and they fit, if
    /// need be without some columns. A list's documents have no addresses, so their table has no
    /// such column.
    fn of(shape: &'static Shape, extent: Extent, width: Option<u16>) -> Self {
        let all = if *shape == model::PORTAL {
            PORTAL_COLUMNS
        } else if *shape == model::EVENT {
            EVENT_COLUMNS
        } else {
            SESSION_COLUMNS
        };
        let has_addresses = shape.has("clientIpAddresses");
        let has = |column: &&Column| has_addresses || column.label != "Addresses";
        let block = || Self {
            columns: all.iter().filter(has).collect(),
            in_rows: false,
            left_out: Vec::new(),
        };
        if extent == Extent::One {
            return block();
        }
        let is_in_rows = |column: &&Column| column.in_rows.is_some();
        let mut columns: Vec<&Column> = all.iter().filter(has).filter(is_in_rows).collect();
        let mut left_out = Vec::new();
        if let Some(width) = width {
            let is_too_wide = |columns: &[&Column]| {
                let needed: u16 = columns.iter().map(|column| column.width() + GAP).sum();
                needed > width.saturating_add(GAP)
            };
            while is_too_wide(&columns)
                && let Some(at) = (0..columns.len()).max_by_key(|at| columns[*at].rank())
                && columns[at].rank() > 0
            {
                left_out.push(columns.remove(at).label);
            }
            if is_too_wide(&columns) {
                return block();
            }
        }
        Self {
            columns,
            in_rows: true,
            left_out,
        }
    }
}

/// The labels of the columns that a terminal of this width has no room for.
pub(super) fn left_out(
    shape: &'static Shape,
    extent: Extent,
    width: Option<u16>,
) -> Vec<&'static str> {
    Layout::of(shape, extent, width).left_out
}

/// A cell of untrusted text.
fn plain(content: &str) -> Cell {
    lines([content].into_iter().filter(|text| !text.is_empty()))
}

/// An untrusted text as a cell shows it.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    let escaped = escape(text);
    if escaped.len() <= LONGEST_LINE {
        return escaped;
    }
    let mut lines = String::with_capacity(escaped.len() + escaped.len() / LONGEST_LINE);
    for (at, character) in escaped.chars().enumerate() {
        if at > 0 && at % LONGEST_LINE == 0 {
            lines.push('\n');
        }
        lines.push(character);
    }
    Cow::Owned(lines)
}

/// A cell of several untrusted texts, each on a line of its own.
fn lines<'a>(texts: impl Iterator<Item = &'a str>) -> Cell {
    let lines: Vec<_> = texts.map(shown).collect();
    if lines.is_empty() {
        return Cell::new(ABSENT);
    }
    Cell::new(lines.join("\n"))
}

fn text(document: &Document, name: &str) -> Cell {
    plain(document.text(name).unwrap_or_default())
}

/// A part of the portal's ARN; the whole if it is of another form.
fn arn_part(document: &Document, part: Option<&str>) -> Cell {
    let whole = document.text("portalArn").unwrap_or_default();
    plain(part.unwrap_or(whole))
}

/// The first of these times that the document has.
fn first_moment(document: &Document, view: &View, names: [&str; 2]) -> Cell {
    let name = names
        .into_iter()
        .find(|name| document.number(name).is_some());
    name.map_or_else(|| Cell::new(ABSENT), |name| view.moment(document, name))
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
    match field::duration(session, view.now) {
        Some(seconds) => Cell::new(time::human_duration(seconds)),
        None => Cell::new(ABSENT),
    }
}

pub(super) struct Table<W> {
    out: W,
    style: Style,
    columns: Vec<&'static Column>,
    in_rows: bool,
    /// Whether a block has been written, from which the next one is set off.
    has_block: bool,
    view: View,
    rows: Vec<Vec<Cell>>,
    /// Bytes of text in the rows.
    size: usize,
    /// The columns' widths, once the first chunk has decided them.
    widths: Option<Vec<u16>>,
}

impl<W: Write> Table<W> {
    pub(super) fn new(out: W, style: Style, extent: Extent, shape: &'static Shape) -> Self {
        let layout = Layout::of(shape, extent, style.width);
        Self {
            out,
            style,
            columns: layout.columns,
            in_rows: layout.in_rows,
            has_block: false,
            view: View {
                timestamps: style.timestamps,
                zone: time_zone(),
                now: Timestamp::now(),
            },
            rows: Vec::new(),
            size: 0,
            widths: None,
        }
    }

    /// Two columns: a line a field.
    fn write_block(&mut self, document: &Document) -> io::Result<()> {
        if self.has_block {
            self.out.write_all(b"\n")?;
        }
        self.has_block = true;
        let mut table = new_table(self.style);
        for column in &self.columns {
            let label = Cell::new(column.label).add_attribute(Attribute::Bold);
            table.add_row(vec![label, (column.cell)(document, &self.view)]);
        }
        // The label never wraps; the value gets the rest.
        if let Some(labels) = table.column_mut(0) {
            labels.set_constraint(ColumnConstraint::ContentWidth);
        }
        write_lines(&mut self.out, &mut table)
    }

    /// A column each, a row a document; the first time under a header.
    fn write_rows(&mut self) -> io::Result<()> {
        let mut table = new_table(self.style);
        if self.widths.is_none() {
            let labels = self.columns.iter().map(|column| {
                Cell::new(column.label.to_uppercase()).add_attribute(Attribute::Bold)
            });
            table.set_header(labels);
        }
        table.add_rows(self.rows.drain(..));
        self.size = 0;
        let widths = self.widths.get_or_insert_with(|| {
            let needed: Vec<u16> = self.columns.iter().map(|column| column.width()).collect();
            widths(
                &needed,
                &table.column_max_content_widths(),
                self.style.width,
            )
        });
        let last = widths.len().saturating_sub(1);
        let constraint = |(at, width): (usize, &u16)| {
            let width = Width::Fixed(width + if at == last { 0 } else { GAP });
            match self.style.width {
                Some(_) => ColumnConstraint::Absolute(width),
                None => ColumnConstraint::LowerBoundary(width),
            }
        };
        table.set_constraints(widths.iter().enumerate().map(constraint));
        write_lines(&mut self.out, &mut table)
    }
}

/// The bytes of text that a document's members take in a table.
fn text_size(document: &Document) -> usize {
    let members = document.shape().members.iter();
    members
        .map(|member| match member.kind {
            Kind::Text => document.text(member.name).map_or(0, str::len),
            Kind::TextList => document.list(member.name).map(|text| text.len() + 1).sum(),
            Kind::Time | Kind::Number => 0,
        })
        .sum()
}

/// The columns' widths: what they need, and of what a terminal has left, what their content takes.
/// Without a limit, what their content takes.
fn widths(needed: &[u16], content: &[u16], limit: Option<u16>) -> Vec<u16> {
    let Some(limit) = limit else {
        return content.to_vec();
    };
    let mut widths: Vec<u16> = needed.to_vec();
    let gaps = GAP * u16::try_from(needed.len().saturating_sub(1)).unwrap_or(0);
    let mut left = limit.saturating_sub(gaps + widths.iter().sum::<u16>());
    while left > 0 {
        let before = left;
        for (width, content) in widths.iter_mut().zip(content) {
            if *width < *content && left > 0 {
                *width += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    widths
}

impl<W: Write> Printer for Table<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        if !self.in_rows {
            return Ok(self.write_block(document)?);
        }
        let row = self
            .columns
            .iter()
            .map(|column| (column.cell)(document, &self.view))
            .collect();
        self.rows.push(row);
        self.size += text_size(document);
        if self.rows.len() >= CHUNK || self.size >= CHUNK_BYTES {
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
    table.style_text_only();
    if style.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

/// Writes the table's lines without the blanks that fill up its last column.
pub(super) fn write_lines(out: &mut dyn Write, table: &mut comfy_table::Table) -> io::Result<()> {
    let last = table.column_count().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { GAP }));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
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
    fn where_no_rows_fit_each_session_is_a_block_that_does() {
        for width in [20, 40, 65] {
            let text = written(Some(width), &sessions(3));
            let widest = text.lines().map(str::len).max().unwrap();
            assert!(widest <= usize::from(width), "{width}: {widest}");
            assert_eq!(text.matches("Started").count(), 3);
            assert_eq!(text.lines().filter(|line| line.is_empty()).count(), 2);
        }
        assert_eq!(
            written(Some(66), &sessions(3)).matches("SESSION").count(),
            1
        );
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

    #[test]
    fn a_text_that_is_too_long_to_lay_out_is_broken_and_none_of_it_is_lost() {
        let long = |text: &str| {
            let value = json!({"sessionId": "s", "username": text.repeat(50_000)});
            Document::parse(&model::SESSION, value).unwrap()
        };
        for text in ["a", "é", "x "] {
            for width in [Some(80), None] {
                let table = written(width, &[long(text)]);
                let characters = text.chars().next().unwrap();
                assert_eq!(
                    table.matches(characters).count(),
                    50_000,
                    "{text:?} {width:?}"
                );
            }
        }
    }

    #[test]
    fn rows_are_written_before_long_ones_fill_the_memory() {
        let document = |number: usize| {
            let value = json!({"sessionId": number.to_string(), "username": "a".repeat(1 << 20)});
            Document::parse(&model::SESSION, value).unwrap()
        };
        let style = Style {
            timestamps: None,
            width: None,
            color: false,
        };
        let mut table = Table::new(io::sink(), style, Extent::Many, &model::SESSION);
        for number in 0..5 {
            table.print(&document(number)).unwrap();
            assert!(table.size < CHUNK_BYTES, "{number}");
        }
    }

    #[test]
    fn a_narrow_terminal_leaves_out_columns_rather_than_break_ids() {
        let labels = |width| left_out(&model::SESSION, Extent::Many, Some(width));
        assert_eq!(labels(200), [""; 0]);
        assert_eq!(labels(u16::MAX), [""; 0]);
        assert_eq!(labels(121), [""; 0]);
        assert_eq!(labels(120), ["Addresses"]);
        assert_eq!(labels(80), ["Addresses", "Started"]);
        assert_eq!(labels(66), ["Addresses", "Started", "Duration"]);
        assert_eq!(labels(65), [""; 0]);
        assert_eq!(left_out(&model::SESSION, Extent::One, Some(20)), [""; 0]);
    }

    #[test]
    fn what_a_terminal_has_left_goes_to_columns_that_can_use_it() {
        assert_eq!(widths(&[10, 5], &[10, 50], Some(40)), [10, 28]);
        assert_eq!(widths(&[10, 5], &[3, 6], Some(40)), [10, 6]);
        assert_eq!(widths(&[10, 5, 5], &[10, 50, 50], Some(40)), [10, 13, 13]);
        assert_eq!(widths(&[10, 5], &[99, 2], None), [99, 2]);
        assert_eq!(widths(&[10, 5], &[99, 99], Some(3)), [10, 5]);
    }
}
