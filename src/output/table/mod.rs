//! `table`: what a person asks, fitted to the terminal.

use std::io;
use std::mem;

use super::documents::Document;
use super::query::Results;
use super::{Cardinality, Out, PrintError, Printer, RenderOptions, time};

mod bar;
mod block;
pub(super) mod cell;
mod columns;
mod layout;
mod results;

use cell::{Cell, write_row};
use columns::{Column, Lists, View};
use layout::{Fitted, Measured};

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

/// The widest that a column becomes. A longer cell moves what follows it in its row: the other rows
/// are not filled with blanks for it.
const WIDEST_COLUMN: usize = 1000;

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
    /// A column each, a row per document.
    Rows(Vec<Shown>),
    /// A line per field, and whether a block was written from which the next one is set off.
    Blocks { is_first: bool },
}

/// A column that is shown.
struct Shown {
    label: String,
    cell: fn(&Document, &View) -> Cell,
    width: usize,
}

impl<'a> Table<'a> {
    fn new(page: RenderOptions, out: Out<'a>) -> Self {
        let state = match page.cardinality {
            Cardinality::One => State::Blocks { is_first: true },
            Cardinality::Many | Cardinality::List => State::First(Vec::new(), 0),
        };
        Self {
            out,
            page,
            view: View::new(page),
            state,
            omitted_columns: Vec::new(),
        }
    }

    fn limit(&self) -> Option<usize> {
        self.page.terminal.width.map(usize::from)
    }

    /// Lays out the columns by what the first rows hold, and writes these.
    fn write_first(&mut self, more_rows: bool) -> io::Result<()> {
        let State::First(documents, size) = &mut self.state else {
            return Ok(());
        };
        if documents.is_empty() {
            return Ok(());
        }
        let documents = mem::take(documents);
        *size = 0;
        self.state = self.laid_out(&documents, more_rows);
        if let State::Rows(shown) = &self.state {
            let labels: Vec<Cell> = shown
                .iter()
                .map(|column| Cell::new(column.label.to_uppercase()).bold())
                .collect();
            let widths: Vec<usize> = shown.iter().map(|column| column.width).collect();
            let (limit, color) = (self.limit(), self.page.color);
            write_row(&mut self.out, &labels, &widths, limit, color)?;
        }
        for document in &documents {
            self.write(document)?;
        }
        Ok(())
    }

    fn laid_out(&mut self, documents: &[Document], more_rows: bool) -> State {
        let columns: Vec<&'static Column> = columns::for_schema(self.page.schema)
            .filter(|column| self.is_in_rows(column, documents))
            .collect();
        let measured: Vec<Measured> = columns
            .iter()
            .map(|column| self.measured(column, documents))
            .collect();
        let Some(fitted) = layout::fit(&measured, self.limit(), more_rows) else {
            return State::Blocks { is_first: true };
        };
        self.omitted_columns = (0..columns.len())
            .filter(|at| fitted.iter().all(|column| column.at != *at))
            .map(|at| columns[at].label)
            .collect();
        let shown = fitted
            .iter()
            .map(|fitted| self.shown(columns[fitted.at], fitted));
        State::Rows(shown.collect())
    }

    fn is_in_rows(&self, column: &Column, documents: &[Document]) -> bool {
        match column.in_rows.map(|in_rows| in_rows.lists) {
            None => false,
            Some(Lists::All) => true,
            Some(Lists::ManyPortals) => self.page.many_portals,
            Some(Lists::Varied) => {
                let cell = |document| (column.cell)(document, &self.view);
                let mut rows = documents.iter();
                rows.next()
                    .is_some_and(|first| rows.any(|other| !cell(first).is_same(&cell(other))))
            }
        }
    }

    fn measured(&self, column: &Column, documents: &[Document]) -> Measured {
        let widest = |cell: fn(&Document, &View) -> Cell, label: &str| {
            let widths = documents
                .iter()
                .map(|document| cell(document, &self.view).width());
            widths
                .fold(cell::width(label), usize::max)
                .min(WIDEST_COLUMN)
        };
        let short = column.short.filter(|_| self.view.has_short_times());
        let in_rows = column.in_rows;
        Measured {
            natural: widest(column.cell, column.label),
            short: short.map(|short| widest(short.cell, &self.short_label(&short))),
            least: in_rows.map_or(0, |in_rows| in_rows.least),
            rank: in_rows.map_or(0, |in_rows| in_rows.rank),
            grows: in_rows.is_some_and(|in_rows| in_rows.grows),
        }
    }

    fn shown(&self, column: &Column, fitted: &Fitted) -> Shown {
        let short = column.short.filter(|_| fitted.is_short);
        Shown {
            label: match &short {
                Some(short) => self.short_label(short),
                None => column.label.to_owned(),
            },
            cell: short.map_or(column.cell, |short| short.cell),
            width: fitted.width,
        }
    }

    fn short_label(&self, short: &columns::Short) -> String {
        if short.has_offset {
            format!("{} {}", short.label, time::offset(self.view.offset()))
        } else {
            short.label.to_owned()
        }
    }

    /// Writes a document as the columns were laid out.
    fn write(&mut self, document: &Document) -> io::Result<()> {
        let (limit, color) = (self.limit(), self.page.color);
        match &mut self.state {
            State::First(..) => Ok(()),
            State::Rows(shown) => {
                let cells: Vec<Cell> = shown
                    .iter()
                    .map(|column| (column.cell)(document, &self.view))
                    .collect();
                let widths: Vec<usize> = shown.iter().map(|column| column.width).collect();
                write_row(&mut self.out, &cells, &widths, limit, color)
            }
            State::Blocks { is_first } => {
                if !mem::take(is_first) {
                    self.out.write_all(b"\n")?;
                }
                self.write_block(document)
            }
        }
    }

