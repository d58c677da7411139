//! Reads all sessions of each portal.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use jiff::Timestamp;

use super::runs::Runs;
use crate::commands::both_ends::{FarEnd, ListLimits, session_pages};
use crate::commands::pagination::incomplete;
use crate::commands::targets::{Search, Target, TargetResult};
use crate::delivery::counted;
use crate::diagnostics::{Call, Code, Failure};
use crate::service::documents::portal_region;
use crate::service::operations::{Operation, SessionFilter, SortBy};

/// A portal and its sessions.
pub(super) struct CountedPortal<'a> {
    pub(super) target: Target<'a>,
    /// From ListPortals or, for a portal that is named by its ID, from its sessions.
    pub(super) arn: Option<String>,
    pub(super) runs: Runs,
}

/// All portals, sorted by region and name, and the failures of those that could not be counted.
#[derive(Default)]
pub(super) struct Counted<'a> {
    pub(super) portals: Vec<CountedPortal<'a>>,
    pub(super) failures: Vec<Failure>,
}

/// The numbers of portals and sessions that have been read.
#[derive(Default)]
pub(super) struct ReadCounts {
    portals: AtomicUsize,
    sessions: AtomicUsize,
}

impl ReadCounts {
    /// The text of the progress, with the number of portals that have been found.
    pub(super) fn text(&self, found: usize) -> String {
        let portals = self.portals.load(Ordering::Relaxed);
        let sessions = self.sessions.load(Ordering::Relaxed);
        let found = counted(found as u64, "portal");
        format!("{portals} of {found}, {sessions} sessions")
    }
}

impl<'a> Counted<'a> {
    /// Counts portals while others are still being searched for, so that a region that hangs does not delay
    /// the others. `names` keeps the users' names. A list that decides on the exit code (`is_gate`) is read in one
    /// direction, which relies least on the service's order.
    pub(super) async fn read(
        search: &'a Search,
        names: bool,
        is_gate: bool,
        counts: &'a ReadCounts,
    ) -> Self {
        let mut counted = Self::default();
        let mut counting = search
            .targets_with_summaries()
            .enumerate()
            .map(|(number, found)| {
                let far_end = if is_gate {
                    FarEnd::Unread
                } else {
                    FarEnd::AnyOrder
                };
                read_portal(found, number, names, &search.limits, far_end, counts)
            })
            .buffer_unordered(search.concurrency);
        while let Some(portal) = counting.next().await {
            counts.portals.fetch_add(1, Ordering::Relaxed);
            match portal {
                Ok(portal) => {
                    counted.failures.extend(portal.not_listed());
                    counted.portals.push(portal);
                }
                Err(failure) => counted.failures.push(failure),
            }
        }
        counted.portals.sort_by(|a, b| a.place().cmp(&b.place()));
        counted
    }

    /// Ends the report at `end`. Returns the number of sessions whose times are incomplete or impossible.
    pub(super) fn end_at(&mut self, end: Timestamp) -> u64 {
        let portals = self.portals.iter_mut();
        portals.map(|portal| portal.runs.end_at(end)).sum()
    }
}

/// Reads all pages of a portal's sessions, because a session may have run in the period however early it
/// started.
async fn read_portal<'a>(
    found: TargetResult<'a>,
    number: usize,
    names: bool,
    limits: &'a ListLimits,
    far_end: FarEnd<'a>,
    counts: &ReadCounts,
) -> Result<CountedPortal<'a>, Failure> {
    let target = found?;
    let call = Call::new(target.client, Operation::ListSessions).for_portal(target.portal);
    let filter = SessionFilter::all(SortBy::StartTimeDescending);
    let mut pages = session_pages(
        target.client,
        &target.portal,
        &filter,
        None,
        limits,
        far_end,
    );
    let summary = target.summary.as_ref();
    let mut arn = summary.and_then(|portal| portal.portal_arn.clone());
    let mut runs = Runs::new(names);
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| incomplete(&call, &error, false))?;
        counts.sessions.fetch_add(page.len(), Ordering::Relaxed);
        for session in page {
            runs.add(&session, number);
            arn = arn.or(session.portal_arn);
        }
    }
    runs.deduplicate();
    Ok(CountedPortal { target, arn, runs })
}

impl CountedPortal<'_> {
    /// The sort key of its rows.
    fn place(&self) -> (&str, &str, &str) {
        let name = self.display_name().unwrap_or_default();
        (self.region(), name, self.target.portal.as_str())
    }

    pub(super) fn display_name(&self) -> Option<&str> {
        self.target.summary.as_ref()?.display_name.as_deref()
    }

    pub(super) fn instance_type(&self) -> Option<&str> {
        self.target.summary.as_ref()?.instance_type.as_deref()
    }

    /// The portal's own region: an endpoint may return portals of other regions.
    pub(super) fn region(&self) -> &str {
        let region = self.arn.as_deref().and_then(portal_region);
        region.unwrap_or_else(|| self.target.client.region().as_str())
    }

    /// The name, or the ID without one.
    pub(super) fn label(&self) -> &str {
        self.display_name()
            .unwrap_or_else(|| self.target.portal.as_str())
    }

    /// The limit of concurrent sessions, if the service gives one. `10.0` and `1e1` are whole numbers too.
    pub(super) fn limit(&self) -> Option<u64> {
        let number = self
            .target
            .summary
            .as_ref()?
            .max_concurrent_sessions
            .as_ref()?;
        let whole = || {
            let number = number.as_f64()?;
            let is_whole = number.fract() == 0.0 && (0.0..9e15).contains(&number);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked"
            )]
            is_whole.then_some(number as u64)
        };
        number.as_u64().or_else(whole)
    }

    /// The failure of a portal that ListPortals does not return, although ListSessions knows it: its
    /// limit, name and instance type are not known.
    fn not_listed(&self) -> Option<Failure> {
        if !self.target.is_unlisted {
            return None;
        }
        let message = format!(
            "ListPortals does not return the portal {}: its limit is not known",
            self.target.portal
        );
        let call = Call::new(self.target.client, Operation::ListPortals);
        let call = call.for_portal(self.target.portal);
        Some(Failure::new(Code::NotFound, message).with_subject(call.subject()))
    }
}
