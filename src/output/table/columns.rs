//! What people see of a document, and in which order.

use anstyle::AnsiColor;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::bar::Bar;
use super::cell::{ABSENT, Cell};
use crate::output::documents::{self, Document, Schema};
use crate::output::{RenderOptions, Timestamps, field, time};
use crate::service::clock::CLOCK;
use crate::service::documents::EpochSeconds;

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

    fn timestamp(&self, time: Option<&EpochSeconds>) -> Cell {
        let shown = time.map(|time| match self.timestamps {
            Some(Timestamps::Epoch) => time.to_string(),
            Some(Timestamps::Iso) => time::iso(time),
            None => time::local(time, &self.zone),
        });
        text(shown.as_deref())
    }

    fn short(&self, time: Option<&EpochSeconds>, format: &str) -> Cell {
        let shown = time.map(|time| time::formatted(time, self.offset(), format));
        text(shown.as_deref())
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
    Column::new("Session", |it, _| text(session_id(it))).in_rows(ID, 0),
    Column::new("Status", |it, _| status(it)).in_rows(10, 0),
    Column::new("User", |it, _| text(username(it)))
        .in_rows(16, 0)
        .growing(),
    Column::new("Addresses", |it, _| addresses(it)).in_rows(ADDRESS, 1),
    Column::new("Started", |it, view| view.timestamp(start_time(it)))
        .in_rows(MOMENT, 2)
        .short_time("Start", |it, view| view.short(start_time(it), SHORT_TIME)),
    Column::new("Ended", |it, view| view.timestamp(end_time(it))),
    Column::new("Duration", duration).in_rows(8, 3),
    Column::new("Portal", |it, _| portal(it))
        .in_rows(ID, 0)
        .of(Lists::ManyPortals),
    Column::new("Region", |it, _| region(it))
        .in_rows(14, 0)
        .of(Lists::ManyPortals),
];

static PORTAL_COLUMNS: &[Column] = &[
    Column::new("Portal", |it, _| portal(it)).in_rows(ID, 0),
    Column::new("Name", |it, _| {
        text(it.portal().and_then(|it| it.display_name.as_deref()))
    })
    .in_rows(16, 0)
    .growing(),
    Column::new("Status", |it, _| {
        text(it.portal().and_then(|it| it.portal_status.as_deref()))
    })
    .in_rows(10, 1),
    Column::new("Endpoint", |it, _| {
        text(it.portal().and_then(|it| it.portal_endpoint.as_deref()))
    })
    .in_rows(24, 4),
    Column::new("Limit", |it, _| {
        number(
            it.portal()
                .and_then(|it| it.max_concurrent_sessions.as_ref()),
        )
    })
    .in_rows(5, 2),
    Column::new("Created", |it, view| view.timestamp(creation_date(it)))
        .in_rows(MOMENT, 3)
        .short_day("Created", |it, view| view.short(creation_date(it), DAY)),
    Column::new("Region", |it, _| region(it)).in_rows(14, 0),
];

const FROM: Column = Column::new("From", |it, view| view.timestamp(period_start(it)))
    .in_rows(MOMENT, 0)
    .of(Lists::Varied)
    .short_time("From", |it, view| view.short(period_start(it), SHORT_TIME));
const UNTIL: Column = Column::new("Until", |it, view| {
    view.timestamp(it.usage().and_then(|it| it.period_end.as_ref()))
});
const ACTIVE: Column = Column::new("Active", |it, _| {
    number(it.usage().and_then(|it| it.active_sessions))
})
.in_rows(6, 1);
const PEAK: Column = Column::new("Peak", |it, _| {
    number(it.usage().and_then(|it| it.peak_sessions))
})
.in_rows(5, 0);
const PEAK_AT: Column = Column::new("Peak at", |it, view| view.timestamp(peak_time(it)))
    .in_rows(MOMENT, 3)
    .short_time("Peak at", |it, view| view.short(peak_time(it), SHORT_TIME));
const SESSIONS: Column = Column::new("Sessions", |it, _| {
    number(it.usage().and_then(|it| it.sessions))
})
.in_rows(8, 4);
const USERS: Column =
    Column::new("Users", |it, _| number(it.usage().and_then(|it| it.users))).in_rows(5, 4);

