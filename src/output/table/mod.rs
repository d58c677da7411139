//! `table`: for people, fitted to the terminal.

use std::io;
use std::mem;

use super::documents::Document;
use super::printer::{Cardinality, Out, PrintError, Printer, RenderOptions};
use super::query::Columns;
use super::width::width;

mod bar;
mod cell;
mod column;
mod columns;
mod draw;
mod layout;
mod view;

pub(super) use bar::EIGHTHS;
pub(super) use cell::Cell;
use column::{Column, Lists};
pub(super) use draw::{GAP, write_rows};
use layout::{Fitted, Measured, WIDEST_GROWN};
pub(super) use view::SHORT_ID;
use view::View;

/// The number of rows that determine the layout of the columns. The width of the widest cell is known only
/// after the last row, but waiting for it would need memory for all rows.
const FIRST_ROWS: usize = 500;

/// The maximum size of the rows that determine the layout, in bytes.
const FIRST_BYTES: usize = 4 << 20;

/// If the width of the table is limited, a cell is cut if it is wider than this and than 90 % of the cells of its
/// column, so that one long name does not widen the table.
const WIDEST_TEXT: usize = WIDEST_GROWN;

pub(super) struct TablePrinter<'a> {
    out: Out<'a>,
    view: View,
    /// Empty until the first row if the rows are a query's results.
    columns: Vec<Column>,
    state: State,
    omitted_columns: Vec<String>,
}

enum State {
    /// The documents of the first rows, and their size in bytes.
    First(Vec<Document>, usize),
    /// The columns that are shown, and the rows that are not written yet.
    Rows(Vec<(Column, Fitted)>, Vec<Vec<Cell>>),
    /// A line per member, and an empty line before each document but the first.
    Blocks { is_first: bool },
}

impl<'a> TablePrinter<'a> {
    pub(super) fn new(options: RenderOptions, out: Out<'a>) -> Self {
        let state = if options.cardinality == Cardinality::One && !options.has_query {
            State::Blocks { is_first: true }
        } else {
            State::First(Vec::new(), 0)
        };
        let columns = if options.has_query {
            Vec::new()
        } else {
            columns::for_schema(options.schema)
        };
        Self {
            out,
            view: View::new(options),
            columns,
            state,
            omitted_columns: Vec::new(),
        }
    }

    fn limit(&self) -> Option<usize> {
        self.view.options.terminal.width.map(usize::from)
    }

    /// Lays out the columns by the first rows, and writes these rows. The header of an empty list is
    /// written only if standard output is not a terminal.
    fn write_first(&mut self, more_rows: bool) -> Result<(), PrintError> {
        let State::First(documents, bytes) = &mut self.state else {
            return Ok(());
        };
        let options = &self.view.options;
        let has_header_only = (options.is_list() || options.has_query) && !more_rows;
        if documents.is_empty() && (!has_header_only || self.view.options.terminal.is_terminal) {
            return Ok(());
        }
        let documents = mem::take(documents);
        *bytes = 0;
        self.state = self.layout(&documents, more_rows);
        documents
            .iter()
            .try_for_each(|document| self.print(document))
    }

    fn layout(&mut self, documents: &[Document], more_rows: bool) -> State {
        let times = self.columns.iter().filter(|column| column.is_time());
        let times = times.filter(|column| column.lists != Lists::None);
        let times = times.flat_map(|column| documents.iter().filter_map(|it| column.time(it)));
        self.view.share_offset(times, more_rows);
        self.view.distinguish_sessions(documents);
        let columns = self.columns.iter();
        let columns = columns.filter(|column| self.is_in_rows(column, documents));
        let columns: Vec<Column> = columns.cloned().collect();
        let measured: Vec<Measured> = columns
            .iter()
            .map(|column| self.measure(column, documents, more_rows))
            .collect();
        let Some(fitted) = layout::fit(&measured, self.limit(), more_rows) else {
            return State::Blocks { is_first: true };
        };
        let (mut shown, mut header) = (Vec::new(), Vec::new());
        for (column, fitted) in columns.into_iter().zip(fitted) {
            if let Some(fitted) = fitted {
                let label = column.header(&self.view, fitted.is_short);
                header.push(if self.view.options.has_query {
                    label
                } else {
                    label.to_uppercase()
                });
                shown.push((column, fitted));
            } else if !documents.is_empty() {
                self.omitted_columns.push(column.label.into_owned());
            }
        }
        let has_header = header.iter().any(|label| !label.is_empty());
        let header = header.into_iter().map(|label| Cell::new(label).bold());
        State::Rows(shown, Vec::from_iter(has_header.then(|| header.collect())))
    }

    fn is_in_rows(&self, column: &Column, documents: &[Document]) -> bool {
        let is_varied = || {
            let mut cells = documents
                .iter()
                .map(|it| column.cell(it, &self.view, false));
            let first = cells.next();
            cells.any(|cell| Some(cell) != first)
        };
        let many_portals = self.view.options.many_portals;
        match column.lists {
            Lists::None => false,
            Lists::All => true,
            Lists::ManyPortals => many_portals,
            Lists::ManyRegions => many_portals && (self.view.options.is_endless() || is_varied()),
            Lists::Varied => is_varied(),
        }
    }

