//! What people see of a document, and in which order.

use anstyle::AnsiColor;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::bar::Bar;
use super::cell::{ABSENT, Cell};
use crate::output::{RenderOptions, Timestamps, cells, field, time};
use crate::service::clock::CLOCK;
use crate::service::model::{self, Document, Shape};

/// What cells are made with.
pub(super) struct View {
    timestamps: Option<Timestamps>,
    zone: TimeZone,
    /// Absent: that of the clock, whenever it is needed.
    now: Option<Timestamp>,
    is_utf8: bool,
}

impl View {
    pub(super) fn new(page: RenderOptions) -> Self {
        Self {
            timestamps: page.timestamps,
            zone: TimeZone::system(),
            now: None,
            is_utf8: page.terminal.is_utf8,
        }
    }

    /// The same at another moment, so many hours east of UTC.
    #[cfg(test)]
    pub(super) fn at(page: RenderOptions, now: Timestamp, hours: i8) -> Self {
        Self {
            now: Some(now),
            zone: TimeZone::fixed(jiff::tz::offset(hours)),
            ..Self::new(page)
        }
    }

    /// The offset that short times are written in: one for all, so that it stands in the header.
    pub(super) fn offset(&self) -> Offset {
        self.zone.to_offset(self.now())
    }

    fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(|| CLOCK.now())
    }

    fn timestamp(&self, document: &Document, name: &str) -> Cell {
        let number = document.number(name);
        Cell::untrusted(&match self.timestamps {
            Some(notation) => cells::timestamp(number, notation),
            None => number
                .map(|number| time::local(number, &self.zone))
                .unwrap_or_default(),
        })
    }

    fn short(&self, document: &Document, name: &str, format: &str) -> Cell {
        let number = document.number(name);
        let shown = number.map(|number| time::formatted(number, self.offset(), format));
        Cell::untrusted(&shown.unwrap_or_default())
    }

    /// Whether times have a short form: one that was asked for by name has none.
    pub(super) fn has_short_times(&self) -> bool {
        self.timestamps.is_none()
    }
}

/// A line of the table of one document, and perhaps a column of the table of many.
pub(super) struct Column {
    pub(super) label: &'static str,
    pub(super) cell: fn(&Document, &View) -> Cell,
    /// How it stands where each document is a row; `None` if it does not.
    pub(super) in_rows: Option<InRows>,
    pub(super) short: Option<Short>,
}

/// A column of a table of many documents.
#[derive(Clone, Copy)]
pub(super) struct InRows {
    /// The narrowest that it may become.
    pub(super) least: usize,
    /// Where a terminal has no room for all columns, the highest rank is left out first; 0 stays.
    pub(super) rank: u8,
    /// Which lists have it.
    pub(super) lists: Lists,
    /// Whether it takes what the terminal has left.
    pub(super) grows: bool,
}

/// Which lists have a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    All,
    /// Those over several portals.
    ManyPortals,
    /// Those whose rows differ in it.
    Varied,
}

/// A column's short form.
#[derive(Clone, Copy)]
pub(super) struct Short {
    pub(super) label: &'static str,
    /// Whether the offset of its times follows the label.
    pub(super) has_offset: bool,
    pub(super) cell: fn(&Document, &View) -> Cell,
}

impl Column {
    const fn new(label: &'static str, cell: fn(&Document, &View) -> Cell) -> Self {
        Self {
            label,
            cell,
            in_rows: None,
            short: None,
        }
    }

    const fn in_rows(self, least: usize, rank: u8) -> Self {
        Self {
            in_rows: Some(InRows {
                least,
                rank,
                lists: Lists::All,
                grows: false,
            }),
            ..self
        }
    }

    const fn of(self, lists: Lists) -> Self {
        match self.in_rows {
            Some(in_rows) => Self {
                in_rows: Some(InRows { lists, ..in_rows }),
                ..self
            },
            None => self,
        }
    }

    const fn growing(self) -> Self {
        match self.in_rows {
            Some(in_rows) => Self {
                in_rows: Some(InRows {
                    grows: true,
                    ..in_rows
                }),
                ..self
            },
            None => self,
        }
    }

    /// With a time as `11-25 02:37`, the offset in the header.
    const fn short_time(self, label: &'static str, cell: fn(&Document, &View) -> Cell) -> Self {
        Self {
            short: Some(Short {
                label,
                has_offset: true,
                cell,
            }),
            ..self
        }
    }

