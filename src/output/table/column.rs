//! A column: its label, its cells, and how it shrinks on a narrow terminal.

use std::borrow::Cow;

use super::cell::Cell;
use super::view::{SHORT_ID, View};
use crate::output::documents::{Document, Schema};
use crate::output::time;
use crate::output::untrusted::escape;
use crate::service::documents::{EpochSeconds, Member};

pub(super) const ID: usize = 36;
/// The width of `2026-11-23 14:02:11 +01:00`.
const TIME: usize = 26;
/// The width of the longest IPv6 address.
pub(super) const ADDRESS: usize = 39;

/// The format of a short time, whose offset is in the header, and the width of such a time.
const SHORT_TIME: &str = "%m-%d %H:%M";
const SHORT_TIME_WIDTH: usize = 11;

/// Creates a cell of a document, in the short form if the last argument is true.
pub(super) type CellFn = fn(&Document, &View, bool) -> Cell;

/// A column in the table of a list, or a line in the table of a single document.
#[derive(Clone)]
pub(super) struct Column {
    pub(super) label: Cow<'static, str>,
    /// The member that the column shows, and the member that it shows if the first one is absent.
    members: [&'static str; 2],
    content: Content,
    pub(super) short: Option<Short>,
    pub(super) lists: Lists,
    /// The order of omission on a narrow terminal: the highest rank is omitted first, 0 never.
    pub(super) rank: u8,
    /// The width to which cells are cut before another column is omitted.
    pub(super) least: usize,
    /// The width to which cells are cut if no other column can be omitted.
    pub(super) floor: Option<usize>,
    /// Whether the column takes the remaining width of the terminal.
    pub(super) grows: bool,
}

#[derive(Clone, Copy)]
enum Content {
    Member,
    /// A cell that a function creates from the document.
    Computed(CellFn),
    /// A cell of a query's result, by its index in the row.
    Result(usize),
}

#[derive(Clone, Copy)]
pub(super) enum Short {
    /// A part of an ID.
    Id,
    /// The function in [`Content::Computed`] also creates the short form.
    Computed,
    /// A time with this label and in this format of `strftime`.
    Time(&'static str, &'static str),
}

impl Short {
    pub(super) fn is_time(&self) -> bool {
        matches!(self, Self::Time(..))
    }

    /// Whether the header shows the UTC offset of the times, because the cells omit it.
    fn has_offset(&self) -> bool {
        matches!(self, Self::Time(_, SHORT_TIME))
    }

    pub(super) fn width(&self) -> usize {
        if self.is_time() {
            SHORT_TIME_WIDTH
        } else {
            SHORT_ID
        }
    }
}

/// The lists whose tables have a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    All,
    /// Lists over several portals.
    ManyPortals,
    /// Lists over several portals whose rows have different values in the column.
    ManyRegions,
    /// Lists whose rows have different values in the column.
    Varied,
    /// No list: only the table of a single document has the column.
    None,
}

/// Creates a column that shows a member.
pub(super) const fn plain(
    label: &'static str,
    member: &'static str,
    least: usize,
    rank: u8,
) -> Column {
    Column {
        label: Cow::Borrowed(label),
        members: [member, member],
        content: Content::Member,
        short: None,
        lists: Lists::All,
        rank,
        least,
        floor: None,
        grows: false,
    }
}

/// Creates a column that only the table of a single document has.
pub(super) const fn detail(label: &'static str, member: &'static str) -> Column {
    plain(label, member, 0, 0).only(Lists::None)
}

/// Creates a column for a member that is a time. `short_label` is the label of its short form.
pub(super) const fn time(
    label: &'static str,
    member: &'static str,
    short_label: &'static str,
    rank: u8,
) -> Column {
    plain(label, member, TIME, rank).short_time(short_label, SHORT_TIME)
}

