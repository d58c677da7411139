//! `--field`: one field's bare value.

use std::io::Write;

use jiff::Timestamp;

use super::untrusted::escape;
use super::{PrintError, Printer, Timestamps, cells, time};
use crate::service::clock::CLOCK;
use crate::service::model::{self, Document, Kind, Shape};

/// A field that the service does not send but that follows from what it sends.
struct Derived {
    name: &'static str,
    /// Whether documents of the shape have it.
    fits: fn(&Shape) -> bool,
    value: fn(&Document) -> Option<String>,
}

static DERIVED: &[Derived] = &[
    Derived {
        name: "duration",
        fits: |shape| shape.has("startTime"),
        value: |session| duration(session, CLOCK.now()).map(|seconds| seconds.to_string()),
    },
    Derived {
        name: "portalId",
        fits: |shape| *shape == model::PORTAL,
        value: |portal| portal.portal_id().map(str::to_owned),
    },
];

/// The fields that documents of this shape have.
pub fn names(shape: &'static Shape) -> Vec<&'static str> {
    let members = shape.members.iter().map(|member| member.name);
    let derived = DERIVED
        .iter()
        .filter(|derived| (derived.fits)(shape))
        .map(|derived| derived.name);
    members.chain(derived).collect()
}

/// Seconds that a session lasted, or has lasted until `now` if it goes on. `None` if it has no
/// start, or has ended at a time that the service left out.
pub(super) fn duration(session: &Document, now: Timestamp) -> Option<i64> {
    let end = match session.number("endTime") {
        Some(end) => time::timestamp(end)?,
        None if model::has_ended(session) => return None,
        None => now,
    };
    time::seconds_between(session.number("startTime")?, end)
}

pub(super) struct Field<W> {
    out: W,
    name: String,
    timestamps: Timestamps,
}

impl<W: Write> Field<W> {
    pub(super) fn new(out: W, name: String, timestamps: Timestamps) -> Self {
        Self {
            out,
            name,
            timestamps,
        }
    }

    fn value(&self, document: &Document) -> String {
        if let Some(derived) = DERIVED.iter().find(|derived| derived.name == self.name) {
            return escape(&(derived.value)(document).unwrap_or_default()).into_owned();
        }
        let kind = document
            .shape()
            .members
            .iter()
            .find(|member| member.name == self.name)
            .map(|member| member.kind);
        match kind {
            Some(Kind::TextList) => document
                .list(&self.name)
                .map(escape)
                .collect::<Vec<_>>()
                .join("\n"),
            Some(Kind::Time) => cells::timestamp(document.number(&self.name), self.timestamps),
            Some(Kind::Number) => document
                .number(&self.name)
                .map(ToString::to_string)
                .unwrap_or_default(),
            Some(Kind::Text) | None => {
                escape(document.text(&self.name).unwrap_or_default()).into_owned()
            }
        }
    }
}

impl<W: Write> Printer for Field<W> {
    fn print(&mut self, document: &Document) -> Result<(), PrintError> {
        let value = self.value(document);
        writeln!(self.out, "{value}")?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PrintError> {
        Ok(self.out.flush()?)
    }
}
