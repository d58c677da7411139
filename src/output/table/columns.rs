//! What people see of a document, and in which order.

use comfy_table::Color;

use super::bar::Bar;
use super::cell::{ABSENT, Cell};
use super::column::{ADDRESS, Column, ID, Lists, MOMENT, SHORT_ID};
use super::view::View;
use crate::output::documents::{self, Document, Schema};
use crate::output::{field, time};
use crate::service::documents::EpochSeconds;

const SHORT_TIME: &str = "%m-%d %H:%M";
const DAY: &str = "%Y-%m-%d";
/// The width of a portal's name in its short form.
const SHORT_NAME: usize = 16;

/// Of several portals: a session's.
const PORTAL_OF_SESSION: Column = Column::new("Portal", named_portal)
    .in_rows(ID, 0)
    .of(Lists::ManyPortals)
    .short_id(short_named_portal)
    .cut();

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
    PORTAL_OF_SESSION,
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
    PORTAL_OF_SESSION,
    Column::new("Region", |it, _| region(it))
        .in_rows(14, 2)
        .of(Lists::ManyRegions),
];

pub(super) fn session_id(document: &Document) -> Option<&str> {
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

pub(super) fn text(text: Option<&str>) -> Cell {
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

/// The portal's name; its ID where the name is unknown or not unique.
fn named_portal(document: &Document, view: &View) -> Cell {
    match view.portal_name(document) {
        Some(name) => Cell::untrusted(&name),
        None => portal(document),
    }
}

fn short_named_portal(document: &Document, view: &View) -> Cell {
    match view.portal_name(document) {
        Some(name) => Cell::untrusted(&name).cut(SHORT_NAME, view.is_utf8),
        None => short_portal(document),
    }
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
