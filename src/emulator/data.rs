//! The emulator's data and behavior.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use super::account::EmulatorCredentials;
use super::behavior::Behavior;
use super::list_faults::ListFaults;
use super::portal::StoredPortal;

/// The default page size. The service's own default is
/// not published.
const DEFAULT_PAGE_SIZE: usize = 25;

/// The region of portals that name none, if the data file gives none either.
const DEFAULT_REGION: &str = "us-east-1";

/// The data that an emulator serves, and its behavior.
#[derive(Debug)]
pub struct EmulatorData {
    pub(super) credentials: EmulatorCredentials,
    /// The region of portals that name none. If it is given, requests may be signed for it and for
    /// the regions of portals only.
    pub(super) region: Option<String>,
    pub(super) clock_offset_seconds: i64,
    pub(super) page_size: usize,
    pub(super) seed: u64,
    pub(super) portals: Vec<StoredPortal>,
    index_of: HashMap<String, usize>,
    pub(super) behaviors: Vec<Behavior>,
    pub(super) list_faults: ListFaults,
    /// How long after the start of the service a session ends, by the session's ID.
    pub(super) ends: HashMap<String, Duration>,
    /// When lists do not contain a session, by the session's ID: times since the start of the service.
    pub(super) unlisted: HashMap<String, Range<Duration>>,
}

impl EmulatorData {
    /// An account without portals.
    pub(super) fn new(credentials: EmulatorCredentials) -> Self {
        Self {
            credentials,
            region: None,
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

    /// The region of portals that name none.
    pub(super) fn default_region(&self) -> &str {
        self.region.as_deref().unwrap_or(DEFAULT_REGION)
    }

    /// Whether requests may be signed for this region.
    pub(super) fn accepts_region(&self, region: &str) -> bool {
        self.region.as_deref().is_none_or(|known| known == region)
            || self.portals.iter().any(|portal| portal.region == region)
    }

    pub(super) fn add(&mut self, portal: StoredPortal) {
        self.index_of.insert(portal.id.clone(), self.portals.len());
        self.portals.push(portal);
    }

    pub(super) fn portal(&self, id: &str) -> Option<&StoredPortal> {
        let index = *self.index_of.get(id)?;
        self.portals.get(index)
    }

    pub(super) fn portal_mut(&mut self, id: &str) -> Option<&mut StoredPortal> {
        let index = *self.index_of.get(id)?;
        self.portals.get_mut(index)
    }

    /// Whether lists contain this session, `up` after the start of the service.
    pub(super) fn is_listed(&self, session: &str, up: Duration) -> bool {
        let unlisted = self.unlisted.get(session);
        unlisted.is_none_or(|period| !period.contains(&up))
    }

    /// How long after the start of the service this session ends, if the data file says so.
    pub(super) fn end_of(&self, session: &str) -> Option<Duration> {
        // Most data files end no session: skip the hash.
        if self.ends.is_empty() {
            return None;
        }
        self.ends.get(session).copied()
    }
}
