//! The emulator's data and behavior.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;

use super::behavior::Behavior;
use super::list_faults::ListFaults;
use super::members::{or_default, visible_text};
use super::portal::StoredPortal;
use crate::service::endpoint::Region;

/// The default page size. The service's own default is not published.
const DEFAULT_PAGE_SIZE: usize = 25;

/// The region of portals that name none, if the data file gives none either.
const DEFAULT_REGION: &str = "us-east-1";

/// The credentials that requests have to be signed with.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmulatorCredentials {
    /// The access key's ID.
    #[serde(deserialize_with = "visible_text")]
    pub access_key_id: String,
    /// The secret access key.
    #[serde(deserialize_with = "visible_text")]
    pub secret_access_key: String,
    /// The session token, if requests need one.
    #[serde(default, deserialize_with = "visible_text")]
    pub session_token: Option<String>,
    /// Whether requests are answered with `ExpiredTokenException`.
    #[serde(default, deserialize_with = "or_default")]
    pub expired: bool,
}

impl EmulatorCredentials {
    /// Generates new credentials for each start, so that nothing of value can leak. They need no
    /// cryptographic random source, because they guard samples on loopback.
    pub(super) fn generate() -> Self {
        let text = |length| std::iter::repeat_with(fastrand::alphanumeric).take(length);
        Self {
            access_key_id: format!("ASIA{}", text(16).collect::<String>().to_ascii_uppercase()),
            secret_access_key: text(40).collect(),
            session_token: Some(text(64).collect()),
            expired: false,
        }
    }
}

/// The data that an emulator serves, and its behavior.
#[derive(Debug)]
pub struct EmulatorData {
    pub(super) credentials: EmulatorCredentials,
    /// The region of portals that name none.
    pub(super) default_region: Region,
    /// Whether requests may be signed for regions without portals.
    pub(super) accepts_any_region: bool,
    pub(super) clock_offset_seconds: i64,
    pub(super) page_size: usize,
    pub(super) seed: u64,
    pub(super) portals: Vec<StoredPortal>,
    index_of: HashMap<String, usize>,
    pub(super) behaviors: Vec<Behavior>,
    pub(super) list_faults: ListFaults,
    /// The time from the start of the service to the end of a session, by the session's ID.
    pub(super) ends: HashMap<String, Duration>,
    /// The periods in which lists omit a session, by the session's ID and relative to the start of the
    /// service.
    pub(super) unlisted: HashMap<String, Range<Duration>>,
}

impl EmulatorData {
    /// An account without portals.
    pub(super) fn new(credentials: EmulatorCredentials) -> Self {
        Self {
            credentials,
            default_region: Region::known(DEFAULT_REGION),
            accepts_any_region: true,
            clock_offset_seconds: 0,
            page_size: DEFAULT_PAGE_SIZE,
            seed: 0,
            portals: Vec::new(),
            index_of: HashMap::new(),
            behaviors: Vec::new(),
            list_faults: ListFaults::default(),
            ends: HashMap::new(),
            unlisted: HashMap::new(),
        }
    }

    /// Whether requests may be signed for this region.
    pub(super) fn accepts_region(&self, region: &str) -> bool {
        let known = self.portals.iter().map(|portal| &portal.region);
        let mut known = known.chain([&self.default_region]);
        self.accepts_any_region || known.any(|known| known.as_str() == region)
    }

    pub(super) fn add(&mut self, portal: StoredPortal) {
        self.index_of.insert(portal.id.clone(), self.portals.len());
        self.portals.push(portal);
    }

    pub(super) fn portal(&self, id: &str) -> Option<&StoredPortal> {
        self.portals.get(*self.index_of.get(id)?)
    }

    pub(super) fn portal_mut(&mut self, id: &str) -> Option<&mut StoredPortal> {
        self.portals.get_mut(*self.index_of.get(id)?)
    }
}
