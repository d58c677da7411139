//! Events as documents.

use super::state::{Gap, Kind};
use crate::commands::portals::Target;
use crate::delivery::Outcome;
use crate::output::documents::{Event, Unobserved};
use crate::service::documents::Session;
use crate::service::ids::SessionId;

impl Kind {
    /// The event's name.
    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Started => "started",
            Self::Ended => "ended",
        }
    }
}

/// The events about a session, in this order.
pub(super) fn for_session(kinds: &[Kind], session: &Session) -> Vec<Outcome> {
    let event = |kind: &Kind| {
        let event = Event {
            event: kind.name(),
            session: Some(session.clone()),
            unobserved: Unobserved::default(),
        };
        Outcome::Document(event.into())
    };
    kinds.iter().map(event).collect()
}

/// The events about a session that GetSession no longer knows, with the little that is known of it.
pub(super) fn for_absent_session(
    kinds: &[Kind],
    id: SessionId,
    start: Option<jiff::Timestamp>,
) -> Vec<Outcome> {
    let session = Session {
        session_id: Some(id.to_string()),
        start_time: start.map(Into::into),
        ..Session::default()
    };
    for_session(kinds, &session)
}

/// The event of a time in which no look succeeded.
pub(super) fn from_gap(gap: Gap, target: &Target<'_>) -> Outcome {
    let event = Event {
        event: "gap",
        session: None,
        unobserved: Unobserved {
            from: Some(gap.from.into()),
            to: Some(gap.to.into()),
            portal_id: Some(target.portal.to_string()),
            region: Some(target.client.region().to_string()),
        },
    };
    Outcome::Document(event.into())
}
