//! The three operations: from a call to the body of a reply.

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

/// The largest page, whatever a request's `maxResults`, unless the data file's `pageSize` is larger.
const MAX_PAGE_SIZE: usize = 100;

/// The maximum number of sessions that one call reads. A filter that few sessions match therefore gives
/// short or empty pages with a token, as the service's lists may.
const MAX_SCAN: usize = 10_000;

/// The longest user name that the model allows, in characters.
const MAX_USERNAME: usize = 256;

/// The body of a reply, or the error in its place.
pub(super) type OperationReply = Result<Value, ErrorReply>;

/// The inputs of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext<'a> {
    pub(super) data: &'a EmulatorData,
    pub(super) behaviors: &'a Behaviors,
    pub(super) page_tokens: &'a PageTokens,
    pub(super) call: &'a ServiceCall<'a>,
    /// The present time by the service's clock.
    pub(super) now: Timestamp,
    /// The time since the start of the service.
    pub(super) up: Duration,
}

/// The requested page.
struct PageRequest {
    /// The position in the token; nothing for the first page.
    first: Option<usize>,
    size: usize,
}

/// The filters and the order of ListSessions.
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

/// A page of ListSessions.
struct SessionList<'a> {
    call: &'a CallContext<'a>,
    portal: &'a StoredPortal,
    filters: Filters<'a>,
    page: PageRequest,
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

        let sessions = SessionList {
            call: self,
            portal: self.portal()?,
            filters,
            page,
        };
        let (sessions, next) = sessions.read_page();
        Ok(self.page_body("sessions", json!(sessions), &list, next))
    }

    fn filters(&self, violations: &mut Violations) -> Filters<'a> {
        let call = self.call;
        let value = |name| call.query.get(name).map(String::as_str);
        let is_one_of = |value: Option<&str>, allowed: [&str; 2]| {
            value.is_none_or(|value| allowed.contains(&value))
        };
        let (session_id, username) = (value("sessionId"), value("username"));
        let (status, sort_by) = (value("status"), value("sortBy"));
        if let Some(session_id) = session_id {
            violations.require_id("sessionId", session_id);
        }
        violations.require(
            username.is_none_or(|name| name.chars().count() <= MAX_USERNAME),
            "username",
            "Member must have length less than or equal to 256",
        );
        violations.require(
            is_one_of(status, ["Active", "Terminated"]),
            "status",
            "Member must satisfy enum value set: [Active, Terminated]",
        );
        violations.require(
            is_one_of(sort_by, ["StartTimeAscending", "StartTimeDescending"]),
            "sortBy",
            "Member must satisfy enum value set: [StartTimeAscending, StartTimeDescending]",
        );
        let faults = &self.data.lists;
        Filters {
            session_id: session_id.filter(|_| !faults.ignores(FilterName::SessionId)),
            username: username.filter(|_| !faults.ignores(FilterName::Username)),
            status: status.filter(|_| !faults.ignores(FilterName::Status)),
            is_ascending: faults.is_ascending(sort_by == Some("StartTimeAscending")),
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
            .flat_map(|portal| std::iter::repeat_n(&portal.summary, faults.portal_copies()));
        let first = page.first.unwrap_or(0);
        let shown: Vec<_> = portals.by_ref().skip(first).take(page.size).collect();
        let next = portals.next();
        let next = next.map(|_| faults.next_position(first, first + shown.len()));
        Ok(self.page_body("portals", json!(shown), region, next))
    }

    /// The page of `list` that the query requests.
    fn page(&self, list: &str, violations: &mut Violations) -> PageRequest {
        let mut size = self.data.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
        if let Some(text) = self.call.query.get("maxResults") {
            let requested = text.parse::<i32>();
            violations.require(requested.is_ok(), "maxResults", "Member must be an integer");
            let requested = requested.unwrap_or(1);
            violations.require(
                requested > 0,
                "maxResults",
                "Member must have value greater than or equal to 1",
            );
            size = usize::try_from(requested)
                .map_or(1, |requested| requested.min(MAX_PAGE_SIZE.max(size)));
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

    /// The session at this index as it is now.
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
}

impl SessionList<'_> {
    /// The sessions of the page, and the position of the next page.
    fn read_page(&self) -> (Vec<Session>, Option<usize>) {
        let sessions = &self.portal.sessions;
        if let Some(id) = self.filters.session_id {
            let index = sessions.index_of(id, self.call.seconds());
            let session = index.and_then(|index| self.summary(index));
            return (session.into_iter().collect(), None);
        }
        let count = sessions.count(self.call.seconds());
        if self.call.data.lists.needs_entire_list() {
            self.cut(count)
        } else {
            self.scan(count)
        }
    }

    /// Reads a page from the first `count` sessions.
    ///
    /// A position is an index in the order of starts: the next one to read, or, in descending order,
    /// the last one that was read. So sessions that start between two pages change neither.
    fn scan(&self, count: usize) -> (Vec<Session>, Option<usize>) {
        let is_ascending = self.filters.is_ascending;
        let (start, end) = if is_ascending { (0, count) } else { (count, 0) };
        let mut position = self.page.first.unwrap_or(start).min(count);
        let mut sessions = Vec::new();
        let mut scanned = 0;
        while position != end && scanned < MAX_SCAN && sessions.len() < self.page.size {
            let index = if is_ascending { position } else { position - 1 };
            sessions.extend(self.summary(index));
            position = if is_ascending { position + 1 } else { index };
            scanned += 1;
        }
        (sessions, (position != end).then_some(position))
    }

    /// Cuts a page out of the list of all matches among the first `count` sessions. A position is the number
    /// of items before it.
    fn cut(&self, count: usize) -> (Vec<Session>, Option<usize>) {
        let faults = &self.call.data.lists;
        let mut sessions: Vec<Session> = (0..count).filter_map(|it| self.summary(it)).collect();
        faults.sort(&mut sessions, self.filters.is_ascending);
        let first = self.page.first.unwrap_or(0).min(sessions.len());
        let end = sessions.len().min(first.saturating_add(self.page.size));
        let next = (end < sessions.len()).then(|| faults.next_position(first, end));
        (sessions.drain(first..end).collect(), next)
    }

    /// The session at this index without its addresses, if it matches the filters and is listed.
    fn summary(&self, index: usize) -> Option<Session> {
        let session = self.call.session(self.portal, index)?;
        let id = session.session_id.as_deref()?;
        let is_listed = !self.call.behaviors.omits(id, self.call.up);
        (is_listed && self.filters.fit(&session)).then_some(Session {
            client_ip_addresses: None,
            ..session
        })
    }
}
