//! Selects the columns of a table and their widths by the widths of their cells.

use super::draw::GAP;

/// The widths of a column's cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// The width of the widest cell or of the label.
    pub(super) natural: usize,
    /// The width of the short form, if the column has one.
    pub(super) short: Option<usize>,
    /// Whether the short form is a time. Times are shortened first: a short ID cannot be copied.
    pub(super) is_short_time: bool,
    /// The width to which cells are cut before another column is omitted.
    pub(super) least: usize,
    /// The width to which cells are cut if no other column can be omitted.
    pub(super) floor: usize,
    /// The order of omission: the highest rank is omitted first, 0 never.
    pub(super) rank: u8,
    /// Whether the column takes the remaining width, for longer cells in later rows.
    pub(super) grows: bool,
}

/// The width and the form in which a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fitted {
    pub(super) width: usize,
    pub(super) is_short: bool,
    /// The width if no cell is cut.
    uncut: usize,
}

/// The maximum width of a growing column: wide gaps make a row hard to follow.
pub(super) const WIDEST_GROWN: usize = 40;

/// The minimum width of a terminal at which a list is always shown as rows.
const ROWS: usize = 40;

/// The number of ways to show a column, and the index of the last way that is tried before a column is omitted.
const WAYS: usize = 7;
const BEFORE_OMISSION: usize = 5;

impl Measured {
    /// The ways to show the column, in the order of increasing loss of information: in its short form, or with
    /// texts that are cut. If shorter times alone do not suffice, texts are cut moderately while times stay in full,
    /// so that one long name does not shorten all times.
    fn ways(&self) -> [Fitted; WAYS] {
        let full = (self.natural, false);
        let short = self.short.map_or(full, |width| (width, true));
        let short_time = if self.is_short_time { short } else { full };
        [
            (full, usize::MAX),
            (short_time, usize::MAX),
            (full, self.least + self.least / 2),
            (short_time, self.least),
            (short, usize::MAX),
            (short, self.least),
            (short, self.floor),
        ]
        .map(|((uncut, is_short), most)| Fitted {
            width: uncut.min(most),
            is_short,
            uncut,
        })
    }
}

/// Selects the columns that fit into `limit`. Each column gets its width and form, or `None` if it is omitted.
/// Returns `None` if the columns of rank 0 do not fit. `more_rows` means that later rows may have longer cells.
pub(super) fn fit(
    columns: &[Measured],
    limit: Option<usize>,
    more_rows: bool,
) -> Option<Vec<Option<Fitted>>> {
    let limit = limit.unwrap_or(usize::from(u16::MAX) * 1000);
    let ways: Vec<[Fitted; WAYS]> = columns.iter().map(Measured::ways).collect();
    let left = |shown: &[bool], way: usize| {
        let shown = ways.iter().zip(shown).filter(|(_, is_shown)| **is_shown);
        let used: usize = shown.map(|(ways, _)| ways[way].width + GAP).sum();
        (limit + GAP).checked_sub(used)
    };
    let mut shown: Vec<bool> = columns.iter().map(|column| column.rank == 0).collect();
    let mut optional: Vec<usize> = (0..columns.len()).filter(|at| !shown[*at]).collect();
    optional.sort_by_key(|at| columns[*at].rank);
    for at in optional {
        shown[at] = true;
        shown[at] = left(&shown, BEFORE_OMISSION).is_some();
    }
    let last = if limit < ROWS {
        BEFORE_OMISSION
    } else {
        WAYS - 1
    };
    let (way, left) = (0..=last).find_map(|way| Some((way, left(&shown, way)?)))?;
    let fitted = ways.iter().zip(shown);
    let fitted = fitted.map(|(ways, is_shown)| is_shown.then_some(ways[way]));
    Some(widen(columns, fitted.collect(), left, more_rows))
}

