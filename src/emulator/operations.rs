//! The three operations: from the resources and the query to the body of a reply.

use std::borrow::Cow;
use std::time::Duration;

use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::constraints::Violations;
use super::data::EmulatorData;
use super::error_reply::ErrorReply;
use super::list_faults::{FilterName, ListFaults};
use super::page_tokens::PageTokens;
use super::portal::StoredPortal;
use super::query::Query;
use super::session::{SessionView, StoredSession};

/// The largest page, whatever a request's `maxResults`, unless the data file's `pageSize` is larger.
const MAX_PAGE_SIZE: usize = 100;

/// The most sessions that one call reads. A filter that few sessions match thus gives short or
/// empty pages with a token, as the service's lists may.
const MAX_SCAN: usize = 10_000;

/// The longest user name that the model allows, in characters.
const MAX_USERNAME: usize = 256;

#[derive(Serialize)]
struct GetSessionReply<'a> {
    session: SessionView<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListSessionsReply<'a> {
    sessions: Vec<SessionView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListPortalsReply<P> {
    portals: Vec<P>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The inputs of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallContext<'a> {
    pub(super) data: &'a EmulatorData,
    pub(super) page_tokens: &'a PageTokens,
    /// The region that the request is signed for.
    pub(super) region: &'a str,
    /// By the service's clock.
    pub(super) now: Timestamp,
    /// Since the service started.
    pub(super) up: Duration,
}

/// The requested page.
struct PageRequest {
    /// The position in the token; nothing for the first page.
    first: Option<usize>,
    size: usize,
}

/// The filters and the order of ListSessions.
struct Filters<'a> {
    session_id: Option<&'a str>,
    username: Option<&'a str>,
    status: Option<&'a str>,
    is_ascending: bool,
}

impl<'a> Filters<'a> {
    fn new(query: &'a Query, faults: &ListFaults, violations: &mut Violations) -> Self {
        let session_id = query.get("sessionId");
        if let Some(session_id) = session_id {
            violations.check_id("sessionId", session_id);
        }
        let username = query.get("username");
        if username.is_some_and(|name| name.chars().count() > MAX_USERNAME) {
            violations.add(
                "username",
                "Member must have length less than or equal to 256",
            );
        }
        let status = query.get("status");
        violations.check_choice(
            "status",
            status,
            ["Active", "Terminated"],
            "Member must satisfy enum value set: [Active, Terminated]",
        );
        let sort_by = query.get("sortBy");
        violations.check_choice(
            "sortBy",
            sort_by,
            ["StartTimeAscending", "StartTimeDescending"],
            "Member must satisfy enum value set: [StartTimeAscending, StartTimeDescending]",
        );
        let heed = |filter, value: Option<&'a str>| value.filter(|_| !faults.is_ignored(filter));
        Self {
            session_id: heed(FilterName::SessionId, session_id),
            username: heed(FilterName::Username, username),
            status: heed(FilterName::Status, status),
            is_ascending: faults.is_ascending(sort_by == Some("StartTimeAscending")),
        }
    }

    fn fit(&self, view: &SessionView<'_>) -> bool {
        self.username
            .is_none_or(|name| view.session.username() == Some(name))
            && self
                .status
                .is_none_or(|status| view.status() == Some(status))
    }

    /// The list of these filters, for the seal of its tokens.
    fn list(&self, portal: &str) -> String {
        let Self {
            session_id,
            username,
            status,
            is_ascending,
        } = self;
        format!("{portal}\n{session_id:?}\n{username:?}\n{status:?}\n{is_ascending}")
    }
}

impl<'a> CallContext<'a> {
    pub(super) fn get_session(&self, portal: &str, session: &str) -> Result<Vec<u8>, ErrorReply> {
        let mut violations = Violations::default();
        violations.check_id("portalId", portal);
        violations.check_id("sessionId", session);
        violations.finish()?;
        let portal = self.portal(portal)?;
        let session = portal
            .sessions
            .find(session, self.now.as_second())
            .ok_or_else(|| ErrorReply::not_found("session", session))?;
        let arn = portal.arn();
        encode(&GetSessionReply {
            session: SessionView {
                is_summary: false,
                ..self.summary(session, &arn)
            },
        })
    }

    pub(super) fn list_sessions(&self, id: &str, query: &Query) -> Result<Vec<u8>, ErrorReply> {
        let mut violations = Violations::default();
        violations.check_id("portalId", id);
        let filters = Filters::new(query, &self.data.list_faults, &mut violations);
        let list = filters.list(id);
        let page = self.page(query, &list, &mut violations);
        violations.finish()?;

        let portal = self.portal(id)?;
        let arn = portal.arn();
        let (sessions, next) = match filters.session_id {
            Some(id) => {
                let found = portal.sessions.find(id, self.now.as_second());
                let view = found.map(|session| self.summary(session, &arn));
                let fitting = view.filter(|view| {
                    filters.fit(view) && self.data.is_listed(&view.session.id, self.up)
                });
                (fitting.into_iter().collect(), None)
            }
            None if self.data.list_faults.needs_entire_list() => {
                self.page_of_entire_list(portal, &arn, &filters, &page)
            }
            None => self.scan(portal, &arn, &filters, &page),
        };
        encode(&ListSessionsReply {
            sessions,
            next_token: self.next_token(&list, next),
        })
    }

