//! `table`: what a person asks, fitted to the terminal.

use std::io;
use std::mem;

use super::documents::Document;
use super::query::Results;
use super::{Cardinality, Out, PrintError, Printer, RenderOptions, time};

mod bar;
pub(super) mod cell;
mod column;
mod columns;
mod draw;
mod layout;
mod results;
mod view;

use cell::Cell;
use column::{Column, Lists, SHORT_ID, Short};
use draw::{Drawing, GAP};
use layout::{Fitted, Measured, Shortened, WIDEST_GROWN};
use view::View;

pub(super) struct Renderer;

impl super::Renderer for Renderer {
    fn documents<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Printer + 'a> {
        Box::new(Table::new(page, out))
    }

    fn results<'a>(&self, page: RenderOptions, out: Out<'a>) -> Box<dyn Results + 'a> {
        Box::new(results::Rows::new(page, out))
    }

    fn holds_documents(&self) -> bool {
        true
    }

    fn holds_results(&self) -> bool {
        true
    }

    fn shows_local_times(&self) -> bool {
        true
    }
}

/// Rows by which the columns are laid out. A table's columns cannot be as wide as their widest
/// cell before the last row is known; with many sessions the first ones decide, and memory stays
/// bounded.
const FIRST_ROWS: usize = 500;

/// Bytes of the documents by which the columns are laid out: fewer, where they are long.
const FIRST_BYTES: usize = 4 << 20;

/// At a terminal, a cell that is wider than this, and than nine in ten of its column, is cut: one long
/// name does not widen the table.
const WIDEST_TEXT: usize = WIDEST_GROWN;

struct Table<'a> {
    out: Out<'a>,
    page: RenderOptions,
    view: View,
    state: State,
    omitted_columns: Vec<&'static str>,
}

enum State {
    /// What will be the first rows, and the bytes that they take.
    First(Vec<Document>, usize),
    /// The columns, and the rows that are not written yet.
    Rows(Vec<Shown>, Vec<Vec<Cell>>),
    /// A line per field, and whether a block was written from which the next one is set off.
    Blocks { is_first: bool },
}

/// A column that is shown.
struct Shown {
    label: String,
    cell: fn(&Document, &View) -> Cell,
    width: usize,
    /// Whether it is text that is cut where there is no room for it.
    is_text: bool,
}

impl<'a> Table<'a> {
    fn new(page: RenderOptions, out: Out<'a>) -> Self {
        let state = match page.cardinality {
            Cardinality::One => State::Blocks { is_first: true },
            Cardinality::Many | Cardinality::List => State::First(Vec::new(), 0),
        };
        Self {
            out,
            view: View::new(&page),
            page,
            state,
            omitted_columns: Vec::new(),
        }
    }

    fn limit(&self) -> Option<usize> {
        self.page.terminal.width.map(usize::from)
    }

    /// Lays out the columns by what the first rows hold, and writes these. A table without rows has
    /// its header where no person reads it.
    fn write_first(&mut self, more_rows: bool) -> io::Result<()> {
        let State::First(documents, bytes) = &mut self.state else {
            return Ok(());
        };
        let is_list = self.page.cardinality == Cardinality::List;
        let is_empty_list = is_list && !more_rows && !self.page.terminal.is_terminal;
        if documents.is_empty() && !is_empty_list {
            return Ok(());
        }
        let documents = mem::take(documents);
        *bytes = 0;
        self.state = self.layout(&documents, more_rows);
        for document in &documents {
            self.write(document)?;
        }
        Ok(())
    }