/// Distributes the remaining width: column by column in turn to columns whose cells are cut, then to columns that
/// grow.
fn widen(
    columns: &[Measured],
    mut fitted: Vec<Option<Fitted>>,
    mut left: usize,
    more_rows: bool,
) -> Vec<Option<Fitted>> {
    let mut before = 0;
    while left != before {
        before = left;
        for column in fitted.iter_mut().flatten() {
            if left > 0 && column.width < column.uncut {
                column.width += 1;
                left -= 1;
            }
        }
    }
    for (measured, column) in columns.iter().zip(&mut fitted) {
        if let Some(column) = column
            && more_rows
            && measured.grows
        {
            let more = WIDEST_GROWN.saturating_sub(column.width).min(left);
            column.width += more;
            left -= more;
        }
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(natural: usize, least: usize, rank: u8) -> Measured {
        Measured {
            natural,
            short: None,
            is_short_time: false,
            least,
            floor: least,
            rank,
            grows: false,
        }
    }

    fn widths(columns: &[Measured], limit: usize) -> Option<Vec<(usize, usize)>> {
        let fitted = fit(columns, Some(limit), false)?;
        let shown = fitted.iter().enumerate();
        Some(
            shown
                .filter_map(|(at, column)| Some((at, column.as_ref()?.width)))
                .collect(),
        )
    }

    #[test]
    fn a_column_goes_only_if_it_does_not_fit_and_then_by_rank() {
        let columns = [column(10, 10, 0), column(20, 6, 1), column(5, 5, 2)];
        assert_eq!(widths(&columns, 39), Some(vec![(0, 10), (1, 20), (2, 5)]));
        assert_eq!(widths(&columns, 38), Some(vec![(0, 10), (1, 19), (2, 5)]));
        assert_eq!(widths(&columns, 25), Some(vec![(0, 10), (1, 6), (2, 5)]));
        assert_eq!(widths(&columns, 24), Some(vec![(0, 10), (1, 12)]));
        // The narrow one comes back where the wide one does not fit.
        assert_eq!(widths(&columns, 17), Some(vec![(0, 10), (2, 5)]));
        assert_eq!(widths(&columns, 16), Some(vec![(0, 10)]));
        assert_eq!(widths(&columns, 9), None);
    }

    #[test]
    fn identifiers_are_shortened_before_a_column_goes_and_texts_are_cut_to_their_floor_at_last() {
        let mut columns = [column(36, 36, 0), column(20, 16, 0), column(8, 8, 1)];
        columns[0].short = Some(8);
        columns[1].floor = 6;
        let at = |limit| {
            let fitted = fit(&columns, Some(limit), false)?;
            let shown = fitted.iter().flatten();
            Some(shown.map(|column| column.width).collect::<Vec<_>>())
        };
        assert_eq!(at(68), Some(vec![36, 20, 8]));
        assert_eq!(at(67), Some(vec![36, 19, 8]));
        assert_eq!(at(63), Some(vec![8, 20, 8]));
        assert_eq!(at(36), Some(vec![8, 16, 8]));
        assert_eq!(at(35), Some(vec![8, 20]));
        assert_eq!(at(20), None);
        columns[1].least = 34;
        columns[1].natural = 50;
        assert_eq!(
            fit(&columns, Some(40), false).unwrap()[1].unwrap().width,
            30
        );
    }

    #[test]
    fn times_are_shortened_before_texts_are_cut() {
        let at = |natural, limit| {
            let mut columns = [column(natural, 5, 0), column(26, 26, 1)];
            columns[1].short = Some(11);
            columns[1].is_short_time = true;
            let fitted = fit(&columns, Some(limit), false).unwrap();
            let shown = fitted.iter().flatten();
            shown
                .map(|column| (column.width, column.is_short))
                .collect::<Vec<_>>()
        };
        assert_eq!(at(10, 38), [(10, false), (26, false)]);
        assert_eq!(at(10, 37), [(10, false), (11, true)]);
        assert_eq!(at(10, 20), [(7, false), (11, true)]);
        // Unless a text is so long that it is cut all the same.
        assert_eq!(at(100, 40), [(12, false), (26, false)]);
        assert_eq!(at(100, 34), [(21, false), (11, true)]);
    }

    #[test]
    fn what_is_left_goes_to_the_column_that_grows_while_rows_may_follow() {
        let mut columns = [column(10, 10, 0), column(5, 5, 0)];
        columns[0].grows = true;
        let at = |limit, more_rows| fit(&columns, limit, more_rows).unwrap()[0].unwrap().width;
        assert_eq!(at(Some(30), true), 23);
        assert_eq!(at(Some(200), true), WIDEST_GROWN);
        assert_eq!(at(Some(200), false), 10);
        assert_eq!(at(None, true), WIDEST_GROWN);
        assert_eq!(at(None, false), 10);
    }

    proptest! {
        #[test]
        fn a_table_never_is_wider_than_its_terminal(
            columns in proptest::collection::vec(
                (0..60_usize, proptest::option::of(0..20_usize), 0..40_usize, 0..4_u8, any::<bool>()),
                0..8,
            ),
            limit in 0..250_usize,
            more_rows in any::<bool>(),
        ) {
            let columns: Vec<Measured> = columns
                .into_iter()
                .map(|(natural, short, least, rank, grows)| Measured {
                    natural,
                    short,
                    is_short_time: true,
                    least,
                    floor: least / 2,
                    rank,
                    grows,
                })
                .collect();
            if let Some(fitted) = fit(&columns, Some(limit), more_rows) {
                let shown = fitted.iter().flatten();
                let used: usize = shown.map(|column| column.width + GAP).sum();
                prop_assert!(used <= limit + GAP);
                let stay = columns.iter().filter(|column| column.rank == 0).count();
                let is_shown = |(column, fitted): &(&Measured, &Option<Fitted>)| column.rank == 0 && fitted.is_some();
                let shown = columns.iter().zip(&fitted).filter(is_shown).count();
                prop_assert_eq!(stay, shown);
            }
        }
    }
}