/// Creates a column for the cells of a query's results at this index.
pub(super) fn result(at: usize, label: &str) -> Column {
    let rank = u8::try_from(at).unwrap_or(u8::MAX);
    Column {
        label: Cow::Owned(escape(label).into_owned()),
        content: Content::Result(at),
        ..plain("", "", 16, rank).cut_to(8).growing()
    }
}

impl Column {
    pub(super) const fn computed(mut self, cell: CellFn) -> Self {
        self.content = Content::Computed(cell);
        self
    }

    /// Sets the member that is shown if the first one is absent.
    pub(super) const fn or(mut self, member: &'static str) -> Self {
        self.members[1] = member;
        self
    }

    /// Sets the function that creates the cells, also in a short form.
    pub(super) const fn with_short(mut self, cell: CellFn) -> Self {
        self.short = Some(Short::Computed);
        self.computed(cell)
    }

    pub(super) const fn short_id(mut self) -> Self {
        self.short = Some(Short::Id);
        self
    }

    pub(super) const fn short_time(mut self, label: &'static str, format: &'static str) -> Self {
        self.short = Some(Short::Time(label, format));
        self
    }

    pub(super) const fn only(mut self, lists: Lists) -> Self {
        self.lists = lists;
        self
    }

    /// Sets the width below which cells are never cut.
    pub(super) const fn cut_to(mut self, floor: usize) -> Self {
        self.floor = Some(floor);
        self
    }

    pub(super) const fn growing(mut self) -> Self {
        self.grows = true;
        self
    }

    /// Whether documents of the schema have one of the column's members.
    pub(super) fn is_in(&self, schema: &Schema) -> bool {
        self.members.iter().any(|member| schema.has(member))
    }

    /// Whether the column shows times whose offset the header can show.
    pub(super) fn is_time(&self) -> bool {
        self.short.is_some_and(|short| short.has_offset())
    }

    fn member<'a>(&self, document: &'a Document) -> Option<Member<'a>> {
        let [first, second] = self.members;
        document.member(first).or_else(|| document.member(second))
    }

    pub(super) fn time<'a>(&self, document: &'a Document) -> Option<&'a EpochSeconds> {
        match self.member(document)? {
            Member::Time(time) => Some(time),
            _ => None,
        }
    }

    /// The label, with the offset of the column's times if the header shows it.
    pub(super) fn header(&self, view: &View, is_short: bool) -> String {
        let short = self.short.filter(|_| is_short);
        let offset = match short {
            Some(short) => short.has_offset().then(|| view.offset()),
            None => view.shared_offset.filter(|_| self.is_time()),
        };
        let label = match short {
            Some(Short::Time(label, _)) => label,
            _ => &*self.label,
        };
        match offset {
            Some(offset) => format!("{label} {}", time::offset(offset)),
            None => label.to_owned(),
        }
    }

    /// The cell of a document, in the short form if the column has one.
    pub(super) fn cell(&self, document: &Document, view: &View, is_short: bool) -> Cell {
        match (self.content, document) {
            (Content::Computed(cell), _) => return cell(document, view, is_short),
            (Content::Result(at), Document::Row(row)) => {
                return Cell::untrusted(row.cells[at].as_deref());
            }
            _ => {}
        }
        match (self.member(document), self.short) {
            (None, _) => Cell::or_absent(None),
            (Some(Member::Text(id)), Some(Short::Id)) if is_short => {
                Cell::untrusted(Some(&view.shorten(id)))
            }
            (Some(Member::Text(text)), _) => Cell::untrusted(Some(text)),
            (Some(Member::TextList(texts)), _) => Cell::untrusted_lines(texts),
            (Some(Member::Number(number)), _) => Cell::new(number.to_string()),
            (Some(Member::Time(time)), Some(Short::Time(_, format))) if is_short => {
                Cell::new(view.short_time(time, format))
            }
            (Some(Member::Time(time)), _) => Cell::new(view.time(time)),
        }
    }
}
