//! Parses the operation that a request calls.

use std::collections::HashMap;

use hyper::Uri;
use percent_encoding::percent_decode_str;

use crate::service::operations::Operation;

/// An operation and its parameters, parsed from the URI of a request.
#[derive(Debug)]
pub(super) struct ServiceCall<'a> {
    pub(super) operation: Operation,
    /// The region for which the request is signed.
    pub(super) region: &'a str,
    /// The portal's ID; empty in a ListPortals call.
    pub(super) portal: String,
    /// The session's ID; empty except in a GetSession call.
    pub(super) session: String,
    /// The query's parameters. If a parameter is repeated, the first one counts.
    pub(super) query: HashMap<String, String>,
}

impl<'a> ServiceCall<'a> {
    pub(super) fn from_uri(uri: &Uri, region: &'a str) -> Option<Self> {
        let path = uri.path().strip_prefix('/')?;
        let segments: Vec<&str> = path.split('/').collect();
        let (operation, portal, session) = match *segments {
            ["portals"] => (Operation::ListPortals, "", ""),
            [_, "", ..] | [_, _, _, ""] => return None,
            ["portals", portal, "sessions"] => (Operation::ListSessions, portal, ""),
            ["portals", portal, "sessions", session] => (Operation::GetSession, portal, session),
            _ => return None,
        };
        let pairs = uri.query().unwrap_or_default().rsplit('&');
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Some(Self {
            operation,
            region,
            portal: decode(portal),
            session: decode(session),
            query: pairs
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        })
    }
}

/// Removes percent-encoding. A `+` stays: it means a space in HTML forms only.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
