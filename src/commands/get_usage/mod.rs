//! `wsb get-usage`: how full portals are, now and before.

use std::sync::Arc;

use clap::Args;
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

mod buckets;
mod concurrency;
mod threshold;

use super::context::Context;
use super::paging::broken_off;
use super::period::{self, RETENTION};
use super::portals::{Search, Target};
use crate::account::Calls;
use crate::cli::{PointInTime, PortalArguments, field_names};
use crate::delivery::Outcome;
use crate::diagnostics::{Call, Code, Failure};
use crate::service::model::{self, Document};
use crate::service::operations::{Operation, SessionFilter, SortBy};
use buckets::{Bucket, By, buckets};
use concurrency::Runs;
use threshold::Threshold;

/// Portals that are counted at a time.
const PORTALS_AT_A_TIME: usize = 64;

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

    /// From when on peaks, sessions and users are told [default: 35d, as long as AWS keeps sessions]
    #[arg(long, value_name = "TIME", value_parser = PointInTime::parse)]
    since: Option<PointInTime>,

    /// One row per portal and day or hour, in local time
    #[arg(long, value_name = "UNIT")]
    by: Option<By>,

    /// End with exit code 13 if a portal's use is now above this share of its limit, as in 80%
    #[arg(long, value_name = "SHARE", value_parser = Threshold::parse)]
    fail_above: Option<Threshold>,

    /// Print one field's bare value
    #[arg(long, value_name = "NAME", conflicts_with_all = ["output", "query"])]
    #[arg(value_parser = field_names(&model::USAGE), help_heading = "Output")]
    field: Option<String>,
}

pub(super) async fn run(options: GetUsage, mut context: Context) -> Result<Code, Failure> {
    let destination = context.destination(options.field)?;
    let portals = options.portals.parse()?;
    let now = Timestamp::now();
    let since = options.since.map_or(now - RETENTION, |since| since.0);
    if since > now {
        return Err(Failure::usage(format!(
            "--since {since:.0} is in the future, so no session can be in the period"
        )));
    }
    period::warn_of_retention(since, now, &context.reporter);
    let count = Count {
        now,
        buckets: buckets(since, now, options.by, &TimeZone::system()),
        fail_above: options.fail_above,
    };
    let search = Search::prepare(&mut context, portals, Calls::Few, PORTALS_AT_A_TIME).await?;
    let reporter = Arc::clone(&context.reporter);
    let outcomes = count.outcomes(&search, move |warning| reporter.warning(warning));
    context
        .delivery_of_list(destination, &model::USAGE)
        .deliver(outcomes)
        .await
}

/// What is counted.
struct Count {
    now: Timestamp,
    buckets: Vec<Bucket>,
    fail_above: Option<Threshold>,
}

/// What a portal's sessions come to.
struct Counted {
    active: u64,
    runs: Runs,
    /// As the sessions tell it, for a portal that is named by its ID.
    portal_arn: Option<String>,
}

