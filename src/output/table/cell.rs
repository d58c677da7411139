//! A table's cell: untrusted text, escaped, with a color.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Effects, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::block::joined;
use crate::output::untrusted::escape;

/// Shown where the service gave nothing.
pub(super) const ABSENT: &str = "-";

/// Blanks between two columns.
pub(super) const GAP: usize = 2;

/// Text in a table, on one line or several.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    lines: Vec<String>,
    style: Style,
}

impl Cell {
    /// Text of this program.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            lines: vec![text.into()],
            style: Style::new(),
        }
    }

    /// Untrusted text; [`ABSENT`] if it is empty.
    pub(super) fn untrusted(text: &str) -> Self {
        let text = crate::output::untrusted::escape_commands(text);
        Self::untrusted_lines([&*text].into_iter().filter(|text| !text.is_empty()))
    }

    /// Untrusted texts, each on its own line; [`ABSENT`] if there are none.
    pub(super) fn untrusted_lines<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let lines: Vec<String> = texts.map(|text| escape(text).into_owned()).collect();
        if lines.is_empty() {
            return Self::new(ABSENT);
        }
        Self {
            lines,
            style: Style::new(),
        }
    }

    pub(super) fn bold(self) -> Self {
        self.with(Style::new().bold())
    }

    pub(super) fn dim(self) -> Self {
        self.with(Style::new().effects(Effects::DIMMED))
    }

    /// One of the terminal's own first eight colors, which its theme makes readable.
    pub(super) fn colored(self, color: AnsiColor) -> Self {
        self.with(color.on_default())
    }

    fn with(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The columns that it takes unbroken.
    pub(super) fn width(&self) -> usize {
        let widths = self.lines.iter().map(|line| width(line));
        widths.max().unwrap_or(0)
    }

    /// Whether it shows the same text.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.lines == other.lines
    }

    /// Its lines as one text, none of them longer than comfy-table can lay out.
    pub(super) fn joined(&self) -> String {
        joined(&self.lines)
    }

    /// Writes a piece of its text in its style.
    pub(super) fn write_styled(&self, out: &mut dyn Write, piece: &str) -> io::Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        write!(out, "{}{piece}{:#}", self.style, self.style)
    }

    /// Its lines, none of them wider than `most`.
    fn wrapped(&self, most: usize) -> Vec<Cow<'_, str>> {
        let mut pieces = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            wrap(line, most, &mut pieces);
        }
        pieces
    }
}

/// The columns that a line takes.
pub(in crate::output) fn width(line: &str) -> usize {
    if line.is_ascii() {
        return line.len();
    }
    line.width()
}

/// Breaks a line into pieces of `most` columns at the most, behind a blank where there is one.
fn wrap<'a>(line: &'a str, most: usize, pieces: &mut Vec<Cow<'a, str>>) {
    if width(line) <= most {
        pieces.push(line.into());
        return;
    }
    let mut start = 0;
    let mut taken = 0;
    // Behind the last blank of the piece, and the columns up to there.
    let mut blank: Option<(usize, usize)> = None;
    for (at, cluster) in line.grapheme_indices(true) {
        let wide = width(cluster);
        // A blank at the end of a piece takes no column: it is not written.
        if taken + wide > most && at > start && cluster != " " {
            let (end, before) = blank.take().unwrap_or((at, taken));
            pieces.push(line[start..end].trim_end_matches(' ').into());
            start = end;
            taken -= before;
        }
        taken += wide;
        if cluster == " " {
            blank = Some((at + 1, taken));
        }
    }
    pieces.push(line[start..].trim_end_matches(' ').into());
}

/// Writes one row. A cell that is wider than its column moves the cells behind it where the
/// terminal has room for that; otherwise it takes several lines.
pub(super) fn write_row(
    out: &mut dyn Write,
    cells: &[Cell],
    widths: &[usize],
    limit: Option<usize>,
    color: bool,
) -> io::Result<()> {
    let natural: Vec<usize> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| cell.width().max(*width))
        .collect();
    let last = cells.last().map_or(0, Cell::width);
    let before: usize = natural.iter().rev().skip(1).map(|width| width + GAP).sum();
    let is_roomy = limit.is_none_or(|limit| before + last <= limit);
    let widths = if is_roomy { &natural } else { widths };
    let columns: Vec<Vec<Cow<'_, str>>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| cell.wrapped(*width))
        .collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        write_line(out, line, cells, &columns, widths, color)?;
    }
    Ok(())
}

/// Writes one line of a row, without blanks at its end.
fn write_line(
    out: &mut dyn Write,
    line: usize,
    cells: &[Cell],
    columns: &[Vec<Cow<'_, str>>],
    widths: &[usize],
    color: bool,
) -> io::Result<()> {
    let mut blanks = 0;
    for ((cell, pieces), column) in cells.iter().zip(columns).zip(widths) {
        let piece = pieces.get(line).map_or("", |piece| piece.trim_end());
        if piece.is_empty() {
            blanks += column + GAP;
            continue;
        }
        out.write_all(" ".repeat(blanks).as_bytes())?;
        if color {
            cell.write_styled(out, piece)?;
        } else {
            out.write_all(piece.as_bytes())?;
        }
        blanks = column.saturating_sub(width(piece)) + GAP;
    }
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(line: &str, most: usize) -> Vec<String> {
        let mut pieces = Vec::new();
        wrap(line, most, &mut pieces);
        pieces.into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn a_line_breaks_behind_a_blank_and_within_a_word_only_if_that_is_too_long() {
        for (line, most, expected) in [
            ("", 3, &[""][..]),
            ("abc", 3, &["abc"]),
            ("abcd", 3, &["abc", "d"]),
            ("ab cd ef", 5, &["ab cd", "ef"]),
            ("ab cdefghi", 5, &["ab", "cdefg", "hi"]),
            ("山田太郎", 5, &["山田", "太郎"]),
            ("👩‍💻👩‍💻", 2, &["👩‍💻", "👩‍💻"]),
            ("山", 1, &["山"]),
        ] {
            assert_eq!(pieces(line, most), expected, "{line:?} {most}");
        }
    }

    #[test]
    fn a_wide_cell_moves_what_follows_where_there_is_room_and_wraps_where_there_is_not() {
        let row = |limit| {
            let cells = ["abcdef", "x"].map(Cell::new);
            let mut out = Vec::new();
            write_row(&mut out, &cells, &[4, 3], limit, false).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(row(None), "abcdef  x\n");
        assert_eq!(row(Some(9)), "abcdef  x\n");
        assert_eq!(row(Some(8)), "abcd  x\nef\n");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_piece_is_too_wide(line in ".{0,60}", most in 2..30_usize) {
            let line = escape(&line).into_owned();
            let pieces = pieces(&line, most);
            let kept = |text: &str| text.replace(' ', "");
            prop_assert_eq!(kept(&pieces.concat()), kept(&line));
            for piece in &pieces {
                prop_assert!(width(piece) <= most || piece.graphemes(true).count() == 1, "{piece:?}");
            }
        }
    }
}
