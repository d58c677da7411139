//! What people see of a document, and in which order.

use std::collections::HashSet;

use comfy_table::Color;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

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
    /// The offset of all times in full, if it stands in the header.
    shared_offset: Option<Offset>,
    /// The part of session IDs by which they differ.
    short_id: IdForm,
}

/// The part of an ID that is shown where there is no room for all of it.
#[derive(Debug, Clone, Copy)]
enum IdForm {
    Start,
    End,
    StartAndEnd,
}

impl IdForm {
    fn shorten(self, id: &str, is_utf8: bool) -> String {
        let (start, end) = match self {
            Self::Start => (SHORT_ID, 0),
            Self::End => (0, SHORT_ID),
            Self::StartAndEnd => (6, 4),
        };
        let mark = match (end, is_utf8) {
            (0, _) => "",
            (_, true) => "…",
            (_, false) => "~",
        };
        match (id.get(..start), id.get(id.len().saturating_sub(end)..)) {
            (Some(start), Some(end)) => format!("{start}{mark}{end}"),
            _ => id.to_owned(),
        }
    }
}

impl View {
    pub(super) fn new(page: RenderOptions) -> Self {
        Self {
            timestamps: page.timestamps,
            zone: TimeZone::system(),
            now: None,
            is_utf8: page.terminal.is_utf8,
            shared_offset: None,
            short_id: IdForm::Start,
        }
    }

    /// Moves the offset of times into the header if all rows have the same one: also the later rows,
    /// if the zone has kept it since before the service's retention of 35 days.
    pub(super) fn share_offset(
        &mut self,
        schema: &'static Schema,
        documents: &[Document],
        more_rows: bool,
    ) {
        let now = self.now();
        let offset = self.offset();
        let retained = now
            .checked_sub(SignedDuration::from_hours(24 * 60))
            .unwrap_or(now);
        let has_changed = self
            .zone
            .preceding(now)
            .next()
            .is_some_and(|transition| transition.timestamp() > retained);
        if self.timestamps.is_some() || more_rows && has_changed {
            return;
        }
        let suffix = format!(" {}", time::offset(offset));
        let is_shared = for_schema(schema)
            .filter(|column| column.in_rows.is_some() && column.is_time())
            .all(|column| {
                let mut cells = documents
                    .iter()
                    .map(|document| (column.cell)(document, self));
                cells.all(|cell| cell.is_absent() || cell.ends_with(&suffix))
            });
        self.shared_offset = is_shared.then_some(offset);
    }

    pub(super) const fn shared_offset(&self) -> Option<Offset> {
        self.shared_offset
    }

    /// Chooses the part of session IDs that distinguishes the sessions: their start, their end, or
    /// else both.
    pub(super) fn distinguish_sessions(&mut self, documents: &[Document]) {
        let ids: HashSet<&str> = documents.iter().filter_map(session_id).collect();
        let distinguishes = |form: &IdForm| {
            let forms: HashSet<_> = ids
                .iter()
                .map(|id| form.shorten(id, self.is_utf8))
                .collect();
            forms.len() == ids.len()
        };
        let forms = [IdForm::Start, IdForm::End];
        self.short_id = forms
            .into_iter()
            .find(distinguishes)
            .unwrap_or(IdForm::StartAndEnd);
    }

