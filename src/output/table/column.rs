//! A column: its label, its cells, and how it shrinks on a narrow terminal.

use super::cell::Cell;
use super::view::View;
use crate::output::documents::{Document, Schema};
use crate::output::result_rows;
use crate::service::documents::{EpochSeconds, Member};

/// The width of an ID.
pub(super) const ID: usize = 36;
/// The width of `2026-11-23 14:02:11 +01:00`.
const TIME: usize = 26;
/// The width of the longest IPv6 address.
pub(super) const ADDRESS: usize = 39;
/// The width of a short ID.
pub(super) const SHORT_ID: usize = 8;

/// The format of a short time, whose offset stands in the header, and its width.
const SHORT_TIME: &str = "%m-%d %H:%M";
const SHORT_TIME_WIDTH: usize = 11;

/// Makes a cell of a document.
pub(super) type CellFn = fn(&Document, &View) -> Cell;

/// A column of a table of many documents, and a line of the table of one.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) label: &'static str,
    /// The member that it shows. If it is absent, the second one is shown.
    members: [&'static str; 2],
    content: Content,
    pub(super) short: Option<Short>,
    /// Its place in a table of many documents; `None` if it has none there.
    pub(super) in_rows: Option<InRows>,
}

/// The content of a column.
#[derive(Clone, Copy)]
enum Content {
    /// The value of the member.
    Member,
    /// A cell made from the document.
    Computed(CellFn),
    /// A cell of a query's result, by its place in the row.
    Result(usize),
}

/// A column's short form.
#[derive(Clone, Copy)]
pub(super) struct Short {
    pub(super) label: &'static str,
    form: ShortForm,
}

#[derive(Clone, Copy)]
enum ShortForm {
    /// A time in this format of `strftime`.
    Time(&'static str),
    Computed(CellFn),
}

impl Short {
    pub(super) fn is_time(&self) -> bool {
        matches!(self.form, ShortForm::Time(_))
    }

    /// Whether the header has the offset of the times.
    pub(super) fn has_offset(&self) -> bool {
        matches!(self.form, ShortForm::Time(SHORT_TIME))
    }

    /// The usual width.
    pub(super) fn width(&self) -> usize {
        if self.is_time() {
            SHORT_TIME_WIDTH
        } else {
            SHORT_ID
        }
    }
}

/// A column's place in a table of many documents.
#[derive(Clone, Copy)]
pub(super) struct InRows {
    /// Its width below which other columns are omitted instead.
    pub(super) least: usize,
    /// Where a terminal has no room for all columns, the highest rank is omitted first; 0 stays.
    pub(super) rank: u8,
    /// Its width below which it is not cut, if other columns cannot be omitted.
    pub(super) floor: Option<usize>,
    /// The lists that have it.
    pub(super) lists: Lists,
    /// Whether it takes the remaining width of the terminal.
    pub(super) grows: bool,
}

/// Lists that have a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    All,
    /// Lists over several portals.
    ManyPortals,
    /// Lists over several portals whose rows differ in it.
    ManyRegions,
    /// Lists whose rows differ in it.
    Varied,
}

/// A column that only a single document shows.
pub(super) const fn detail(label: &'static str, member: &'static str) -> Column {
    Column {
        label,
        members: [member, member],
        content: Content::Member,
        short: None,
        in_rows: None,
    }
}

/// A column with a member, its least width and its rank.
pub(super) const fn plain(
    label: &'static str,
    member: &'static str,
    least: usize,
    rank: u8,
) -> Column {
    let in_rows = InRows {
        least,
        rank,
        floor: None,
        lists: Lists::All,
        grows: false,
    };
    Column {
        in_rows: Some(in_rows),
        ..detail(label, member)
    }
}

/// A column with a time, the label of its short form, and its rank.
pub(super) const fn time(
    label: &'static str,
    member: &'static str,
    short_label: &'static str,
    rank: u8,
) -> Column {
    Column {
        short: Some(Short {
            label: short_label,
            form: ShortForm::Time(SHORT_TIME),
        }),
        ..plain(label, member, TIME, rank)
    }
}

