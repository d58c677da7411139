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
/// with `#` are skipped; what is pasted around an ID, carriage returns and a byte order mark count for
/// nothing. UTF-16 is read too if it starts with its byte order mark, as PowerShell's `>` writes it. An
/// input that cannot be read ends with a bad line that says so.
pub fn session_ids(input: impl BufRead) -> impl Iterator<Item = Result<SessionId, BadLine>> {
    Lines {
        input,
        encoding: None,
        number: 0,
        failed: false,
    }
    .filter_map(|(number, line)| {
        let bad = |reason| BadLine { number, reason };
        match line {
            Err(error) => Some(Err(bad(format!("it cannot be read: {error}")))),
            Ok(Line::TooLong) => Some(Err(bad(format!("it is longer than {MAX_LINE} bytes")))),
            Ok(Line::Whole(text)) => {
                let text = text.trim_start_matches('\u{feff}').trim();
                if text.is_empty() || text.starts_with('#') {
                    return None;
                }
                if text.contains('\0') {
                    let reason = "it has NUL characters, as UTF-16 without a byte order mark does: convert the input to UTF-8";
                    return Some(Err(bad(reason.to_owned())));
                }
                Some(text.parse().map_err(|error| bad(format!("{error}"))))
            }
        }
    })
}

enum Line {
    Whole(String),
    TooLong,
}

/// How the characters of the input are written.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

impl Encoding {
    /// That of an input that starts with these bytes.
    fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, ..] => Self::Utf16(u16::from_le_bytes),
            [0xfe, 0xff, ..] => Self::Utf16(u16::from_be_bytes),
            _ => Self::Utf8,
        }
    }
}

struct Lines<R> {
    input: R,
    /// Known once a part of the input is.
    encoding: Option<Encoding>,
    number: u64,
    failed: bool,
}

impl<R: BufRead> Lines<R> {
    /// `None` at the end of the input.
    fn read(&mut self) -> io::Result<Option<Line>> {
        let encoding = match self.encoding {
            Some(encoding) => encoding,
            None => Encoding::of(self.input.fill_buf()?),
        };
        self.encoding = Some(encoding);
        match encoding {
            Encoding::Utf8 => self.read_utf_8(),
            Encoding::Utf16(unit) => self.read_utf_16(unit),
        }
    }

    fn read_utf_8(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let count = (&mut self.input)
            .take(MAX_LINE)
            .read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        if bytes.ends_with(b"\n") || count < usize::try_from(MAX_LINE).unwrap_or(usize::MAX) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return Ok(Some(Line::Whole(text)));
        }
        self.input.skip_until(b'\n')?;
        Ok(Some(Line::TooLong))
    }

    fn read_utf_16(&mut self, unit: fn([u8; 2]) -> u16) -> io::Result<Option<Line>> {
        let most = usize::try_from(MAX_LINE / 2).unwrap_or(usize::MAX);
        let mut units = Vec::new();
        let mut is_too_long = false;
        let mut is_empty = true;
        while let Some(next) = self.next_unit(unit)? {
            is_empty = false;
            if next == u16::from(b'\n') {
                break;
            }
            is_too_long |= units.len() == most;
            if !is_too_long {
                units.push(next);
            }
        }
        Ok(match (is_empty, is_too_long) {
            (true, _) => None,
            (_, true) => Some(Line::TooLong),
            (_, false) => Some(Line::Whole(String::from_utf16_lossy(&units))),
        })
    }

    /// `None` at the end of the input, where half a unit may be left.
    fn next_unit(&mut self, unit: fn([u8; 2]) -> u16) -> io::Result<Option<u16>> {
        let mut bytes = [0; 2];
        match self.input.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(unit(bytes))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
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
    fn what_is_pasted_around_an_id_counts_for_nothing() {
        let dashes = ID.replace('-', "\u{2011}");
        let input = format!("\"{ID}\",\n\u{a0}{ID}\u{200b}\r\n\u{201c}{dashes}\u{201d}\n");
        assert_eq!(read(input.as_bytes()), vec![Ok(ID.to_owned()); 3]);
    }

    #[test]
    fn utf_16_is_read_if_it_says_so_and_named_if_it_does_not() {
        let text = format!("\u{feff}{ID}\r\n\r\n日本\r\n{}\r\n{ID}", "x".repeat(5000));
        let expected = [Ok(ID.to_owned()), Err(3), Err(4), Ok(ID.to_owned())];
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&little), expected);
        assert_eq!(read(&big), expected);
        assert_eq!(read(&little[..little.len() - 1])[3], Err(5));
        let unmarked = session_ids(&little[2..]).next().unwrap().unwrap_err();
        assert!(unmarked.reason.contains("UTF-16"), "{}", unmarked.reason);
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
