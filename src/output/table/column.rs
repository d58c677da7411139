//! A column: its label, its cells, and how it gives way where there is no room.

use super::cell::Cell;
use super::view::View;
use crate::output::documents::Document;

/// A line of the table of one document, and perhaps a column of the table of many.
pub(super) struct Column {
    pub(super) label: &'static str,
    pub(super) cell: fn(&Document, &View) -> Cell,
    /// How it stands where each document is a row; `None` if it does not.
    pub(super) in_rows: Option<InRows>,
    pub(super) short: Option<Short>,
}

/// A column of a table of many documents.
#[derive(Clone, Copy)]
pub(super) struct InRows {
    /// The narrowest that it may become.
    pub(super) least: usize,
    /// Where a terminal has no room for all columns, the highest rank is left out first; 0 stays.
    pub(super) rank: u8,
    /// Which lists have it.
    pub(super) lists: Lists,
    /// Whether it takes what the terminal has left.
    pub(super) grows: bool,
    /// Whether its short form may be cut further.
    pub(super) is_cut: bool,
}

/// Which lists have a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    All,
    /// Those over several portals.
    ManyPortals,
    /// Those over several portals whose rows differ in it.
    ManyRegions,
    /// Those whose rows differ in it.
    Varied,
}

/// A column's short form.
#[derive(Clone, Copy)]
pub(super) struct Short {
    pub(super) label: &'static str,
    /// Whether it is a time, or else an ID.
    pub(super) is_time: bool,
    /// Whether the offset of its times follows the label.
    pub(super) has_offset: bool,
    /// How wide it is expected to be.
    pub(super) width: usize,
    pub(super) cell: fn(&Document, &View) -> Cell,
}

impl Column {
    pub(super) const fn new(label: &'static str, cell: fn(&Document, &View) -> Cell) -> Self {
        Self {
            label,
            cell,
            in_rows: None,
            short: None,
        }
    }

    pub(super) const fn in_rows(self, least: usize, rank: u8) -> Self {
        Self {
            in_rows: Some(InRows {
                least,
                rank,
                lists: Lists::All,
                grows: false,
                is_cut: false,
            }),
            ..self
        }
    }

    pub(super) const fn of(self, lists: Lists) -> Self {
        match self.in_rows {
            Some(in_rows) => Self {
                in_rows: Some(InRows { lists, ..in_rows }),
                ..self
            },
            None => self,
        }
    }

    pub(super) const fn growing(self) -> Self {
        match self.in_rows {
            Some(in_rows) => Self {
                in_rows: Some(InRows {
                    grows: true,
                    ..in_rows
                }),
                ..self
            },
            None => self,
        }
    }

    /// With a short form that may be cut further.
    pub(super) const fn cut(self) -> Self {
        match self.in_rows {
            Some(in_rows) => Self {
                in_rows: Some(InRows {
                    is_cut: true,
                    ..in_rows
                }),
                ..self
            },
            None => self,
        }
    }

    /// With a time as `11-25 02:37`, the offset in the header.
    pub(super) const fn short_time(
        self,
        label: &'static str,
        cell: fn(&Document, &View) -> Cell,
    ) -> Self {
        self.with_short_time(label, true, cell)
    }

    /// With a time as its day.
    pub(super) const fn short_day(
        self,
        label: &'static str,
        cell: fn(&Document, &View) -> Cell,
    ) -> Self {
        self.with_short_time(label, false, cell)
    }

    const fn with_short_time(
        self,
        label: &'static str,
        has_offset: bool,
        cell: fn(&Document, &View) -> Cell,
    ) -> Self {
        Self {
            short: Some(Short {
                label,
                is_time: true,
                has_offset,
                width: SHORT_TIME_WIDTH,
                cell,
            }),
            ..self
        }
    }

    /// With an ID as its first characters.
    pub(super) const fn short_id(self, cell: fn(&Document, &View) -> Cell) -> Self {
        Self {
            short: Some(Short {
                label: self.label,
                is_time: false,
                has_offset: false,
                width: SHORT_ID,
                cell,
            }),
            ..self
        }
    }

    /// Whether it is a time with its offset.
    pub(super) fn is_time(&self) -> bool {
        self.short.is_some_and(|short| short.has_offset)
    }

    /// The width of its cells in later rows, as far as it is known.
    pub(super) fn expected_width(&self, view: &View) -> usize {
        match self.label {
            _ if self.is_time() => match view.shared_offset() {
                Some(_) => MOMENT - " +01:00".len(),
                None => MOMENT,
            },
            "Event" => "portal-lost".len(),
            "Session" | "Portal" => ID,
            "User" => 16,
            "Addresses" => "255.255.255.255".len(),
            "Status" => "Terminated".len(),
            _ => 0,
        }
    }
}

/// The width of an ID, which is broken over two lines only where nothing else helps: nobody could
/// copy it.
pub(super) const ID: usize = 36;
/// The width of `2026-11-23 14:02:11 +01:00`.
pub(super) const MOMENT: usize = 26;
/// The width of the longest IPv6 address.
pub(super) const ADDRESS: usize = 39;
/// The characters of a short ID.
pub(super) const SHORT_ID: usize = 8;
/// The width of `11-23 14:02`.
pub(super) const SHORT_TIME_WIDTH: usize = 11;