    fn short_session_id(&self, document: &Document) -> Cell {
        let id = session_id(document);
        let shown = id.map(|id| self.short_id.shorten(id, self.is_utf8));
        text(shown.as_deref())
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
            None => {
                let shown = time::local(time, &self.zone);
                let offset = self.shared_offset.map(time::offset).unwrap_or_default();
                match shown.strip_suffix(&offset) {
                    Some(without) => without.trim_end().to_owned(),
                    None => shown,
                }
            }
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
    /// Those over several portals whose rows differ in it.
    ManyRegions,
    /// Those whose rows differ in it.
    Varied,
}

/// A column's short form.
#[derive(Clone, Copy)]
pub(super) struct Short {
    pub(super) label: &'static str,
    /// Whether it is a time, or else an ID.
    pub(super) is_time: bool,
    /// Whether the offset of its times follows the label.
    pub(super) has_offset: bool,
    /// How wide it is expected to be.
    pub(super) width: usize,
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
                is_time: true,
                has_offset: true,
                width: SHORT_TIME_WIDTH,
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
                is_time: true,
                has_offset: false,
                width: SHORT_TIME_WIDTH,
                cell,
            }),
            ..self
        }
    }

    /// With an ID as its first characters.
    const fn short_id(self, cell: fn(&Document, &View) -> Cell) -> Self {
        Self {
            short: Some(Short {
                label: self.label,
                is_time: false,
                has_offset: false,
                width: SHORT_ID,
                cell,
            }),
            ..self
        }
    }

    /// Whether it is a time with its offset.
    pub(super) fn is_time(&self) -> bool {
        self.short.is_some_and(|short| short.has_offset)
    }

    /// The width of its cells in later rows, as far as it is known.
    pub(super) fn expected_width(&self, view: &View) -> usize {
        match self.label {
            _ if self.is_time() => match view.shared_offset() {
                Some(_) => MOMENT - " +01:00".len(),
                None => MOMENT,
            },
            "Event" => "portal-lost".len(),
            "Session" => ID,
            "User" => 16,
            "Addresses" => "255.255.255.255".len(),
            "Status" => "Terminated".len(),
            _ => 0,
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
/// The characters of a short ID.
const SHORT_ID: usize = 8;
/// The width of `11-23 14:02`.
const SHORT_TIME_WIDTH: usize = 11;
const SHORT_TIME: &str = "%m-%d %H:%M";
const DAY: &str = "%Y-%m-%d";

static SESSION_COLUMNS: &[Column] = &[
    Column::new("Session", |it, _| text(session_id(it)))
        .in_rows(ID, 0)
        .short_id(|it, view| view.short_session_id(it)),
    Column::new("Status", |it, _| status(it)).in_rows(10, 0),
    Column::new("User", |it, _| text(username(it)))
        .in_rows(16, 0)
        .growing(),
    Column::new("Addresses", |it, _| addresses(it)).in_rows(ADDRESS, 1),
    Column::new("Started", |it, view| view.timestamp(start_time(it)))
        .in_rows(MOMENT, 3)
        .short_time("Start", |it, view| view.short(start_time(it), SHORT_TIME)),
    Column::new("Ended", |it, view| view.timestamp(end_time(it))),
    Column::new("Duration", duration).in_rows(8, 4),
    Column::new("Portal", |it, _| portal(it))
        .in_rows(ID, 0)
        .of(Lists::ManyPortals)
        .short_id(|it, _| short_portal(it)),
    Column::new("Region", |it, _| region(it))
        .in_rows(14, 2)
        .of(Lists::ManyRegions),
];

static PORTAL_COLUMNS: &[Column] = &[
    Column::new("Portal", |it, _| portal(it))
        .in_rows(ID, 0)
        .short_id(|it, _| short_portal(it)),
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
    Column::new("Region", |it, _| region(it))
        .in_rows(14, 0)
        .of(Lists::Varied),
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
    Column::new("Use", use_of_limit)
        .in_rows(15, 0)
        .short_id(percentage),
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
    Column::new("Session", |it, _| text(session_id(it)))
        .in_rows(ID, 0)
        .short_id(|it, view| view.short_session_id(it)),
    Column::new("User", |it, _| text(username(it)))
        .in_rows(16, 0)
        .growing(),
    Column::new("Addresses", |it, _| addresses(it)).in_rows(ADDRESS, 3),
    Column::new("Started", |it, view| view.timestamp(start_time(it)))
        .in_rows(MOMENT, 4)
        .short_time("Start", |it, view| view.short(start_time(it), SHORT_TIME)),
    Column::new("Ended", |it, view| view.timestamp(end_time(it)))
        .in_rows(MOMENT, 1)
        .short_time("End", |it, view| view.short(end_time(it), SHORT_TIME)),
    Column::new("Portal", |it, _| portal(it))
        .in_rows(ID, 0)
        .of(Lists::ManyPortals)
        .short_id(|it, _| short_portal(it)),
    Column::new("Region", |it, _| region(it))
        .in_rows(14, 2)
        .of(Lists::ManyRegions),
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

fn short_portal(document: &Document) -> Cell {
    let id = document.portal_id().or_else(|| document.portal_arn());
    text(id.map(|id| id.get(..SHORT_ID).unwrap_or(id)))
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
        cell.colored(Color::DarkGreen)
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

/// The same without its bar.
fn percentage(document: &Document, view: &View) -> Cell {
    use_of_limit(document, view).last_word()
}

#[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
fn share(sessions: u64, limit: u64) -> Option<f64> {
    (limit > 0).then(|| sessions as f64 / limit as f64)
}
