//! The state that the cells of one table share: time zone, notation of times, short IDs, portal names.

use std::collections::HashSet;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use crate::output::documents::Document;
use crate::output::printer::{Cardinality, RenderOptions};
use crate::output::time::{self, Timestamps};
use crate::service::clock::CLOCK;
use crate::service::documents::EpochSeconds;

/// The number of characters of a short ID.
pub(in crate::output) const SHORT_ID: usize = 8;

/// An upper bound of the time for which the service keeps sessions.
const RETENTION: SignedDuration = SignedDuration::from_hours(60 * 24);

pub(super) struct View {
    pub(super) options: RenderOptions,
    zone: TimeZone,
    /// The present time in a test; `None` uses the clock.
    now: Option<Timestamp>,
    /// The offset of all times, if the header shows it.
    pub(super) shared_offset: Option<Offset>,
    /// The number of characters of a short session ID from the start and from the end of the ID.
    short_id: (usize, usize),
}

impl View {
    pub(super) fn new(options: RenderOptions) -> Self {
        Self {
            options,
            zone: TimeZone::system(),
            now: None,
            shared_offset: None,
            short_id: (SHORT_ID, 0),
        }
    }

    /// The name of the document's portal in a table over several portals, if it is known and no other
    /// portal has it.
    pub(super) fn portal_name(&self, document: &Document) -> Option<String> {
        if !self.options.many_portals || self.options.cardinality == Cardinality::One {
            return None;
        }
        let names = &self.options.portal_names;
        names.get(document.region()?, document.portal_id()?)
    }

    /// Moves the offset of times into the header if all rows have the same offset. If more rows follow, it does so
    /// only if the zone's offset has not changed since the oldest session that the service may still have.
    pub(super) fn share_offset<'a>(
        &mut self,
        mut times: impl Iterator<Item = &'a EpochSeconds>,
        more_rows: bool,
    ) {
        let (now, offset) = (self.now(), self.offset());
        let oldest = now.checked_sub(RETENTION).unwrap_or(now);
        let last_change = self.zone.preceding(now).next();
        let has_changed = last_change.is_some_and(|change| change.timestamp() > oldest);
        if self.options.timestamps.is_some() || more_rows && has_changed {
            return;
        }
        let is_shared = times.all(|time| self.zone.to_offset(time.timestamp()) == offset);
        self.shared_offset = is_shared.then_some(offset);
    }

    /// Chooses the part of session IDs that distinguishes the sessions: their start, their end, or
    /// else both.
    pub(super) fn distinguish_sessions(&mut self, documents: &[Document]) {
        let ids = documents.iter().filter_map(|it| it.text("sessionId"));
        let ids: HashSet<&str> = ids.collect();
        for parts in [(SHORT_ID, 0), (0, SHORT_ID), (6, 4)] {
            self.short_id = parts;
            let short: HashSet<String> = ids.iter().map(|id| self.shorten(id)).collect();
            if short.len() == ids.len() {
                break;
            }
        }
    }

    pub(super) fn shorten(&self, id: &str) -> String {
        let (start, end) = self.short_id;
        let mark = match (end, self.options.terminal.is_utf8) {
            (0, _) => "",
            (_, true) => "…",
            (_, false) => "~",
        };
        match (id.get(..start), id.get(id.len().saturating_sub(end)..)) {
            (Some(start), Some(end)) => format!("{start}{mark}{end}"),
            _ => id.to_owned(),
        }
    }

    /// A view at another time, in a zone that is `hours` east of UTC.
    #[cfg(test)]
    pub(super) fn at(options: RenderOptions, now: Timestamp, hours: i8) -> Self {
        Self {
            now: Some(now),
            zone: TimeZone::fixed(jiff::tz::offset(hours)),
            ..Self::new(options)
        }
    }

    /// The present offset of the zone, which short times have.
    pub(super) fn offset(&self) -> Offset {
        self.zone.to_offset(self.now())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(|| CLOCK.now())
    }

    pub(super) fn time(&self, time: &EpochSeconds) -> String {
        match (self.options.timestamps, self.shared_offset) {
            (Some(Timestamps::Epoch), _) => time.to_string(),
            (Some(Timestamps::Iso), _) => time::iso(time),
            (None, None) => time::local(time, &self.zone),
            (None, Some(offset)) => {
                time::format(time.timestamp(), offset.to_time_zone(), "%Y-%m-%d %H:%M:%S")
            }
        }
    }

    pub(super) fn short_time(&self, time: &EpochSeconds, format: &str) -> String {
        time::format(time.timestamp(), self.offset().to_time_zone(), format)
    }
}
