//! `generate` in the data file: portals with many sessions.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::data::EmulatorData;
use super::super::generated::{DEFAULT_INTERVAL, DEFAULT_START, Generated, portal_id};
use super::super::portal::StoredPortal;
use super::super::sessions::StoredSessions;
use super::error::{DataError, check_id, check_text};

/// Bounds for the oldest start: from the year 0 to the year 9999, in epoch seconds.
const STARTS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_207_200;

/// One portal (`portalId`), or so many (`portals`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawGenerate {
    portal_id: Option<String>,
    region: Option<String>,
    portals: Option<u16>,
    regions: Option<Vec<String>>,
    sessions: u32,
    start: Option<i64>,
    interval: Option<u32>,
    max_concurrent_sessions: Option<u32>,
}

impl EmulatorData {
    /// Adds the portals of `generate`, which is one object or a list of them.
    pub(super) fn add_generated(&mut self, generate: Value) -> Result<(), DataError> {
        let entries = match generate {
            Value::Array(entries) => entries
                .into_iter()
                .enumerate()
                .map(|(index, entry)| (format!("generate[{index}]"), entry))
                .collect(),
            one => vec![("generate".to_owned(), one)],
        };
        let mut number = 0;
        for (path, entry) in entries {
            let raw: RawGenerate =
                serde_json::from_value(entry).map_err(|error| DataError::at(&path, error))?;
            match (&raw.portal_id, raw.portals) {
                (Some(_), None) => self.generate_one(raw, &mut number, &path)?,
                (None, Some(_)) => self.generate_many(&raw, &mut number, &path)?,
                _ => {
                    return Err(DataError::at(
                        path,
                        "needs either portalId or portals (a number)",
                    ));
                }
            }
        }
        Ok(())
    }

    fn generate_one(
        &mut self,
        raw: RawGenerate,
        number: &mut u32,
        path: &str,
    ) -> Result<(), DataError> {
        if raw.regions.is_some() {
            return Err(DataError::at(format!("{path}.regions"), "needs portals"));
        }
        let sessions = self.generated_sessions(&raw, number, path)?;
        let id = raw.portal_id.unwrap_or_default();
        check_id(&format!("{path}.portalId"), &id)?;
        if let Some(region) = &raw.region {
            check_text(&format!("{path}.region"), region)?;
        }
        if self.portal(&id).is_none() {
            let region = raw.region.clone();
            let region = region.unwrap_or_else(|| self.default_region().to_owned());
            self.add(StoredPortal::new(&id, &region, Map::new(), Vec::new()));
        }
        let Some(portal) = self.portal_mut(&id) else {
            return Ok(());
        };
        if raw.region.is_some_and(|region| region != portal.region) {
            return Err(DataError::at(
                format!("{path}.region"),
                "this portal is in another region",
            ));
        }
        if !portal.sessions.is_empty() {
            return Err(DataError::at(
                format!("{path}.portalId"),
                "this portal has sessions already; generate these in another portal",
            ));
        }
        portal.sessions = sessions;
        if let Some(limit) = raw.max_concurrent_sessions {
            portal.limit_sessions(limit);
        }
        Ok(())
    }

    fn generate_many(
        &mut self,
        raw: &RawGenerate,
        number: &mut u32,
        path: &str,
    ) -> Result<(), DataError> {
        if raw.region.is_some() {
            return Err(DataError::at(format!("{path}.region"), "needs portalId"));
        }
        let regions = match &raw.regions {
            Some(regions) if regions.is_empty() => {
                return Err(DataError::at(format!("{path}.regions"), "names no region"));
            }
            Some(regions) => regions.clone(),
            None => vec![self.default_region().to_owned()],
        };
        for (index, region) in regions.iter().enumerate() {
            check_text(&format!("{path}.regions[{index}]"), region)?;
        }
        for region in regions.iter().cycle().take(raw.portals.unwrap_or(0).into()) {
            let sessions = self.generated_sessions(raw, number, path)?;
            let StoredSessions::Generated(Generated { portal: number, .. }) = sessions else {
                continue;
            };
            let members = [
                ("displayName", Value::from(format!("Portal {number}"))),
                ("portalStatus", "Active".into()),
            ];
            let members = members.map(|(name, value)| (name.to_owned(), value));
            let members = members.into_iter().collect();
            let mut portal = StoredPortal::new(&portal_id(number), region, members, Vec::new());
            if self.portal(&portal.id).is_some() {
                return Err(DataError::at(
                    path,
                    format!("an earlier portal has the ID {}", portal.id),
                ));
            }
            portal.sessions = sessions;
            if let Some(limit) = raw.max_concurrent_sessions {
                portal.limit_sessions(limit);
            }
            self.add(portal);
        }
        Ok(())
    }

    /// The sessions of the generated portal with this number, which goes up by one.
    fn generated_sessions(
        &self,
        raw: &RawGenerate,
        number: &mut u32,
        path: &str,
    ) -> Result<StoredSessions, DataError> {
        let Ok(portal) = u16::try_from(*number) else {
            return Err(DataError::at(path, "more than 65,536 generated portals"));
        };
        *number += 1;
        let start = match raw.start.unwrap_or(DEFAULT_START) {
            ago @ ..0 => {
                let now = Timestamp::now().as_second();
                now.saturating_add(self.clock_offset_seconds)
                    .saturating_add(ago)
            }
            start => start,
        };
        if !STARTS.contains(&start) {
            return Err(DataError::at(
                format!("{path}.start"),
                "must be in the years 0 to 9999",
            ));
        }
        Ok(StoredSessions::Generated(Generated {
            portal,
            sessions: raw.sessions,
            start,
            interval: raw.interval.unwrap_or(DEFAULT_INTERVAL),
        }))
    }
}