    /// With a time as its day.
    const fn short_day(self, label: &'static str, cell: fn(&Document, &View) -> Cell) -> Self {
        Self {
            short: Some(Short {
                label,
                has_offset: false,
                cell,
            }),
            ..self
        }
    }
}

/// The width of an ID, which is broken over two lines only where nothing else helps: nobody could
/// copy it.
const ID: usize = 36;
/// The width of `2026-11-23 14:02:11 +01:00`.
const MOMENT: usize = 26;
/// The width of the longest IPv6 address.
const ADDRESS: usize = 39;
const SHORT_TIME: &str = "%m-%d %H:%M";
const DAY: &str = "%Y-%m-%d";

static SESSION_COLUMNS: &[Column] = &[
    Column::new("Session", |session, _| text(session, "sessionId")).in_rows(ID, 0),
    Column::new("Status", |session, _| status(session)).in_rows(10, 0),
    Column::new("User", |session, _| text(session, "username"))
        .in_rows(16, 0)
        .growing(),
    Column::new("Addresses", |session, _| {
        Cell::untrusted_lines(session.list("clientIpAddresses"))
    })
    .in_rows(ADDRESS, 1),
    Column::new("Started", |session, view| {
        view.timestamp(session, "startTime")
    })
    .in_rows(MOMENT, 2)
    .short_time("Start", |session, view| {
        view.short(session, "startTime", SHORT_TIME)
    }),
    Column::new("Ended", |session, view| view.timestamp(session, "endTime")),
    Column::new("Duration", duration).in_rows(8, 3),
    Column::new("Portal", |session, _| portal(session))
        .in_rows(ID, 0)
        .of(Lists::ManyPortals),
    Column::new("Region", |session, _| region(session))
        .in_rows(14, 0)
        .of(Lists::ManyPortals),
];

static PORTAL_COLUMNS: &[Column] = &[
    Column::new("Portal", |it, _| portal(it)).in_rows(ID, 0),
    Column::new("Name", |portal, _| text(portal, "displayName"))
        .in_rows(16, 0)
        .growing(),
    Column::new("Status", |portal, _| text(portal, "portalStatus")).in_rows(10, 1),
    Column::new("Endpoint", |portal, _| text(portal, "portalEndpoint")).in_rows(24, 4),
    Column::new("Limit", |portal, _| number(portal, "maxConcurrentSessions")).in_rows(5, 2),
    Column::new("Created", |portal, view| {
        view.timestamp(portal, "creationDate")
    })
    .in_rows(MOMENT, 3)
    .short_day("Created", |portal, view| {
        view.short(portal, "creationDate", DAY)
    }),
    Column::new("Region", |it, _| region(it)).in_rows(14, 0),
];

static USAGE_COLUMNS: &[Column] = &[
    Column::new("Name", |usage, _| name(usage))
        .in_rows(16, 0)
        .growing(),
    Column::new("Portal", |usage, _| portal(usage)),
    Column::new("Region", |usage, _| text(usage, "region")).in_rows(14, 1),
    Column::new("From", |usage, view| view.timestamp(usage, "periodStart"))
        .in_rows(MOMENT, 0)
        .of(Lists::Varied)
        .short_time("From", |usage, view| {
            view.short(usage, "periodStart", SHORT_TIME)
        }),
    Column::new("Until", |usage, view| view.timestamp(usage, "periodEnd")),
    Column::new("Active", |usage, _| number(usage, "activeSessions")).in_rows(6, 1),
    Column::new("Limit", |usage, _| number(usage, "maxConcurrentSessions")).in_rows(5, 2),
    Column::new("Use", use_of_limit).in_rows(ID, 0),
    Column::new("Peak", |usage, _| number(usage, "peakSessions")).in_rows(5, 0),
    Column::new("Peak at", |usage, view| view.timestamp(usage, "peakTime"))
        .in_rows(MOMENT, 3)
        .short_time("Peak at", |usage, view| {
            view.short(usage, "peakTime", SHORT_TIME)
        }),
    Column::new("Sessions", |usage, _| number(usage, "sessions")).in_rows(8, 4),
    Column::new("Users", |usage, _| number(usage, "users")).in_rows(5, 4),
];