impl Count {
    /// The rows of each portal, in the order of regions and names.
    fn outcomes<'a>(
        &'a self,
        search: &'a Search,
        warn: impl Fn(&str) + Clone + 'a,
    ) -> impl Stream<Item = Outcome> + 'a {
        stream::once(async move {
            let mut targets = search.targets_with_summaries().await;
            targets.sort_by(|a, b| match (a, b) {
                (Ok(a), Ok(b)) => place(a).cmp(&place(b)),
                (a, b) => a.is_err().cmp(&b.is_err()),
            });
            stream::iter(targets)
                .map(move |target| self.rows(target, warn.clone()))
                .buffered(search.concurrency())
                .flat_map(stream::iter)
        })
        .flatten()
    }

    async fn rows(&self, target: Result<Target<'_>, Failure>, warn: impl Fn(&str)) -> Vec<Outcome> {
        let target = match target {
            Ok(target) => target,
            Err(failure) => return vec![Outcome::Gap(failure)],
        };
        let counted = match counted(&target).await {
            Ok(counted) => counted,
            Err(failure) => return vec![Outcome::Failure(failure)],
        };
        let rows = self
            .buckets
            .iter()
            .map(|bucket| self.row(&target, &counted, *bucket));
        let mut outcomes: Vec<Outcome> = rows.map(Outcome::from).collect();
        if let Some(threshold) = self.fail_above {
            match limit(&target) {
                None => warn(&format!(
                    "{} has no limit (maxConcurrentSessions) for --fail-above to compare with",
                    label(&target)
                )),
                Some(limit) => outcomes.extend(
                    threshold
                        .exceeded(&label(&target), counted.active, limit)
                        .map(|failure| {
                            let call = Call::new(target.client, Operation::ListSessions)
                                .of_portal(target.portal);
                            Outcome::Failure(failure.about(call.subject()))
                        }),
                ),
            }
        }
        outcomes
    }

    fn row(
        &self,
        target: &Target<'_>,
        counted: &Counted,
        bucket: Bucket,
    ) -> Result<Document, Failure> {
        let summary = counted.runs.summary(bucket.start, bucket.end);
        let text = |name: &str| target.summary.as_ref().and_then(|portal| portal.text(name));
        let limit = limit(target);
        // What is true now belongs to the part of time that now is in.
        let active = (bucket.end == self.now).then_some(counted.active);
        let value = json!({
            "portalArn": text("portalArn").or(counted.portal_arn.as_deref()),
            "displayName": text("displayName"),
            "region": target.client.region().as_str(),
            "activeSessions": active,
            "maxConcurrentSessions": limit,
            "utilization": active.zip(limit).and_then(|(active, limit)| share(active, limit)),
            "peakSessions": summary.peak,
            "peakTime": summary.peak_time.map(period::seconds),
            "sessions": summary.sessions,
            "users": summary.users,
            "periodStart": period::seconds(bucket.start),
            "periodEnd": period::seconds(bucket.end),
        });
        Document::parse(&model::USAGE, value).map_err(|reason| {
            Failure::new(Code::Other, format!("the usage is malformed: {reason}"))
        })
    }
}

/// Where a portal's rows stand among others.
fn place<'a>(target: &'a Target<'_>) -> (&'a str, &'a str, &'a str) {
    let name = target
        .summary
        .as_ref()
        .and_then(|portal| portal.text("displayName"));
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
        .and_then(|portal| portal.text("displayName"));
    name.map_or_else(|| target.portal.to_string(), str::to_owned)
}

/// The portal's limit of concurrent sessions, if the service tells one.
fn limit(target: &Target<'_>) -> Option<u64> {
    let portal = target.summary.as_ref()?;
    portal.number("maxConcurrentSessions")?.as_u64()
}

/// The share of the limit that is in use, from 0 to 1; absent for a limit of 0.
fn share(active: u64, limit: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of sessions")]
    let share = active as f64 / limit as f64;
    share.is_finite().then_some((share * 1e4).round() / 1e4)
}

/// Reads all pages of a portal's sessions. Any session may have run into the period, however early it
/// started, so none can be left out.
async fn counted(target: &Target<'_>) -> Result<Counted, Failure> {
    let filter = SessionFilter {
        username: None,
        session: None,
        status: None,
        sort_by: SortBy::StartTimeDescending,
    };
    let call = Call::new(target.client, Operation::ListSessions).of_portal(target.portal);
    let mut pages = target.client.list_sessions(&target.portal, &filter, None);
    let mut counted = Counted {
        active: 0,
        runs: Runs::default(),
        portal_arn: None,
    };
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| broken_off(&call, &error, false))?;
        for session in page {
            counted.add(&session);
        }
    }
    Ok(counted)
}

impl Counted {
    fn add(&mut self, session: &Document) {
        let is_active = !model::has_ended(session);
        self.active += u64::from(is_active);
        if self.portal_arn.is_none() {
            self.portal_arn = session.text("portalArn").map(str::to_owned);
        }
        if let Some(start) = period::moment(session, "startTime") {
            let end = period::moment(session, "endTime");
            // One that ended at a time that the service left out is known to have run at its start.
            let end = if is_active { None } else { end.or(Some(start)) };
            self.runs.add(start, end, session.text("username"));
        }
    }
}