    fn layout(&mut self, documents: &[Document], more_rows: bool) -> State {
        self.view
            .share_offset(self.page.schema, documents, more_rows);
        self.view.distinguish_sessions(documents);
        let columns: Vec<&'static Column> = columns::for_schema(self.page.schema)
            .filter(|column| self.is_in_rows(column, documents))
            .collect();
        let measured: Vec<Measured> = columns
            .iter()
            .map(|column| self.measure(column, documents))
            .collect();
        let Some(fitted) = layout::fit(&measured, self.limit(), more_rows) else {
            return State::Blocks { is_first: true };
        };
        self.omitted_columns = (0..columns.len())
            .filter(|at| !documents.is_empty() && fitted.iter().all(|column| column.at != *at))
            .map(|at| columns[at].label)
            .collect();
        let shown: Vec<Shown> = fitted
            .iter()
            .map(|fitted| self.shown(columns[fitted.at], fitted))
            .collect();
        let header = shown
            .iter()
            .map(|column| Cell::new(column.label.to_uppercase()).bold());
        let header = header.collect();
        State::Rows(shown, vec![header])
    }

    fn is_in_rows(&self, column: &Column, documents: &[Document]) -> bool {
        let is_varied = || {
            let cell = |document| (column.cell)(document, &self.view);
            let mut rows = documents.iter();
            rows.next()
                .is_some_and(|first| rows.any(|other| !cell(first).is_same(&cell(other))))
        };
        match column.in_rows.map(|in_rows| in_rows.lists) {
            None => false,
            Some(Lists::All) => true,
            Some(Lists::ManyPortals) => self.page.many_portals,
            Some(Lists::ManyRegions) => {
                self.page.many_portals && (self.page.is_endless() || is_varied())
            }
            Some(Lists::Varied) => is_varied(),
        }
    }

    fn measure(&self, column: &Column, documents: &[Document]) -> Measured {
        let natural = self.widest(column.cell, &self.label(column), documents);
        let short = column
            .short
            .filter(|short| !short.is_time || self.view.has_short_times());
        let in_rows = column.in_rows;
        let least = in_rows.map_or(0, |in_rows| in_rows.least);
        let is_cut = in_rows.is_some_and(|in_rows| in_rows.is_cut);
        let grows = in_rows.is_some_and(|in_rows| in_rows.grows);
        // Of events, the first row does not tell how wide the cells of later ones are.
        let expected = if self.page.is_endless() {
            column.expected_width(&self.view)
        } else {
            0
        };
        let short_width = short.map(|short| {
            let width = self.widest(short.cell, &self.short_label(&short), documents);
            width.max(expected.min(short.width))
        });
        Measured {
            natural: natural.max(expected),
            short: short.zip(short_width).map(|(short, width)| {
                if short.is_time {
                    Shortened::Time(width)
                } else {
                    Shortened::Identifier(width)
                }
            }),
            least: short_width.unwrap_or(least).max(least.min(natural)),
            floor: if grows {
                6
            } else if is_cut {
                SHORT_ID
            } else {
                short_width.unwrap_or(least).min(least)
            },
            rank: in_rows.map_or(0, |in_rows| in_rows.rank),
            grows,
        }
    }

    /// The width of a column's cells, but for a few that are far wider than the others.
    fn widest(
        &self,
        cell: fn(&Document, &View) -> Cell,
        label: &str,
        documents: &[Document],
    ) -> usize {
        let mut widths: Vec<usize> = documents
            .iter()
            .map(|document| cell(document, &self.view).width())
            .collect();
        widths.sort_unstable();
        let at = |place: usize| widths.get(place).copied().unwrap_or_default();
        let usual = at((widths.len() * 9 / 10).min(widths.len().saturating_sub(1)));
        let usual = if widths.len() < 10 {
            at(widths.len() / 2)
        } else {
            usual
        };
        let bound = self.limit().map_or(usize::MAX, |_| usual.max(WIDEST_TEXT));
        let widest = at(widths.len().saturating_sub(1)).min(bound);
        widest.max(cell::width(label))
    }

    fn shown(&self, column: &Column, fitted: &Fitted) -> Shown {
        let short = column.short.filter(|_| fitted.is_short);
        Shown {
            label: match &short {
                Some(short) => self.short_label(short),
                None => self.label(column),
            },
            cell: short.map_or(column.cell, |short| short.cell),
            width: fitted.width,
            is_text: column
                .in_rows
                .is_some_and(|in_rows| in_rows.grows || in_rows.is_cut),
        }
    }

