//! Selects the columns of a table and their widths by the widths of their cells.

use super::draw::GAP;

/// The widths of a column's cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// The width of its widest cell or its label.
    pub(super) natural: usize,
    pub(super) short: Option<Shortened>,
    /// The width to which its cells are cut before another column is omitted.
    pub(super) least: usize,
    /// The width to which its cells are cut if no other column can be omitted.
    pub(super) floor: usize,
    /// The highest rank is omitted first; 0 stays.
    pub(super) rank: u8,
    /// Whether it takes the remaining width, for longer cells in later rows.
    pub(super) grows: bool,
}

/// The short form of a column. Times are shortened first: a short ID cannot be copied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shortened {
    pub(super) width: usize,
    pub(super) is_time: bool,
}

/// A column that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fitted {
    /// The index among all columns.
    pub(super) at: usize,
    pub(super) width: usize,
    /// Whether it is written in its short form.
    pub(super) is_short: bool,
}

/// The maximum width of a growing column: wide gaps make a row hard to follow.
pub(super) const WIDEST_GROWN: usize = 40;

/// The minimum width of a terminal at which a list is always shown as rows.
const ROWS: usize = 40;

/// The columns that are in their short form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forms {
    Full,
    ShortTimes,
    Short,
}

/// The width to which long texts are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Nowhere,
    /// One and a half of the least width.
    Slightly,
    ToLeast,
    ToFloor,
}

/// A way to make columns narrower: the columns in short form, and the cut of long texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Squeeze(Forms, Cut);

impl Squeeze {
    /// In the order of increasing loss of information. One long name among many is no reason to shorten all
    /// times.
    const ALL: [Self; 7] = [
        Self(Forms::Full, Cut::Nowhere),
        Self(Forms::ShortTimes, Cut::Nowhere),
        Self(Forms::Full, Cut::Slightly),
        Self(Forms::ShortTimes, Cut::ToLeast),
        Self(Forms::Short, Cut::Nowhere),
        Self::BEFORE_OMISSION,
        Self::NARROWEST,
    ];

    const BEFORE_OMISSION: Self = Self(Forms::Short, Cut::ToLeast);

    const NARROWEST: Self = Self(Forms::Short, Cut::ToFloor);

    /// The width to which the column's cells are cut.
    fn width(self, column: &Measured) -> usize {
        let natural = self.natural(column);
        match self.1 {
            Cut::Nowhere => natural,
            Cut::Slightly => natural.min(column.least + column.least / 2),
            Cut::ToLeast => natural.min(column.least),
            Cut::ToFloor => natural.min(column.floor),
        }
    }

    /// The width of the column without a cut.
    fn natural(self, column: &Measured) -> usize {
        self.short(column).unwrap_or(column.natural)
    }

    /// The width of the column's short form, if it is in that form.
    fn short(self, column: &Measured) -> Option<usize> {
        let short = column.short?;
        let is_short = match self.0 {
            Forms::Full => false,
            Forms::ShortTimes => short.is_time,
            Forms::Short => true,
        };
        is_short.then_some(short.width)
    }
}

