//! Measures and cuts text by the columns that it takes at a terminal.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The number of columns that a line takes.
pub(super) fn width(line: &str) -> usize {
    if line.is_ascii() {
        return line.len();
    }
    line.width()
}

/// Cuts a line that takes more than `most` columns, and marks the cut with `…` or `~`.
pub(super) fn cut(line: &str, most: usize, is_utf8: bool) -> Cow<'_, str> {
    // Combining characters take no columns, so a line of a few columns can have any length in bytes.
    let bound = 4 * most + 64;
    let end = match line.len() > bound {
        true => line.char_indices().nth(bound).map(|(at, _)| at),
        false => None,
    };
    if end.is_none() && width(line) <= most {
        return line.into();
    }
    let mut taken = 1;
    let clusters = line[..end.unwrap_or(line.len())].graphemes(true);
    let fitting = clusters.take_while(|cluster| {
        taken += width(cluster);
        taken <= most
    });
    let mark = if is_utf8 { "…" } else { "~" };
    fitting.chain([mark]).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_cut_between_the_characters_that_people_see() {
        for (line, most, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdef", 5, "abcd…"),
            ("山田太郎", 8, "山田太郎"),
            ("山田太郎", 7, "山田太…"),
            ("山田太郎", 6, "山田…"),
            ("👩‍💻👩‍💻", 3, "👩‍💻…"),
            ("abc", 1, "…"),
        ] {
            assert_eq!(cut(line, most, true), expected, "{line}");
        }
        assert_eq!(cut("abcdef", 5, false), "abcd~");
        let combining = format!("a{}", "\u{301}".repeat(1 << 20));
        assert!(cut(&combining, 5, true).len() < 200);
    }

    proptest! {
        #[test]
        fn a_cut_line_fits(line in "\\PC*", most in 1..30_usize) {
            prop_assert!(width(&cut(&line, most, true)) <= most);
        }
    }
}