    fn measure(&self, column: &Column, documents: &[Document], more_rows: bool) -> Measured {
        let least = column.least;
        let options = &self.view.options;
        // The cells of later rows may be wider. In a list, columns that grow take the remaining width instead.
        let has_usual_width = options.is_endless() || more_rows && !column.grows;
        let expected = match self.view.shared_offset {
            _ if !has_usual_width || options.has_query => 0,
            Some(_) if column.is_time() => least - " +01:00".len(),
            _ => least,
        };
        // Times have no short form if an option sets their format.
        let has_short_times = self.view.options.timestamps.is_none();
        let short = column.short;
        let short = short.filter(|short| !short.is_time() || has_short_times);
        let short_width = short.map(|short| {
            let widest = self.widest(column, true, documents);
            widest.max(expected.min(short.width()))
        });
        let natural = self.widest(column, false, documents).max(expected);
        let narrowest = short_width.unwrap_or(least);
        Measured {
            natural,
            short: short_width,
            is_short_time: short.is_some_and(|short| short.is_time()),
            least: narrowest.max(least.min(natural)),
            floor: column.floor.unwrap_or(narrowest.min(least)),
            rank: column.rank,
            grows: column.grows,
        }
    }

    /// The width of a column's cells and label. If the width of the table is limited, ignores a few cells that are
    /// far wider than the others.
    fn widest(&self, column: &Column, is_short: bool, documents: &[Document]) -> usize {
        let cells = documents
            .iter()
            .map(|it| column.cell(it, &self.view, is_short));
        let mut widths: Vec<usize> = cells.map(|cell| cell.width()).collect();
        widths.sort_unstable();
        let at = |place: usize| widths.get(place).copied().unwrap_or_default();
        let (count, widest) = (widths.len(), at(widths.len().saturating_sub(1)));
        let usual = at(if count < 10 {
            count / 2
        } else {
            count * 9 / 10
        });
        let bound = self.limit().map_or(usize::MAX, |_| usual.max(WIDEST_TEXT));
        widest
            .min(bound)
            .max(width(&column.header(&self.view, is_short)))
    }

    /// Writes the rows. If the width is limited, each row is one line, and texts that are too wide are cut. Otherwise
    /// the columns are as wide as the widest of these cells, because a reader of a file expects one line per row.
    fn write_rows(&mut self) -> io::Result<()> {
        let State::Rows(shown, rows) = &mut self.state else {
            return Ok(());
        };
        let mut widths: Vec<usize> = shown.iter().map(|(_, fitted)| fitted.width).collect();
        let (limit, is_utf8) = (
            self.view.options.terminal.width,
            self.view.options.terminal.is_utf8,
        );
        if limit.is_none() {
            for row in rows.iter() {
                for (cell, width) in row.iter().zip(&mut widths) {
                    *width = cell.width_at_least(*width);
                }
            }
        }
        let rows = mem::take(rows).into_iter().map(|row| {
            let cells = row.into_iter().zip(&widths);
            let cells = cells.map(|(cell, width)| match limit {
                Some(_) => cell.cut(*width, is_utf8),
                None => cell.broken(),
            });
            cells.collect()
        });
        write_rows(&mut self.out, rows, &widths, self.view.options.color)
    }

    /// Writes a document as a line per member. No value is cut.
    fn write_block(&mut self, document: &Document) -> io::Result<()> {
        if let State::Blocks { is_first: false } = self.state {
            self.out.write_all(b"\n")?;
        }
        self.state = State::Blocks { is_first: false };
        let rows: Vec<Vec<Cell>> = self
            .columns
            .iter()
            .map(|column| {
                let label = Cell::new(column.header(&self.view, false)).bold();
                vec![label, column.cell(document, &self.view, false).broken()]
            })
            .collect();
        let widest = |at: usize| rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
        let limit = self.limit().unwrap_or(usize::MAX);
        let room = limit.saturating_sub(widest(0) + GAP);
        let widths = [widest(0), widest(1).min(room)];
        write_rows(
            &mut self.out,
            rows.into_iter(),
            &widths,
            self.view.options.color,
        )
    }
}

