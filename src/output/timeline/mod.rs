//! `timeline`: a picture of when sessions ran, one line per session on a common time axis.

use std::io;

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::documents::{self, Document, Schema};
use super::printer::{Cardinality, Out, PeriodBound, PrintError, Printer, RenderOptions};
use super::time;
use super::untrusted::{escape, escape_commands};
use super::width::{cut, width};
use crate::service::clock::CLOCK;
use crate::service::documents::Session;

mod axis;
mod bar;
mod concurrent;

use axis::Axis;
use bar::Marks;
use concurrent::RunSpan;

/// Why a timeline cannot show what a command prints; `None` if it can.
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

/// The most sessions with a line of their own. The others count in the sum below.
const MOST_LINES: usize = 1000;

/// Columns where there is no terminal.
const WIDTH: usize = 80;

/// The first characters of an ID, by which people tell sessions apart.
const SHORT_ID: usize = 8;

/// The widest that the column of users becomes, and the narrowest bar: `no start time` fits in its place.
const WIDEST_USER: usize = 24;
const LEAST_BAR: usize = 12;

/// A session's line.
struct SessionLine {
    user: String,
    id: String,
    run: Option<RunSpan>,
    has_ended: bool,
}

pub(super) struct TimelinePrinter<'a> {
    out: Out<'a>,
    options: RenderOptions,
    zone: TimeZone,
    now: i64,
    lines: Vec<SessionLine>,
    /// All sessions, those without a line counted.
    runs: Vec<RunSpan>,
    count: usize,
}

impl<'a> TimelinePrinter<'a> {
    pub(super) fn new(options: RenderOptions, out: Out<'a>) -> Self {
        Self {
            out,
            options,
            zone: TimeZone::system(),
            now: 0,
            lines: Vec::new(),
            runs: Vec::new(),
            count: 0,
        }
    }

    /// Draws the picture. It is not drawn for an incomplete list, whose sum would be wrong.
    fn draw(&mut self, is_whole: bool) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        self.now = CLOCK.now().as_second();
        let widest = self.lines.iter().map(|line| width(&line.user)).max();
        let columns = self.options.terminal.width.map_or(WIDTH, usize::from);
        // A blank on each side of the users, an ID, and a bar with a mark at each end.
        let fixed = SHORT_ID + 2 + 2;
        let most = columns.saturating_sub(fixed + LEAST_BAR).min(WIDEST_USER);
        let users = widest.unwrap_or(0).max("USER".len()).min(most.max(1));
        let bars = columns.saturating_sub(users + fixed).max(1);
        let axis = self.axis(bars);
        self.write_header(users, axis)?;
        for line in std::mem::take(&mut self.lines) {
            self.write_line(&line, users, axis)?;
        }
        self.write_axis(users, axis, is_whole)?;
        self.write_rest(is_whole)
    }

    /// The requested period, or else the period in which the sessions ran; it includes now if one
    /// of them still runs.
    fn axis(&self, columns: usize) -> Axis {
        let second = |bound: PeriodBound| bound.timestamp().as_second();
        let since = self.options.period.since.map(second);
        let until = self.options.period.until.map(second);
        let first = self.runs.iter().map(|run| run.start).min();
        let last = self.runs.iter().map(|run| run.end.unwrap_or(self.now));
        let start = since.or(first).unwrap_or(self.now);
        let end = until.or(last.max()).unwrap_or(self.now);
        Axis {
            start,
            end: end.max(start + 1),
            columns,
        }
    }

    fn write_header(&mut self, users: usize, axis: Axis) -> io::Result<()> {
        let bold = self.style(Style::new().bold());
        let from = axis::minute(axis.start, &self.zone);
        let until = axis::minute(axis.end, &self.zone);
        let zone = Timestamp::from_second(axis.end)
            .map(|end| time::offset(self.zone.to_offset(end)))
            .unwrap_or_default();
        let period = format!("{from} to {until} {zone}");
        let header = format!("{:users$} {:SHORT_ID$}  {period}", "USER", "SESSION");
        writeln!(self.out, "{bold}{}{bold:#}", self.fitted(&header))
    }

    fn write_line(&mut self, line: &SessionLine, users: usize, axis: Axis) -> io::Result<()> {
        let is_utf8 = self.options.terminal.is_utf8;
        let user = cut(&line.user, users, is_utf8);
        let blanks = users.saturating_sub(width(&user));
        let style = self.style(if line.has_ended {
            Style::new()
        } else {
            AnsiColor::Green.on_default()
        });
        let bar = match line.run {
            Some(run) => bar::of(run, axis, Marks::of(is_utf8)),
            None => " no start time".to_owned(),
        };
        let id = &line.id;
        let bar = bar.trim_end();
        writeln!(
            self.out,
            "{user}{:blanks$} {id:SHORT_ID$} {style}{bar}{style:#}",
            ""
        )
    }

    fn write_axis(&mut self, users: usize, axis: Axis, is_whole: bool) -> io::Result<()> {
        let marks = Marks::of(self.options.terminal.is_utf8);
        let label = users + 1 + SHORT_ID;
        let labels = axis.labels(&self.zone, marks.tick());
        writeln!(self.out, "{:label$}  {}", "", labels.trim_end())?;
        if !is_whole {
            return Ok(());
        }
        let most = concurrent::most_per_column(&self.runs, axis);
        let peak = most.iter().max().copied().unwrap_or(0);
        let line = bar::sparkline(&most, peak, marks);
        let names = [format!("at once, peak {peak}"), format!("peak {peak}")];
        let name = names.into_iter().find(|name| name.len() <= label);
        let name = name.unwrap_or_default();
        let line = format!("{name:label$}  {}", line.trim_end());
        writeln!(self.out, "{}", line.trim_end())
    }

    fn write_rest(&mut self, is_whole: bool) -> io::Result<()> {
        let rest = self.count - self.count.min(MOST_LINES);
        if rest > 0 {
            writeln!(self.out, "{rest} more sessions are not drawn")?;
        }
        if !is_whole {
            writeln!(self.out, "incomplete: sessions are missing")?;
        }
        Ok(())
    }

    /// A style, if there is color.
    fn style(&self, style: Style) -> Style {
        if self.options.color {
            style
        } else {
            Style::new()
        }
    }

    /// A line of this program's text that the terminal's edge cuts rather than wraps.
    fn fitted(&self, line: &str) -> String {
        let columns = self.options.terminal.width.map_or(WIDTH, usize::from);
        line.chars().take(columns).collect()
    }
}

/// When a session ran; `None` if the service left its start out.
fn run(session: &Session) -> Option<RunSpan> {
    let start = session.started_at()?.as_second();
    let end = match session.ended_at() {
        Some(end) => Some(end.as_second()),
        // The session ended at an unknown time: only its start is certain.
        None if session.has_ended() => Some(start),
        None => None,
    };
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
            let id = session.session_id.as_deref().unwrap_or_default();
            let short: String = id.chars().take(SHORT_ID).collect();
            let user = match session.username.as_deref() {
                None | Some("") => "-",
                Some(user) => user,
            };
            self.lines.push(SessionLine {
                // A line shows no more of a long name.
                user: escape_commands(&escape(user))
                    .chars()
                    .take(4 * WIDEST_USER)
                    .collect(),
                id: escape(&short).into_owned(),
                run,
                has_ended: session.has_ended(),
            });
        }
        Ok(())
    }

    /// Prints nothing: a timeline cannot be drawn in part.
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