    /// The sessions of a page, and where the next one begins.
    ///
    /// A position is an index in the order of starts: the next one to read, or, in descending order,
    /// the last one that was read. So sessions that start between two pages change neither.
    fn scan<'v>(
        &self,
        portal: &'v StoredPortal,
        arn: &'v str,
        filters: &Filters<'_>,
        page: &PageRequest,
    ) -> (Vec<SessionView<'v>>, Option<usize>) {
        let count = portal.sessions.count(self.now.as_second());
        let mut sessions = Vec::with_capacity(page.size.min(MAX_PAGE_SIZE));
        if filters.is_ascending {
            let first = page.first.unwrap_or(0);
            let end = count.min(first.saturating_add(MAX_SCAN));
            for index in first..end {
                if sessions.len() == page.size {
                    return (sessions, Some(index));
                }
                sessions.extend(self.fitting(portal, arn, filters, index));
            }
            (sessions, (end < count).then_some(end))
        } else {
            let end = page.first.unwrap_or(count).min(count);
            let first = end.saturating_sub(MAX_SCAN);
            for index in (first..end).rev() {
                if sessions.len() == page.size {
                    return (sessions, Some(index + 1));
                }
                sessions.extend(self.fitting(portal, arn, filters, index));
            }
            (sessions, (first > 0).then_some(first))
        }
    }

    /// The sessions of a page, and where the next one begins: a position is the number of items before it.
    fn page_of_entire_list<'v>(
        &self,
        portal: &'v StoredPortal,
        arn: &'v str,
        filters: &Filters<'_>,
        page: &PageRequest,
    ) -> (Vec<SessionView<'v>>, Option<usize>) {
        let faults = &self.data.list_faults;
        let count = portal.sessions.count(self.now.as_second());
        let fitting = |index| self.fitting(portal, arn, filters, index);
        let mut sessions: Vec<_> = (0..count).filter_map(fitting).collect();
        faults.sort(&mut sessions, filters.is_ascending, |view| {
            (view.session.start, &view.session.id)
        });
        let first = page.first.unwrap_or(0).min(sessions.len());
        let end = sessions.len().min(first.saturating_add(page.size));
        let next = (end < sessions.len()).then(|| faults.next_position(first, end));
        (sessions.drain(first..end).collect(), next)
    }

    /// The session at this index, if it matches the filters and is listed.
    fn fitting<'v>(
        &self,
        portal: &'v StoredPortal,
        arn: &'v str,
        filters: &Filters<'_>,
        index: usize,
    ) -> Option<SessionView<'v>> {
        // A generated session takes much longer to make than its user's name.
        let is_of = |name| portal.sessions.is_of(index, name);
        if filters.username.is_some_and(|name| !is_of(name)) {
            return None;
        }
        let session = portal.sessions.get(index, self.now.as_second())?;
        let view = self.summary(session, arn);
        let is_listed = self.data.is_listed(&view.session.id, self.up);
        (is_listed && filters.fit(&view)).then_some(view)
    }

    pub(super) fn list_portals(&self, query: &Query) -> Result<Vec<u8>, ErrorReply> {
        let mut violations = Violations::default();
        let page = self.page(query, self.region, &mut violations);
        violations.finish()?;
        let here = |portal: &&StoredPortal| portal.region == self.region;
        let faults = &self.data.list_faults;
        let copies = |portal| std::iter::repeat_n(portal, faults.portal_copies());
        let mut portals = self.data.portals.iter().filter(here).flat_map(copies);
        let first = page.first.unwrap_or(0);
        let shown = portals.by_ref().skip(first).take(page.size);
        let shown: Vec<_> = shown.map(StoredPortal::summary).collect();
        let next = portals
            .next()
            .map(|_| faults.next_position(first, first + shown.len()));
        encode(&ListPortalsReply {
            portals: shown,
            next_token: self.next_token(self.region, next),
        })
    }

    /// The page of `list` that `query` requests.
    fn page(&self, query: &Query, list: &str, violations: &mut Violations) -> PageRequest {
        let mut size = self.data.page_size;
        if let Some(asked) = query.get("maxResults") {
            match asked.parse::<i32>().map(usize::try_from) {
                Ok(Ok(asked)) if asked > 0 => size = asked.min(MAX_PAGE_SIZE.max(size)),
                Ok(_) => violations.add(
                    "maxResults",
                    "Member must have value greater than or equal to 1",
                ),
                Err(_) => violations.add("maxResults", "Member must be an integer"),
            }
        }
        let mut first = None;
        if let Some(token) = query.get("nextToken") {
            match self.page_tokens.position(list, token, self.now.as_second()) {
                Some(position) => first = Some(position),
                None => violations.add("nextToken", "The token is invalid or has expired"),
            }
        }
        PageRequest { first, size }
    }

    fn next_token(&self, list: &str, next: Option<usize>) -> Option<String> {
        let now = self.now.as_second();
        next.map(|position| self.page_tokens.token(list, position, now))
    }

    fn portal(&self, id: &str) -> Result<&'a StoredPortal, ErrorReply> {
        self.data
            .portal(id)
            .filter(|portal| portal.region == self.region)
            .ok_or_else(|| ErrorReply::not_found("portal", id))
    }

    fn summary<'v>(&self, session: Cow<'v, StoredSession>, portal_arn: &'v str) -> SessionView<'v> {
        let ended = self
            .data
            .end_of(&session.id)
            .filter(|after| *after <= self.up && session.status() != Some("Terminated"))
            .map(|after| {
                let started = self.now.as_duration().as_secs_f64() - self.up.as_secs_f64();
                ((started + after.as_secs_f64()) * 1000.0).round() / 1000.0
            });
        SessionView {
            portal_arn,
            session,
            ended,
            is_summary: true,
        }
    }
}

fn encode(reply: &impl Serialize) -> Result<Vec<u8>, ErrorReply> {
    serde_json::to_vec(reply).map_err(|error| {
        ErrorReply::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerException",
            error.to_string(),
        )
    })
}