/// A gap is shown as what started and ended then.
static EVENT_COLUMNS: &[Column] = &[
    Column::new("Event", |event, _| text(event, "event")).in_rows(7, 0),
    Column::new("Session", |event, _| text(event, "sessionId")).in_rows(ID, 0),
    Column::new("User", |event, _| text(event, "username"))
        .in_rows(16, 0)
        .growing(),
    Column::new("Addresses", |event, _| {
        Cell::untrusted_lines(event.list("clientIpAddresses"))
    })
    .in_rows(ADDRESS, 2),
    Column::new("Started", |event, view| view.timestamp(event, start(event)))
        .in_rows(MOMENT, 3)
        .short_time("Start", |event, view| {
            view.short(event, start(event), SHORT_TIME)
        }),
    Column::new("Ended", |event, view| view.timestamp(event, end(event)))
        .in_rows(MOMENT, 1)
        .short_time("End", |event, view| {
            view.short(event, end(event), SHORT_TIME)
        }),
    Column::new("Portal", |event, _| match event.text("portalId") {
        Some(id) => Cell::untrusted(id),
        None => portal(event),
    })
    .in_rows(ID, 0)
    .of(Lists::ManyPortals),
    Column::new("Region", |event, _| match event.text("region") {
        Some(name) => Cell::untrusted(name),
        None => region(event),
    })
    .in_rows(14, 0)
    .of(Lists::ManyPortals),
];

/// The member that has the start of what an event tells of.
fn start(event: &Document) -> &'static str {
    if event.number("from").is_some() {
        "from"
    } else {
        "startTime"
    }
}

/// The member that has its end.
fn end(event: &Document) -> &'static str {
    if event.number("to").is_some() {
        "to"
    } else {
        "endTime"
    }
}

/// What people see of documents of a shape. A list's documents have no addresses, so their table
/// has no such column.
pub(super) fn for_shape(shape: &'static Shape) -> impl Iterator<Item = &'static Column> {
    let all = if *shape == model::PORTAL {
        PORTAL_COLUMNS
    } else if *shape == model::USAGE {
        USAGE_COLUMNS
    } else if *shape == model::EVENT {
        EVENT_COLUMNS
    } else {
        SESSION_COLUMNS
    };
    let has_addresses = shape.has("clientIpAddresses");
    all.iter()
        .filter(move |column| has_addresses || column.label != "Addresses")
}

fn text(document: &Document, name: &str) -> Cell {
    Cell::untrusted(document.text(name).unwrap_or_default())
}

fn number(document: &Document, name: &str) -> Cell {
    let number = document.number(name).map(ToString::to_string);
    Cell::untrusted(&number.unwrap_or_default())
}

/// The portal's ID; the whole ARN if it is of another form.
fn portal(document: &Document) -> Cell {
    arn_part(document, document.portal_id())
}

/// The portal's region; the whole ARN if it is of another form.
fn region(document: &Document) -> Cell {
    arn_part(document, document.portal_region())
}

fn arn_part(document: &Document, part: Option<&str>) -> Cell {
    let whole = document.text("portalArn").unwrap_or_default();
    Cell::untrusted(part.unwrap_or(whole))
}

/// A portal's name, or the ID of one without.
fn name(usage: &Document) -> Cell {
    match usage.text("displayName") {
        Some(name) if !name.is_empty() => Cell::untrusted(name),
        _ => portal(usage),
    }
}

fn status(session: &Document) -> Cell {
    let cell = text(session, "status");
    if model::has_ended(session) {
        cell.dim()
    } else if session.text("status") == Some("Active") {
        cell.colored(AnsiColor::Green)
    } else {
        cell
    }
}

fn duration(session: &Document, view: &View) -> Cell {
    match field::duration(session, view.now()) {
        Some(seconds) => Cell::new(time::human_duration(seconds)),
        None => Cell::new(ABSENT),
    }
}

/// The share of the limit: of the sessions active now, or else of the most at a time.
fn use_of_limit(usage: &Document, view: &View) -> Cell {
    let value = |name: &str| usage.number(name).and_then(serde_json::Number::as_f64);
    let of_peak = || Some(value("peakSessions")? / value("maxConcurrentSessions")?);
    match value("utilization").or_else(of_peak).and_then(Bar::of) {
        Some(bar) => Cell::new(bar.text(view.is_utf8)).colored(bar.color()),
        None => Cell::new(ABSENT),
    }
}