impl Printer for TablePrinter<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        // A document is held until its batch is complete.
        match &mut self.state {
            State::First(documents, bytes) => {
                *bytes += document.weight();
                documents.push(document.clone());
                if documents.len() >= FIRST_ROWS || *bytes >= FIRST_BYTES {
                    self.write_first(true)?;
                    self.write_rows()?;
                }
            }
            State::Rows(shown, rows) => {
                let cells = shown.iter();
                let cells = cells
                    .map(|(column, fitted)| column.cell(document, &self.view, fitted.is_short));
                rows.push(cells.collect());
                if rows.len() >= FIRST_ROWS {
                    self.write_rows()?;
                }
            }
            State::Blocks { .. } => self.write_block(document)?,
        }
        Ok(())
    }

    fn set_columns(&mut self, columns: &Columns) -> Result<(), PrintError> {
        if self.columns.is_empty() {
            let label = |at: usize| columns.names.get(at).map_or("", String::as_str);
            let columns = (0..columns.count).map(|at| column::result(at, label(at)));
            self.columns = columns.collect();
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
        self.flush()
    }

    fn shows_durations(&self) -> bool {
        self.columns.iter().any(|column| column.label == "Duration")
    }

    fn omitted_columns(&self) -> &[String] {
        &self.omitted_columns
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
        session_at(number, username, jiff::Timestamp::now().as_second())
    }

    fn session_at(number: usize, username: &str, now: i64) -> Document {
        let id = format!("aaaaaaaa-0000-4000-8000-{number:012}");
        document::<Session>(
            json!({"sessionId": id, "status": "Active", "username": username,
                "clientIpAddresses": ["192.0.2.1"], "startTime": now - 3600, "endTime": now,
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
            has_query: false,
            first_line: None,
        }
    }

    /// The output for the documents, flushed after this number of them, and the omitted columns.
    fn printed(
        page: RenderOptions,
        documents: &[Document],
        flush_after: usize,
    ) -> (String, Vec<String>) {
        let mut out = Vec::new();
        let mut table = TablePrinter::new(page, Box::new(&mut out));
        for (at, document) in documents.iter().enumerate() {
            table.print(document).unwrap();
            if at + 1 == flush_after {
                table.flush().unwrap();
            }
        }
        table.finish().unwrap();
        let omitted_columns = table.omitted_columns().to_vec();
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
    fn later_cells_are_whole_where_there_is_room() {
        let ended = |mut document: Document| {
            if let Document::Session(session) = &mut document {
                session.status = Some("Terminated".to_owned());
            }
            document
        };
        let documents: Vec<Document> = (0..20)
            .map(|number| match number {
                0..10 => session(number, "alice"),
                _ => ended(session(number, &"u".repeat(60))),
            })
            .collect();
        for width in [None, Some(80), Some(120), Some(200)] {
            let (table, _) = printed(page(&documents::SESSION, width), &documents, 10);
            assert_eq!(table.lines().count(), 21, "{width:?} {table}");
            assert_eq!(
                table.matches(" Terminated ").count(),
                10,
                "{width:?} {table}"
            );
            let whole_names = table.matches(&"u".repeat(60)).count();
            assert_eq!(whole_names, if width.is_none() { 10 } else { 0 }, "{table}");
        }
    }

    #[test]
    fn portals_with_the_same_name_are_rows_with_their_ids() {
        let portals = ["p", "q", "r"].map(|id| {
            let name = if id == "r" { "Sales" } else { "HR" };
            json!({"portalArn": format!("arn:aws:workspaces-web:eu-west-1:1:portal/{id}"),
                "displayName": name, "region": "eu-west-1", "peakSessions": 1})
        });
        let page = page(&documents::USAGE, Some(160));
        let found = portals
            .clone()
            .map(|it| serde_json::from_value(it).unwrap());
        page.portal_names.add(&found);
        let rows = portals.map(document::<Usage>);
        let (table, _) = printed(page, &rows, 0);
        let names = table
            .lines()
            .filter_map(|row| row.split_whitespace().next());
        assert_eq!(names.collect::<Vec<_>>(), ["NAME", "p", "q", "Sales"]);
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
            let mut table = TablePrinter::new(page.clone(), Box::new(&mut out));
            table.view = View::at(page.clone(), "2026-01-01T00:00:00Z".parse().unwrap(), 1);
            table.print(&session_at(1, "alice", 1_767_222_000)).unwrap();
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
        assert!(full.contains("  2025-12-31 23:00:00  "), "{full}");
        let short = print(90, false);
        assert!(
            short.contains("START +01:00") && short.contains("12-31 23:00"),
            "{short}"
        );
    }

    #[test]
    fn an_empty_name_a_dash_and_no_name_look_different() {
        let names = [
            json!(""),
            json!("-"),
            json!("\"\""),
            json!("-x"),
            json!(null),
        ];
        let documents =
            names.map(|name| document::<Session>(json!({"sessionId": "a", "username": name})));
        let (table, _) = printed(page(&documents::SESSION_SUMMARY, None), &documents, 0);
        let users = table
            .lines()
            .skip(1)
            .map(|row| row.split_whitespace().nth(2));
        let users: Vec<&str> = users.flatten().collect();
        assert_eq!(users, ["\"\"", "\"-\"", "\"\"\"\"", "-x", "-"]);
    }

    #[test]
    fn addresses_are_quoted_as_names_are() {
        let document = document::<Session>(json!({"sessionId": "a", "username": "b",
            "clientIpAddresses": ["", "-", "\"\"", "::error::", "192.0.2.1"]}));
        let (table, _) = printed(page(&documents::SESSION, None), &[document], 0);
        let words: Vec<&str> = table
            .lines()
            .skip(1)
            .flat_map(str::split_whitespace)
            .collect();
        let rows = "a - b \"\" - - \"-\" \"\"\"\" \\u{3a}:error:: 192.0.2.1";
        assert_eq!(words.join(" "), rows, "{table}");
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
        let mut table = TablePrinter::new(page(&documents::SESSION, None), Box::new(io::sink()));
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
