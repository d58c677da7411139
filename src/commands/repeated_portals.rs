//! Portals that come from two regions: the configured endpoint does not tell regions apart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::diagnostics::Reporter;
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::endpoint::Region;

/// Finds the portals that come from several of the regions, and warns of them once.
pub(super) struct RepeatedPortals {
    reporter: Arc<Reporter>,
    regions: Vec<Region>,
    has_warned: AtomicBool,
}

impl RepeatedPortals {
    /// For a search in the regions of these clients.
    pub(super) fn new(reporter: &Arc<Reporter>, clients: &[Client]) -> Self {
        Self {
            reporter: Arc::clone(reporter),
            regions: clients.iter().map(|it| it.region().clone()).collect(),
            has_warned: AtomicBool::new(false),
        }
    }

    /// Whether a portal that `client` returned comes from another region of the search, too: from its
    /// own.
    pub(super) fn contains(&self, client: &Client, portal: &Portal) -> bool {
        let Some(region) = portal.portal_region() else {
            return false;
        };
        let is_repeated = region != client.region().as_str()
            && self.regions.iter().any(|other| other.as_str() == region);
        if is_repeated && !self.has_warned.swap(true, Ordering::Relaxed) {
            self.reporter.warning(&format!(
                "{} does not tell regions apart: portal {} came from {} and from {region}; each portal counts once",
                client.endpoint().host(),
                portal.portal_id().unwrap_or_default(),
                client.region(),
            ));
        }
        is_repeated
    }
}