static USAGE_COLUMNS: &[Column] = &[
    Column::new("Name", |it, _| name(it))
        .in_rows(16, 0)
        .growing(),
    Column::new("Portal", |it, _| portal(it)),
    Column::new("Region", |it, _| region(it)).in_rows(14, 1),
    FROM,
    UNTIL,
    ACTIVE,
    Column::new("Limit", |it, _| {
        number(it.usage().and_then(|it| it.max_concurrent_sessions))
    })
    .in_rows(5, 2),
    Column::new("Use", use_of_limit).in_rows(ID, 0),
    PEAK,
    PEAK_AT,
    SESSIONS,
    USERS,
];

static USAGE_OF_PORTALS_COLUMNS: &[Column] = &[
    Column::new("Region", |it, _| region(it)).in_rows(14, 0),
    Column::new("Instance type", |it, _| {
        text(it.usage().and_then(|it| it.instance_type.as_deref()))
    })
    .in_rows(16, 0),
    Column::new("Portals", |it, _| {
        number(it.usage().and_then(|it| it.portals))
    })
    .in_rows(7, 2),
    FROM,
    UNTIL,
    ACTIVE,
    PEAK,
    PEAK_AT,
    SESSIONS,
    USERS,
];

static USAGE_OF_USERS_COLUMNS: &[Column] = &[
    Column::new("User", |it, _| {
        text(it.usage().and_then(|it| it.username.as_deref()))
    })
    .in_rows(16, 0)
    .growing(),
    Column::new("Portals", |it, _| {
        number(it.usage().and_then(|it| it.portals))
    })
    .in_rows(7, 3),
    FROM,
    UNTIL,
    ACTIVE,
    SESSIONS,
    Column::new("Total", |it, _| total_duration(it)).in_rows(8, 1),
    Column::new("First start", |it, view| view.timestamp(first_start(it)))
        .in_rows(MOMENT, 2)
        .short_time("First", |it, view| view.short(first_start(it), SHORT_TIME)),
    Column::new("Last end", |it, view| view.timestamp(last_end(it)))
        .in_rows(MOMENT, 2)
        .short_time("Last", |it, view| view.short(last_end(it), SHORT_TIME)),
];

/// A gap is shown as what started and ended then.
static EVENT_COLUMNS: &[Column] = &[
    Column::new("Event", |it, _| text(it.event().map(|it| it.event))).in_rows(7, 0),
    Column::new("Session", |it, _| text(session_id(it))).in_rows(ID, 0),
    Column::new("User", |it, _| text(username(it)))
        .in_rows(16, 0)
        .growing(),
    Column::new("Addresses", |it, _| addresses(it)).in_rows(ADDRESS, 2),
    Column::new("Started", |it, view| view.timestamp(start_time(it)))
        .in_rows(MOMENT, 3)
        .short_time("Start", |it, view| view.short(start_time(it), SHORT_TIME)),
    Column::new("Ended", |it, view| view.timestamp(end_time(it)))
        .in_rows(MOMENT, 1)
        .short_time("End", |it, view| view.short(end_time(it), SHORT_TIME)),
    Column::new("Portal", |it, _| portal(it))
        .in_rows(ID, 0)
        .of(Lists::ManyPortals),
    Column::new("Region", |it, _| region(it))
        .in_rows(14, 0)
        .of(Lists::ManyPortals),
];

fn session_id(document: &Document) -> Option<&str> {
    document.session()?.session_id.as_deref()
}

fn username(document: &Document) -> Option<&str> {
    document.session()?.username.as_deref()
}

/// The start of a session, or of a period that an event is about.
fn start_time(document: &Document) -> Option<&EpochSeconds> {
    let from = document.event().and_then(|it| it.unobserved.from.as_ref());
    from.or_else(|| document.session()?.start_time.as_ref())
}

/// Its end.
fn end_time(document: &Document) -> Option<&EpochSeconds> {
    let to = document.event().and_then(|it| it.unobserved.to.as_ref());
    to.or_else(|| document.session()?.end_time.as_ref())
}

fn creation_date(document: &Document) -> Option<&EpochSeconds> {
    document.portal()?.creation_date.as_ref()
}

