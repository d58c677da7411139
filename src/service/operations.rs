//! The three operations that the program calls. All of them are `GET` requests.

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

/// The characters that are percent-encoded: all except the unreserved characters of RFC 3986, as SigV4 requires.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An operation of the service. The program calls no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Operation {
    GetSession,
    ListSessions,
    ListPortals,
}

impl Operation {
    /// The IAM action that allows the operation (Service Authorization Reference, "Actions, resources, and
    /// condition keys for Amazon WorkSpaces Secure Browser").
    pub const fn iam_action(self) -> &'static str {
        match self {
            Self::GetSession => "workspaces-web:GetSession",
            Self::ListSessions => "workspaces-web:ListSessions",
            Self::ListPortals => "workspaces-web:ListPortals",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// Oldest first.
    StartTimeAscending,
    /// Newest first.
    StartTimeDescending,
}

impl SortBy {
    pub const fn reversed(self) -> Self {
        match self {
            Self::StartTimeAscending => Self::StartTimeDescending,
            Self::StartTimeDescending => Self::StartTimeAscending,
        }
    }
}

#[derive(Debug, Clone)]
pub struct SessionFilter {
    pub username: Option<String>,
    pub session: Option<SessionId>,
    /// In the API's spelling, such as `Active`.
    pub status: Option<&'static str>,
    pub sort_by: SortBy,
}

impl SessionFilter {
    pub fn all(sort_by: SortBy) -> Self {
        Self {
            username: None,
            session: None,
            status: None,
            sort_by,
        }
    }

    /// Whether the session matches the filter. The service may ignore a filter, so it is also applied here.
    fn keeps(&self, session: &Session) -> bool {
        // A session without a known status has not ended, as in all other commands.
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
    /// Calls GetSession.
    ///
    /// # Errors
    /// Any [`CallError`]. A reply about another session, or without a session ID, is a
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

    /// Calls ListSessions and returns its pages, each with at most `page_size` sessions. Sessions that do not
    /// match the filter, and sessions that a recent page had, are omitted.
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

    /// Calls ListPortals and returns its pages, each with at most `page_size` portals. Portals that a recent page
    /// had are omitted.
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

/// Checks that the session is on the portal, unless the service omitted its `portalArn`, and that its times are
/// plausible. The error completes the sentence "the reply ...".
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

/// The pages of a list. A page may be empty. The stream ends after an error.
pub type Pages<'a, T> = BoxStream<'a, Result<Vec<T>, CallError>>;

/// Reads a list, which is the member `plural` of the replies. Documents for which `keep` returns false are
/// omitted. The error of `keep` completes the sentence "the reply ...". A repeated page token is a
/// [`CallError::UnexpectedResponse`].
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
    // The set has the hashes of the page tokens. A list that repeats a token would never end.
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
