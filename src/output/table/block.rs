//! One document as a table of its own: a line per field. All of it is known at once, so comfy-table lays
//! it out.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::cell::{Cell, GAP};

/// The longest line of a cell, in bytes. A longer one is broken here: the layout takes a time to wrap a
/// line that is as the square of its length.
const LONGEST_LINE: usize = 4096;

/// Writes the rows, each a label and a value. The label never wraps; the value gets the rest of `limit`,
/// the terminal's columns.
pub(super) fn write_block(
    out: &mut dyn Write,
    rows: impl Iterator<Item = (Cell, Cell)>,
    limit: Option<usize>,
    color: bool,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match limit.and_then(|limit| u16::try_from(limit).ok()) {
        Some(limit) => {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(limit);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    let rows: Vec<(Cell, Cell)> = rows.collect();
    for (label, value) in &rows {
        table.add_row([label.joined(), value.joined()]);
    }
    if let Some(labels) = table.column_mut(0) {
        labels.set_constraint(ColumnConstraint::ContentWidth);
        labels.set_padding((0, u16::try_from(GAP).unwrap_or(u16::MAX)));
    }
    if let Some(values) = table.column_mut(1) {
        values.set_padding((0, 0));
    }
    if color {
        return write_in_color(out, table.lines(), &rows);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Writes the lines of the rows, each label and value in its style; the blanks between them have none.
fn write_in_color(
    out: &mut dyn Write,
    lines: impl Iterator<Item = String>,
    rows: &[(Cell, Cell)],
) -> io::Result<()> {
    let mut rows = rows.iter().peekable();
    let mut value = None;
    for line in lines {
        let mut rest = line.trim_end();
        // A line without a label goes on with the value of the line before.
        let begun = rows.next_if(|(label, _)| rest.starts_with(label.joined().trim_end()));
        if let Some((label, of_label)) = begun {
            let (text, behind) = rest.split_at(label.joined().trim_end().len());
            label.write_styled(out, text)?;
            rest = behind;
            value = Some(of_label);
        }
        let shown = rest.trim_start();
        out.write_all(&rest.as_bytes()[..rest.len() - shown.len()])?;
        match value {
            Some(value) => value.write_styled(out, shown)?,
            None => out.write_all(shown.as_bytes())?,
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// The lines of a cell as one text, none of them longer than [`LONGEST_LINE`].
pub(super) fn joined(lines: &[String]) -> String {
    let lines: Vec<Cow<'_, str>> = lines.iter().map(|line| bounded(line)).collect();
    lines.join("\n")
}

fn bounded(line: &str) -> Cow<'_, str> {
    if line.len() <= LONGEST_LINE {
        return line.into();
    }
    let mut broken = String::with_capacity(line.len() + line.len() / LONGEST_LINE);
    for (at, character) in line.chars().enumerate() {
        if at > 0 && at % LONGEST_LINE == 0 {
            broken.push('\n');
        }
        broken.push(character);
    }
    broken.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstyle::AnsiColor;
    use proptest::prelude::*;

    fn block(rows: &[(Cell, Cell)], limit: Option<usize>, color: bool) -> String {
        let mut out = Vec::new();
        write_block(&mut out, rows.iter().cloned(), limit, color).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn labels_and_the_lines_of_a_value_have_their_styles_and_the_blanks_have_none() {
        let rows = [
            (Cell::new("名").bold(), Cell::new("alice")),
            (
                Cell::new("Status").bold(),
                Cell::new("two words").colored(AnsiColor::Green),
            ),
        ];
        assert_eq!(
            block(&rows, Some(13), true),
            "\u{1b}[1m名\u{1b}[0m      alice\n\
             \u{1b}[1mStatus\u{1b}[0m  \u{1b}[32mtwo\u{1b}[0m\n        \u{1b}[32mwords\u{1b}[0m\n"
        );
    }

    proptest! {
        #[test]
        fn without_its_escapes_a_block_in_colour_is_the_plain_one(
            rows in prop::collection::vec(("[ a-z名]{0,6}", "[ a-z名]{0,30}"), 1..5),
            limit in prop::option::of(20_usize..40),
        ) {
            let rows: Vec<_> = rows
                .iter()
                .map(|(label, value)| (Cell::new(label).bold(), Cell::untrusted(value).dim()))
                .collect();
            let mut bare = block(&rows, limit, true);
            for escape in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m"] {
                bare = bare.replace(escape, "");
            }
            prop_assert_eq!(bare, block(&rows, limit, false));
        }
    }
}