/// Selects the columns that fit into `limit`, in their order; `None` if those of rank 0 do not fit.
/// `more_rows` means that later rows may have longer cells.
pub(super) fn fit(
    columns: &[Measured],
    limit: Option<usize>,
    more_rows: bool,
) -> Option<Vec<Fitted>> {
    let limit = limit.unwrap_or(usize::from(u16::MAX) * 1000);
    let mut shown = vec![true; columns.len()];
    let used = |shown: &[bool], squeeze: Squeeze| -> usize {
        let columns = columns.iter().zip(shown).filter(|(_, shown)| **shown);
        columns.map(|(column, _)| squeeze.width(column) + GAP).sum()
    };
    let fits = |shown: &[bool], squeeze| used(shown, squeeze) <= limit + GAP;
    let mut omitted = Vec::new();
    while !fits(&shown, Squeeze::BEFORE_OMISSION) {
        let candidates = (0..columns.len()).filter(|at| shown[*at] && columns[*at].rank > 0);
        let Some(at) = candidates.max_by_key(|at| columns[*at].rank) else {
            break;
        };
        shown[at] = false;
        omitted.push(at);
    }
    // A wide column that was omitted last may have made room for a narrow one.
    for at in omitted.into_iter().rev() {
        shown[at] = true;
        shown[at] = fits(&shown, Squeeze::BEFORE_OMISSION);
    }
    let squeeze = Squeeze::ALL
        .into_iter()
        .filter(|squeeze| limit >= ROWS || *squeeze != Squeeze::NARROWEST)
        .find(|squeeze| fits(&shown, *squeeze))?;
    let mut fitted: Vec<Fitted> = (0..columns.len())
        .filter(|at| shown[*at])
        .map(|at| Fitted {
            at,
            width: squeeze.width(&columns[at]),
            is_short: squeeze.short(&columns[at]).is_some(),
        })
        .collect();
    let left = (limit + GAP).saturating_sub(used(&shown, squeeze));
    widen(columns, &mut fitted, squeeze, left, more_rows);
    Some(fitted)
}

/// Gives the remaining width to columns that can use it: in turn to those whose cells are cut, then to
/// those that grow.
fn widen(
    columns: &[Measured],
    fitted: &mut [Fitted],
    squeeze: Squeeze,
    mut left: usize,
    more_rows: bool,
) {
    let mut before = 0;
    while left != before {
        before = left;
        for column in fitted.iter_mut() {
            if left > 0 && column.width < squeeze.natural(&columns[column.at]) {
                column.width += 1;
                left -= 1;
            }
        }
    }
    for column in fitted {
        if more_rows && columns[column.at].grows {
            let more = WIDEST_GROWN.saturating_sub(column.width).min(left);
            column.width += more;
            left -= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(natural: usize, least: usize, rank: u8) -> Measured {
        Measured {
            natural,
            short: None,
            least,
            floor: least,
            rank,
            grows: false,
        }
    }

    fn widths(columns: &[Measured], limit: usize) -> Option<Vec<(usize, usize)>> {
        let fitted = fit(columns, Some(limit), false)?;
        Some(
            fitted
                .iter()
                .map(|column| (column.at, column.width))
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
        columns[0].short = Some(Shortened {
            width: 8,
            is_time: false,
        });
        columns[1].floor = 6;
        let at = |limit| {
            let fitted = fit(&columns, Some(limit), false)?;
            Some(fitted.iter().map(|column| column.width).collect::<Vec<_>>())
        };
        assert_eq!(at(68), Some(vec![36, 20, 8]));
        assert_eq!(at(67), Some(vec![36, 19, 8]));
        assert_eq!(at(63), Some(vec![8, 20, 8]));
        assert_eq!(at(36), Some(vec![8, 16, 8]));
        assert_eq!(at(35), Some(vec![8, 20]));
        assert_eq!(at(20), None);
        columns[1].least = 34;
        columns[1].natural = 50;
        assert_eq!(fit(&columns, Some(40), false).unwrap()[1].width, 30);
    }

    #[test]
    fn times_are_shortened_before_texts_are_cut() {
        let at = |natural, limit| {
            let mut columns = [column(natural, 5, 0), column(26, 26, 1)];
            columns[1].short = Some(Shortened {
                width: 11,
                is_time: true,
            });
            let fitted = fit(&columns, Some(limit), false).unwrap();
            let shown = fitted.iter();
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
        let at = |limit, more_rows| fit(&columns, limit, more_rows).unwrap()[0].width;
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
                    short: short.map(|width| Shortened { width, is_time: true }),
                    least,
                    floor: least / 2,
                    rank,
                    grows,
                })
                .collect();
            if let Some(fitted) = fit(&columns, Some(limit), more_rows) {
                let used: usize = fitted.iter().map(|column| column.width + GAP).sum();
                prop_assert!(used <= limit + GAP);
                let stay = columns.iter().filter(|column| column.rank == 0).count();
                let shown = fitted.iter().filter(|column| columns[column.at].rank == 0).count();
                prop_assert_eq!(stay, shown);
            }
        }
    }
}
