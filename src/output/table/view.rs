//! What the cells of one table have in common: time zone, notation of times, short IDs, portal names.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::cell::Cell;
use super::column::SHORT_ID;
use super::columns::{for_schema, session_id, text};
use crate::output::documents::{Document, Schema};
use crate::output::portal_names::PortalNames;
use crate::output::{Cardinality, RenderOptions, Timestamps, time};
use crate::service::clock::CLOCK;
use crate::service::documents::EpochSeconds;

/// What cells are made with.
pub(super) struct View {
    timestamps: Option<Timestamps>,
    zone: TimeZone,
    /// Absent: that of the clock, whenever it is needed.
    now: Option<Timestamp>,
    pub(super) is_utf8: bool,
    /// The offset of all times in full, if it stands in the header.
    shared_offset: Option<Offset>,
    /// The part of session IDs by which they differ.
    short_id: IdForm,
    /// Absent where the whole ID is shown: of one document, or where there is one portal.
    portal_names: Option<Arc<PortalNames>>,
}

/// The part of an ID that is shown where there is no room for all of it.
#[derive(Debug, Clone, Copy)]
enum IdForm {
    Start,
    End,
    StartAndEnd,
}

impl IdForm {
    fn shorten(self, id: &str, is_utf8: bool) -> String {
        let (start, end) = match self {
            Self::Start => (SHORT_ID, 0),
            Self::End => (0, SHORT_ID),
            Self::StartAndEnd => (6, 4),
        };
        let mark = match (end, is_utf8) {
            (0, _) => "",
            (_, true) => "…",
            (_, false) => "~",
        };
        match (id.get(..start), id.get(id.len().saturating_sub(end)..)) {
            (Some(start), Some(end)) => format!("{start}{mark}{end}"),
            _ => id.to_owned(),
        }
    }
}

impl View {
    pub(super) fn new(page: &RenderOptions) -> Self {
        Self {
            timestamps: page.timestamps,
            zone: TimeZone::system(),
            now: None,
            is_utf8: page.terminal.is_utf8,
            shared_offset: None,
            short_id: IdForm::Start,
            portal_names: (page.many_portals && page.cardinality != Cardinality::One)
                .then(|| Arc::clone(&page.portal_names)),
        }
    }

    /// The name of the document's portal, if it is known and no other portal has it.
    pub(super) fn portal_name(&self, document: &Document) -> Option<String> {
        self.portal_names
            .as_ref()?
            .get(document.region()?, document.portal_id()?)
    }

    /// Moves the offset of times into the header if all rows have the same one: also the later rows,
    /// if the zone has kept it since before the service's retention of 35 days.
    pub(super) fn share_offset(
        &mut self,
        schema: &'static Schema,
        documents: &[Document],
        more_rows: bool,
    ) {
        let now = self.now();
        let offset = self.offset();
        let retained = now
            .checked_sub(SignedDuration::from_hours(24 * 60))
            .unwrap_or(now);
        let has_changed = self
            .zone
            .preceding(now)
            .next()
            .is_some_and(|transition| transition.timestamp() > retained);
        if self.timestamps.is_some() || more_rows && has_changed {
            return;
        }
        let suffix = format!(" {}", time::offset(offset));
        let is_shared = for_schema(schema)
            .filter(|column| column.in_rows.is_some() && column.is_time())
            .all(|column| {
                let mut cells = documents
                    .iter()
                    .map(|document| (column.cell)(document, self));
                cells.all(|cell| cell.is_absent() || cell.ends_with(&suffix))
            });
        self.shared_offset = is_shared.then_some(offset);
    }

    pub(super) const fn shared_offset(&self) -> Option<Offset> {
        self.shared_offset
    }

    /// Chooses the part of session IDs that distinguishes the sessions: their start, their end, or
    /// else both.
    pub(super) fn distinguish_sessions(&mut self, documents: &[Document]) {
        let ids: HashSet<&str> = documents.iter().filter_map(session_id).collect();
        let distinguishes = |form: &IdForm| {
            let forms: HashSet<_> = ids
                .iter()
                .map(|id| form.shorten(id, self.is_utf8))
                .collect();
            forms.len() == ids.len()
        };
        let forms = [IdForm::Start, IdForm::End];
        self.short_id = forms
            .into_iter()
            .find(distinguishes)
            .unwrap_or(IdForm::StartAndEnd);
    }

    pub(super) fn short_session_id(&self, document: &Document) -> Cell {
        let id = session_id(document);
        let shown = id.map(|id| self.short_id.shorten(id, self.is_utf8));
        text(shown.as_deref())
    }

    /// The same at another moment, so many hours east of UTC.
    #[cfg(test)]
    pub(super) fn at(page: &RenderOptions, now: Timestamp, hours: i8) -> Self {
        Self {
            now: Some(now),
            zone: TimeZone::fixed(jiff::tz::offset(hours)),
            ..Self::new(page)
        }
    }

    /// The offset that short times are written in: one for all, so that it stands in the header.
    pub(super) fn offset(&self) -> Offset {
        self.zone.to_offset(self.now())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(|| CLOCK.now())
    }

    pub(super) fn timestamp(&self, time: Option<&EpochSeconds>) -> Cell {
        let shown = time.map(|time| match self.timestamps {
            Some(Timestamps::Epoch) => time.to_string(),
            Some(Timestamps::Iso) => time::iso(time),
            None => {
                let shown = time::local(time, &self.zone);
                let offset = self.shared_offset.map(time::offset).unwrap_or_default();
                match shown.strip_suffix(&offset) {
                    Some(without) => without.trim_end().to_owned(),
                    None => shown,
                }
            }
        });
        text(shown.as_deref())
    }

    pub(super) fn short(&self, time: Option<&EpochSeconds>, format: &str) -> Cell {
        let shown = time.map(|time| time::formatted(time, self.offset(), format));
        text(shown.as_deref())
    }

    /// Whether times have a short form: one that was asked for by name has none.
    pub(super) fn has_short_times(&self) -> bool {
        self.timestamps.is_none()
    }
}