    fn label(&self, column: &Column) -> String {
        match self.view.shared_offset().filter(|_| column.is_time()) {
            Some(offset) => format!("{} {}", column.label, time::offset(offset)),
            None => column.label.to_owned(),
        }
    }

    fn short_label(&self, short: &Short) -> String {
        if short.has_offset {
            format!("{} {}", short.label, time::offset(self.view.offset()))
        } else {
            short.label.to_owned()
        }
    }

    /// Writes a document as the columns were laid out, or keeps it for the next batch.
    fn write(&mut self, document: &Document) -> io::Result<()> {
        match &mut self.state {
            State::First(..) => Ok(()),
            State::Rows(shown, rows) => {
                let cells = shown
                    .iter()
                    .map(|column| (column.cell)(document, &self.view));
                rows.push(cells.collect());
                if rows.len() >= FIRST_ROWS {
                    self.write_rows()?;
                }
                Ok(())
            }
            State::Blocks { is_first } => {
                if !mem::take(is_first) {
                    self.out.write_all(b"\n")?;
                }
                self.write_block(document)
            }
        }
    }

    fn write_rows(&mut self) -> io::Result<()> {
        let State::Rows(shown, rows) = &mut self.state else {
            return Ok(());
        };
        let rows = mem::take(rows);
        if rows.is_empty() {
            return Ok(());
        }
        let widths: Vec<usize> = shown.iter().map(|column| column.width).collect();
        let is_terminal = self.page.terminal.width.is_some();
        let cut: Vec<bool> = shown
            .iter()
            .map(|column| column.is_text && is_terminal)
            .collect();
        let drawing = Drawing {
            widths: &widths,
            cut: &cut,
            is_utf8: self.page.terminal.is_utf8,
            color: self.page.color,
        };
        drawing.write(&mut self.out, rows.iter())
    }

    /// Writes a document as a line per member. Nothing of a value is cut.
    fn write_block(&mut self, document: &Document) -> io::Result<()> {
        let rows: Vec<Vec<Cell>> = columns::for_schema(self.page.schema)
            .map(|column| {
                let label = Cell::new(column.label).bold();
                vec![label, (column.cell)(document, &self.view)]
            })
            .collect();
        let widest = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
        let room = self
            .limit()
            .map_or(usize::MAX, |limit| limit.saturating_sub(widest(0) + GAP));
        let drawing = Drawing {
            widths: &[widest(0), widest(1).min(room)],
            cut: &[],
            is_utf8: self.page.terminal.is_utf8,
            color: self.page.color,
        };
        drawing.write(&mut self.out, rows.iter())
    }
}

