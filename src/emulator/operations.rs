//! Runs the three operations: turns a call into the body of a reply.

use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use super::behavior::Behaviors;
use super::call::ServiceCall;
use super::data::EmulatorData;
use super::error_reply::{ErrorReply, Violations};
use super::list_faults::FilterName;
use super::page_tokens::PageTokens;
use super::portal::StoredPortal;
use crate::service::documents::Session;
use crate::service::operations::Operation;

/// The default page size. The service's own default is not published.
const DEFAULT_PAGE_SIZE: usize = 25;

/// The upper bound of a request's `maxResults`, unless the data file's `pageSize` is larger.
const MAX_PAGE_SIZE: usize = 100;

/// The maximum number of sessions that one call reads. If few sessions match a filter, pages are short or empty
/// but have a token, as the API allows.
const MAX_SCAN: usize = 10_000;

const ASCENDING: &str = "StartTimeAscending";

pub(super) type OperationReply = Result<Value, ErrorReply>;

/// A call, and the state that its operation needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext<'a> {
    pub(super) data: &'a EmulatorData,
    pub(super) behaviors: &'a Behaviors,
    pub(super) page_tokens: &'a PageTokens,
    pub(super) call: &'a ServiceCall<'a>,
    /// The time of the emulator's clock.
    pub(super) now: Timestamp,
    /// The time since the start of the emulator.
    pub(super) up: Duration,
}

struct PageRequest {
    /// The position in the page token; `None` for the first page.
    first: Option<usize>,
    size: usize,
}

/// The filters and the order of a ListSessions call.
#[derive(Debug)]
struct Filters<'a> {
    session_id: Option<&'a str>,
    username: Option<&'a str>,
    status: Option<&'a str>,
    is_ascending: bool,
}

impl Filters<'_> {
    fn fit(&self, session: &Session) -> bool {
        let fits = |wanted: Option<&str>, value: &Option<String>| {
            wanted.is_none() || wanted == value.as_deref()
        };
        fits(self.username, &session.username) && fits(self.status, &session.status)
    }
}

impl<'a> CallContext<'a> {
    pub(super) fn reply(&self) -> OperationReply {
        match self.call.operation {
            Operation::GetSession => self.get_session(),
            Operation::ListSessions => self.list_sessions(),
            Operation::ListPortals => self.list_portals(),
        }
    }

    fn get_session(&self) -> OperationReply {
        let id = &self.call.session;
        let mut violations = Violations::default();
        violations.require_id("portalId", &self.call.portal);
        violations.require_id("sessionId", id);
        violations.finish()?;
        let portal = self.portal()?;
        let index = portal.sessions.index_of(id, self.seconds());
        let session = index.and_then(|index| self.session(portal, index));
        let session = session.ok_or_else(|| ErrorReply::not_found("session", id))?;
        Ok(json!({"session": session}))
    }

    fn list_sessions(&self) -> OperationReply {
        let mut violations = Violations::default();
        violations.require_id("portalId", &self.call.portal);
        let filters = self.filters(&mut violations);
        let list = format!("{} {filters:?}", self.call.portal);
        let page = self.page(&list, &mut violations);
        violations.finish()?;

        let (sessions, next) = self.read_page(self.portal()?, &filters, &page);
        Ok(self.page_body("sessions", json!(sessions), &list, next))
    }

