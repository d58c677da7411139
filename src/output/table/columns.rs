//! The columns of each kind of document, in their order.

use comfy_table::Color;
use serde_json::Number;

use super::bar::Bar;
use super::cell::Cell;
use super::column::{ADDRESS, Column, ID, Lists, detail, plain, time};
use super::view::{SHORT_ID, View};
use crate::output::documents::{self, Document, Schema};
use crate::output::{field, time::human_duration};
use crate::service::documents::Member;

/// The width of a portal's name in its short form.
const SHORT_NAME: usize = 16;

const SESSION: Column = plain("Session", "sessionId", ID, 0).short_id();
const USER: Column = plain("User", "username", 16, 0).cut_to(6).growing();
const PORTAL_OF_SESSION: Column = plain("Portal", "portalArn", ID, 0)
    .with_short(named_portal)
    .only(Lists::ManyPortals)
    .cut_to(SHORT_ID);
const REGION: Column = plain("Region", "portalArn", 14, 2)
    .computed(region)
    .only(Lists::ManyRegions);

static SESSION_COLUMNS: &[Column] = &[
    SESSION,
    plain("Status", "status", 10, 1).computed(status),
    USER,
    // The schema of a list has addresses only if an option requests them.
    plain("Addresses", "clientIpAddresses", ADDRESS, 0)
        .cut_to(12)
        .growing(),
    time("Started", "startTime", "Start", 3),
    detail("Ended", "endTime"),
    plain("Duration", "startTime", 8, 4).computed(duration),
    PORTAL_OF_SESSION,
    REGION,
];

/// A gap has its period in the columns for the start and the end of a session.
static EVENT_COLUMNS: &[Column] = &[
    plain("Event", "event", 11, 0),
    SESSION,
    USER,
    plain("Addresses", "clientIpAddresses", 15, 3),
    time("Started", "from", "Start", 4).or("startTime"),
    time("Ended", "to", "End", 1).or("endTime"),
    PORTAL_OF_SESSION,
    REGION,
];

static PORTAL_COLUMNS: &[Column] = &[
    plain("Portal", "portalArn", ID, 0).with_short(portal),
    plain("Name", "displayName", 16, 0).cut_to(6).growing(),
    plain("Status", "portalStatus", 10, 1),
    plain("Endpoint", "portalEndpoint", 24, 4),
    plain("Limit", "maxConcurrentSessions", 5, 2),
    time("Created", "creationDate", "Created", 3).short_time("Created", "%Y-%m-%d"),
    plain("Region", "portalArn", 14, 0)
        .computed(region)
        .only(Lists::Varied),
];

/// The columns of all groupings. The schema of a grouping selects some of them by their members.
static USAGE_COLUMNS: &[Column] = &[
    plain("Name", "displayName", 16, 0)
        .computed(name)
        .cut_to(6)
        .growing(),
    detail("Portal", "portalArn").computed(portal),
    USER,
    plain("Region", "region", 14, 1).computed(region),
    plain("Instance type", "instanceType", 16, 0),
    plain("Portals", "portals", 7, 3),
    time("From", "periodStart", "From", 0).only(Lists::Varied),
    detail("Until", "periodEnd"),
    plain("Active", "activeSessions", 6, 1),
    plain("Limit", "maxConcurrentSessions", 5, 2),
    plain("Use", "utilization", 15, 0).with_short(use_of_limit),
    plain("Peak", "peakSessions", 5, 0),
    time("Peak at", "peakTime", "Peak at", 3),
    plain("Sessions", "sessions", 8, 4),
    plain("Users", "users", 5, 4),
    plain("Total", "totalDuration", 8, 1).computed(total_duration),
    time("First start", "firstStart", "First", 2),
    time("Last end", "lastEnd", "Last", 2),
];

pub(super) fn for_schema(schema: &'static Schema) -> Vec<Column> {
    let all = match schema.name {
        _ if *schema == documents::EVENT => EVENT_COLUMNS,
        _ if *schema == documents::PORTAL => PORTAL_COLUMNS,
        name if name == documents::USAGE.name => USAGE_COLUMNS,
        _ => SESSION_COLUMNS,
    };
    all.iter()
        .filter(|column| column.is_in(schema))
        .cloned()
        .collect()
}

/// The portal's ID, or the whole ARN if it has an unexpected form.
fn portal(document: &Document, _: &View, is_short: bool) -> Cell {
    let id = document.portal_id().or_else(|| document.text("portalArn"));
    let short = id.and_then(|id| id.get(..SHORT_ID));
    Cell::untrusted(short.filter(|_| is_short).or(id))
}

/// The portal's name, or its ID if the name is unknown or not unique.
fn named_portal(document: &Document, view: &View, is_short: bool) -> Cell {
    let Some(name) = view.portal_name(document) else {
        return portal(document, view, is_short);
    };
    let name = Cell::untrusted(Some(&name));
    if is_short {
        name.cut(SHORT_NAME, view.options.terminal.is_utf8)
    } else {
        name
    }
}

/// The portal's region, or the whole ARN if it has an unexpected form.
fn region(document: &Document, _: &View, _: bool) -> Cell {
    Cell::untrusted(document.region().or_else(|| document.text("portalArn")))
}

/// A portal's name, or its ID if it has no name or another portal has the same name.
fn name(document: &Document, view: &View, is_short: bool) -> Cell {
    let names = &view.options.portal_names;
    let unique_name = || names.get(document.region()?, document.portal_id()?);
    match document.text("displayName") {
        name @ Some(_) if unique_name().is_some() => Cell::untrusted(name),
        _ => portal(document, view, is_short),
    }
}

fn status(document: &Document, _: &View, _: bool) -> Cell {
    let cell = Cell::untrusted(document.text("status"));
    match document.session() {
        Some(session) if session.has_ended() => cell.dim(),
        Some(session) if session.status.as_deref() == Some("Active") => {
            cell.colored(Color::DarkGreen)
        }
        _ => cell,
    }
}

fn duration(document: &Document, view: &View, _: bool) -> Cell {
    let session = document.session();
    let seconds = session.and_then(|session| field::duration(session, view.now()));
    Cell::or_absent(seconds.map(human_duration))
}

fn total_duration(document: &Document, _: &View, _: bool) -> Cell {
    let seconds = match document.member("totalDuration") {
        Some(Member::Number(seconds)) => seconds.as_i64(),
        _ => None,
    };
    Cell::or_absent(seconds.map(human_duration))
}

/// The active sessions as a share of the limit, or the peak if the number of active sessions is absent. The short
/// form is a percentage, and the full form a bar.
fn use_of_limit(document: &Document, view: &View, is_short: bool) -> Cell {
    let Document::Usage(usage) = document else {
        return Cell::or_absent(None);
    };
    let active = usage.utilization.as_ref().and_then(Number::as_f64);
    // With a limit of 0, the share is not finite, and there is no bar.
    #[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
    let peak = || Some(usage.peak_sessions? as f64 / usage.max_concurrent_sessions? as f64);
    let Some(bar) = active.or_else(peak).and_then(Bar::from_share) else {
        return Cell::or_absent(None);
    };
    let text = if is_short {
        bar.percentage()
    } else {
        bar.text(view.options.terminal.is_utf8)
    };
    Cell::new(text).colored(bar.color())
}