impl Printer for Table<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let State::First(documents, bytes) = &mut self.state else {
            return Ok(self.write(document)?);
        };
        documents.push(document.clone());
        *bytes += document.weight();
        if documents.len() >= FIRST_ROWS || *bytes >= FIRST_BYTES {
            self.write_first(true)?;
            self.write_rows()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        self.write_first(true)?;
        self.write_rows()?;
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        self.write_first(false)?;
        self.write_rows()?;
        Ok(self.out.flush()?)
    }

    fn shows_durations(&self) -> bool {
        columns::for_schema(self.page.schema).any(|column| column.label == "Duration")
    }

    fn omitted_columns(&self) -> Vec<&'static str> {
        self.omitted_columns.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::documents::Usage;
    use crate::output::documents::{self, Schema};
    use crate::output::{Period, Terminal, Timestamps};
    use crate::service::documents::Session;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn document<T: DeserializeOwned + Into<Document>>(value: Value) -> Document {
        serde_json::from_value::<T>(value).unwrap().into()
    }

    fn session(number: usize, username: &str) -> Document {
        let id = format!("aaaaaaaa-0000-4000-8000-{number:012}");
        document::<Session>(
            json!({"sessionId": id, "status": "Active", "username": username,
                "clientIpAddresses": ["192.0.2.1"], "startTime": 0, "endTime": 3600,
                "portalArn": "arn:aws:workspaces-web:eu-west-1:1:portal/p"}),
        )
    }

    fn page(schema: &'static Schema, width: Option<u16>) -> RenderOptions {
        RenderOptions {
            schema,
            timestamps: Some(Timestamps::Iso),
            cardinality: Cardinality::List,
            terminal: Terminal {
                is_terminal: true,
                width,
                is_utf8: false,
            },
            color: false,
            many_portals: false,
            portal_names: Arc::default(),
            period: Period::default(),
        }
    }

    /// What is printed of the documents, flushed after so many, and the columns that are left out.
    fn printed(
        page: RenderOptions,
        documents: &[Document],
        flush_after: usize,
    ) -> (String, Vec<&'static str>) {
        let mut out = Vec::new();
        let mut table = Table::new(page, Box::new(&mut out));
        for (at, document) in documents.iter().enumerate() {
            table.print(document).unwrap();
            if at + 1 == flush_after {
                table.flush().unwrap();
            }
        }
        table.finish().unwrap();
        let omitted_columns = table.omitted_columns();
        drop(table);
        (String::from_utf8(out).unwrap(), omitted_columns)
    }

    #[test]
    fn short_forms_come_before_omitted_columns_and_those_are_known_afterwards() {
        // In full: session 36, status 6, user 5, addresses 9, start 20, duration 8, two between each.
        let documents = [session(1, "alice")];
        let print = |width| printed(page(&documents::SESSION, Some(width)), &documents, 0);
        assert_eq!(print(94).1, [""; 0]);
        assert!(print(94).0.contains("aaaaaaaa-0000-4000-8000-000000000001"));
        assert_eq!(print(93).1, [""; 0]);
        assert!(
            print(93).0.contains("\naaaaaaaa  Active"),
            "{}",
            print(93).0
        );
        assert_eq!(print(66).1, [""; 0]);
        assert_eq!(print(65).1, ["Duration"]);
        assert_eq!(print(55).1, ["Started"]);
        assert_eq!(print(40).1, ["Started", "Duration"]);
        assert_eq!(
            printed(page(&documents::SESSION, Some(60)), &[], 0).1,
            [""; 0]
        );
    }

    #[test]
    fn a_list_is_rows_of_one_line_from_40_columns_on_and_blocks_below() {
        let mut long = page(&documents::SESSION, None);
        long.many_portals = true;
        let documents: Vec<Document> = (0..30)
            .map(|number| match number {
                7 => session(number, &"hostile ".repeat(50)),
                _ => session(number, "user298@example.com"),
            })
            .collect();
        for width in 40..140 {
            long.terminal.width = Some(width);
            let (table, _) = printed(long.clone(), &documents, 0);
            assert_eq!(table.lines().count(), 31, "{table}");
            let widest = table.lines().map(str::len).max().unwrap();
            assert!(widest <= usize::from(width), "{width}: {table}");
        }
        for width in [10, 20, 30] {
            long.terminal.width = Some(width);
            let (text, _) = printed(long.clone(), &documents[..3], 0);
            assert_eq!(text.matches("Started").count(), 3, "{text}");
            assert_eq!(text.lines().filter(|line| line.is_empty()).count(), 2);
        }
    }

    #[test]
    fn one_long_name_does_not_widen_the_table_and_is_whole_where_there_is_no_terminal() {
        let documents: Vec<Document> = (0..30)
            .map(|number| match number {
                7 => session(number, &"x".repeat(300)),
                _ => session(number, "user298@example.com"),
            })
            .collect();
        let (table, _) = printed(page(&documents::SESSION, Some(200)), &documents, 0);
        let widest = table.lines().map(str::len).max().unwrap();
        assert!(widest < 140, "{table}");
        let (table, _) = printed(page(&documents::SESSION, None), &documents, 0);
        assert!(table.contains(&"x".repeat(300)), "{table}");
    }

    #[test]
    fn longer_cells_of_later_rows_have_room_or_are_cut() {
        let documents: Vec<Document> = (0..1200)
            .map(|number| match number {
                0..300 => session(number, "user298@example.co"),
                _ => session(number, &"u".repeat(38 + number % 7)),
            })
            .collect();
        for width in [Some(140), Some(200), Some(60)] {
            let (table, _) = printed(page(&documents::SESSION, width), &documents, 100);
            assert_eq!(table.lines().count(), 1201, "{width:?}");
            let widest = table.lines().map(str::len).max().unwrap();
            assert!(widest <= width.map_or(usize::MAX, usize::from), "{widest}");
        }
    }

    #[test]
    fn a_list_over_many_portals_has_the_region_where_rows_differ_in_it() {
        let other = |mut document: Document| {
            if let Document::Session(session) = &mut document {
                session.portal_arn = Some("arn:aws:workspaces-web:eu-west-2:1:portal/q".to_owned());
            }
            document
        };
        let mut page = page(&documents::SESSION, Some(120));
        page.many_portals = true;
        let (same, _) = printed(page.clone(), &[session(1, "alice"), session(2, "bob")], 0);
        assert!(
            same.contains("PORTAL") && !same.contains("REGION"),
            "{same}"
        );
        let (varied, _) = printed(
            page.clone(),
            &[session(1, "alice"), other(session(2, "bob"))],
            0,
        );
        assert!(
            varied.contains("eu-west-1") && varied.contains("eu-west-2"),
            "{varied}"
        );
    }

    #[test]
    fn the_offset_of_times_stands_in_the_header_where_all_rows_share_it() {
        let mut page = page(&documents::SESSION, Some(120));
        page.timestamps = None;
        let print = |width, more_rows| {
            page.terminal.width = Some(width);
            let mut out = Vec::new();
            let mut table = Table::new(page.clone(), Box::new(&mut out));
            table.view = View::at(&page, "2026-01-01T00:00:00Z".parse().unwrap(), 1);
            table.print(&session(1, "alice")).unwrap();
            if more_rows {
                table.flush().unwrap();
            }
            table.finish().unwrap();
            drop(table);
            String::from_utf8(out).unwrap()
        };
        let mut print = print;
        let full = print(120, true);
        assert!(full.contains("STARTED +01:00"), "{full}");
        assert!(full.contains("  1970-01-01 01:00:00  "), "{full}");
        let short = print(90, false);
        assert!(
            short.contains("START +01:00") && short.contains("01-01 01:00"),
            "{short}"
        );
    }

    #[test]
    fn an_empty_table_has_its_header_only_where_no_person_reads_it() {
        let mut page = page(&documents::SESSION, None);
        assert_eq!(printed(page.clone(), &[], 0).0, "");
        page.terminal.is_terminal = false;
        let (header, _) = printed(page.clone(), &[], 0);
        assert!(
            header.starts_with("SESSION") && header.lines().count() == 1,
            "{header}"
        );
    }

    #[test]
    fn rows_are_written_before_long_ones_fill_the_memory() {
        let mut table = Table::new(page(&documents::SESSION, None), Box::new(io::sink()));
        for number in 0..5 {
            table.print(&session(number, &"a".repeat(1 << 20))).unwrap();
            if let State::First(_, bytes) = &table.state {
                assert!(*bytes < FIRST_BYTES, "{number}");
            }
        }
        assert!(matches!(table.state, State::Rows(..)));
    }

    #[test]
    fn usage_is_shown_as_a_bar_and_buckets_by_their_start() {
        let usage = |start: i64| {
            document::<Usage>(
                json!({"portalArn": "arn:aws:workspaces-web:eu-west-1:1:portal/p",
                    "displayName": "Contractors", "region": "eu-west-1", "activeSessions": 20,
                    "maxConcurrentSessions": 25, "utilization": 0.8, "peakSessions": 24,
                    "peakTime": 3600, "sessions": 100, "users": 7, "periodStart": start}),
            )
        };
        let (one, _) = printed(page(&documents::USAGE, Some(120)), &[usage(0), usage(0)], 0);
        assert!(one.contains("[########..]  80%"), "{one}");
        assert!(!one.contains("FROM"), "{one}");
        let (many, _) = printed(
            page(&documents::USAGE, Some(160)),
            &[usage(0), usage(86_400)],
            0,
        );
        assert!(
            many.contains("FROM") && many.contains("1970-01-02"),
            "{many}"
        );
    }
}
