//! `wsb get-usage`: how full portals are, now and before.

use std::rc::Rc;
use std::sync::Arc;

use clap::Args;
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;

mod buckets;
mod concurrency;
mod threshold;

use super::context::Context;
use super::pagination::incomplete;
use super::portals::{Found, PORTALS_AT_A_TIME, Search, Target};
use super::time_range::{self, retention_start};
use crate::cli::{PortalArguments, TimeArg, field_help, field_names};
use crate::config::Calls;
use crate::delivery::Outcome;
use crate::diagnostics::{Call, Code, Failure, Reporter};
use crate::output::Cardinality;
use crate::output::documents::{self, Usage};
use crate::service::clock::CLOCK;
use crate::service::documents::Session;
use crate::service::operations::{Operation, SessionFilter, SortBy};
use buckets::{Bucket, By, buckets};
use concurrency::Runs;
use threshold::Threshold;

pub(super) const EXAMPLES: &str = "\
Examples:
  wsb get-usage --all-regions
  wsb get-usage $PORTAL --by day
  wsb get-usage --all-regions --fail-above 80% || notify-the-team";

/// `wsb get-usage`.
#[derive(Debug, Args)]
pub(super) struct GetUsage {
    #[command(flatten)]
    portals: PortalArguments,

    /// Start of the period [default: 35d]
    ///
    /// A date in ISO 8601, or how long ago, like 7d. AWS keeps sessions for 35 days.
    #[arg(long, value_name = "TIME", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    since: Option<TimeArg>,

    /// One row per portal and day or hour, in local time
    #[arg(long, value_name = "UNIT")]
    by: Option<By>,

    /// End with exit code 13 if a portal is fuller than this, as in 80%
    ///
    /// The share of the portal's limit that is in use now.
    #[arg(long, value_name = "SHARE", value_parser = Threshold::parse)]
    #[arg(allow_hyphen_values = true)]
    fail_above: Option<Threshold>,

    /// Print the bare value of this field
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&documents::USAGE), hide_possible_values = true)]
    #[arg(long_help = field_help(&documents::USAGE))]
    field: Option<String>,
}

pub(super) async fn run(options: GetUsage, mut context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    destination.check(Cardinality::List, &documents::USAGE)?;
    let portals = options.portals.parse(&context.environment)?;
    context.warn_of_time_zone(&options.since);
    let count = Count {
        since: options.since,
        by: options.by,
        fail_above: options.fail_above,
        reporter: Arc::clone(&context.reporter),
    };
    let search = Search::prepare(&mut context, portals, Calls::Few, PORTALS_AT_A_TIME).await?;
    let outcomes = count.outcomes(&search);
    context
        .delivery_of_list(destination, &documents::USAGE)
        .deliver(outcomes)
        .await
}

/// What is counted.
struct Count {
    since: Option<TimeArg>,
    by: Option<By>,
    fail_above: Option<Threshold>,
    reporter: Arc<Reporter>,
}

/// What the rows are made with once everything is counted.
struct Report {
    buckets: Vec<Bucket>,
    end: Timestamp,
    fail_above: Option<Threshold>,
    reporter: Arc<Reporter>,
}

/// What a portal's sessions come to.
struct Portal<'a> {
    target: Target<'a>,
    active: u64,
    runs: Runs,
    /// As the sessions tell it, for a portal that is named by its ID.
    portal_arn: Option<String>,
}

impl Count {
    /// The rows of each portal, in the order of regions and names, and what kept some from being
    /// counted. Portals are counted while others are still searched for: a region that hangs holds up
    /// none of them.
    fn outcomes<'a>(&'a self, search: &'a Search) -> impl Stream<Item = Outcome> + 'a {
        stream::once(async move {
            let mut counted = Vec::new();
            let mut failures = Vec::new();
            let mut counting = search
                .targets_with_summaries()
                .map(count)
                .buffer_unordered(search.concurrency());
            while let Some(portal) = counting.next().await {
                match portal {
                    Ok(portal) => counted.push(portal),
                    Err(outcome) => failures.push(outcome),
                }
            }
            counted.sort_by(|a, b| place(&a.target).cmp(&place(&b.target)));
            let report = match self.report() {
                Ok(report) => Rc::new(report),
                Err(failure) => return stream::iter([Outcome::Failure(failure)]).left_stream(),
            };
            stream::iter(counted)
                .flat_map(move |portal| {
                    let verdict = report.verdict(&portal);
                    Rc::clone(&report).rows(portal).chain(stream::iter(verdict))
                })
                .chain(stream::iter(failures))
                .right_stream()
        })
        .flatten()
    }

    /// The report on what has been read. It ends now: every session that was read had started.
    fn report(&self) -> Result<Report, Failure> {
        let end = CLOCK.now();
        let since = self.since.as_ref().map(|since| since.resolve(end));
        let since = since.unwrap_or_else(|| retention_start(end));
        if since > end {
            return Err(Failure::usage(format!(
                "the time range is empty: --since {since:.0} is in the future"
            )));
        }
        time_range::warn_of_retention(since, end, &self.reporter);
        Ok(Report {
            buckets: buckets(since, end, self.by, &TimeZone::system()),
            end,
            fail_above: self.fail_above,
            reporter: Arc::clone(&self.reporter),
        })
    }
}

