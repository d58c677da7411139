//! The state of a region's portals, which turns the results of ListPortals into the portals to watch and the
//! deleted portals. It makes no calls and reads no clock. `--state` stores it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::portal_state::{Gap, PortalState};
use crate::commands::polling::DENIED_POLLS;
use crate::service::ids::PortalId;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegionState {
    /// The time of the last successful search for portals.
    last_discovery: Option<Timestamp>,
    /// The start of the current outage: the last successful search before it, or the start of the watch.
    outage_since: Option<Timestamp>,
    pub portals: BTreeMap<PortalId, PortalState>,
    #[serde(skip)]
    denied_discoveries: u32,
}

impl RegionState {
    /// Returns the state of a portal. Adds a portal that is not known, as watched since `began`.
    pub(super) fn portal(&mut self, portal: PortalId, began: Timestamp) -> &mut PortalState {
        self.portals
            .entry(portal)
            .or_insert_with(|| PortalState::new(began))
    }

    /// Applies the complete list of the region's portals, read at `now`. `began` is the start of the watch.
    /// Returns the portals that no longer exist, each with the period since its last poll.
    pub fn apply_discovery(
        &mut self,
        found: &[PortalId],
        began: Timestamp,
        now: Timestamp,
    ) -> Vec<(PortalId, Gap)> {
        let known_since = self.last_discovery.unwrap_or(began);
        for portal in found {
            self.portal(*portal, known_since);
        }
        self.denied_discoveries = 0;
        self.last_discovery = Some(now);
        let is_lost = |id: &PortalId, portal: &mut PortalState| {
            portal.apply_discovery(found.contains(id));
            portal.is_lost()
        };
        let lost = self.portals.extract_if(.., is_lost);
        lost.map(|(id, portal)| (id, portal.unobserved_until(now)))
            .collect()
    }

    /// The latest time in this state, except the times of sessions. Until a search has succeeded, ignores the
    /// start of the outage: it is the start of the watch by this machine's clock, which may have been ahead.
    pub(super) fn latest_time(&self) -> Option<Timestamp> {
        let portals = self.portals.values().filter_map(PortalState::latest_time);
        let outage = self.last_discovery.and(self.outage_since);
        portals.chain(self.last_discovery).chain(outage).max()
    }

    /// Whether a search for portals has succeeded.
    pub(super) fn was_found(&self) -> bool {
        self.last_discovery.is_some()
    }

    /// Ends the region's outage, if there is one, and returns it as a gap that ends now.
    pub fn end_outage(&mut self, now: Timestamp) -> Option<Gap> {
        self.outage_since.take().map(|from| Gap::new(from, now))
    }

    /// Applies a failed search. Returns whether it begins an outage.
    pub fn apply_failed_discovery(&mut self, is_denied: bool, began: Timestamp) -> bool {
        self.denied_discoveries = if is_denied {
            self.denied_discoveries + 1
        } else {
            0
        };
        let is_new = self.outage_since.is_none();
        self.begin_outage(began);
        is_new
    }

    /// Begins an outage unless one has begun. `began` is the start of the watch.
    pub(super) fn begin_outage(&mut self, began: Timestamp) {
        self.outage_since
            .get_or_insert(self.last_discovery.unwrap_or(began));
    }

    /// Whether the service has denied so many searches in a row that the search is not repeated at each poll.
    pub(super) fn is_denied(&self) -> bool {
        self.denied_discoveries >= DENIED_POLLS
    }

    /// The period up to `now` in which the region could not be searched.
    pub(super) fn open_gap(&self, now: Timestamp) -> Option<Gap> {
        self.outage_since.map(|from| Gap::new(from, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::polling::PollFailure;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn id(number: usize) -> PortalId {
        format!("{number:08}-1111-4111-8111-111111111111")
            .parse()
            .unwrap()
    }

    #[test]
    fn a_portal_that_appears_is_watched_since_the_last_search() {
        let mut region = RegionState::default();
        region.apply_discovery(&[id(1)], time(0), time(10));
        let lost = region.apply_discovery(&[id(1), id(2)], time(0), time(900));
        assert!(region.portals.keys().eq(&[id(1), id(2)]));
        assert_eq!(lost, []);
        let watched = region.portals[&id(2)].unobserved_until(time(901));
        assert_eq!(watched.from, time(10));
    }

    #[test]
    fn a_region_that_could_not_be_searched_is_a_gap_since_the_last_search() {
        let mut region = RegionState::default();
        assert!(region.apply_failed_discovery(false, time(0)));
        assert!(!region.apply_failed_discovery(false, time(0)));
        region.apply_discovery(&[id(1)], time(0), time(60));
        let gap = region.end_outage(time(60)).unwrap();
        assert_eq!((gap.from, gap.to), (time(0), time(60)));
        assert_eq!(
            region.portals[&id(1)].unobserved_until(time(60)).from,
            time(0)
        );
        region.apply_discovery(&[], time(0), time(61));
        assert_eq!(region.end_outage(time(61)), None);
    }

    #[test]
    fn the_start_of_an_outage_may_be_the_latest_time() {
        let mut region = RegionState {
            outage_since: Some(time(99)),
            ..RegionState::default()
        };
        assert_eq!(region.latest_time(), None);
        region.last_discovery = Some(time(10));
        assert_eq!(region.latest_time(), Some(time(99)));
    }

    #[test]
    fn a_portal_is_lost_only_if_two_lists_lack_it_or_its_poll_finds_none_either() {
        let mut region = RegionState::default();
        region.apply_discovery(&[id(1), id(2)], time(0), time(0));
        assert_eq!(region.apply_discovery(&[id(1)], time(0), time(1)), []);
        region.apply_discovery(&[id(1), id(2)], time(0), time(2));
        assert_eq!(region.apply_discovery(&[id(1)], time(0), time(3)), []);
        let lost = region.apply_discovery(&[id(1)], time(0), time(4));
        assert_eq!(lost.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id(2)]);
        let portal = region.portals.get_mut(&id(1)).unwrap();
        let poll = portal.start_poll(time(5));
        portal.apply_failed_poll(&poll, PollFailure::NotFound);
        assert_eq!(region.apply_discovery(&[], time(0), time(6)).len(), 1);
        assert!(region.portals.is_empty());
    }

    #[test]
    fn a_search_that_is_denied_three_times_in_a_row_is_denied() {
        let mut region = RegionState::default();
        for is_denied in [true, true, false, true, true] {
            region.apply_failed_discovery(is_denied, time(0));
            assert!(!region.is_denied());
        }
        region.apply_failed_discovery(true, time(0));
        assert!(region.is_denied());
    }
}