/// A column for the items of a query's results at this place.
pub(super) fn result(at: usize) -> Column {
    let rank = u8::try_from(at).unwrap_or(u8::MAX);
    Column {
        content: Content::Result(at),
        ..plain("", "", 16, rank).cut_to(8).growing()
    }
}

impl Column {
    /// With a cell made from the document.
    pub(super) const fn computed(self, cell: CellFn) -> Self {
        Self {
            content: Content::Computed(cell),
            ..self
        }
    }

    /// With a member that is shown where the first one is absent.
    pub(super) const fn or(self, member: &'static str) -> Self {
        Self {
            members: [self.members[0], member],
            ..self
        }
    }

    pub(super) const fn short(self, label: &'static str, cell: CellFn) -> Self {
        Self {
            short: Some(Short {
                label,
                form: ShortForm::Computed(cell),
            }),
            ..self
        }
    }

    /// With a day as the short form of a time.
    pub(super) const fn short_day(self, label: &'static str) -> Self {
        Self {
            short: Some(Short {
                label,
                form: ShortForm::Time("%Y-%m-%d"),
            }),
            ..self
        }
    }

    /// Only in these lists.
    pub(super) const fn only(mut self, lists: Lists) -> Self {
        if let Some(in_rows) = &mut self.in_rows {
            in_rows.lists = lists;
        }
        self
    }

    /// With another rank.
    pub(super) const fn ranked(mut self, rank: u8) -> Self {
        if let Some(in_rows) = &mut self.in_rows {
            in_rows.rank = rank;
        }
        self
    }

    /// Never cut below this width.
    pub(super) const fn cut_to(mut self, floor: usize) -> Self {
        if let Some(in_rows) = &mut self.in_rows {
            in_rows.floor = Some(floor);
        }
        self
    }

    /// With the remaining width of the terminal.
    pub(super) const fn growing(mut self) -> Self {
        if let Some(in_rows) = &mut self.in_rows {
            in_rows.grows = true;
        }
        self
    }

    /// The place of the column in a query's results.
    pub(super) fn result(&self) -> Option<usize> {
        match self.content {
            Content::Result(at) => Some(at),
            Content::Member | Content::Computed(_) => None,
        }
    }

    /// Whether documents of the schema have it.
    pub(super) fn is_in(&self, schema: &Schema) -> bool {
        self.members.iter().any(|member| schema.has(member))
    }

    /// Whether it is a time with its offset.
    pub(super) fn is_time(&self) -> bool {
        self.short.is_some_and(|short| short.has_offset())
    }

    pub(super) fn time<'a>(&self, document: &'a Document) -> Option<&'a EpochSeconds> {
        match self.member(document)? {
            Member::Time(time) => Some(time),
            _ => None,
        }
    }

    fn member<'a>(&self, document: &'a Document) -> Option<Member<'a>> {
        let [first, second] = self.members;
        document.member(first).or_else(|| document.member(second))
    }

    pub(super) fn cell(&self, document: &Document, view: &View) -> Cell {
        match self.content {
            Content::Computed(cell) => cell(document, view),
            Content::Member => match self.member(document) {
                None => Cell::absent(),
                Some(Member::Text(text)) => Cell::untrusted(text),
                Some(Member::TextList(texts)) => Cell::untrusted_lines(texts),
                Some(Member::Time(time)) => Cell::new(view.time(time)),
                Some(Member::Number(number)) => Cell::new(number.to_string()),
            },
            Content::Result(at) => match document {
                Document::QueryResult(row) => match &row.shape.columns {
                    Some(columns) => Cell::untrusted(&result_rows::cell(&row.value, columns, at)),
                    None => Cell::absent(),
                },
                _ => Cell::absent(),
            },
        }
    }

    /// The cell in the short form, if the column has one.
    pub(super) fn short_cell(&self, document: &Document, view: &View) -> Cell {
        match self.short.map(|short| short.form) {
            None => self.cell(document, view),
            Some(ShortForm::Computed(cell)) => cell(document, view),
            Some(ShortForm::Time(format)) => match self.time(document) {
                Some(time) => Cell::new(view.short_time(time, format)),
                None => Cell::absent(),
            },
        }
    }
}
