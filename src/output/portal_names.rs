//! The display names of portals. Commands add them as they find portals, while rows are printed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::untrusted::escape;
use crate::service::documents::Portal;
use crate::service::ids::PortalId;

#[derive(Debug, Default)]
pub struct PortalNames(Mutex<Names>);

#[derive(Debug, Default)]
struct Names {
    /// The names by region and ID.
    by_id: HashMap<(String, String), String>,
    /// The number of portals with each name.
    counts: HashMap<String, usize>,
}

impl PortalNames {
    /// Adds the names of portals, except names in the form of an ID: a reader could mistake such a name for the ID
    /// of another portal.
    pub fn add(&self, portals: &[Portal]) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for portal in portals {
            let (Some(region), Some(id)) = (portal.portal_region(), portal.portal_id()) else {
                continue;
            };
            let key = (region.to_owned(), id.to_owned());
            let name = portal.display_name.as_deref().unwrap_or_default().trim();
            if name.is_empty() || name.parse::<PortalId>().is_ok() {
                names.by_id.remove(&key);
            } else {
                // Names are compared in their escaped form, because tables show only this form.
                names.by_id.insert(key, escape(name).into_owned());
            }
        }
        let Names { by_id, counts } = &mut *names;
        counts.clear();
        for name in by_id.values() {
            *counts.entry(name.clone()).or_default() += 1;
        }
    }

    /// The name of a portal; `None` if it is unknown, or if another portal has the same name.
    pub fn get(&self, region: &str, id: &str) -> Option<String> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = names.by_id.get(&(region.to_owned(), id.to_owned()))?;
        (names.counts.get(name) == Some(&1)).then(|| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal(region: &str, id: &str, name: &str) -> Portal {
        Portal {
            portal_arn: Some(format!(
                "arn:aws:workspaces-web:{region}:123456789012:portal/{id}"
            )),
            display_name: Some(name.to_owned()),
            ..Portal::default()
        }
    }

    #[test]
    fn only_a_name_that_one_portal_has_is_its_name() {
        let names = PortalNames::default();
        let id = "aaaaaaaa-0000-4000-8000-000000000001";
        names.add(&[
            portal("eu-west-1", "a", "HR"),
            portal("eu-west-1", "b", " "),
        ]);
        names.add(&[portal("eu-west-1", "c", id)]);
        assert_eq!(names.get("eu-west-1", "a").as_deref(), Some("HR"));
        assert_eq!(names.get("us-east-1", "a"), None);
        assert_eq!(names.get("eu-west-1", "b"), None);
        assert_eq!(names.get("eu-west-1", "c"), None);
        names.add(&[portal("us-east-1", "d", "HR ")]);
        assert_eq!(names.get("eu-west-1", "a"), None);
        assert_eq!(names.get("us-east-1", "d"), None);
        names.add(&[portal("us-east-1", "d", "Sales")]);
        assert_eq!(names.get("eu-west-1", "a").as_deref(), Some("HR"));
    }
}