fn period_start(document: &Document) -> Option<&EpochSeconds> {
    document.usage()?.period_start.as_ref()
}

fn first_start(document: &Document) -> Option<&EpochSeconds> {
    document.usage()?.first_start.as_ref()
}

fn last_end(document: &Document) -> Option<&EpochSeconds> {
    document.usage()?.last_end.as_ref()
}

fn total_duration(document: &Document) -> Cell {
    let seconds = document.usage().and_then(|it| it.total_duration);
    match seconds.and_then(|seconds| i64::try_from(seconds).ok()) {
        Some(seconds) => Cell::new(time::human_duration(seconds)),
        None => Cell::new(ABSENT),
    }
}

fn peak_time(document: &Document) -> Option<&EpochSeconds> {
    document.usage()?.peak_time.as_ref()
}

/// What people see of documents of a schema. A list's documents have no addresses, so their table
/// has no such column.
pub(super) fn for_schema(schema: &'static Schema) -> impl Iterator<Item = &'static Column> {
    let all = if *schema == documents::PORTAL {
        PORTAL_COLUMNS
    } else if *schema == documents::USAGE {
        USAGE_COLUMNS
    } else if *schema == documents::USAGE_OF_USERS {
        USAGE_OF_USERS_COLUMNS
    } else if schema.plural == documents::USAGE.plural {
        USAGE_OF_PORTALS_COLUMNS
    } else if *schema == documents::EVENT {
        EVENT_COLUMNS
    } else {
        SESSION_COLUMNS
    };
    let has = move |column: &&Column| match column.label {
        "Addresses" => schema.member("clientIpAddresses").is_some(),
        "Instance type" => schema.member("instanceType").is_some(),
        _ => true,
    };
    all.iter().filter(has)
}

fn text(text: Option<&str>) -> Cell {
    Cell::untrusted(text.unwrap_or_default())
}

fn number(number: Option<impl ToString>) -> Cell {
    let number = number.map(|number| number.to_string());
    text(number.as_deref())
}

fn addresses(document: &Document) -> Cell {
    let session = document.session();
    let addresses = session.and_then(|session| session.client_ip_addresses.as_ref());
    Cell::untrusted_lines(addresses.into_iter().flatten().map(String::as_str))
}

/// The portal's ID; the whole ARN if it is of another form.
fn portal(document: &Document) -> Cell {
    text(document.portal_id().or_else(|| document.portal_arn()))
}

/// The portal's region; the whole ARN if it is of another form.
fn region(document: &Document) -> Cell {
    text(document.region().or_else(|| document.portal_arn()))
}

/// A portal's name, or the ID of one without.
fn name(document: &Document) -> Cell {
    let name = document.usage().and_then(|it| it.display_name.as_deref());
    match name {
        Some(name) if !name.is_empty() => Cell::untrusted(name),
        _ => portal(document),
    }
}

fn status(document: &Document) -> Cell {
    let Some(session) = document.session() else {
        return text(None);
    };
    let status = session.status.as_deref();
    let cell = text(status);
    if session.has_ended() {
        cell.dim()
    } else if status == Some("Active") {
        cell.colored(AnsiColor::Green)
    } else {
        cell
    }
}

fn duration(document: &Document, view: &View) -> Cell {
    let session = document.session();
    match session.and_then(|session| field::duration(session, view.now())) {
        Some(seconds) => Cell::new(time::human_duration(seconds)),
        None => Cell::new(ABSENT),
    }
}

/// The share of the limit: of the sessions active now, or else of the most at a time.
fn use_of_limit(document: &Document, view: &View) -> Cell {
    let share = document.usage().and_then(|usage| {
        let share_of_peak = || share(usage.peak_sessions?, usage.max_concurrent_sessions?);
        usage.utilization.or_else(share_of_peak)
    });
    match share.and_then(Bar::of) {
        Some(bar) => Cell::new(bar.text(view.is_utf8)).colored(bar.color()),
        None => Cell::new(ABSENT),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
fn share(sessions: u64, limit: u64) -> Option<f64> {
    (limit > 0).then(|| sessions as f64 / limit as f64)
}
