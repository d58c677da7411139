//! Converts the reports of a watch to event documents.

use super::portal_state::{Gap, SessionEvent};
use crate::output::documents::{Document, Event, Unobserved};
use crate::service::documents::{EpochSeconds, Session};
use crate::service::ids::PortalId;

/// The event about a session.
pub(super) fn from_session(event: SessionEvent, session: Box<Session>) -> Document {
    let name = match event {
        SessionEvent::Active => "active",
        SessionEvent::Started => "started",
        SessionEvent::Ended => "ended",
    };
    Document::from(Event {
        event: name,
        session: Some(*session),
        unobserved: Unobserved::default(),
    })
}

/// The event of a period that could not be observed: of a portal, or of a region whose portals could not
/// be listed.
pub(super) fn from_gap(gap: Gap, portal: Option<PortalId>, region: &str) -> Document {
    unobserved("gap", gap, portal, region)
}

/// The event of a portal that no longer exists. It was deleted in this period.
pub(super) fn from_lost_portal(gap: Gap, portal: PortalId, region: &str) -> Document {
    unobserved("portal-lost", gap, Some(portal), region)
}

fn unobserved(event: &'static str, gap: Gap, portal: Option<PortalId>, region: &str) -> Document {
    Document::from(Event {
        event,
        session: None,
        unobserved: Unobserved {
            from: Some(EpochSeconds::from(gap.from)),
            to: Some(EpochSeconds::from(gap.to)),
            portal_id: portal.map(|portal| portal.to_string()),
            region: Some(region.to_owned()),
        },
    })
}
