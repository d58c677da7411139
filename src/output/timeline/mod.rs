//! `timeline`: each session as a bar on a common time axis.

use std::mem;

use comfy_table::Color;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::documents::{self, Document, Schema};
use super::printer::{Cardinality, Out, PeriodBound, PrintError, Printer, RenderOptions};
use super::table::{Cell, GAP, SHORT_ID, write_rows};
use super::time;
use crate::service::clock::CLOCK;
use crate::service::documents::Session;

mod axis;
mod bar;
mod concurrent;

use axis::Axis;
use concurrent::RunSpan;

/// The reason why a timeline cannot show the command's results; `None` if it can.
pub(super) fn unsupported_reason(
    schema: &Schema,
    cardinality: Cardinality,
) -> Option<&'static str> {
    if !schema.has("startTime") || *schema == documents::EVENT {
        Some("-o timeline draws sessions only")
    } else if cardinality == Cardinality::One {
        Some("-o timeline draws several sessions; one is a table")
    } else {
        None
    }
}

/// The maximum number of sessions that have a line. The line below them, with the number of concurrent sessions,
/// counts all sessions.
const MOST_LINES: usize = 1000;

/// The width of the timeline in columns, if there is no terminal.
const WIDTH: usize = 80;

/// The maximum width of the user column, and the minimum width of a bar, in which `no start time` fits.
const MOST_USER: usize = 24;
const LEAST_BAR: usize = 12;

struct SessionLine {
    user: Cell,
    id: Cell,
    run: Option<RunSpan>,
    has_ended: bool,
}

pub(super) struct TimelinePrinter<'a> {
    out: Out<'a>,
    options: RenderOptions,
    zone: TimeZone,
    lines: Vec<SessionLine>,
    /// The runs of all sessions, also of those without a line.
    runs: Vec<RunSpan>,
    count: usize,
}

impl<'a> TimelinePrinter<'a> {
    pub(super) fn new(options: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            options,
            zone: TimeZone::system(),
            lines: Vec::new(),
            runs: Vec::new(),
            count: 0,
        }
    }

    /// Draws the timeline. The counts of concurrent sessions would be wrong for an incomplete list, and are
    /// omitted.
    fn draw(&mut self, is_complete: bool) -> Result<(), PrintError> {
        if self.count == 0 {
            return Ok(());
        }
        let is_utf8 = self.options.terminal.is_utf8;
        let columns = self.options.terminal.width.map_or(WIDTH, usize::from);
        // A bar has a mark at each end.
        let fixed = SHORT_ID + 2 * GAP + 2;
        let most = columns.saturating_sub(fixed + LEAST_BAR).min(MOST_USER);
        let widths = self.lines.iter().map(|line| line.user.width());
        // The user column also has the label with the peak, which is at most the number of runs.
        let least = format!("peak {}", self.runs.len()).len();
        let users = widths.max().unwrap_or(0).max(least).min(most.max(1));
        let axis = self.axis(columns.saturating_sub(users + fixed).max(1));
        let mut rows = vec![
            ["USER".to_owned(), "SESSION".to_owned(), self.period(axis)]
                .map(|label| Cell::new(label).bold()),
        ];
        for line in mem::take(&mut self.lines) {
            let bar = line.run.map(|run| bar::draw(run, axis, is_utf8));
            let mut bar = Cell::new(bar.as_deref().unwrap_or(" no start time"));
            if !line.has_ended {
                bar = bar.colored(Color::DarkGreen);
            }
            rows.push([line.user, line.id, bar]);
        }
        let labels = axis.labels(&self.zone, if is_utf8 { '▏' } else { '|' });
        rows.push(["", "", &format!(" {labels}")].map(Cell::new));
        if is_complete {
            let most = concurrent::most_per_column(&self.runs, axis);
            let peak = most.iter().max().copied().unwrap_or(0);
            let labels = [format!("at once, peak {peak}"), format!("peak {peak}")];
            let label = labels.into_iter().find(|label| label.len() <= users);
            let line = format!(" {}", bar::sparkline(&most, peak, is_utf8));
            rows.push([label.unwrap_or_default(), String::new(), line].map(Cell::new));
        }
        let widths = [users, SHORT_ID, axis.columns + 2];
        let rows = rows.into_iter().map(|row| {
            let cells = row.into_iter().zip(widths);
            let cells = cells.map(|(cell, width)| cell.cut(width, is_utf8));
            cells.collect()
        });
        write_rows(&mut self.out, rows, &widths, self.options.color)?;
        if self.count > MOST_LINES {
            let rest = self.count - MOST_LINES;
            writeln!(self.out, "{rest} more sessions are not drawn")?;
        }
        if !is_complete {
            writeln!(self.out, "incomplete: sessions are missing")?;
        }
        Ok(())
    }

    /// The requested period, or else the period in which the sessions ran, until now if one of them still
    /// runs.
    fn axis(&self, columns: usize) -> Axis {
        let now = CLOCK.now().as_second();
        let second = |bound: PeriodBound| bound.timestamp().as_second();
        let since = self.options.period.since.map(second);
        let until = self.options.period.until.map(second);
        let first = self.runs.iter().map(|run| run.start).min();
        let last = self.runs.iter().map(|run| run.end.unwrap_or(now)).max();
        let start = since.or(first).unwrap_or(now);
        Axis {
            start,
            end: until.or(last).unwrap_or(now).max(start + 1),
            columns,
        }
    }

    fn period(&self, axis: Axis) -> String {
        let time = |second: i64, format: &str| {
            let time = Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
            time::format(time, self.zone.clone(), format)
        };
        let start = time(axis.start, "%Y-%m-%d %H:%M");
        let end = time(axis.end, "%Y-%m-%d %H:%M %:z");
        format!("{start} to {end}")
    }
}

/// The run of a session; `None` if the service did not send its start.
fn run(session: &Session) -> Option<RunSpan> {
    let start = session.started_at()?.as_second();
    let end = session.ended_at().map(Timestamp::as_second);
    // If the session ended at an unknown time, only its start is certain.
    let end = end.or(session.has_ended().then_some(start));
    Some(RunSpan { start, end })
}

impl Printer for TimelinePrinter<'_> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let Some(session) = document.session() else {
            return Ok(());
        };
        let run = run(session);
        self.runs.extend(run);
        self.count += 1;
        if self.lines.len() < MOST_LINES {
            let id = session.session_id.as_deref();
            let id: Option<String> = id.map(|id| id.chars().take(SHORT_ID).collect());
            let user = Cell::untrusted(session.username.as_deref());
            self.lines.push(SessionLine {
                user: user.cut(MOST_USER, self.options.terminal.is_utf8),
                id: Cell::untrusted(id.as_deref()),
                run,
                has_ended: session.has_ended(),
            });
        }
        Ok(())
    }

    /// Writes nothing: a timeline cannot be drawn in part.
    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), PrintError> {
        self.draw(true)?;
        Ok(self.out.flush()?)
    }

    fn abort(&mut self) -> Result<(), PrintError> {
        self.draw(false)?;
        Ok(self.out.flush()?)
    }
}