    fn filters(&self, violations: &mut Violations) -> Filters<'a> {
        let call = self.call;
        let value = |name| call.query.get(name).map(String::as_str);
        let (session_id, username) = (value("sessionId"), value("username"));
        let (status, sort_by) = (value("status"), value("sortBy"));
        if let Some(session_id) = session_id {
            violations.require_id("sessionId", session_id);
        }
        for (name, value, allowed) in [
            ("status", status, ["Active", "Terminated"]),
            ("sortBy", sort_by, [ASCENDING, "StartTimeDescending"]),
        ] {
            violations.require(
                value.is_none_or(|value| allowed.contains(&value)),
                name,
                format!(
                    "Member must satisfy enum value set: [{}]",
                    allowed.join(", ")
                ),
            );
        }
        let faults = &self.data.lists;
        Filters {
            session_id: session_id.filter(|_| !faults.ignores(FilterName::SessionId)),
            username: username.filter(|_| !faults.ignores(FilterName::Username)),
            status: status.filter(|_| !faults.ignores(FilterName::Status)),
            is_ascending: faults.is_ascending(sort_by == Some(ASCENDING)),
        }
    }

    fn list_portals(&self) -> OperationReply {
        let mut violations = Violations::default();
        let region = self.call.region;
        let page = self.page(region, &mut violations);
        violations.finish()?;
        let faults = &self.data.lists;
        let portals = self.data.portals.iter();
        let mut portals = portals
            .filter(|portal| portal.region.as_str() == region)
            .flat_map(|portal| {
                std::iter::repeat_n(&portal.summary, 1 + usize::from(faults.repeat_portals))
            });
        let first = page.first.unwrap_or(0);
        let shown: Vec<_> = portals.by_ref().skip(first).take(page.size).collect();
        let next = portals.next();
        let next = next.map(|_| faults.next_position(first, first + shown.len()));
        Ok(self.page_body("portals", json!(shown), region, next))
    }

    /// Parses the parameters that select a page of `list`.
    fn page(&self, list: &str, violations: &mut Violations) -> PageRequest {
        let mut size = self
            .data
            .page_size
            .map_or(DEFAULT_PAGE_SIZE, NonZeroUsize::get);
        if let Some(text) = self.call.query.get("maxResults") {
            let requested = text.parse::<NonZeroUsize>();
            violations.require(
                requested.is_ok(),
                "maxResults",
                "Member must be an integer greater than or equal to 1",
            );
            size = requested.map_or(size, |it| it.get().min(MAX_PAGE_SIZE.max(size)));
        }
        let token = self.call.query.get("nextToken");
        let first = token.and_then(|token| self.page_tokens.position(list, token, self.seconds()));
        violations.require(
            token.is_none() || first.is_some(),
            "nextToken",
            "The token is invalid or has expired",
        );
        PageRequest { first, size }
    }

    fn page_body(&self, name: &str, items: Value, list: &str, next: Option<usize>) -> Value {
        let mut body = json!({name: items});
        if let Some(next) = next {
            body["nextToken"] = self.page_tokens.token(list, next, self.seconds()).into();
        }
        body
    }

    fn seconds(&self) -> i64 {
        self.now.as_second()
    }

    fn portal(&self) -> Result<&'a StoredPortal, ErrorReply> {
        let id = &self.call.portal;
        let portal = self.data.portal(id);
        portal
            .filter(|portal| portal.region.as_str() == self.call.region)
            .ok_or_else(|| ErrorReply::not_found("portal", id))
    }

    /// Returns the session at this index as it is now. A behavior may have ended it.
    fn session(&self, portal: &StoredPortal, index: usize) -> Option<Session> {
        let mut session = portal.sessions.get(index, self.seconds())?;
        if session.portal_arn.is_none() {
            session.portal_arn.clone_from(&portal.summary.portal_arn);
        }
        let after = self.behaviors.end_of(session.session_id.as_deref()?);
        if let Some(after) = after
            && after <= self.up
            && !session.has_ended()
        {
            let end = self.now.checked_sub(self.up - after).ok()?;
            session.status = Some("Terminated".to_owned());
            session.end_time = Some(end.round(Unit::Millisecond).ok()?.into());
        }
        Some(session)
    }

    /// Returns the sessions of the page, and the position of the next page; `None` after the last page.
    fn read_page(
        &self,
        portal: &StoredPortal,
        filters: &Filters<'_>,
        page: &PageRequest,
    ) -> (Vec<Session>, Option<usize>) {
        let summary = |index| self.summary(portal, filters, index);
        if let Some(id) = filters.session_id {
            let index = portal.sessions.index_of(id, self.seconds());
            return (index.and_then(summary).into_iter().collect(), None);
        }
        let count = portal.sessions.count(self.seconds());
        let faults = &self.data.lists;
        if !faults.needs_entire_list() {
            return scan(count, filters.is_ascending, page, summary);
        }
        // A position is the number of items before the page.
        let mut sessions: Vec<Session> = (0..count).filter_map(summary).collect();
        faults.sort(&mut sessions, filters.is_ascending);
        let first = page.first.unwrap_or(0).min(sessions.len());
        let end = sessions.len().min(first.saturating_add(page.size));
        let next = (end < sessions.len()).then(|| faults.next_position(first, end));
        (sessions.drain(first..end).collect(), next)
    }

    /// Returns the session at this index without its addresses, if it matches the filters and no behavior hides
    /// it from lists.
    fn summary(
        &self,
        portal: &StoredPortal,
        filters: &Filters<'_>,
        index: usize,
    ) -> Option<Session> {
        let session = self.session(portal, index)?;
        let id = session.session_id.as_deref()?;
        let is_listed = !self.behaviors.omits(id, self.up);
        (is_listed && filters.fit(&session)).then_some(Session {
            client_ip_addresses: None,
            ..session
        })
    }
}

/// Reads a page from the first `count` sessions.
///
/// A position is an index into the sessions in the order of their starts: in ascending order the index of the
/// next session, and in descending order one more than that. So a session that starts between two pages shifts
/// no position.
fn scan(
    count: usize,
    is_ascending: bool,
    page: &PageRequest,
    summary: impl Fn(usize) -> Option<Session>,
) -> (Vec<Session>, Option<usize>) {
    let (start, end) = if is_ascending { (0, count) } else { (count, 0) };
    let mut position = page.first.unwrap_or(start).min(count);
    let mut sessions = Vec::new();
    let mut scanned = 0;
    while position != end && scanned < MAX_SCAN && sessions.len() < page.size {
        let index = if is_ascending { position } else { position - 1 };
        sessions.extend(summary(index));
        position = if is_ascending { position + 1 } else { index };
        scanned += 1;
    }
    (sessions, (position != end).then_some(position))
}
