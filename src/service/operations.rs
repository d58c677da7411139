//! The three operations that the program calls, all of them `GET`.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::documents::{EpochSeconds, Portal, Session};
use super::error::CallError;
use super::ids::{PortalId, SessionId};
use super::recent_ids::RecentIds;

/// Everything but the unreserved characters of RFC 3986, as SigV4 requires.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An operation of the service. The program calls no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Operation {
    /// GetSession.
    GetSession,
    /// ListSessions.
    ListSessions,
    /// ListPortals.
    ListPortals,
}

impl Operation {
    /// The IAM action that a caller needs for it ("Actions, resources, and condition keys for
    /// Amazon WorkSpaces Secure Browser", Service Authorization Reference).
    pub const fn iam_action(self) -> &'static str {
        match self {
            Self::GetSession => "workspaces-web:GetSession",
            Self::ListSessions => "workspaces-web:ListSessions",
            Self::ListPortals => "workspaces-web:ListPortals",
        }
    }
}

/// The order of a list of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// Oldest first.
    StartTimeAscending,
    /// Newest first.
    StartTimeDescending,
}

impl SortBy {
    /// The opposite order.
    pub const fn reversed(self) -> Self {
        match self {
            Self::StartTimeAscending => Self::StartTimeDescending,
            Self::StartTimeDescending => Self::StartTimeAscending,
        }
    }
}

/// The filters of ListSessions.
#[derive(Debug, Clone)]
pub struct SessionFilter {
    /// Only sessions of this user.
    pub username: Option<String>,
    /// Only this session.
    pub session: Option<SessionId>,
    /// Only sessions with this status, in the API's spelling.
    pub status: Option<&'static str>,
    /// The order of the list.
    pub sort_by: SortBy,
}

impl SessionFilter {
    /// All sessions in this order.
    pub fn all(sort_by: SortBy) -> Self {
        Self {
            username: None,
            session: None,
            status: None,
            sort_by,
        }
    }

    /// Whether the session matches: the service may ignore the filter.
    fn keeps(&self, session: &Session) -> bool {
        // A session whose status is absent or unknown has not ended, as for every other command.
        let has_status = match self.status {
            None => true,
            Some("Active") => !session.has_ended(),
            Some(status) => session.status.as_deref() == Some(status),
        };
        let has_name = |wanted: &String| session.username.as_ref() == Some(wanted);
        let id = session.session_id.as_deref().unwrap_or_default();
        let has_id = |wanted: &SessionId| id.eq_ignore_ascii_case(wanted.as_str());
        has_status
            && self.username.as_ref().is_none_or(has_name)
            && self.session.as_ref().is_none_or(has_id)
    }
}

impl Client {
    /// GetSession: the session's document.
    ///
    /// # Errors
    /// Any [`CallError`]; a reply about another session, or without a session ID, is
    /// [`CallError::UnexpectedResponse`].
    pub async fn get_session(
        &self,
        portal: &PortalId,
        session: &SessionId,
    ) -> Result<Session, CallError> {
        let reply = self
            .call(&format!("/portals/{portal}/sessions/{session}"))
            .await?;
        let document: Session = reply.one("session")?;
        match &document.session_id {
            None => Err("has a session without a sessionId".to_owned()),
            Some(id) if !id.eq_ignore_ascii_case(session.as_str()) => {
                Err("is about another session than the requested one".to_owned())
            }
            Some(_) => check_session(&document, portal),
        }
        .map_err(|why| reply.unexpected(why))?;
        Ok(document)
    }

