//! The three operations: from a call to the body of a reply.

use std::time::Duration;

use hyper::StatusCode;
use jiff::{Timestamp, Unit};
use serde::Serialize;

use super::call::ServiceCall;
use super::data::EmulatorData;
use super::error_reply::{ErrorReply, Violations};
use super::list_faults::FilterName;
use super::page_tokens::PageTokens;
use super::portal::StoredPortal;
use crate::service::documents::{Portal, Session};
use crate::service::operations::Operation;

/// The largest page, whatever a request's `maxResults`, unless the data file's `pageSize` is larger.
const MAX_PAGE_SIZE: usize = 100;

/// The maximum number of sessions that one call reads. A filter that few sessions match therefore gives
/// short or empty pages with a token, as the service's lists may.
const MAX_SCAN: usize = 10_000;

/// The longest user name that the model allows, in characters.
const MAX_USERNAME: usize = 256;

/// The body of a reply, or the error in its place.
pub(super) type OperationReply = Result<Vec<u8>, ErrorReply>;

/// The members of the three operations' replies.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplyBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Session>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<Session>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portals: Option<Vec<&'a Portal>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl ReplyBody<'_> {
    fn encode(&self) -> OperationReply {
        serde_json::to_vec(self).map_err(|error| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            ErrorReply::new(status, "InternalServerException", error.to_string())
        })
    }
}

/// The inputs of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext<'a> {
    pub(super) data: &'a EmulatorData,
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
        let body = ReplyBody {
            session: Some(session),
            ..ReplyBody::default()
        };
        body.encode()
    }

    fn list_sessions(&self) -> OperationReply {
        let mut violations = Violations::default();
        violations.require_id("portalId", &self.call.portal);
        let filters = self.filters(&mut violations);
        let list = format!("{} {filters:?}", self.call.portal);
        let page = self.page(&list, &mut violations);
        violations.finish()?;

        let portal = self.portal()?;
        let (sessions, next) = if let Some(id) = filters.session_id {
            let index = portal.sessions.index_of(id, self.seconds());
            let session = index.and_then(|index| self.summary(portal, &filters, index));
            (session.into_iter().collect(), None)
        } else if self.data.list_faults.needs_entire_list() {
            self.page_of_entire_list(portal, &filters, &page)
        } else {
            self.scan(portal, &filters, &page)
        };
        let body = ReplyBody {
            sessions: Some(sessions),
            next_token: self.next_token(&list, next),
            ..ReplyBody::default()
        };
        body.encode()
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
        let faults = &self.data.list_faults;
        Filters {
            session_id: session_id.filter(|_| !faults.ignores(FilterName::SessionId)),
            username: username.filter(|_| !faults.ignores(FilterName::Username)),
            status: status.filter(|_| !faults.ignores(FilterName::Status)),
            is_ascending: faults.is_ascending(sort_by == Some("StartTimeAscending")),
        }
    }

    /// Reads the sessions of a page. Also returns the position of the next page.
    ///
    /// A position is an index in the order of starts: the next one to read, or, in descending order,
    /// the last one that was read. So sessions that start between two pages change neither.
    fn scan(
        &self,
        portal: &StoredPortal,
        filters: &Filters<'_>,
        page: &PageRequest,
    ) -> (Vec<Session>, Option<usize>) {
        let count = portal.sessions.count(self.seconds());
        let default = if filters.is_ascending { 0 } else { count };
        let first = page.first.unwrap_or(default).min(count);
        let rest = if filters.is_ascending {
            count - first
        } else {
            first
        };
        let mut sessions = Vec::with_capacity(page.size.min(MAX_PAGE_SIZE));
        let mut read = 0;
        while read < rest.min(MAX_SCAN) && sessions.len() < page.size {
            read += 1;
            let index = if filters.is_ascending {
                first + read - 1
            } else {
                first - read
            };
            sessions.extend(self.summary(portal, filters, index));
        }
        let next = if filters.is_ascending {
            first + read
        } else {
            first - read
        };
        (sessions, (read < rest).then_some(next))
    }

    /// Reads the sessions of a page. Also returns the position of the next page, which is the number of
    /// items before it.
    fn page_of_entire_list(
        &self,
        portal: &StoredPortal,
        filters: &Filters<'_>,
        page: &PageRequest,
    ) -> (Vec<Session>, Option<usize>) {
        let faults = &self.data.list_faults;
        let indices = 0..portal.sessions.count(self.seconds());
        let sessions = indices.filter_map(|index| self.summary(portal, filters, index));
        let mut sessions: Vec<Session> = sessions.collect();
        faults.sort(&mut sessions, filters.is_ascending);
        let first = page.first.unwrap_or(0).min(sessions.len());
        let end = sessions.len().min(first.saturating_add(page.size));
        let next = (end < sessions.len()).then(|| faults.next_position(first, end));
        (sessions.drain(first..end).collect(), next)
    }

    /// The session at this index without its addresses, if it matches the filters and is listed.
    fn summary(
        &self,
        portal: &StoredPortal,
        filters: &Filters<'_>,
        index: usize,
    ) -> Option<Session> {
        let has_user = |name| portal.sessions.has_user(index, name);
        if filters.username.is_some_and(|name| !has_user(name)) {
            return None;
        }
        let session = self.session(portal, index)?;
        let unlisted = self.data.unlisted.get(session.session_id.as_deref()?);
        let is_listed = unlisted.is_none_or(|period| !period.contains(&self.up));
        (is_listed && filters.fit(&session)).then_some(Session {
            client_ip_addresses: None,
            ..session
        })
    }

    fn list_portals(&self) -> OperationReply {
        let mut violations = Violations::default();
        let region = self.call.region;
        let page = self.page(region, &mut violations);
        violations.finish()?;
        let faults = &self.data.list_faults;
        let portals = self.data.portals.iter();
        let mut portals = portals
            .filter(|portal| portal.region.as_str() == region)
            .flat_map(|portal| std::iter::repeat_n(&portal.summary, faults.portal_copies()));
        let first = page.first.unwrap_or(0);
        let shown: Vec<_> = portals.by_ref().skip(first).take(page.size).collect();
        let next = portals.next();
        let next = next.map(|_| faults.next_position(first, first + shown.len()));
        let body = ReplyBody {
            portals: Some(shown),
            next_token: self.next_token(region, next),
            ..ReplyBody::default()
        };
        body.encode()
    }

    /// The page of `list` that the query requests.
    fn page(&self, list: &str, violations: &mut Violations) -> PageRequest {
        let mut size = self.data.page_size;
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

    fn next_token(&self, list: &str, next: Option<usize>) -> Option<String> {
        Some(self.page_tokens.token(list, next?, self.seconds()))
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
        let after = self.data.ends.get(session.session_id.as_deref()?);
        if let Some(after) = after
            && *after <= self.up
            && !session.has_ended()
        {
            let end = self.now.checked_sub(self.up - *after).ok()?;
            session.status = Some("Terminated".to_owned());
            session.end_time = Some(end.round(Unit::Millisecond).ok()?.into());
        }
        Some(session)
    }
}
