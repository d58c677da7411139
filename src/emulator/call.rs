//! Which operation a request calls.

use super::query::decoded;
use crate::service::operations::Operation;

/// An operation with the resources in its path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ServiceCall {
    GetSession { portal: String, session: String },
    ListSessions { portal: String },
    ListPortals,
}

impl ServiceCall {
    pub(super) fn from_path(path: &str) -> Option<Self> {
        let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(decoded).collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        match segments.as_slice() {
            ["portals"] => Some(Self::ListPortals),
            [_, "", ..] | [_, _, _, ""] => None,
            ["portals", portal, "sessions"] => Some(Self::ListSessions {
                portal: (*portal).to_owned(),
            }),
            ["portals", portal, "sessions", session] => Some(Self::GetSession {
                portal: (*portal).to_owned(),
                session: (*session).to_owned(),
            }),
            _ => None,
        }
    }

    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::GetSession { .. } => Operation::GetSession,
            Self::ListSessions { .. } => Operation::ListSessions,
            Self::ListPortals => Operation::ListPortals,
        }
    }

    pub(super) fn portal(&self) -> Option<&str> {
        match self {
            Self::GetSession { portal, .. } | Self::ListSessions { portal } => Some(portal),
            Self::ListPortals => None,
        }
    }

    pub(super) fn session(&self) -> Option<&str> {
        match self {
            Self::GetSession { session, .. } => Some(session),
            _ => None,
        }
    }
}
