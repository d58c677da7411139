//! A document as a row of cells, for the formats that have columns.

use std::borrow::Cow;

use serde_json::Number;

use super::{Timestamps, time};
use crate::service::model::{Document, Kind, Member};

/// Between the items of a list in one cell.
pub(super) const LIST_SEPARATOR: &str = ",";

/// The cells of a document, one per declared member, empty where the service left the member out.
pub(super) fn row(
    document: &Document,
    timestamps: Timestamps,
) -> impl Iterator<Item = Cow<'_, str>> {
    document
        .shape()
        .members
        .iter()
        .map(move |member| cell(document, member, timestamps))
}

fn cell<'a>(document: &'a Document, member: &Member, timestamps: Timestamps) -> Cow<'a, str> {
    match member.kind {
        Kind::Text => document.text(member.name).unwrap_or_default().into(),
        Kind::TextList => document
            .list(member.name)
            .collect::<Vec<_>>()
            .join(LIST_SEPARATOR)
            .into(),
        Kind::Time => timestamp(document.number(member.name), timestamps).into(),
        Kind::Number => document
            .number(member.name)
            .map(Number::to_string)
            .unwrap_or_default()
            .into(),
    }
}

/// A time for machines; empty where the service left it out.
pub(super) fn timestamp(number: Option<&Number>, timestamps: Timestamps) -> String {
    match (number, timestamps) {
        (None, _) => String::new(),
        (Some(number), Timestamps::Epoch) => number.to_string(),
        (Some(number), Timestamps::Iso) => time::iso(number),
    }
}