impl Report {
    /// One row for each part of the period, made when it is taken: hours are many.
    fn rows(self: Rc<Self>, portal: Portal<'_>) -> impl Stream<Item = Outcome> {
        stream::iter(self.buckets.clone())
            .map(move |bucket| Outcome::Document(self.row(&portal, bucket).into()))
    }

    /// The failure of a portal that is too full, if it is.
    fn verdict(&self, portal: &Portal<'_>) -> Option<Outcome> {
        let threshold = self.fail_above?;
        let target = &portal.target;
        let name = label(target);
        let Some(limit) = limit(target) else {
            self.reporter.warning(&if target.summary.is_some() {
                format!(
                    "{name} has no limit (maxConcurrentSessions) for --fail-above to compare with"
                )
            } else {
                format!(
                    "the limit of {name} is not known, so --fail-above has nothing to compare with"
                )
            });
            return None;
        };
        let failure = threshold.exceeded(&name, portal.active, limit)?;
        let call = Call::new(target.client, Operation::ListSessions).for_portal(target.portal);
        Some(Outcome::Failure(failure.with_subject(call.subject())))
    }

    fn row(&self, portal: &Portal<'_>, bucket: Bucket) -> Usage {
        let target = &portal.target;
        let period = portal.runs.summary(bucket.start, bucket.end);
        let summary = target.summary.as_deref();
        let portal_arn = summary.and_then(|summary| summary.portal_arn.as_ref());
        let limit = limit(target);
        // What is true now belongs to the part of time that now is in.
        let active = (bucket.end == self.end).then_some(portal.active);
        Usage {
            portal_arn: portal_arn.or(portal.portal_arn.as_ref()).cloned(),
            display_name: summary.and_then(|summary| summary.display_name.clone()),
            region: Some(target.client.region().to_string()),
            active_sessions: active,
            max_concurrent_sessions: limit,
            utilization: active
                .zip(limit)
                .and_then(|(active, limit)| share(active, limit)),
            peak_sessions: Some(period.peak as u64),
            peak_time: period.peak_time.map(Into::into),
            sessions: Some(period.sessions as u64),
            users: Some(period.users as u64),
            period_start: Some(bucket.start.into()),
            period_end: Some(bucket.end.into()),
        }
    }
}

/// Where a portal's rows stand among others.
fn place<'a>(target: &'a Target<'_>) -> (&'a str, &'a str, &'a str) {
    let name = target
        .summary
        .as_ref()
        .and_then(|portal| portal.display_name.as_deref());
    (
        target.client.region().as_str(),
        name.unwrap_or_default(),
        target.portal.as_str(),
    )
}

/// What a portal is called in messages: its name, or its ID where it has none.
fn label(target: &Target<'_>) -> String {
    let name = target
        .summary
        .as_ref()
        .and_then(|portal| portal.display_name.as_deref());
    name.map_or_else(|| target.portal.to_string(), str::to_owned)
}

/// The portal's limit of concurrent sessions, if the service tells one.
fn limit(target: &Target<'_>) -> Option<u64> {
    let portal = target.summary.as_ref()?;
    portal.max_concurrent_sessions.as_ref()?.as_u64()
}

/// The share of the limit that is in use, from 0 to 1; absent for a limit of 0.
fn share(active: u64, limit: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
    let share = active as f64 / limit as f64;
    share.is_finite().then_some(share)
}

/// Reads all pages of a portal's sessions. Any session may have run into the period, however early it
/// started, so none can be left out.
async fn count(found: Found<'_>) -> Result<Portal<'_>, Outcome> {
    let target = found.map_err(Outcome::Incomplete)?;
    let filter = SessionFilter {
        username: None,
        session: None,
        status: None,
        sort_by: SortBy::StartTimeDescending,
    };
    let call = Call::new(target.client, Operation::ListSessions).for_portal(target.portal);
    let mut pages = target.client.list_sessions(&target.portal, &filter, None);
    let mut portal = Portal {
        target,
        active: 0,
        runs: Runs::default(),
        portal_arn: None,
    };
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Outcome::Failure(incomplete(&call, &error, false)))?;
        for session in page {
            portal.add(&session);
        }
    }
    portal.runs.shrink();
    Ok(portal)
}

impl Portal<'_> {
    fn add(&mut self, session: &Session) {
        let is_active = !session.has_ended();
        self.active += u64::from(is_active);
        if self.portal_arn.is_none() {
            self.portal_arn = session.portal_arn.clone();
        }
        if let Some(start) = session.started_at() {
            let end = session.ended_at();
            // One that ended at a time that the service left out is known to have run at its start.
            let end = if is_active { None } else { end.or(Some(start)) };
            self.runs.add(start, end, session.username.as_deref());
        }
    }
}
