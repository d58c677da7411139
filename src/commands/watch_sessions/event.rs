//! Events as documents.

use serde_json::{Value, json};

use super::state::{Gap, Kind};
use crate::commands::portals::Target;
use crate::commands::time_range::seconds;
use crate::delivery::Outcome;
use crate::diagnostics::{Code, Failure};
use crate::service::ids::SessionId;
use crate::service::model::{self, Document, Shape};

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
pub(super) fn for_session(kinds: &[Kind], session: &Document) -> Vec<Outcome> {
    let event = |kind: &Kind| Outcome::Document(session.clone().into_event(kind.name()));
    kinds.iter().map(event).collect()
}

/// The events about a session that GetSession no longer knows, with the little that is known of it.
pub(super) fn for_absent_session(
    kinds: &[Kind],
    id: SessionId,
    start: Option<jiff::Timestamp>,
) -> Vec<Outcome> {
    if kinds.is_empty() {
        return Vec::new();
    }
    let session = json!({"sessionId": id.as_str(), "startTime": start.map(seconds)});
    match document(&model::SESSION, session) {
        Ok(session) => for_session(kinds, &session),
        Err(failure) => vec![Outcome::Failure(failure)],
    }
}

/// The event of a time in which no look succeeded.
pub(super) fn from_gap(gap: Gap, target: &Target<'_>) -> Outcome {
    let event = json!({
        "event": model::GAP,
        "from": seconds(gap.from),
        "to": seconds(gap.to),
        "portalId": target.portal.as_str(),
        "region": target.client.region().as_str(),
    });
    document(&model::EVENT, event).into()
}

fn document(shape: &'static Shape, value: Value) -> Result<Document, Failure> {
    Document::parse(shape, value)
        .map_err(|reason| Failure::new(Code::Other, format!("an event is malformed: {reason}")))
}
