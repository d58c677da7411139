//! Lines of session IDs, one per line.

use std::io::{self, BufRead, Read};

use crate::service::ids::SessionId;

/// The longest line that is looked at, in bytes. An ID has 36; what is longer is skipped without
/// being held in memory.
const MAX_LINE: u64 = 4096;

/// A line that is not a session ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// The line's number, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// The session IDs in `input`, each good or bad line an item. Blank lines and lines that start
/// with `#` are skipped; blanks around an ID, carriage returns and a byte order mark count for
/// nothing. An input that cannot be read ends with a bad line that says so.
pub fn session_ids(input: impl BufRead) -> impl Iterator<Item = Result<SessionId, BadLine>> {
    Lines {
        input,
        number: 0,
        failed: false,
    }
    .filter_map(|(number, line)| {
        let bad = |reason| BadLine { number, reason };
        match line {
            Err(error) => Some(Err(bad(format!("it cannot be read: {error}")))),
            Ok(Line::TooLong) => Some(Err(bad(format!("it is longer than {MAX_LINE} bytes")))),
            Ok(Line::Whole(bytes)) => {
                let text = String::from_utf8_lossy(&bytes);
                let text = text.trim_start_matches('\u{feff}').trim();
                if text.is_empty() || text.starts_with('#') {
                    return None;
                }
                Some(text.parse().map_err(|error| bad(format!("{error}"))))
            }
        }
    })
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

struct Lines<R> {
    input: R,
    number: u64,
    failed: bool,
}

impl<R: BufRead> Lines<R> {
    /// `None` at the end of the input.
    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let count = (&mut self.input)
            .take(MAX_LINE)
            .read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        if bytes.ends_with(b"\n") || count < usize::try_from(MAX_LINE).unwrap_or(usize::MAX) {
            return Ok(Some(Line::Whole(bytes)));
        }
        self.input.skip_until(b'\n')?;
        Ok(Some(Line::TooLong))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = (u64, io::Result<Line>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        self.number += 1;
        let line = self.read().transpose()?;
        self.failed = line.is_err();
        Some((self.number, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: &str = "aaaaaaaa-0001-4000-8000-000000000001";

    fn read(input: &[u8]) -> Vec<Result<String, u64>> {
        session_ids(input)
            .map(|id| id.map(|id| id.to_string()).map_err(|bad| bad.number))
            .collect()
    }

    #[test]
    fn blank_lines_and_comments_are_skipped_and_line_ends_of_all_kinds_are_taken() {
        let input = format!("\u{feff}{ID}\r\n\n  # a comment\n\t{ID}  \n{ID}");
        assert_eq!(read(input.as_bytes()), vec![Ok(ID.to_owned()); 3]);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_the_rest_goes_on() {
        let long = "x".repeat(1 << 20);
        let input = format!("{ID}\nbad\n{long}\n\u{1b}\n{ID}\n");
        assert_eq!(
            read(input.as_bytes()),
            [Ok(ID.to_owned()), Err(2), Err(3), Err(4), Ok(ID.to_owned())]
        );
    }

    #[test]
    fn an_input_that_breaks_ends_with_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("gone"))
            }
        }
        let found: Vec<_> = session_ids(io::BufReader::new(Broken)).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].as_ref().unwrap_err().reason.contains("gone"));
    }

    proptest! {
        #[test]
        fn no_input_makes_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            prop_assert!(session_ids(&bytes[..]).count() <= lines);
        }
    }
}