    fn write_block(&mut self, document: &Document) -> io::Result<()> {
        let (limit, color) = (self.limit(), self.page.color);
        let rows = columns::for_schema(self.page.schema).map(|column| {
            let label = Cell::new(column.label).bold();
            (label, (column.cell)(document, &self.view))
        });
        block::write_block(&mut self.out, rows, limit, color)
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
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        self.write_first(true)?;
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        self.write_first(false)?;
        Ok(self.out.flush()?)
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
    use crate::service::documents::{Portal, Session};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

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
    fn columns_go_by_what_they_hold_and_what_went_is_known_afterwards() {
        // Session 36, status 6, user 5, addresses 9, start 20, duration 8, and two between each.
        let documents = [session(1, "alice")];
        let omitted_columns =
            |width| printed(page(&documents::SESSION, Some(width)), &documents, 0).1;
        assert_eq!(omitted_columns(200), [""; 0]);
        assert_eq!(omitted_columns(94), [""; 0]);
        assert_eq!(omitted_columns(93), ["Duration"]);
        assert_eq!(omitted_columns(83), ["Started"]);
        assert_eq!(omitted_columns(71), ["Started", "Duration"]);
        assert_eq!(omitted_columns(61), ["Addresses", "Started"]);
        assert_eq!(omitted_columns(60), ["Addresses", "Started", "Duration"]);
        assert_eq!(omitted_columns(50), [""; 0], "blocks have everything");
        assert_eq!(
            printed(page(&documents::SESSION, Some(60)), &[], 0).1,
            [""; 0]
        );
    }

    #[test]
    fn later_and_longer_cells_keep_their_row_on_one_line_where_the_terminal_has_room() {
        let documents: Vec<Document> = (0..400)
            .map(|number| match number {
                0..300 => session(number, "user298@example.co"),
                _ => session(number, &"u".repeat(40 + number % 7)),
            })
            .collect();
        for width in [Some(140), Some(200), None] {
            let (table, _) = printed(page(&documents::SESSION, width), &documents, 100);
            assert_eq!(table.lines().count(), 401, "{width:?}");
            let widest = table.lines().map(str::len).max().unwrap();
            assert!(widest <= width.map_or(usize::MAX, usize::from), "{widest}");
        }
    }

    #[test]
    fn where_no_rows_fit_each_session_is_a_block_that_does() {
        let documents: Vec<Document> = (0..3).map(|number| session(number, "alice")).collect();
        for width in [20, 40, 50] {
            let (text, _) = printed(page(&documents::SESSION, Some(width)), &documents, 0);
            let widest = text.lines().map(str::len).max().unwrap();
            assert!(widest <= usize::from(width), "{width}: {widest}");
            assert_eq!(text.matches("Started").count(), 3);
            assert_eq!(text.lines().filter(|line| line.is_empty()).count(), 2);
        }
    }

    #[test]
    fn a_list_over_many_portals_says_which_portal_and_region_however_narrow_it_is() {
        for width in [200, 100, 80, 40] {
            let mut page = page(&documents::SESSION, Some(width));
            page.many_portals = true;
            let (text, omitted_columns) =
                printed(page, &[session(1, "alice"), session(2, "bob")], 0);
            assert_eq!(text.matches("eu-west-1").count(), 2, "{text}");
            assert!(!omitted_columns.contains(&"Portal") && !omitted_columns.contains(&"Region"));
        }
        let portal = json!({"portalArn": "arn:aws:workspaces-web:eu-west-1:1:portal/p",
            "displayName": "Contractors for the winter season", "portalStatus": "Active",
            "maxConcurrentSessions": 25, "creationDate": 0, "portalEndpoint": "e".repeat(60)});
        for width in [100, 60, 40, 25] {
            let portals = [document::<Portal>(portal.clone())];
            let (text, omitted_columns) =
                printed(page(&documents::PORTAL, Some(width)), &portals, 0);
            assert!(text.contains("eu-west-1"), "{text}");
            assert!(!omitted_columns.contains(&"Region"), "{text}");
        }
    }

    #[test]
    fn a_time_is_shortened_before_a_column_goes_and_its_offset_stands_in_the_header() {
        let mut page = page(&documents::SESSION, Some(90));
        page.timestamps = None;
        let mut table = Table::new(page, Box::new(io::sink()));
        table.view = View::at(page, "2026-01-01T00:00:00Z".parse().unwrap(), 1);
        let documents = [session(1, "alice")];
        let State::Rows(shown) = table.laid_out(&documents, false) else {
            panic!("rows fit");
        };
        let started = shown.iter().find(|column| column.label == "Start +01:00");
        let cell = (started.unwrap().cell)(&documents[0], &table.view);
        assert!(cell.is_same(&Cell::new("01-01 01:00")));
    }

    #[test]
    fn nothing_of_a_long_text_is_lost() {
        for text in ["a", "é", "x "] {
            for width in [Some(80), None] {
                let documents = [session(0, &text.repeat(50_000))];
                let (table, _) = printed(page(&documents::SESSION, width), &documents, 0);
                let character = text.chars().next().unwrap();
                let count = text.repeat(50_000).matches(character).count();
                let others = usize::from(character == 'a') * table.matches("aaaaaaaa-").count() * 8;
                assert_eq!(
                    table.matches(character).count() - others,
                    count,
                    "{width:?}"
                );
            }
        }
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
        assert!(matches!(table.state, State::Rows(_)));
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