    /// ListSessions: the pages of a portal's sessions, `page_size` documents each at most. Those that the
    /// filter does not keep, and those that have just been on a page, are left out.
    pub fn list_sessions(
        &self,
        portal: &PortalId,
        filter: &SessionFilter,
        page_size: Option<u32>,
    ) -> Pages<'_, Session> {
        let sort_by = match filter.sort_by {
            SortBy::StartTimeAscending => "StartTimeAscending",
            SortBy::StartTimeDescending => "StartTimeDescending",
        };
        let query = [
            ("username", filter.username.as_deref()),
            ("sessionId", filter.session.as_ref().map(SessionId::as_str)),
            ("status", filter.status),
            ("sortBy", Some(sort_by)),
        ];
        let path = format!("/portals/{portal}/sessions");
        let mut recent = RecentIds::default();
        let filter = filter.clone();
        let portal = *portal;
        let keep = move |session: &Session| {
            check_session(session, &portal)?;
            let is_new = |id: &String| recent.insert(id);
            Ok(filter.keeps(session) && session.session_id.as_ref().is_none_or(is_new))
        };
        pages(self, "sessions", &path, &query, page_size, keep)
    }

    /// ListPortals: the pages of a region's portals, `page_size` documents each at most. Those that have
    /// just been on a page are left out.
    pub fn list_portals(&self, page_size: Option<u32>) -> Pages<'_, Portal> {
        let mut recent = RecentIds::default();
        let keep = move |portal: &Portal| {
            check_times(&[("a creationDate", &portal.creation_date)])?;
            let is_new = |arn: &String| recent.insert(arn);
            Ok(portal.portal_arn.as_ref().is_none_or(is_new))
        };
        pages(self, "portals", "/portals", &[], page_size, keep)
    }
}

/// Checks that the session is on the portal, as far as the service says where it is, and that its times are
/// plausible. The error continues "the reply ...".
fn check_session(session: &Session, portal: &PortalId) -> Result<(), String> {
    let is_other = |id: &str| !id.eq_ignore_ascii_case(portal.as_str());
    if session.portal_id().is_some_and(is_other) {
        return Err("has a session whose portalArn names another portal".to_owned());
    }
    check_times(&[
        ("a startTime", &session.start_time),
        ("an endTime", &session.end_time),
    ])
}

fn check_times(times: &[(&str, &Option<EpochSeconds>)]) -> Result<(), String> {
    let is_wrong = |time: &Option<EpochSeconds>| time.as_ref().is_some_and(|it| !it.is_plausible());
    match times.iter().find(|(_, time)| is_wrong(time)) {
        None => Ok(()),
        Some((name, _)) => Err(format!(
            "has {name} outside the years 2000 to 2099, perhaps not in seconds"
        )),
    }
}

/// The pages of a list, which may be empty. The stream ends after an error.
pub type Pages<'a, T> = BoxStream<'a, Result<Vec<T>, CallError>>;

/// Reads the list that a reply calls `plural`, without the documents for which `keep` returns false; its error
/// continues "the reply ...". A repeated token is [`CallError::UnexpectedResponse`].
fn pages<'a, T: DeserializeOwned + Send + 'a>(
    client: &'a Client,
    plural: &'static str,
    path: &str,
    query: &[(&str, Option<&str>)],
    page_size: Option<u32>,
    keep: impl FnMut(&T) -> Result<bool, String> + Send + 'a,
) -> Pages<'a, T> {
    let page_size = page_size.map(|size| size.to_string());
    let query: Vec<String> = query
        .iter()
        .chain([&("maxResults", page_size.as_deref())])
        .filter_map(|(name, value)| Some(pair(name, (*value)?)))
        .collect();
    let separator = if query.is_empty() { "" } else { "?" };
    let first = format!("{path}{separator}{}", query.join("&"));
    // The hashes of the tokens: a list that repeats one would never end.
    let state = (Some(first.clone()), HashSet::new(), keep);
    let pages = stream::try_unfold(state, move |(target, mut seen, mut keep)| {
        let separator = if first.contains('?') { '&' } else { '?' };
        let prefix = format!("{first}{separator}");
        async move {
            let Some(target) = target else {
                return Ok(None);
            };
            let reply = client.call(&target).await?;
            let page = reply.page(plural)?;
            let mut hasher = DefaultHasher::new();
            page.next_token.hash(&mut hasher);
            if page.next_token.is_some() && !seen.insert(hasher.finish()) {
                return Err(reply.unexpected(
                    "repeats a page's nextToken, so the list would never end".to_owned(),
                ));
            }
            let next = page
                .next_token
                .map(|token| prefix + &pair("nextToken", &token));
            let mut documents = Vec::with_capacity(page.documents.len());
            for item in page.documents {
                if keep(&item).map_err(|why| reply.unexpected(why))? {
                    documents.push(item);
                }
            }
            Ok(Some((documents, (next, seen, keep))))
        }
    });
    pages.boxed()
}

fn pair(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, RESERVED))
}
