//! Portals that come from two regions: the endpoint that was configured does not tell regions apart.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use crate::diagnostics::Reporter;
use crate::service::client::Client;
use crate::service::documents::Portal;
use crate::service::endpoint::Region;

/// Looks at the portals of all regions and warns, once, of one that comes from two.
pub(super) struct RepeatedPortals {
    reporter: Arc<Reporter>,
    /// The region that each ARN came from; absent after the warning.
    seen: Mutex<Option<HashMap<String, Region>>>,
}

impl RepeatedPortals {
    pub(super) fn new(reporter: &Arc<Reporter>) -> Self {
        Self {
            reporter: Arc::clone(reporter),
            seen: Mutex::new(Some(HashMap::new())),
        }
    }

    /// Looks at a portal that `client` was answered with.
    pub(super) fn look(&self, client: &Client, portal: &Portal) {
        let Some(arn) = portal.portal_arn.as_deref() else {
            return;
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(regions) = seen.as_mut() else {
            return;
        };
        match regions.entry(arn.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(client.region().clone());
            }
            Entry::Occupied(entry) if entry.get() != client.region() => {
                self.reporter.warning(&format!(
                    "{} does not tell regions apart: portal {} came from {} and from {}, so portals and their sessions come more than once",
                    client.endpoint().host(),
                    portal.portal_id().unwrap_or(arn),
                    entry.get(),
                    client.region(),
                ));
                *seen = None;
            }
            Entry::Occupied(_) => {}
        }
    }
}
